"""Classifiers learn from any model, keep what they stand on, and say how good they are."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs lexloom[finetune]")

import lexloom  # the same
from lexloom import TextClassifier, WordVectors
from lexloom.errors import FormatError, SettingError, StorageError
from lexloom.finetuning.card import cards
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.finetuning.head import Head
from lexloom.finetuning.targets.labels import OneLabel

GOOD, BAD = ["fine", "clean", "warm", "quiet"], ["cold", "loud", "dirty", "late"]


def examples(n: int = 120, seed: int = 1) -> list[tuple[str, str]]:
    draw = np.random.default_rng(seed)
    kinds = {"good": GOOD, "bad": BAD}
    labels = ["good", "bad"] * (n // 2)
    return [(f"{' '.join(draw.choice(kinds[label], 3))} {k} {seed}", label)
            for k, label in enumerate(labels)]  # fmt: skip


@pytest.fixture
def vectors(tmp_path: Path) -> str:
    draw = np.random.default_rng(1)
    matrix = draw.standard_normal((8, 5)).astype(np.float32)
    WordVectors([*GOOD, *BAD], matrix).save(tmp_path / "vectors")
    return str(tmp_path / "vectors")


@pytest.fixture
def encoder(tmp_path: Path) -> str:
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    return str(small_encoders.save(tmp_path / "encoder", "characters"))


def test_word_vectors_are_enough_where_words_tell(vectors: str, tmp_path: Path):
    made = TextClassifier(model=vectors).fit(
        examples(), test=examples(40, seed=2), out=tmp_path / "made"
    )
    assert made.labels == ("bad", "good")
    assert made.predict(["fine warm", "loud cold", "quiet clean fine"]) == ["good", "bad", "good"]
    assert made.metrics["method"] == "linear"
    assert "nothing of word vectors learns" in made.metrics["why"]
    report = made.report
    assert report is not None
    assert (report.part, report.n, report.figure.value, report.simplest) == ("test", 40, 1, 0.5)
    assert sum(map(sum, report.counts)) == 40
    assert sum(made.lineage["labels"].values()) == made.lineage["n_texts"]["train"]
    assert made.lineage["labels"].keys() == {"bad", "good"}
    assert "scikit-learn" in made.lineage["libraries"]
    kept = lexloom.load(tmp_path / "made")
    assert isinstance(kept, FittedClassifier) and kept.report == report
    texts = [text for text, _ in examples(20, seed=3)]
    np.testing.assert_array_equal(kept.predict_proba(texts), made.predict_proba(texts))
    assert isinstance(lexloom.load(tmp_path / "made" / "model"), WordVectors)


def test_without_a_test_the_report_says_that_it_flatters(vectors: str):
    report = TextClassifier(model=vectors).fit(examples()).report
    assert report is not None and report.part == "dev"
    assert "which were looked at while learning" in next(report.lines())


def test_it_abstains_where_it_is_not_sure(vectors: str):
    made = TextClassifier(model=vectors).fit(examples())
    sure = "fine clean"
    chances = {text: made.predict_proba([text]).max() for text in (sure, "fine loud", "warm late")}
    unsure = min(chances, key=lambda text: chances[text])
    assert 0.5 <= chances[unsure] < chances[sure] < 1
    assert made.predict([sure, unsure], least=float(chances[sure])) == ["good", None]
    assert made.predict([sure, unsure], least=1.0) == [None, None]
    assert made.predict([]) == []
    for wrong in ("x", True):
        with pytest.raises(
            SettingError, match=f"least must be a number from 0 to 1, got {wrong!r}"
        ):
            made.predict(["a"], least=wrong)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(SettingError, match="least must be a number from 0 to 1, got 2"):
        made.predict([sure], least=2)
    with pytest.raises(SettingError, match="texts must be a list of texts, got one str"):
        made.predict(sure)
    with pytest.raises(SettingError, match="got 3 as number 1"):
        made.predict([sure, 3])  # type: ignore[list-item]  # what is refused


def test_rare_labels_weigh_as_much_when_balanced(vectors: str):
    given = [pair for pair in examples(400) if pair[1] == "good"]
    given += [pair for pair in examples(400) if pair[1] == "bad"][:10]
    found = {
        weights: TextClassifier(model=vectors, class_weights=weights).fit(given).head.bias
        for weights in ("none", "balanced")
    }
    assert found["balanced"][1] < found["none"][1]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_an_encoder_learns(encoder: str, method: Any, tmp_path: Path):
    if method == "lora":
        pytest.importorskip("peft", reason="needs lexloom[finetune]")
    told: list[Any] = []
    trainer = TextClassifier(
        model=encoder, method=method, epochs=6, learning_rate=3e-3, patience=None, threads=1,
        rank=16,
    )  # fmt: skip
    made = trainer.fit(
        examples(200), test=examples(40, seed=2), out=tmp_path / "made", on_choice=told.append
    )
    assert [choice["method"] for choice in told] == [method]
    assert made.report is not None and (made.report.figure.value or 0) > 0.9
    losses = made.metrics["loss_per_epoch"]
    assert len(losses) == 6 and losses[-1] < 0.5 * losses[0]
    kept = lexloom.Encoder.load(tmp_path / "made" / "model")
    frozen = lexloom.Encoder.load(encoder)
    texts = ["fine warm", "cold loud"]
    assert np.abs(kept.embed_texts(texts) - frozen.embed_texts(texts)).max() > 0.1
    again = trainer.fit(examples(200), test=examples(40, seed=2), out=tmp_path / "again")
    assert again.report == made.report
    names = sorted(path.name for path in (tmp_path / "made" / "model").iterdir())
    for name in ["../head.safetensors", *names]:
        if name != "manifest.json":
            one, other = (tmp_path / place / "model" / name for place in ("made", "again"))
            assert one.read_bytes() == other.read_bytes(), name


@pytest.mark.parametrize("method", ["full", "lora"])
def test_an_interrupted_run_goes_on_to_the_same_bytes(encoder: str, method: Any, tmp_path: Path):
    if method == "lora":
        pytest.importorskip("peft", reason="needs lexloom[finetune]")
    trainer = TextClassifier(
        model=encoder, method=method, epochs=2, batch=32, patience=1, dropout=0.1, threads=1,
        label_smoothing=0.1, layer_decay=0.8, class_weights="balanced",
    )  # fmt: skip
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    trainer.fit(examples(100), out=whole)

    def stop(update: Any) -> None:
        if update.task == "training":
            signal.raise_signal(signal.SIGINT)

    for _ in range(6):  # 90 texts in batches of 32 are 3 steps, twice
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(examples(100), out=parts, resume=True, on_progress=stop)
    trainer.fit(examples(100), out=parts, resume=True)
    for name in ("head.safetensors", "model/model.safetensors", "report.json"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_layer_learns_while_the_encoder_stays_as_it_is(encoder: str):
    trainer = TextClassifier(model=encoder, method="head", epochs=20, threads=1)
    made = trainer.fit(examples(200), test=examples(40, seed=2))
    assert made.report is not None and (made.report.figure.value or 0) > 0.8
    frozen, texts = lexloom.Encoder.load(encoder), ["fine warm", "cold loud"]
    np.testing.assert_array_equal(made.model.embed_texts(texts), frozen.embed_texts(texts))


def test_few_texts_are_compared_with_each_other(encoder: str, tmp_path: Path):
    told: list[Any] = []
    trainer = TextClassifier(model=encoder, learning_rate=2e-3, epochs=30, threads=1)
    made = trainer.fit(
        examples(16), test=examples(40, seed=2), out=tmp_path / "made", on_choice=told.append
    )
    assert told[0]["method"] == "few-shot" and "16 texts are few" in told[0]["why"]
    losses = made.metrics["loss_per_epoch"]
    assert len(losses) == 30 and losses[-1] < 0.2 * losses[0]
    assert made.lineage["n_texts"] == {"train": 16, "dev": 0, "test": 40}
    vectors = made.model.embed_texts(["fine warm", "clean quiet", "cold loud"])
    assert vectors[0] @ vectors[1] > 0.8 > vectors[0] @ vectors[2]
    assert made.report is not None and (made.report.figure.value or 0) > 0.8


def test_a_run_on_few_texts_goes_on_to_the_same_bytes(encoder: str, tmp_path: Path):
    trainer = TextClassifier(
        model=encoder, method="few-shot", epochs=2, batch=8, dropout=0.1, threads=1
    )
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert trainer.fit(examples(24), out=whole).report is None

    def stop(update: Any) -> None:
        if update.task == "training":
            signal.raise_signal(signal.SIGINT)

    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(examples(24), out=parts, resume=True, on_progress=stop)
    trainer.fit(examples(24), out=parts, resume=True)
    for name in ("head.safetensors", "model/model.safetensors"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize("target", ["labels", "number"])
def test_few_texts_of_any_target_can_be_compared(encoder: str, target: Any):
    labels = {"labels": ["a", "a,b", ""], "number": ["1", "2.5", "4"]}[target]
    given = [(text, labels[n % 3]) for n, (text, _) in enumerate(examples(12))]
    made = TextClassifier(model=encoder, method="few-shot", target=target, epochs=2).fit(given)
    losses = made.metrics["loss_per_epoch"]
    assert np.isfinite(losses).all() and losses[1] < losses[0]


@pytest.mark.parametrize("target", ["label", "labels", "number"])
def test_nothing_but_the_texts_is_enough(target: Any, tmp_path: Path):
    named = {"label": str, "labels": lambda label: [label], "number": lambda label: len(label)}
    given, test = (
        [(text, named[target](label)) for text, label in examples(n, seed)]
        for n, seed in ((200, 1), (40, 2))
    )
    trainer = TextClassifier(
        model="fasttext", target=target, epochs=30, class_weights="balanced",
        learning_rate=0.05 if target == "number" else None,
    )  # fmt: skip
    made = trainer.fit(given, test=test, out=tmp_path / "made")
    assert made.report is not None and made.report.figure.value is not None
    assert abs(made.report.figure.value - (0 if target == "number" else 1)) < 0.2
    texts = ["fine clean 7", "cold", "?"]
    kept = lexloom.load(tmp_path / "made")
    np.testing.assert_array_equal(kept.predict_proba(texts), made.predict_proba(texts))
    assert kept.model.embed_texts(texts).shape == (3, 100)
    assert not kept.model.embed_texts(["?"]).any()
    again = TextClassifier(model=str(tmp_path / "made" / "model"), target=target).fit(given)
    assert again.metrics["method"] == "linear"


def test_many_words_share_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lexloom.finetuning.bag_learning._BUCKETS", 64)
    made = TextClassifier(model="fasttext").fit(
        examples(200), test=examples(40, 2), out=tmp_path / "it"
    )
    assert made.model.matrix.shape == (64, 100) and made.report.figure.value > 0.9
    kept = lexloom.load(tmp_path / "it")
    texts = ["fine clean 7", "cold", "?"]
    np.testing.assert_array_equal(kept.predict_proba(texts), made.predict_proba(texts))


def test_what_begins_with_nothing_goes_on_to_the_same_bytes(tmp_path: Path):
    trainer = TextClassifier(model="fasttext", epochs=4)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    trainer.fit(examples(60), out=whole)

    def stop(update: Any) -> None:
        if update.task == "training":
            signal.raise_signal(signal.SIGINT)

    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(examples(60), out=parts, resume=True, on_progress=stop)
    trainer.fit(examples(60), out=parts, resume=True)
    for name in ("head.safetensors", "model/vectors.safetensors"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
    with pytest.raises(SettingError, match=r"'lora' needs a model, fasttext begins with none"):
        TextClassifier(model="fasttext", method="lora").fit(examples())


def test_little_time_leaves_the_encoder_as_it_is(encoder: str):
    hasty = TextClassifier(model=encoder, minutes=1e-9).rehearse(examples(400))
    assert hasty["method"] == "linear" and "more than the 1e-09 minutes" in hasty["why"]
    enough = TextClassifier(model=encoder).rehearse(examples(400))
    assert enough["method"] == "full" and enough["seconds"] > 0


def test_texts_without_pieces_do_not_stop_it(tmp_path: Path):
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    folder = small_encoders.save(tmp_path / "encoder", framed=False)
    without = [("\u200b" * (n + 1), label) for n, (_, label) in enumerate(examples(40))]
    trainer = TextClassifier(model=str(folder), method="full", epochs=1, threads=1)
    assert trainer.rehearse(without)["seconds"] == 0
    made = trainer.fit(without + examples(20, seed=2))
    assert np.isfinite(made.predict_proba(["\u200b", "fine warm"])).all()


def test_a_model_that_gives_texts_no_vectors_is_refused():
    corpus = lexloom.Corpus.from_texts(["a b"], language="en", min_count=1)
    head = Head(np.ones((2, 2), np.float32), np.ones(2, np.float32))
    with pytest.raises(SettingError, match="gives texts vectors, got a corpus"):
        FittedClassifier(corpus, head, OneLabel(["a", "b"]))  # type: ignore[arg-type]  # what is refused


def test_word_vectors_have_nothing_to_tune(vectors: str):
    with pytest.raises(SettingError, match="'full' trains an encoder, got word vectors"):
        TextClassifier(model=vectors, method="full").fit(examples())


def test_what_was_kept_is_compared_in_the_precision_it_was_learned_in(
    encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("lexloom.finetuning.task_trainer._MOST_APART", 1e-6)
    trainer = TextClassifier(model=encoder, method="linear", precision="bfloat16")
    made = trainer.fit(examples(40), out=tmp_path / "made")
    exact, same = (
        FittedClassifier.load(tmp_path / "made", precision=precision).scores(["fine warm"])
        for precision in ("float32", "bfloat16")
    )
    np.testing.assert_array_equal(same, made.scores(["fine warm"]))
    assert np.abs(exact - same).max() > 1e-6


def test_only_an_encoder_is_read_in_a_precision(vectors: str, tmp_path: Path):
    TextClassifier(model=vectors).fit(examples(40), out=tmp_path / "made")
    with pytest.raises(SettingError, match="precision is for an encoder, got word vectors"):
        FittedClassifier.load(tmp_path / "made", precision="float32")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"method": "linear", "epochs": 5, "dropout": 0.2}, "linear has no epochs, no dropout:"),
        ({"method": "few-shot", "patience": 1}, "few-shot has no patience:"),
        ({"model": "fasttext", "batch": 8, "epochs": 5}, "fasttext has no batch:"),
        ({"method": "full", "rank": 4, "epochs": 1}, "rank is that of lora:"),
    ],
)
def test_settings_that_change_nothing_are_named(
    vectors: str, encoder: str, settings: Any, told: str
):
    model = encoder if settings.get("method") in {"few-shot", "full"} else vectors
    with pytest.warns(UserWarning, match=told):
        TextClassifier(**{"model": model, **settings}).fit(examples(40))


@pytest.mark.filterwarnings("ignore")
def test_texts_without_words_have_a_baseline_too(encoder: str):
    texts = [(sign * (1 + n), sign) for n in range(20) for sign in ("?", "!")]
    made = TextClassifier(model=encoder, method="linear").fit(texts)
    assert made.report is not None and made.report.tf_idf.value == made.report.simplest


def test_long_texts_are_cut_while_learning_and_counted(encoder: str):
    given = [(f"{text} " * 9, label) for text, label in examples(60)]
    trainer = TextClassifier(model=encoder, method="full", epochs=1, longest=10)
    with pytest.warns(UserWarning, match="54 texts to learn from are longer than what is read"):
        made = trainer.fit(given)
    assert made.metrics["n_cut"] == made.lineage["n_texts"]["train"] == 54
    english, chinese = (
        text.decode() for text in cards(made, made.report, "label", n=2, shown="").values()
    )
    assert "54 texts were longer than what is read" in english and "54 段文本超过" in chinese


def test_a_report_that_is_none_is_refused(vectors: str, tmp_path: Path):
    made = TextClassifier(model=vectors).fit(examples())
    assert made.report is not None
    values = json.loads(json.dumps(made.report.as_dict()))
    assert type(made.report).from_dict(values) == made.report
    made.report = None
    made.save(tmp_path / "bare")
    assert lexloom.load(tmp_path / "bare").report is None
    with pytest.raises(FormatError, match="expected an artefact of kind text_classifier"):
        FittedClassifier.load(vectors)


@pytest.mark.parametrize("target", ["label", "labels", "number", "sentiment"])
def test_a_kept_classifier_is_judged_by_new_texts(vectors: str, tmp_path: Path, target: Any):
    said = {"good": "5", "bad": "1"} if target == "number" else {"good": "pos", "bad": "neg"}

    def written(rows: list[tuple[str, str]]) -> Path:
        lines = [f"{text},{said[label]}" for text, label in rows]
        path = tmp_path / f"{len(rows)}.csv"
        path.write_text("\n".join(["review,stars", *lines, ""]), encoding="utf-16")
        return path

    trainer = TextClassifier(
        model=vectors, target=target, text_field="review", label_field="stars", encoding="utf-16"
    )
    new = written(examples(40, seed=2))
    trainer.fit(written(examples()), test=new, out=tmp_path / "made")
    kept = lexloom.load(tmp_path / "made")
    found = kept.evaluate(new)
    names = ("part", "n", "measure", "figure", "others", "labels", "counts")
    assert [getattr(found, name) for name in names] == [
        getattr(kept.report, name) for name in names
    ]
    assert found.tf_idf is found.gain is found.simplest is found.n_shared is None
    told = "\n".join(found.lines())
    assert "this model" in told and "tf-idf" not in told and "None" not in told
    assert type(found).from_dict(json.loads(json.dumps(found.as_dict()))) == found


@pytest.mark.filterwarnings("ignore")
def test_what_a_classifier_cannot_be_judged_by_is_told(vectors: str):
    made = TextClassifier(model=vectors).fit(examples())
    with pytest.raises(FormatError, match="does not know the label 'fair', but 'bad', 'good'"):
        made.evaluate([("fine", "good"), ("so so", "fair")])
    with pytest.raises(FormatError, match="no text to judge by"):
        made.evaluate([(" ", "good")])
    rated = TextClassifier(model=vectors, target="number").fit(
        [(text, len(label)) for text, label in examples()]
    )
    with pytest.raises(FormatError, match="must be a finite number, got 'good'"):
        rated.evaluate([("fine", "good")])


def test_what_is_in_the_way_is_told_before_the_model_is_opened(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(StorageError, match="already exists"):
        TextClassifier(model="no-such-model").fit([("a", "b")], out=tmp_path / "out")


def test_a_model_may_be_a_path_and_a_slip_of_fasttext_is_told(vectors: str):
    made = TextClassifier(model=Path(vectors)).fit(examples())  # type: ignore[arg-type]  # that is the point
    assert made.settings["model"] == vectors
    with pytest.raises(SettingError, match=r"no model 'fastext'\. Did you mean fasttext\?"):
        TextClassifier(model="fastext").fit(examples())
    with pytest.raises(SettingError, match="must be two fields, got 'text' for both"):
        TextClassifier(model=vectors, label_field="text").fit(examples())
