"""Senses of a word: what it means here and there, told by the vectors it has in its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from lexloom.arrays import Bools, Counts, Ids, Vectors
from lexloom.contextual.grouping import Grouping, group
from lexloom.contextual.occurrences import (
    InText,
    as_written,
    beside,
    rejoined,
    sample_places_of,
    word_id_of,
)
from lexloom.errors import FormatError
from lexloom.settings import as_dict, settings
from lexloom.text.reading import Reading
from lexloom.training.checking import check_corpus
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.text.corpus import Corpus
    from lexloom.text.sources import SourcesLike

__all__ = ["Sense", "SenseSearch", "WordSenses", "more_beside"]

_FEWEST_BESIDE = 2


@dataclass(frozen=True)
class Sense:
    """What a word means in some of its places.

    Attributes
    ----------
    share
        The share of its places that were looked at, 0 to 1.
    n_places
        How many those are.
    beside
        Words that stand beside it more often than elsewhere, each with its log-likelihood ratio.
    examples
        The places nearest to the middle of the sense.
    vector
        float32 (D), the mean of the word's vectors in this sense.
    """

    share: float
    n_places: int
    beside: tuple[tuple[str, float], ...]
    examples: tuple[InText, ...]
    vector: Vectors


@dataclass(frozen=True)
class WordSenses:
    """The senses of a word in a corpus.

    Attributes
    ----------
    word
        The word as the corpus writes it.
    n_in_corpus
        How often it stands there.
    senses
        At least one, the most frequent first.
    silhouette
        How well they part, -1 to 1; 0 for one sense.
    certainty
        How many standard deviations better they part than one cloud of the same shape would.
    groups
        int32 (N), the sense of each place that was looked at, in the order of the text, from 0 on.
    settings, lineage
        How they were found, and in what: plain JSON values.
    """

    word: str
    n_in_corpus: int
    senses: tuple[Sense, ...]
    silhouette: float
    certainty: float
    groups: Ids
    settings: dict[str, Any]
    lineage: dict[str, Any]

    def vectors(self) -> WordVectors:
        """Give one vector a sense: ``word/1``, ``word/2``, …, with the places of each as counts."""
        return WordVectors(
            [f"{self.word}/{number}" for number in range(1, len(self.senses) + 1)],
            np.array([sense.vector for sense in self.senses]),
            counts=[sense.n_places for sense in self.senses],
            settings=self.settings,
            lineage=self.lineage,
            metrics={"silhouette": self.silhouette, "certainty": self.certainty},
        )

    def as_dict(self) -> dict[str, Any]:
        """Give all but the vectors as plain values, ready for JSON."""
        return {
            "word": self.word,
            "n_in_corpus": self.n_in_corpus,
            "n_looked_at": len(self.groups),
            "silhouette": self.silhouette,
            "certainty": self.certainty,
            "senses": [
                {
                    "name": f"{self.word}/{number}",
                    "share": sense.share,
                    "n_places": sense.n_places,
                    "beside": [{"word": word, "score": score} for word, score in sense.beside],
                    "examples": [vars(example) for example in sense.examples],
                }
                for number, sense in enumerate(self.senses, start=1)
            ],
        }


@settings
class SenseSearch:
    """Find the senses of a word by grouping the vectors that it has in its sentences.

    After Schütze 1998 (*Automatic Word Sense Discrimination*), with an encoder's vectors in place
    of counted contexts.

    Attributes
    ----------
    occurrences
        How many places of the word to look at, at most.
    context
        How many words to read on either side of it.
    most_senses
        How many senses at most.
    certainty
        How many standard deviations better than one cloud the senses must part, or the word has
        one; and more senses than fewer.
    window
        How many words on either side stand beside it.
    words
        How many words beside it to show for each sense.
    examples
        How many examples to show for each sense.
    seed
        What the choice of places and the grouping hang on.
    """

    occurrences: Annotated[int, Field(ge=1, le=5_000)] = 300
    context: Annotated[int, Field(ge=1, le=1_000)] = 32
    most_senses: Annotated[int, Field(ge=1, le=20)] = 5
    certainty: Annotated[float, Field(ge=0, le=100)] = 3.0
    window: Annotated[int, Field(ge=1, le=1_000)] = 8
    words: Annotated[int, Field(ge=0, le=1_000)] = 8
    examples: Annotated[int, Field(ge=0, le=1_000)] = 3
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    def find(
        self,
        encoder: Encoder,
        corpus: Corpus,
        word: str,
        *,
        sources: SourcesLike | None = None,
        reading: Reading | None = None,
    ) -> WordSenses:
        """Find the senses of a word in a corpus.

        Parameters
        ----------
        encoder
            What reads.
        corpus
            Where the word stands.
        word
            The word.
        sources
            The files the corpus was built from with ``min_count=1``, each line a document: the text
            is read as it stands there. By default it is put together from the words of the corpus.
        reading
            How the files are read, as when the corpus was built.

        Returns
        -------
        WordSenses
            At least one sense.

        Raises
        ------
        SettingError
            If `corpus` is no corpus, or `word` is no single word.
        MissingWordError
            If the word is not in the corpus; names the nearest spellings.
        FormatError
            If the encoder's tokenizer drops the word.
        DamagedError
            If the files are not those of the corpus.
        """
        check_corpus(corpus)
        word_id = word_id_of(corpus, word)
        places, n_in_corpus = sample_places_of(corpus, word_id, self.occurrences, self.seed)
        if sources is None:
            found = rejoined(corpus, places, self.context)
        else:
            found = as_written(corpus, places, self.context, sources, reading or Reading())
        spans = [[(each.start, each.stop)] for each in found]
        rows, aligned = zip(*encoder.embed_spans([each.text for each in found], spans), strict=True)
        kept = np.concatenate([each.has_pieces for each in aligned])
        if not kept.any():
            raise FormatError(f"the encoder's tokenizer drops {word!r}: it has no vector.")
        vectors = np.concatenate(rows)
        parted = group(vectors, self.most_senses, certainty=self.certainty, seed=self.seed)
        near = beside(corpus, places[kept], self.window)
        shown = [found[place] for place in np.flatnonzero(kept).tolist()]
        senses, groups = self._senses(corpus, vectors, parted, near, shown)
        return WordSenses(
            corpus.vocabulary.word(word_id), n_in_corpus, senses, parted.silhouette,
            parted.certainty, groups, {"method": "senses", **as_dict(self)},
            {
                "corpus": {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words},
                "encoder": {"fingerprint": encoder.fingerprint, "precision": encoder.precision},
            },
        )  # fmt: skip

    def _senses(
        self,
        corpus: Corpus,
        vectors: Vectors,
        parted: Grouping,
        near: Sequence[Ids],
        found: Sequence[InText],
    ) -> tuple[tuple[Sense, ...], Ids]:
        """Describe each group, the largest first; give also the new numbers of the groups."""
        order = np.argsort(-np.bincount(parted.groups), kind="stable")
        groups = np.argsort(order)[parted.groups].astype(np.int32)
        total = _counted(corpus, near)
        senses = []
        for number in range(len(order)):
            own = groups == number
            inside = _counted(corpus, [near[place] for place in np.flatnonzero(own).tolist()])
            elsewhere = total - inside if len(order) > 1 else _counts(corpus) - inside
            told = [
                (corpus.vocabulary.word(int(word)), score)
                for word, score in more_beside(inside, elsewhere, self.words)
            ]
            examples = _nearest(parted.points, own, found, self.examples)
            share = float(own.mean())
            vector = vectors[own].mean(axis=0)
            senses.append(Sense(share, int(own.sum()), tuple(told), examples, vector))
        return tuple(senses), groups


def more_beside(inside: Counts, elsewhere: Counts, most: int) -> list[tuple[int, float]]:
    """Find the words that come more often inside than elsewhere, by the log-likelihood ratio.

    G² = 2 (a log(a / E) + b log(b / F)), a and b being how often a word comes inside and elsewhere,
    E and F how often it would if both were alike (Dunning 1993; Rayson and Garside 2000).

    Parameters
    ----------
    inside
        int64 (V), how often each word comes inside.
    elsewhere
        int64 (V), how often elsewhere.
    most
        How many words at most.

    Returns
    -------
    list of tuple
        Words that come inside at least twice and more often than elsewhere, with G², the highest
        first.
    """
    elsewhere = np.maximum(elsewhere, 0)
    n_inside, n_elsewhere = int(inside.sum()), int(elsewhere.sum())
    both = inside + elsewhere
    expected = both * (n_inside / max(n_inside + n_elsewhere, 1))
    chosen = np.flatnonzero((inside >= _FEWEST_BESIDE) & (inside > expected))
    a, b = inside[chosen].astype(np.float64), elsewhere[chosen].astype(np.float64)
    e = expected[chosen]
    f = both[chosen] - e
    scores = 2 * (a * np.log(a / e) + b * np.log(np.where(b > 0, b / np.where(f > 0, f, 1), 1)))
    best = np.lexsort((chosen, -scores))[:most]
    return [(int(chosen[place]), float(scores[place])) for place in best]


def _counted(corpus: Corpus, near: Sequence[Ids]) -> Counts:
    """Count words."""
    together = np.concatenate([np.zeros(0, np.int32), *near])
    return np.bincount(together, minlength=len(corpus.vocabulary)).astype(np.int64)


def _counts(corpus: Corpus) -> Counts:
    """Count the words of a corpus."""
    return np.bincount(corpus.ids, minlength=len(corpus.vocabulary)).astype(np.int64)


def _nearest(points: Vectors, own: Bools, found: Sequence[InText], most: int) -> tuple[InText, ...]:
    """Choose the places of a group nearest to its middle, no text twice."""
    places = np.flatnonzero(own)
    away = np.square(points[places] - points[places].mean(axis=0)).sum(axis=1)
    ordered = [found[place] for place in places[np.argsort(away, kind="stable")].tolist()]
    different = {each.text: each for each in reversed(ordered)}
    return tuple(each for each in ordered if different[each.text] is each)[:most]
