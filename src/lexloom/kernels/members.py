"""Find the lines of a text that hold certain characters."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel
from lexloom.kernels.utf8 import decode

__all__ = ["first_bytes", "lines_with_members"]

_NEWLINE = 10
_STRIDE = 16
_BYTE = np.uint64(8)


@kernel
def first_bytes(members):
    """Give which first two bytes of UTF-8 a member may have: bool (65,536), the second lowest.

    Parameters
    ----------
    members
        bool (1,114,112), no code point below 128 among them.

    Returns
    -------
    array
        bool, at 256 times the first byte plus the second.
    """
    pairs = np.zeros(0x10000, np.bool_)
    for code in range(0x80, len(members)):
        if members[code]:
            if code < 0x800:
                pairs[(0xC0 | code >> 6) << 8 | 0x80 | (code & 0x3F)] = True
            elif code < 0x10000:
                pairs[(0xE0 | code >> 12) << 8 | 0x80 | (code >> 6 & 0x3F)] = True
            else:
                pairs[(0xF0 | code >> 18) << 8 | 0x80 | (code >> 12 & 0x3F)] = True
    return pairs


@kernel
def _may_begin(text, place, pairs):
    """Say whether a member may begin in the next `_STRIDE` bytes, without a branch for each."""
    found = False
    before = np.uint64(text[place])
    for at in range(np.uint64(place + 1), np.uint64(place + 1 + _STRIDE)):
        byte = np.uint64(text[at])
        found |= pairs[before << _BYTE | byte]
        before = byte
    return found


@kernel
def lines_with_members(text, members, pairs):
    """Give where the lines of valid UTF-8 that hold a member begin, and where they end.

    Parameters
    ----------
    text
        uint8, valid UTF-8.
    members
        bool (1,114,112), no code point below 128 among them.
    pairs
        What `first_bytes` gives of them.

    Returns
    -------
    array
        int64 (N, 2): the first byte of the line and the one behind its last, its line end left out.
    """
    found = np.empty((16, 2), np.int64)
    n_found = place = 0
    last = len(text) - 1
    while place < last:
        if place + _STRIDE <= last and not _may_begin(text, place, pairs):
            place += _STRIDE
            continue
        both = np.int64(text[place]) << 8 | np.int64(text[place + 1])
        if not pairs[both] or not members[decode(text, place)[0]]:
            place += 1
            continue
        begin = place
        while begin > 0 and text[begin - 1] != _NEWLINE:
            begin -= 1
        while place <= last and text[place] != _NEWLINE:
            place += 1
        if n_found == len(found):
            longer = np.empty((2 * n_found, 2), np.int64)
            longer[:n_found] = found
            found = longer
        found[n_found, 0] = begin
        found[n_found, 1] = place
        n_found += 1
    return found[:n_found].copy()
