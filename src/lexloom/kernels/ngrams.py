"""The character n-grams of words, hashed into buckets as fastText and floret hash them.

fastText takes one bucket for an n-gram, by the 32 bits of FNV-1a (Fowler, Noll and Vo), its bytes
read as *signed* numbers: outside ASCII that differs from the published hash, and all its models
hang on it. floret takes one to four, from the 128 bits of MurmurHash3 (Appleby), for each n-gram
and for the whole word.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.eight_bytes import load_eight

__all__ = ["hash_ngrams"]

_WORD = np.uint64
_FNV_BASIS, _FNV_PRIME = _WORD(2166136261), _WORD(16777619)
_SIGN = _WORD(0xFFFFFF00)
_LOW = _WORD(0xFFFFFFFF)
_HALF, _BYTE = _WORD(32), _WORD(8)

_SEED = _WORD(2166136261)
_C1, _C2 = _WORD(0x87C37B91114253D5), _WORD(0x4CF5AD432745937F)
_MIX1, _MIX2 = _WORD(0xFF51AFD7ED558CCD), _WORD(0xC4CEB9FE1A85EC53)
_ADD1, _ADD2 = _WORD(0x52DCE729), _WORD(0x38495AB5)
_FIVE, _MIX_SHIFT = _WORD(5), _WORD(33)
_TURN1, _TURN2 = (_WORD(31), _WORD(27)), (_WORD(33), _WORD(31))
_ALL = _WORD(64)


@njit(**PART)
def _hash_fnv(text, start, stop):
    """Give FNV-1a of the bytes ``text[start:stop]``, each widened with its sign: 32 bits."""
    state = _FNV_BASIS
    for place in range(start, stop):
        byte = _WORD(text[place])
        state = ((state ^ (byte | _SIGN if byte >= 0x80 else byte)) * _FNV_PRIME) & _LOW
    return state


@njit(**PART)
def _turn(bits, left):
    """Rotate 64 bits to the left."""
    return (bits << left) | (bits >> (_ALL - left))


@njit(**PART)
def _stir(bits):
    """Spread every bit over all 64."""
    bits = (bits ^ (bits >> _MIX_SHIFT)) * _MIX1
    bits = (bits ^ (bits >> _MIX_SHIFT)) * _MIX2
    return bits ^ (bits >> _MIX_SHIFT)


@njit(**PART)
def _rest_of(text, start, stop):
    """Give the bytes ``text[start:stop]``, at most eight, as one number; 0 if there are none."""
    bits = _WORD(0)
    for place in range(stop - 1, start - 1, -1):
        bits = bits << _BYTE | _WORD(text[place])
    return bits


@njit(**PART)
def _hash_murmur(text, start, stop):
    """Give MurmurHash3_x64_128 of the bytes ``text[start:stop]``, with floret's seed."""
    first, second = _SEED, _SEED
    place = start
    while place + 16 <= stop:
        first ^= _turn(load_eight(text, place) * _C1, _TURN1[0]) * _C2
        first = (_turn(first, _TURN1[1]) + second) * _FIVE + _ADD1
        second ^= _turn(load_eight(text, place + 8) * _C2, _TURN2[0]) * _C1
        second = (_turn(second, _TURN2[1]) + first) * _FIVE + _ADD2
        place += 16
    second ^= _turn(_rest_of(text, place + 8, stop) * _C2, _TURN2[0]) * _C1
    first ^= _turn(_rest_of(text, place, min(place + 8, stop)) * _C1, _TURN1[0]) * _C2
    length = _WORD(stop - start)
    first ^= length
    second ^= length
    first += second
    second += first
    first, second = _stir(first), _stir(second)
    first += second
    return first, second + first


@njit(**PART)
def _put(text, start, stop, n_buckets, n_hashes, buckets, n):
    """Append the buckets of the bytes ``text[start:stop]``; give how many there are now."""
    if n_hashes == 0:
        buckets[n] = _hash_fnv(text, start, stop) % _WORD(n_buckets)
        return n + 1
    first, second = _hash_murmur(text, start, stop)
    for number in range(n_hashes):
        bits = first if number < 2 else second
        bits = bits & _LOW if number % 2 == 0 else bits >> _HALF
        buckets[n + number] = bits % _WORD(n_buckets)
    return n + n_hashes


@njit(**PART)
def _goes_on(text, place):
    """Say whether a byte goes on with a character of UTF-8 instead of beginning one."""
    return text[place] & 0xC0 == 0x80


@kernel
def hash_ngrams(text, offsets, min_n, max_n, n_buckets, n_hashes):
    """Give the buckets of all n-grams of some words.

    Parameters
    ----------
    text
        uint8, the UTF-8 of the words one behind the other, each between ``<`` and ``>``.
    offsets
        int64 (N + 1), where each begins. A word of no bytes has no n-grams.
    min_n, max_n
        The fewest and the most characters of an n-gram, its marks included; a mark alone is none.
    n_buckets
        B.
    n_hashes
        0 hashes as fastText, 1 to 4 as floret: so many buckets for each n-gram and, before them,
        for the whole word.

    Returns
    -------
    tuple
        int32, the buckets of word after word; int64 (N + 1), where those of each begin.
    """
    n_words = offsets.shape[0] - 1
    n_starts = offsets[n_words] - offsets[0]
    most = n_starts * max(max_n - min_n + 1, 0) + n_words
    buckets = np.empty(most * max(n_hashes, 1), np.int32)
    begins = np.empty(n_words + 1, np.int64)
    n = 0
    for word in range(n_words):
        begins[word] = n
        start, stop = offsets[word], offsets[word + 1]
        if n_hashes > 0 and start < stop:
            n = _put(text, start, stop, n_buckets, n_hashes, buckets, n)
        for first in range(start, stop):
            if _goes_on(text, first):
                continue
            end = first
            for n_characters in range(1, max_n + 1):
                if end == stop:
                    break
                end += 1
                while end < stop and _goes_on(text, end):
                    end += 1
                is_mark = n_characters == 1 and (first == start or end == stop)
                if n_characters >= min_n and not is_mark:
                    n = _put(text, first, end, n_buckets, n_hashes, buckets, n)
    begins[n_words] = n
    return buckets[:n].copy(), begins
