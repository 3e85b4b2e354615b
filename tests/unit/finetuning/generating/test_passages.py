"""Passages come from files and from memory; what does not fit is told before all else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.finetuning.generating.passages import Passage, parted, passages_of
from lexloom.finetuning.generating.template import Template

ROWS = [{"title": "春", "text": "花开\n鸟鸣", "n": 1}, {"title": "冬", "text": "雪", "n": 2}]
EXPECTED = [Passage("春:", "花开\n鸟鸣1"), Passage("冬:", "雪2")]


def taken(given: Any, prompt: str = "", answer: str = "{text}", documents: Any = "line") -> Any:
    return passages_of(given, Template.of(prompt), Template.of(answer), documents)


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_records_of_files(tmp_path: Path, ending: str):
    path, rows, expected = tmp_path / f"it.{ending}", ROWS, EXPECTED
    if ending == "csv":
        lines = ["title,text,n", *(f'{r["title"]},"{r["text"]}",{r["n"]}' for r in rows)]
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    elif ending == "tsv":
        path.write_text("n\ttitle\ttext\n2\t冬\t雪\n", encoding="utf-8")
        expected = EXPECTED[1:]
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    assert taken(path, "{title}:", "{text}{n}") == expected


def test_empty_prompts_are_counted():
    rows = [{"title": " ", "text": "花"}, {"title": "冬", "text": "雪"}]
    with pytest.warns(UserWarning, match="1 of 2 texts have nothing to fill their prompt"):
        assert taken(rows, "{title}:") == [Passage(" :", "花"), Passage("冬:", "雪")]


def test_numbered_fields_have_no_names_above_them(tmp_path: Path):
    (tmp_path / "it.tsv").write_text("唐\t春\t花\n宋\t冬\t雪\n", encoding="utf-8")
    assert taken(tmp_path / "it.tsv", "{2}", "{3}")[0] == Passage("春", "花")
    with pytest.raises(SettingError, match="named or numbered, not both"):
        taken(tmp_path / "it.tsv", "{2}", "{text}")


@pytest.mark.parametrize(
    ("documents", "answers"),
    [
        ("line", ["one", "two", "three"]),
        ("paragraph", ["one\ntwo", "three"]),
        ("file", ["one\ntwo\n\nthree"]),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_plain_text(tmp_path: Path, documents: str, answers: list[str]):
    (tmp_path / "it.txt").write_text("one\ntwo\n\nthree\n", encoding="utf-8")
    found = taken(tmp_path / "it.txt", documents=documents)
    assert [passage.answer for passage in found] == answers


def test_a_folder_is_its_files(tmp_path: Path):
    (tmp_path / "a.txt").write_text("one\ntwo\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("three\nfour\n", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text('{"text": "five\\nsix"}\n', encoding="utf-8")
    found = taken(tmp_path, documents="file")
    assert [passage.answer for passage in found] == ["one\ntwo", "three\nfour", "five\nsix"]
    assert len(taken(tmp_path)) == 5


def test_an_unknown_field_is_told_with_those_there_are(tmp_path: Path):
    (tmp_path / "it.csv").write_text("titel,text\na,b\n", encoding="utf-8")
    with pytest.raises(MissingFieldError, match=r"no field 'title'; found 'titel', 'text'.*prompt"):
        taken(tmp_path / "it.csv", "{title}")
    with pytest.raises(SettingError, match=r"record 2 has no field 'title'; it has 'titel'"):
        taken([ROWS[0], {"titel": "x"}], "{title}")
    with pytest.raises(SettingError, match="record 1 has no field 'title'"):
        taken(["just a text"], "{title}")
    with pytest.raises(SettingError, match="text must be a str, got list"):
        taken([{"text": [3]}])
    assert taken([{"title": None, "text": 3}], "{title}") == [Passage("", "3")]


@pytest.mark.parametrize("given", [5, None, [ROWS[0], 5]])
def test_what_is_no_list_is_told(given: Any):
    with pytest.raises(SettingError, match="must be a list of texts or records, got"):
        taken(given)


def test_half_a_character_is_told(tmp_path: Path):
    (tmp_path / "it.jsonl").write_text('{"a": "x"}\n{"a": "\\ud800"}\n', encoding="utf-8")
    with pytest.raises(FormatError, match="record 2: the text holds half a character"):
        taken(tmp_path / "it.jsonl", "", "{a}")
    with pytest.raises(SettingError, match="half a character"):
        taken(["\ud800"])


def test_empty_answers_are_left_out():
    with pytest.warns(UserWarning, match="1 texts are empty"):
        assert taken(["a", " "]) == [Passage("", "a")]


def test_what_comes_again_stays_on_one_side():
    passages = [Passage("", str(n % 10)) for n in range(40)]
    parts = parted(passages, None, None, dev_share=0.2, seed=1)
    sides = [{each.answer for each in part} for part in (parts.train, parts.dev)]
    assert (
        not sides[0] & sides[1]
        and len(sides[1]) == 2
        and len(parts.dev) == 8
        and parts.n_shared == {"dev": 0}
    )
    assert parts == parted(passages, None, None, dev_share=0.2, seed=1)
    for few in ([], passages[:1]):
        with pytest.raises(FormatError, match="has no texts"):
            parted(few, None, None, dev_share=0.2, seed=1)
    with pytest.raises(FormatError, match="test has no texts"):
        parted(passages, None, [], dev_share=0.2, seed=1)


def test_a_digest_knows_prompt_from_answer():
    one, other = ([Passage("a", "b")], [Passage("ab", "")])
    assert parted(one, one, None, dev_share=0.2, seed=1).digest() != (
        parted(other, other, None, dev_share=0.2, seed=1).digest()
    )
