"""Templates name fields plainly, and nothing in a record is looked at twice."""

from __future__ import annotations

import pytest

from lexloom.errors import SettingError
from lexloom.finetuning.generating.template import Template


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{title}\n", "春晓\n"),
        ("题目：{title}（{作 者}）", "题目：春晓（{title}）"),
        ("{{title}} {title}}}", "{title} 春晓}"),
        ("{{{title}}}", "{春晓}"),
        ("{1}{1}", "一一"),
        ("no gap", "no gap"),
        ("", ""),
    ],
)
def test_gaps_are_filled(text: str, filled: str):
    record = {"title": "春晓", "作 者": "{title}", "1": "一"}
    assert Template.of(text).fill(record) == filled


@pytest.mark.parametrize("part", ["{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{}", "{ }"])
def test_nothing_clever_stands_in_braces(part: str):
    with pytest.raises(SettingError, match=r"prompt must name fields plainly, as \{title\}, got"):
        Template.of(f"x {part}", "prompt")


@pytest.mark.parametrize("text", ["{title", "title}", "{{a}", "{a{b}}", "}{"])
def test_a_brace_alone_is_told(text: str):
    with pytest.raises(SettingError, match="that stands alone"):
        Template.of(text)


def test_fields_are_known():
    assert Template.of("{a}: {b} {a}").fields == ("a", "b", "a")
