"""Running texts with spans that somebody marked, as sentences of units with tags."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lexloom.contextual.tokenizing.roles import check_text
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import read_column
from lexloom.finetuning.tagging.tagged_sentences import NARROW, TaggedSentence, cut_into_units
from lexloom.oddities import tell_oddity
from lexloom.text.opening import layout_of
from lexloom.text.reading import resolve_sources
from lexloom.text.records import refuse_mixed

__all__ = ["holds_marked", "marked_rows", "read_marked", "sentences_of_marked"]

Span = tuple[int, int, str]
Marked = tuple[str, Sequence[Span]]
_KINDS = ("label", "kind", "type")
"""What programs call the kind of a span."""


def holds_marked(path: Path) -> bool:
    """Tell by its name whether a file holds texts with spans, as jsonl; else it has columns.

    Parameters
    ----------
    path
        The file, packed or not.

    Returns
    -------
    bool
        Whether `read_marked` reads it.

    Raises
    ------
    StorageError
        If it is missing.
    """
    return all(layout_of(each, b"", "auto") == "jsonl" for each in resolve_sources(str(path)))


def marked_rows(rows: Iterable[tuple[Any, Any]]) -> list[Marked]:
    """Take texts with spans as they were given in a program.

    Parameters
    ----------
    rows
        Pairs of a text and its spans, each as in a file.

    Returns
    -------
    list
        The texts with their spans.

    Raises
    ------
    SettingError
        If one is no such pair.
    """
    found = []
    for place, row in enumerate(rows):
        if isinstance(row, TaggedSentence):
            raise SettingError(
                f"text {place} must be a text and its spans like the first, got a TaggedSentence.",
                "Pass [(text, spans), …], or sentences of units and tags alone.",
            )
        text, spans = row
        try:
            found.append((text, _spans_of([] if spans == "" else spans)))
        except ValueError as error:
            raise SettingError(f"text {place}: {error}.") from None
    return found


def read_marked(
    path: Path,
    text_field: str,
    span_field: str,
    *,
    by_character: bool | None = None,
    encoding: str = "utf-8",
) -> list[TaggedSentence]:
    """Read a file of texts and their spans.

    Parameters
    ----------
    path
        A file of records, most often jsonl.
    text_field
        The field of the texts, by name or number from 1.
    span_field
        The field of the spans: a list, each ``[start, end, kind]`` or an object with these fields;
        characters are counted from 0, and the end is the one behind the last.
    by_character
        As of `sentences_of_marked`.
    encoding
        How the file is coded.

    Returns
    -------
    list of TaggedSentence
        One a text that has a unit.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If a record has no such fields, or a span is none of its text.
    """
    texts = read_column(path, text_field, "text_field", encoding=encoding)
    spans = read_column(path, span_field, "span_field", lists=True, encoding=encoding)
    refuse_mixed({text_field: texts, span_field: spans}, path)
    marked = []
    for number, (text, written) in enumerate(zip(texts, spans, strict=True), 1):
        try:
            marked.append((str(text or ""), _spans_of(_parsed(written or "[]"))))
        except ValueError as error:
            raise FormatError(f"record {number:,}: {error}.", path=path) from None
    return sentences_of_marked(marked, f"{path}, record", by_character=by_character)


def sentences_of_marked(
    marked: Iterable[Marked], where: str = "text", *, by_character: bool | None = None
) -> list[TaggedSentence]:
    """Cut texts into units and give them tags: ``B-`` where a span begins, ``I-`` within, else O.

    Units are characters, or words and marks; a word in which a span begins or ends is cut there.

    Parameters
    ----------
    marked
        N texts, each with the spans in it: first character, the one behind the last, kind.
    where
        What to call the place of each, before its number from 1.
    by_character
        Whether units are characters; None where most letters of all texts are Chinese or Japanese.

    Returns
    -------
    list of TaggedSentence
        One a text that has a unit.

    Raises
    ------
    FormatError
        If a span is outside its text, holds nothing, or overlaps another.
    """
    all_texts = [(text, sorted(spans)) for text, spans in marked]
    for text, _ in all_texts:
        check_text(text)
    if by_character is None:
        letters = [letter for text, _ in all_texts for letter in text if letter.isalpha()]
        by_character = 2 * sum(bool(NARROW.match(letter)) for letter in letters) > len(letters)
    found, n_cut = [], 0
    for number, (text, spans) in enumerate(all_texts, 1):
        _check(text, spans, f"{where} {number:,}")
        units = cut_into_units(text, by_character=by_character)
        edges = {edge for start, end, _ in spans for edge in (start, end)}
        parts = [part for unit in units for part in _cut(unit, edges)]
        n_cut += len(parts) - len(units)
        tags = _tags(parts, spans, f"{where} {number:,}")
        if parts:
            found.append(TaggedSentence(tuple(text[a:b] for a, b in parts), tuple(tags)))
    if n_empty := len(all_texts) - len(found):
        tell_oddity(f"{n_empty:,} texts hold no word or character and were left out.")
    if n_cut:
        tell_oddity(f"{n_cut:,} words were cut where a span begins or ends within them.")
    return found


def _parsed(written: str) -> Any:
    """Read a list that stands in a file."""
    try:
        return json.loads(written)
    except json.JSONDecodeError:
        raise ValueError(f"spans must be a list, got {written!r:.60}") from None


def _spans_of(written: Any) -> list[Span]:
    """Take spans out of what a record says."""
    if not isinstance(written, list | tuple):
        raise ValueError(f"spans must be a list, got {written!r:.60}")
    found = []
    for each in written:
        start, end, kind = None, None, None
        if isinstance(each, dict):
            start, end = each.get("start"), each.get("end")
            kind = next((each[name] for name in _KINDS if name in each), None)
        elif isinstance(each, list | tuple) and len(each) == 3:
            start, end, kind = each
        is_place = type(start) is int and type(end) is int  # True is an int too
        if not is_place or not isinstance(kind, str) or not kind.strip():
            raise ValueError(
                f"a span must be [start, end, kind] or an object with start, end and label, got "
                f"{each!r:.60}"
            )
        found.append((start, end, kind.strip()))
    return found


def _check(text: str, spans: Sequence[Span], where: str) -> None:
    """Refuse spans that are none of a text."""
    for start, end, kind in spans:
        if not 0 <= start < end <= len(text) or not text[start:end].strip():
            raise FormatError(
                f"{where}: a span must hold something of its text of {len(text):,} characters, got "
                f"{start:,} to {end:,} ({kind})."
            )
    for (_, end, kind), (start, _, other) in itertools.pairwise(spans):
        if start < end:
            raise FormatError(
                f"{where}: spans overlap at character {start:,}: {kind} and {other}.",
                "Keep one of them.",
            )


def _cut(unit: tuple[int, int], edges: set[int]) -> list[tuple[int, int]]:
    """Cut a unit where a span begins or ends within it."""
    places = [unit[0], *(n for n in range(unit[0] + 1, unit[1]) if n in edges), unit[1]]
    return list(itertools.pairwise(places))


def _tags(units: Sequence[tuple[int, int]], spans: Sequence[Span], where: str) -> list[str]:
    """Give each unit its tag."""
    tags = ["O"] * len(units)
    for start, end, kind in spans:
        inside = [n for n, (a, b) in enumerate(units) if start <= a and b <= end]
        if not inside:
            raise FormatError(f"{where}: the span from {start:,} to {end:,} ({kind}) has no unit.")
        for n in inside:
            tags[n] = f"{'B' if n == inside[0] else 'I'}-{kind}"
    return tags
