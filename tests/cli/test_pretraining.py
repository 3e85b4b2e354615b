"""`lexloom train tokenizer` and `lexloom pretrain`, from text to a model that answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lexloom
from tests.cli.conftest import Cli

pytest.importorskip("torch", reason="needs lexloom[contextual]")
pytest.importorskip("transformers", reason="needs lexloom[contextual]")

TEXT = ["--language", "en", "--min-count", "1"]
SMALL = [
    "--size", "tiny", "--width", "16", "--layers", "1", "--pieces", "300", "--steps", "6",
    "--reports", "2", "--sequence", "16", "--long-share", "0", "--batch-tokens", "64",
    "--threads", "1", "--precision", "float32", "--quiet",
]  # fmt: skip


def test_a_tokenizer_of_raw_text(cli: Cli, here: Path):
    answer = cli("train", "tokenizer", "rooms.txt", "--out", "t", "--size", "90", *TEXT, "--json")
    assert answer.code == 0, answer.err
    made = lexloom.load("t")
    assert answer.data["n_pieces"] == len(made)
    assert answer.data["whole_characters"] == 1.0
    shown = cli("train", "tokenizer", "t.corpus", "--out", "t2", "--size", "90", "--quiet")
    assert "100.00% of characters" in shown.out
    rehearsed = cli("train", "tokenizer", "rooms.txt", "--out", "t3", "--dry-run")
    assert rehearsed.out.startswith("would write t3: a tokenizer of 20,000 pieces")
    assert not (here / "t3").exists()


@pytest.mark.parametrize("kind", ["bert", "gpt"])
def test_from_text_to_answers(cli: Cli, here: Path, kind: str):
    answer = cli("pretrain", kind, "rooms.txt", "--out", "m", *TEXT, *SMALL, "--json")
    assert answer.code == 0, answer.err
    assert answer.data["steps"] == 6
    assert answer.data["held_out_bits_per_byte"] > 0
    asked = cli("perplexity", "m", "rooms.txt", "--json")
    assert 0 < asked.data["n_foretold"] <= asked.data["n_pieces"]
    assert asked.code == 0, asked.err
    model = lexloom.load("m")
    assert asked.data["bits_per_byte"] > 0
    again = cli("perplexity", "m", "m.corpus", "--json")
    assert again.data["bits_per_byte"] == model.bits_per_byte(lexloom.load("m.corpus"))
    assert ("(pseudo" in cli("perplexity", "m", "rooms.txt").out) == (kind == "bert")
    written = cli("generate", "m", "the pan", "-n", "4", "--json")
    if kind == "gpt":
        assert written.data["text"] == model.generate("the pan", 4)
    else:
        assert written.code == 1
        assert "a masked model fills gaps" in written.err
    shown = cli("show", "m")
    assert shown.code == 0, shown.err
    going_on = cli("pretrain", kind, "m.corpus", "--from", "m", "--out", "m2", *SMALL)
    assert going_on.code == 0, going_on.err
    assert "bits a byte of held-out text" in going_on.out


def test_a_rehearsal_foretells_steps_time_and_memory(cli: Cli, here: Path):
    words = ["pretrain", "gpt", "rooms.txt", "--out", "m", *TEXT, *SMALL, "--dry-run", "--json"]
    estimate = cli(*words).data["estimate"]
    assert estimate["steps"] == 6
    assert estimate["pieces"] == 6 * 64
    assert estimate["seconds"] > 0
    assert estimate["memory_bytes"] > 100 << 20
    assert not (here / "m").exists()
    assert not (here / "m.corpus").exists()


def test_what_went_wrong_is_one_line(cli: Cli, here: Path):
    twice = cli("pretrain", "bert", "rooms.txt", "--out", "m", *SMALL, "--minutes", "1")
    assert twice.code == 2
    assert twice.err == ("error: steps and minutes both say how long to train. Pass one of them.\n")
    cli("pretrain", "bert", "rooms.txt", "--out", "m", *TEXT, *SMALL)
    config = json.loads((here / "m" / "config.json").read_text(encoding="utf-8"))
    folder = here / "foreign"
    folder.mkdir()
    for name in ("model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((here / "m" / name).read_bytes())
    (folder / "config.json").write_text(
        json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}), encoding="utf-8"
    )
    foreign = cli("pretrain", "bert", "m.corpus", "--from", "foreign", "--out", "n", *SMALL)
    assert foreign.code == 1
    assert foreign.err == (
        "error: foreign/config.json: auto_map asks for code of its own, which is never run. "
        "Take a model whose architecture transformers knows itself.\n"
    )
