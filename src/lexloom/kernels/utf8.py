"""One character of UTF-8 at a time."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["decode", "encode"]


@kernel
def decode(text, place):
    """Give the code point at a byte of valid UTF-8, and the bytes it takes."""
    first = np.int64(text[place])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (text[place + 1] & 0x3F), 2
    if first < 0xF0:
        middle = (first & 0x0F) << 12 | np.int64(text[place + 1] & 0x3F) << 6
        return middle | (text[place + 2] & 0x3F), 3
    middle = (first & 0x07) << 18 | np.int64(text[place + 1] & 0x3F) << 12
    return middle | np.int64(text[place + 2] & 0x3F) << 6 | (text[place + 3] & 0x3F), 4


@kernel
def encode(code, blob, place):
    """Write a code point as UTF-8 and give the bytes it took."""
    if code < 0x80:
        blob[place] = code
        return 1
    if code < 0x800:
        blob[place] = 0xC0 | code >> 6
        blob[place + 1] = 0x80 | code & 0x3F
        return 2
    if code < 0x10000:
        blob[place] = 0xE0 | code >> 12
        blob[place + 1] = 0x80 | code >> 6 & 0x3F
        blob[place + 2] = 0x80 | code & 0x3F
        return 3
    blob[place] = 0xF0 | code >> 18
    blob[place + 1] = 0x80 | code >> 12 & 0x3F
    blob[place + 2] = 0x80 | code >> 6 & 0x3F
    blob[place + 3] = 0x80 | code & 0x3F
    return 4
