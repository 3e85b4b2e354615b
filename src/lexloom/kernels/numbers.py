"""Read rows of a word and its numbers from text: bytes in, float32 out.

No `fastmath` here: a division must be a division for the nearest float to come out.
"""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["ALL_READ", "LOOK_CLOSER", "gather_bytes", "read_binary_rows", "read_text_rows"]

ALL_READ = 0
LOOK_CLOSER = 1
"""The row at the returned position is no plain one: Python reads it, or says what is wrong."""

NEWLINE, CARRIAGE_RETURN, BLANK, TAB = 10, 13, 32, 9
PLUS, MINUS, POINT, ZERO, NINE, SMALL_E, BIG_E = 43, 45, 46, 48, 57, 101, 69
MAX_DIGITS = 19
MAX_EXACT_POWER = 22
MAX_EXACT_INTEGER = np.uint64(1 << 53)
MAX_POWER = 290
POWERS = np.array([float(f"1e{i}") for i in range(MAX_POWER + 1)])
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
LARGEST = float(np.finfo(np.float32).max)

DROPPED_BITS = np.int64((1 << 29) - 1)
HALFWAY = np.int64(1 << 28)
DOUBT = np.int64(16)
"""Three roundings of half a unit each put the float64 less than this many units beside the truth;
unless it lies so near to the middle of two float32, both round alike."""


@kernel
def _is_blank(byte):
    return byte in (BLANK, TAB)


@kernel
def _is_end(byte):
    return byte in (BLANK, TAB, NEWLINE, CARRIAGE_RETURN)


@kernel
def _read_exponent(buffer, at):
    """Read what follows an `e`: (exponent, position behind it), or position -1 for no number."""
    sign = 1
    if buffer[at] == MINUS or buffer[at] == PLUS:
        sign = -1 if buffer[at] == MINUS else 1
        at += 1
    start = at
    exponent = 0
    while ZERO <= buffer[at] <= NINE:
        exponent = min(exponent * 10 + (buffer[at] - ZERO), 100_000)
        at += 1
    return sign * exponent, at if at > start else -1


@kernel
def _scaled(mantissa, exponent, bits):
    """Give mantissa · 10^exponent as float64, and whether its float32 is surely the nearest."""
    if mantissa == 0:
        return 0.0, True
    if exponent < -MAX_POWER or exponent > MAX_POWER:
        return 0.0, False
    value = np.float64(mantissa)
    value = value / POWERS[-exponent] if exponent < 0 else value * POWERS[exponent]
    if not SMALLEST_NORMAL <= value <= LARGEST:
        return 0.0, False
    if mantissa <= MAX_EXACT_INTEGER and -MAX_EXACT_POWER <= exponent <= MAX_EXACT_POWER:
        return value, True
    bits[0] = value
    dropped = bits.view(np.int64)[0] & DROPPED_BITS
    return value, abs(dropped - HALFWAY) > DOUBT


@kernel
def _read_number(buffer, at, bits):
    """Read one decimal number: (value, position behind it), or position -1 to look closer."""
    is_negative = buffer[at] == MINUS
    if is_negative or buffer[at] == PLUS:
        at += 1
    mantissa = np.uint64(0)
    n_digits = 0
    exponent = 0
    has_digit = False
    is_fraction = False
    while True:
        byte = buffer[at]
        if ZERO <= byte <= NINE:
            has_digit = True
            if n_digits < MAX_DIGITS:
                mantissa = mantissa * np.uint64(10) + np.uint64(byte - ZERO)
                n_digits += mantissa > 0
                exponent -= is_fraction
            else:
                exponent += not is_fraction
        elif byte == POINT and not is_fraction:
            is_fraction = True
        else:
            break
        at += 1
    if has_digit and (buffer[at] == SMALL_E or buffer[at] == BIG_E):
        more, at = _read_exponent(buffer, at + 1)
        exponent += more
    if at < 0 or not has_digit or not _is_end(buffer[at]):
        return 0.0, -1
    value, is_sure = _scaled(mantissa, exponent, bits)
    return -value if is_negative else value, at if is_sure else -1


@kernel
def _read_row(buffer, at, numbers, bits):
    """Read the numbers of one row: the position behind its newline, or -1 to look closer."""
    for i in range(numbers.shape[0]):
        while _is_blank(buffer[at]):
            at += 1
        value, at = _read_number(buffer, at, bits)
        if at < 0:
            return -1
        numbers[i] = value
    while _is_blank(buffer[at]) or buffer[at] == CARRIAGE_RETURN:
        at += 1
    return at + 1 if buffer[at] == NEWLINE else -1


@kernel
def read_text_rows(buffer, start, stop, numbers, word_bounds):
    """Read lines of a word and D numbers.

    Parameters
    ----------
    buffer
        uint8; every line from `start` to `stop` ends with a newline.
    start, stop
        The bytes to read.
    numbers
        float32 (R, D), filled row by row.
    word_bounds
        int64 (R, 2), filled with the first byte of each word and the one behind its last.

    Returns
    -------
    tuple of int
        The number of rows read, the position reached and `ALL_READ` or `LOOK_CLOSER`.
    """
    bits = np.empty(1, np.float64)
    n_rows = 0
    at = start
    while at < stop and n_rows < numbers.shape[0]:
        end = at
        while not _is_end(buffer[end]):
            end += 1
        behind = -1
        if end > at and _is_blank(buffer[end]):
            behind = _read_row(buffer, end, numbers[n_rows], bits)
        if behind < 0:
            return n_rows, at, LOOK_CLOSER
        word_bounds[n_rows, 0] = at
        word_bounds[n_rows, 1] = end
        n_rows += 1
        at = behind
    return n_rows, at, ALL_READ


@kernel
def read_binary_rows(buffer, start, stop, numbers, word_bounds):
    """Read rows of a word, a blank and D little-endian float32; newlines before a word are skipped.

    `numbers` is uint8 (R, 4·D); the rest is as in `read_text_rows`. Stops in front of a row that
    is not whole.
    """
    n_rows = 0
    at = start
    n_bytes = numbers.shape[1]
    while n_rows < numbers.shape[0]:
        word = at
        while word < stop and buffer[word] == NEWLINE:
            word += 1
        end = word
        while end < stop and buffer[end] != BLANK:
            end += 1
        if end + 1 + n_bytes > stop:
            return n_rows, at, LOOK_CLOSER
        word_bounds[n_rows, 0] = word
        word_bounds[n_rows, 1] = end
        for i in range(n_bytes):
            numbers[n_rows, i] = buffer[end + 1 + i]
        n_rows += 1
        at = end + 1 + n_bytes
    return n_rows, at, ALL_READ


@kernel
def gather_bytes(buffer, bounds, gathered):
    """Copy the pieces of `buffer` between `bounds` (R, 2) one behind the other into `gathered`."""
    to = 0
    for row in range(bounds.shape[0]):
        for at in range(bounds[row, 0], bounds[row, 1]):
            gathered[to] = buffer[at]
            to += 1
