"""Which words a transformer looks at from each word, layer by layer and head by head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Vectors
from lexloom.contextual.alignment import Alignment, align
from lexloom.errors import SettingError
from lexloom.text.segmenting import Segmentation

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder

__all__ = ["Attention", "attend", "over_units"]

Span = tuple[int, int]


@dataclass(frozen=True)
class Attention:
    """How much each unit of a text attends to each.

    A unit is a word, a piece that belongs to none (as a full stop), or a piece of what the model
    expects around a text.

    Attributes
    ----------
    units
        U of them in the order of the text, each as the text has it.
    spans
        For each its first character and the one behind its last; None where it is not of the text.
    pieces
        The pieces of each, as the model's vocabulary writes them.
    layers
        The numbers of the L layers, counted from 1.
    weights
        float32 (L, H, U, U): how much each unit (row) attends to each (column); a row sums to 1.
    """

    units: tuple[str, ...]
    spans: tuple[Span | None, ...]
    pieces: tuple[tuple[str, ...], ...]
    layers: tuple[int, ...]
    weights: Vectors


def attend(
    encoder: Encoder,
    text: str,
    *,
    language: str | None = None,
    layers: Sequence[int] | None = None,
) -> Attention:
    """Let a transformer read a text and tell what it attends to, by words.

    Attention *to* a word is the sum of that to its pieces, attention *from* a word the mean of that
    from its pieces, as Clark et al. 2019 (*What does BERT look at?*, section 4.1) have it; a piece
    that straddles words is shared out evenly.

    Parameters
    ----------
    encoder
        What reads.
    text
        A text that it reads at once.
    language
        How the text is cut into words, as ``"zh"``; by default as the encoder does.
    layers
        Which layers, counted from 1; by default all.

    Returns
    -------
    Attention
        Of the units of the text.

    Raises
    ------
    SettingError
        If it is no text, has no pieces, or is longer than the model reads at once; or there is no
        such layer.
    FormatError
        If the model keeps no attention.
    """
    seen = encoder.attention_of(text)
    segmentation = encoder.segmentation if language is None else Segmentation(language=language)
    words = [(start, stop) for _, start, stop in segmentation.spans(text)]
    aligned = align(words, seen.starts, seen.ends)
    members, spans = _units(words, aligned, seen.starts, seen.ends, seen.first)
    before, behind = range(seen.first), range(seen.first + len(seen.starts), len(seen.written))
    members = [*([place] for place in before), *members, *([place] for place in behind)]
    placed = (*(None for _ in before), *spans, *(None for _ in behind))
    pieces = tuple(tuple(seen.written[place] for place in unit) for unit in members)
    units = tuple(
        "".join(own) if span is None else text[slice(*span)]
        for own, span in zip(pieces, placed, strict=True)
    )
    chosen = _layers(layers, len(seen.weights))
    weights = over_units(seen.weights[[number - 1 for number in chosen]], members)
    return Attention(units, placed, pieces, chosen, weights)


def over_units(weights: Vectors, members: Sequence[Sequence[int]]) -> Vectors:
    """Turn attention between pieces into attention between units made of them.

    Parameters
    ----------
    weights
        float32 (L, H, T, T): how much each piece (row) attends to each (column).
    members
        For each of U units the places of its pieces, at least one; every piece is in one of them.

    Returns
    -------
    Vectors
        float32 (L, H, U, U). A row sums to 1 if the rows of its pieces do.
    """
    holds = np.zeros((len(members), weights.shape[-1]))
    for unit, own in enumerate(members):
        holds[unit, list(own)] = 1
    mean = holds / holds.sum(axis=1, keepdims=True)
    shared = holds / holds.sum(axis=0)
    return np.asarray(mean @ weights @ shared.T, np.float32)


def _units(
    words: Sequence[Span], aligned: Alignment, starts: np.ndarray, ends: np.ndarray, first: int
) -> tuple[list[list[int]], list[Span]]:
    """Give the places of the pieces of each word and of each piece that is in none, in order."""
    own = [aligned.pieces[begin:end].tolist() for begin, end in _pairs(aligned.offsets)]
    found = [(span, pieces) for span, pieces in zip(words, own, strict=True) if pieces]
    left = np.setdiff1d(np.arange(len(starts)), aligned.pieces)
    found += [((int(starts[piece]), int(ends[piece])), [piece]) for piece in left.tolist()]
    found.sort(key=lambda unit: (unit[0], unit[1]))
    return [[first + piece for piece in pieces] for _, pieces in found], [span for span, _ in found]


def _pairs(offsets: np.ndarray) -> list[tuple[int, int]]:
    """Give where each word's pieces begin and end."""
    return list(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))


def _layers(asked: Sequence[int] | None, n_layers: int) -> tuple[int, ...]:
    """Look at the numbers of layers."""
    chosen = range(1, n_layers + 1) if asked is None else asked
    for number in chosen:
        if not isinstance(number, int) or not 1 <= number <= n_layers:
            raise SettingError(f"layers must be from 1 to {n_layers}, got {number!r}.")
    if not len(chosen):
        raise SettingError("layers must name at least one layer, got none.")
    return tuple(chosen)
