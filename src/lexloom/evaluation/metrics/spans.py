"""Spans that tags stand for, and how many of them were found: BIO and BIOES."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Span", "SpanCounts", "count_spans", "spans_of"]

Span = tuple[int, int, str]
"""The first unit, the one behind the last, and the kind."""

_BEGINS, _ENDS = "BSU", "ESUL"


@dataclass(frozen=True)
class SpanCounts:
    """How spans were found.

    Attributes
    ----------
    n_right
        Those with the right ends and kind.
    n_given
        Those that were given.
    n_true
        Those that there are.
    """

    n_right: int
    n_given: int
    n_true: int

    @property
    def precision(self) -> float:
        """The share of those given that is right, 0 to 1."""
        return self.n_right / self.n_given if self.n_given else 0.0

    @property
    def recall(self) -> float:
        """The share of those there are that was found, 0 to 1."""
        return self.n_right / self.n_true if self.n_true else 0.0

    @property
    def f1(self) -> float:
        """Their harmonic mean, 0 to 1."""
        both = self.n_given + self.n_true
        return 2 * self.n_right / both if both else 0.0


def spans_of(tags: Sequence[str]) -> list[Span]:
    """Read spans off tags, as the scorer of CoNLL-2000 does.

    A span begins with ``B-``, and with ``I-`` behind a tag of another kind or of none; it goes on
    with ``I-`` (``E-``, ``L-``, ``M-``) of its kind. ``S-`` and ``U-`` are spans of one unit.

    Parameters
    ----------
    tags
        As ``["B-PER", "I-PER", "O"]``, one a unit.

    Returns
    -------
    list of Span
        In order.
    """
    spans: list[Span] = []
    start, kind = None, ""
    for place, tag in enumerate([*tags, "O"]):
        mark, _, own = tag.partition("-")
        goes_on = start is not None and own == kind and mark not in _BEGINS and tag != "O"
        if start is not None and not goes_on:
            spans.append((start, place, kind))
            start = None
        if start is None and tag != "O":
            start, kind = place, own
        if start is not None and mark in _ENDS:
            spans.append((start, place + 1, kind))
            start = None
    return spans


def count_spans(
    true: Iterable[Sequence[str]], given: Iterable[Sequence[str]]
) -> dict[str, SpanCounts]:
    """Count spans of sentences that were found, by their kind.

    Parameters
    ----------
    true
        The right tags of each sentence.
    given
        Those that were given, of as many sentences.

    Returns
    -------
    dict of str to SpanCounts
        By kind, in the order of the alphabet; those of all together under ``""``.
    """
    n_right, n_given, n_true = Counter[str](), Counter[str](), Counter[str]()
    for one, other in zip(true, given, strict=True):
        right, found = set(spans_of(one)), set(spans_of(other))
        n_true.update(kind for *_, kind in right)
        n_given.update(kind for *_, kind in found)
        n_right.update(kind for *_, kind in right & found)
    kinds = sorted(n_true.keys() | n_given.keys())
    counts = {kind: SpanCounts(n_right[kind], n_given[kind], n_true[kind]) for kind in kinds}
    return {"": SpanCounts(n_right.total(), n_given.total(), n_true.total()), **counts}
