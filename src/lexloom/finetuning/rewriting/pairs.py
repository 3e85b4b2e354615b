"""Pairs of a text and what is to be written for it, looked at before all else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.arrays import Bools
from lexloom.contextual.tokenizing.roles import check_text
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import read_column
from lexloom.finetuning.parts import Parts, as_list, count_shared, drawn_aside, row_of
from lexloom.oddities import tell_oddity
from lexloom.text.reading import Reading, is_table, read_texts
from lexloom.text.records import mend_only, refuse_mixed

__all__ = ["GivenPairs", "PairParts", "Pairs", "pairs_of", "parted_pairs", "whole_pairs"]

GivenPairs = str | os.PathLike[str] | Iterable[Any]
"""Pairs of texts, the file that holds them, or the names of two files with a text on each line."""

_FAR_APART = 4.0
_SHORT = 10


@dataclass(frozen=True)
class Pairs:
    """Texts and what is to be written for them.

    Attributes
    ----------
    sources
        N texts to be read.
    targets
        N texts to be written.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sources)

    def only(self, chosen: Bools) -> Pairs:
        """Keep some of the pairs: bool (N) says which."""
        rows = np.flatnonzero(chosen)
        return Pairs(
            tuple(self.sources[row] for row in rows), tuple(self.targets[row] for row in rows)
        )


@dataclass(frozen=True, kw_only=True)
class PairParts(Parts[Pairs]):
    """All pairs, and what is odd about them.

    Attributes
    ----------
    counts
        How many pairs of each part had an empty side, or the same text on both; and of those to
        learn from, how many have sides of very unequal lengths.
    """

    counts: dict[str, int]


def pairs_of(
    given: GivenPairs, source_field: str, target_field: str, *, encoding: str = "utf-8"
) -> Pairs:
    """Take pairs as they were given.

    Parameters
    ----------
    given
        Pairs of texts, or records; a csv, tsv, jsonl or parquet file; or two files of plain text
        whose lines belong together, as a tuple or with a comma between their names.
    source_field
        The field of the texts to be read, by name or, in a file, by number from 1.
    target_field
        The field of those to be written.
    encoding
        How files are coded.

    Returns
    -------
    Pairs
        All of them; a side may be empty.

    Raises
    ------
    SettingError
        If they are no pairs of texts.
    FormatError
        If a file has no such fields, or two files have not as many lines.
    StorageError
        If a file cannot be read.
    """
    if isinstance(given, Pairs):
        return given
    files = _two_files(given)
    if files is not None:
        return _of_lines(*files, encoding)
    if isinstance(given, str | os.PathLike):
        if not is_table(given):
            raise FormatError(
                "expected records with fields, or two files whose lines belong together; found one "
                "file of lines.",
                "Give both, as a.txt,b.txt.",
                path=given,
            )
        return _of_records(Path(given), source_field, target_field, encoding)
    fields = (source_field, target_field)
    pairs = [row_of(row, fields, place) for place, row in enumerate(as_list(given))]
    for place, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise SettingError(
                f"pairs must be two texts each, got {pair!r:.60} as number {place}.",
                "Pass [(source, target), …], records or the name of a file.",
            )
        for text in pair:
            check_text(text)
    return Pairs(tuple(source for source, _ in pairs), tuple(target for _, target in pairs))


def _two_files(given: GivenPairs) -> tuple[Path, Path] | None:
    """Take the names of two files, if that is what was given."""
    if isinstance(given, str | os.PathLike):
        names = os.fspath(given).split(",")
        are_two = len(names) == 2 and not Path(given).exists()
        return (Path(names[0]), Path(names[1])) if are_two else None
    if isinstance(given, tuple) and len(given) == 2:
        one, other = given
        if isinstance(one, str | os.PathLike) and isinstance(other, str | os.PathLike):
            return Path(one), Path(other)
    return None


def _of_lines(source: Path, target: Path, encoding: str) -> Pairs:
    """Read two files whose lines belong together."""
    reading = Reading(format="txt", encoding=encoding)
    with mend_only():
        sides = [tuple(read_texts([str(path)], reading)) for path in (source, target)]
    if len(sides[0]) != len(sides[1]):
        raise FormatError(
            f"has {len(sides[1]):,} lines, {source} has {len(sides[0]):,}: line by line they must "
            "belong together.",
            path=target,
        )
    return Pairs(*sides)


def _of_records(path: Path, source_field: str, target_field: str, encoding: str) -> Pairs:
    """Read two fields of all records of a file."""
    sides = [
        tuple(text or "" for text in read_column(path, field, setting, encoding=encoding))
        for field, setting in ((source_field, "source_field"), (target_field, "target_field"))
    ]
    refuse_mixed({source_field: sides[0], target_field: sides[1]}, path)
    return Pairs(*sides)


def parted_pairs(
    train: Pairs,
    dev: Pairs | None,
    test: Pairs | None,
    *,
    dev_share: float,
    most_apart: float | None,
    seed: int,
) -> PairParts:
    """Look at all pairs, and set some aside to look at while learning.

    Parameters
    ----------
    train
        To learn from.
    dev
        To look at while learning; by default a share of `train`, in which no text is that is
        learned from.
    test
        For the end.
    dev_share
        That share, between 0 and 1.
    most_apart
        Leave out pairs to learn from whose lengths are more times as far apart as is usual; None
        only counts them.
    seed
        What is drawn for it.

    Returns
    -------
    PairParts
        All of them; a warning tells of each oddity.

    Raises
    ------
    FormatError
        If there is nothing to learn from, to look at or to be judged by.
    """
    given = {"train": train, "dev": dev, "test": test}
    counts: dict[str, int] = {}
    parts = {n: whole_pairs(n, part, counts) for n, part in given.items() if part is not None}
    parts["train"] = _usual(parts["train"], most_apart, counts)
    if dev is None:
        is_aside = drawn_aside(parts["train"].sources, dev_share, seed)
        parts["train"], parts["dev"] = (parts["train"].only(own) for own in (~is_aside, is_aside))
    for name, part in parts.items():
        if not len(part):
            raise FormatError(f"{name} has no pairs.", "Give more pairs, or dev= (--dev).")
    known = set(parts["train"].sources)
    others = {name: part.sources for name, part in parts.items() if name != "train"}
    n_shared = count_shared({n: [text in known for text in own] for n, own in others.items()})
    return PairParts(**parts, counts=counts, n_shared=n_shared)


def whole_pairs(name: str, part: Pairs, counts: dict[str, int]) -> Pairs:
    """Leave out pairs of which a side is empty, and count those whose sides are the same.

    Parameters
    ----------
    name
        What they are for.
    part
        Pairs.
    counts
        Filled with how many there are of either, by the name; a warning tells of them too.

    Returns
    -------
    Pairs
        Those with two sides.
    """
    sides = list(zip(part.sources, part.targets, strict=True))
    is_whole = np.array([bool(a.strip()) and bool(b.strip()) for a, b in sides], np.bool_)
    counts[f"n_empty_{name}"] = int((~is_whole).sum())
    counts[f"n_same_{name}"] = sum(a == b for a, b in sides if a.strip())
    if n_empty := counts[f"n_empty_{name}"]:
        tell_oddity(f"{n_empty:,} pairs of {name} have an empty side and were left out.")
    if n_same := counts[f"n_same_{name}"]:
        tell_oddity(
            f"{n_same:,} of {len(part):,} pairs of {name} have the same text on both sides."
        )
    return part.only(is_whole)


def _usual(part: Pairs, most_apart: float | None, counts: dict[str, int]) -> Pairs:
    """Count pairs of far other lengths than is usual, and leave them out if that was asked for."""
    lengths = np.array(
        [(len(a), len(b)) for a, b in zip(part.sources, part.targets, strict=True)], np.float64
    ).reshape(-1, 2)
    # One letter more makes a great difference to a short text.
    ratios = np.log((lengths[:, 0] + _SHORT) / (lengths[:, 1] + _SHORT))
    off = np.abs(ratios - np.median(ratios)) if len(part) else ratios
    is_apart = off > np.log(most_apart or _FAR_APART)
    counts["n_apart"] = int(is_apart.sum())
    if not counts["n_apart"]:
        return part
    what = "have sides of very unequal lengths"
    if most_apart is None:
        tell_oddity(f"{counts['n_apart']:,} pairs of train {what}; most_apart leaves them out.")
        return part
    tell_oddity(f"{counts['n_apart']:,} pairs of train {what} and were left out.")
    return part.only(~is_apart)
