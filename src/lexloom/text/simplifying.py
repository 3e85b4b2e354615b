"""Traditional Chinese characters written as simplified ones."""

from __future__ import annotations

import functools
from typing import Any

from lexloom.errors import MissingExtraError

__all__ = ["simplify"]


@functools.cache
def _simplifier() -> Any:
    """Give opencc's converter from traditional to simplified Chinese."""
    try:
        import opencc
    except ImportError as error:
        raise MissingExtraError(
            "simplified=True needs opencc, which is not installed.",
            "pip install 'lexloom[traditional]'",
        ) from error
    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Write traditional Chinese characters as simplified ones.

    Raises
    ------
    MissingExtraError
        If opencc is not installed.
    """
    return _simplifier().convert(text)
