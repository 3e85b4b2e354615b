"""Rows that wait for their steps end where AdamW leads them that takes every step."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'lexloom[neural]'")

from lexloom.training.gradient_descent import Descent, GradientDescent  # noqa: E402  # torch

N_ROWS, WIDTH, N_STEPS = 30, 4, 60
BY_ROW = Descent(0.05, n_steps=N_STEPS, by_row=frozenset({"rows.weight"}), largest_gradient=0.5)


class Looking(torch.nn.Module):
    """Looks some rows up and is wrong by how far they are from what they should be."""

    def __init__(self, *, sparse: bool) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(3)
        self.rows = torch.nn.Embedding(N_ROWS, WIDTH, sparse=sparse)
        self.layer = torch.nn.Linear(WIDTH, 1)
        with torch.no_grad():
            self.rows.weight.copy_(torch.rand(N_ROWS, WIDTH, generator=draw))
            self.layer.weight.copy_(torch.rand(1, WIDTH, generator=draw))
            self.layer.bias.zero_()

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return ((self.layer(self.rows(ids)) - ids[:, None] / 10) ** 2).sum()


def batch(number: int) -> torch.Tensor:
    """Draw ids; few of them are often there, many wait long, one never comes."""
    drawn = np.random.default_rng(number).zipf(1.5, 6)
    return torch.from_numpy(np.minimum(drawn, N_ROWS - 1) - 1)


def descend(module: Looking, descent: GradientDescent, numbers: range, *, by_row: bool) -> None:
    for number in numbers:
        ids = batch(number)
        rows = {"rows.weight": ids} if by_row else None
        descent.step(number, lambda ids=ids: module(ids), rows=rows)


def by_row() -> tuple[Looking, GradientDescent]:
    module = Looking(sparse=True)
    return module, GradientDescent(module, BY_ROW)


def test_rows_end_where_adamw_leads_them():
    plain, module = Looking(sparse=False).double(), Looking(sparse=True).double()
    descent = GradientDescent(module, BY_ROW)
    whole = GradientDescent(plain, Descent(0.05, n_steps=N_STEPS, largest_gradient=0.5))
    descend(plain, whole, range(N_STEPS), by_row=False)
    descend(module, descent, range(N_STEPS), by_row=True)
    expected = whole.arrays()
    descent.catch_up()
    for name, array in descent.arrays().items():
        if name in expected:
            assert array == pytest.approx(expected[name], abs=1e-5), name
    moved = (plain.rows.weight - Looking(sparse=False).rows.weight).abs().max(1).values
    assert float(moved[-1].detach()) == 0 and float(moved[0].detach()) > 0.1


def test_rows_go_on_from_arrays_to_the_same_bytes():
    (first, begun), (second, resumed), (module, whole) = by_row(), by_row(), by_row()
    descend(first, begun, range(25), by_row=True)
    resumed.restore({name: array.copy() for name, array in begun.arrays().items()})
    descend(second, resumed, range(25, N_STEPS), by_row=True)
    descend(module, whole, range(N_STEPS), by_row=True)
    for name, array in resumed.arrays().items():
        assert np.array_equal(array, whole.arrays()[name]), name
