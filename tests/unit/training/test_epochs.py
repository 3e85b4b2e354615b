"""The loop of epochs, on a model that only counts."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexloom.errors import DivergedError, SettingError
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.epochs import Schedule, run_epochs
from lexloom.training.history import Epoch, History, Tally
from lexloom.training.signals import Interrupted


class Counting:
    """A model whose only number counts its stretches; its held-out loss is as listed."""

    n_stretches, stretch_units, n_units, unit = 3, 4, 10, "words"

    def __init__(self, losses: tuple[float, ...] = ()) -> None:
        self.count = np.zeros(1)
        self.losses = losses
        self.trained: list[tuple[int, int]] = []

    def train(self, epoch: int, stretch: int) -> Tally:
        self.trained.append((epoch, stretch))
        self.count += 1
        return Tally(2.0 * (epoch + 1), 4.0)

    def rate(self, epoch: int, stretch: int) -> float:
        return 1.0 / (1 + epoch * 3 + stretch)

    def held_out_loss(self) -> float | None:
        if not self.losses:
            return None
        return self.losses[max(int(self.count[0]) // 3 - 1, 0)]

    def arrays(self) -> dict[str, np.ndarray]:
        return {"count": self.count}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.count[:] = arrays["count"]


def schedule(epochs: int = 2, **changes: Any) -> Schedule:
    return Schedule(**{"epochs": epochs, "patience": None, "checkpoint_seconds": 1e9, **changes})


def checkpoints(folder: Path, **changes: Any) -> Checkpoints:
    return Checkpoints(
        folder / "it", {"kind": "test"}, **{"resume": True, "force": False, **changes}
    )


def test_it_goes_over_every_stretch_of_every_epoch_once():
    model, updates, epochs = Counting(), [], []
    history = run_epochs(model, schedule(on_epoch=epochs.append), None, updates.append)
    assert model.trained == [(e, s) for e in range(2) for s in range(3)]
    assert [update.done for update in updates] == [4, 8, 10, 14, 18, 20]
    assert {update.total for update in updates} == {20}
    assert history.epochs == epochs
    assert epochs == [Epoch(1, 0.5, 12.0, None, None), Epoch(2, 1.0, 12.0, None, None)]
    assert [update.figures["loss"] for update in updates] == [0.5, 0.5, 0.5, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("patience", "n_epochs", "best"), [(1, 2, 1), (2, 6, 4), (3, 7, 4), (None, 9, None)]
)
def test_patience_ends_it_and_gives_the_best_back(
    patience: int | None, n_epochs: int, best: int | None
):
    model = Counting((5, 6, 4, 3, 3, 3, 7, 8, 9))
    history = run_epochs(model, schedule(9, patience=patience), None, None)
    assert len(history.epochs) == n_epochs
    assert model.count[0] == 3 * (n_epochs if best is None else best)


def test_the_score_goes_before_the_held_out_loss():
    model, scores = Counting((5, 4, 3, 2)), iter([3, 4, 1])
    settings = schedule(4, patience=1, judge=lambda: next(scores))
    history = run_epochs(model, settings, None, None)
    assert [epoch.score for epoch in history.epochs] == [3, 4, 1]
    assert [epoch.held_out_loss for epoch in history.epochs] == [5, 4, 3]
    assert model.count[0] == 6


def test_it_saves_by_time_or_by_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for changes, expected in [
        ({"checkpoint_seconds": 0.0}, [1, 2, 3, 4, 5, 6]),
        ({"checkpoint_epochs": 1}, [3, 6]),
        ({"checkpoint_epochs": 2}, [6]),
        ({}, []),
    ]:
        saved: list[int] = []
        with checkpoints(tmp_path, resume=False, force=True) as places:
            monkeypatch.setattr(places, "save", lambda step, *rest, to=saved: to.append(step))
            run_epochs(Counting(), schedule(**changes), places, None)
        assert saved == expected


def test_asked_to_stop_it_saves_once_and_says_where(tmp_path: Path):
    model = Counting()
    with pytest.raises(Interrupted) as caught, checkpoints(tmp_path) as places:
        save, saved = places.save, []
        places.save = lambda step, *rest: saved.append(step) or save(step, *rest)
        run_epochs(
            model,
            schedule(checkpoint_seconds=0.0),
            places,
            lambda update: os.kill(os.getpid(), signal.SIGTERM),
        )
    assert saved == [1]
    assert caught.value.exit_code == 143
    assert str(caught.value) == (
        f"{tmp_path / 'it.training'} holds what was done: the same command with --resume "
        "(resume=True) goes on."
    )
    with checkpoints(tmp_path) as places:
        run_epochs(again := Counting(), schedule(), places, None)
    assert model.trained + again.trained == [(e, s) for e in range(2) for s in range(3)]
    assert again.count[0] == 6


def test_what_is_not_finite_is_not_saved(tmp_path: Path):
    model = Counting()
    model.count[0] = np.nan
    with pytest.raises(DivergedError) as caught, checkpoints(tmp_path) as places:
        run_epochs(model, schedule(checkpoint_epochs=1), places, None)
    assert str(caught.value).startswith("a vector was not finite after step 3 (epoch 2).")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused(score: float):
    with pytest.raises(SettingError, match=r"^score must give a finite number, got (nan|inf)\.$"):
        run_epochs(Counting(), schedule(judge=lambda: score), None, None)


def test_in_another_thread_signals_stay_where_they_are():
    model, failures = Counting(), []

    def work() -> None:
        try:
            run_epochs(model, schedule(), None, None)
        except BaseException as error:  # noqa: BLE001  # a thread's failure must come out
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not failures
    assert len(model.trained) == 6


def test_a_history_comes_back_from_plain_values():
    history = History(1, 2, Tally(0.1, 3.0), [Epoch(1, 0.5, 12.0, None, 0.25)], 1.5)
    assert History.from_dict(history.as_dict()) == history
    assert Tally().mean == 0.0
