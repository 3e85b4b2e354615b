"""The verbs that ask a transformer: what they write, show and refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import lexloom
from tests import small_encoders
from tests.cli.conftest import Cli

pytest.importorskip("transformers", reason="needs lexloom[contextual]")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_encoders.save(tmp_path_factory.mktemp("models") / "it")


def test_distilled_vectors_answer_like_all_others(cli: Cli, here: Path, model: Path):
    answer = cli("distill", model, "rooms.txt", "--out", "it", "--width", "8", "--json")
    assert answer.code == 0, answer.err
    assert answer.data["width"] == 8 and answer.data["n_unmet"] == 0
    vectors = lexloom.load("it")
    assert "kettle" in vectors and vectors.lineage["encoder"]["fingerprint"]
    assert cli("neighbors", "it", "kettle", "-n", "2").code == 0
    assert cli("convert", "it", "it.txt").code == 0
    assert Path("it.corpus").is_dir()
    again = cli("distill", model, "it.corpus", "--out", "again", "--width", "8", "--quiet")
    assert (again.code, again.err) == (0, "")
    assert np.array_equal(lexloom.load("again").matrix, vectors.matrix)


def test_distilling_is_rehearsed(cli: Cli, here: Path, model: Path):
    answer = cli("distill", model, "rooms.txt", "--out", "it", "--dry-run", "--json")
    assert answer.code == 0, answer.err
    assert answer.data["dry_run"] and answer.data["estimate"]["training_seconds"] > 0
    assert not Path("it").exists() and not Path("it.corpus").exists()


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["no-model", "rooms.txt"], 1, "no-model"),
        (["rooms.txt", "rooms.txt"], 1, "a model is a folder; this is a file"),
        (["MODEL", "rooms.txt", "--width", "17"], 2, "at most 16"),
        (["MODEL", "rooms.txt", "--occurrences", "0"], 2, "occurrences must be at least 1"),
        (["MODEL", "empty.txt"], 1, "empty.txt"),
        (["MODEL", "rooms.txt", "--min-count", "9999"], 1, "min_count"),
    ],
)
def test_what_cannot_be_distilled(
    cli: Cli, here: Path, model: Path, words: list[str], code: int, what: str
):
    Path("empty.txt").write_text("  \n", encoding="utf-8")
    given = [model if word == "MODEL" else word for word in words]
    answer = cli("distill", *given, "--out", "it", "--quiet")
    assert (answer.code, answer.out) == (code, "") and what in answer.err
    assert not Path("it").exists() and not Path("it.corpus").exists()


def test_attention_is_a_page(cli: Cli, here: Path, model: Path):
    text = "the good <img onerror=x> cat"
    answer = cli("attention", model, text, "--out", "it.html", "--json", "--layers", "2")
    assert answer.code == 0, answer.err
    page = Path("it.html").read_text(encoding="utf-8")
    assert "<img" not in page and "<select>" in page
    shown = np.array(answer.data["attention"])
    assert shown.shape == (1, 2, *[len(answer.data["units"])] * 2)
    assert shown.sum(-1) == pytest.approx(1, abs=1e-5)
    data = json.loads(re.search(r'data-kind="heat">(.*?)</script>', page)[1])
    assert [row[0] for row in data["rows"]] == answer.data["units"]


def test_similarity_is_a_page(cli: Cli, here: Path, model: Path):
    answer = cli("similarity", model, "the cat sat", "a good cat", "--out", "it.html", "--json")
    assert answer.code == 0, answer.err
    assert np.array(answer.data["cosines"]).shape == (3, 3)
    one = cli("similarity", model, "the cat", "--out", "one.html", "--json")
    assert np.diag(np.array(one.data["cosines"])) == pytest.approx(1, abs=1e-5)
    told = cli("similarity", model, "the cat", "--out", "two.html", "--dry-run")
    assert told.out == "would write two.html: 2 by 2 words\n" and not Path("two.html").exists()


@pytest.mark.parametrize("verb", ["attention", "similarity"])
def test_a_page_replaces_nothing_unasked(cli: Cli, here: Path, model: Path, verb: str):
    Path("it.html").write_text("mine", encoding="utf-8")
    answer = cli(verb, model, "the cat", "--out", "it.html")
    assert answer.code == 1 and "already exists" in answer.err
    assert Path("it.html").read_text(encoding="utf-8") == "mine"
    assert cli(verb, model, "the cat", "--out", "it.html", "--force").code == 0
    assert cli(verb, model, "", "--out", "other.html").code == 2
    assert not Path("other.html").exists()


def test_senses_are_shown_and_kept(cli: Cli, here: Path, model: Path):
    answer = cli("senses", model, "Kettle", "--corpus", "rooms.txt", "--out", "it", "--json")
    assert answer.code == 0, answer.err
    found = answer.data
    assert found["word"] == "kettle" and found["n_looked_at"] <= 300
    assert sum(sense["n_places"] for sense in found["senses"]) == found["n_looked_at"]
    example = found["senses"][0]["examples"][0]
    assert example["text"][example["start"] : example["stop"]] == "kettle"
    assert next(iter(lexloom.load("it").words)) == "kettle/1"
    told = cli("senses", model, "kettle", "--corpus", "rooms.txt", "--examples", "1")
    assert "*kettle*" in told.out and told.out.startswith("kettle: ")
    assert cli("corpus", "rooms.txt", "--out", "rooms").code == 0
    assert cli("senses", model, "kettle", "--corpus", "rooms").out.startswith("kettle: ")


@pytest.mark.parametrize(
    ("word", "corpus", "code", "what"),
    [
        ("kettel", "rooms.txt", 1, "Nearest spellings: kettle"),
        ("pan stove", "rooms.txt", 2, "cut into 2"),
        ("pan", "nothing.txt", 1, "nothing.txt"),
        ("pan", "-", 2, "standard input cannot"),
    ],
)
def test_senses_that_cannot_be_found(
    cli: Cli, here: Path, model: Path, word: str, corpus: str, code: int, what: str
):
    answer = cli("senses", model, word, "--corpus", corpus, "--out", "it")
    assert (answer.code, answer.out) == (code, "") and what in answer.err
    assert not Path("it").exists()
