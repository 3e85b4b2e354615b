"""Texts with labels in three parts: to learn from, to choose by and to be judged by."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lexloom.arrays import Ids
from lexloom.errors import FormatError
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning.examples import with_text
from lexloom.finetuning.parts import Parts, count_shared
from lexloom.finetuning.targets.kinds import TARGETS
from lexloom.finetuning.targets.target import Target, TargetName
from lexloom.oddities import tell_oddity

__all__ = ["LabelledParts", "Part", "parted"]


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
    cleaned = {name: with_text(name, part) for name, part in given.items() if part is not None}
    wanted = TARGETS[target].learned(cleaned, separator)
    made = {name: Part(part.texts, wanted.numbers(part.labels)) for name, part in cleaned.items()}
    if wanted.name == "label":
        _tell_torn(made["train"])
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


def _tell_torn(train: Part) -> None:
    """Say how many texts come with more than one label, where each has one."""
    pairs = dict.fromkeys(zip(train.texts, train.targets.tolist(), strict=True))
    counts = Counter(text for text, _ in pairs)
    torn = [text for text, n in counts.items() if n > 1]
    if torn:
        tell_oddity(
            f"{len(torn):,} texts of train come with more than one label: {torn[0]!r:.60}. A slip?"
        )


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
