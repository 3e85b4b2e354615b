"""What a matrix of vectors, a number of words, and a list of them must be."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from lexloom.arrays import Vectors
from lexloom.errors import SettingError, ShapeError
from lexloom.text.vocabulary import Vocabulary

__all__ = ["check_finite", "check_number", "checked_matrix", "listed_words"]

ROWS_AT_ONCE = 1 << 14


def checked_matrix(matrix: Any, vocabulary: Vocabulary) -> Vectors:
    """Take a finite matrix (V, D) as float32, read-only.

    Raises
    ------
    ShapeError
        If it has another shape, or a number that is not finite.
    """
    array = np.ascontiguousarray(matrix, np.float32)
    if array.ndim != 2 or array.shape[0] != len(vocabulary) or array.shape[1] < 1:
        raise ShapeError(
            f"expected a matrix of shape ({len(vocabulary)}, D) for {len(vocabulary)} words, "
            f"got {array.shape}."
        )
    check_finite(array, vocabulary)
    if array.flags.writeable and array.base is not None:
        array = array.copy()
    array.flags.writeable = False
    return array


def check_number(number: object, what: str) -> None:
    """Refuse a number of words that is no whole number from 1 on.

    Raises
    ------
    SettingError
        If it is another; a bool is none, though Python counts with it.
    """
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise SettingError(f"{what} must be a whole number, got {number!r}.")
    if number < 1:
        raise SettingError(f"{what} must be at least 1, got {number}.")


def check_finite(matrix: Vectors, vocabulary: Vocabulary) -> None:
    """Refuse NaN and infinity.

    Raises
    ------
    ShapeError
        If a number is not finite; names the first word that has one.
    """
    for first in range(0, len(matrix), ROWS_AT_ONCE):
        is_finite = np.isfinite(matrix[first : first + ROWS_AT_ONCE]).all(axis=1)
        if not is_finite.all():
            word_id = first + int(np.argmin(is_finite))
            raise ShapeError(
                f"the vector of {vocabulary.word(word_id)!r} (row {word_id}) has NaN or infinity; "
                "every number must be finite."
            )


def listed_words(words: Any, asker: str, least: int = 1) -> list[Any]:
    """Take words as a list that holds some.

    Parameters
    ----------
    words
        The words.
    asker
        Who asks, by name.
    least
        How many there must be at least, 1 or 2.

    Returns
    -------
    list
        The words.

    Raises
    ------
    SettingError
        If they are no list, or too few.
    """
    listed = [] if isinstance(words, str) or not isinstance(words, Iterable) else list(words)
    if len(listed) < least:
        some = "one word" if least == 1 else "two words"
        raise SettingError(f"{asker} needs a list of at least {some}, got {reprlib.repr(words)}.")
    return listed
