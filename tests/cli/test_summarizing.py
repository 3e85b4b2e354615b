"""`lexloom summarize`: telling sentences of files, records and standard input."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

TEXT = "Birds sing.\nThe dog chased the cat. It rained. A dog saw a cat asleep."


@pytest.fixture
def bag(cli: Cli, here: Path) -> Path:
    (here / "story.txt").write_text(TEXT, encoding="utf-8")
    rows = [json.dumps({"id": n, "body": TEXT * n}) for n in (1, 2)]
    (here / "stories.jsonl").write_text("\n".join([*rows, '{"id": 3, "body": ""}']), "utf-8")
    words = ["--language", "en", "--min-count", "1"]
    assert cli("train", "bag-of-words", "story.txt", "--out", "bag", *words).code == 0
    return here


def test_a_plain_file_is_one_text(cli: Cli, bag: Path):
    answer = cli("summarize", "bag", "story.txt", "--sentences", "1")
    assert answer.code == 0, answer.err
    assert answer.out in ("The dog chased the cat.\n", "A dog saw a cat asleep.\n")
    told = cli("summarize", "bag", "story.txt", "--sentences", "1", "--json").data
    assert told["n_sentences"] == 4
    (row,) = told["sentences"]
    assert TEXT[row["start"] : row["end"]] == row["sentence"]
    lines = cli("summarize", "bag", "story.txt", "--documents", "line", "--sentences", "1")
    assert lines.out.splitlines()[:2] == ["Birds sing.", ""]


def test_each_record_is_one_text(cli: Cli, bag: Path):
    answer = cli("summarize", "bag", "stories.jsonl", "--field", "body", "--share", "0.5", "--json")
    found = [json.loads(line) for line in answer.out.splitlines()]
    assert [len(each["sentences"]) for each in found] == [2, 4]


def test_standard_input_and_faults(cli: Cli, bag: Path, monkeypatch: pytest.MonkeyPatch):
    stdin = io.TextIOWrapper(io.BytesIO(TEXT.encode()), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    assert (
        cli("summarize", "bag", "-", "--method", "lead", "--sentences", "1").out == "Birds sing.\n"
    )
    (bag / "empty.txt").write_text(" \n", encoding="utf-8")
    nothing = cli("summarize", "bag", "empty.txt")
    assert nothing.code == 1 and "no text was found in it" in nothing.err
    assert cli("summarize", "bag", "story.txt", "--sentences", "0").code == 2
    assert cli("summarize", "no", "story.txt").code == 1
