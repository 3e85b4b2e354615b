"""What every trainer keeps that goes over its corpus in epochs."""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts import planted
from tests.contracts.trainers import ITERATING, LEAST_SHARE_FOUND, N_STRETCHES, Trainer, trace

import lexloom
from lexloom.errors import DivergedError, LexloomError, SettingError, ShapeError
from lexloom.training.signals import Interrupted
from lexloom.vectors.word_vectors import WordVectors


@pytest.fixture(params=ITERATING)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return ITERATING[request.param]


def test_its_loss_falls(trainer: Trainer):
    vectors = trainer().fit(planted.language())
    losses = vectors.metrics["loss_per_epoch"]
    held_out = vectors.metrics["held_out_loss_per_epoch"]
    assert len(losses) == len(held_out) == trainer().epochs
    assert losses[-1] < losses[3] < losses[0]
    assert held_out[-1] < held_out[0]


def test_another_seed_gives_other_vectors(trainer: Trainer):
    one, other = (
        trainer(**trainer.in_order, epochs=1, seed=seed).fit(planted.language()) for seed in (1, 2)
    )
    assert not np.array_equal(one.matrix, other.matrix)


@pytest.mark.parametrize("rate", [0.5, 10.0])
def test_a_wild_rate_diverges_by_name_or_stays_finite(trainer: Trainer, rate: float):
    try:
        vectors = trainer(learning_rate=rate, epochs=2).fit(planted.language())
    except DivergedError as error:
        assert "learning rate" in str(error)
    else:
        assert np.isfinite(vectors.matrix).all()


def test_its_folder_tells_how_training_went(stepping: Any, tmp_path: Path):
    updates = []
    stepping.fit(planted.language(), out=tmp_path / "it", on_progress=updates.append)
    _, told, _ = trace(tmp_path / "it")
    assert len(told) == len(updates) == N_STRETCHES
    assert [update["done"] for update in told] == [update.done for update in updates]
    assert told[-1]["done"] == told[-1]["total"]
    assert told[-1]["figures"].keys() == {"epoch", "loss", "learning_rate", "held_out_loss"}
    rates = [update["figures"]["learning_rate"] for update in told]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(getattr(stepping, "min_learning_rate", rates[-1]))


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


def test_a_run_that_is_done_is_not_run_again(stepping: Any, uninterrupted: tuple, tmp_path: Path):
    told = []
    again = stepping.fit(
        planted.language(), out=tmp_path / "whole", resume=True, on_progress=told.append
    )
    assert not told
    assert np.array_equal(again.matrix, lexloom.load(tmp_path / "whole").matrix)
    assert trace(tmp_path / "whole") == uninterrupted


def test_interrupted_without_a_folder_nothing_is_kept(stepping: Any):
    with pytest.raises(KeyboardInterrupt) as caught:
        stepping.fit(
            planted.language(), on_progress=lambda update: os.kill(os.getpid(), signal.SIGINT)
        )
    assert str(caught.value) == "Nothing was saved: training ran without out=."
    with pytest.raises(SettingError, match="resume=True needs out="):
        stepping.fit(planted.language(), resume=True)


def test_it_goes_on_with_new_words(trainer: Trainer):
    outputs = {"keep_output": True} if trainer.has_outputs else {}
    first = trainer(**outputs).fit(planted.language())
    more = planted.language(2000, first_topic=planted.N_PAIRS // 2)
    second = trainer(**outputs, epochs=6).fit(more, start=first)
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
    if not trainer.has_outputs:
        pytest.skip("keeps no second matrix")
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
        ({"on_epoch": "tell"}, "on_epoch must be a function, got 'tell'."),
    ]:
        with pytest.raises(LexloomError) as refused:
            trainer().fit(planted.language(), **arguments)
        assert message in str(refused.value)


def falling_then_rising() -> Callable[[WordVectors], float]:
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.1])
    return lambda vectors: next(scores)


def test_patience_gives_the_vectors_of_the_best_epoch(trainer: Trainer):
    epochs, kept, score = [], [], falling_then_rising()
    vectors = trainer(patience=2, **trainer.in_order).fit(
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
