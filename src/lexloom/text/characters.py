"""What each character does to a word, as tables over all code points, made when first asked for.

=====================  =============================================================
character              in words of spaced languages
=====================  =============================================================
letter, number         begins a word or goes on with it (Unicode L*, N*)
mark, joiner           goes on with it (M*, U+200C, U+200D)
' and ’                joins two word characters; ’ is written as '
. and ,                joins two decimal digits: 3.14, 1,000
Han character          is a word by itself
soft hyphen            goes on with it, and is written: it is rare
anything else          ends it; if punctuation is kept, marks and symbols (P*, S*) are words, as are
                       apostrophes and points that join nothing
=====================  =============================================================
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lexloom.kernels import words as kernel

__all__ = ["CharacterRule", "character_classes", "is_blank", "lower_case"]

CharacterRule = Literal["words", "characters", "spaces", "marked"]

N_CODES = sys.maxunicode + 1
_ASSIGNED = (range(0x323B0), range(0xE0100, 0xE01F0))
"""Where Unicode has assigned letters, marks and numbers; the rest is private or unused."""

_CLASS_OF_CATEGORY = {"L": kernel.LETTER, "N": kernel.LETTER, "M": kernel.MARK}
_HAN = (
    (0x2E80, 0x2FD5),
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)
_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana extensions
)


def is_blank(character: str) -> bool:
    """Say whether a character is blank: Unicode white space, a control, U+200B or U+FEFF."""
    return (
        character.isspace()
        or character in "\u200b\ufeff"
        or unicodedata.category(character) == "Cc"
    )


@functools.cache
def _spaced_classes() -> NDArray[np.uint8]:
    """Give the class of each code point in spaced languages: uint8 (1,114,112)."""
    classes = np.full(N_CODES, kernel.OTHER, np.uint8)
    for codes in _ASSIGNED:
        names = [unicodedata.category(chr(code)) for code in codes]
        classes[codes.start : codes.stop] = [
            kernel.DIGIT if name == "Nd" else _CLASS_OF_CATEGORY.get(name[0], kernel.OTHER)
            for name in names
        ]
    for joiner in "\u200c\u200d\u00ad":
        classes[ord(joiner)] = kernel.MARK
    for apostrophe in "'\u2019":
        classes[ord(apostrophe)] = kernel.APOSTROPHE
    for point in ".,":
        classes[ord(point)] = kernel.POINT
    _set_single(classes, _HAN)
    classes.flags.writeable = False
    return classes


def _set_single(classes: NDArray[np.uint8], ranges: tuple[tuple[int, int], ...]) -> None:
    """Make letters and numbers in these ranges words by themselves, in place."""
    for first, last in ranges:
        part = classes[first : last + 1]
        part[(part == kernel.LETTER) | (part == kernel.DIGIT)] = kernel.SINGLE


@functools.cache
def _is_punctuation() -> NDArray[np.bool_]:
    """Say whether each code point is a mark between words or a symbol: bool (1,114,112)."""
    found = np.zeros(N_CODES, np.bool_)
    codes = _ASSIGNED[0]
    found[codes.start : codes.stop] = [unicodedata.category(chr(code))[0] in "PS" for code in codes]
    return found


@functools.cache
def character_classes(rule: CharacterRule, *, punctuation: bool = False) -> NDArray[np.uint8]:
    """Give what each code point does to a word.

    Parameters
    ----------
    rule
        ``"words"`` for spaced languages; ``"characters"`` also makes every letter of a script
        without spaces a word; ``"spaces"`` ends words at blanks only; ``"marked"`` too, but a word
        begins with a letter or number.
    punctuation
        Whether marks between words and symbols are, or begin, words too.

    Returns
    -------
    NDArray
        uint8 (1,114,112), one of the kernel's classes for each code point, read-only.
    """
    spaced = _spaced_classes()
    if rule in ("words", "characters"):
        classes = spaced.copy()
        if rule == "characters":
            _set_single(classes, _WITHOUT_SPACES)
        if punctuation:
            classes[_is_punctuation() & (spaced == kernel.OTHER)] = kernel.SINGLE
    else:
        classes = np.full(N_CODES, kernel.LETTER, np.uint8)
        if rule == "marked":
            begins = np.isin(spaced, (kernel.LETTER, kernel.DIGIT, kernel.SINGLE))
            classes[~(begins | (_is_punctuation() & punctuation))] = kernel.MARK
        blanks = [code for code in range(0x10000) if not 0xD800 <= code < 0xE000]
        classes[[code for code in blanks if is_blank(chr(code))]] = kernel.OTHER
    classes.flags.writeable = False
    return classes


@functools.cache
def lower_case(lowercase: bool, rule: CharacterRule) -> NDArray[np.int32]:
    """Give the code point to write for each code point: int32 (1,114,112), read-only.

    Lower case goes character by character: a capital Σ becomes σ wherever it stands, and İ
    becomes i. Where apostrophes join, ’ is written as '.
    """
    folds = np.arange(N_CODES, dtype=np.int32)
    if lowercase:
        for code in range(0x1E944):
            lower = chr(code).lower()
            if lower != chr(code):
                folds[code] = ord(lower[0])
    if rule in ("words", "characters"):
        folds[0x2019] = ord("'")
    folds.flags.writeable = False
    return folds
