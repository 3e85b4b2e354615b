"""What every trainer keeps whose kernels are ours: threads that do not matter, or matter little."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts import planted
from tests.contracts.trainers import LEAST_SHARE_FOUND, N_STRETCHES, WITH_KERNELS, Trainer, trace

from lexloom.errors import DivergedError
from lexloom.training.signals import Interrupted
from lexloom.vectors.word_vectors import WordVectors


@pytest.fixture(params=WITH_KERNELS)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return WITH_KERNELS[request.param]


class Stop(Exception):
    """What a caller's own listener raises."""


def test_in_order_it_learns_what_it_learns_freely(trainer: Trainer):
    free, ordered = (trainer(**way).fit(planted.language()) for way in ({}, trainer.in_order))
    assert planted.found_share(ordered) >= LEAST_SHARE_FOUND
    freely, in_order = (v.metrics["held_out_loss_per_epoch"][-1] for v in (free, ordered))
    assert freely == pytest.approx(in_order, rel=0.05)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_in_order_any_number_of_threads_gives_the_same_bytes(trainer: Trainer, threads: int):
    one = trainer(**trainer.in_order, epochs=2, threads=1).fit(planted.language())
    other = trainer(**trainer.in_order, epochs=2, threads=threads).fit(planted.language())
    digests = {hashlib.sha256(vectors.matrix.tobytes()).hexdigest() for vectors in (one, other)}
    assert len(digests) == 1
    for figure in ("loss_per_epoch", "held_out_loss_per_epoch", "n_pairs"):
        assert one.metrics[figure] == other.metrics[figure]


def test_other_threads_may_go_on_with_it(stepping: Any, uninterrupted: tuple, tmp_path: Path):
    def stop(update: Any) -> None:
        if 2 * update.done > update.total:
            raise Stop

    with pytest.raises(Stop):
        stepping.fit(planted.language(), out=tmp_path / "it", on_progress=stop)
    more = dataclasses.replace(stepping, threads=1, checkpoint_minutes=9.0)
    more.fit(planted.language(), out=tmp_path / "it", resume=True)
    assert trace(tmp_path / "it") == uninterrupted


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


@pytest.mark.parametrize("in_order", [False, True])
def test_numbers_that_overflow_stop_it_and_never_reach_the_disk(
    trainer: Trainer, tmp_path: Path, in_order: bool
):
    words = list(planted.language().vocabulary.words)
    matrix = np.full((len(words), 12), 1e38, np.float32)
    poisoned = WordVectors(words, matrix, output_matrix=matrix)
    with pytest.raises(DivergedError) as caught:
        trainer(**(trainer.in_order if in_order else {}), checkpoint_minutes=0).fit(
            planted.language(), start=poisoned, out=tmp_path / "it"
        )
    assert "not finite" in str(caught.value)
    for named in ("of training (epoch 1", "at learning rate 0.", "Lower learning_rate"):
        assert named in str(caught.value) or "vector was not finite" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
