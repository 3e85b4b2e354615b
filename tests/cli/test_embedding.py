"""`lexloom embed`: words in their sentences and whole texts, shown or kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lexloom
from lexloom import Encoder
from tests import small_encoders
from tests.cli.conftest import Cli


@pytest.fixture
def model(here: Path) -> Path:
    small_encoders.save(here / "encoder")
    (here / "reviews.csv").write_text(
        "label,review\n1,the cat sat\n0,苹果公司发布了新手机\n1,\n", encoding="utf-8"
    )
    return here / "encoder"


def test_words_are_shown_with_their_places(cli: Cli, model: Path):
    answer = cli(
        "embed", "encoder", "the cat", "你好 世界", "--words", "--language", "zh", "--json"
    )
    assert answer.code == 0, answer.err
    expected = list(Encoder.load(model).embed_words(["the cat", "你好 世界"], language="zh"))
    for shown, found in zip(answer.data, expected, strict=True):
        assert [row["word"] for row in shown["words"]] == list(found.words)
        assert [(row["start"], row["end"]) for row in shown["words"]] == list(found.spans)
        vectors = np.array([row["vector"] for row in shown["words"]])
        assert vectors == pytest.approx(found.vectors, abs=1e-5)
    plain = cli("embed", "encoder", "the cat", "--words")
    assert plain.out.splitlines()[0] == "the cat" and "0-3    the" in plain.out


def test_texts_are_shown_whole(cli: Cli, model: Path):
    answer = cli("embed", "encoder", "the cat", "--texts", "cls", "--layers", "last_four", "--json")
    assert answer.code == 0, answer.err
    encoder = Encoder.load(model, texts="cls", layers="last_four")
    assert answer.data["vector"] == pytest.approx(encoder.embed_texts(["the cat"])[0], abs=1e-5)
    assert "… (16)]  the cat" in cli("embed", "encoder", "the cat").out


def test_layers_are_numbers_too(cli: Cli, model: Path):
    answer = cli("embed", "encoder", "the cat", "--layers", "0", "--layers", "-1", "--json")
    assert answer.code == 0, answer.err
    expected = Encoder.load(model, layers=(0, -1)).embed_texts(["the cat"])[0]
    assert answer.data["vector"] == pytest.approx(expected, abs=1e-5)
    answer = cli("embed", "encoder", "the cat", "--layers", "7")
    assert (answer.code, answer.err) == (2, "error: layers must be from -3 to 2, got 7.\n")


def test_a_file_is_kept_row_by_row(cli: Cli, model: Path):
    asked = ["embed", "encoder", "reviews.csv", "--file", "--field", "review", "--words"]
    answer = cli(*asked, "--out", "kept", "--json")
    assert answer.code == 0, answer.err
    assert answer.data["n_texts"] == 3
    kept = lexloom.load("kept")
    assert kept[0].words == ("the", "cat", "sat") and kept[2].words == ()
    assert kept[1].words[0] == "苹果公司"
    again = cli(*asked, "--out", "kept")
    assert again.code == 1 and "already exists" in again.err
    assert cli(*asked, "--out", "kept", "--force").code == 0
    assert cli("show", "kept").code == 0
    done = cli(*asked, "--out", "kept", "--resume", "--batch-pieces", "64", "--json")
    assert (done.code, done.data["n_texts"]) == (0, 3), done.err
    other = cli(*asked, "--out", "kept", "--resume", "--layers", "0")
    assert other.code == 1 and "already exists" in other.err
    rehearsed = cli(*asked, "--out", "other", "--dry-run", "--json")
    assert rehearsed.data["n_texts"] == 3 and not Path("other").exists()


def test_a_name_of_a_file_is_a_text_and_told_so(cli: Cli, model: Path):
    answer = cli("embed", "encoder", "reviews.csv")
    assert answer.code == 0
    assert answer.err == "reviews.csv is taken as a text; with --file its lines or records are.\n"


def test_word_vectors_embed_too(cli: Cli, model: Path, vectors: Path):
    answer = cli("embed", vectors.name, "apple bus", "--words", "--json")
    assert [row["word"] for row in answer.data["words"]] == ["apple", "bus"]
    assert answer.data["words"][0]["vector"] == [1.0, 0.0]
    for option in (["--layers", "1"], ["--compiled", "onnx-int8"]):
        answer = cli("embed", vectors.name, "apple", *option)
        assert answer.code == 2 and "for encoders" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["embed", "nowhere", "a"], 1, "error: nowhere: does not exist"),
        (["embed", "rooms.txt", "a"], 1, "error: rooms.txt"),
        (["embed", "encoder"], 2, "TEXTS"),
        (["embed", "encoder", "a", "--language", "zh"], 2, "--language is for --words"),
        (["embed", "encoder", "a", "--resume"], 2, "--resume and --dry-run need --out"),
        (["embed", "encoder", "a", "--pieces", "sum"], 2, "--pieces"),
        (["embed", "encoder", "nowhere.txt", "--file"], 1, "nowhere.txt: does not exist"),
        (["embed", "encoder", "reviews.csv", "--file", "--field", "x"], 1, "reviews.csv"),
        (["embed", "encoder", "a", "--words", "--language", "Chinese"], 2, "language must be"),
        (["embed", "encoder", "half \ud800"], 2, "half a character at place 5"),
        (["embed", "encoder", "empty.txt", "--file"], 1, "empty.txt: no text was found in it"),
        (["embed", ".", "a"], 1, "neither word vectors (manifest.json) nor an encoder"),
    ],
)
def test_what_is_wrong_is_told(cli: Cli, model: Path, words: list[str], code: int, told: str):
    Path("empty.txt").write_bytes(b"")
    answer = cli(*words)
    assert answer.code == code and told in answer.err, answer.err
    assert answer.err.count("\n") == 1
