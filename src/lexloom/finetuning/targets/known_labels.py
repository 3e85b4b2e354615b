"""Which labels there are: known from the texts to learn from, and asked of all others."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from lexloom.errors import FormatError
from lexloom.oddities import tell_oddity

__all__ = ["known_labels", "split_labels"]

_SHOWN = 5
_PYTHONS = re.compile(r"\['.*'\]")


def known_labels(labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Put the labels of the texts to learn from in order; the other parts may have no others.

    Parameters
    ----------
    labels
        All labels of each part, by its name.

    Returns
    -------
    tuple of str
        The labels of ``train``. A warning tells of those that a single text has.

    Raises
    ------
    FormatError
        If there are fewer than two, or another part has others.
    """
    counts = Counter(labels["train"])
    if len(counts) < 2:
        shown = ", ".join(f"{label!r} ({n:,} texts)" for label, n in counts.items()) or "no text"
        raise FormatError(f"a classifier needs at least two labels to learn, got {shown}.")
    for name, own in labels.items():
        strange = Counter(label for label in own if label not in counts)
        if strange:
            raise FormatError(
                f"{name} has labels that no text of train has: {_told(strange, counts)}. Those of "
                f"train are {_listed(counts)}."
            )
    rare = [label for label, n in counts.items() if n == 1]
    if rare:
        usual = [label for label, n in counts.items() if n > 1]
        told = ", ".join(_beside(repr(label), _near(label, usual)) for label in rare[:_SHOWN])
        tell_oddity(f"{len(rare):,} of {len(counts):,} labels have a single text: {told}. A slip?")
    return tuple(sorted(counts))


def _told(strange: Counter[str], known: Counter[str]) -> str:
    """List labels that nobody knows, each with the one that may have been meant."""
    told = []
    for label, n in strange.most_common(_SHOWN):
        told.append(_beside(repr(label), f"{n:,} texts", _near(label, known)))
    return ", ".join(told) + (" …" if len(strange) > _SHOWN else "")


def _near(label: str, known: Iterable[str]) -> str:
    """Name the label that may have been meant; nothing where none is near."""
    near = difflib.get_close_matches(label, list(known), 1)
    return f"{near[0]!r}?" if near else ""


def _beside(label: str, *told: str) -> str:
    """Put what there is to say of a label behind it."""
    said = "; ".join(filter(None, told))
    return f"{label} ({said})" if said else label


def _listed(counts: Counter[str]) -> str:
    """List labels with how many texts have each."""
    shown = ", ".join(f"{label!r} ({n:,})" for label, n in counts.most_common(_SHOWN))
    return shown + (f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else "")


def split_labels(written: str, separator: str) -> list[str]:
    """Part labels that are written in one: a JSON list, or with something between them.

    Parameters
    ----------
    written
        As ``'["a", "b"]'`` or ``"a,b"``.
    separator
        What stands between them if they are no list.

    Returns
    -------
    list of str
        The labels.

    Raises
    ------
    FormatError
        If it is a list of Python, which is none in JSON.
    """
    if written.startswith("["):
        try:
            listed = json.loads(written)
        except ValueError:
            listed = None
        if isinstance(listed, list) and all(isinstance(label, str) for label in listed):
            return listed
        if _PYTHONS.fullmatch(written):
            raise FormatError(
                f"labels must be a list in JSON, got one of Python: {written:.60}.",
                'Write ["a", "b"], or the labels with what separator says between them.',
            )
    return [label.strip() for label in written.split(separator) if label.strip()]
