"""Tagged sentences to learn from, to choose by and to be judged by, looked at before all else."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.errors import FormatError
from lexloom.evaluation.labelled import TEXT
from lexloom.finetuning.parts import Parts, count_shared, drawn_aside
from lexloom.finetuning.tagging.marked_texts import (
    holds_marked,
    marked_rows,
    read_marked,
    sentences_of_marked,
)
from lexloom.finetuning.tagging.tag_scheme import TagScheme, opened
from lexloom.finetuning.tagging.tagged_sentences import (
    Tagged,
    TaggedParts,
    TaggedSentence,
    pairs_of_two,
    sentences_of,
)
from lexloom.oddities import tell_oddity

__all__ = ["FIELDS", "are_characters", "taken", "to_judge_by", "with_dev"]

FIELDS: Mapping[str, Any] = {
    "unit_column": 1, "tag_column": -1, "text_field": TEXT, "span_field": "spans",
    "encoding": "utf-8",
}  # fmt: skip
"""The settings that say where in a file something stands, and what they are by default."""

_SHOWN = 5
_SHORT_UNITS = 0.9


def taken(
    given: Mapping[str, Tagged], by_character: bool | None = None, **fields: Any
) -> dict[str, list[TaggedSentence]]:
    """Take sentences: of columns, of texts with spans, or as they are.

    Parameters
    ----------
    given
        The parts by name.
    by_character
        Whether the units of texts with spans are characters; by default as those of the first part.
    **fields
        As `FIELDS`.

    Returns
    -------
    dict
        The sentences of each part; where tags mark spans, each span begins with ``B-``, and a
        warning tells how many did not.

    Raises
    ------
    SettingError
        If one is no tagged sentence.
    FormatError
        If a file is not what it should be.
    StorageError
        If it cannot be read.
    """
    parts: dict[str, list[TaggedSentence]] = {}
    for name, part in given.items():
        parts[name] = _sentences(part, by_character, fields)
        by_character = are_characters(parts[name]) if by_character is None else by_character
    return _all_opened(parts)


def _sentences(
    given: Tagged, by_character: bool | None, fields: Mapping[str, Any]
) -> list[TaggedSentence]:
    """Take the sentences of a part."""
    if isinstance(given, str | os.PathLike):
        said = {"encoding": fields["encoding"]}
        if not holds_marked(Path(given)):
            return sentences_of(given, fields["unit_column"], fields["tag_column"], **said)
        names = (fields["text_field"], fields["span_field"])
        return read_marked(Path(given), *names, by_character=by_character, **said)
    rows = pairs_of_two(given, (fields["text_field"], fields["span_field"]))
    if rows and isinstance(rows[0], tuple) and isinstance(rows[0][0], str):
        return sentences_of_marked(marked_rows(rows), by_character=by_character)
    return sentences_of(rows)


def with_dev(
    parts: Mapping[str, list[TaggedSentence]], *, dev_share: float, seed: int
) -> TaggedParts:
    """Refuse what cannot be learned, and set some sentences aside where no others are to choose by.

    Parameters
    ----------
    parts
        ``train``, and where they are given ``dev`` and ``test``.
    dev_share
        The share of the sentences to set aside.
    seed
        What is drawn for it.

    Returns
    -------
    TaggedParts
        All parts; a warning tells of each oddity.

    Raises
    ------
    FormatError
        If a part is empty, train has a single tag, others have tags that it has not, or too little
        is left to learn from or to choose by.
    """
    made = dict(parts)
    _check_tags(made)
    if "dev" not in made:
        made["train"], made["dev"] = _aside(made["train"], dev_share, seed)
    known = {each.units for each in made["train"]}
    others = {name: part for name, part in made.items() if name != "train"}
    is_known = {name: [each.units in known for each in part] for name, part in others.items()}
    return Parts(**made, n_shared=count_shared(is_known, "sentences"))


def to_judge_by(sentences: list[TaggedSentence], tags: Sequence[str]) -> list[TaggedSentence]:
    """Refuse sentences that a tagger cannot be judged by.

    Parameters
    ----------
    sentences
        Tagged sentences.
    tags
        Those that it knows.

    Returns
    -------
    list of TaggedSentence
        The same.

    Raises
    ------
    FormatError
        If there is none, or one has another tag.
    """
    if not sentences:
        raise FormatError("there is no sentence to judge by.")
    if strange := sorted({tag for each in sentences for tag in each.tags} - set(tags)):
        known = ", ".join(map(repr, tags[:_SHOWN])) + (", …" if len(tags) > _SHOWN else "")
        raise FormatError(f"the tagger does not know the tag {strange[0]!r}, but {known}.")
    return sentences


def are_characters(sentences: Sequence[TaggedSentence]) -> bool:
    """Say whether the units of sentences are characters.

    Parameters
    ----------
    sentences
        Any number.

    Returns
    -------
    bool
        Whether nearly all different units have a single one.
    """
    units = {unit for each in sentences for unit in each.units}
    return sum(len(unit) == 1 for unit in units) > _SHORT_UNITS * len(units)


def _all_opened(parts: dict[str, list[TaggedSentence]]) -> dict[str, list[TaggedSentence]]:
    """Let all spans begin with ``B-``, and say how many did not."""
    tags = {tag for part in parts.values() for each in part for tag in each.tags}
    if not TagScheme(sorted(tags)).marks_spans:
        return parts
    made = {
        name: [replace(each, tags=opened(each.tags)) for each in part]
        for name, part in parts.items()
    }
    n_changed = sum(
        one != other
        for name, part in parts.items()
        for each, own in zip(part, made[name], strict=True)
        for one, other in zip(each.tags, own.tags, strict=True)
    )
    if n_changed:
        tell_oddity(f"{n_changed:,} spans begin with 'I-': they are read as begun with 'B-'.")
    return made


def _check_tags(parts: Mapping[str, Sequence[TaggedSentence]]) -> None:
    """Refuse parts that are empty, and tags that cannot be learned; tell of those that stand once.

    A tag of a single unit is most often one that was mistyped.
    """
    counts = Counter(tag for each in parts["train"] for tag in each.tags)
    if len(counts) < 2:
        raise FormatError(f"a tagger needs at least two tags to learn, got {len(counts)}.")
    for name, part in parts.items():
        if not part:
            raise FormatError(f"{name} has no sentences.")
        strange = Counter(tag for each in part for tag in each.tags if tag not in counts)
        if strange:
            told = ", ".join(f"{tag!r} ({n:,})" for tag, n in strange.most_common(_SHOWN))
            known = ", ".join(f"{tag!r} ({n:,})" for tag, n in counts.most_common(_SHOWN))
            raise FormatError(f"{name} has tags that train has not: {told}; it has {known}.")
    rare = [tag for tag, n in counts.items() if n == 1]
    if rare:
        told = ", ".join(map(repr, rare[:_SHOWN]))
        tell_oddity(
            f"{len(rare):,} of {len(counts):,} tags stand at a single unit: {told}. A slip?"
        )


def _aside(
    sentences: list[TaggedSentence], share: float, seed: int
) -> tuple[list[TaggedSentence], list[TaggedSentence]]:
    """Set a share of sentences aside; those that come again stay on one side."""
    is_aside = drawn_aside([each.units for each in sentences], share, seed)
    left = {
        tag
        for each, aside in zip(sentences, is_aside, strict=True)
        if not aside
        for tag in each.tags
    }
    # A tag that only sentences set aside have would never be learned.
    needed = {each.units for each in sentences if not left.issuperset(each.tags)}
    is_aside &= np.array([each.units not in needed for each in sentences], np.bool_)
    train, dev = (
        [each for each, aside in zip(sentences, is_aside, strict=True) if aside == wanted]
        for wanted in (False, True)
    )
    if not dev:
        raise FormatError(
            f"nothing is left to choose by: {len(train):,} sentences, all the same or each with a "
            "tag of its own, are too few to set some aside.",
            "Give more, or dev= (--dev).",
        )
    return train, dev
