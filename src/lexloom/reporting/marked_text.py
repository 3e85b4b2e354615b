"""A text whose words are coloured by a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lexloom.reporting.page import escaped
from lexloom.reporting.tables import Markup

__all__ = ["Mark", "marked_text"]

_STEPS = 4


@dataclass(frozen=True)
class Mark:
    """A stretch of a text and its number.

    Attributes
    ----------
    start, end
        Its first character and the one behind its last.
    weight
        The number; the sign decides the colour, the size how strong it is.
    """

    start: int
    end: int
    weight: float


def marked_text(text: str, marks: Sequence[Mark]) -> Markup:
    """Write a text as one element, its marked stretches coloured.

    Parameters
    ----------
    text
        Plain text.
    marks
        In order, none over another.

    Returns
    -------
    Markup
        HTML; each stretch shows its number when it is pointed at.
    """
    largest = max((abs(mark.weight) for mark in marks), default=0.0)
    parts, place = [], 0
    for mark in marks:
        parts.append(escaped(text[place : mark.start]))
        step = round(_STEPS * abs(mark.weight) / largest) if largest else 0
        sign = "for" if mark.weight > 0 else "against"
        within = escaped(text[mark.start : mark.end])
        parts.append(f'<mark class="{sign}-{step}" title="{mark.weight:+.2f}">{within}</mark>')
        place = mark.end
    parts.append(escaped(text[place:]))
    return Markup(f'<p class="marked">{"".join(parts)}</p>')
