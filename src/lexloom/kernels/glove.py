"""Fit vectors to counted pairs of words: GloVe (Pennington et al. 2014) by AdaGrad (Duchi 2011).

A parameter row holds, side by side, two halves of the same width: the numbers of a word, and for
each of them 1 + the sum of its squared slopes, which are gradients times the rate. Beside the D
numbers of its vector a word has its bias and the constant one, the context word the constant one
and its bias: so the product of both rows is w · c + b + b', and one rule changes them all. What
must not change, like the constants, has had so much slope already (`SETTLED`) that it stays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from lexloom.arrays import Vectors
from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.lanes import (
    FLOAT,
    LANES,
    LINE,
    Lanes,
    Matrix,
    index,
    load,
    padded,
    prefetch,
    spread,
    store,
    zeros_apart,
)
from lexloom.kernels.tiles import dot_rows

__all__ = ["COST", "SETTLED", "WORD", "Parameters", "empty_parameters", "learn", "look"]

COST, WORD = 0, 1
"""What the entries of a report hold: the sum of costs, and the last word that was learned."""

SETTLED = np.float32(1e38)

_STEEPEST = np.float32(100.0)
_AHEAD = 4


class Parameters(NamedTuple):
    """What is trained.

    words, contexts: float32 (V, 2 · padded(D + 2)).
    """

    words: Vectors
    contexts: Vectors


def empty_parameters(n_words, width):
    """Make parameters with vectors and biases of zero that have had no gradient yet."""
    half = padded(width + 2)
    made = Parameters(*(zeros_apart((n_words, 2 * half), np.float32) for _ in range(2)))
    for rows, one in zip(made, (width + 1, width), strict=True):
        rows[:, half:] = 1.0
        rows[:, one] = 1.0
        rows[:, half + one] = SETTLED
    return made


@intrinsic
def _score(typing_context, words, i, contexts, j):
    """Give w · c + b + b' of a word and a context word."""
    signature = types.float32(words, types.intp, contexts, types.intp)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        tables = [Matrix(context, builder, sig.args[n], args[n]) for n in (0, 2)]
        rows = [table.at(args[n], index(0)) for table, n in zip(tables, (1, 3), strict=True)]
        half = builder.udiv(tables[0].width, index(2))
        ((sums,),) = dot_rows(builder, rows[:1], rows[1:], half)
        kind = ir.FunctionType(FLOAT, [FLOAT, sums.type])
        name = f"llvm.vector.reduce.fadd.v{LANES}f32"
        add_up = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(add_up, [ir.Constant(FLOAT, 0.0), sums], fastmath=("reassoc",))

    return signature, generate


def _root(x: Lanes) -> Lanes:
    """Give the square roots of a vector."""
    kind = ir.FunctionType(x.value.type, [x.value.type])
    name = f"llvm.sqrt.v{LANES}f32"
    function = cgutils.get_or_insert_function(x.builder.module, kind, name)
    return Lanes(x.builder, x.builder.call(function, [x.value]))


@intrinsic
def _step(typing_context, words, i, contexts, j, d, slope):
    """Change `LANES` numbers of two rows, from column d on.

    With the gradients g = slope · c of a word and slope · w of a context word, and G the sum of
    squares so far: w -= g / sqrt(G), then G += g².
    """
    integer = types.intp
    signature = types.void(words, integer, contexts, integer, integer, types.float32)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        table, other = (Matrix(context, builder, sig.args[n], args[n]) for n in (0, 2))
        d, slope = args[4], Lanes(builder, spread(builder, args[5]))
        behind = builder.add(builder.udiv(table.width, index(2)), d)
        at_w, at_w_squares = table.at(args[1], d), table.at(args[1], behind)
        at_c, at_c_squares = other.at(args[3], d), other.at(args[3], behind)
        w, w_squares = (Lanes(builder, load(builder, at)) for at in (at_w, at_w_squares))
        c, c_squares = (Lanes(builder, load(builder, at)) for at in (at_c, at_c_squares))
        of_w, of_c = slope * c, slope * w
        store(builder, (w - of_w / _root(w_squares)).value, at_w)
        store(builder, (w_squares + of_w * of_w).value, at_w_squares)
        store(builder, (c - of_c / _root(c_squares)).value, at_c)
        store(builder, (c_squares + of_c * of_c).value, at_c_squares)
        return context.get_dummy_value()

    return signature, generate


@njit(**PART)
def _fetch_row(table, row):
    """Ask the caches for a row that is needed soon."""
    for d in range(0, table.shape[1], LINE):
        prefetch(table, row, d)


@kernel
def learn(words, lengths, stratum, start, records, parameters, rate, report):
    """Learn the records of some rows in one stratum, row by row; change the parameters in place.

    Parameters
    ----------
    words, lengths
        int32 (rows), the word of each row; int32 (rows, strata + 1), its records in each stratum.
    stratum, start
        The stratum, and where the first of these records stands.
    records
        `Records` of all pairs.
    parameters
        The `Parameters`.
    rate
        float32, the learning rate.
    report
        float64 (2): the costs, f(X) · (w · c + b + b' - log X)² (equation 8), are added to `COST`,
        each taken before its record is learned. When that is not finite, nothing more is learned,
        and `WORD` is the word that was.
    """
    if not np.isfinite(report[COST]):
        return
    end = start
    for row in range(words.shape[0]):
        end += lengths[row, stratum]
    k = start
    for row in range(words.shape[0]):
        word = words[row]
        if row + 1 < words.shape[0]:
            _fetch_row(parameters.words, words[row + 1])
        for _ in range(lengths[row, stratum]):
            if k + _AHEAD < end:
                _fetch_row(parameters.contexts, records.columns[k + _AHEAD])
            other = records.columns[k]
            miss = _score(parameters.words, word, parameters.contexts, other) - records.logs[k]
            slope = records.weights[k] * miss
            report[COST] += slope * miss
            slope = rate * min(max(slope, -_STEEPEST), _STEEPEST)
            for d in range(0, parameters.words.shape[1] // 2, LANES):
                _step(parameters.words, word, parameters.contexts, other, d, slope)
            k += 1
        report[WORD] = word
        if not np.isfinite(report[COST]):
            return


@kernel
def look(words, lengths, stratum, start, records, parameters, report):
    """Add the costs of some records to a report without learning them; as in `learn`."""
    k = start
    for row in range(words.shape[0]):
        for _ in range(lengths[row, stratum]):
            other = records.columns[k]
            score = _score(parameters.words, words[row], parameters.contexts, other)
            report[COST] += records.weights[k] * (score - records.logs[k]) ** 2
            k += 1
