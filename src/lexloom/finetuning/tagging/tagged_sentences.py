"""Sentences whose words have tags: in files of columns, and as a running text again."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexloom.contextual.tokenizing.roles import check_text
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import TEXT
from lexloom.finetuning.parts import Parts, as_list, row_of
from lexloom.text.reading import Reading, read_texts
from lexloom.text.records import mend_only
from lexloom.text.segmenting import Segmentation

__all__ = [
    "NARROW",
    "Tagged",
    "TaggedParts",
    "TaggedSentence",
    "cut_into_units",
    "pairs_of_two",
    "read_tagged",
    "running_text",
    "sentences_of",
]

NARROW = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
"""Characters that stand beside others without a blank."""

_DOCUMENT = "-DOCSTART-"
_CUTTING = Segmentation(punctuation=True)


@dataclass(frozen=True)
class TaggedSentence:
    """The units of a sentence, words or characters, and the tag of each.

    Attributes
    ----------
    units
        T units.
    tags
        T tags.
    """

    units: tuple[str, ...]
    tags: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.units)


Tagged = (
    str
    | os.PathLike[str]
    | Iterable[TaggedSentence | tuple[Sequence[str], Sequence[Any]] | Mapping[str, Any]]
)
"""A file of columns, or of texts with spans; or pairs of units and tags, or of a text and spans."""
TaggedParts = Parts[list[TaggedSentence]]


def pairs_of_two(given: Any, fields: Sequence[str] = (TEXT, "spans")) -> list[Any]:
    """Take tagged sentences, or pairs of two things each.

    Parameters
    ----------
    given
        Any number of them, or of records.
    fields
        The two fields of a record.

    Returns
    -------
    list
        Each a `TaggedSentence` or a tuple of two.

    Raises
    ------
    SettingError
        If they are something else.
    """
    found: list[Any] = []
    for place, row in enumerate(as_list(given)):
        each = row_of(row, fields, place)
        if isinstance(each, TaggedSentence):
            found.append(each)
            continue
        if not isinstance(each, tuple | list) or len(each) != 2:
            raise SettingError(
                f"sentence {place} must be two lists or a text and its spans, got {each!r:.60}.",
                "Pass [(units, tags), …], [(text, spans), …], records or the name of a file.",
            )
        found.append(tuple(each))
    return found


def sentences_of(
    given: Tagged, unit_column: int = 1, tag_column: int = -1, *, encoding: str = "utf-8"
) -> list[TaggedSentence]:
    """Take tagged sentences as they were given.

    Parameters
    ----------
    given
        A file of columns, or pairs of units and tags.
    unit_column
        The column of the units in a file, from 1; from -1 counted from the end.
    tag_column
        The column of the tags.
    encoding
        How a file is coded.

    Returns
    -------
    list of TaggedSentence
        None of them empty.

    Raises
    ------
    SettingError
        If they are no such pairs, or a unit or a tag is blank.
    FormatError
        If a line has no such columns, a unit or a tag is missing, or there is no sentence.
    StorageError
        If a file cannot be read.
    """
    if isinstance(given, str | os.PathLike):
        return list(read_tagged(Path(given), unit_column, tag_column, encoding=encoding))
    found = []
    for place, each in enumerate(given):
        units, tags = (each.units, each.tags) if isinstance(each, TaggedSentence) else each
        are_lists = isinstance(units, tuple | list) and isinstance(tags, tuple | list)
        if not are_lists or len(units) != len(tags) or not all(map(_is_text, tags)):
            raise SettingError(
                f"sentence {place} must be units and as many tags, got {units!r:.40} and "
                f"{tags!r:.40}.",
                "Pass [(units, tags), …] or the name of a file.",
            )
        for unit in units:
            check_text(unit)
        _check_blanks(place, units, tags)
        if len(units):
            found.append(TaggedSentence(tuple(units), tuple(tags)))
    return found


def _check_blanks(place: int, units: Sequence[str], tags: Sequence[str]) -> None:
    """Refuse a sentence with a unit or a tag that is blank."""
    for what, own in (("unit", units), ("tag", tags)):
        blank = next((n for n, text in enumerate(own) if not text.strip()), None)
        if blank is not None:
            raise SettingError(
                f"{what} {blank} of sentence {place} must not be blank, got {own[blank]!r:.40}.",
                "Leave out blank units, and give each other one a tag.",
            )


def _is_text(value: object) -> bool:
    """Say whether something is a text."""
    return isinstance(value, str)


def read_tagged(
    path: Path, unit_column: int = 1, tag_column: int = -1, *, encoding: str = "utf-8"
) -> Iterator[TaggedSentence]:
    """Read a file with a unit on each line, its columns parted by tabs or blanks.

    An empty line ends a sentence, as in CoNLL's files, where ``-DOCSTART-`` by itself is none.

    Parameters
    ----------
    path
        The file, packed or not.
    unit_column
        The column of the units, from 1; from -1 counted from the end.
    tag_column
        The column of the tags.
    encoding
        How the file is coded.

    Yields
    ------
    TaggedSentence
        At least one.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If a line has no such columns, a unit or a tag is missing, or there is no sentence.
    """
    units: list[str] = []
    tags: list[str] = []
    n_sentences = 0
    with mend_only():
        lines = list(read_texts([str(path)], Reading(format="txt", encoding=encoding)))
    for number, line in enumerate(itertools.chain(lines, [""]), 1):
        if line.strip():
            columns = line.split("\t") if "\t" in line else line.split()
            units.append(_column(columns, "unit", unit_column, path, number))
            tags.append(_column(columns, "tag", tag_column, path, number))
            continue
        if units and units != [_DOCUMENT]:
            n_sentences += 1
            yield TaggedSentence(tuple(units), tuple(tags))
        units, tags = [], []
    if not n_sentences:
        raise FormatError("no sentence was found in it.", path=path)


def _column(columns: list[str], what: str, wanted: int, path: Path, line: int) -> str:
    """Give one column of a line."""
    place = wanted - 1 if wanted > 0 else wanted
    if wanted == 0 or not -len(columns) <= place < len(columns) or len(columns) < 2:
        found = "one column" if len(columns) == 1 else f"{len(columns)} columns"
        raise FormatError(
            f"expected a {what} in column {wanted} of at least two, found {found}.",
            "Pass unit_column= (--unit-column) or tag_column= (--tag-column).",
            path=path,
            line=line,
        )
    found = columns[place].strip()
    if not found:
        raise FormatError(
            f"expected a {what} in column {wanted}, found nothing.",
            f"Write it there, or pass {what}_column= (--{what}-column).",
            path=path,
            line=line,
        )
    return found


def cut_into_units(text: str, *, by_character: bool) -> list[tuple[int, int]]:
    """Cut a running text into the units that are tagged.

    Parameters
    ----------
    text
        The text.
    by_character
        Whether they are its characters; else its words and marks.

    Returns
    -------
    list of tuple
        The first character of each, and the one behind its last; blanks are in none.
    """
    if by_character:
        return [(n, n + 1) for n, letter in enumerate(text) if not letter.isspace()]
    return [(start, end) for _, start, end in _CUTTING.spans(text)]


def running_text(units: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Write units one after the other, with a blank where their script has one.

    Parameters
    ----------
    units
        T units.

    Returns
    -------
    tuple
        The text; and for each unit its first character and the one behind its last.
    """
    parts, spans, place = [], [], 0
    for number, unit in enumerate(units):
        before = units[number - 1][-1:] if number else ""
        if number and not (NARROW.match(before) or NARROW.match(unit[:1])):
            parts.append(" ")
            place += 1
        parts.append(unit)
        spans.append((place, place + len(unit)))
        place += len(unit)
    return "".join(parts), spans
