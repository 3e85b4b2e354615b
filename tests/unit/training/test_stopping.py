"""When it is enough, and which epoch was the best."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom.training.history import Epoch
from lexloom.training.stopping import Best, best_epoch, is_stuck, regret


@pytest.mark.parametrize(
    ("losses", "best", "stuck_at"),
    [([3.0], 0, 0), ([3.0, 2.0], 1, 0), ([2.0, 3.0], 0, 1), ([2.0, 2.0, 2.5], 0, 2)],
)
def test_the_first_of_the_lowest_counts(losses: list[float], best: int, stuck_at: int):
    assert best_epoch(losses) == best
    assert [patience for patience in (1, 2, 3) if is_stuck(losses, patience)] == list(
        range(1, stuck_at + 1)
    )


def test_without_losses_nothing_is_stuck():
    assert not is_stuck([], 1)


def test_a_high_score_is_a_low_regret():
    assert regret(Epoch(1, 0.0, 0.0, 2.5, None)) == 2.5
    assert regret(Epoch(1, 0.0, 0.0, 2.5, 0.75)) == -0.75


class Model:
    def __init__(self) -> None:
        self.matrix = np.zeros(2)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"matrix": self.matrix}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.matrix[:] = arrays["matrix"]


def test_the_best_is_kept_through_a_checkpoint():
    model, best = Model(), Best(patience=2)
    best.give_back(model)
    for value, loss in ((1.0, 5.0), (2.0, 4.0), (3.0, 4.5)):
        model.matrix[:] = value
        best.look(loss, model)
    assert not best.is_stuck
    again = Best(patience=2)
    kept = again.restore([5.0, 4.0, 4.5], {**model.arrays(), **best.arrays()})
    assert kept.keys() == {"matrix"}
    again.look(4.2, model)
    assert again.is_stuck
    again.give_back(model)
    assert model.matrix.tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("n_judged", "scores", "kept"),
    [
        (100, (0.8, 0.79), 2),  # one text of a hundred says nothing
        (100, (0.8, 0.75), 1),  # more than one standard error of .04
        (10_000, (0.8, 0.79), 1),
        (100, (0.7, 0.8, 0.78, 0.7), 3),
        (None, (0.8, 0.79), 1),
        (None, (0.8, 0.8), 1),
        (4, (1.0, 0.75), 1),  # all right has no error
        (4, (0.0, 0.0), 1),
    ],
)
def test_of_epochs_that_are_as_good_the_last_is_kept(
    n_judged: int | None, scores: tuple[float, ...], kept: int
):
    model, best = Model(), Best(2, n_judged)
    for number, score in enumerate(scores, 1):
        model.matrix[:] = number
        best.look(-score, model)
    best.give_back(model)
    assert model.matrix.tolist() == [kept, kept]
    assert best.is_stuck == (len(scores) - 1 - scores.index(max(scores)) >= 2)
