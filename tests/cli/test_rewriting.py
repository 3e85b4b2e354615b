"""`lexloom finetune translate` and `summarize`, and `predict` by what they make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")
pytest.importorskip("sacrebleu", reason="needs lexloom[translate]")

from tests.cli.conftest import Cli  # the same

SMALL = ["--width", "16", "--layers", "1", "--heads", "2", "--pieces", "300", "--epochs", "1"]


@pytest.fixture
def sides(tmp_path: Path) -> str:
    """Two files whose lines belong together, as they are named on a command line."""
    files = (tmp_path / "a.en", tmp_path / "a.de")
    for file, word in zip(files, ("room", "Zimmer"), strict=True):
        file.write_text("".join(f"{word} {n}\n" for n in range(40)), encoding="utf-8")
    return ",".join(map(str, files))


def test_a_translator_is_made_and_gives_a_line_for_each(cli: Cli, sides: str, tmp_path: Path):
    out = tmp_path / "made"
    told = cli("finetune", "translate", "--train", sides, "--out", str(out), *SMALL, "--dry-run")
    assert told.code == 0 and "a translator from 38 pairs of train, 2 pairs of dev" in told.out
    assert not out.exists()
    made = cli("finetune", "translate", "--train", sides, "--out", str(out), *SMALL)
    assert made.code == 0 and "BLEU" in made.out and "the text as it was" in made.out
    (tmp_path / "news.txt").write_text("room 3\n\nroom 4\n", encoding="utf-8")
    given = cli("predict", str(out), str(tmp_path / "news.txt"))
    assert given.code == 0 and given.out.count("\n") == 3
    assert given.out.split("\n")[1] == ""
    lines = cli("predict", str(out), "--text", "room 3", "--json").out.splitlines()
    assert json.loads(lines[0]).keys() == {"text", "written"}
    pytest.importorskip("ctranslate2", reason="needs lexloom[speed]")
    quick = ["--compiled", "ctranslate2-int8"]
    compiled = cli("predict", str(out), "--text", "room 3", "--json", *quick)
    assert compiled.code == 0 and json.loads(compiled.out)["text"] == "room 3"
    assert compiled.err == ""
    refused = cli("predict", str(out), "--text", "room", "--least", "0.5")
    assert refused.code != 0 and "--least is for classifiers" in refused.err


def test_a_summarizer_is_made_of_records(cli: Cli, tmp_path: Path):
    rows = [json.dumps({"text": f"Room {n}. It was good.", "summary": f"{n}"}) for n in range(40)]
    (tmp_path / "a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    out = tmp_path / "made"
    made = cli(
        "finetune", "summarize", "--train", str(tmp_path / "a.jsonl"), "--out", str(out), *SMALL
    )
    assert made.code == 0 and "ROUGE-L" in made.out and "the first sentences" in made.out
    given = cli("predict", str(out), "--text", "Room 3.\nIt was good.", "--json")
    assert given.code == 0 and json.loads(given.out)["text"].startswith("Room 3.")
    (tmp_path / "story.txt").write_text("Room 3.\n\nIt was good.\n", encoding="utf-8")
    whole = cli("predict", str(out), str(tmp_path / "story.txt"), "--documents", "file", "--json")
    assert whole.data["text"] == "Room 3.\n\nIt was good."
    refused = cli("summarize", str(out), str(tmp_path / "story.txt"))
    assert refused.code == 1 and refused.err.endswith(
        f"found an abstractive summarizer. Ask it: lexloom predict {out} FILE\n"
    )


def test_what_cannot_be_made_is_told_before_anything_is_read(cli: Cli, sides: str, tmp_path: Path):
    from tests import small_causal, small_encoders

    words = ["finetune", "translate", "--train", sides, "--out", str(tmp_path / "made")]
    odd = cli(*words, "--width", "100", "--heads", "3", "--dry-run")
    assert odd.code == 2 and "width must be a multiple of heads, got 100 and 3." in odd.err
    models = {"an encoder": small_encoders, "a causal model": small_causal}
    for number, (called, home) in enumerate(models.items()):
        place = tmp_path / str(number)
        home.save(place)
        answer = cli(*words, str(place))
        assert answer.code == 1 and f"expected an encoder-decoder, found {called} (" in answer.err
        assert "or no model: then one is learned from nothing" in answer.err
    nowhere = cli(*words, str(tmp_path / "nowhere"))
    assert nowhere.code == 1 and nowhere.err.endswith("nowhere: does not exist.\n")


def test_files_that_do_not_belong_together_are_told(cli: Cli, sides: str, tmp_path: Path):
    (tmp_path / "a.de").write_text("Zimmer\n", encoding="utf-8")
    told = cli("finetune", "translate", "--train", sides, "--out", str(tmp_path / "made"))
    assert told.code != 0 and "has 1 lines" in told.err and "Traceback" not in told.err
