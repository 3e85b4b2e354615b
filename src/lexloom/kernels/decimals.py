"""Write float32 as the shortest decimals that read back the same."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel
from lexloom.kernels.numbers import DOUBT, DROPPED_BITS, HALFWAY, POWERS

__all__ = ["MAX_NUMBER_BYTES", "write_text_rows"]

MAX_NUMBER_BYTES = 20
MOST_DIGITS = 9
FEWEST_DIGITS = 6
BLANK, NEWLINE, MINUS, POINT, ZERO, SMALL_E = 32, 10, 45, 46, 48, 101
MOST_ZEROS = 4
"""Zeros written between the point and the first digit before an exponent is shorter."""


@kernel
def _times_power(value, exponent):
    """Give value · 10^exponent."""
    return value * POWERS[exponent] if exponent >= 0 else value / POWERS[-exponent]


@kernel
def _reads_back(value, digits, exponent, scratch):
    """Tell whether digits · 10^exponent is surely read as the float32 `value`."""
    scratch[0] = _times_power(np.float64(digits), exponent)
    dropped = scratch.view(np.int64)[0] & DROPPED_BITS
    return np.float32(scratch[0]) == value and abs(dropped - HALFWAY) > DOUBT


@kernel
def _shortest(value, scratch):
    """Give whole digits and an exponent: digits · 10^exponent reads back as `value` > 0."""
    exact = np.float64(value)
    magnitude = int(np.floor(np.log10(exact)))
    digits, exponent = 0, 0
    for n_digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        exponent = magnitude - n_digits + 1
        digits = np.int64(np.rint(_times_power(exact, -exponent)))
        if _reads_back(value, digits, exponent, scratch):
            break
    while digits % 10 == 0:
        digits //= 10
        exponent += 1
    return digits, exponent


@kernel
def _write_whole(number, out, at):
    """Write a whole number from 0 on."""
    n_digits = 1
    rest = number // 10
    while rest > 0:
        n_digits += 1
        rest //= 10
    for place in range(at + n_digits - 1, at - 1, -1):
        out[place] = ZERO + number % 10
        number //= 10
    return at + n_digits


@kernel
def _write_number(value, out, at, scratch):
    """Write one float32; give the position behind it."""
    scratch[0] = value
    if scratch.view(np.int64)[0] < 0:
        out[at] = MINUS
        at += 1
        value = -value
    if value == 0:
        out[at] = ZERO
        return at + 1
    digits, exponent = _shortest(value, scratch)
    start = at
    at = _write_whole(digits, out, at)
    n_digits = at - start
    if exponent == 0:
        return at
    if -exponent >= n_digits and -exponent <= n_digits + MOST_ZEROS:
        shift = 2 - exponent - n_digits
        for place in range(at - 1, start - 1, -1):
            out[place + shift] = out[place]
        out[start : start + shift] = ZERO
        out[start + 1] = POINT
        return at + shift
    if -n_digits < exponent < 0:
        for place in range(at - 1, at + exponent - 1, -1):
            out[place + 1] = out[place]
        out[at + exponent] = POINT
        return at + 1
    out[at] = SMALL_E
    at += 1
    if exponent < 0:
        out[at] = MINUS
        at += 1
    return _write_whole(abs(exponent), out, at)


@kernel
def write_text_rows(words, offsets, numbers, out):
    """Write lines of a word and D numbers.

    Parameters
    ----------
    words
        uint8: the words one behind the other.
    offsets
        int64 (R + 1): where each word begins and the last ends.
    numbers
        float32 (R, D), finite.
    out
        uint8, with room for the words, `MAX_NUMBER_BYTES` + 1 for each number and a newline a row.

    Returns
    -------
    int
        The bytes written to `out`.
    """
    scratch = np.empty(1, np.float64)
    at = 0
    for row in range(numbers.shape[0]):
        for place in range(offsets[row], offsets[row + 1]):
            out[at] = words[place]
            at += 1
        for d in range(numbers.shape[1]):
            out[at] = BLANK
            at = _write_number(numbers[row, d], out, at + 1, scratch)
        out[at] = NEWLINE
        at += 1
    return at
