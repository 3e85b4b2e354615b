"""Is king to man as queen to woman? Accuracy over questions of four words, by section."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.arrays import Bools, Ids, Vectors
from lexloom.evaluation.lookup import Lookup
from lexloom.evaluation.metrics.intervals import Estimate, proportion
from lexloom.evaluation.sets import AnalogyQuestions
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.kernels.analogies import complete_analogies
from lexloom.threads import n_threads_of
from lexloom.vectors.queries import SMALL, Method

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["AnalogyResult", "SectionResult", "answer", "evaluate_analogies"]

SCORES_AT_ONCE = 1 << 19
"""Cosines of one block of words: 2 MB, so that they stay in the cache."""

FEWEST_WORDS = 256


@dataclass(frozen=True)
class SectionResult:
    """Right answers in one section, or in all.

    Attributes
    ----------
    section
        Its name; ``"all"`` for the whole set.
    n_questions
        Questions of the section.
    n_known
        Questions whose four words have vectors.
    n_right
        Known questions answered with the expected word.
    accuracy
        ``n_right / n_known``, 0 to 1, with its 95 % interval over questions.
    accuracy_all
        ``n_right / n_questions``: a question with a missing word counts as wrong.
    """

    section: str
    n_questions: int
    n_known: int
    n_right: int
    accuracy: Estimate
    accuracy_all: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain values, ready for JSON."""
        return {
            "section": self.section,
            "n_questions": self.n_questions,
            "n_known": self.n_known,
            "n_right": self.n_right,
            "accuracy": self.accuracy.as_dict(),
            "accuracy_all": self.accuracy_all.as_dict(),
        }


@dataclass(frozen=True)
class AnalogyResult:
    """How many analogies come out right.

    Attributes
    ----------
    name
        The set.
    method
        ``"3cosadd"`` or ``"3cosmul"``.
    total
        Over all sections.
    sections
        One by one, in the set's order.
    missing_words
        Words without a vector.
    lowered_words
        Words found in lower case only.
    n_impossible
        Known questions whose answer is one of their own first three words: those are never given
        as an answer, so they count as wrong.
    """

    name: str
    method: str
    total: SectionResult
    sections: tuple[SectionResult, ...]
    missing_words: tuple[str, ...]
    lowered_words: tuple[str, ...]
    n_impossible: int

    @property
    def figure(self) -> Estimate:
        """The one figure that says how good the vectors are."""
        return self.total.accuracy

    def as_dict(self) -> dict[str, Any]:
        """Give the result as plain values, ready for JSON."""
        return {
            "set": self.name,
            "task": "analogies",
            "method": self.method,
            "total": self.total.as_dict(),
            "sections": [section.as_dict() for section in self.sections],
            "missing_words": list(self.missing_words),
            "lowered_words": list(self.lowered_words),
            "n_impossible": self.n_impossible,
        }

    def rows(self) -> list[tuple[str, str, Estimate, int, int]]:
        """Give rows (set, measure, figure, n known, n in all) for a table."""
        measure = {"3cosadd": "3CosAdd", "3cosmul": "3CosMul"}[self.method]
        total = self.total
        rows = [(self.name, measure, total.accuracy, total.n_known, total.n_questions)]
        if total.n_known < total.n_questions:
            rows.append(
                (
                    self.name,
                    f"{measure}, missing as wrong",
                    total.accuracy_all,
                    total.n_known,
                    total.n_questions,
                )
            )
        rows.extend(
            (f"· {part.section}", measure, part.accuracy, part.n_known, part.n_questions)
            for part in self.sections
        )
        return rows


def evaluate_analogies(
    vectors: WordVectors, questions: AnalogyQuestions, settings: EvaluationSettings | None = None
) -> AnalogyResult:
    """Answer questions "a is to b as c is to …" and count the right answers.

    Parameters
    ----------
    vectors
        The vectors.
    questions
        The questions and their sections.
    settings
        How words are looked up, the method, and how intervals are drawn.

    Returns
    -------
    AnalogyResult
        Figures are None for a section without a known question.
    """
    settings = settings or EvaluationSettings()
    lookup = Lookup(vectors, settings)
    ids = lookup.ids(word for words in questions.questions for word in words).reshape(-1, 4)
    known: Bools = np.all(ids >= 0, axis=1)
    right = np.zeros(len(ids), np.bool_)
    if known.any():
        given = answer(lookup.unit_vectors(), ids[known, :3], settings.analogy_method)
        right[known] = given == ids[known, 3]
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(questions.sections):
        rows_of.setdefault(name, []).append(row)
    sections = tuple(
        _section(name, known[rows], right[rows], settings) for name, rows in rows_of.items() if name
    )
    return AnalogyResult(
        name=questions.name,
        method=settings.analogy_method,
        total=_section("all", known, right, settings),
        sections=sections,
        missing_words=tuple(lookup.missing),
        lowered_words=tuple(lookup.lowered),
        n_impossible=int((ids[known, :3] == ids[known, 3:]).any(axis=1).sum()),
    )


def _section(name: str, known: Bools, right: Bools, settings: EvaluationSettings) -> SectionResult:
    """Sum a section up."""
    n_questions, n_known, n_right = len(known), int(known.sum()), int(right.sum())
    draws = {"resamples": settings.resamples, "seed": settings.seed}
    return SectionResult(
        section=name,
        n_questions=n_questions,
        n_known=n_known,
        n_right=n_right,
        accuracy=proportion(n_right, n_known, **draws),
        accuracy_all=proportion(n_right, n_questions, **draws),
    )


def answer(unit: Vectors, questions: Ids, method: Method = "3cosadd") -> Ids:
    """Answer N questions among V words; the three words of a question are never its answer.

    The cosines of all words to each word asked about are computed once, block by block, however
    many questions it stands in. 3CosMul is ranked by its logarithm, which keeps the order and is a
    sum like 3CosAdd.

    Parameters
    ----------
    unit
        Vectors of length 1: float32 (V, D).
    questions
        Rows of a, b and c: int32 (N, 3).
    method
        ``"3cosadd"``: argmax over x of ``cos(x, b) - cos(x, a) + cos(x, c)``. ``"3cosmul"``: of
        ``cos(x, b) cos(x, c) / (cos(x, a) + ε)``, cosines moved to 0…1.

    Returns
    -------
    Ids
        int32 (N,); of equal words the first, -1 where no fourth word exists.
    """
    asked, rows = np.unique(questions, return_inverse=True)
    rows = rows.reshape(questions.shape).astype(np.int32)
    best = np.full(len(questions), -np.inf, np.float32)
    answers = np.full(len(questions), -1, np.int32)
    width = max(SCORES_AT_ONCE // max(len(asked), 1), FEWEST_WORDS)
    n_threads = n_threads_of()
    bounds = np.linspace(0, len(questions), n_threads + 1).astype(np.int64)
    with ThreadPoolExecutor(n_threads) as pool:
        for first in range(0, len(unit), width):
            cosines = unit[asked] @ unit[first : first + width].T
            above, below = (cosines, cosines) if method == "3cosadd" else _logarithms(cosines)
            tasks = [
                pool.submit(
                    complete_analogies, above, below, rows, asked, first, best, answers, low, high
                )
                for low, high in itertools.pairwise(bounds)
            ]
            for task in tasks:
                task.result()
    return answers


def _logarithms(cosines: Vectors) -> tuple[Vectors, Vectors]:
    """Give the logarithms of 3CosMul's factors: those above and those below the line."""
    moved = np.maximum((cosines + 1) / 2, np.finfo(np.float32).tiny)
    return np.log(moved), np.log(moved + SMALL)
