"""Eight bytes at a time in one register."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from lexloom.kernels.compiling import kernel

__all__ = ["bytes_before_zero", "load_eight"]

_ONES = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_TO_LAST_BIT, _TO_FIRST_BYTE = np.uint64(7), np.uint64(56)


@intrinsic
def load_eight(typing_context, data, place):
    """Give bytes ``data[place]`` to ``data[place + 7]`` as a uint64, the first lowest."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        array = make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.gep(array.data, [args[1]])
        eight = builder.load(builder.bitcast(pointer, ir.PointerType(ir.IntType(64))))
        eight.align = 1
        return eight

    return types.uint64(data, types.intp), generate


@kernel
def bytes_before_zero(eight):
    """Give how many bytes stand before the first that is 0 (8 if none is), and only those."""
    zeros = (eight - _ONES) & ~eight & _TOPS
    if zeros == _ZERO:
        return 8, eight
    below = ((zeros & (_ZERO - zeros)) >> _TO_LAST_BIT) - _ONE
    return np.int64(((below & _ONES) * _ONES) >> _TO_FIRST_BYTE), eight & below
