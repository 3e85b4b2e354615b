"""Small matrix products held in vector registers.

Static training is millions of products of a few dozen rows, too small for BLAS. The two tiles here
compute four rows at a time with explicit vectors, so that nothing hangs on what a compiler chooses
to vectorise; they run at the speed of a large sgemm.

Rows lie one behind the other in float32 arrays whose width is a multiple of `LANES`, and whose
number of rows is a multiple of `ROWS`; what lies beyond the wanted part is zero, or is given weight
zero.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lexloom.kernels.compiling import kernel
from lexloom.kernels.lanes import (
    FLOAT,
    INDEX,
    LANES,
    Matrix,
    add_fast,
    index,
    load,
    multiply_add,
    pick,
    spread,
    store,
    vector,
)

__all__ = ["ROWS", "dot_rows", "dot_tile", "mix_tiles", "mix_tiles_transposed"]

ROWS = 4

_ZERO = vector(0.0)

# Processors with short vectors have 16 registers, those with long ones 32: sums must fit beside
# what is multiplied.
_ROWS_AT_ONCE = LANES // 4
_MOST_VECTORS = LANES // 4


def _four_sums(builder: ir.IRBuilder, vectors: list[ir.Value]) -> ir.Value:
    """Add up the lanes of each of four vectors: one vector of four sums.

    Lanes of different vectors are interleaved and added, so that one chain of additions serves all.
    """

    def add_interleaved(a: ir.Value, b: ir.Value, low: list[int], high: list[int]) -> ir.Value:
        quads = range(0, LANES, 4)
        shift = [lane if lane < 4 else lane - 4 + LANES for lane in (*low, *high)]
        one = pick(builder, a, b, [quad + lane for quad in quads for lane in shift[:4]])
        two = pick(builder, a, b, [quad + lane for quad in quads for lane in shift[4:]])
        return add_fast(builder, one, two)

    first = add_interleaved(vectors[0], vectors[1], [0, 4, 1, 5], [2, 6, 3, 7])
    second = add_interleaved(vectors[2], vectors[3], [0, 4, 1, 5], [2, 6, 3, 7])
    sums = add_interleaved(first, second, [0, 1, 4, 5], [2, 3, 6, 7])
    lanes = LANES
    while lanes > 4:
        half = lanes // 2
        low = pick(builder, sums, sums, list(range(half)))
        high = pick(builder, sums, sums, list(range(half, lanes)))
        sums = add_fast(builder, low, high)
        lanes = half
    return sums


def dot_rows(
    builder: ir.IRBuilder, left: list[ir.Value], right: list[ir.Value], width: ir.Value
) -> list[list[ir.Value]]:
    """Multiply rows at these addresses, each left one with each right one: vectors of part sums."""
    entry = builder.block
    loop, done = (builder.append_basic_block(name) for name in ("loop", "done"))
    builder.branch(loop)
    builder.position_at_end(loop)
    d = builder.phi(INDEX)
    d.add_incoming(index(0), entry)
    sums = [[builder.phi(_ZERO.type) for _ in right] for _ in left]
    xs, ys = (
        [load(builder, builder.gep(row, [d], source_etype=FLOAT)) for row in rows]
        for rows in (left, right)
    )
    after = builder.add(d, index(LANES))
    d.add_incoming(after, loop)
    totals = [
        [multiply_add(builder, x, y, total) for y, total in zip(ys, line, strict=True)]
        for x, line in zip(xs, sums, strict=True)
    ]
    for line, total_line in zip(sums, totals, strict=True):
        for phi, total in zip(line, total_line, strict=True):
            phi.add_incoming(_ZERO, entry)
            phi.add_incoming(total, loop)
    builder.cbranch(builder.icmp_signed("<", after, width), loop, done)
    builder.position_at_end(done)
    return totals


@intrinsic
def dot_tile(typing_context, left, i, right, j, scores):
    """Set ``scores[i:i+4, j:j+4] = left[i:i+4] @ right[j:j+4].T``."""
    signature = types.void(left, types.intp, right, types.intp, scores)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        left_type, _, right_type, _, scores_type = sig.args
        a = Matrix(context, builder, left_type, args[0])
        b = Matrix(context, builder, right_type, args[2])
        out = Matrix(context, builder, scores_type, args[4])
        lines = [builder.add(args[1], index(r)) for r in range(ROWS)]
        rows_b = [b.at(builder.add(args[3], index(r)), index(0)) for r in range(ROWS)]
        for first in range(0, ROWS, _ROWS_AT_ONCE):
            some = lines[first : first + _ROWS_AT_ONCE]
            rows_a = [a.at(line, index(0)) for line in some]
            totals = dot_rows(builder, rows_a, rows_b, a.width)
            for line, total_line in zip(some, totals, strict=True):
                store(builder, _four_sums(builder, total_line), out.at(line, args[3]))
        return context.get_dummy_value()

    return signature, generate


def _mixing_tile(n_vectors: int, *, transposed: bool) -> Any:
    """Make the tile that mixes rows for `n_vectors` vectors of their width.

    ``out[i:i+4] = sum over first <= j < last of weights[i:i+4, j] * rows[j]``, or with
    ``weights[j, i:i+4]`` when transposed; added to what stands in `out` when `add` is set.
    """

    @intrinsic
    def mixing_tile(typing_context, weights, first, last, rows, out, i, d, add):
        integer = types.intp
        signature = types.void(
            weights, integer, integer, rows, out, integer, integer, types.boolean
        )

        def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
            w = Matrix(context, builder, sig.args[0], args[0])
            x = Matrix(context, builder, sig.args[3], args[3])
            o = Matrix(context, builder, sig.args[4], args[4])
            _, start, stop, _, _, row, column, keep = args
            row_ids = [builder.add(row, index(r)) for r in range(ROWS)]
            columns = [builder.add(column, index(m * LANES)) for m in range(n_vectors)]
            places = [[o.at(r, c) for c in columns] for r in row_ids]
            entry = builder.block
            old, loop, done = (builder.append_basic_block(n) for n in ("old", "loop", "done"))
            builder.cbranch(keep, old, loop)
            builder.position_at_end(old)
            before = [[load(builder, place) for place in line] for line in places]
            builder.branch(loop)
            builder.position_at_end(loop)
            j = builder.phi(INDEX)
            sums = [[builder.phi(_ZERO.type) for _ in columns] for _ in row_ids]
            vectors = [load(builder, x.at(j, c)) for c in columns]
            totals = []
            for r, line in zip(row_ids, sums, strict=True):
                address = w.at(j, r) if transposed else w.at(r, j)
                weight = spread(builder, builder.load(address, align=4, typ=FLOAT))
                totals.append(
                    [
                        multiply_add(builder, weight, v, s)
                        for v, s in zip(vectors, line, strict=True)
                    ]
                )
            after = builder.add(j, index(1))
            for block, value in ((entry, start), (old, start), (loop, after)):
                j.add_incoming(value, block)
            for r in range(ROWS):
                for m in range(n_vectors):
                    sums[r][m].add_incoming(_ZERO, entry)
                    sums[r][m].add_incoming(before[r][m], old)
                    sums[r][m].add_incoming(totals[r][m], loop)
            builder.cbranch(builder.icmp_signed("<", after, stop), loop, done)
            builder.position_at_end(done)
            for r in range(ROWS):
                for m in range(n_vectors):
                    store(builder, totals[r][m], places[r][m])
            return context.get_dummy_value()

        return signature, generate

    return mixing_tile


_mix_wide, _mix2, _mix1 = (_mixing_tile(n, transposed=False) for n in (_MOST_VECTORS, 2, 1))
_mix_wide_transposed, _mix2_transposed, _mix1_transposed = (
    _mixing_tile(n, transposed=True) for n in (_MOST_VECTORS, 2, 1)
)
_WIDE = _MOST_VECTORS * LANES


@kernel
def mix_tiles(weights, first, last, rows, out, i, add):
    """Set ``out[i:i+4]`` to ``weights[i:i+4, first:last] @ rows[first:last]``, or add it."""
    width = rows.shape[1]
    d = 0
    while d + _WIDE <= width:
        _mix_wide(weights, first, last, rows, out, i, d, add)
        d += _WIDE
    if d + 2 * LANES <= width:
        _mix2(weights, first, last, rows, out, i, d, add)
        d += 2 * LANES
    if d < width:
        _mix1(weights, first, last, rows, out, i, d, add)


@kernel
def mix_tiles_transposed(weights, first, last, rows, out, i, add):
    """Set ``out[i:i+4]`` to ``weights[first:last, i:i+4].T @ rows[first:last]``, or add it."""
    width = rows.shape[1]
    d = 0
    while d + _WIDE <= width:
        _mix_wide_transposed(weights, first, last, rows, out, i, d, add)
        d += _WIDE
    if d + 2 * LANES <= width:
        _mix2_transposed(weights, first, last, rows, out, i, d, add)
        d += 2 * LANES
    if d < width:
        _mix1_transposed(weights, first, last, rows, out, i, d, add)
