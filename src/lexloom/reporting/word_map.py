"""A map of words for a page: hover, search, drag and zoom, drawn by the page's own script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lexloom.errors import SettingError
from lexloom.reporting.page import Markup, data_block, escaped
from lexloom.reporting.tables import printable

__all__ = ["GROUPS", "TONES", "MapWord", "draw_map", "tone_step"]

TONES = 7
"""Steps of the palette from one pole to the other."""

GROUPS = 8
"""Colours that tell groups apart."""

DECIMALS = 4


@dataclass(frozen=True)
class MapWord:
    """A word and its place.

    Attributes
    ----------
    word
        The word.
    x, y
        Its place, -1 to 1.
    weight
        How much it matters, 0 to 1: it decides the size of the dot and whose name is shown first.
    color
        Its step of the palette, counted from 0.
    details
        Lines shown on hover.
    """

    word: str
    x: float
    y: float
    weight: float
    color: int
    details: Sequence[str] = ()


def tone_step(tone: float) -> int:
    """Find the step of the tone palette for a number between two poles.

    Parameters
    ----------
    tone
        -1 (one pole) to 1 (the other); beyond counts as the pole.

    Returns
    -------
    int
        0 to 6; 3 is the middle.
    """
    clipped = min(max(tone, -1.0), 1.0)
    return round((clipped + 1) / 2 * (TONES - 1))


def draw_map(
    words: Sequence[MapWord],
    *,
    palette: Literal["tone", "group"],
    legend: Sequence[tuple[int, str]],
    label: str,
    find: str = "find a word",
) -> Markup:
    """Draw a map of words; without a script it says nothing, so give the facts in a table too.

    Parameters
    ----------
    words
        The words and their places, finite.
    palette
        ``"tone"`` runs between two poles, ``"group"`` tells groups apart.
    legend
        Steps of the palette and what they mean.
    label
        What the map shows, for those who cannot see it.
    find
        What the search field says while it is empty.

    Returns
    -------
    Markup
        One figure.

    Raises
    ------
    SettingError
        If a place is not finite or a colour is none of the palette's.
    """
    steps = TONES if palette == "tone" else GROUPS
    for word in words:
        if not (math.isfinite(word.x) and math.isfinite(word.y) and 0 <= word.color < steps):
            raise SettingError(
                f"the place of {word.word!r} must be finite and its color below {steps}, "
                f"got ({word.x}, {word.y}) and {word.color}."
            )
    ordered = sorted(words, key=lambda word: -word.weight)
    data = {
        "palette": palette,
        "words": [printable(word.word) for word in ordered],
        "x": [round(float(word.x), DECIMALS) for word in ordered],
        "y": [round(float(word.y), DECIMALS) for word in ordered],
        "weight": [round(float(word.weight), DECIMALS) for word in ordered],
        "color": [int(word.color) for word in ordered],
        "details": [[printable(line) for line in word.details] for word in ordered],
    }
    keys = "".join(
        f'<span class="key {palette}-{step}">{escaped(meaning)}</span>' for step, meaning in legend
    )
    return Markup(
        '<figure class="map"><figcaption class="tools">'
        f'<input type="search" placeholder="{escaped(find)}" aria-label="{escaped(find)}">'
        '<button type="button" data-zoom="1.5" aria-label="zoom in">+</button>'
        '<button type="button" data-zoom="0.667" aria-label="zoom out">−</button>'
        f'<button type="button" data-zoom="0" aria-label="show all">⟲</button> {keys}</figcaption>'
        '<div class="stage"><canvas tabindex="0" role="img" '
        f'aria-label="{escaped(label)}"></canvas>'
        f'<div class="tip" role="status" hidden></div></div>{data_block("map", data)}</figure>'
    )
