"""Heat maps: the page holds the very numbers, and words that are hostile stay words."""

from __future__ import annotations

import itertools
import json
import re

import numpy as np
import pytest
from tests.unit.reporting.test_pages import HOSTILE, Reader

from lexloom.errors import SettingError, ShapeError
from lexloom.reporting import heat_map
from lexloom.reporting.heat_map import DECIMALS, Choice, Line, draw_heat_map
from lexloom.reporting.page import Section, render_page


def numbers_of(drawn: str) -> tuple[dict, np.ndarray]:
    """What the script of a page finds in a heat map: its data, and its numbers in their shape."""
    data = json.loads(Reader(drawn).raw["script"][0])
    shape = [*data["shape"], len(data["rows"]), len(data["columns"])]
    return data, np.array(data["values"]).reshape(shape) * data["unit"]


def test_the_numbers_are_those_of_the_array():
    values = np.random.default_rng(1).uniform(-1, 1, (3, 2, 4, 5)).astype(np.float32)
    choices = [Choice("layer", "abc"), Choice("head", "de")]
    drawn = draw_heat_map(
        values, [Line(w) for w in "wxyz"], [Line(w) for w in "12345"], choices=choices, label="it"
    )
    data, shown = numbers_of(drawn)
    assert shown == pytest.approx(values, abs=0.5 * 10**-DECIMALS + 1e-7)
    assert [name for name, _ in data["rows"]] == list("wxyz")
    options = [tag for tag, _ in Reader(drawn).elements if tag in {"select", "option"}]
    assert options == ["select", *["option"] * 3, "select", *["option"] * 2]


def test_hostile_words_stay_words():
    lines = [Line(HOSTILE, [HOSTILE]), Line("=cmd|' /C calc'!A0\n\x1b[31m")]
    drawn = draw_heat_map(
        np.eye(2)[None], lines, lines, choices=[Choice(HOSTILE, [HOSTILE])], label=HOSTILE
    )
    page = render_page(HOSTILE, [Section("it", [drawn])])
    assert "<img" not in page and "alert(1)</script>" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\u2028]", page)
    data, _ = numbers_of(drawn)
    assert data["rows"][0][0].startswith("</script><script>alert(1)")
    scripts = [attributes for tag, attributes in Reader(page).elements if tag == "script"]
    assert [script.get("type") for script in scripts] == ["application/json", None]
    assert not re.search(r"(?:https?:)?//[a-z]", page)


@pytest.mark.parametrize("shape", [(2, 3), (0, 2), (2,), (1, 2, 2)])
def test_numbers_that_do_not_fit_are_refused(shape: tuple[int, ...]):
    with pytest.raises(ShapeError, match=r"a heat map needs numbers of shape \(2, 2\)"):
        draw_heat_map(np.zeros(shape), [Line("a")] * 2, [Line("b")] * 2, label="it")


def test_nothing_to_show_is_refused():
    with pytest.raises(ShapeError, match="none of it 0"):
        draw_heat_map(np.zeros((0, 1)), [], [Line("a")], label="it")


def test_more_than_a_page_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heat_map, "MOST_NUMBERS", 8)
    lines = [Line(str(i)) for i in range(3)]
    with pytest.raises(SettingError, match="at most 8 numbers, this map has 9"):
        draw_heat_map(np.zeros((3, 3)), lines, lines, label="it")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_are_finite(bad: float):
    with pytest.raises(SettingError, match="must be finite"):
        draw_heat_map([[bad]], [Line("a")], [Line("a")], label="it")


def test_every_combination_can_be_chosen():
    choices = [Choice("a", "xy"), Choice("b", "zuv")]
    values = np.arange(6.0).reshape(2, 3, 1, 1)
    data, _ = numbers_of(
        draw_heat_map(values, [Line("r")], [Line("c")], choices=choices, label="it", lowest=0.0)
    )
    assert data["shape"] == [2, 3] and data["lowest"] == 0
    # The script counts combinations as C does, the last choice fastest.
    places = [a * 3 + b for a, b in itertools.product(range(2), range(3))]
    assert [data["values"][place] * data["unit"] for place in places] == pytest.approx(range(6))
