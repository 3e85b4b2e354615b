"""From scores to slopes and losses, a vector at a time.

The logistic function and its logarithm are written out in arithmetic, to float32 accuracy.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lexloom.kernels.compiling import kernel
from lexloom.kernels.lanes import (
    LANES,
    Lanes,
    Matrix,
    index,
    lane_numbers,
    load,
    spread,
    store,
    vector,
)

__all__ = [
    "add_window",
    "exp_lanes",
    "log_lanes",
    "logistic_lanes",
    "noise_slopes",
    "pair_slopes",
    "tree_slopes",
]

_LIMIT = 60.0
_LOG2_E, _LN_2 = math.log2(math.e), math.log(2.0)
_SHIFT, _BIAS, _MANTISSA_BITS = 128, 127, 23
_ROOT_HALF_BITS = 0x3F3504F3
_EXP2_TERMS = [_LN_2**n / math.factorial(n) for n in range(7)]
_LOG_TERMS = [1.0, 1 / 3, 1 / 5, 1 / 7, 1 / 9]


def _polynomial(terms: list[float], x: Lanes) -> Lanes:
    """Give the sum of ``terms[n] x**n`` by Horner's rule."""
    total = x * terms[-1] + terms[-2]
    for term in reversed(terms[:-2]):
        total = total * x + term
    return total


def exp_lanes(x: Lanes) -> Lanes:
    """Give e**x for `x` within ±60: 2**whole · 2**part, the first by its bits."""
    scaled = x * _LOG2_E
    whole = (scaled + (_SHIFT + 0.5)).to_integers() - _SHIFT
    part = scaled - whole.to_floats()
    power = ((whole + _BIAS) << _MANTISSA_BITS).read_as_floats()
    return power * _polynomial(_EXP2_TERMS, part)


def log_lanes(x: Lanes) -> Lanes:
    """Give log x for positive, normal `x`: exponent · log 2 + log((1 + z) / (1 - z))."""
    bits = x.read_as_integers()
    exponent = (bits - _ROOT_HALF_BITS) >> _MANTISSA_BITS
    mantissa = (bits - (exponent << _MANTISSA_BITS)).read_as_floats()
    z = (mantissa - 1.0) / (mantissa + 1.0)
    return exponent.to_floats() * _LN_2 + z * 2.0 * _polynomial(_LOG_TERMS, z * z)


def _logistic(x: Lanes) -> tuple[Lanes, Lanes]:
    """Give sigmoid(x) = 1 / (1 + e**-x) and softplus(x) = log(1 + e**x).

    Beyond ±60 the sigmoid stays as it is there; of NaN and both infinities the softplus is not
    finite, so that nothing of the kind goes unseen.
    """
    above = x.compare(">", _LIMIT).choose(_LIMIT, x)
    bounded = above.compare(">", -_LIMIT).choose(above, -_LIMIT)
    beyond = x - bounded
    rest = exp_lanes(-bounded) + 1.0
    softplus = log_lanes(rest) + bounded + beyond.compare(">", 0.0).choose(beyond, 0.0)
    return Lanes(x.builder, vector(1.0)) / rest, softplus + beyond * 0.0


def _slots(context: Any, builder: ir.IRBuilder, signature: Any, args: Any, n: int) -> list[Matrix]:
    """Give the first `n` arguments, which are arrays, as LLVM code sees them."""
    kinds = signature.args[:n]
    return [Matrix(context, builder, kind, args[i]) for i, kind in enumerate(kinds)]


def _add_to(builder: ir.IRBuilder, address: ir.Value, amount: Lanes) -> None:
    store(builder, (Lanes(builder, load(builder, address)) + amount).value, address)


def _is_paired(builder: ir.IRBuilder, p: ir.Value, bounds: ir.Value) -> Lanes:
    """Say of the columns from p on whether they lie within the bounds low, high and skip."""
    low, high, skip = (
        Lanes(builder, spread(builder, builder.extract_value(bounds, i))) for i in range(3)
    )
    column = lane_numbers(builder, p)
    return column.compare(">=", low) & column.compare("<", high) & column.compare("!=", skip)


@intrinsic
def logistic_lanes(typing_context, scores, sigmoids, softplus, p):
    """Set `LANES` numbers of two arrays from p on to sigmoid and softplus of a third."""
    signature = types.void(scores, sigmoids, softplus, types.intp)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        source, first, second = _slots(context, builder, sig, args, 3)
        place = (index(0), args[3])
        sigmoid, cost = _logistic(Lanes(builder, load(builder, source.at(*place))))
        store(builder, sigmoid.value, first.at(*place))
        store(builder, cost.value, second.at(*place))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _pair_slopes(typing_context, scores, counts, losses, row, p, bounds, sign, rate):
    """Do what `pair_slopes` says for `LANES` scores from column p on."""
    index_type = types.intp
    signature = types.void(
        scores, counts, losses, index_type, index_type, bounds, types.float32, types.float32
    )

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        table, counted, lost = _slots(context, builder, sig, args, 3)
        _, _, _, row, p, bounds, sign, rate = args
        paired = _is_paired(builder, p, bounds)
        address = table.at(row, p)
        signed = Lanes(builder, spread(builder, sign))
        slope, cost = _logistic(-(Lanes(builder, load(builder, address)) * signed))
        slope = slope * signed * Lanes(builder, spread(builder, rate))
        zero, one = (Lanes(builder, vector(number)) for number in (0.0, 1.0))
        store(builder, paired.choose(slope, zero).value, address)
        _add_to(builder, counted.at(index(0), p), paired.choose(one, zero))
        _add_to(builder, lost.at(index(0), index(0)), paired.choose(cost, zero))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _noise_slopes(typing_context, scores, counts, losses, row, p, rate, weight):
    """Do what `noise_slopes` says for `LANES` scores from column p on."""
    index_type = types.intp
    signature = types.void(
        scores, counts, losses, index_type, index_type, types.float32, types.float32
    )

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        table, counted, lost = _slots(context, builder, sig, args, 3)
        _, _, _, row, p, rate, weight = args
        address = table.at(row, p)
        slope, cost = _logistic(Lanes(builder, load(builder, address)))
        share = Lanes(builder, load(builder, counted.at(index(0), p)))
        share = share * Lanes(builder, spread(builder, weight))
        down = -(slope * share * Lanes(builder, spread(builder, rate)))
        counts_at_all = share.compare(">", 0.0)
        zero = Lanes(builder, vector(0.0))
        store(builder, counts_at_all.choose(down, zero).value, address)
        _add_to(builder, lost.at(index(0), index(0)), counts_at_all.choose(cost * share, zero))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _add_window(typing_context, table, row, p, bounds):
    """Do what `add_window` says for `LANES` numbers from column p on."""
    signature = types.void(table, types.intp, types.intp, bounds)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        (counted,) = _slots(context, builder, sig, args, 1)
        _, row, p, bounds = args
        paired = _is_paired(builder, p, bounds)
        zero, one = (Lanes(builder, vector(number)) for number in (0.0, 1.0))
        _add_to(builder, counted.at(row, p), paired.choose(one, zero))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _tree_slopes(typing_context, scores, totals, rises, losses, row, p, rate):
    """Do what `tree_slopes` says for `LANES` scores from column p on."""
    signature = types.void(scores, totals, rises, losses, types.intp, types.intp, types.float32)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        table, totals, rises, lost = _slots(context, builder, sig, args, 4)
        row, p, rate = args[4:]
        address = table.at(row, p)
        score = Lanes(builder, load(builder, address))
        total = Lanes(builder, load(builder, totals.at(row, p)))
        rise = Lanes(builder, load(builder, rises.at(row, p)))
        sigmoid, softplus = _logistic(score)
        slope = (rise - total * sigmoid) * Lanes(builder, spread(builder, rate))
        paired = total.compare(">", 0.0)
        zero = Lanes(builder, vector(0.0))
        store(builder, paired.choose(slope, zero).value, address)
        cost = paired.choose(total * softplus - rise * score, zero)
        _add_to(builder, lost.at(index(0), index(0)), cost)
        return context.get_dummy_value()

    return signature, generate


@kernel
def add_window(table, row, bounds):
    """Add 1 to ``table[row, low:high]`` but for `skip`; at least `LANES` columns stand behind."""
    for p in range(bounds[0], bounds[1], LANES):
        _add_window(table, row, p, bounds)


@kernel
def tree_slopes(scores, row, start, stop, totals, rises, rate, losses):
    """Turn the scores of a node into slopes, in place: of `totals` pairs, `rises` should rise.

    The other parameters are as in `pair_slopes`.
    """
    for p in range(start, stop, LANES):
        _tree_slopes(scores, totals, rises, losses, row, p, rate)


@kernel
def pair_slopes(scores, row, start, stop, bounds, sign, rate, counts, losses):
    """Turn the scores of one output row into slopes, in place, and add up losses and counts.

    Parameters
    ----------
    scores
        float32 (output rows, hidden rows); at least `LANES` columns stand behind `stop`.
    row, start, stop
        The row, its first column and one past its last.
    bounds
        Three int32: the row is paired with columns from the first to the second, but the third.
        What is not paired gets slope 0.
    sign, rate
        float32: +1 to raise scores or -1 to lower them, and the learning rate.
    counts
        float32 (hidden rows), in place: one more for each pair.
    losses
        float32 (`LANES`), in place: the losses, spread over the lanes.
    """
    for p in range(start, stop, LANES):
        _pair_slopes(scores, counts, losses, row, p, bounds, sign, rate)


@kernel
def noise_slopes(scores, row, stop, rate, weight, counts, losses):
    """Turn the scores of a noise row into slopes, in place: each counts `weight` · `counts` times.

    The other parameters are as in `pair_slopes`.
    """
    for p in range(0, stop, LANES):
        _noise_slopes(scores, counts, losses, row, p, rate, weight)
