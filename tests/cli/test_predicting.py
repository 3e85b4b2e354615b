"""`lexloom predict`: what is a text of a file, empty ones, and what is no model that predicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lexloom.finetuning.text_classifier import TextClassifier
from tests.cli.conftest import Cli


@pytest.fixture
def tone(here: Path) -> Path:
    """A folder with a classifier in it, as the current one."""
    examples = [
        (f"{' '.join([word] * 3)} {number}", label)
        for number in range(40)
        for word, label in (("warm", "good"), ("cold", "bad"))
    ]
    TextClassifier(model="fasttext", threads=1).fit(examples, out=here / "tone")
    return here


def texts_of(cli: Cli, *words: str) -> list[str]:
    answer = cli("predict", "tone", *words, "--json")
    assert answer.code == 0, answer.err
    return [json.loads(line)["text"] for line in answer.out.splitlines()]


def test_a_person_says_what_is_a_text_of_a_plain_file(cli: Cli, tone: Path):
    (tone / "letters.txt").write_text("warm\nwarm\n\ncold\n", encoding="utf-8")
    (tone / "letters.jsonl").write_text('{"text": "warm\\n\\ncold"}\n', encoding="utf-8")
    assert texts_of(cli, "letters.txt") == ["warm", "warm", "", "cold"]
    assert texts_of(cli, "letters.txt", "--documents", "paragraph") == ["warm\nwarm", "cold"]
    assert texts_of(cli, "letters.txt", "--documents", "file") == ["warm\nwarm\n\ncold"]
    assert texts_of(cli, "letters.jsonl", "--documents", "paragraph") == ["warm\n\ncold"]


def test_an_empty_text_has_no_label(cli: Cli, tone: Path):
    (tone / "gaps.txt").write_text("warm\n\n \ncold\n", encoding="utf-8")
    answer = cli("predict", "tone", "gaps.txt")
    first, *empty, last = answer.out.splitlines()
    assert (first.split()[0], empty, last.split()[0]) == ("good", ["", ""], "bad")
    assert answer.err == ""
    told = cli("predict", "tone", "gaps.txt", "--json").data
    assert [each["label"] for each in told] == ["good", None, None, "bad"]
    assert told[1] == {"text": "", "label": None}
    assert cli("predict", "tone", "--text", "").out == "\n"


def test_a_text_in_the_place_of_a_file_is_told(cli: Cli, tone: Path):
    answer = cli("predict", "tone", "good room")
    assert answer.code == 1
    assert answer.err.endswith(" If it is a text: --text 'good room'\n")
    long = cli("predict", "tone", "房间很好" * 100)
    assert long.code == 1 and "If it is a text: --text TEXT" in long.err
    (tone / "folder").mkdir()
    assert "--text" not in cli("predict", "tone", "folder").err


def test_what_predicts_nothing_is_told_with_who_asks_it(cli: Cli, tone: Path, vectors: Path):
    assert cli("convert", vectors, "fruit").code == 0
    answer = cli("predict", "fruit", "--text", "warm")
    assert answer.code == 1
    assert answer.err == (
        "error: fruit: expected a classifier, a tagger, a translator or a summarizer, found word "
        "vectors. Make one: lexloom finetune classify fruit --train FILE --out FOLDER. Ask it: "
        "lexloom neighbors fruit WORD\n"
    )
    assert cli("train", "bag-of-words", "rooms.txt", "--out", "bag").code == 0
    bag = cli("predict", "bag", "--text", "warm")
    assert "found a bag of words. Make one: lexloom finetune classify bag --" in bag.err
    corpus = cli("predict", "bag.corpus", "--text", "warm")
    assert corpus.err.endswith("found a corpus.\n")
    (tone / "bert").mkdir()
    (tone / "bert" / "config.json").write_text("{}", encoding="utf-8")
    other = cli("predict", "bert", "--text", "warm")
    assert other.code == 1 and "Make one: lexloom finetune classify bert" in other.err


def test_a_classifier_asked_by_another_verb_says_who_asks_it(cli: Cli, tone: Path):
    for words in (["generate", "tone"], ["neighbors", "tone", "warm"], ["perplexity", "tone", "x"]):
        answer = cli(*words)
        assert answer.code == 1 and "found a classifier." in answer.err
        assert "Ask it: lexloom predict tone" in answer.err
    within = Path("tone") / "model"
    summed = cli("summarize", "tone", "rooms.txt")
    assert summed.err == (
        "error: tone: expected an encoder or word vectors, found a classifier. "
        f"Name {within}. Ask it: lexloom predict tone FILE\n"
    )
    for flag, what in (("--units", "taggers"), ("--compiled", "translators and summarizers")):
        more = [] if flag == "--units" else ["ctranslate2-int8"]
        refused = cli("predict", "tone", "--text", "warm", flag, *more)
        assert refused.code == 2 and f"{flag} is for {what}, this is a classifier" in refused.err


def test_doubts_need_a_model(cli: Cli, tone: Path):
    (tone / "labelled.csv").write_text("text,label\nwarm,good\n", encoding="utf-8")
    answer = cli("doubts", "fasttext", "labelled.csv")
    assert answer.code == 2 and "doubts need a model, and fasttext begins with none" in answer.err
