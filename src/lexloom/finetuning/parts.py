"""Examples of a task in three parts: to learn from, to choose by and to be judged by."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from lexloom.arrays import Bools
from lexloom.errors import SettingError
from lexloom.oddities import tell_oddity

__all__ = ["Parts", "as_list", "count_shared", "drawn_aside", "row_of", "tell_cut", "written"]

Examples = TypeVar("Examples")


@dataclass(frozen=True, kw_only=True)
class Parts(Generic[Examples]):
    """All that a task is learned with.

    Attributes
    ----------
    train
        Learned from.
    dev
        Looked at while learning, to end in time.
    test
        Looked at once, at the end; None where nothing was set aside for that.
    n_shared
        How many examples of `dev` and of `test` are among those learned from too.
    """

    train: Examples
    dev: Examples
    test: Examples | None = None
    n_shared: Mapping[str, int] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, Examples]:
        """Those that there are, by name."""
        found = {"train": self.train, "dev": self.dev}
        return found if self.test is None else {**found, "test": self.test}

    @property
    def judged(self) -> tuple[str, Examples]:
        """The part that a report is about, and its name."""
        return ("dev", self.dev) if self.test is None else ("test", self.test)

    def digest(self) -> str:
        """Sum up all examples in a SHA-256, to know them again."""
        found = hashlib.sha256()
        for name, part in self.named.items():
            found.update(name.encode())
            examples = part if isinstance(part, Iterable) else (part,)
            for example in examples:
                found.update(repr(example).encode("utf-8", "surrogatepass"))
        return found.hexdigest()


def drawn_aside(kinds: Sequence[Hashable], share: float, seed: int) -> Bools:
    """Draw examples to set aside: never all, and those that are of one kind stay on one side.

    Parameters
    ----------
    kinds
        What must not stand on both sides of each of N examples.
    share
        The share of the kinds to set aside.
    seed
        What is drawn for it.

    Returns
    -------
    numpy.ndarray
        bool (N).
    """
    draw = np.random.Generator(np.random.Philox(key=[seed, len(kinds)]))
    different = list(dict.fromkeys(kinds))
    n_aside = min(max(1, round(share * len(different))), max(len(different) - 1, 0))
    aside = {different[place] for place in draw.permutation(len(different))[:n_aside]}
    return np.array([kind in aside for kind in kinds], np.bool_)


def count_shared(is_known: Mapping[str, Iterable[bool]], unit: str = "texts") -> dict[str, int]:
    """Count examples that are learned from and judged by: what looks like knowledge is memory.

    Parameters
    ----------
    is_known
        Of each example whether it is among those learned from, by the name of its part.
    unit
        What they are.

    Returns
    -------
    dict of str to int
        How many are, by the name of the part; a warning tells of them.
    """
    found = {}
    for name, known in is_known.items():
        answers = list(known)
        found[name] = sum(answers)
        if found[name]:
            tell_oddity(
                f"{found[name]:,} of {len(answers):,} {unit} of {name} are among those learned "
                "from: figures about them flatter."
            )
    return found


def written(value: object) -> Any:
    """Write a value as a file would.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    Any
        A finite number or a truth value as text, nothing for None; anything else as it is.

    Examples
    --------
    >>> written(True), written(5), written(0.5), written(None), written(["a"])
    ('true', '5', '0.5', '', ['a'])
    """
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, int | np.integer):
        return str(int(value))
    is_number = isinstance(value, float | np.floating) and math.isfinite(value)
    return str(value) if is_number else value


def row_of(given: Any, fields: Sequence[str], place: int) -> Any:
    """Take the fields of a record, as data sets have them.

    Parameters
    ----------
    given
        A record; or an example in any other form.
    fields
        The names of the fields.
    place
        Its number, from 0.

    Returns
    -------
    Any
        What stands in the fields of a record, as `written`; anything else as it is.

    Raises
    ------
    SettingError
        If a record has no such field.

    Examples
    --------
    >>> row_of({"id": 7, "text": "good", "label": 1}, ["text", "label"], 0)
    ('good', '1')
    >>> row_of("good", ["text"], 0)
    'good'
    """
    if not isinstance(given, Mapping):
        return given
    for name in fields:
        if name not in given:
            has = ", ".join(map(repr, given)) or "none"
            raise SettingError(
                f"record {place + 1:,} has no field {name!r}; it has {has:.120}.",
                "Name the fields of the records in the settings.",
            )
    return tuple(written(given[name]) for name in fields)


def as_list(given: Any) -> list[Any]:
    """Take any number of examples; one record is none.

    Parameters
    ----------
    given
        Examples.

    Returns
    -------
    list
        They; what is no list, or a single record, by itself.
    """
    is_list = isinstance(given, Iterable) and not isinstance(given, str | Mapping)
    return list(given) if is_list else [given]


def tell_cut(n_cut: int) -> None:
    """Warn of texts that are not learned from to their end.

    Parameters
    ----------
    n_cut
        How many; of none nothing is told.
    """
    if n_cut:
        tell_oddity(
            f"{n_cut:,} texts to learn from are longer than what is read of each (longest, or as "
            "much as the model reads at once): the rest is not learned from."
        )
