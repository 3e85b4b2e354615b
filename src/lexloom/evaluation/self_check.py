"""A small built-in check, Chinese and English, so that vectors can be judged without any file.

Three questions on everyday words: is a related pair closer than a mismatched one, which of four
words is the odd one out, and which word completes an analogy? It tells broken from sound and worse
from better; for a figure to publish, use a set that people know.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lexloom.arrays import Floats, Ids
from lexloom.evaluation.analogies import answer
from lexloom.evaluation.lookup import Lookup
from lexloom.evaluation.metrics import intervals
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["SelfCheckPart", "SelfCheckResult", "run_self_checks"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
PARTS = ("related pair closer", "odd one out", "analogies (3CosAdd)")
ENOUGH = 0.5
"""A language is checked if this share of its pairs is known; else the best known one alone."""

Words = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class SelfCheckPart:
    """One of the three questions.

    Attributes
    ----------
    question
        What is asked.
    chance
        The accuracy of a guess.
    n_items
        Pairs, groups or analogies of the part.
    n_known
        Those whose words all have vectors.
    accuracy
        0 to 1, with its 95 % interval.
    """

    question: str
    chance: float
    n_items: int
    n_known: int
    accuracy: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give the part as plain values, ready for JSON."""
        return {
            "question": self.question,
            "chance": self.chance,
            "n_items": self.n_items,
            "n_known": self.n_known,
            "accuracy": self.accuracy.as_dict(),
        }


@dataclass(frozen=True)
class SelfCheckResult:
    """The self-check of one language.

    Attributes
    ----------
    language
        ``"zh"`` or ``"en"``.
    parts
        Related pairs, odd ones out, analogies.
    n_words
        Different words of the check.
    missing_words
        Words of the check without a vector.
    lowered_words
        Words found in lower case only.
    """

    language: Language
    parts: tuple[SelfCheckPart, ...]
    n_words: int
    missing_words: tuple[str, ...]
    lowered_words: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call it in a table."""
        return f"self-check {self.language}"

    @property
    def could_ask(self) -> bool:
        """Whether the vectors know all words of at least one pair, group or analogy."""
        return any(part.n_known for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain values, ready for JSON."""
        return {
            "set": self.name,
            "task": "self_check",
            "language": self.language,
            "n_words": self.n_words,
            "parts": [part.as_dict() for part in self.parts],
            "missing_words": list(self.missing_words),
            "lowered_words": list(self.lowered_words),
        }

    def rows(self) -> list[tuple[str, str, Estimate, int, int]]:
        """Give rows (set, measure, figure, n known, n in all) for a table."""
        return [
            (
                self.name,
                f"{part.question}, chance {part.chance:.2f}",
                part.accuracy,
                part.n_known,
                part.n_items,
            )
            for part in self.parts
        ]


def run_self_checks(
    vectors: WordVectors, settings: EvaluationSettings | None = None
) -> tuple[SelfCheckResult, ...]:
    """Run the built-in check for each language the vectors know.

    Parameters
    ----------
    vectors
        The vectors.
    settings
        How words are looked up and intervals drawn.

    Returns
    -------
    tuple of SelfCheckResult
        Of every language at least half of whose pairs are known, or of the best known one; of all
        languages where no question of any has all its words.
    """
    settings = settings or EvaluationSettings()
    results = [_check(language, vectors, settings) for language in LANGUAGES]
    coverage = [result.parts[0].n_known / result.parts[0].n_items for result in results]
    enough = min(ENOUGH, max(coverage))
    chosen = [
        result
        for result, share in zip(results, coverage, strict=True)
        if result.could_ask and share >= enough
    ]
    return tuple(chosen or results)


def _check(
    language: Language, vectors: WordVectors, settings: EvaluationSettings
) -> SelfCheckResult:
    """Ask one language's three questions."""
    lookup = Lookup(vectors, settings)
    figures = []
    for words, measure in zip(_read(language), (_pairs, _odd_ones, _analogies), strict=True):
        ids = lookup.ids(word for item in words for word in item).reshape(len(words), -1)
        known = ids[(ids >= 0).all(axis=1)]
        right = measure(lookup, known) if len(known) else np.empty(0)
        figures.append((len(words), right))
    parts = tuple(
        SelfCheckPart(question, chance, n_items, len(right), _estimate(right, settings))
        for question, chance, (n_items, right) in zip(PARTS, (0.5, 0.25, 0.0), figures, strict=True)
    )
    n_words = len({word for items in _read(language) for words in items for word in words})
    return SelfCheckResult(language, parts, n_words, tuple(lookup.missing), tuple(lookup.lowered))


def _pairs(lookup: Lookup, ids: Ids) -> Floats:
    """Give for each pair the share of the others' second words that its own beats; ties half."""
    if len(ids) == 1:
        return np.empty(0)
    cosines = lookup.unit_vectors(ids[:, 0]) @ lookup.unit_vectors(ids[:, 1]).T
    own = np.diagonal(cosines)[:, None]
    wins = (own > cosines) + 0.5 * (own == cosines)
    return (wins.sum(axis=1) - 0.5) / (len(ids) - 1)


def _odd_ones(lookup: Lookup, ids: Ids) -> Floats:
    """Give 1.0 where the last word lies farthest from the mean of its group, else 0.0."""
    unit = lookup.unit_vectors(ids.ravel()).reshape(*ids.shape, -1)
    fit = np.einsum("gwd,gd->gw", unit, unit.mean(axis=1))
    return (fit.argmin(axis=1) == ids.shape[1] - 1).astype(np.float64)


def _analogies(lookup: Lookup, ids: Ids) -> Floats:
    """Give 1.0 where the fourth word is the one found in the whole vocabulary, else 0.0."""
    return (answer(lookup.unit_vectors(), ids[:, :3]) == ids[:, 3]).astype(np.float64)


def _estimate(values: Floats, settings: EvaluationSettings) -> Estimate:
    """Average with an interval; answers that are right or wrong count as a proportion."""
    draws = {"resamples": settings.resamples, "seed": settings.seed}
    if np.isin(values, (0.0, 1.0)).all():
        return intervals.proportion(int(values.sum()), len(values), **draws)
    return intervals.mean(values, **draws)


@functools.cache
def _read(language: Language) -> Sequence[Words]:
    """Read the words of one language: pairs, groups, analogies."""
    folder = importlib.resources.files("lexloom.evaluation") / "self_check_words"
    sections: list[list[tuple[str, ...]]] = []
    for line in (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(":"):
            sections.append([])
        elif not line.startswith("#"):
            sections[-1].append(tuple(line.split()))
    return tuple(tuple(section) for section in sections)
