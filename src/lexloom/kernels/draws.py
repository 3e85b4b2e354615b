"""Random numbers as functions of a key and a counter: nothing hidden to save or to share.

The generator is SplitMix64 (Steele, Lea and Flood 2014) read at any position: the number at
`counter` of the stream `key` is the mixed sum of both, so order and noise depend on where something
stands in the data and not on which thread comes first.
"""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["alias_table", "below", "draw", "draw_word", "stream", "uniform"]

_WORD = np.uint64
_STEP = _WORD(0x9E3779B97F4A7C15)
_FIRST = _WORD(0xBF58476D1CE4E5B9)
_SECOND = _WORD(0x94D049BB133111EB)
_SHIFTS = (_WORD(30), _WORD(27), _WORD(31))
_HALF = _WORD(32)
_FRACTION_BITS = _WORD(40)
_LOW_BITS = _WORD(0xFFFFFF)
_UNIT = np.float32(2.0**-24)
_ONE = np.float32(1.0)


@kernel
def draw(key, counter):
    """Give the 64 random bits at `counter` of the stream `key`."""
    bits = key + _WORD(counter) * _STEP
    bits = (bits ^ (bits >> _SHIFTS[0])) * _FIRST
    bits = (bits ^ (bits >> _SHIFTS[1])) * _SECOND
    return bits ^ (bits >> _SHIFTS[2])


@kernel
def stream(seed, purpose, epoch):
    """Give the key of the stream for one purpose in one epoch of a run with this seed."""
    return draw(draw(_WORD(seed), purpose), epoch)


@kernel
def uniform(bits):
    """Turn the high half of random bits into a float32 in [0, 1)."""
    return np.float32(bits >> _FRACTION_BITS) * _UNIT


@kernel
def below(bits, limit):
    """Turn the low bits of random bits into an integer in [0, limit); limit at most 2**24."""
    return np.int64(((bits & _LOW_BITS) * _WORD(limit)) >> _WORD(24))


@kernel
def draw_word(bits, threshold, alias):
    """Draw a word id from an alias table (Vose 1991): float32 (V), int32 (V)."""
    word = np.int32(((bits >> _HALF) * _WORD(threshold.shape[0])) >> _HALF)
    if np.float32(bits & _LOW_BITS) * _UNIT < threshold[word]:
        return word
    return alias[word]


@kernel
def alias_table(weights):
    """Build the alias table of a distribution.

    Parameters
    ----------
    weights
        float64 (V), not negative, with a positive sum.

    Returns
    -------
    threshold, alias
        float32 (V) and int32 (V): word v is kept with probability ``threshold[v]``, else it is
        ``alias[v]``.
    """
    n_words = weights.shape[0]
    total = 0.0
    for v in range(n_words):
        total += weights[v]
    share = np.empty(n_words, np.float64)
    threshold = np.empty(n_words, np.float32)
    alias = np.empty(n_words, np.int32)
    for v in range(n_words):
        share[v] = weights[v] * (n_words / total)
        threshold[v] = _ONE
        alias[v] = v
    order = np.empty(n_words, np.int64)
    n_small, n_large = 0, n_words
    for v in range(n_words):
        if share[v] < 1.0:
            order[n_small] = v
            n_small += 1
        else:
            n_large -= 1
            order[n_large] = v
    while n_small > 0 and n_large < n_words:
        n_small -= 1
        small, large = order[n_small], order[n_large]
        threshold[small] = share[small]
        alias[small] = large
        share[large] -= 1.0 - share[small]
        if share[large] < 1.0:
            order[n_small] = large
            n_small += 1
            n_large += 1
    return threshold, alias
