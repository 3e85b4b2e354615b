"""`lexloom summarize`: telling sentences of files, records and standard input."""

from __future__ import annotations

import gzip
import io
import json
import lzma
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
    (bag / "parted.txt").write_text("\nOne.\nTwo.\n\n \nThree.\n", encoding="utf-8")
    words = ("summarize", "bag", "parted.txt", "--documents", "paragraph", "--method", "lead")
    assert cli(*words, "--sentences", "1").out.splitlines() == ["One.", "", "Three."]


def test_each_record_is_one_text(cli: Cli, bag: Path):
    answer = cli("summarize", "bag", "stories.jsonl", "--field", "body", "--share", "0.5", "--json")
    found = [json.loads(line) for line in answer.out.splitlines()]
    assert [len(each["sentences"]) for each in found] == [2, 4]


def test_no_other_flag_makes_texts_of_lines(cli: Cli, bag: Path):
    plain = cli("summarize", "bag", "story.txt", "--sentences", "1")
    words = ("summarize", "bag", "story.txt", "--sentences", "1", "--encoding", "utf-8")
    assert cli(*words).out == plain.out
    shown = " ".join(cli("summarize", "--help").out.replace("│", "").split())
    assert "[choices: line, paragraph, file] [default: file]" in shown


def test_each_file_of_a_folder_is_one_text_and_each_record(
    cli: Cli, bag: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = bag / "stories"
    folder.mkdir()
    records = "\n".join(json.dumps({"text": text}) for text in ("One. Two.", "Three. Four."))
    (folder / "a.txt").write_text("First.\nSecond.", encoding="utf-8")
    (folder / "b.txt.xz").write_bytes(lzma.compress(b"Third.\nFourth."))
    (folder / "c.jsonl").write_text(records, encoding="utf-8")
    (folder / "d.jsonl.gz").write_bytes(gzip.compress(records.encode()))
    (folder / "e.jsonl.txt").write_text("Fifth.\nSixth.", encoding="utf-8")

    def leads(*words: str) -> list[str]:
        answer = cli("summarize", "bag", *words, "--method", "lead", "--sentences", "1", "--quiet")
        assert answer.code == 0, answer.err
        return answer.out.split()

    assert leads("stories") == ["First.", "Third.", "One.", "Three.", "One.", "Three.", "Fifth."]
    assert leads("stories/*.txt*") == ["First.", "Third.", "Fifth."]
    assert leads("stories/c.jsonl", "stories/a.txt") == ["One.", "Three.", "First."]
    stdin = io.TextIOWrapper(io.BytesIO(records.encode()), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    assert leads("-", "--format", "jsonl") == ["One.", "Three."]


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
