"""One label, several, a number: what is learned, how near an answer is, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs lexloom[finetune]")

import lexloom  # the same
from lexloom import TextClassifier, WordVectors
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning.examples import examples_of
from lexloom.finetuning.labelled_parts import parted
from lexloom.finetuning.targets.kinds import known_numbers, target_of
from lexloom.finetuning.targets.known_labels import split_labels
from lexloom.finetuning.targets.labels import OneLabel, SeveralLabels
from lexloom.finetuning.targets.number import Number

WORDS = ["fine", "clean", "cold", "loud"]


def parts(target: Any, *labels: Any, dev: Any = None, **more: Any) -> Any:
    pairs = [(f"text {n}", label) for n, label in enumerate(labels)]
    given = examples_of(pairs, may_lack=target == "labels")
    other = None if dev is None else LabelledTexts(("x",), (dev,))
    return parted(given, other, None, target=target, dev_share=0.25, seed=1, **more)


@pytest.fixture
def vectors(tmp_path: Path) -> str:
    matrix = np.eye(4, 6, dtype=np.float32) + 0.1
    WordVectors(WORDS, matrix).save(tmp_path / "vectors")
    return str(tmp_path / "vectors")


@pytest.fixture
def encoder(tmp_path: Path) -> str:
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    return str(small_encoders.save(tmp_path / "encoder", "characters"))


def described(n: int, seed: int = 1) -> list[tuple[str, list[str], float]]:
    """Texts, which words they have as labels, and what those add up to."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        own = [word for word in WORDS if draw.random() < 0.4] or WORDS[:1]
        text = " ".join(draw.permutation(own))
        found.append((text, own, 3.0 + sum(WORDS.index(word) - 1.5 for word in own) / len(own)))
    return found


@pytest.mark.filterwarnings("ignore:.* texts of .* are among those")
def test_a_list_of_python_is_refused_as_labels():
    assert split_labels('["a, b", "c"]', ",") == ["a, b", "c"]
    assert split_labels("[a], b", ",") == ["[a]", "b"]
    with pytest.raises(FormatError, match="a list in JSON, got one of Python"):
        split_labels("['a', 'b']", ",")


@pytest.mark.filterwarnings("ignore:.* labels have a single text")
def test_several_labels_are_learned_each_by_itself(vectors: str, tmp_path: Path):
    rows = [(text, labels) for text, labels, _ in described(300)]
    made = TextClassifier(model=vectors, target="labels").fit(
        rows[:200], rows[200:250], test=rows[250:], out=tmp_path / "made"
    )
    assert made.predict(["loud fine", "cold"]) == [("fine", "loud"), ("cold",)]
    assert made.predict(["loud"], least=1.0) == [()]
    report = made.report
    assert report is not None and report.measure == "F1 of a text"
    assert (report.figure.value or 0) > 0.95 > report.simplest
    assert report.others["micro F1"] > 0.95 and report.others["all right"] > 0.9
    assert report.table().columns == ("label", "texts", "precision", "recall", "F1")
    kept = lexloom.load(tmp_path / "made")
    assert kept.report == report and kept.labels == tuple(sorted(WORDS))
    np.testing.assert_array_equal(kept.predict_proba(WORDS), made.predict_proba(WORDS))
    assert "any of 4 labels" in (tmp_path / "made" / "README.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:.* texts of .* are among those")
def test_a_number_is_learned_in_its_own_units(vectors: str, tmp_path: Path):
    rows = [(text, number) for text, _, number in described(300)]
    made = TextClassifier(model=vectors, target="number").fit(
        rows[:200], rows[200:250], test=rows[250:], out=tmp_path / "made"
    )
    np.testing.assert_allclose(made.predict(["loud", "fine"]), [4.5, 1.5], atol=0.3)
    report = made.report
    assert report is not None and report.measure == "error"
    assert 0 <= (report.figure.value or 0) < 0.2 < report.simplest
    assert report.others["Spearman's rho"] > 0.95 and report.labels == ()
    kept = lexloom.load(tmp_path / "made")
    assert kept.report == report and kept.predict(["loud"]) == made.predict(["loud"])
    with pytest.raises(SettingError, match="a number has no probability"):
        made.predict(["loud"], least=0.5)


@pytest.mark.filterwarnings("ignore:.* texts of .* are among those")
@pytest.mark.filterwarnings("ignore:.* labels have a single text")
@pytest.mark.parametrize("target", ["labels", "number"])
def test_encoders_learn_them_too(encoder: str, target: Any):
    rows = [
        (f"{text} {n}", labels if target == "labels" else number)
        for n, (text, labels, number) in enumerate(described(150))
    ]
    trainer = TextClassifier(
        model=encoder, method="full", target=target, epochs=5, learning_rate=3e-3, threads=1,
        class_weights="balanced", label_smoothing=0.05, patience=None,
    )  # fmt: skip
    made = trainer.fit(rows)
    losses = made.metrics["loss_per_epoch"]
    assert losses[-1] < 0.92 * losses[0]
    assert len(made.predict([text for text, _ in rows[:3]])) == 3


@pytest.mark.filterwarnings("ignore:.* labels have a single text")
@pytest.mark.parametrize(
    ("labels", "names", "numbers"),
    [
        ("0 1 1", ("negative", "positive"), [0, 1, 1]),
        ("-1 0 1", ("negative", "neutral", "positive"), [0, 1, 2]),
        ("5 1.0 3 2", ("negative", "neutral", "positive"), [2, 0, 1, 0]),
        ("Pos neg 好评 差评", ("negative", "positive"), [1, 0, 1, 0]),
    ],
)
def test_sentiment_is_spelled_in_many_ways(labels: str, names: tuple, numbers: list):
    made = parts("sentiment", *labels.split(), dev=labels.split()[0]).target
    assert list(made.spellings) == sorted(made.spellings), "their order is that of no set"
    assert made.names == names and made.numbers(labels.split()).tolist() == numbers
    kept = target_of(json.loads(json.dumps(made.fields())))
    assert type(kept) is type(made) and kept.fields() == made.fields()


def test_labels_are_written_in_many_ways():
    made = parts("labels", "b; a", '["a", "c"]', ["b"], (), dev="c", separator=";")
    assert made.target.names == ("a", "b", "c")
    rows = made.target.numbers(["b; a", '["a", "c"]', '["b"]', "[]", "[b"[:0]])
    assert rows.tolist() == [[1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.filterwarnings("ignore:.* labels have a single text")
@pytest.mark.parametrize(
    ("target", "labels", "dev", "told"),
    [
        ("labels", ["a,b", "a"], "a,bb", r"'bb' \(1 texts; 'b'\?\)"),
        ("sentiment", ["pos", "negatve"], None, "must say negative, neutral or positive, got 'neg"),
        ("sentiment", ["1", "7"], None, "must say negative, neutral or positive, got '1', '7'"),
        ("sentiment", ["1", "2"], None, "at least two labels to learn, got 'negative'"),
        ("labels", ["a", "a"], None, "at least two labels to learn"),
        ("number", ["1", "zwei"], None, "train, record 2: 'zwei' is no finite number"),
        ("number", ["1", "inf"], None, "train, record 2: 'inf' is no finite number"),
        ("number", ["1", "2"], "nan", "dev, record 1: 'nan' is no finite number"),
        ("number", [2.0, 2], None, "all texts of train have the same number"),
    ],
)
def test_what_cannot_be_learned_is_refused(target: Any, labels: list, dev: Any, told: str):
    with pytest.raises(FormatError, match=told):
        parts(target, *labels, dev=dev)


@pytest.mark.filterwarnings("ignore:.* labels have a single text")
def test_a_share_of_each_kind_of_text_is_set_aside():
    made = parts("labels", *["a,b"] * 8, *["a"] * 40)
    assert made.dev.targets.sum(0).tolist() == [12, 2]
    numbers = parts("number", *range(100))
    spread = np.sort(numbers.target.chances(numbers.dev.targets[:, None])[:, 0])
    assert len(spread) in range(20, 31) and spread[1] < 20 and spread[-2] > 80


def test_worth_by_hand():
    several = SeveralLabels(["a", "b", "c"])
    chances = np.array([[0.9, 0.6, 0.1], [0.1, 0.1, 0.1], [0.1, 0.1, 0.1]], np.float32)
    numbers = np.array([[1, 0, 0], [0, 0, 0], [1, 1, 1]], np.float32)
    np.testing.assert_allclose(several.worth(chances, numbers), [2 / 3, 1, 0])
    assert several.simplest(numbers).tolist() == [[1, 0, 0]]
    amount = Number((), 10.0, 2.0)
    np.testing.assert_allclose(amount.worth(np.array([[9.0]]), np.array([0.5])), [-2])
    assert amount.simplest(np.array([-1.0, 0.5, 3.0])).tolist() == [[11.0]]
    assert OneLabel(["a", "b"]).simplest(np.array([1, 1, 0])).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    "made", [OneLabel(["x", "y"]), SeveralLabels(["x", "y"], ";"), Number((), 1.5, 0.5)]
)
def test_it_comes_back_from_what_is_kept(made: Any):
    again = target_of(made.fields())
    assert type(again) is type(made) and again.fields() == made.fields()


@pytest.mark.parametrize(
    "fields",
    [
        None, [], {}, {"target": "label"}, {"target": "no", "names": []},
        {"target": [], "names": []},
        {"target": "label", "names": [1, 2]}, {"target": "label", "names": ["a"], "mean": 1},
        {"target": "number", "names": ["a"], "mean": 1.0, "deviation": 1.0},
        {"target": "number", "names": [], "mean": "1", "deviation": 1.0},
        {"target": "labels", "names": ["a", "b"], "separator": 3},
        {"target": "labels", "names": ["a", "b"]},
        {"target": "sentiment", "names": ["a", "b"], "spellings": {"x": "a"}},
        {"target": "sentiment", "names": ["a", "b"], "spellings": 3},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_target_is_refused(fields: Any):
    with pytest.raises(FormatError, match="does not say what is wanted of a text"):
        target_of(fields)


def test_stars_that_were_not_learned_are_read_on_the_same_scale():
    made = parts("sentiment", "1", "5", dev="5").target
    assert made.numbers(["2", "4", "4.0", "Good", "差评"]).tolist() == [0, 1, 1, 1, 0]
    for label in ("3", "7", "0"):
        with pytest.raises(FormatError, match=f"record 1: .* know the label '{label}', but 'neg"):
            known_numbers(made, LabelledTexts(("a",), (label,)))
    words = parts("sentiment", "pos", "neg", dev="neg").target
    with pytest.raises(FormatError, match="does not know the label '5'"):
        known_numbers(words, LabelledTexts(("a",), ("5",)))


def test_what_is_unknown_is_named_with_its_record_and_what_may_be_meant():
    made = parts("label", *(f"label {n}" for n in range(40)), dev="label 1").target
    texts = LabelledTexts(("a", "b"), ("label 1", "labl 7"), (4, 9))
    with pytest.raises(FormatError, match=r"record 9: .* 'labl 7' \('label 7'\?\), .* 35 more"):
        known_numbers(made, texts)
    several = parts("labels", "a,b", "b", dev="a").target
    with pytest.raises(FormatError, match="does not know the label 'c', but 'a', 'b'"):
        known_numbers(several, LabelledTexts(("x",), ("a,c",)))
