"""Count which words stand near each other: a row of the matrix at a time, in memory of any size.

Where each word stands is listed first. A row then comes from the surroundings of one word alone:
its sums lie in one array of V numbers, no pair is hashed or sorted, and no row asks another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from lexloom.arrays import Floats, Ids, Offsets, Vectors
from lexloom.kernels.compiling import PART, kernel
from lexloom.kernels.draws import draw, uniform
from lexloom.kernels.lanes import LANES, Lanes, Matrix, index, load, prefetch, spread, store
from lexloom.kernels.slopes import exp_lanes, log_lanes

__all__ = [
    "BYTES_OF_PLACE",
    "BYTES_OF_RECORD",
    "BYTES_OF_WORD",
    "Arrangement",
    "Counted",
    "Records",
    "arrange_rows",
    "count_rows",
    "count_words",
    "empty_counted",
    "empty_records",
    "list_places",
]

BYTES_OF_PLACE = 8
"""What `list_places` takes for each place of a word."""

BYTES_OF_RECORD = 20
"""What counting takes for each record of the rows in work: as counted and as arranged."""

BYTES_OF_WORD = 12
"""What counting takes for each word of the vocabulary."""

_BYTE = np.int64(8)
_LOW_BYTE = np.int64(0xFF)
_AHEAD = 8
"""The places ahead whose surroundings are asked for: rare words stand far apart."""


class Counted(NamedTuple):
    """Rows as they are counted.

    sums: float64 (V), zeros between rows. met: int32 (V + 1), the words a row has met. columns:
    int32 and counts: float32, the records row by row: the other word and X. ends: int64 (rows),
    where each row ends.
    """

    sums: Floats
    met: Ids
    columns: Ids
    counts: Vectors
    ends: Offsets


class Records(NamedTuple):
    """Counted pairs as they are learned from.

    columns: int32, the other word. logs, weights: float32, log X and f(X) of the pair.
    """

    columns: Ids
    logs: Vectors
    weights: Vectors


class Arrangement(NamedTuple):
    """What becomes of counted pairs.

    x_max, alpha: f(X) = min(1, (X / x_max) ** alpha). held_out: the share of pairs set aside, each
    with its mirror image. key: uint64, what that choice hangs on.
    """

    x_max: np.float32
    alpha: np.float32
    held_out: np.float32
    key: np.uint64


def empty_counted(n_words, n_rows, n_records):
    """Make room for counting so many rows with so many records at most."""
    return Counted(
        np.zeros(n_words, np.float64),
        np.empty(n_words + 1, np.int32),
        np.empty(n_records, np.int32),
        np.empty(n_records, np.float32),
        np.empty(n_rows, np.int64),
    )


def empty_records(n_records):
    """Make room for so many records, and for the vector that reaches beyond the last."""
    return Records(
        np.empty(n_records + LANES, np.int32),
        np.empty(n_records + LANES, np.float32),
        np.empty(n_records + LANES, np.float32),
    )


@kernel
def count_words(ids, counts):
    """Add to `counts` (int64, V) how often each word stands in `ids`."""
    for i in range(ids.shape[0]):
        counts[ids[i]] += 1


@kernel
def list_places(ids, sentence_offsets, row_of, ends, left, right, places):
    """List where the words of some rows stand, and how far their windows reach.

    Parameters
    ----------
    ids, sentence_offsets
        The text: int32 (T), int64.
    row_of
        int32 (V), the row of each word; -1 for words that are not wanted.
    ends
        int64 (rows), where the list of each row begins; in place, where it ends.
    left, right
        The most words to look at on either side, at most 255.
    places
        int64, filled row by row: a position, and in its two lowest bytes the words of the sentence
        that are within reach to the left and to the right.
    """
    for sentence in range(sentence_offsets.shape[0] - 1):
        first, last = sentence_offsets[sentence], sentence_offsets[sentence + 1]
        for position in range(first, last):
            row = row_of[ids[position]]
            if row >= 0:
                before = min(left, position - first)
                behind = min(right, last - 1 - position)
                places[ends[row]] = ((position << _BYTE | before) << _BYTE) | behind
                ends[row] += 1


@njit(**PART)
def _add(counted, word, amount, n_met):
    """Add to the sum of a word, and note it when it is met for the first time."""
    before = counted.sums[word]
    counted.sums[word] = before + amount
    counted.met[n_met] = word
    return n_met + (before == 0.0)


@kernel
def count_rows(ids, places, first, ends, amounts, counted):
    """Count rows whose places are listed; give the number of records.

    Parameters
    ----------
    ids
        int32 (T), the text.
    places, first, ends
        What `list_places` made; where the places of the first row begin, and where those of each
        row end.
    amounts
        float64 (window + 1), what a word counts for at each distance.
    counted
        `Counted`, filled.
    """
    n_records = 0
    reach = amounts.shape[0] - 1
    for row in range(ends.shape[0]):
        n_met = 0
        for k in range(first, ends[row]):
            if k + _AHEAD < places.shape[0]:
                soon = places[k + _AHEAD] >> (_BYTE + _BYTE)
                prefetch(ids, 0, soon)
                prefetch(ids, 0, soon - reach)
                prefetch(ids, 0, soon + reach)
            position = places[k] >> (_BYTE + _BYTE)
            before, behind = (places[k] >> _BYTE) & _LOW_BYTE, places[k] & _LOW_BYTE
            for distance in range(1, before + 1):
                n_met = _add(counted, ids[position - distance], amounts[distance], n_met)
            for distance in range(1, behind + 1):
                n_met = _add(counted, ids[position + distance], amounts[distance], n_met)
        first = ends[row]
        for m in range(n_met):
            word = counted.met[m]
            counted.columns[n_records] = word
            counted.counts[n_records] = counted.sums[word]
            counted.sums[word] = 0.0
            n_records += 1
        counted.ends[row] = n_records
    return n_records


@njit(**PART)
def _stratum_of(row_word, word, strata, arrangement):
    """Give the stratum of a record; a pair set aside, whichever word comes first, is in the last.

    Strata are dealt to the words in turn.
    """
    if arrangement.held_out > 0.0:
        low, high = np.uint64(min(row_word, word)), np.uint64(max(row_word, word))
        if uniform(draw(draw(arrangement.key, low), high)) < arrangement.held_out:
            return np.int64(strata)
    return np.int64(np.uint32(word) % np.uint32(strata))


@intrinsic
def _weigh(typing_context, logs, weights, k, alpha, log_x_max):
    """Turn `LANES` counts from k on into their logs, in place, and their weights."""
    signature = types.void(logs, weights, types.intp, types.float32, types.float32)

    def generate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        logged, weighed = (Matrix(context, builder, sig.args[n], args[n]) for n in range(2))
        power, most = (Lanes(builder, spread(builder, number)) for number in args[3:])
        address = logged.at(index(0), args[2])
        log = log_lanes(Lanes(builder, load(builder, address)))
        below = log - most
        share = below.compare("<", 0.0).choose(below, 0.0) * power
        store(builder, log.value, address)
        store(builder, exp_lanes(share).value, weighed.at(index(0), args[2]))
        return context.get_dummy_value()

    return signature, generate


@kernel
def arrange_rows(words, counted, arrangement, lengths, records):
    """Part counted rows by the stratum of their columns; turn each X into log X and f(X).

    Parameters
    ----------
    words
        int32 (rows), the word of each row.
    counted
        What `count_rows` filled.
    arrangement
        The `Arrangement`.
    lengths
        int32 (rows, strata + 1), zeros, filled: how many records a row has in each stratum, and
        how many are held out.
    records
        `Records`, filled: stratum by stratum, in each of them row by row, and last what is held
        out.
    """
    n_rows, strata = words.shape[0], lengths.shape[1] - 1
    at = np.zeros(strata + 2, np.int64)
    first = 0
    for row in range(n_rows):
        for k in range(first, counted.ends[row]):
            stratum = _stratum_of(words[row], counted.columns[k], strata, arrangement)
            lengths[row, stratum] += 1
            at[stratum + 1] += 1
        first = counted.ends[row]
    for stratum in range(strata + 1):
        at[stratum + 1] += at[stratum]
    first = 0
    for row in range(n_rows):
        for k in range(first, counted.ends[row]):
            stratum = _stratum_of(words[row], counted.columns[k], strata, arrangement)
            records.columns[at[stratum]] = counted.columns[k]
            records.logs[at[stratum]] = counted.counts[k]
            at[stratum] += 1
        first = counted.ends[row]
    log_x_max = np.float32(np.log(arrangement.x_max))
    for k in range(0, first, LANES):
        _weigh(records.logs, records.weights, k, arrangement.alpha, log_x_max)
