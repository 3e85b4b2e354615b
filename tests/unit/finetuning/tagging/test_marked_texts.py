"""Spans that somebody marked in running texts become tags, and no span is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.evaluation.metrics.spans import spans_of
from lexloom.finetuning.tagging.marked_texts import (
    holds_marked,
    marked_rows,
    read_marked,
    sentences_of_marked,
)
from lexloom.finetuning.tagging.tagged_sentences import TaggedSentence, pairs_of_two


def test_english_is_cut_into_words_and_marks():
    text = "Ada Lovelace lived in London."
    (made,) = sentences_of_marked([(text, [(0, 12, "PER"), (22, 28, "LOC")])])
    assert made.units == ("Ada", "Lovelace", "lived", "in", "London", ".")
    assert made.tags == ("B-PER", "I-PER", "O", "O", "B-LOC", "O")


def test_chinese_is_cut_into_characters():
    (made,) = sentences_of_marked([("他在 北京。", [(3, 5, "LOC")])])
    assert made.units == tuple("他在北京。") and made.tags == ("O", "O", "B-LOC", "I-LOC", "O")


def test_a_word_is_cut_where_a_span_begins_or_ends_in_it():
    with pytest.warns(UserWarning, match="1 words were cut"):
        (made,) = sentences_of_marked([("preLondon", [(3, 9, "LOC")])])
    assert made.units == ("pre", "London") and made.tags == ("O", "B-LOC")


@given(st.text(alphabet="ab 京都。", min_size=1, max_size=30), st.data())
@pytest.mark.filterwarnings("ignore:.*words were cut")
def test_every_span_comes_back(text: str, data: st.DataObject):
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [
        (a, b, "X") for a, b in zip(edges[::2], edges[1::2], strict=False) if text[a:b].strip()
    ]
    made = sentences_of_marked([(text, spans)])
    units = made[0].units if made else ()
    assert "".join(units) == "".join(text.split())
    found = spans_of(made[0].tags) if made else []
    written = ["".join(units[first:last]) for first, last, _ in found]
    assert written == ["".join(text[a:b].split()) for a, b, _ in spans]


def write(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def test_they_come_from_records_of_several_programs(tmp_path: Path):
    told = [
        [0, 6, "LOC"], {"start": 0, "end": 6, "label": "LOC"},
        {"text": "London", "start": 0, "end": 6, "kind": "LOC"},
    ]  # fmt: skip
    records = [{"text": "London calls", "spans": [each]} for each in told]
    path = write(tmp_path / "a.jsonl", *records, {"text": "nobody calls", "spans": []})
    made = read_marked(path, "text", "spans")
    assert [each.tags for each in made] == [("B-LOC", "O")] * 3 + [("O", "O")]
    assert holds_marked(path)
    (tmp_path / "b.tsv").write_text("a\tO\n")
    assert not holds_marked(tmp_path / "b.tsv")


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([[0, 99, "X"]], "hold something of its text of 12 characters, got 0 to 99"),
        ([[6, 7, "X"]], "record 1: a span must hold something"),
        ([[0, 4, "X"], [3, 6, "Y"]], "record 1: spans overlap at character 3: X and Y"),
        ([[0, 4]], "record 1: a span must be"),
        ([["0", 4, "X"]], "record 1: a span must be"),
        ([[True, 4, "X"]], "record 1: a span must be"),
        ([[0, 4, " "]], "record 1: a span must be"),
        ("X", "record 1"),
    ],
    ids=["outside", "blank", "overlapping", "short", "no number", "true", "no kind", "no list"],
)  # fmt: skip
def test_what_is_no_span_is_named(tmp_path: Path, spans: Any, told: str):
    path = write(tmp_path / "a.jsonl", {"text": "London calls", "spans": spans})
    with pytest.raises(FormatError, match=told):
        read_marked(path, "text", "spans")


def test_a_missing_field_is_named(tmp_path: Path):
    path = write(tmp_path / "a.jsonl", {"text": "London calls", "entities": []})
    with pytest.raises(MissingFieldError, match="span_field"):
        read_marked(path, "text", "spans")


def test_all_parts_are_cut_alike():
    words = [("Ada lives", [(0, 3, "PER")])]
    assert sentences_of_marked(words, by_character=True)[0].units == tuple("Adalives")
    assert sentences_of_marked(words)[0].units == ("Ada", "lives")


def test_a_span_without_a_unit_is_not_lost():
    with pytest.raises(FormatError, match=r"text 1: the span from 2 to 3 \(X\) has no unit"):
        sentences_of_marked([("a \u200b b", [(2, 3, "X")])])


@pytest.mark.parametrize(
    "row",
    [(5, []), ("Ada", [(0, 3)]), ("Ada", [(0, "3", "X")]), ("Ada", None), ("Ada",), [], 7, "Ada"],
    ids=["no text", "two", "no number", "None", "one", "none", "a number", "a text"],
)
def test_what_is_no_marked_text_is_refused(row: Any):
    rows = [("Ada lives", [(0, 3, "PER")]), row]
    with pytest.raises(SettingError):
        sentences_of_marked(marked_rows(pairs_of_two(rows)))


def test_records_are_taken_and_texts_without_a_unit_counted():
    rows = [{"text": "Ada lives", "spans": [[0, 3, "PER"]]}, {"text": " ", "spans": []}]
    with pytest.warns(UserWarning, match="1 texts hold no word or character"):
        (made,) = sentences_of_marked(marked_rows(pairs_of_two(rows)))
    assert made.tags == ("B-PER", "O")


def test_tagged_sentences_do_not_stand_among_marked_texts():
    rows = [("Ada lives", [(0, 3, "PER")]), TaggedSentence(("Ada",), ("B-PER",))]
    with pytest.raises(SettingError, match="text 1 must be a text and its spans like the first"):
        marked_rows(pairs_of_two(rows))
