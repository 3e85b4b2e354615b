"""Multiply a sparse matrix with a dense one."""

from __future__ import annotations

from lexloom.kernels.compiling import kernel
from lexloom.kernels.rows import FAST

__all__ = ["multiply_rows"]


@kernel(fastmath=FAST, error_model="numpy")
def multiply_rows(offsets, columns, values, dense, rows, product):
    """Fill some rows of a product.

    Four rows of the dense matrix are added at a time: what they are added to is read and written
    once for them, and the processor waits for all four at once.

    Parameters
    ----------
    offsets, columns, values
        The sparse matrix in rows: int32 or int64, int32 and float32.
    dense
        float32 (V, D).
    rows
        The first row and the one behind the last.
    product
        float32 (N, D); these rows of it are filled.
    """
    width = dense.shape[1]
    for row in range(rows[0], rows[1]):
        for d in range(width):
            product[row, d] = 0.0
        i, end = offsets[row], offsets[row + 1]
        while i + 4 <= end:
            a, b, c, e = columns[i], columns[i + 1], columns[i + 2], columns[i + 3]
            x, y, z, w = values[i], values[i + 1], values[i + 2], values[i + 3]
            for d in range(width):
                added = x * dense[a, d] + y * dense[b, d] + z * dense[c, d] + w * dense[e, d]
                product[row, d] += added
            i += 4
        while i < end:
            a, x = columns[i], values[i]
            for d in range(width):
                product[row, d] += x * dense[a, d]
            i += 1
