"""Count which words stand near each other, one word of the vocabulary after the other.

The places of a word are visited in one go, and its neighbours are added up in a row as long as the
vocabulary, which stays in a cache: nothing is sorted or merged, and a row of counts comes out the
same whichever thread makes it.
"""

from __future__ import annotations

from lexloom.kernels.compiling import kernel

__all__ = ["count_rows", "place_words"]


@kernel
def place_words(ids, starts, marked, ends, places):
    """List the places of each word.

    Parameters
    ----------
    ids
        int32 (T), the words of some sentences.
    starts
        int64, the places where sentences begin.
    marked
        int32 (T), filled with the ids; those at the start of a sentence are inverted (``~id``).
    ends
        int64 (V), where the places of each word begin in `places`; at the end, where they end.
    places
        int32 (T), filled: the places of word 0, of word 1, …, each in ascending order.
    """
    for place in range(ids.shape[0]):
        word = ids[place]
        marked[place] = word
        places[ends[word]] = place
        ends[word] += 1
    for sentence in range(starts.shape[0]):
        marked[starts[sentence]] = ~ids[starts[sentence]]


@kernel
def count_rows(marked, places, offsets, words, weights, room, columns, sums, sizes):
    """Add up the neighbours of some words.

    Parameters
    ----------
    marked, places
        As `place_words` gives them.
    offsets
        int64 (V + 1), where the places of each word begin in `places`, and the end of the last.
    words
        The first of the words and the one behind the last.
    weights
        float64 (window), what a neighbour counts at distance 1, 2, ….
    room
        float64 (V), zero; it is zero again at the end.
    columns, sums
        int32 and float32, filled with the neighbours of the first word and their sums, of the
        second, …; long enough for all pairs.
    sizes
        int64, filled with how many neighbours each word has.

    Returns
    -------
    int
        How many neighbours all of them have.
    """
    window = weights.shape[0]
    n_words = marked.shape[0]
    n_filled = 0
    for word in range(words[0], words[1]):
        first = n_filled
        for i in range(offsets[word], offsets[word + 1]):
            place = places[i]
            at = place
            for distance in range(window):
                if marked[at] < 0:
                    break
                at -= 1
                other = marked[at]
                if other < 0:
                    other = ~other
                if room[other] == 0.0:
                    columns[n_filled] = other
                    n_filled += 1
                room[other] += weights[distance]
            for distance in range(min(window, n_words - 1 - place)):
                other = marked[place + 1 + distance]
                if other < 0:
                    break
                if room[other] == 0.0:
                    columns[n_filled] = other
                    n_filled += 1
                room[other] += weights[distance]
        for i in range(first, n_filled):
            sums[i] = room[columns[i]]
            room[columns[i]] = 0.0
        sizes[word - words[0]] = n_filled - first
    return n_filled
