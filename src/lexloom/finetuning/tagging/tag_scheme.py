"""Which tags may follow which, and the best row of tags that may: Viterbi."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lexloom.arrays import Bools, Ids, Vectors

__all__ = ["TagScheme", "opened"]

_NEVER = -1e30
_OPENING, _CLOSING = "BSU", "ESULO"
_INNER, _OPEN, _NONE = "I-", "B-", "O"


def opened(tags: Sequence[str]) -> tuple[str, ...]:
    """Let each span begin with ``B-``, whatever it began with: other rules say ``I-``.

    Parameters
    ----------
    tags
        T tags that mark spans.

    Returns
    -------
    tuple of str
        T tags of the same spans.
    """
    previous = (_NONE, *tags)
    return tuple(
        _OPEN + tag[2:]
        if tag[:2] == _INNER and (before[0] in _CLOSING or before[2:] != tag[2:])
        else tag
        for before, tag in zip(previous, tags, strict=False)
    )


class TagScheme:
    """The K tags of a task, and the rules they follow.

    Tags as ``B-PER`` (BIO, BIOES) mark spans: ``I-PER`` may only follow ``B-PER`` or ``I-PER``, and
    in BIOES a span that was begun must end. Other tags, of parts of speech, may stand anywhere.

    Parameters
    ----------
    tags
        Their names, by number.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self.tags = tuple(tags)
        self._must_end = any(tag[:2] in {"E-", "L-"} for tag in tags)
        self.marks_spans = _NONE in tags and all(
            tag == _NONE or (tag[1:2] == "-" and tag[0] in "BIESULM") for tag in tags
        )
        self._follows = np.array([[self._may(a, b) for b in tags] for a in tags], np.bool_)
        self._begins = np.array([self._may("O", tag) for tag in tags], np.bool_)
        self._ends = np.array([self._may(tag, "O") for tag in tags], np.bool_)

    @property
    def follows(self) -> Bools:
        """Whether each tag (row) may be followed by each (column): bool (K, K)."""
        return self._follows

    def _may(self, first: str, second: str) -> bool:
        """Tell whether a tag may follow another."""
        if not self.marks_spans:
            return True
        is_open = first[0] not in (_CLOSING if self._must_end else "O")
        if second == "O" or second[0] in _OPENING:
            return not (is_open and self._must_end)
        return is_open and first[2:] == second[2:]

    def best(self, scores: Vectors) -> Ids:
        """Find the row of tags with the highest sum of scores that keeps the rules (Viterbi 1967).

        Parameters
        ----------
        scores
            float (T, K), as logarithms of probabilities.

        Returns
        -------
        Ids
            int32 (T), tags by number.
        """
        n_units, n_tags = scores.shape
        if not n_units:
            return np.empty(0, np.int32)
        if not self.marks_spans:
            return scores.argmax(1).astype(np.int32)
        barred = np.where(self._follows, 0.0, _NEVER)
        sums = scores[0] + np.where(self._begins, 0.0, _NEVER)
        came_from = np.empty((n_units, n_tags), np.int32)
        for unit in range(1, n_units):
            ways = sums[:, None] + barred
            came_from[unit] = ways.argmax(0)
            sums = ways[came_from[unit], np.arange(n_tags)] + scores[unit]
        chosen = np.empty(n_units, np.int32)
        chosen[-1] = (sums + np.where(self._ends, 0.0, _NEVER)).argmax()
        for unit in range(n_units - 1, 0, -1):
            chosen[unit - 1] = came_from[unit, chosen[unit]]
        return chosen
