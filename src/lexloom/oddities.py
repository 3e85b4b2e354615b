"""Warnings of what is odd about what was given, at the line of the caller's own program."""

from __future__ import annotations

import sys
import warnings

__all__ = ["tell_oddity"]

_OWN = {__name__.partition(".")[0], "contextlib"}
"""Modules between what was odd and who called; a decorator made of a generator is contextlib's."""


def tell_oddity(what: str) -> None:
    """Warn, naming the line that called this library, however deep the oddity was found.

    Parameters
    ----------
    what
        A sentence.
    """
    frame, level = sys._getframe(1), 1  # the only way to the caller's line
    while frame.f_back is not None and _is_own(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(what, UserWarning, stacklevel=level + 1)


def _is_own(module: str) -> bool:
    """Say whether a module is of this library."""
    return module.partition(".")[0] in _OWN
