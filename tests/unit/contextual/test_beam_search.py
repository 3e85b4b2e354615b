"""Beams find what a slow search finds that computes everything anew for each text alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

import torch  # the same

from lexloom.contextual.encoder_decoders.beginning import new_model, new_tokenizer  # the same
from lexloom.contextual.encoder_decoders.sizes import Size  # the same
from lexloom.contextual.encoder_decoders.writing import written  # the same

TEXTS = ["a cat", "the room was good and the food was bad", "苹果", "a", "good food"]


@pytest.fixture(scope="module")
def model() -> Any:
    made = new_model(
        new_tokenizer(TEXTS * 5, pieces=280, seed=1), Size(16, 2, 2, 1e-3), positions=64,
        dropout=0.1, seed=3,
    )  # fmt: skip
    # Texts of all lengths are to be written, not only the longest.
    made.module.final_logits_bias[0, made.last_id] = 2.5
    return made


def slow(model: Any, source: Any, begun: list[int], most: int, beams: int, alpha: float) -> Any:
    """Search without a cache and without a batch."""
    going: list[tuple[float, list[int]]] = [(0.0, [])]
    ended: list[tuple[float, list[int]]] = []
    for length in range(1, most + 1):
        found = []
        for worth, ids in going:
            given = {"input_ids": source[None], "decoder_input_ids": [[*begun, *ids]]}
            scores = model.module(**{n: torch.tensor(x) for n, x in given.items()}).logits[0, -1]
            likely = scores.log_softmax(-1).tolist()
            found += [(worth + one, [*ids, piece]) for piece, one in enumerate(likely)]
        found = sorted(found, key=lambda one: -one[0])[: 2 * beams]
        penalty = ((5 + length) / 6) ** alpha
        ended += [(w / penalty, ids[:-1]) for w, ids in found[:beams] if ids[-1] == model.last_id]
        going = [one for one in found if one[1][-1] != model.last_id][:beams]
        if len(ended) >= beams:
            break
    return max(ended or going, key=lambda one: one[0])[1]


@pytest.mark.parametrize(("beams", "alpha"), [(1, 1.0), (3, 0.0), (4, 1.0)])
@pytest.mark.parametrize("start", [[], [9, 11]])
def test_beams_find_what_a_slow_search_finds(model: Any, beams: int, alpha: float, start: Any):
    sources = model.source_ids(TEXTS)
    made = written(
        model, sources, most=8, start=np.array(start, np.int64), beams=beams, length_penalty=alpha
    )
    with torch.inference_mode():
        expected = [
            slow(model, source, [model.start_id, *start], 8, beams, alpha) for source in sources
        ]
    assert [ids.tolist() for ids in made] == expected
    assert start or len({len(ids) for ids in made}) > 1


def test_nothing_is_written_for_nothing(model: Any):
    assert written(model, [], most=8) == []
    assert not model.module.training
