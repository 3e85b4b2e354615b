"""Threads that work together inside compiled code: a shared counter and a meeting point."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from lexloom.kernels.compiling import PART

__all__ = ["meet", "take_ticket"]

_INTEGER = ir.IntType(64)
_SPINS_BEFORE_YIELDING = 4096


def _address(context: Any, builder: ir.IRBuilder, array_type: Any, value: Any, i: Any) -> Any:
    data = make_array(array_type)(context, builder, value).data
    return builder.gep(data, [i], source_etype=_INTEGER)


@intrinsic
def _atomic_add(typing_context, array, i, amount):
    """Add to ``array[i]`` (int64) as one step; give what stood there before."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args[0], args[0], args[1])
        return builder.atomic_rmw("add", address, args[2], "seq_cst")

    return types.int64(array, types.intp, types.int64), generate


@intrinsic
def _atomic_load(typing_context, array, i):
    """Read ``array[i]`` (int64) as other threads last wrote it."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args[0], args[0], args[1])
        return builder.load_atomic(address, "seq_cst", 8, typ=_INTEGER)

    return types.int64(array, types.intp), generate


@intrinsic
def _give_way(typing_context):
    """Let another thread of the machine run."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        if sys.platform != "win32":
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate


@njit(**PART)
def take_ticket(counters, i):
    """Take the next number from ``counters[i]``; no two threads get the same."""
    return _atomic_add(counters, i, np.int64(1))


@njit(**PART)
def meet(counters, i, n_threads):
    """Wait until all threads have come here; ``counters[i:i+2]`` belong to this meeting point."""
    if n_threads == 1:
        return
    round_number = _atomic_load(counters, i + 1)
    if _atomic_add(counters, i, np.int64(1)) == n_threads - 1:
        _atomic_add(counters, i, np.int64(-n_threads))
        _atomic_add(counters, i + 1, np.int64(1))
        return
    spins = 0
    while _atomic_load(counters, i + 1) == round_number:
        spins += 1
        if spins > _SPINS_BEFORE_YIELDING:
            _give_way()
