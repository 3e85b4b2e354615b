"""Pairs from files and lists, what is left out of them, set aside, and told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.finetuning.matching.judging import judge_of
from lexloom.finetuning.matching.match_parts import MatchParts, halves_of, match_parts
from lexloom.finetuning.matching.text_pairs import TextPairs, pairs_of

FIELDS = {name: name for name in ("text", "other", "score", "label")}
ROWS = [{"text": "a", "other": "b"}, {"text": "c", "other": "d"}]


def read(given: Any, data: Any = "auto", **fields: str) -> TextPairs:
    return pairs_of(given, data, {**FIELDS, **fields})


def parts(train: Any, batch: int = 2, **others: Any) -> MatchParts:
    given = {"train": train, **others}
    return match_parts(
        {name: read(part) for name, part in given.items()}, batch=batch, dev_share=0.2, seed=1
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, TextPairs("pairs", ("a", "c"), ("b", "d"))),
        ({"score": [1.5, 2]}, TextPairs("scores", ("a", "c"), ("b", "d"), (1.5, 2.0))),
        ({"label": ["x", "y"]}, TextPairs("labels", ("a", "c"), ("b", "d"), ("x", "y"))),
    ],
    ids=["pairs", "scores", "labels"],
)
def test_the_fields_tell_what_there_is(tmp_path: Path, more: Any, expected: TextPairs):
    columns = {"text": ["a", "c"], "other": ["b", "d"], **more}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "it.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for separator, ending in ((",", "csv"), ("\t", "tsv")):
        table = [columns, *(row.values() for row in rows)]
        lines = [separator.join(map(str, row)) for row in table]
        (tmp_path / f"it.{ending}").write_text("\n".join(lines), encoding="utf-8")
    pq.write_table(pa.table(columns), tmp_path / "it.parquet")
    for ending in ("jsonl", "csv", "tsv", "parquet"):
        assert read(tmp_path / f"it.{ending}") == expected, ending
    assert read([tuple(row.values()) for row in rows]) == expected


def test_a_field_that_is_named_must_be_there(tmp_path: Path):
    (tmp_path / "it.csv").write_text("text,other,likeness\na,b,1\n", encoding="utf-8")
    assert read(tmp_path / "it.csv").kind == "pairs"
    assert read(tmp_path / "it.csv", score="likeness").kind == "scores"
    for name in ("score", "label", "other"):
        with pytest.raises(MissingFieldError, match=f"{name}_field"):
            read(tmp_path / "it.csv", **{name: "nope"})


def test_texts_are_lines_or_a_single_field(tmp_path: Path):
    expected = TextPairs("texts", ("a b", "", "c"), ("a b", "", "c"))
    (tmp_path / "it.txt").write_text("a b\n\nc\n", encoding="utf-8")
    (tmp_path / "it.csv").write_text('text,more\na b,1\n"",2\nc,3\n', encoding="utf-8")
    assert read(tmp_path / "it.txt") == expected
    with pytest.warns(UserWarning, match="no field 'other': that is taken for texts alone"):
        assert read(tmp_path / "it.csv") == expected
    assert read(["a b", "", "c"]) == read(str(tmp_path / "it.csv"), "texts") == expected


def test_fields_without_names_and_with_others(tmp_path: Path):
    (tmp_path / "it.tsv").write_text("a\tb\nc\td\n", encoding="utf-8")
    numbers = {"text": "1", "other": "2"}
    assert read(tmp_path / "it.tsv", **numbers) == TextPairs("pairs", ("a", "c"), ("b", "d"))
    (tmp_path / "both.csv").write_text("text,other,score,label\na,b,1,x\n", encoding="utf-8")
    with pytest.raises(FormatError, match="cannot be told what to learn from the fields text, oth"):
        read(tmp_path / "both.csv")
    assert read(tmp_path / "both.csv", "scores").values == (1.0,)
    assert read(tmp_path / "both.csv", "labels", label="score").values == ("1",)
    assert read([("a", "b", 1), ("c", "d", 0)], "labels").values == ("1", "0")
    with pytest.raises(FormatError, match=r"no field 'other'.*other_field"):
        read(tmp_path / "it.tsv", "pairs", text="1")
    with pytest.raises(FormatError, match="record 1: the score must be a finite number, got 'x'"):
        read(tmp_path / "both.csv", "scores", score="label")
    (tmp_path / "it.jsonl").write_text('{"text": "a", "other": "b"}\n{"text": "a"}\n', "utf-8")
    with pytest.raises(FormatError, match=r"it\.jsonl, line 2: no field 'other'"):
        read(tmp_path / "it.jsonl")
    with pytest.raises(SettingError, match="must be a list of str, got 5 as number 1"):
        read(["a", 5])


def test_what_lacks_something_is_left_out_and_counted():
    given = [("a", "b", 1), ("a", " ", 1), ("", "b", 1), ("c", "d", None), ("e", "f", 0)]
    looked = [("g", "h", 0), ("i", "j", 1), ("k", "l", 1)]
    with pytest.warns(UserWarning, match="3 pairs of train lack something and were left out"):
        made = parts(given, dev=looked)
    assert made.train == TextPairs("scores", ("a", "e"), ("b", "f"), (1.0, 0.0))


def test_records_are_taken_by_their_fields():
    rows = [{"id": 1, "q": "a", "other": "b", "score": 1}, {"q": "c", "other": "d", "score": ""}]
    fields = {"text": "q", "other": "other", "score": "score", "label": "label"}
    assert pairs_of(rows, "auto", fields) == TextPairs(
        "scores", ("a", "c"), ("b", "d"), (1.0, None)
    )
    assert pairs_of(rows, "pairs", fields) == TextPairs("pairs", ("a", "c"), ("b", "d"))
    assert pairs_of(rows, "texts", fields).texts == ("a", "c")
    with pytest.raises(SettingError, match="record 1 has no field 'text'; it has 'id', 'q'"):
        read(rows)
    mixed = [{"text": "a", "other": "b", "score": 1, "label": "x"}]
    with pytest.raises(FormatError, match="cannot be told what to learn from the fields text, ot"):
        read(mixed)
    with pytest.raises(SettingError, match="record 1 has no field 'sim'"):
        read(ROWS, score="sim")
    with pytest.raises(SettingError, match="record 1 has no field 'score'"):
        read([*ROWS, {"text": "e", "other": "f", "score": 2}])
    with pytest.warns(UserWarning, match="have no field 'other': that is taken for texts alone"):
        assert read([{"text": "a", "reply": "b"}]).kind == "texts"
    with pytest.raises(SettingError, match="texts must be a list of str, got \\('a', 'b'\\)"):
        read([("a", "b"), ("c", "d")], "texts")
    with pytest.raises(SettingError, match="record 1: 'other' must be text, got"):
        read([{"text": "a", "other": ["b"]}])


def test_the_same_text_twice_is_told():
    given = [("a", "a"), ("b", "c"), ("d", "e"), ("f", "g")]
    with pytest.warns(UserWarning, match="1 of 4 pairs of train are the same text twice"):
        parts(given, dev=[("h", "i"), ("j", "k"), ("l", "m")], batch=2)


def test_why_nothing_is_left_is_told():
    with pytest.raises(FormatError, match="2 pairs of train lack something, and there are"):
        parts([("", "b"), ("a", " ")], dev=[("g", "h")])


@pytest.mark.parametrize("label", [float("nan"), np.float64("nan"), ["x"], pa.scalar(1)])
def test_what_is_no_label_is_refused(label: Any):
    with pytest.raises(FormatError, match="pair 2: the label must be a text or a finite number"):
        read([("a", "b", "x"), ("c", "d", label)])
    given = [("a", "b", "x"), ("c", "d", None), ("e", "f", True), ("g", "h", 0.5)]
    assert read(given).values == ("x", "", "true", "0.5")


@pytest.mark.parametrize("side", [0, 1, "both"])
def test_pairs_that_share_a_text_are_set_aside_together(side: Any):
    given = [(f"text {n}", f"shared {n // 3}", n % 2) for n in range(60)]
    if side == 0:
        given = [(other, text, score) for text, other, score in given]
    if side == "both":
        given += [(other, text, score) for text, other, score in given]
    made = parts(given)
    assert made.n_shared["dev"] == 0 and len(made.dev) == len(given) // 5
    assert not {*made.train.texts, *made.train.others} & {*made.dev.texts, *made.dev.others}


def test_pairs_that_all_hang_together_are_set_aside_by_their_first_text():
    given = [(f"text {n // 3}", "the same" if n % 2 else f"other {n}") for n in range(60)]
    made = parts(given)
    assert len(made.train) == 48 and len(made.dev) == 12
    assert not set(made.train.texts) & set(made.dev.texts)
    assert made.n_shared == {"dev": 0} and made.judged[0] == "dev"
    assert parts(given).digest() == made.digest() != parts(given[1:]).digest()


def test_pairs_on_both_sides_are_counted():
    train = [(f"a{n}", f"b{n}") for n in range(9)]
    looked = [("a0", "b0"), ("b1", "a1"), ("a2", "b3"), ("x", "y")]
    with pytest.warns(UserWarning, match=r"2 of 4 pairs of test are among those learned from"):
        made = parts(train, dev=[*looked[2:], ("v", "w")], test=looked)
    assert made.n_shared == {"dev": 0, "test": 2} and made.judged[0] == "test"


def test_halves_are_cut_between_words():
    halves = halves_of(read(["the cat sat on a mat", "苹果公司", "a", "one two", "one two"]))
    assert halves.texts == ("the cat sat", "苹果", "one")
    assert halves.others == ("on a mat", "公司", "two")


def test_labels_to_be_judged_by_need_some_to_draw_the_line():
    labelled = read([("a", "b", "x"), ("c", "d", "y"), ("e", "f", "y")])
    with pytest.raises(FormatError, match="dev must have some too"):
        parts(["aa bb", "cc dd"], dev=["ee ff", "gg hh", "ii jj"], test=labelled)


def test_ranks_are_those_of_what_is_wrong():
    judge = judge_of(read([("a", "x"), ("a", "y"), ("b", "z"), ("z", "c")]), "")
    places = {text: place for place, text in enumerate(judge.texts)}
    vectors = np.zeros((len(places), 2), np.float32)
    angles = {"a": 0, "x": 30, "y": 10, "b": 40, "z": 80, "c": 1}
    for text, angle in angles.items():
        vectors[places[text]] = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    # a: y is nearer than x, but belongs to it too; c is nearer than both. z is no answer to z.
    assert judge.answers(vectors).tolist() == [2, 2, 4, 3]
    assert judge.others(judge.answers(vectors))["recall@5"] == 1
    assert (judge.answers(np.zeros_like(vectors)) > 1).all()


def test_a_line_is_drawn_by_one_part_for_another():
    judge = judge_of(read([("a", "b", "yes"), ("a", "c", "no"), ("b", "c", "no")]), "yes")
    answers = np.array([0.9, 0.8, 0.1])
    assert judge.line(answers) == pytest.approx(0.85)
    assert judge.figure(answers, 0.85).value == 1
    assert judge.figure(answers, 0.5).value == pytest.approx(2 / 3)
    assert judge.gain(answers, 0.85, answers, 0.5).value == pytest.approx(1 / 3)
    assert judge.quality(answers) == 1
