"""Taggers learn from columns, keep the rules of tags, and say how good they are."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

from tests import small_encoders  # the same

import lexloom  # the same
from lexloom import Tagger  # the same
from lexloom.errors import FormatError, SettingError  # the same
from lexloom.finetuning.parts import Parts
from lexloom.finetuning.tagging.fitted_tagger import FittedTagger  # the same
from lexloom.finetuning.tagging.tag_report import report_on_tags  # the same
from lexloom.finetuning.tagging.tag_sequences import tag_sequences  # the same
from lexloom.finetuning.tagging.tagged_sentences import (  # the same
    TaggedSentence,
    read_tagged,
    running_text,
    sentences_of,
)

NAMES, OTHERS = ["苹果", "香蕉"], list("我你很好吃的了在")


def sentences(n: int, seed: int = 1) -> list[TaggedSentence]:
    """Characters, some of which are names of two."""
    draw, found = random.Random(seed), []
    for _ in range(n):
        units, tags = [], []
        for _ in range(draw.randint(2, 6)):
            if draw.random() < 0.3:
                units += list(draw.choice(NAMES))
                tags += ["B-FRUIT", "I-FRUIT"]
            else:
                units.append(draw.choice(OTHERS))
                tags.append("O")
        found.append(TaggedSentence(tuple(units), tuple(tags)))
    return found


@pytest.fixture
def encoder(tmp_path: Path) -> str:
    return str(small_encoders.save(tmp_path / "encoder", "characters"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ["full", "lora"])
def test_names_are_found(encoder: str, method: Any, tmp_path: Path):
    if method == "lora":
        pytest.importorskip("peft", reason="needs lexloom[finetune]")
    trainer = Tagger(
        model=encoder, method=method, epochs=16, learning_rate=1e-2, threads=1, rank=16
    )
    made = trainer.fit(sentences(200), test=sentences(40, seed=2), out=tmp_path / "made")
    assert made.tags == ("B-FRUIT", "I-FRUIT", "O") and made.by_character
    assert made.lineage["labels"].keys() == set(made.tags)
    report = made.report
    assert report is not None and report.measure == "F1 of spans" and report.part == "test"
    assert (report.figure.value or 0) > 0.9
    assert [row[0] for row in report.kinds] == ["FRUIT"]
    text = "我在吃 苹果的"
    (tagged,) = made.tag([text])
    assert tagged.found == (("苹果", 4, 6, "FRUIT"),) and len(tagged.spans) == 6
    kept = lexloom.load(tmp_path / "made")
    assert isinstance(kept, FittedTagger) and kept.report == report
    found = kept.evaluate(sentences(40, seed=2))
    assert (found.figure, found.kinds, found.simplest) == (report.figure, report.kinds, None)
    assert "one for each" not in "\n".join(found.lines())
    with pytest.raises(FormatError, match="the tagger does not know the tag 'B-X', but 'B-FRUIT'"):
        kept.evaluate([(["a"], ["B-X"])])
    with pytest.raises(FormatError, match="no sentence to judge by"):
        kept.evaluate([])
    rows = [each.units for each in sentences(10, seed=3)]
    assert kept.predict(rows) == made.predict(rows)
    assert lexloom.Encoder.load(tmp_path / "made" / "model").width == 16


def test_an_interrupted_run_goes_on_to_the_same_bytes(encoder: str, tmp_path: Path):
    trainer = Tagger(model=encoder, epochs=2, batch=32, threads=1, dropout=0.1)
    given = sentences(90)
    trainer.fit(given, out=tmp_path / "whole")

    def stop(update: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(given, out=tmp_path / "parts", resume=True, on_progress=stop)
    trainer.fit(given, out=tmp_path / "parts", resume=True)
    for name in ("head.safetensors", "model/model.safetensors", "report.json"):
        whole, parts = (tmp_path / place / name for place in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes(), name


def test_files_of_columns_are_read(tmp_path: Path):
    (tmp_path / "a.txt").write_text("the DT B-NP\ncat NN I-NP\n\n\nsat VB O\n", encoding="utf-8")
    expected = [TaggedSentence(("the", "cat"), ("B-NP", "I-NP")), TaggedSentence(("sat",), ("O",))]
    assert list(read_tagged(tmp_path / "a.txt")) == expected
    assert sentences_of(tmp_path / "a.txt", 1, 2)[0].tags == ("DT", "NN")
    assert sentences_of([(["a"], ["O"]), ([], [])]) == [TaggedSentence(("a",), ("O",))]
    (tmp_path / "tabs.txt").write_text("New York\tB-LOC\r\n", encoding="utf-8")
    assert next(read_tagged(tmp_path / "tabs.txt")).units == ("New York",)
    (tmp_path / "bad.txt").write_text("the DT\ncat\n", encoding="utf-8")
    with pytest.raises(
        FormatError,
        match=r"bad\.txt, line 2: expected a unit in column 1 of at least two",
    ):
        list(read_tagged(tmp_path / "bad.txt"))
    with pytest.raises(FormatError, match="in column 7 of at least two, found 3 columns"):
        list(read_tagged(tmp_path / "a.txt", 7))
    (tmp_path / "blank.txt").write_text("the\tDT\ncat\t \n", encoding="utf-8")
    with pytest.raises(
        FormatError, match=r"blank\.txt, line 2: expected a tag in column -1, found"
    ):
        list(read_tagged(tmp_path / "blank.txt"))
    with pytest.raises(FormatError, match="line 2: expected a unit in column 2, found nothing"):
        list(read_tagged(tmp_path / "blank.txt", 2, 1))
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    with pytest.raises(FormatError, match="no sentence was found"):
        list(read_tagged(tmp_path / "empty.txt"))


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (["the", "cat", "."], "the cat ."),
        (list("我吃苹果。"), "我吃苹果。"),
        (["用", "Python", "3", "写"], "用Python 3写"),
        ([], ""),
    ],
)
def test_a_running_text_has_blanks_where_its_script_has_them(units: list[str], text: str):
    written, spans = running_text(units)
    assert written == text and [written[start:end] for start, end in spans] == units


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_units_of_one_piece_are_told_apart(kind: str, tmp_path: Path):
    folder = small_encoders.save(tmp_path / "encoder", kind)
    (cut,) = tag_sequences(lexloom.Encoder.load(folder), [list("我吃苹果")], 10)
    assert cut.places[-1] > 0
    trainer = Tagger(model=str(folder), epochs=8, learning_rate=1e-2, threads=1)
    made = trainer.fit(sentences(200), test=sentences(40, seed=2))
    assert made.report is not None and (made.report.figure.value or 0) > 0.9


def test_texts_without_units_have_no_tags(encoder: str):
    made = Tagger(model=encoder, epochs=1, threads=1).fit(sentences(40))
    for nothing in ("", "  ", "\u200b"):
        given = list(made.tag(["我吃", nothing, "苹果"]))
        assert [len(each.tags) for each in given][::2] == [2, 2]
        assert len(given[1].tags) == len(given[1].spans)
    assert made.predict([[], ["我"]])[0] == []


def test_units_without_a_piece_and_beyond_the_end_are_known(encoder: str):
    opened = lexloom.Encoder.load(encoder, prefix="我：")
    (short, long, lost) = tag_sequences(
        opened, [["苹", "果"], list("苹果") * 40, ["\u200b", "苹"]], 10
    )
    assert short.is_known.all() and short.unit_of.tolist() == [0, 1]
    first = len(opened.tokenizer.left) + 2
    assert short.pieces.tolist() == [first, first + 1]
    assert long.n_known == 10 and long.is_known[:10].all()
    assert lost.unit_of.tolist() in ([0], [0, 1])


@pytest.mark.parametrize(
    ("changes", "train", "dev", "told"),
    [
        ({}, [(["a"], ["O"])] * 9, None, "at least two tags"),
        ({}, sentences(20), [(["a"], ["B-X"])], r"dev has tags that train has not: 'B-X' \(1\)"),
        ({}, sentences(20), [], "dev has no sentences"),
        ({}, [(["a"], ["O"]), (["b"], ["B-X"])], None, "nothing is left to choose by"),
        ({"method": "linear"}, sentences(20), None, "got 'linear'"),
        ({"method": "few-shot"}, sentences(20), None, "got 'few-shot'"),
        ({}, [(["a", "b"], ["O"])], None, "sentence 0 must be units and as many tags"),
        ({}, [(["a"], ["O"]), (["b"], [""])], None, "tag 0 of sentence 1 must not be blank"),
        ({}, [(["a", " "], ["O", "O"])], None, "unit 1 of sentence 0 must not be blank"),
    ],
)
def test_what_cannot_work_is_told(encoder: str, changes: Any, train: Any, dev: Any, told: str):
    with pytest.raises((FormatError, SettingError), match=told):
        Tagger(model=encoder, **changes).fit(train, dev)


def test_spans_that_begin_with_i_are_learned_from_and_documents_are_no_sentences(
    encoder: str, tmp_path: Path
):
    lines = [
        "\n".join(f"{unit} {tag.replace('B-', 'I-')}" for unit, tag in zip(*pair, strict=True))
        for pair in ((each.units, each.tags) for each in sentences(40))
    ]
    (tmp_path / "io.txt").write_text("\n\n".join(["-DOCSTART- O", *lines]), encoding="utf-8")
    assert len(list(read_tagged(tmp_path / "io.txt"))) == 40
    with pytest.warns(UserWarning, match="spans begin with 'I-'"):
        made = Tagger(model=encoder, epochs=1, threads=1).fit(tmp_path / "io.txt")
    assert made.tags == ("B-FRUIT", "I-FRUIT", "O")
    with pytest.warns(UserWarning, match="spans begin with 'I-'"):
        assert made.evaluate(tmp_path / "io.txt").n == 40


def test_sentences_with_the_only_tags_of_their_kind_stay_to_be_learned_from(encoder: str):
    rare = [TaggedSentence((letter,), (f"B-{n}",)) for n, letter in enumerate("abcdefgh")]
    with pytest.warns(UserWarning, match="8 of 11 tags stand at a single unit"):
        parts = Tagger(model=encoder, dev_share=0.5)._parts(
            [*sentences(40), *rare], None, None, None
        )
    assert set(rare) <= set(parts.train) and len(parts.dev) > 10


def test_a_tag_of_a_single_unit_may_be_a_slip(encoder: str):
    slip = TaggedSentence(("我", "你"), ("O", "B-FRIUT"))
    with pytest.warns(UserWarning, match=r"1 of 4 tags stand at a single unit: 'B-FRIUT'\. A slip"):
        Tagger(model=encoder, epochs=1, threads=1).fit([*sentences(40), slip], sentences(5, 2))


def test_marked_texts_are_learned_from_and_come_back(encoder: str, tmp_path: Path):
    texts = ["我吃苹果", "你吃香蕉了", "苹果很好吃"] * 20
    marked = [(text, [(place, place + 2, "FRUIT")]) for text in texts for name in NAMES
              if (place := text.find(name)) >= 0]  # fmt: skip
    lines = [json.dumps({"text": text, "spans": spans}) for text, spans in marked]
    (tmp_path / "marked.jsonl").write_text("\n".join(lines), encoding="utf-8")
    trainer = Tagger(model=encoder, epochs=6, learning_rate=1e-2, threads=1)
    made = trainer.fit(tmp_path / "marked.jsonl", tmp_path / "marked.jsonl")
    assert [list(each.found) for each in made.tag(texts[:1])] == [[("苹果", 2, 4, "FRUIT")]]
    assert list(made.tag([list(texts[0])])) == list(made.tag(texts[:1]))
    assert trainer.fit(marked, marked).predict([list("吃苹果")]) == made.predict([list("吃苹果")])


def test_word_vectors_cannot_be_tuned_to_tag(tmp_path: Path):
    lexloom.WordVectors(["a"], np.ones((1, 2), np.float32)).save(tmp_path / "it")
    with pytest.raises(SettingError, match="learned on an encoder, got word vectors"):
        Tagger(model=str(tmp_path / "it")).fit(sentences(20))


def test_a_report_by_hand():
    train = [TaggedSentence(("a", "b"), ("B-X", "O"))]
    judged = [TaggedSentence(("a", "b"), ("B-X", "O")), TaggedSentence(("c",), ("B-X",))]
    n_shared = {"dev": 1, "test": 1}
    tested = Parts(train=train, dev=train, test=judged, n_shared=n_shared)
    report = report_on_tags(tested, [["B-X", "O"], ["O"]], marks_spans=True)
    assert report.figure.value == pytest.approx(2 / 3) and report.n_shared == 1
    assert report.right_tags == pytest.approx(2 / 3) and report.simplest == 1
    assert report.kinds == (("X", 2, 1.0, 0.5, pytest.approx(2 / 3)),)
    assert type(report).from_dict(report.as_dict()) == report
    plain = report_on_tags(
        Parts(train=train, dev=judged, n_shared=n_shared), [["B-X", "O"], ["O"]], marks_spans=False
    )
    assert plain.measure == "right tags" and plain.figure.value == pytest.approx(2 / 3)
    assert not plain.kinds and "were looked at while learning" in next(plain.lines())
