"""One spelling for one text: Unicode normal forms, and simplified Chinese."""

from __future__ import annotations

import functools
import itertools
import sys
import unicodedata
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lexloom.arrays import Bools, Offsets
from lexloom.kernels.members import first_bytes, lines_with_members
from lexloom.text.simplifying import simplify

__all__ = ["Aligned", "NormalForm", "normalize_aligned", "normalize_bytes"]

NormalForm = Literal["NFC", "NFKC", "none"]


@dataclass(frozen=True)
class Aligned:
    """A text brought to another form.

    Attributes
    ----------
    text
        The text in its new form.
    starts
        int64, for each of its characters the first character it came from.
    ends
        int64, for each of its characters the one behind the last it came from.
    """

    text: str
    starts: Offsets
    ends: Offsets


_JAMO = range(0x1160, 0x1200)
"""Hangul vowels and finals, which the algorithm composes without a table."""
_END_OF_DECOMPOSITIONS = 0x30000


@functools.cache
def _joining() -> Bools:
    """Mark the code points that may join or reorder with the one before: bool (1,114,112)."""
    marked = np.zeros(sys.maxunicode + 1, np.bool_)
    marked[_JAMO.start : _JAMO.stop] = True
    for code in range(0x80, _END_OF_DECOMPOSITIONS):
        character = chr(code)
        if unicodedata.combining(character):
            marked[code] = True
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            marked[int(parts[1], 16)] = True
    return marked


@functools.cache
def _may_change(form: Literal["NFC", "NFKC"]) -> Bools:
    """Mark the code points that a normal form may change: bool (1,114,112).

    A text of unmarked characters alone is in that form: each is stable by itself, and none can
    join the one before it.
    """
    marked = _joining().copy()
    for code in range(0x80, _END_OF_DECOMPOSITIONS):
        character = chr(code)
        if unicodedata.decomposition(character) and not unicodedata.is_normalized(form, character):
            marked[code] = True
    return marked


def normalize_aligned(text: str, form: NormalForm, *, simplified: bool) -> Aligned:
    """Bring a text to a normal form, and to simplified Chinese, and keep where all came from."""
    if form == "none" or unicodedata.is_normalized(form, text):
        starts = np.arange(len(text), dtype=np.int64)
        aligned = Aligned(text, starts, starts + 1)
    else:
        codes = np.fromiter(map(ord, text), np.int64, len(text))
        bounds = np.flatnonzero(~_joining()[codes]).tolist()
        bounds = [*([] if bounds[:1] == [0] else [0]), *bounds, len(text)]
        pairs = list(itertools.pairwise(bounds))
        aligned = _joined(
            [unicodedata.normalize(form, text[start:end]) for start, end in pairs], pairs
        )
    return _simplified(aligned) if simplified else aligned


def _joined(parts: list[str], places: list[tuple[int, int]]) -> Aligned:
    """Put parts together, each with the place it came from."""
    lengths = [len(part) for part in parts]
    starts, ends = np.repeat(np.array(places, np.int64).reshape(-1, 2), lengths, axis=0).T
    return Aligned("".join(parts), starts, ends)


def _simplified(aligned: Aligned) -> Aligned:
    """Write simplified characters; character by character where the length would change."""
    text = simplify(aligned.text)
    if len(text) == len(aligned.text):
        return Aligned(text, aligned.starts, aligned.ends)
    places = list(zip(aligned.starts.tolist(), aligned.ends.tolist(), strict=True))
    return _joined([simplify(character) for character in aligned.text], places)


def normalize_bytes(text: bytes, form: NormalForm) -> bytes:
    """Give UTF-8 text in a Unicode normal form: the same object when it already is."""
    if form == "none" or text.isascii():
        return text
    lines = lines_with_members(np.frombuffer(text, np.uint8), _may_change(form), _pairs(form))
    if not len(lines):
        return text
    parts, done = [], 0
    for begin, end in lines.tolist():  # no line end joins what stands around it
        line = text[begin:end].decode("utf-8")
        parts += [text[done:begin], unicodedata.normalize(form, line).encode("utf-8")]
        done = end
    return b"".join([*parts, text[done:]])


@functools.cache
def _pairs(form: Literal["NFC", "NFKC"]) -> Bools:
    """Give the first two bytes of the code points that a normal form may change: bool (65,536)."""
    return first_bytes(_may_change(form))
