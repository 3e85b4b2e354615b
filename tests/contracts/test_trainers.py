"""What every trainer keeps; a new one is a few lines in `TRAINERS`."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import signal
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types
import numpy as np
import pytest
from pydantic.fields import FieldInfo
from tests.contracts import planted

import lexloom
from lexloom import artefact
from lexloom.errors import DivergedError, FormatError, LexloomError, SettingError, ShapeError
from lexloom.static import word2vec_model
from lexloom.static.word2vec import Word2Vec
from lexloom.text.corpus import Corpus
from lexloom.training.signals import Interrupted
from lexloom.vectors.word_vectors import WordVectors

LEAST_SHARE_FOUND = 0.9
N_STRETCHES = 12


@dataclasses.dataclass(frozen=True)
class Trainer:
    """A trainer of the contract: its class, what makes it learn the planted language, and how to
    make it look up every two thousand words."""

    cls: type
    settings: dict[str, Any]
    look_up_often: Callable[[pytest.MonkeyPatch], None]

    def __call__(self, **changes: Any) -> Any:
        return self.cls(**{"width": 12, "seed": 3, "threads": 2, **self.settings, **changes})


def short_stretches(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(word2vec_model, "SPAN", 256)
    patch.setattr(word2vec_model, "SPANS_OF_STRETCH", 8)


TRAINERS = {
    f"word2vec {objective} {loss}": Trainer(
        Word2Vec,
        {
            "objective": objective,
            "loss": loss,
            "epochs": 12,
            "sample": 0.0,
            "learning_rate": 0.05,
            "held_out": 0.02,
        },
        short_stretches,
    )
    for objective, loss in itertools.product(
        ("skip_gram", "cbow"), ("negative_sampling", "hierarchical_softmax", "full_softmax")
    )
}
TWO_TRAINERS = ["word2vec skip_gram negative_sampling", "word2vec cbow hierarchical_softmax"]
CLASSES = sorted({trainer.cls for trainer in TRAINERS.values()}, key=lambda cls: cls.__name__)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is such a thing: nothing here hangs on a disk being slow."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(params=TRAINERS)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return TRAINERS[request.param]


@pytest.fixture(params=TWO_TRAINERS)
def stepping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A deterministic trainer that can be stopped and saves at `N_STRETCHES` places."""
    TRAINERS[request.param].look_up_often(monkeypatch)
    return TRAINERS[request.param](deterministic=True, epochs=2, checkpoint_minutes=0)


def small(**changes: Any) -> Any:
    return TRAINERS[TWO_TRAINERS[0]](**changes)


def trace(folder: Path) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Sum up a result on disk: its matrices, what was told and measured, but for the seconds."""
    digest = hashlib.sha256((folder / "vectors.safetensors").read_bytes()).hexdigest()
    told = [
        json.loads(line)
        for line in (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for update in told:
        del update["elapsed_seconds"]
    metrics = dict(artefact.read_manifest(folder).metrics)
    del metrics["seconds"], metrics["words_per_second"]
    return digest, told, metrics


# What it learns


def test_it_finds_planted_synonyms_and_its_loss_falls(trainer: Trainer):
    free, ordered = (trainer(deterministic=way).fit(planted.language()) for way in (False, True))
    for vectors in (free, ordered):
        assert planted.found_share(vectors) >= LEAST_SHARE_FOUND
        losses = vectors.metrics["loss_per_epoch"]
        held_out = vectors.metrics["held_out_loss_per_epoch"]
        assert len(losses) == len(held_out) == 12
        assert losses[-1] < losses[3] < losses[0]
        assert held_out[-1] < held_out[0]
        assert np.isfinite(vectors.matrix).all()
        assert vectors.matrix.dtype == np.float32
        assert list(vectors.words) == list(planted.language().vocabulary.words)
    freely, in_order = (v.metrics["held_out_loss_per_epoch"][-1] for v in (free, ordered))
    assert freely == pytest.approx(in_order, rel=0.05)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_in_order_any_number_of_threads_gives_the_same_bytes(trainer: Trainer, threads: int):
    one = trainer(deterministic=True, epochs=2, threads=1).fit(planted.language())
    other = trainer(deterministic=True, epochs=2, threads=threads).fit(planted.language())
    digests = {hashlib.sha256(vectors.matrix.tobytes()).hexdigest() for vectors in (one, other)}
    assert len(digests) == 1
    for figure in ("loss_per_epoch", "held_out_loss_per_epoch", "n_pairs"):
        assert one.metrics[figure] == other.metrics[figure]


def test_another_seed_gives_other_vectors(trainer: Trainer):
    one, other = (
        trainer(deterministic=True, epochs=1, seed=seed).fit(planted.language()) for seed in (1, 2)
    )
    assert not np.array_equal(one.matrix, other.matrix)


@pytest.mark.parametrize("width", [1, 5, 100])
def test_any_width_and_any_window(trainer: Trainer, width: int):
    corpus = Corpus.from_sentences([["a", "b"], ["c"], list("abcde") * 4], min_count=1)
    vectors = trainer(width=width, window=7, epochs=2).fit(corpus)
    assert vectors.matrix.shape == (5, width)


@pytest.mark.parametrize("rate", [0.5, 10.0])
def test_a_wild_rate_diverges_by_name_or_stays_finite(trainer: Trainer, rate: float):
    try:
        vectors = trainer(learning_rate=rate, epochs=2).fit(planted.language())
    except DivergedError as error:
        assert "learning rate" in str(error)
    else:
        assert np.isfinite(vectors.matrix).all()


# What it saves


def test_what_is_saved_is_loaded(trainer: Trainer, tmp_path: Path):
    made = trainer(epochs=1, keep_output=True).fit(planted.language(), out=tmp_path / "it")
    loaded = lexloom.load(tmp_path / "it")
    assert isinstance(loaded, WordVectors)
    assert list(loaded.words) == list(made.words)
    assert np.array_equal(loaded.matrix, made.matrix)
    assert np.array_equal(loaded.output_matrix, made.output_matrix)
    assert np.array_equal(loaded.counts, made.counts)
    for name in ("settings", "lineage", "metrics", "segmentation", "phrases"):
        assert getattr(loaded, name) == getattr(made, name), name
    assert loaded.lineage["corpus"]["fingerprint"] == planted.language().fingerprint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def test_its_folder_tells_how_training_went(stepping: Any, tmp_path: Path):
    updates = []
    stepping.fit(planted.language(), out=tmp_path / "it", on_progress=updates.append)
    _, told, _ = trace(tmp_path / "it")
    assert len(told) == len(updates) == N_STRETCHES
    n_words = planted.language().n_words
    assert [update["done"] for update in told] == [update.done for update in updates]
    assert (told[-1]["done"], told[-1]["total"]) == (2 * n_words, 2 * n_words)
    assert told[-1]["figures"].keys() == {"epoch", "loss", "learning_rate", "held_out_loss"}
    rates = [update["figures"]["learning_rate"] for update in told]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(stepping.min_learning_rate)


def test_it_keeps_its_settings_and_what_text_was_cut_by(tmp_path: Path):
    corpus = Corpus.from_texts(["a b c"] * 9, language="spaces", min_count=1)
    vectors = small(epochs=1).fit(corpus)
    assert vectors.settings["trainer"] == "word2vec"
    assert vectors.settings["width"] == 12
    assert vectors.segmentation == corpus.segmentation


# What it refuses


@pytest.mark.parametrize(
    ("sentences", "what"),
    [
        ([["a"]] * 9, "training needs at least 2 different words, the corpus has 1."),
        ([["a"], ["b"]], "training needs a sentence of at least 2 words, the corpus has none."),
    ],
)
def test_a_corpus_without_company_is_refused(trainer: Trainer, sentences: list, what: str):
    with pytest.raises(FormatError) as caught:
        trainer().fit(Corpus.from_sentences(sentences, min_count=1))
    assert caught.value.what == what
    assert "min_count" not in caught.value.fix
    with pytest.raises(FormatError, match=r"text, or a lower min_count\.$"):
        trainer().fit(Corpus.from_sentences([*sentences * 2, ["z"]], min_count=2))


def test_an_empty_corpus_is_refused(trainer: Trainer):
    parts = Corpus.from_sentences([["a", "b"]], min_count=1).split(0.1)
    empty = next(part for part in parts if part.n_words == 0)
    with pytest.raises(FormatError, match="training needs"):
        trainer().fit(empty)


def test_words_are_no_corpus(trainer: Trainer):
    with pytest.raises(SettingError, match=r"^corpus must be a Corpus, got list\. Make one: "):
        trainer().fit([["a", "b"]])


def bounds(hint: Any) -> Iterator[Any]:
    """The limits declared somewhere in a type, and the types and literals that are allowed."""
    if get_origin(hint) in {types.UnionType, Union}:
        for part in get_args(hint):
            yield from bounds(part)
    elif hasattr(hint, "__metadata__"):
        yield from bounds(get_args(hint)[0])
        for info in hint.__metadata__:
            yield from info.metadata if isinstance(info, FieldInfo) else [info]
    else:
        yield hint


def invalid_values(hint: Any) -> Iterator[Any]:
    """A value just outside each declared limit, and one of another type."""
    limits = list(bounds(hint))
    step = 1 if int in limits else 1e-6
    for limit in limits:
        match limit:
            case annotated_types.Ge(least):
                yield least - step
            case annotated_types.Gt(below):
                yield below
            case annotated_types.Le(most):
                yield most + step
            case annotated_types.Lt(above):
                yield above
            case _ if get_origin(limit) is Literal:
                yield "nothing of the kind"
    yield "many"
    if float in limits:
        yield float("nan")
    if bool in limits:
        yield 1
    elif None not in limits and type(None) not in limits:
        yield None


@pytest.mark.parametrize("cls", CLASSES)
def test_every_setting_refuses_what_lies_outside_its_range(cls: type):
    hints = get_type_hints(cls, include_extras=True)
    n_refused = 0
    for field in dataclasses.fields(cls):
        for value in invalid_values(hints[field.name]):
            with pytest.raises(SettingError, match=rf"^{field.name} must be .*, got "):
                cls(**{field.name: value})
            n_refused += 1
    assert n_refused > 2 * len(dataclasses.fields(cls))


# Stopping and going on


@pytest.fixture
def uninterrupted(stepping: Any, tmp_path: Path) -> tuple:
    stepping.fit(planted.language(), out=tmp_path / "whole")
    return trace(tmp_path / "whole")


class Stop(Exception):
    """What a caller's own listener raises."""


EVERY_STEP = range(1, N_STRETCHES + 1)
SOME_STEPS = (1, N_STRETCHES // 2, N_STRETCHES // 2 + 2, N_STRETCHES)


@pytest.mark.parametrize(
    ("how", "steps"),
    [
        ("listener", EVERY_STEP),
        ("SIGTERM", SOME_STEPS),
        ("SIGINT", SOME_STEPS),
        pytest.param("SIGTERM", EVERY_STEP, marks=pytest.mark.slow),
        pytest.param("SIGINT", EVERY_STEP, marks=pytest.mark.slow),
    ],
)
def test_stopped_after_every_step_it_ends_the_same(
    stepping: Any, uninterrupted: tuple, tmp_path: Path, how: str, steps: Sequence[int]
):
    for step in steps:
        out = tmp_path / f"stopped{step}"
        n_told = itertools.count(1)

        def stop(update: Any, n_told: Iterator[int] = n_told, step: int = step) -> None:
            if next(n_told) != step:
                return
            if how == "listener":
                raise Stop
            os.kill(os.getpid(), getattr(signal, how))

        with pytest.raises(Stop if how == "listener" else Interrupted):
            stepping.fit(planted.language(), out=out, on_progress=stop)
        assert not out.exists()
        n_more = []
        stepping.fit(planted.language(), out=out, resume=True, on_progress=n_more.append)
        assert len(n_more) == N_STRETCHES - step + (how == "listener")
        assert trace(out) == uninterrupted
        assert not out.with_name(f"{out.name}.training").exists()


def test_stopped_again_and_again_it_ends_the_same(
    stepping: Any, uninterrupted: tuple, tmp_path: Path
):
    for _ in range(N_STRETCHES - 1):
        with pytest.raises(Interrupted):
            stepping.fit(
                planted.language(),
                out=tmp_path / "it",
                resume=True,
                on_progress=lambda update: os.kill(os.getpid(), signal.SIGTERM),
            )
    stepping.fit(planted.language(), out=tmp_path / "it", resume=True)
    assert trace(tmp_path / "it") == uninterrupted


def test_other_threads_may_go_on_with_it(stepping: Any, uninterrupted: tuple, tmp_path: Path):
    def stop(update: Any) -> None:
        if update.done > 5000:
            raise Stop

    with pytest.raises(Stop):
        stepping.fit(planted.language(), out=tmp_path / "it", on_progress=stop)
    more = dataclasses.replace(stepping, threads=1, checkpoint_minutes=9.0)
    more.fit(planted.language(), out=tmp_path / "it", resume=True)
    assert trace(tmp_path / "it") == uninterrupted


def test_a_run_that_is_done_is_not_run_again(stepping: Any, uninterrupted: tuple, tmp_path: Path):
    told = []
    again = stepping.fit(
        planted.language(), out=tmp_path / "whole", resume=True, on_progress=told.append
    )
    assert not told
    assert np.array_equal(again.matrix, lexloom.load(tmp_path / "whole").matrix)
    assert trace(tmp_path / "whole") == uninterrupted


def test_freely_nothing_is_repeated_or_skipped(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trainer.look_up_often(monkeypatch)
    settings = trainer(checkpoint_epochs=4)
    whole = settings.fit(planted.language())
    updates = []

    def stop(update: Any) -> None:
        updates.append(update.done)
        if len(updates) == 40:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        settings.fit(planted.language(), out=tmp_path / "it", on_progress=stop)
    vectors = settings.fit(planted.language(), out=tmp_path / "it", resume=True, on_progress=stop)
    assert len(updates) == len(set(updates)) == 12 * N_STRETCHES // 2
    assert updates == sorted(updates)
    assert vectors.metrics["n_pairs"] == whole.metrics["n_pairs"]
    assert planted.found_share(vectors) >= LEAST_SHARE_FOUND
    assert vectors.metrics["held_out_loss_per_epoch"][-1] == pytest.approx(
        whole.metrics["held_out_loss_per_epoch"][-1], rel=0.05
    )


def test_interrupted_without_a_folder_nothing_is_kept(stepping: Any):
    with pytest.raises(KeyboardInterrupt) as caught:
        stepping.fit(
            planted.language(), on_progress=lambda update: os.kill(os.getpid(), signal.SIGINT)
        )
    assert str(caught.value) == "Nothing was saved: training ran without out=."
    with pytest.raises(SettingError, match="resume=True needs out="):
        stepping.fit(planted.language(), resume=True)


# Going on from vectors


def test_it_goes_on_with_new_words(trainer: Trainer):
    first = trainer(keep_output=True).fit(planted.language())
    more = planted.language(2000, first_topic=planted.N_PAIRS // 2)
    second = trainer(keep_output=True, epochs=6).fit(more, start=first)
    assert set(second.words) == set(first.words) | set(more.vocabulary.words)
    assert planted.found_share(second) >= LEAST_SHARE_FOUND
    untouched = [word for word in first.words if word not in more.vocabulary]
    assert len(untouched) > 40
    assert np.array_equal(second[untouched], first[untouched])
    assert second.lineage["start"]["n_frozen"] == 0


def test_frozen_words_stay_bit_for_bit(trainer: Trainer):
    first = trainer(epochs=1).fit(planted.language())
    frozen = ["a0", "b0", "word3-2"]
    second = trainer(epochs=2).fit(planted.language(), start=first, frozen=frozen)
    others = [word for word in first.words if word not in frozen]
    assert np.array_equal(second[frozen], first[frozen])
    assert (second[others] != first[others]).any(axis=1).all()


def test_the_output_matrix_is_kept_on_request(trainer: Trainer):
    kept = trainer(epochs=1, keep_output=True).fit(planted.language()).output_matrix
    assert kept is not None
    assert kept.shape == (len(planted.language().vocabulary), 12)
    assert np.isfinite(kept).all() and kept.any()
    assert trainer(epochs=1).fit(planted.language()).output_matrix is None


def test_what_cannot_be_gone_on_with_is_refused(trainer: Trainer):
    first = trainer(epochs=1).fit(planted.language())
    with pytest.raises(ShapeError) as caught:
        trainer(width=5).fit(planted.language(), start=first)
    assert str(caught.value) == (
        "the given vectors have width 12, training is set to 5. Pass width=12."
    )
    for arguments, message in [
        ({"frozen": ["a0"]}, "frozen words need vectors to keep, got none."),
        ({"start": first, "frozen": "a0"}, "frozen must be words, got a text."),
        ({"start": first, "frozen": ["zebra"]}, "'zebra'"),
        ({"start": "first.vectors"}, "start must be WordVectors, got str."),
        ({"on_epochs": print}, "fit has no argument 'on_epochs'."),
    ]:
        with pytest.raises(LexloomError) as refused:
            trainer().fit(planted.language(), **arguments)
        assert message in str(refused.value)


@pytest.mark.parametrize("deterministic", [False, True])
def test_numbers_that_overflow_stop_it_and_never_reach_the_disk(
    trainer: Trainer, tmp_path: Path, deterministic: bool
):
    words = list(planted.language().vocabulary.words)
    matrix = np.full((len(words), 12), 1e38, np.float32)
    poisoned = WordVectors(words, matrix, output_matrix=matrix)
    with pytest.raises(DivergedError) as caught:
        trainer(deterministic=deterministic, checkpoint_minutes=0).fit(
            planted.language(), start=poisoned, out=tmp_path / "it"
        )
    assert "not finite" in str(caught.value)
    for named in ("of training (epoch 1, sentence ", "at learning rate 0.0", "Lower learning_rate"):
        assert named in str(caught.value) or "vector was not finite" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# Stopping early


def falling_then_rising() -> Callable[[WordVectors], float]:
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.1])
    return lambda vectors: next(scores)


def test_patience_gives_the_vectors_of_the_best_epoch(trainer: Trainer):
    epochs, kept, score = [], [], falling_then_rising()
    vectors = trainer(patience=2, deterministic=True).fit(
        planted.language(),
        score=lambda v: kept.append(v.matrix) or score(v),
        on_epoch=epochs.append,
    )
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4]
    assert vectors.metrics["score_per_epoch"] == [0.1, 0.5, 0.4, 0.3]
    assert (vectors.metrics["epochs"], vectors.metrics["best_epoch"]) == (4, 2)
    assert np.array_equal(vectors.matrix, kept[1])
    assert not np.array_equal(vectors.matrix, kept[3])
    assert [epoch.loss for epoch in epochs] == vectors.metrics["loss_per_epoch"]


def test_patience_goes_by_the_held_out_loss(trainer: Trainer):
    vectors = trainer(patience=1, epochs=60, held_out=0.1).fit(planted.language())
    losses = vectors.metrics["held_out_loss_per_epoch"]
    assert len(losses) < 60
    assert vectors.metrics["best_epoch"] == len(losses) - 1 == 1 + np.argmin(losses)


def test_the_best_epoch_survives_an_interruption(stepping: Any, tmp_path: Path):
    patient = dataclasses.replace(stepping, patience=2, epochs=12)
    made = []
    for place in ("whole", "stopped"):
        scores = falling_then_rising()

        def stop(epoch: Any, place: str = place) -> None:
            if place == "stopped" and epoch.number == 3:
                os.kill(os.getpid(), signal.SIGTERM)

        arguments = {"out": tmp_path / place, "score": lambda v, s=scores: s(v), "on_epoch": stop}
        if place == "stopped":
            with pytest.raises(Interrupted):
                patient.fit(planted.language(), **arguments)
        made.append(patient.fit(planted.language(), resume=True, **arguments))
    assert np.array_equal(made[0].matrix, made[1].matrix)
    assert trace(tmp_path / "whole") == trace(tmp_path / "stopped")


def test_patience_without_a_judge_is_refused(trainer: Trainer):
    with pytest.raises(SettingError) as caught:
        trainer(patience=1, held_out=0.0).fit(planted.language())
    assert str(caught.value) == (
        "patience needs something to judge an epoch by: no sentences are held out, and there is no "
        "score. Set a higher held_out, give more text, or pass score=, a function of the vectors."
    )


def test_a_score_must_be_finite(trainer: Trainer):
    with pytest.raises(SettingError, match=r"^score must give a finite number, got nan\.$"):
        trainer().fit(planted.language(), score=lambda vectors: float("nan"))
