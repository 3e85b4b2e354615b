"""Curves as SVG: drawn once, no script needed, colours from the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lexloom.errors import SettingError
from lexloom.reporting.page import Markup, escaped

__all__ = ["Curve", "draw_curves"]

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 48
TICKS = 5


@dataclass(frozen=True)
class Curve:
    """A line through points at x = 1, 2, 3, ….

    Attributes
    ----------
    name
        For the legend.
    values
        Finite numbers; None where nothing was measured, which leaves a gap in the line.
    """

    name: str
    values: Sequence[float | None]


def draw_curves(curves: Sequence[Curve], *, x_name: str, y_name: str) -> Markup:
    """Draw curves over the same axes, with a legend; each point tells its value on hover.

    Parameters
    ----------
    curves
        At least one point in all; a curve without points is left out.
    x_name
        What the axis across counts.
    y_name
        What the axis up counts.

    Returns
    -------
    Markup
        One figure.

    Raises
    ------
    SettingError
        If there is no point, or a value is not finite.
    """
    curves = [curve for curve in curves if any(value is not None for value in curve.values)]
    values = [float(value) for curve in curves for value in curve.values if value is not None]
    if not values or not all(map(math.isfinite, values)):
        raise SettingError("curves need at least one point and finite values only.")
    n = max(len(curve.values) for curve in curves)
    ticks = _ticks(min(values), max(values))
    axes = _Axes(n, ticks[0], ticks[-1])
    parts = [_grid(axes, ticks, n), *(_line(axes, curve, i) for i, curve in enumerate(curves))]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escaped(x_name)}</text>'
    )
    legend = "".join(
        f'<span class="key series-{i}">{escaped(curve.name)}</span>'
        for i, curve in enumerate(curves)
    )
    return Markup(
        f'<figure class="curves"><figcaption>{escaped(y_name)} {legend}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(y_name)}">'
        f"{''.join(parts)}</svg></figure>"
    )


@dataclass(frozen=True)
class _Axes:
    """Turns points into places of the drawing."""

    n: int
    low: float
    high: float

    def x(self, i: int) -> float:
        """Place point `i`, counted from 0."""
        share = 0.5 if self.n == 1 else i / (self.n - 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Place a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _ticks(low: float, high: float) -> list[float]:
    """Choose round numbers, about `TICKS` of them, from below the lowest to above the highest."""
    span = (high - low) or abs(high) or 1.0
    rough = span / (TICKS - 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * i, 12) for i in range(first, max(last, first + 1) + 1)]


def _grid(axes: _Axes, ticks: Sequence[float], n: int) -> str:
    """Draw the lines behind the curves and the numbers beside them."""
    parts = []
    for tick in ticks:
        y = axes.y(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    every = math.ceil(n / 10)
    for i in range(0, n, every):
        parts.append(
            f'<text x="{axes.x(i)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{i + 1}</text>'
        )
    return "".join(parts)


def _line(axes: _Axes, curve: Curve, number: int) -> str:
    """Draw one curve and its points."""
    lines, dots, run = [], [], []
    for i, value in enumerate([*curve.values, None]):
        if value is not None:
            x, y = axes.x(i), axes.y(value)
            run.append(f"{x},{y}")
            dots.append(
                f'<circle cx="{x}" cy="{y}" r="3.5"><title>{escaped(curve.name)}, {i + 1}: '
                f"{value:.4g}</title></circle>"
            )
        elif run:
            lines.append(f'<polyline points="{" ".join(run)}"/>')
            run = []
    return f'<g class="series-{number}">{"".join(lines + dots)}</g>'
