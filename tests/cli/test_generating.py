"""`lexloom finetune generate` and `lexloom generate`: from poems in a file to new ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="needs lexloom[finetune]")

import lexloom  # the same
from tests import small_causal  # the same
from tests.cli.conftest import Cli  # the same

FAST = ["--epochs", "6", "--learning-rate", "0.02", "--threads", "1", "--precision", "float32"]
MANY = ["--batch", "8", "--quiet"]


@pytest.fixture
def poems(here: Path) -> Path:
    small_causal.save(here / "gpt")
    rows = [("春", "花开\n鸟鸣"), ("冬", "雪")] * 40
    lines = [json.dumps({"title": title, "text": text}) for title, text in rows]
    (here / "poems.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return here


def taught(*more: str) -> list[str]:
    return [
        *("finetune", "generate", "gpt", "--train", "poems.jsonl", "--dev", "poems.jsonl"),
        *("--out", "poet", *FAST, *MANY, *more),
    ]


def test_a_poet_is_taught_and_writes(cli: Cli, poems: Path):
    answer = cli(*taught("--prompt", r"{title}\n", "--json"))
    assert answer.code == 0, answer.err
    report = answer.data["report"]
    assert report["part"] == "dev" and report["bits_per_byte"]["value"] < report["before"]
    assert lexloom.load("poet").settings["prompt"] == "{title}\n"
    shown = cli("generate", "poet", "春", "--temperature", "0")
    assert (shown.code, shown.out) == (0, "花开\n鸟鸣\n"), shown.err
    both = cli("generate", "poet", "春", "冬", "--temperature", "0", "--json")
    assert [each["text"] for each in both.data] == ["花开\n鸟鸣", "雪"]
    assert cli("generate", "poet", "春", "冬", "--temperature", "0").out == "花开\n鸟鸣\n\n雪\n\n"
    cut = cli("generate", "poet", "春", "--temperature", "0", "--stop", "鸟")
    assert cut.out == "花开\n\n"
    assert cli("generate", "poet", "春", "--temperature", "0", "--stop", r"\n").out == "花开\n"
    measured = cli("perplexity", "poet", "poems.jsonl", "--json")
    assert measured.data["perplexity"] == pytest.approx(report["perplexity"], rel=1e-4)
    assert "FittedGenerator" in cli("show", "poet").out
    record = cli("generate", "poet", json.dumps({"title": "春"}), "--temperature", "0")
    assert record.out == "花开\n鸟鸣\n"
    for wrong, got in (({"titel": "x"}, "titel"), ({"title": "x", "text": ""}, "title, text")):
        answer = cli("generate", "poet", json.dumps(wrong))
        assert answer.code == 2
        assert answer.err == f"error: the fields of a prompt must be title, got {got}.\n"
    number = cli("generate", "poet", '{"title": 3}')
    assert number.code == 2 and "'title' of a prompt must be a text, got 3" in number.err
    for text in ("{title", '"春"', "[1]", "[" * 100_000):
        answer = cli("generate", "poet", text, "-n", "1")
        assert answer.code == 0, answer.err
    told = cli("predict", "poet", "--text", "春")
    assert told.code == 1
    assert told.err.endswith("found a generator. Ask it: lexloom generate poet TEXT\n")


def test_what_is_wrong_is_told(cli: Cli, poems: Path):
    answer = cli(*taught("--prompt", "{titel}"))
    assert answer.code == 1
    assert "no field 'titel'; found 'title', 'text'" in answer.err
    assert cli(*taught("--prompt", "{title.x}")).code == 2
    rehearsed = cli(*taught("--dry-run", "--json"))
    assert rehearsed.data["estimate"]["n_texts"] == {"train": 80, "dev": 80}
    assert not (poems / "poet").exists()


def test_several_fields_are_an_object(cli: Cli, poems: Path):
    assert cli(*taught("--prompt", "{title}{text}: ")).code == 0
    asked = json.dumps({"title": "春", "text": "雪"})
    assert cli("generate", "poet", asked, "-n", "3").code == 0
    answer = cli("generate", "poet", "春")
    assert answer.code == 2 and "its prompts have the fields title, text" in answer.err


def test_a_folder_of_others_goes_on_with_a_text(cli: Cli, poems: Path):
    answer = cli("generate", "gpt", "the cat", "-n", "5", "--json")
    assert answer.code == 0, answer.err
    assert answer.data["prompt"] == "the cat" and answer.data["text"]
    assert cli("generate", "gpt", "the cat", "-n", "5").out.startswith("the cat")
    assert cli("generate", "gpt", "-n", "0").code == 2
