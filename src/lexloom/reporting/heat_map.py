"""Heat maps for a page: a number for each pair of words as a colour, drawn by its script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lexloom.errors import SettingError, ShapeError
from lexloom.reporting.page import Markup, data_block, escaped
from lexloom.reporting.tables import printable

__all__ = ["DECIMALS", "Choice", "Line", "draw_heat_map"]

DECIMALS = 4
"""Numbers are kept so exactly on a page."""

MOST_NUMBERS = 4_000_000


class Line(NamedTuple):
    """A row or a column of a heat map.

    name: the word that stands beside it. details: lines shown on hover.
    """

    name: str
    details: Sequence[str] = ()


class Choice(NamedTuple):
    """What can be chosen on the page.

    name: what is chosen, as ``layer``. options: what there is, in the order of the numbers.
    """

    name: str
    options: Sequence[str]


def draw_heat_map(
    values: ArrayLike,
    rows: Sequence[Line],
    columns: Sequence[Line],
    *,
    choices: Sequence[Choice] = (),
    label: str,
    lowest: float | None = None,
) -> Markup:
    """Draw numbers of pairs as colours; hover, touch or the arrow keys tell each number.

    Parameters
    ----------
    values
        float (…, R, C), finite: for each combination of choices a number for each row and column.
    rows
        R of them.
    columns
        C of them.
    choices
        One for each dimension before the rows.
    label
        What the map shows, for those who cannot see it.
    lowest
        The number that has no colour; by default the least that is shown.

    Returns
    -------
    Markup
        One figure.

    Raises
    ------
    SettingError
        If a number is not finite, or there are more than a page can hold.
    ShapeError
        If the numbers are not as many as choices, rows and columns ask for, or none.
    """
    numbers = np.asarray(values, np.float64)
    expected = (*(len(choice.options) for choice in choices), len(rows), len(columns))
    if numbers.shape != expected or 0 in expected:
        raise ShapeError(
            f"a heat map needs numbers of shape {expected}, none of it 0, got {numbers.shape}."
        )
    if numbers.size > MOST_NUMBERS:
        raise SettingError(
            f"a page holds at most {MOST_NUMBERS:,} numbers, this map has {numbers.size:,}.",
            "Show a shorter text, or fewer layers.",
        )
    if not np.isfinite(numbers).all():
        raise SettingError("the numbers of a heat map must be finite.")
    data: dict[str, Any] = {
        "rows": _written(rows),
        "columns": _written(columns),
        "shape": list(expected[:-2]),
        "lowest": lowest,
        "unit": 10**-DECIMALS,
        "values": np.rint(numbers.ravel() * 10**DECIMALS).astype(np.int64).tolist(),
    }
    selects = "".join(
        f"<label>{escaped(choice.name)} <select>{_options(choice)}</select></label>"
        for choice in choices
    )
    return Markup(
        f'<figure class="heat"><figcaption class="tools">{selects}'
        '<span class="scale"><span class="low"></span><span class="ramp"></span>'
        '<span class="high"></span></span></figcaption>'
        '<div class="stage"><canvas tabindex="0" role="img" '
        f'aria-label="{escaped(label)}"></canvas>'
        f'<div class="tip" role="status" hidden></div></div>{data_block("heat", data)}</figure>'
    )


def _written(lines: Sequence[Line]) -> list[list[Any]]:
    """Give each line for the page's script."""
    return [[printable(line.name), [printable(each) for each in line.details]] for line in lines]


def _options(choice: Choice) -> str:
    """Give what can be chosen as HTML."""
    return "".join(f"<option>{escaped(option)}</option>" for option in choice.options)
