"""Which language a text is in, as far as cutting it into words needs to know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Scripts", "count_scripts", "guess_language"]

Guess = Literal["zh", "en", "spaces"]
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
KANA = re.compile("[\u3041-\u30ff]")
HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
OTHER = re.compile(r"[^\W\d_A-Za-z]")
HAN_RUN = re.compile(f"{HAN.pattern}+")
MIN_HAN_SHARE = 0.2
MAX_SEGMENTED_RUN = 3.0
"""Han text whose unbroken runs are shorter than this on average is cut into words already."""


@dataclass(frozen=True)
class Scripts:
    """How many letters of each script a text holds, and how its Han letters stand together."""

    han: int
    kana: int
    hangul: int
    latin: int
    other: int
    mean_han_run: float

    @property
    def n_letters(self) -> int:
        """Letters in all."""
        return self.han + self.kana + self.hangul + self.latin + self.other


def count_scripts(text: str) -> Scripts:
    """Count the letters of `text` by script."""
    n_han, n_kana, n_hangul, n_latin = (
        len(pattern.findall(text)) for pattern in (HAN, KANA, HANGUL, LATIN)
    )
    letters = len(OTHER.findall(text)) + len(re.findall("[A-Za-z]", text))
    n_runs = len(HAN_RUN.findall(text))
    other = max(0, letters - n_han - n_kana - n_hangul - n_latin)
    return Scripts(n_han, n_kana, n_hangul, n_latin, other, n_han / n_runs if n_runs else 0.0)


def guess_language(text: str) -> Guess:
    """Guess how `text` is cut into words.

    Parameters
    ----------
    text
        A sample; some thousand characters are enough.

    Returns
    -------
    {"zh", "en", "spaces"}
        ``"zh"``: at least a fifth of the letters are Han, and they stand in long runs;
        ``"spaces"``: so, but a blank stands every two or three letters: it is cut already;
        ``"en"``: anything else, whose words stand apart by blanks and punctuation.
    """
    scripts = count_scripts(text)
    if scripts.han + scripts.kana < MIN_HAN_SHARE * max(scripts.n_letters, 1) or not scripts.han:
        return "en"
    return "spaces" if scripts.mean_han_run < MAX_SEGMENTED_RUN and " " in text else "zh"
