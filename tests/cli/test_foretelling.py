"""`lexloom perplexity`, and `lexloom generate` of models of words, from text to answers."""

from __future__ import annotations

from pathlib import Path

import pytest

import lexloom
from lexloom.static.yardstick import measure_beside
from tests.cli.conftest import ROOMS, Cli

SMALL = ["--width", "8", "--hidden", "8", "--epochs", "3", "--threads", "1", "--quiet"]


@pytest.fixture
def model(cli: Cli, here: Path) -> str:
    words = ["train", "nplm", "rooms.txt", "--out", "m", "--min-count", "1", *SMALL]
    answer = cli(*words, "--language", "en")
    assert answer.code == 0, answer.err
    assert answer.out == "m: 18 words, width 8\n"
    return "m"


def test_raw_text_and_its_corpus_surprise_alike(cli: Cli, here: Path, model: str):
    of_text = cli("perplexity", model, "rooms.txt", "--json")
    of_corpus = cli("perplexity", model, "m.corpus", "--json")
    assert of_text.code == of_corpus.code == 0, of_text.err
    assert of_text.data == of_corpus.data
    assert of_text.data["n_tokens"] == 600 * (8 + 1)
    loaded = lexloom.load(model)
    assert of_text.data["perplexity"] == loaded.perplexity(lexloom.load("m.corpus"))
    shown = cli("perplexity", model, "rooms.txt").out
    assert shown == f"{of_text.data['perplexity']:.1f} over 5,400 words and ends of sentences\n"


def test_text_may_be_coded_otherwise(cli: Cli, here: Path, model: str):
    words = (here / "rooms.txt").read_text(encoding="utf-8")
    (here / "wide.txt").write_text(words, encoding="utf-16")
    assert "--encoding utf-16" in cli("perplexity", model, "wide.txt").err
    wide = cli("perplexity", model, "wide.txt", "--encoding", "utf-16", "--json")
    assert (
        wide.data["perplexity"]
        == cli("perplexity", model, "rooms.txt", "--json").data["perplexity"]
    )


def test_it_is_measured_beside_counting_and_mixed_with_it(cli: Cli, here: Path, model: str):
    words = ["perplexity", model, "rooms.txt", "--beside"]
    found = cli(*words, "m.corpus", "--json")
    assert found.code == 0, found.err
    beside = found.data["beside"]
    text = lexloom.load("m.corpus")
    expected = measure_beside(lexloom.load(model), text, text)
    assert beside == {"corpus": "m.corpus", **expected.as_dict()}
    assert found.data["n_tokens"] == 5_400 == beside["n_chosen_on"] + beside["n_judged"]
    of_text = cli(*words, "rooms.txt", "--json").data["beside"]
    assert of_text == {**beside, "corpus": "rooms.txt"}
    assert cli(*words, "m.corpus").out == (
        f"{found.data['perplexity']:.1f} over 5,400 words and ends of sentences\n"
        "the second half, 2,700 of them:\n"
        f"  model       {beside['model']:.1f}\n"
        f"  Kneser-Ney  {beside['kneser_ney']:.1f}\n"
        f"  mixture     {beside['mixture']:.1f}, {beside['weight']:.2f} of it the model: chosen on "
        "the first half\n"
    )


def test_what_cannot_stand_beside_it_is_refused(cli: Cli, here: Path, model: str):
    (here / "one.txt").write_text("the pan\n", encoding="utf-8")
    answer = cli("perplexity", model, "one.txt", "--beside", "m.corpus")
    assert answer.code == 1
    assert answer.err.startswith(
        "error: a mixture needs a text of at least two sentences, one to choose its weight and one "
        "to judge it, found 1."
    )
    (here / "strange.txt").write_text("猫 狗\n" * 3, encoding="utf-8")
    answer = cli("perplexity", model, "rooms.txt", "--beside", "strange.txt")
    assert answer.code == 1
    assert "the model knows no word of the corpus" in answer.err
    answer = cli("perplexity", model, "rooms.txt", "--beside", "nowhere")
    assert answer.code == 1
    assert "nowhere" in answer.err


def test_it_goes_on_with_a_sentence(cli: Cli, here: Path, model: str):
    words = ["generate", model, "the pan", "-n", "4", "--seed", "3"]
    answer = cli(*words, "--json")
    assert answer.code == 0, answer.err
    assert answer.data["words"] == lexloom.load(model).generate("the pan", 4, seed=3)
    things = {*ROOMS, *(thing for room in ROOMS.values() for thing in room)}
    assert set(answer.data["words"]) <= things
    assert cli(*words).out == " ".join(["the pan", *answer.data["words"]]) + "\n"
    refused = cli(*words, "--top-k", "3")
    assert refused.code == 2 and "--top-k is for transformers" in refused.err


def test_words_of_chinese_are_written_together(cli: Cli, here: Path):
    (here / "zh.txt").write_text("今天天气很好\n" * 300, encoding="utf-8")
    words = ["train", "nplm", "zh.txt", "--out", "z", "--min-count", "1", *SMALL]
    assert cli(*words, "--language", "zh").code == 0
    answer = cli("generate", "z", "今天", "--temperature", "0")
    assert answer.out.startswith("今天") and " " not in answer.out


def test_a_rehearsal_knows_that_it_takes_long(cli: Cli, here: Path):
    seconds = [
        cli("train", family, "rooms.txt", "--out", "v", "--width", "9", "--epochs", "2",
            "--dry-run", "--json").data["estimate"]["training_seconds"]
        for family in ("word2vec", "nplm")
    ]  # fmt: skip
    assert seconds[1] > 5 * seconds[0]


def test_a_model_of_another_kind_is_refused(cli: Cli, here: Path):
    assert cli("corpus", "rooms.txt", "--out", "c", "--language", "en").code == 0
    answer = cli("perplexity", "c", "rooms.txt")
    assert answer.code == 1
    assert answer.err == (
        "error: c: expected a language model, found a corpus. Train one: lexloom train nplm, or "
        "lexloom pretrain gpt\n"
    )


def test_vectors_of_a_model_are_asked_like_others(cli: Cli, here: Path, model: str):
    assert cli("neighbors", model, "pan", "-n", "2").code == 0
    assert "LanguageModel(18 words, width 8, order 5)" in cli("show", model).out
