"""Texts with labels to learn from, to choose by and to be judged by, looked at before all else."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.arrays import Ids
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LABEL, TEXT, LabelledTexts, read_labelled
from lexloom.finetuning.parts import Parts, count_shared
from lexloom.finetuning.targets.kinds import TARGETS
from lexloom.finetuning.targets.target import Target, TargetName
from lexloom.oddities import tell_oddity

__all__ = ["Examples", "LabelledParts", "Part", "examples_of", "parted"]

Examples = LabelledTexts | str | os.PathLike[str] | Iterable[tuple[str, Any]]
"""Texts with labels, or the file that holds them, or pairs; several labels of a text are a list."""


@dataclass(frozen=True)
class Part:
    """Texts and what is wanted of them.

    Attributes
    ----------
    texts
        N texts.
    targets
        (N) or (N, K), as `Target.numbers` gives it.
    """

    texts: tuple[str, ...]
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Ids) -> Part:
        """Give some of the texts, in the order of `rows`."""
        return Part(tuple(self.texts[row] for row in rows), self.targets[rows])


@dataclass(frozen=True, kw_only=True)
class LabelledParts(Parts[Part]):
    """All that a classifier is made with.

    Attributes
    ----------
    target
        What is wanted of a text.
    few
        Whether they are few, so that none was set aside.
    baselines
        What was learned beside from the same texts, by how: parts that differ in `test` alone
        share it.
    """

    target: Target
    few: bool = False
    baselines: dict[bool, Any] = field(default_factory=dict, compare=False, repr=False)

    def digest(self) -> str:
        """Sum up all texts and labels in a SHA-256, to know them again."""
        found = hashlib.sha256(repr(self.target.fields()).encode())
        for part in self.named.values():
            found.update(repr(part.texts).encode("utf-8", "surrogatepass"))
            found.update(part.targets.tobytes())
        return found.hexdigest()


def examples_of(
    given: Examples,
    text_field: str = TEXT,
    label_field: str = LABEL,
    *,
    may_lack: bool = False,
    encoding: str = "utf-8",
) -> LabelledTexts:
    """Take texts with labels as they were given.

    Parameters
    ----------
    given
        They themselves, pairs of a text and its label, or a file of records.
    text_field
        The field of the texts in a file, by name or number from 1.
    label_field
        The field of the labels.
    may_lack
        Whether a text may have several labels or none: a list is taken for several, an empty
        label for none.
    encoding
        How a file is coded.

    Returns
    -------
    LabelledTexts
        Those with a label; a warning tells how many have none where each must have one.

    Raises
    ------
    SettingError
        If they are no pairs of a text and a label.
    FormatError
        If a file has no such fields, or a text has a list of labels where one is wanted.
    StorageError
        If it cannot be read.
    """
    if isinstance(given, LabelledTexts):
        taken = given
    elif isinstance(given, str | os.PathLike):
        taken = read_labelled(
            Path(given), text_field, label_field, may_lack=may_lack, encoding=encoding
        )
    else:
        taken = _listed(given)
    path = Path(given) if isinstance(given, str | os.PathLike) else None
    return taken if may_lack else _of_one_label(taken, path)


def _listed(given: Iterable[tuple[str, Any]]) -> LabelledTexts:
    """Take pairs of a text and its label out of memory."""
    pairs = list(given) if isinstance(given, Iterable) else [given]
    for place, pair in enumerate(pairs):
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)
        if not is_pair or _written(pair[1]) is None:
            raise SettingError(
                f"examples must be pairs of a text and its label, got {pair!r:.60} as number "
                f"{place}.",
                "Pass [(text, label), …] or the name of a file; leave out texts without a label.",
            )
    labels = tuple(_written(label) or "" for _, label in pairs)
    return LabelledTexts(tuple(text for text, _ in pairs), labels)


def _of_one_label(given: LabelledTexts, path: Path | None) -> LabelledTexts:
    """Leave out texts without a label, and say so; refuse those with a list of them."""
    for row, label in zip(given.rows, given.labels, strict=True):
        if label.startswith("[") and _is_list(label):
            raise FormatError(
                f"record {row:,}: a text must have one label, got the list {label:.60}.",
                "Write the label by itself; several are learned with target='labels' (--target "
                "labels).",
                path=path,
            )
    rows = [row for row, label in enumerate(given.labels) if label]
    n_left_out = len(given) - len(rows)
    if not n_left_out:
        return given
    tell_oddity(f"{n_left_out:,} of {len(given):,} texts lack a label and were left out.")
    return given.take(np.array(rows, np.int32))


def _is_list(label: str) -> bool:
    """Say whether a label is a list in JSON."""
    try:
        return isinstance(json.loads(label), list)
    except (ValueError, RecursionError):
        return False


def _written(label: object) -> str | None:
    """Write a label, several, or a finite number as a file would; None for anything else."""
    if isinstance(label, str):
        return label
    if isinstance(label, int | np.integer) and not isinstance(label, bool):
        return str(int(label))
    if isinstance(label, float | np.floating) and math.isfinite(label):
        return repr(float(label))
    if isinstance(label, list | tuple) and all(isinstance(one, str) for one in label):
        return json.dumps(label, ensure_ascii=False)
    return None


def parted(
    train: LabelledTexts,
    dev: LabelledTexts | None,
    test: LabelledTexts | None,
    *,
    target: TargetName = "label",
    separator: str = ",",
    dev_share: float,
    seed: int,
) -> LabelledParts:
    """Give labels numbers, set some texts aside to look at while learning, refuse what cannot work.

    Parameters
    ----------
    train
        To learn from.
    dev
        To look at while learning; by default a share of `train`, in which no text is that is
        learned from.
    test
        For the end.
    target
        What is wanted of a text.
    separator
        What stands between several labels of a text.
    dev_share
        That share, below 1; 0 means that they are few, and sets nothing aside.
    seed
        What is drawn for it.

    Returns
    -------
    LabelledParts
        With a warning for each oddity.

    Raises
    ------
    FormatError
        If there are fewer than two labels, one of `dev` or `test` is not among those of `train`,
        what should be a number is none, or there are too few texts.
    """
    given = {"train": train, "dev": dev, "test": test}
    cleaned = {name: _with_text(name, part) for name, part in given.items() if part is not None}
    wanted = TARGETS[target].learned(cleaned, separator)
    made = {name: Part(part.texts, wanted.numbers(part.labels)) for name, part in cleaned.items()}
    if dev is None:
        made["train"], made["dev"] = _aside(made["train"], wanted, dev_share, seed)
    known = set(made["train"].texts)
    others = {name: part.texts for name, part in made.items() if name != "train"}
    parts = LabelledParts(
        train=made["train"], dev=made["dev"], test=made.get("test"), target=wanted,
        few=dev_share == 0,
        n_shared=count_shared({n: [text in known for text in own] for n, own in others.items()}),
    )  # fmt: skip
    _check_sizes(parts)
    return parts


def _with_text(name: str, part: LabelledTexts) -> LabelledTexts:
    """Leave out what has no text, and say so."""
    rows = [row for row, text in enumerate(part.texts) if text.strip()]
    n_left_out = len(part) - len(rows)
    if not n_left_out:
        return part
    tell_oddity(f"{n_left_out:,} texts of {name} are empty and were left out.")
    return part.take(np.array(rows, np.int32))


def _aside(part: Part, target: Target, share: float, seed: int) -> tuple[Part, Part]:
    """Set a share of each kind of text aside, never all; texts that come again stay on one side."""
    draw = np.random.Generator(np.random.Philox(key=[seed, len(part)]))
    first_of: dict[str, int] = {}
    first = np.array([first_of.setdefault(text, row) for row, text in enumerate(part.texts)])
    is_dev = np.zeros(len(part), np.bool_)
    strata = target.strata(part.targets)
    for stratum in np.unique(strata):
        rows = np.unique(first[strata == stratum])
        rows = rows[strata[rows] == stratum]
        n_aside = min(round(share * len(rows)), len(rows) - 1)
        is_dev[draw.permutation(rows)[: max(n_aside, 0)]] = True
    is_dev = is_dev[first]
    every = np.arange(len(part), dtype=np.int32)
    return part.take(every[~is_dev]), part.take(every[is_dev])


def _check_sizes(parts: LabelledParts) -> None:
    """Refuse parts that are too small to learn from or to look at."""
    if len(parts.dev) == 0 and not parts.few:
        raise FormatError(
            f"nothing is left to choose by: {len(set(parts.train.texts)):,} different texts are "
            "too few to set some aside.",
            "Give more texts, dev= (--dev) or a larger dev_share.",
        )
    if parts.test is not None and len(parts.test) == 0:
        raise FormatError("test has no texts.")
    lost = parts.target.unlearned(parts.train.targets)
    if lost is not None:
        raise FormatError(f"no text is left to learn {lost!r} from.", "Give more texts.")
