"""Which passages of a corpus to read, so that every word is met a few times with little reading."""

from __future__ import annotations

import numpy as np

from lexloom.arrays import Ids, Offsets
from lexloom.text.sentences import Sentences

__all__ = ["choose_passages", "passages", "sample_places"]

_PLACES = 7
"""Sets these random numbers apart from others of the same seed."""

_WORDS_AT_ONCE = 1 << 20


def passages(corpus: Sentences, most_words: int) -> Offsets:
    """Cut the sentences of a corpus into passages of about the same length.

    Parameters
    ----------
    corpus
        The text.
    most_words
        The words of a passage at most; a longer sentence becomes several.

    Returns
    -------
    Offsets
        int64, ascending: where each passage begins in the corpus, and the end of the last.
    """
    starts = np.asarray(corpus.sentence_offsets[:-1], np.int64)
    lengths = np.diff(corpus.sentence_offsets)
    n_parts = -(-lengths // most_words)
    number = np.arange(n_parts.sum()) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
    inner = number * np.repeat(lengths, n_parts) // np.repeat(n_parts, n_parts)
    return np.append(np.repeat(starts, n_parts) + inner, corpus.n_words)


def sample_places(corpus: Sentences, most: int, seed: int) -> tuple[Ids, Offsets]:
    """Draw places of every word, in memory that hangs on the vocabulary only.

    Each place of the corpus has a random number that hangs on the seed and the place alone; a word
    keeps the places with its smallest ones.

    Parameters
    ----------
    corpus
        The text.
    most
        How many of each word at most.
    seed
        Another seed draws other places.

    Returns
    -------
    tuple
        int32 (N), words, ascending; and int64 (N), a place of each, those of one word in the order
        of their numbers.
    """
    words, numbers, places = np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.int64)
    for block, start in enumerate(range(0, corpus.n_words, _WORDS_AT_ONCE)):
        ids = np.asarray(corpus.ids[start : start + _WORDS_AT_ONCE])
        drawn = np.random.Philox(key=[seed, _PLACES], counter=[0, 0, block, 0]).random_raw(len(ids))
        words = np.concatenate([words, ids])
        numbers = np.concatenate([numbers, drawn])
        places = np.concatenate([places, np.arange(start, start + len(ids))])
        order = np.lexsort((numbers, words))
        sorted_words = words[order]
        rank = np.arange(len(order)) - np.searchsorted(sorted_words, sorted_words)
        kept = order[rank < most]
        words, numbers, places = words[kept], numbers[kept], places[kept]
    return words, places


def choose_passages(
    corpus: Sentences, bounds: Offsets, often: int, most_words: int | None, seed: int
) -> Offsets:
    """Choose passages such that every word is met so often, or as often as the corpus has it.

    Every word has its first turn before any has its second. Within a turn rare words come first,
    whose passages show the frequent ones too; under a limit frequent ones, so that where it ends
    the turn the rarest go without.

    Parameters
    ----------
    corpus
        The text.
    bounds
        int64: where its passages begin, as `passages` gives it.
    often
        How often a word is to be met.
    most_words
        How many words the chosen passages may have in all; None sets no limit.
    seed
        Another seed chooses others.

    Returns
    -------
    Offsets
        int64, ascending: numbers of passages.
    """
    words, places = sample_places(corpus, often, seed)
    ends = np.searchsorted(words, np.arange(len(corpus.vocabulary)), "right").tolist()
    next_place = np.searchsorted(words, np.arange(len(corpus.vocabulary))).tolist()
    passage_of = (np.searchsorted(bounds, places, "right") - 1).tolist()
    n_met = np.zeros(len(corpus.vocabulary), np.int64)
    chosen: set[int] = set()
    n_words = 0
    for turn in range(often):
        wanting = np.flatnonzero(n_met <= turn)[:: -1 if most_words is None else 1]
        for word in wanting.tolist():
            place, end = next_place[word], ends[word]
            while place < end and passage_of[place] in chosen:
                place += 1
            next_place[word] = place
            # The passages of other words may have shown it in this very turn.
            if place == end or n_met[word] > turn:
                continue
            begin, stop = bounds[passage_of[place] : passage_of[place] + 2].tolist()
            if most_words is not None and chosen and n_words + stop - begin > most_words:
                return np.array(sorted(chosen), np.int64)
            chosen.add(passage_of[place])
            n_words += stop - begin
            np.add.at(n_met, corpus.ids[begin:stop], 1)
    return np.array(sorted(chosen), np.int64)
