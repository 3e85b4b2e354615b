"""Phrases: words that stand together far more often than chance, joined to one word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lexloom.arrays import Counts, Floats, Ids, Offsets
from lexloom.errors import SettingError
from lexloom.kernels.phrases import join_pairs, pack_pairs
from lexloom.settings import as_dict, from_dict, settings
from lexloom.text.joining import PHRASES_FILE, plan_joined
from lexloom.text.selecting import Selection

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = ["PHRASES_FILE", "JoinedText", "PhraseTable", "Phrases"]

_WORDS_AT_ONCE = 1 << 22
_MOST_PAIRS = 40_000_000


@settings
class Phrases:
    """Settings that learn phrases from a corpus.

    Attributes
    ----------
    score
        ``"word2phrase"``: (n(a b) - min_count) · N / (n(a) · n(b)), of Mikolov et al. 2013,
        equation 6, with gensim's factor N (words of the corpus); ``"npmi"``: normalised pointwise
        mutual information, ln(p(a b) / (p(a) · p(b))) / -ln p(a b), from -1 to 1 (Bouma 2009).
    threshold
        Pairs that score higher are phrases. None: 100 for ``"word2phrase"``, 0.5 for ``"npmi"``.
    min_count
        Pairs seen less often are no phrases.
    passes
        How often pairs are joined: two passes make phrases of up to four words.
    joiner
        What stands between the words of a phrase: ``"_"`` in all languages, so that a phrase can
        be told from a word that the segmenter made; ``""`` writes Chinese phrases as Chinese does.

    Examples
    --------
    >>> from lexloom.text.corpus import Corpus
    >>> corpus = Corpus.from_sentences(
    ...     [["in", "new", "york"], ["a", "new", "york"]] * 9, min_count=1
    ... )
    >>> Phrases(min_count=2, threshold=1.0).fit(corpus).join(["new", "york", "in"])
    ['new_york', 'in']
    """

    score: Literal["word2phrase", "npmi"] = "word2phrase"
    threshold: float | None = None
    min_count: Annotated[int, Field(ge=1)] = 5
    passes: Annotated[int, Field(ge=1, le=8)] = 2
    joiner: str = "_"

    @property
    def least_score(self) -> float:
        """The score that a phrase must exceed."""
        if self.threshold is not None:
            return self.threshold
        return 100.0 if self.score == "word2phrase" else 0.5

    def fit(self, corpus: Corpus) -> PhraseTable:
        """Learn the phrases of a corpus.

        Parameters
        ----------
        corpus
            Phrases are made of the words of its vocabulary.

        Returns
        -------
        PhraseTable
            The phrases of each pass.
        """
        passes: list[tuple[Pair, ...]] = []
        text = JoinedText(corpus)
        for _ in range(self.passes):
            pairs, scores = self._learn(text)
            if not len(pairs):
                break
            order = np.lexsort((pairs, -scores))
            passes.append(tuple(text.named(pairs[order], scores[order])))
            text.join(pairs, self.joiner)
        return PhraseTable(self, tuple(passes))

    def _learn(self, text: JoinedText) -> tuple[Counts, Floats]:
        """Give the pairs that are phrases now, packed and in ascending order, with scores."""
        pairs, n_together = text.count_pairs(self.min_count)
        n_words = int(text.counts.sum())
        n_left, n_right = text.counts[pairs >> 32], text.counts[pairs & 0xFFFFFFFF]
        scores = self.scores(n_together, n_left, n_right, n_words)
        chosen = scores > self.least_score
        return pairs[chosen], scores[chosen]

    def scores(self, n_together: Counts, n_left: Counts, n_right: Counts, n_words: int) -> Floats:
        """Score pairs by how often they and their words occur: float64, one a pair."""
        by_chance = n_left.astype(np.float64) * n_right
        if self.score == "word2phrase":
            return (n_together - self.min_count) * float(n_words) / by_chance
        share = n_together / n_words
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.log(n_together * float(n_words) / by_chance) / -np.log(share)
        return np.where(n_together >= n_words, 1.0, scores)


Pair = tuple[str, str, float]
"""The two words of a phrase, and its score."""


@dataclass(frozen=True)
class PhraseTable:
    """The phrases learned from a corpus; joins them in lists of words.

    Attributes
    ----------
    settings
        What they were learned with.
    passes
        For each pass its phrases, best first: left word, right word, score. Words of a later pass
        may be phrases of an earlier one.
    """

    settings: Phrases
    passes: tuple[tuple[Pair, ...], ...]

    @cached_property
    def _known(self) -> list[frozenset[tuple[str, str]]]:
        return [frozenset((left, right) for left, right, _ in pairs) for pairs in self.passes]

    def __len__(self) -> int:
        return sum(map(len, self.passes))

    def __repr__(self) -> str:
        best = ", ".join(self.settings.joiner.join(pair[:2]) for pair in sum(self.passes, ())[:5])
        return f"PhraseTable({len(self):,} phrases in {len(self.passes)} passes: {best})"

    def join(self, words: Sequence[str]) -> list[str]:
        """Join the phrases in a list of words, from left to right, pass by pass."""
        joined = list(words)
        for known in self._known:
            joined = _join_once(joined, known, self.settings.joiner)
        return joined

    def join_spans(self, spans: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
        """Join the phrases in words with their places; a phrase goes from first to last."""
        joined = list(spans)
        for known in self._known:
            words, place = [], 0
            while place < len(joined):
                word, start, end = joined[place]
                if place + 1 < len(joined) and (word, joined[place + 1][0]) in known:
                    word, end = (
                        self.settings.joiner.join((word, joined[place + 1][0])),
                        joined[place + 1][2],
                    )
                    place += 1
                words.append((word, start, end))
                place += 1
            joined = words
        return joined

    def apply(
        self, corpus: Corpus, *, out: Any = None, force: bool = False, **selection: Any
    ) -> Corpus:
        """Make a new corpus in which phrases are words.

        Parameters
        ----------
        corpus
            Any corpus cut like the one they were learned from.
        out
            The folder of the new corpus; None: a temporary one.
        force
            Whether to replace what stands there.
        **selection
            ``min_count`` (by default 1) and ``max_words`` of the new vocabulary.

        Returns
        -------
        Corpus
            The new corpus.

        Raises
        ------
        SettingError
            If the corpus has phrases already.
        """
        if corpus.phrases is not None:
            raise SettingError("this corpus has its phrases joined already.", "Use more passes.")
        chosen = Selection(**{"min_count": 1, **selection})
        text = JoinedText(corpus)
        for pairs in self.passes:
            text.join_words(pairs, self.settings.joiner)
        return type(corpus).of_plan(plan_joined(corpus, text, self, chosen, force=force), out)

    def as_dict(self) -> dict[str, Any]:
        """Give settings and phrases as plain JSON values; `from_dict` takes them back."""
        return {
            "settings": as_dict(self.settings),
            "passes": [[list(pair) for pair in pairs] for pairs in self.passes],
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> PhraseTable:
        """Make a table of what `as_dict` gave.

        Raises
        ------
        FormatError
            If a setting is unknown or not allowed.
        """
        passes = tuple(
            tuple((str(left), str(right), float(score)) for left, right, score in pairs)
            for pairs in fields["passes"]
        )
        return cls(from_dict(Phrases, fields["settings"]), passes)


def _join_once(words: list[str], known: frozenset[tuple[str, str]], joiner: str) -> list[str]:
    """Join phrases of one pass, from left to right; a word is used once."""
    joined, place = [], 0
    while place < len(words):
        if place + 1 < len(words) and (words[place], words[place + 1]) in known:
            joined.append(joiner.join(words[place : place + 2]))
            place += 2
        else:
            joined.append(words[place])
            place += 1
    return joined


class JoinedText:
    """The ids of a corpus, with the phrases of earlier passes joined as they are read."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self.words = corpus.vocabulary.array.to_pylist()
        self._id_of = {word: place for place, word in enumerate(self.words)}
        self.counts = np.bincount(corpus.ids, minlength=len(self.words)).astype(np.int64)
        self._passes: list[tuple[Counts, Ids]] = []

    def portions(self) -> Iterable[tuple[int, Ids, Offsets]]:
        """Give the first sentence, ids and offsets of some sentences at a time, phrases joined."""
        for first, ids, offsets in self._corpus.portions(_WORDS_AT_ONCE):
            for pairs, joined in self._passes:
                ids, lengths = join_pairs(ids, offsets, offsets[0], pairs, joined)
                offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
            yield first, ids, offsets

    def count_pairs(self, min_count: int) -> tuple[Counts, Counts]:
        """Count pairs of neighbours: packed, ascending, with how often each occurs.

        When more than `_MOST_PAIRS` different ones are held, those seen once so far are dropped.
        """
        pairs, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for _, ids, offsets in self.portions():
            new, n_new = np.unique(pack_pairs(ids, offsets, offsets[0]), return_counts=True)
            pairs, counts = _merged(pairs, counts, new, n_new)
            least = 2
            while len(pairs) > _MOST_PAIRS:
                pairs, counts = pairs[counts >= least], counts[counts >= least]
                least += 1
        return pairs[counts >= min_count], counts[counts >= min_count]

    def named(self, pairs: Counts, scores: Floats) -> Iterable[Pair]:
        """Give packed pairs as words, with scores."""
        for pair, score in zip(pairs.tolist(), scores.tolist(), strict=True):
            yield self.words[pair >> 32], self.words[pair & 0xFFFFFFFF], score

    def join_words(self, pairs: Iterable[Pair], joiner: str) -> None:
        """Join these pairs of words from now on; those with a word that does not occur go by."""
        ids = [(self._id_of.get(left, -1), self._id_of.get(right, -1)) for left, right, _ in pairs]
        packed = [left << 32 | right for left, right in ids if left >= 0 and right >= 0]
        self.join(np.unique(np.array(packed, np.int64)), joiner)

    def join(self, pairs: Counts, joiner: str) -> None:
        """Join these pairs, packed and ascending, from now on, and count the words anew."""
        joined = np.empty(len(pairs), np.int32)
        for place, pair in enumerate(pairs.tolist()):
            word = joiner.join((self.words[pair >> 32], self.words[pair & 0xFFFFFFFF]))
            joined[place] = self._id_of.setdefault(word, len(self.words))
            if joined[place] == len(self.words):
                self.words.append(word)
        self._passes.append((pairs, joined))
        self.counts = np.zeros(len(self.words), np.int64)
        for _, ids, _ in self.portions():
            self.counts += np.bincount(ids, minlength=len(self.words))


def _merged(pairs: Counts, counts: Counts, new: Counts, n_new: Counts) -> tuple[Counts, Counts]:
    """Add the counts of some pairs to those of others, both ascending."""
    together = np.concatenate([pairs, new])
    merged, place = np.unique(together, return_inverse=True)
    totals = np.bincount(place, np.concatenate([counts, n_new]), len(merged)).astype(np.int64)
    return merged, totals
