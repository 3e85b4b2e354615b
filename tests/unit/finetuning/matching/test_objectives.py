"""Losses beside the formulas in a few lines of NumPy, and a batch in parts beside a whole one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

import torch  # the same
from tests import small_encoders  # the same

from lexloom import Matcher  # the same
from lexloom.contextual.language_models.architectures import set_dropout  # the same
from lexloom.finetuning.matching.judging import judge_of  # the same
from lexloom.finetuning.matching.known_pairs import KnownPairs  # the same
from lexloom.finetuning.matching.match_learning import MatchLearning  # the same
from lexloom.finetuning.matching.objectives import (  # the same
    cosine_error,
    label_surprise,
    order_error,
    search_surprise,
)
from lexloom.finetuning.matching.text_pairs import TextPairs  # the same


def both(n: int = 6, width: int = 4) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Vectors of pairs, and the cosines between all of them."""
    draw = np.random.default_rng(1)
    one, other = draw.normal(size=(2, n, width)).astype(np.float32)
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (one, other)]
    return torch.from_numpy(one), torch.from_numpy(other), unit[0] @ unit[1].T


def test_scores_are_wanted_as_cosines():
    one, other, cosines = both()
    wanted = np.linspace(0, 1, 6).astype(np.float32)
    found = cosine_error(one, other, torch.from_numpy(wanted))
    assert found.item() == pytest.approx(((np.diag(cosines) - wanted) ** 2).mean(), rel=1e-5)


def test_pairs_that_belong_together_are_wanted_above_others():
    one, other, cosines = both()
    own = np.diag(cosines) / 0.1
    expected = np.log(1 + sum(np.exp(own[n] - own[p]) for n in (0, 2, 3) for p in (1, 4, 5)))
    is_alike = torch.tensor([False, True, False, False, True, True])
    assert order_error(one, other, is_alike, 0.1).item() == pytest.approx(expected, rel=1e-5)
    assert order_error(one, other, torch.ones(6, dtype=torch.bool), 0.1).item() == 0


def test_labels_are_read_off_both_vectors_and_their_distance():
    one, other, _ = both()
    layer = torch.nn.Linear(12, 3)
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    scores = layer(torch.cat([one, other, (one - other).abs()], 1))
    expected = torch.nn.functional.cross_entropy(scores, labels)
    torch.testing.assert_close(label_surprise(one, other, labels, layer, 0.0), expected)
    cut = torch.cat([one[:, :2], other[:, :2], (one - other)[:, :2].abs()], 1)
    scores = cut @ layer.weight[:, [0, 1, 4, 5, 8, 9]].T + layer.bias
    expected = torch.nn.functional.cross_entropy(scores, labels)
    found = label_surprise(one[:, :2], other[:, :2], labels, layer, 0.0)
    torch.testing.assert_close(found, expected)


def test_what_is_known_to_belong_together_is_no_wrong_answer():
    pairs = KnownPairs(
        TextPairs("pairs", ("a", "a", "b", "c", "d", "x"), ("x", "y", "x", "d", "e", "z"))
    )
    known = pairs.belong(pairs.left, pairs.right)
    expected = [
        "111000",  # a: x and y, of which x is there twice
        "111000",
        "101000",  # b: x, not y
        "000100",  # c: d
        "000110",  # d: e; and d itself, which is c's
        "101001",  # x: z; and x itself
    ]
    assert [[int(digit) for digit in row] for row in expected] == known.astype(int).tolist()
    one, other, cosines = both()
    np.fill_diagonal(known, val=False)
    found = search_surprise(one, other, torch.from_numpy(known), 0.1).item()
    odds = np.where(known, 0, np.exp(cosines / 0.1))
    rows, columns = (np.log(odds.sum(axis) / np.diag(odds)) for axis in (1, 0))
    assert found == pytest.approx((rows.mean() + columns.mean()) / 2, rel=1e-4)


def learning(folder: Path, given: Any, dropout: float, **settings: Any) -> MatchLearning:
    made = Matcher(model=str(small_encoders.save(folder, "characters")), **settings)
    model = made._opened()
    parts = made._parts(given, None, None, model)
    body = model.network.module
    set_dropout(body, dropout)
    return MatchLearning(made, model, body, parts, judge_of(parts.dev, "a"), "a", "float32")


@pytest.mark.parametrize("values", [(), (0.0, 1.0), ("a", "b"), ("a", "b", "c")], ids=str)
def test_a_batch_that_is_read_in_parts_is_a_batch(tmp_path: Path, values: tuple[Any, ...]):
    texts = [f"苹果{'公司' * (n % 4)}发{'香' * (n % 7)}" for n in range(60)]
    given = [
        (text, text[::-1][:5], *([values[n % len(values)]] if values else []))
        for n, text in enumerate(texts)
    ]
    found = []
    for pieces in (1, 40, 1 << 14):
        made = learning(tmp_path / "it", given, 0.0, batch=16, batch_pieces=pieces, widths=(16, 4))
        loss = made.train(0, 0).mean
        named = made.network.named_parameters()
        learned = [p.detach().reshape(-1) for name, p in named if "pooler" not in name]
        found.append((loss, torch.cat(learned)))
    for loss, numbers in found[:-1]:
        assert loss == pytest.approx(found[-1][0], rel=1e-5)
        torch.testing.assert_close(numbers, found[-1][1], atol=2e-5, rtol=1e-4)


def test_what_is_left_out_is_left_out_again_where_it_is_read_again(tmp_path: Path):
    given = [f"苹果公司{letter}" for letter in "发布了新手机价格很贵我喜欢吃"]
    found = []
    for pieces in (1, 1 << 14):
        made = learning(tmp_path / "it", given, 0.5, batch=8, batch_pieces=pieces, dev_share=0.3)
        torch.manual_seed(1)
        # One text at a time, so that both draw what is left out in the same order.
        vectors = torch.cat([made._vectors(np.array([text])) for text in (3, 5)])
        (vectors[0] * vectors[1]).sum().backward()
        slopes = [p.grad for p in made.network.parameters() if p.grad is not None]
        found.append((vectors.detach(), torch.cat([p.to_dense().reshape(-1) for p in slopes])))
    for again, kept in zip(*found, strict=True):
        torch.testing.assert_close(again, kept)
