"""A layer begins with what can be read off vectors, whatever lies in all of them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs lexloom[finetune]")
pytest.importorskip("sklearn", reason="needs lexloom[finetune]")

from lexloom.arrays import Ids, Vectors  # the same
from lexloom.finetuning.beginning import begin_layer  # the same
from lexloom.finetuning.targets.labels import OneLabel, SeveralLabels  # the same
from lexloom.finetuning.targets.number import Number  # the same
from lexloom.finetuning.targets.target import Target  # the same
from lexloom.finetuning.text_network import new_layer  # the same

N, WIDTH = 5_000, 16
DRAW = np.random.default_rng(1)
SIDE = DRAW.standard_normal(N)
# What differs is small beside what all vectors have in common, as it is in encoders of texts.
VECTORS = (5 + 0.1 * DRAW.standard_normal((N, WIDTH))).astype(np.float32)
VECTORS[:, 0] += 0.3 * SIDE.astype(np.float32)
BOTH = np.stack([SIDE > 0, SIDE < 1], 1).astype(np.float32)
TARGETS: dict[str, tuple[Target, np.ndarray]] = {
    "label": (OneLabel(["a", "b"]), (SIDE > 0).astype(np.int32)),
    "labels": (SeveralLabels(["a", "b"]), BOTH),
    "number": (Number(), SIDE.astype(np.float32)),
}


def scores(target: Target, numbers: np.ndarray, **settings: bool) -> Vectors:
    """Begin a layer, and let it score all texts."""
    layer = new_layer(WIDTH, len(target.names) or 1, seed=1)

    def vectors_of(rows: Ids) -> tuple[Vectors, np.ndarray]:
        return VECTORS[rows], numbers[rows]

    begin_layer(layer, vectors_of, N, target, seed=1, **settings)
    weight, bias = (p.detach().numpy() for p in layer.parameters())
    return VECTORS @ weight.T + bias


@pytest.mark.parametrize("name", TARGETS)
def test_it_knows_before_the_first_step(name: str):
    target, numbers = TARGETS[name]
    made = scores(target, numbers)
    if name == "number":
        assert np.corrcoef(made[:, 0], numbers)[0, 1] > 0.9
    else:
        assert target.quality(made, numbers) > 0.8


def test_what_hardly_differs_does_not_count():
    noise = np.random.default_rng(2).standard_normal(N).astype(np.float32)
    vectors = np.column_stack([VECTORS, 1e-30 * noise])
    target, numbers = TARGETS["label"]
    layer = new_layer(WIDTH + 1, 2, seed=1)
    begin_layer(layer, lambda rows: (vectors[rows], numbers[rows]), N, target, seed=1)
    assert layer.weight.abs().max() < 100


def test_a_rare_label_is_learned_too():
    numbers = (SIDE > 0).astype(np.int32)
    numbers[SIDE.argmax()] = 2
    made = scores(OneLabel(["a", "b", "c"]), numbers)
    assert made.shape == (N, 3) and np.isfinite(made).all()


def test_rare_labels_may_weigh_the_same():
    numbers = (SIDE > 2).astype(np.int32)
    plain, balanced = (
        scores(OneLabel(["a", "b"]), numbers, balanced=balanced).argmax(1).sum()
        for balanced in (False, True)
    )
    assert balanced > 2 * plain


def test_what_no_example_shows_leaves_the_layer_as_it_was():
    layer = new_layer(WIDTH, 3, seed=1)
    before = layer.weight.detach().clone()
    target, numbers = OneLabel(["a", "b", "c"]), (SIDE > 0).astype(np.int32)
    begin_layer(layer, lambda rows: (VECTORS[rows], numbers[rows]), N, target, seed=1)
    assert (layer.weight == before).all()
