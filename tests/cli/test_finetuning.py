"""`lexloom finetune` and `lexloom predict`: from labels in a file to labels of new texts."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

GOOD, BAD = ["fine", "clean", "warm"], ["cold", "loud", "dirty"]


@pytest.fixture
def rooms(here: Path) -> Path:
    draw = random.Random(1)
    lines = [
        f"{label},{' '.join(draw.choices(kind, k=4))} {number}"
        for number, (kind, label) in enumerate(((GOOD, "good"), (BAD, "bad")) * 60)
    ]
    (here / "rooms.csv").write_text("\n".join(["stars,review", *lines[20:], ""]), encoding="utf-8")
    (here / "last.csv").write_text("\n".join(["stars,review", *lines[:20], ""]), encoding="utf-8")
    vectors = [f"{word} {word in GOOD:d} {draw.gauss(0, 0.01)}" for word in [*GOOD, *BAD]]
    (here / "words.vec").write_text("\n".join(["6 2", *vectors, ""]), encoding="utf-8")
    return here


def asked(*more: str, train: str = "rooms.csv", label: str = "stars") -> list[str]:
    return [
        *("finetune", "classify", "words.vec", "--train", train, "--out", "tone"),
        *("--text-field", "review", "--label-field", label, *more),
    ]


def test_labels_are_learned_reported_and_given(cli: Cli, rooms: Path):
    answer = cli(*asked("--test", "last.csv", "--json"))
    assert answer.code == 0, answer.err
    assert answer.data["report"]["figure"]["value"] == 1
    assert (answer.data["report"]["part"], answer.data["method"]) == ("test", "linear")
    answer = cli("predict", "tone", "--text", "warm clean", "--text", "loud\tcold")
    lines = [line.split() for line in answer.out.splitlines()]
    assert [(line[0], line[2]) for line in lines] == [("good", "warm"), ("bad", "loud")]
    assert all(float(line[1]) > 0.5 for line in lines)
    assert answer.out.splitlines()[1].startswith("bad   0.") and "loud cold" in answer.out
    shown = cli("show", "tone")
    assert shown.code == 0 and "text_classifier" in shown.out


def test_texts_come_from_files_and_standard_input(
    cli: Cli, rooms: Path, monkeypatch: pytest.MonkeyPatch
):
    assert cli(*asked()).code == 0
    answer = cli("predict", "tone", "last.csv", "--field", "review", "--json")
    found = [json.loads(line) for line in answer.out.splitlines()]
    assert [each["label"] for each in found] == ["good", "bad"] * 10
    assert found[0]["probabilities"].keys() == {"good", "bad"}
    for words in (["predict", "tone"], ["predict", "tone", "-"]):
        stdin = io.TextIOWrapper(io.BytesIO(b"warm\ncold\n"), encoding="utf-8")
        monkeypatch.setattr("sys.stdin", stdin)
        assert [line.split()[0] for line in cli(*words).out.splitlines()] == ["good", "bad"]
    unsure = cli("predict", "tone", "--text", "warm", "--least", "1", "--json")
    assert unsure.data["label"] is None


@pytest.mark.parametrize("top", [0, -1])
def test_no_fewer_than_one_doubt_is_asked_for(cli: Cli, rooms: Path, top: int):
    fields = ["--text-field", "review", "--label-field", "stars"]
    answer = cli("doubts", "words.vec", "rooms.csv", *fields, "--top", str(top))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"error: top must be at least 1, got {top}.\n"


def test_why_a_number_is_given_is_told_as_one(cli: Cli, rooms: Path):
    stars = (rooms / "rooms.csv").read_text("utf-8").replace("good,", "5,").replace("bad,", "1,")
    (rooms / "numbers.csv").write_text(stars, encoding="utf-8")
    assert cli(*asked("--target", "number", train="numbers.csv")).code == 0
    answer = cli("explain", "tone", "warm cold", "--out", "why.html")
    assert answer.code == 0 and answer.out.startswith("why.html: number, "), answer
    for language, told in (("klingon", "language must be text like"), ("ja", "has no spaces")):
        answer = cli("explain", "tone", "warm", "--out", "b.html", "--language", language)
        assert answer.code == 2 and told in answer.err
        assert not (rooms / "b.html").exists()


def test_a_rehearsal_says_how_and_writes_nothing(cli: Cli, rooms: Path):
    answer = cli(*asked("--dry-run", "--test", "last.csv"))
    assert answer.code == 0, answer.err
    assert "a classifier of 2 labels from 90 texts of train, 10 texts of dev, 20 texts of test" in (
        " ".join(answer.out.split())
    )
    assert "method: linear, because nothing of word vectors learns with the labels" in answer.out
    assert not (rooms / "tone").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (asked(train="no.csv"), 1, "no.csv: does not exist"),
        (asked(label="mark"), 1, "--label-field"),
        (asked("--test", "odd.csv"), 1, "'gut' (1 texts)"),
        (asked("--method", "full"), 2, "trains an encoder, got word vectors"),
        (asked("--method", "full", "--dry-run"), 2, "trains an encoder, got word vectors"),
        (asked("--train", "last.csv"), 2, "--train specified multiple times"),
        (asked(train="-"), 2, "--train must be a file, - was given"),
        (asked("--test", "gbk.csv"), 1, "gbk.csv"),
        (asked("--epochs", "0"), 2, "epochs must be at least 1, got 0"),
    ],
    ids=str,
)
def test_what_cannot_work_is_told_before_anything_is_written(
    cli: Cli, rooms: Path, words: list[str], code: int, told: str
):
    (rooms / "odd.csv").write_text("stars,review\ngut,warm\n", encoding="utf-8")
    (rooms / "gbk.csv").write_text("stars,review\ngood,房间很好\n", encoding="gb18030")
    answer = cli(*words)
    assert answer.code == code and told in answer.err, answer.err
    assert not (rooms / "tone").exists()


def test_a_model_that_is_no_classifier_is_told(cli: Cli, rooms: Path):
    answer = cli("predict", "words.vec", "--text", "warm")
    assert answer.code != 0 and "words.vec" in answer.err
    cli(*asked())
    twice = cli("predict", "tone", "last.csv", "--text", "warm")
    assert twice.code == 2 and "--text takes the place of files" in twice.err
    assert cli(*asked()).code == 1
    words = ["again" if word == "tone" else word for word in asked()]
    again = cli(*["tone" if word == "words.vec" else word for word in words])
    assert again.code == 1 and f"Name {Path('tone') / 'model'}." in again.err, again.err


def test_tags_are_learned_and_spans_found(cli: Cli, here: Path):
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    small_encoders.save(here / "encoder")
    draw = random.Random(1)
    lines = []
    for _ in range(120):
        for word in draw.choices(["the", "cat", "phone", "good"], k=4):
            lines.append(f"{word}\t{'B-ANIMAL' if word == 'cat' else 'O'}")
        lines.append("")
    (here / "tagged.txt").write_text("\n".join(lines), encoding="utf-8")
    words = ["finetune", "tag", "encoder", "--train", "tagged.txt", "--out", "names"]
    rehearsed = cli(*words, "--dry-run")
    assert rehearsed.code == 0 and "sentences of train" in rehearsed.out
    assert not (here / "names").exists()
    answer = cli(*words, "--epochs", "6", "--learning-rate", "0.01", "--threads", "1", "--json")
    assert answer.code == 0, answer.err
    assert answer.data["report"]["figure"]["value"] > 0.9
    found = cli("predict", "names", "--text", "the good cat", "--json").data
    assert found["spans"] == [{"text": "cat", "start": 9, "end": 12, "kind": "ANIMAL"}]
    assert cli("predict", "names", "--text", "the cat").out.splitlines()[1] == "  ANIMAL  cat"
    (here / "cut.txt").write_text("the good-cat\n\nthe  cat\n", encoding="utf-8")
    cut = cli("predict", "names", "cut.txt", "--units", "--json").data
    assert [each["units"] for each in cut] == [["the", "good-cat"], [], ["the", "cat"]]
    assert cut[2]["spans"] == [{"text": "cat", "start": 4, "end": 7, "kind": "ANIMAL"}]
    summed = cli("summarize", "names", "cut.txt")
    assert "found a tagger. Name names/model. Ask it: lexloom predict names" in summed.err
    unsure = cli("predict", "names", "--text", "the cat", "--least", "0.5")
    assert unsure.code == 2 and "--least is for classifiers" in unsure.err
    wrong = cli(*words[:-1], "other", "--tag-column", "5")
    assert wrong.code == 1 and "--tag-column" in wrong.err


def test_few_texts_leave_none_to_judge_by_and_that_is_said(cli: Cli, rooms: Path):
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    small_encoders.save(rooms / "encoder", "characters")
    words = asked("--method", "few-shot", "--epochs", "1", train="last.csv")
    words[2] = "encoder"
    answer = cli(*words)
    assert answer.code == 0, answer.err
    assert "give some as --test" in answer.out and "figure" not in answer.out
    seeds = cli(*words, "--seeds", "2", "--force")
    assert "none of its 2 seeds was judged: what seed 1 learned is kept\n" in seeds.out
    assert cli(*words, "--force", "--test", "rooms.csv", "--json").data["report"]["n"] == 100


def test_what_belongs_together_is_learned_and_is_an_encoder(cli: Cli, here: Path):
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    small_encoders.save(here / "encoder")
    draw = random.Random(1)
    words = ["the", "cat", "phone", "good", "price", "apples"]
    rows = [" ".join(draw.choices(words, k=6)) for _ in range(80)]
    lines = [f"{row}\t{' '.join(reversed(row.split()))}" for row in rows]
    (here / "pairs.tsv").write_text("\n".join(["text\tother", *lines, ""]), encoding="utf-8")
    words = ["finetune", "match", "encoder", "--train", "pairs.tsv", "--out", "alike"]
    rehearsed = cli(*words, "--dry-run")
    assert (
        rehearsed.code == 0
        and "an encoder from 72 pairs of train, 8 pairs of dev; data: pairs" in rehearsed.out
    )
    assert not (here / "alike").exists()
    more = ("--epochs", "1", "--batch", "16", "--widths", "16", "--widths", "8", "--threads", "1")
    answer = cli(*words, *more, "--json")
    assert answer.code == 0, answer.err
    found = answer.data["report"]
    assert found["measure"] == "recall@1" and [row[0] for row in found["widths"]] == [16, 8]
    shown = cli("embed", "alike", "the good cat", "--width", "8", "--json")
    assert shown.code == 0 and len(shown.data["vector"]) == 8
    assert "recall@1" in cli("show", "alike").out
    corpus = [row for row in rows for _ in range(3)]
    (here / "text.txt").write_text("\n".join(corpus), encoding="utf-8")
    bert = cli("pretrain", "bert", "text.txt", "--out", "bert", "--size", "tiny", "--steps", "1")
    assert bert.code == 0, bert.err
    assert cli("evaluate", "bert", "--set", "pairs.tsv", "--json").data["measure"] == "recall@1"
    judged = cli("evaluate", "alike", "--set", "pairs.tsv", "--json").data
    assert judged["measure"] == "recall@1" and judged["untouched"] is None
    few = cli(*words[:-1], "other", "--batch", "100")
    assert few.code == 1 and "fewer than a batch of 100" in few.err


def test_a_broken_record_is_told_with_what_helps(cli: Cli, rooms: Path):
    (rooms / "broken.jsonl").write_text('{"review": "warm", "stars": "good"}\n{"rev', "utf-8")
    answer = cli(*asked(train="broken.jsonl"))
    assert answer.code == 1 and "broken.jsonl, line 2" in answer.err
    assert "--bad-lines" not in answer.err and "Mend it" in answer.err


def test_patience_may_be_none(cli: Cli, rooms: Path):
    settings = cli(*asked("--patience", "none", "--dry-run", "--json")).data["settings"]
    assert settings["patience"] is None
    refused = cli(*asked("--batch", "none"))
    assert refused.code == 2 and "whole number" in refused.err


def test_one_try_is_no_search(cli: Cli, rooms: Path):
    answer = cli(*asked("--search"))
    assert answer.code == 0 and "tried" not in answer.out
    assert "search tries learning rates, and method 'linear' has none." in answer.err


def test_a_folder_named_fasttext_is_opened(cli: Cli, rooms: Path):
    words = asked()
    words[2] = "fasttext"
    Path("fasttext").mkdir()
    assert cli(*words).code == 0
    words[2] = "./fasttext"
    answer = cli(*words, "--force")
    assert answer.code == 1 and answer.err.startswith("error: fasttext: ")


def test_files_to_learn_from_may_be_coded_otherwise(cli: Cli, here: Path):
    rows = [
        f"{'房间很好' if n % 2 else '服务太差'}{n},{'好' if n % 2 else '差'}" for n in range(60)
    ]
    (here / "gbk.csv").write_text("\n".join(["text,label", *rows, ""]), encoding="gb18030")
    words = ["finetune", "classify", "fasttext", "--train", "gbk.csv", "--out", "tone"]
    refused = cli(*words)
    assert refused.code == 1 and "Pass --encoding gb18030." in refused.err
    assert cli(*words, "--encoding", "gb18030").code == 0
    wrong = cli(*words, "--encoding", "gbk2312", "--force")
    assert wrong.code == 2 and "there is no encoding 'gbk2312'" in wrong.err
    doubted = cli("doubts", "tone", "gbk.csv", "--encoding", "gb18030")
    assert doubted.code == 0 and "Pass --encoding gb18030." in cli("doubts", "tone", "gbk.csv").err


def test_what_was_learned_is_judged_by_new_examples(cli: Cli, rooms: Path):
    learned = cli(*asked("--test", "last.csv", "--json")).data["report"]
    found = cli("evaluate", "tone", "--set", "last.csv", "--json").data
    assert found["figure"] == learned["figure"] and found["set"] == "last.csv"
    assert "accuracy on 20 texts of test" in cli("evaluate", "tone", "--set", "last.csv").out
    assert "--set FILE" in cli("evaluate", "tone").err
    assert "--width: for encoders" in cli("evaluate", "words.vec", "--width", "8").err
    assert "--encoding: for what learned" in cli("evaluate", "words.vec", "--encoding", "x").err
    assert (
        "--seed: for word vectors"
        in cli("evaluate", "tone", "--set", "last.csv", "--seed", "2").err
    )
    (rooms / "odd.csv").write_text("review,stars\nwarm,fair\n", encoding="utf-8")
    odd = cli("evaluate", "tone", "--set", "odd.csv")
    assert (
        odd.code == 1
        and "odd.csv: record 1: the classifier does not know the label 'fair'" in odd.err
    )
