"""Pages: everything inside one file, nothing from outside runs, hostile words stay words."""

import base64
import hashlib
import html.parser
import json
import re

import numpy as np
import pytest

from lexloom.errors import SettingError
from lexloom.reporting.curves import Curve, draw_curves
from lexloom.reporting.page import Section, data_block, items, paragraph, render_page
from lexloom.reporting.tables import Table
from lexloom.reporting.word_map import MapWord, draw_map, tone_step

HOSTILE = "</script><script>alert(1)</script><img onerror=x>\x1b[0m\u2028&\"'"


@pytest.fixture
def page() -> str:
    words = [MapWord(HOSTILE, 0.5, -0.5, 1.0, 6, (HOSTILE,)), MapWord("质量", 0, 0, 0.2, 0)]
    body = [
        paragraph(HOSTILE),
        items([HOSTILE]),
        Table((HOSTILE,), ((HOSTILE,),)).to_html(),
        draw_curves([Curve(HOSTILE, [2.0, 1.0])], x_name=HOSTILE, y_name=HOSTILE),
        draw_map(words, palette="tone", legend=[(0, HOSTILE)], label=HOSTILE, find=HOSTILE),
    ]
    return render_page(HOSTILE, [Section(HOSTILE, body)], language="zh")


class Reader(html.parser.HTMLParser):
    """Collects elements and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] in self.raw and data.strip():
            self.raw[self.elements[-1][0]].append(data)


def test_nothing_is_fetched(page):
    assert not re.search(r"(?:https?:)?//[a-z]", page)
    for tag, attributes in Reader(page).elements:
        assert not {"src", "href", "srcset", "style", "onerror"} & set(attributes), tag
        assert tag not in {"link", "img", "iframe", "object", "base"}


def test_only_our_script_runs(page):
    reader = Reader(page)
    scripts = [attributes for tag, attributes in reader.elements if tag == "script"]
    assert [script.get("type") for script in scripts] == ["application/json", None]
    policy = next(
        attributes["content"] for tag, attributes in reader.elements if "http-equiv" in attributes
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, text in (("style", reader.raw["style"][0]), ("script", reader.raw["script"][-1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_hostile_words_stay_words(page):
    assert "<img" not in page
    assert "alert(1)</script>" not in page
    assert "\x1b" not in page
    assert "\u2028" not in page
    data = json.loads(Reader(page).raw["script"][0])
    assert data["words"][0].startswith("</script><script>alert(1)")


def test_the_page_is_for_phones_and_both_lights(page):
    assert '<html lang="zh">' in page
    assert "width=device-width" in page
    assert "prefers-color-scheme: dark" in page


def test_data_holds_no_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        data_block("map", [float("nan")])


@pytest.mark.parametrize(
    "values", [[1.0], [2.0, 2.0], [0.0, 0.0], [1e-9, 2e-9], [-1e9, 1e9, 3.0], [3.0] * 200]
)
def test_curves_stay_inside_the_drawing(values):
    drawn = draw_curves([Curve("loss", values), Curve("none", [])], x_name="epoch", y_name="loss")
    places = re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)"', drawn)
    assert len(places) == len(values)
    assert all(0 <= float(x) <= 720 and 0 <= float(y) <= 300 for x, y in places)
    assert "none" not in drawn


def test_curves_have_a_gap_where_nothing_was_measured():
    values = [None, 2.0, 1.5, None, 1.0]
    unknown = Curve("unknown", [None] * 5)
    drawn = draw_curves([Curve("loss", values), unknown], x_name="epoch", y_name="loss")
    titles = re.findall(r"<title>(.*?)</title>", drawn)
    assert titles == ["loss, 2: 2", "loss, 3: 1.5", "loss, 5: 1"]
    points = re.findall(r'<polyline points="(.*?)"', drawn)
    assert [len(line.split()) for line in points] == [2, 1]
    assert "unknown" not in drawn


@pytest.mark.parametrize("values", [[], [None], [float("nan")], [1.0, float("inf")]])
def test_curves_need_finite_points(values):
    with pytest.raises(SettingError, match="at least one point and finite values only"):
        draw_curves([Curve("loss", values)], x_name="epoch", y_name="loss")


def test_heavier_words_come_first_on_a_map():
    words = [MapWord("light", 0, 0, 0.1, 0), MapWord("heavy", np.float32(0.1), 0, 0.9, 1)]
    drawn = draw_map(words, palette="group", legend=[], label="map")
    assert drawn.index("heavy") < drawn.index("light")


@pytest.mark.parametrize(("x", "color"), [(float("nan"), 0), (0.0, 7), (0.0, -1)])
def test_a_map_refuses_words_without_a_place_or_colour(x, color):
    with pytest.raises(SettingError, match="must be finite and its color below 7"):
        draw_map([MapWord("a", x, 0, 1, color)], palette="tone", legend=[], label="map")


def test_tones():
    assert [tone_step(tone) for tone in (-9, -1, 0, 1, 9)] == [0, 0, 3, 6, 6]
