"""Interpolated Kneser-Ney: the n-gram model that a neural language model is measured against."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from lexloom.arrays import Counts, Floats, Offsets
from lexloom.errors import SettingError
from lexloom.settings import settings
from lexloom.static.running_text import FIRST_WORD, RunningText
from lexloom.text.sentences import Sentences
from lexloom.text.vocabulary import Vocabulary

__all__ = ["KneserNey", "KneserNeyModel"]

_PLACES_AT_ONCE = 1 << 20
_COMMON = 3
"""Counts from this on share a discount."""
_DISCOUNTS_OF_LITTLE = (0.5, 1.0, 1.5)
"""Where a text is too small to estimate them."""


@settings
class KneserNey:
    """Count n-grams and smooth them as Kneser and Ney (1995) do, all orders interpolated.

    Each order has three discounts, estimated from how many n-grams come once, twice, three and
    four times (the modified form of Chen and Goodman 1999, equation 26).

    Attributes
    ----------
    order
        n: a word is foretold from the n - 1 words before it.
    discounts
        A discount for each order, from that of single words on, which every count loses; by
        default they are estimated.

    Examples
    --------
    >>> from lexloom.text.corpus import Corpus
    >>> corpus = Corpus.from_sentences([["a", "b"], ["a", "c"]] * 9, min_count=1)
    >>> model = KneserNey(order=2).fit(corpus, corpus.vocabulary)
    >>> np.exp(model.log_probabilities(corpus)[:2]).round(2).tolist()
    [0.93, 0.45]
    """

    order: Annotated[int, Field(ge=1, le=10)] = 5
    discounts: tuple[Annotated[float, Field(ge=0, le=1)], ...] | None = None

    def fit(self, corpus: Sentences, vocabulary: Vocabulary) -> KneserNeyModel:
        """Count the n-grams of a corpus.

        Parameters
        ----------
        corpus
            What to count.
        vocabulary
            The words to tell apart; all others are one.

        Returns
        -------
        KneserNeyModel
            The model.

        Raises
        ------
        SettingError
            If there is not one discount for each order.
        """
        given = self.discounts or (None,) * self.order
        if len(given) != self.order:
            raise SettingError(f"discounts must be {self.order}, one an order, got {len(given)}.")
        text = RunningText.of_sentences(corpus, vocabulary)
        n_tokens = len(vocabulary) + FIRST_WORD
        grams = _count(text, self.order, n_tokens)
        # What can stand before an n-gram tells more of it than how often it comes: all but the
        # longest are counted by that, and those that begin a sentence, before which is nothing.
        for short, long in itertools.pairwise(grams):
            suffixes = long.parents[long.keys // n_tokens] * n_tokens + long.keys % n_tokens
            n_before = np.bincount(np.searchsorted(short.keys, suffixes), minlength=len(short.keys))
            short.counts[:] = np.where(n_before, n_before, short.counts)
        levels = [_Level.of(each, n_tokens, one) for each, one in zip(grams, given, strict=True)]
        return KneserNeyModel(vocabulary, tuple(levels))


@dataclass(frozen=True)
class _Grams:
    """The different n-grams of one order: a context and a word behind it, packed in one number.

    contexts: int64, sorted: a context is a shorter one and the token before it. parents: int64,
    the shorter one. keys, counts: int64, sorted n-grams and how often each comes.
    """

    contexts: Offsets
    parents: Offsets
    keys: Offsets
    counts: Counts


def _count(text: RunningText, order: int, n_tokens: int) -> list[_Grams]:
    """Count the n-grams of each order up to `order`, none across the start of a sentence."""
    places = text.places
    known = np.zeros(len(places), np.int64)
    reach = places - text.starts[text.sentence_of(places)] + 1
    found = []
    for length in range(order):
        if length:
            inside = reach >= length
            places, known, reach = places[inside], known[inside], reach[inside]
            longer = known * n_tokens + text.tokens[places - length]
            contexts, known = np.unique(longer, return_inverse=True)
        else:
            contexts = np.zeros(1, np.int64)
        keys, counts = np.unique(known * n_tokens + text.tokens[places], return_counts=True)
        found.append(_Grams(contexts, contexts // n_tokens, keys, counts))
    return found


@dataclass(frozen=True)
class _Level:
    """What one order adds to the probability of a word.

    contexts, keys: as of `_Grams`. shares: float64, the discounted share of each n-gram among
    those of its context. left: float64, what the discounts leave each context for lower orders.
    """

    contexts: Offsets
    keys: Offsets
    shares: Floats
    left: Floats

    @classmethod
    def of(cls, grams: _Grams, n_tokens: int, given: float | None) -> _Level:
        """Discount the counts of one order."""
        table = _estimate(grams.counts) if given is None else (given,) * _COMMON
        discounts = np.array([0.0, *table])[np.minimum(grams.counts, _COMMON)]
        context = grams.keys // n_tokens
        totals = np.bincount(context, grams.counts, len(grams.contexts))
        left = np.bincount(context, discounts, len(grams.contexts))
        shares = (grams.counts - discounts) / totals[context]
        return cls(grams.contexts, grams.keys, shares, left / totals)


def _estimate(counts: Counts) -> tuple[float, ...]:
    """Estimate the discounts of counts of 1, 2 and more (Chen and Goodman 1999, equation 26)."""
    n = np.bincount(np.minimum(counts, _COMMON + 2), minlength=_COMMON + 3).astype(np.float64)
    if not n[1 : _COMMON + 2].all():
        return _DISCOUNTS_OF_LITTLE
    share = n[1] / (n[1] + 2 * n[2])
    return tuple(
        float(np.clip(c - (c + 1) * share * n[c + 1] / n[c], 0, c)) for c in range(1, _COMMON + 1)
    )


@dataclass(frozen=True)
class KneserNeyModel:
    """An n-gram model of a corpus; make one with `KneserNey.fit`.

    Attributes
    ----------
    vocabulary
        The words it tells apart.
    levels
        What each order adds, from single words on.
    """

    vocabulary: Vocabulary
    levels: tuple[_Level, ...]

    def log_probabilities(self, corpus: Sentences) -> Floats:
        """Give the natural logarithm of the probability of each token of a corpus.

        Parameters
        ----------
        corpus
            What is read, sentence by sentence.

        Returns
        -------
        Floats
            float64 (T): the words of each sentence, and its end.
        """
        text = RunningText.of_sentences(corpus, self.vocabulary)
        found = np.empty(len(text.places))
        for first in range(0, len(found), _PLACES_AT_ONCE):
            places = text.places[first : first + _PLACES_AT_ONCE]
            found[first : first + len(places)] = self._probabilities(text, places)
        with np.errstate(divide="ignore"):  # a discount of 0 leaves unseen words no chance
            return np.log(found)

    def _probabilities(self, text: RunningText, places: Offsets) -> Floats:
        """Go up the orders for as long as the context is known.

        P_k(w | h) = share_k(h w) + left_k(h) · P_{k-1}(w | h without its first word)
        """
        n_tokens = len(self.vocabulary) + FIRST_WORD
        words = text.tokens[places].astype(np.int64)
        reach = places - text.starts[text.sentence_of(places)] + 1
        found = np.full(len(places), 1.0 / n_tokens)
        live, known = np.arange(len(places)), np.zeros(len(places), np.int64)
        for length, level in enumerate(self.levels):
            if length:
                longer = known * n_tokens + text.tokens[places[live] - length]
                known = _look_up(level.contexts, longer)
                kept = (known >= 0) & (reach[live] >= length)
                live, known = live[kept], known[kept]
            place = _look_up(level.keys, known * n_tokens + words[live])
            share = np.where(place >= 0, level.shares[place], 0.0)
            found[live] = share + level.left[known] * found[live]
        return found


def _look_up(keys: Offsets, wanted: Offsets) -> Offsets:
    """Give the place of each number among sorted ones, or -1."""
    if not len(keys):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)
