"""Vectors of the processor, for the code that must not depend on what a compiler vectorises.

A few words of LLVM's language, used by `tiles` and `slopes`. A vector has `LANES` float32 numbers;
where a processor has shorter ones, LLVM splits it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

__all__ = [
    "FLOAT",
    "INDEX",
    "LANES",
    "LINE",
    "Lanes",
    "Matrix",
    "add_fast",
    "index",
    "lane_numbers",
    "load",
    "multiply_add",
    "padded",
    "pick",
    "prefetch",
    "spread",
    "store",
    "vector",
    "zeros_apart",
]

LANES = 16 if binding.get_host_cpu_features().get("avx512f") else 8

LINE = 16
"""The float32 numbers of a line of the caches."""

FLOAT = ir.FloatType()
INDEX = ir.IntType(64)
_INTEGER = ir.IntType(32)
_VECTOR = ir.VectorType(FLOAT, LANES)
_INTEGERS = ir.VectorType(_INTEGER, LANES)
_FAST = ("contract", "reassoc")


def padded(width):
    """Round a width up to whole vectors."""
    return (width + LANES - 1) // LANES * LANES


def zeros_apart(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """Make zeros that share no line of the caches with anything else: threads write to them."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    line = LINE * 4
    room = np.zeros(n_bytes + 2 * line, np.uint8)
    start = -room.ctypes.data % line
    return room[start : start + n_bytes].view(dtype).reshape(shape)


def index(value: int) -> ir.Constant:
    """Give a constant row or column."""
    return ir.Constant(INDEX, value)


def vector(value: float) -> ir.Constant:
    """Give a constant vector of one number."""
    return ir.Constant(_VECTOR, [value] * LANES)


class Matrix:
    """A numba array seen from LLVM code: rows of the width of its last dimension."""

    def __init__(self, context: Any, builder: ir.IRBuilder, array_type: Any, value: Any) -> None:
        array = make_array(array_type)(context, builder, value)
        self.builder = builder
        self.data = array.data
        self.width = cgutils.unpack_tuple(builder, array.shape)[-1]

    def at(self, row: ir.Value, column: ir.Value) -> ir.Value:
        """Give the address of one number."""
        offset = self.builder.add(self.builder.mul(row, self.width), column)
        return self.builder.gep(self.data, [offset], source_etype=FLOAT)


def load(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Read a vector; the address need not be aligned."""
    return builder.load(address, align=4, typ=_VECTOR)


def store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    """Write a vector; the address need not be aligned."""
    builder.store(value, builder.bitcast(address, value.type.as_pointer()), align=4)


def add_fast(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Give a + b."""
    return builder.fadd(a, b, flags=_FAST)


def multiply_add(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """Give a · b + c, as one instruction where the processor has it."""
    return builder.fadd(builder.fmul(a, b, flags=_FAST), c, flags=_FAST)


def pick(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, lanes: list[int]) -> ir.Value:
    """Make a vector of these lanes of two others."""
    mask = ir.Constant(ir.VectorType(_INTEGER, len(lanes)), lanes)
    return builder.shuffle_vector(a, b, mask)


def spread(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """Fill a vector with one float32 or int32."""
    kind = ir.VectorType(number.type, LANES)
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(_INTEGER, 0))
    return pick(builder, first, nothing, [0] * LANES)


class Lanes:
    """A vector of float32 or int32 that reads like a number, so that formulas look right."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    @property
    def _is_float(self) -> bool:
        return self.value.type == _VECTOR

    def _like(self, other: Lanes | float) -> ir.Value:
        return other.value if isinstance(other, Lanes) else ir.Constant(
            self.value.type, [other] * LANES
        )  # fmt: skip

    def _do(self, name: str, other: Lanes | float) -> Lanes:
        a, b = self.value, self._like(other)
        if self._is_float:
            return Lanes(self.builder, getattr(self.builder, f"f{name}")(a, b, flags=_FAST))
        return Lanes(self.builder, getattr(self.builder, name)(a, b))

    def __add__(self, other: Lanes | float) -> Lanes:
        return self._do("add", other)

    def __sub__(self, other: Lanes | float) -> Lanes:
        return self._do("sub", other)

    def __mul__(self, other: Lanes | float) -> Lanes:
        return self._do("mul", other)

    def __truediv__(self, other: Lanes | float) -> Lanes:
        return self._do("div", other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Lanes:
        return Lanes(self.builder, self.builder.fneg(self.value))

    def __lshift__(self, bits: int) -> Lanes:
        return Lanes(self.builder, self.builder.shl(self.value, self._like(bits)))

    def __rshift__(self, bits: int) -> Lanes:
        return Lanes(self.builder, self.builder.ashr(self.value, self._like(bits)))

    def __and__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.and_(self.value, other.value))

    def compare(self, how: str, other: Lanes | float) -> Lanes:
        """Compare lane by lane: ``"<"``, ``">="``, ``"!="`` …; comparisons with NaN are false."""
        b = self._like(other)
        if self._is_float:
            return Lanes(self.builder, self.builder.fcmp_ordered(how, self.value, b))
        return Lanes(self.builder, self.builder.icmp_signed(how, self.value, b))

    def choose(self, yes: Lanes | float, no: Lanes | float) -> Lanes:
        """Give `yes` where this comparison holds, else `no`."""
        model = yes if isinstance(yes, Lanes) else no
        assert isinstance(model, Lanes)
        chosen = self.builder.select(self.value, model._like(yes), model._like(no))
        return Lanes(self.builder, chosen)

    def to_integers(self) -> Lanes:
        """Cut off what stands behind the point."""
        return Lanes(self.builder, self.builder.fptosi(self.value, _INTEGERS))

    def to_floats(self) -> Lanes:
        """Turn integers into float32."""
        return Lanes(self.builder, self.builder.sitofp(self.value, _VECTOR))

    def read_as_integers(self) -> Lanes:
        """Read the bits of float32 numbers as integers."""
        return Lanes(self.builder, self.builder.bitcast(self.value, _INTEGERS))

    def read_as_floats(self) -> Lanes:
        """Read the bits of integers as float32 numbers."""
        return Lanes(self.builder, self.builder.bitcast(self.value, _VECTOR))


def lane_numbers(builder: ir.IRBuilder, first: ir.Value) -> Lanes:
    """Give the integers first, first + 1, … one a lane."""
    start = spread(builder, builder.trunc(first, _INTEGER))
    return Lanes(builder, builder.add(start, ir.Constant(_INTEGERS, list(range(LANES)))))


@intrinsic
def prefetch(typing_context, matrix, row, column):
    """Ask the caches for the line that ``matrix[row, column]`` lies in, to be changed soon."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        table = Matrix(context, builder, signature.args[0], args[0])
        pointer = ir.PointerType(ir.IntType(8))
        kinds = [pointer, _INTEGER, _INTEGER, _INTEGER]
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), kinds), "llvm.prefetch.p0"
        )
        address = builder.bitcast(table.at(args[1], args[2]), pointer)
        builder.call(function, [address, *(ir.Constant(_INTEGER, n) for n in (1, 2, 1))])
        return context.get_dummy_value()

    return types.void(matrix, types.intp, types.intp), generate
