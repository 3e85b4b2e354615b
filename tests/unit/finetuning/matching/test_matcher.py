"""Encoders learn what belongs together from scores, labels, pairs and texts, and say how well."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

from tests import small_encoders  # the same

import lexloom  # the same
from lexloom import Encoder, Matcher, TextClassifier  # the same
from lexloom.artefact import read_manifest  # the same
from lexloom.errors import FormatError, SettingError  # the same
from lexloom.finetuning.matching.match_report import (  # the same
    MatchReport,
    evaluate_matches,
    report_of,
)

LETTERS = "苹果公司发布了新手机价格很贵我喜"
CIPHER = str.maketrans(LETTERS, LETTERS[1:] + LETTERS[0])
QUICK: dict[str, Any] = {
    "epochs": 6, "patience": None, "batch": 32, "learning_rate": 1e-2, "threads": 1,
    "precision": "float32", "dropout": 0.0,
}  # fmt: skip


def coded(n: int, seed: int = 1) -> list[tuple[str, str]]:
    """Texts, and what they are in a cipher that has to be learned: no letter is in both."""
    draw, found = random.Random(seed), {}
    while len(found) < n:
        text = "".join(draw.sample(LETTERS, 4))
        found[text] = text.translate(CIPHER)
    return list(found.items())


def said(n: int, right: Any, wrong: Any, seed: int = 1) -> list[tuple[str, str, Any]]:
    """Pairs in cipher, of which every second is with another's."""
    pairs = coded(n, seed)
    return [
        (text, pairs[place - place % 2][1], wrong if place % 2 else right)
        for place, (text, _) in enumerate(pairs)
    ]


@pytest.fixture
def encoder(tmp_path: Path) -> str:
    return str(small_encoders.save(tmp_path / "encoder", "characters"))


def report(made: Encoder) -> MatchReport:
    found = report_of(made)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("train", "test", "measure", "least"),
    [
        (coded(300), coded(60, 2), "recall@1", 0.4),
        (said(400, 5, 0), said(80, 5, 0, 2), "Spearman's rho", 0.5),
        (said(400, "yes", "no"), said(160, "yes", "no", 2), "accuracy", 0.7),
    ],
    ids=["pairs", "scores", "labels"],
)
def test_what_belongs_together_is_learned(
    encoder: str, tmp_path: Path, train: Any, test: Any, measure: str, least: float
):
    made = Matcher(model=encoder, **{**QUICK, "epochs": 10}).fit(
        train, test=test, out=tmp_path / "made"
    )
    found = report(made)
    assert (found.part, found.n, found.measure) == ("test", len(test), measure)
    assert (found.figure.value or 0) > least > (found.untouched.value or 0) + 0.1
    assert found.gain.low is not None and found.gain.low > 0
    assert found.gain.value == pytest.approx(
        (found.figure.value or 0) - (found.untouched.value or 0), abs=1e-9
    )
    kept = lexloom.load(tmp_path / "made")
    assert type(kept) is Encoder and report_of(kept) == found
    kept.save(tmp_path / "again")
    for name in ("README.md", "README.zh.md"):
        assert measure in (tmp_path / "again" / name).read_text(encoding="utf-8")
    judged = evaluate_matches(kept, test)
    assert judged.others == ({} if measure == "accuracy" else found.others)
    if measure == "accuracy":
        assert judged.measure == f"average precision of {made.metrics['alike']}"
        assert judged.figure.value == pytest.approx(found.others["average precision"])
    else:
        assert judged.figure == found.figure and judged.measure == measure
    assert judged.gain is judged.untouched is None and "None" not in "".join(judged.lines())
    texts = [text for text, *_ in test]
    np.testing.assert_allclose(kept.embed_texts(texts), made.embed_texts(texts), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(kept.embed_texts(texts), axis=1), 1, atol=1e-5)
    manifest = read_manifest(tmp_path / "made")
    assert manifest.kind == "encoder" and manifest.metrics["measure"] == measure
    assert manifest.lineage["learned"]["trainer"] == "matcher"
    assert manifest.lineage["from"] == Encoder.load(encoder).fingerprint


def test_three_labels_are_learned_and_the_one_that_means_alike_is_told(encoder: str):
    train = [*said(300, "code", "other"), *((text, text, "same") for text, _ in coded(150, 3))]
    made = Matcher(model=encoder, **QUICK).fit(train)
    assert made.metrics["alike"] == "same"
    losses = made.metrics["loss_per_epoch"]
    assert losses[-1] < 0.8 * losses[0]
    other = Matcher(model=encoder, alike="code", **{**QUICK, "epochs": 1}).fit(train)
    assert other.metrics["alike"] == "code"
    assert (report(other).figure.value or 1) < (report(made).figure.value or 0)


def test_texts_alone_are_enough_and_may_be_judged_by_more(encoder: str):
    texts = [text + other for text, other in coded(120)]
    quick = {**QUICK, "dropout": 0.1, "epochs": 1}
    made = Matcher(model=encoder, **quick).fit(texts)
    assert report(made).measure == "recall@1 of halves" and report(made).n == 12
    assert made.metrics["data"] == "texts"
    pairs = said(40, 1.0, -1.0, 2)
    judged = Matcher(model=encoder, data="texts", **quick).fit(texts, pairs)
    assert report(judged).measure == "Spearman's rho" and report(judged).n == 40


def test_first_numbers_are_taught_and_can_be_asked_for(encoder: str, tmp_path: Path):
    pairs, test = coded(300), coded(60, 2)
    made = Matcher(model=encoder, widths=(12, 6), **QUICK).fit(pairs, test=test, out=tmp_path / "a")
    assert [row[0] for row in report(made).widths] == [12, 6] and made.width == 12
    assert all(now is not None and then is not None for _, now, then in report(made).widths)
    assert report(made).widths[0][1] == report(made).figure.value
    plain = Matcher(model=encoder, **QUICK).fit(pairs, test=test)
    texts = [text for text, _ in test]
    # What is taught for few numbers is worth more there than what happens to stand in them.
    cut = report(Matcher(model=encoder, widths=(6,), **QUICK).fit(pairs, test=test))
    assert cut.widths[0][1] == cut.figure.value and plain.width == 16
    small = Encoder.load(tmp_path / "a", width=6)
    expected = made.embed_texts(texts)[:, :6]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(small.embed_texts(texts), expected, atol=1e-5)
    assert [own.vectors.shape[1] for own in small.embed_words(texts[:2])] == [6, 6]
    small.save(tmp_path / "b")
    again = lexloom.load(tmp_path / "b")
    assert again.width == 6 and again.reading.width == 6
    np.testing.assert_array_equal(again.embed_texts(texts), small.embed_texts(texts))


@pytest.mark.filterwarnings("ignore")
def test_what_was_taught_is_a_model_for_every_task(encoder: str, tmp_path: Path):
    Matcher(model=encoder, widths=(8,), **{**QUICK, "epochs": 1}).fit(coded(64), out=tmp_path / "a")
    labelled = [(text, str(text < "新")) for text, _ in coded(40)]
    for method, width in (("linear", 8), ("full", 16)):
        trainer = TextClassifier(model=str(tmp_path / "a"), method=method, epochs=1, threads=1)
        assert trainer.fit(labelled).head.weights.shape[1] == width
    again = Matcher(model=str(tmp_path / "a"), **{**QUICK, "epochs": 1}).fit(coded(64))
    assert again.width == 16


def test_small_matrices_learn_too(encoder: str):
    pytest.importorskip("peft", reason="needs lexloom[finetune]")
    made = Matcher(model=encoder, method="lora", rank=16, **{**QUICK, "epochs": 10}).fit(
        coded(300), test=coded(60, 2)
    )
    found = report(made)
    assert found.gain.low is not None and found.gain.low > 0


@pytest.mark.parametrize("data", ["pairs", "texts", "labels"])
def test_an_interrupted_run_goes_on_to_the_same_bytes(encoder: str, tmp_path: Path, data: str):
    given: Any = {
        "pairs": coded(90), "texts": [a for a, _ in coded(90)], "labels": said(90, "a", "b")
    }[data]  # fmt: skip
    quick = {**QUICK, "epochs": 2, "dropout": 0.1, "batch_pieces": 64, "widths": (16, 8)}
    if data == "texts":
        quick["precision"] = "bfloat16"
    trainer = Matcher(model=encoder, **quick)
    trainer.fit(given, out=tmp_path / "whole")

    def stop(update: Any) -> None:
        if update.task == "training":
            signal.raise_signal(signal.SIGINT)

    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(given, out=tmp_path / "parts", resume=True, on_progress=stop)
    made = trainer.fit(given, out=tmp_path / "parts", resume=True)
    whole, parts = (tmp_path / place / "model.safetensors" for place in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()
    assert report(made) == report(lexloom.load(tmp_path / "whole"))
    assert report_of(trainer.fit(given, out=tmp_path / "parts", resume=True)) == report(made)


@pytest.mark.parametrize(
    ("changes", "train", "dev", "told"),
    [
        ({}, coded(20), None, r"train has 18 pairs to learn from, fewer than a batch of 32"),
        ({}, [t for t, _ in coded(20)], None, "train has 18 texts to learn from, fewer than"),
        ({}, said(40, 1, 1), None, "all 40 pairs of train have the score 1.0"),
        ({}, said(40, "a", "a"), None, "all 40 pairs of train have the label a"),
        ({}, [(t, "同") for t, _ in coded(80)], None, "all pairs have the same text"),
        ({}, coded(80), coded(2), "dev has 2 pairs to look at, fewer than 3"),
        ({}, said(80, 1, 0), said(9, 1, 1), "dev has pairs of one score only"),
        ({}, said(80, "a", "b"), said(9, "a", "c"), "dev has labels that no text of train has"),
        ({}, coded(80), said(9, 1, 0), "train has pairs, dev has scores: give the same"),
        ({"method": "linear"}, coded(80), None, "got 'linear'"),
        ({"widths": (17,)}, coded(80), None, "widths must be at most 16"),
        ({"score_range": (0.0, 4.0)}, said(80, 5, 0), None, "from 0 to 5, got 0 to 4"),
        ({"score_range": (0.0, 5.0)}, coded(80), None, "score_range is for scores"),
        ({"alike": "c"}, said(80, "a", "b"), None, r"one of the labels, 'a', 'b', got 'c'"),
        ({"data": "texts"}, [t for t, _ in coded(80)], None, "dropout must be above 0"),
        ({}, [("a", "b"), ("c",)], None, "got .* as number 1"),
        ({}, [("a", "b", "x"), ("c", "d")], None, r"\(text, other, label\) each"),
        ({}, [("a", "b", 1.0), ("c", "d", "x")], None, "pair 2: the score must be a finite number"),
        ({}, [], None, "at least one"),
        ({}, 5, None, "each, got 5 as number 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-",
)
def test_what_cannot_work_is_told(encoder: str, changes: Any, train: Any, dev: Any, told: str):
    with pytest.raises((FormatError, SettingError), match=told):
        Matcher(model=encoder, **{**QUICK, **changes}).fit(train, dev)


def test_word_vectors_cannot_be_taught(tmp_path: Path):
    lexloom.WordVectors(["a"], np.ones((1, 2), np.float32)).save(tmp_path / "it")
    with pytest.raises(SettingError, match="teaches an encoder, got word vectors"):
        Matcher(model=str(tmp_path / "it"), batch=8).fit(coded(40))


def test_a_width_that_no_vector_has_is_refused(encoder: str):
    with pytest.raises(SettingError, match="width must be at most 16"):
        Encoder.load(encoder, width=17)
