"""What counting alone foretells of answers, and what of generated text was copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from lexloom.arrays import Floats
from lexloom.static.kneser_ney import KneserNey
from lexloom.text.sentences import Sentences
from lexloom.text.vocabulary import Vocabulary

__all__ = ["copied_lines", "copied_runs", "trigram_nats"]

RUN = 10
"""Pieces of a run that is looked for in what was learned."""
_ORDER = 3
_BASE = np.uint64(0x9E3779B97F4A7C15)


def trigram_nats(
    train: Sequence[Sequence[int]], judged: Sequence[Sequence[int]], n_pieces: int
) -> Floats:
    """Measure how surprising texts are by counts of three pieces in a row (Kneser and Ney 1995).

    Parameters
    ----------
    train
        The pieces of texts to count.
    judged
        Those of N others.
    n_pieces
        V.

    Returns
    -------
    Floats
        float64 (N), the sum of -ln P over the pieces of each text and its end.
    """
    vocabulary = Vocabulary([str(piece) for piece in range(n_pieces)])
    model = KneserNey(order=_ORDER).fit(_sentences(train, vocabulary), vocabulary)
    found = model.log_probabilities(_sentences(judged, vocabulary))
    ends = np.cumsum([len(row) + 1 for row in judged])
    return -np.add.reduceat(found, np.concatenate([[0], ends[:-1]]))


def _sentences(rows: Sequence[Sequence[int]], vocabulary: Vocabulary) -> Sentences:
    """Let each text be a sentence."""
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    ids = np.array([piece for row in rows for piece in row], np.int32)
    return Sentences(vocabulary, ids, offsets, np.arange(len(offsets), dtype=np.int64))


def copied_runs(
    train: Sequence[Sequence[int]], made: Sequence[Sequence[int]], n: int = RUN
) -> float:
    """Give the share of runs of so many pieces that stand in what was learned too.

    Parameters
    ----------
    train
        The pieces of texts that were learned.
    made
        Those of others.
    n
        The pieces of a run.

    Returns
    -------
    float
        From 0 to 1; 0 where no text is as long as a run.
    """
    asked = _runs(made, n)
    return float(np.isin(asked, _runs(train, n)).mean()) if len(asked) else 0.0


def _runs(rows: Sequence[Sequence[int]], n: int) -> np.ndarray:
    """Give a number for each run of n pieces, the same for the same: uint64."""
    ids = np.array([piece for row in rows for piece in row], np.uint64) + np.uint64(1)
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    n_runs = len(ids) - n + 1
    if n_runs < 1:
        return np.empty(0, np.uint64)
    found = np.zeros(n_runs, np.uint64)
    for place in range(n):  # what runs over 64 bits is dropped, as is meant
        found = found * _BASE + ids[place : place + n_runs]
    return found[row_of[:n_runs] == row_of[n - 1 :]]


def copied_lines(train: Iterable[str], made: Iterable[str]) -> float:
    """Give the share of lines that stand in what was learned too, whole and alike.

    Parameters
    ----------
    train
        Texts that were learned.
    made
        Others.

    Returns
    -------
    float
        From 0 to 1.
    """
    known = set(_lines(train))
    lines = _lines(made)
    return sum(line in known for line in lines) / max(len(lines), 1)


def _lines(texts: Iterable[str]) -> list[str]:
    """Give the lines of texts that are not empty."""
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]
