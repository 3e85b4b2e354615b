"""What a generator learns from: answers, each behind its prompt, made of the fields of records."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from lexloom.contextual.tokenizing.roles import check_text
from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.finetuning.generating.template import Template
from lexloom.finetuning.parts import Parts, as_list, count_shared, drawn_aside, row_of
from lexloom.oddities import tell_oddity
from lexloom.text.reading import Reading, read_field, resolve_sources
from lexloom.text.records import mend_only
from lexloom.text.whole_texts import read_whole

__all__ = [
    "TEXT",
    "Documents",
    "Passage",
    "PassageParts",
    "Passages",
    "parted",
    "passages_of",
]

TEXT = "text"
"""The field that a plain text is."""
Documents = Literal["line", "paragraph", "file"]
Passages = str | os.PathLike[str] | Iterable[str | Mapping[str, str]]
"""A file of records or of plain text; or texts, or records that name their fields."""


@dataclass(frozen=True)
class Passage:
    """An answer that is learned, and the prompt that stands before it and is not."""

    prompt: str
    answer: str


PassageParts = Parts[list[Passage]]


def passages_of(
    given: Passages,
    prompt: Template,
    answer: Template,
    documents: Documents = "line",
    *,
    encoding: str = "utf-8",
) -> list[Passage]:
    """Take passages as they were given.

    Parameters
    ----------
    given
        A csv, tsv, jsonl or parquet file, or one of plain text; or texts, or records.
    prompt
        What stands before an answer.
    answer
        What is learned.
    documents
        What is a text of its own in a file of plain text.
    encoding
        How a file is coded.

    Returns
    -------
    list of Passage
        Those with an answer; a warning tells of others.

    Raises
    ------
    SettingError
        If they are no list, or one is neither a text nor a record with the fields named.
    FormatError
        If a file has no such fields, or holds half a character.
    StorageError
        If it cannot be read.
    """
    fields = tuple(dict.fromkeys((*prompt.fields, *answer.fields)))
    if isinstance(given, str | os.PathLike):
        records: Iterable[Mapping[str, str]] = _read(
            Path(given), fields, Reading(documents=documents, encoding=encoding)
        )
    else:
        records = _listed(given, fields)
    made, n_bare = [], 0
    for record in records:
        made.append(Passage(prompt.fill(record), answer.fill(record)))
        n_bare += not any(record[name].strip() for name in prompt.fields)
    found = [passage for passage in made if passage.answer.strip()]
    if prompt.fields and n_bare:
        tell_oddity(f"{n_bare:,} of {len(made):,} texts have nothing to fill their prompt.")
    if len(found) < len(made):
        n_left_out = len(made) - len(found)
        tell_oddity(f"{n_left_out:,} texts are empty and were left out.")
    return found


def _listed(given: Iterable[object], fields: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Take texts or records out of memory."""
    for place, each in enumerate(as_list(given)):
        values = row_of({TEXT: each} if isinstance(each, str) else each, fields, place)
        if values is each:
            raise SettingError(
                f"texts must be a list of texts or records, got {each!r:.60} as number {place}.",
                "Pass [text, …] or [{'title': …, 'text': …}, …], if only of one.",
            )
        for value in values:
            check_text(value)
        yield dict(zip(fields, values, strict=True))


def _read(path: Path, fields: Sequence[str], reading: Reading) -> Iterator[Mapping[str, str]]:
    """Read records out of a file; plain text is records with one field."""
    if fields == (TEXT,):
        with mend_only():
            for text in read_whole(resolve_sources(str(path)), reading):
                yield {TEXT: text}
        return
    # Named fields have a line of names above them, numbered ones have not.
    if len({name.isdecimal() for name in fields}) > 1:
        raise SettingError(
            f"fields are named or numbered, not both, got {', '.join(map(repr, fields))}."
        )
    try:
        columns = [
            list(read_field(path, replace(reading, field=name), lists=True)) for name in fields
        ]
    except MissingFieldError as error:
        fix = "Name only fields that the file has, in prompt and answer; or their numbers from 1."
        raise MissingFieldError(error.what, fix, path=error.path, line=error.line) from None
    if not columns[0]:
        raise FormatError("holds no records.", path=path)
    for number, values in enumerate(zip(*columns, strict=True), 1):
        record = dict(zip(fields, (value or "" for value in values), strict=True))
        try:
            check_text("".join(record.values()))
        except SettingError as error:
            raise FormatError(f"record {number:,}: {error.what}", path=path) from None
        yield record


def parted(
    train: list[Passage],
    dev: list[Passage] | None,
    test: list[Passage] | None,
    *,
    dev_share: float,
    seed: int,
) -> PassageParts:
    """Set some passages aside to look at while learning; those that come again stay together.

    Parameters
    ----------
    train
        To learn from.
    dev
        To look at; None sets a share of `train` aside.
    test
        For the end, or None.
    dev_share
        That share.
    seed
        What is drawn for it.

    Returns
    -------
    PassageParts
        All of them.

    Raises
    ------
    FormatError
        If a part has no passage.
    """
    if dev is None:
        is_aside = drawn_aside(train, dev_share, seed)
        dev = [train[row] for row in np.flatnonzero(is_aside)]
        train = [train[row] for row in np.flatnonzero(~is_aside)]
    others = {"dev": dev, **({} if test is None else {"test": test})}
    for name, part in {"train": train, **others}.items():
        if not part:
            raise FormatError(f"{name} has no texts.", "Give more texts, or dev= (--dev).")
    known = set(train)
    is_known = {name: [each in known for each in part] for name, part in others.items()}
    return Parts(train=train, **others, n_shared=count_shared(is_known))
