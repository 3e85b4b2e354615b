"""Words never seen none of whose n-grams has a row: their vectors are zero, which is told once."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from contextvars import ContextVar

from lexloom.oddities import tell_oddity

__all__ = ["gathered", "note", "told_once", "warn_of"]

_SHOWN = 5
_gathering: ContextVar[dict[str, None] | None] = ContextVar("_gathering", default=None)
"""Where words are noted while a question that looks up several times is being answered."""


def note(words: Iterable[str]) -> None:
    """Keep words for the one warning of the question, or warn now where nobody gathers."""
    found, gathering = dict.fromkeys(words), _gathering.get()
    if gathering is None:
        warn_of(found)
    else:
        gathering.update(found)


@contextlib.contextmanager
def gathered() -> Iterator[dict[str, None]]:
    """Gather the words that are noted, without a warning.

    Yields
    ------
    dict
        The words so far, each once, in order.
    """
    found: dict[str, None] = {}
    token = _gathering.set(found)
    try:
        yield found
    finally:
        _gathering.reset(token)


@contextlib.contextmanager
def told_once() -> Iterator[None]:
    """Make one warning of the words that are noted; a question within a question leaves it to it.

    Yields
    ------
    None
        It is a decorator too.
    """
    if _gathering.get() is not None:
        yield
        return
    with gathered() as found:
        yield
    warn_of(found)


def warn_of(words: Collection[str]) -> None:
    """Warn of such words, if there are any.

    Parameters
    ----------
    words
        The words, each once.
    """
    if not words:
        return
    shown = ", ".join(map(repr, list(words)[:_SHOWN]))
    more = ", …" if len(words) > _SHOWN else ""
    whose = "1 unseen word" if len(words) == 1 else f"{len(words):,} unseen words"
    tell_oddity(f"no n-gram of {whose} has a row, so that the vector is zero: {shown}{more}.")
