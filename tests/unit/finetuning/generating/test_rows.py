"""Sequences side by side are foretold as alone, and little of their rows is empty."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.finetuning.generating.rows import filled_rows, rows_of_sequences

LENGTHS = (5, 30, 17, 2, 60, 33, 21, 8, 64, 3, 41)


@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_every_sequence_has_its_place(lengths: list[int]):
    rows = filled_rows(np.array(lengths), 40)
    assert sorted(number for row in rows for number in row) == list(range(len(lengths)))
    sums = [sum(lengths[number] for number in row) for row in rows]
    assert max(sums) <= 40
    assert all(one + other > 40 for one, other in itertools.pairwise(sums))


def test_pieces_and_their_places():
    made = rows_of_sequences([np.array([7, 8]), np.array([5]), np.array([1, 2, 3])], filling=9)
    assert made.ids.tolist() == [[1, 2, 3, 7, 8, 5]]
    assert made.positions.tolist() == [[0, 1, 2, 0, 1, 0]]
    assert made.starts.tolist() == [3, 5, 0]
    mask = made.mask
    assert mask is not None
    assert mask[0, 0].astype(int).tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
    assert rows_of_sequences([np.arange(200), np.arange(199)]).mask is None


@pytest.mark.parametrize("kind", ["gpt2", "llama", "qwen2", "qwen3"])
def test_side_by_side_is_as_alone(tmp_path: Path, kind: str):
    torch = pytest.importorskip("torch", reason="needs lexloom[finetune]")
    pytest.importorskip("transformers", reason="the same")
    from tests import small_causal

    from lexloom.contextual.language_models.causal_model import CausalModel
    from lexloom.finetuning.generating.answer_network import AnswerNetwork, nats_of_passages
    from lexloom.finetuning.generating.answer_sequences import AnswerSequence

    model = CausalModel.of_folder(small_causal.save(tmp_path / "it", kind))
    draw = np.random.default_rng(1)
    sequences = [
        AnswerSequence(draw.integers(0, len(model), n), int(draw.integers(1, n)), number)
        for number, n in enumerate(LENGTHS)
    ]
    made = rows_of_sequences([each.ids[:-1] for each in sequences])
    assert len(made.ids) < 4 and made.mask is not None
    network = AnswerNetwork(model.module).eval()
    with torch.no_grad():
        together = network(sequences).numpy()
        alone = []
        for each in sequences:
            scores = model.module(input_ids=torch.from_numpy(each.ids[None, :-1])).logits[0]
            chances = torch.log_softmax(scores, -1).numpy()
            places = np.arange(each.n_given - 1, len(each.ids) - 1)
            alone.append(-chances[places, each.ids[each.n_given :]])
    assert together == pytest.approx(np.concatenate(alone), abs=1e-5)
    nats = nats_of_passages(network, sequences, len(sequences), 100)
    assert nats == pytest.approx([found.sum() for found in alone], rel=1e-5)


@pytest.mark.parametrize("lengths", [(100, 90), (60, 30, 30)])
def test_rows_are_no_longer_than_a_model(tmp_path: Path, lengths: tuple[int, ...]):
    torch = pytest.importorskip("torch", reason="needs lexloom[finetune]")
    pytest.importorskip("transformers", reason="the same")
    from tests import small_causal

    from lexloom.contextual.language_models.causal_model import CausalModel
    from lexloom.finetuning.generating.answer_network import AnswerNetwork
    from lexloom.finetuning.generating.answer_sequences import AnswerSequence

    ids = [np.arange(n) for n in lengths]
    model = CausalModel.of_folder(small_causal.save(tmp_path / "it", positions=100))
    network = AnswerNetwork(model.module).eval()
    sequences = [AnswerSequence(own, 1, number) for number, own in enumerate(ids)]
    with torch.no_grad():
        alone = torch.cat([network([each]) for each in sequences])
        torch.testing.assert_close(network(sequences), alone, atol=1e-5, rtol=1e-5)
    assert rows_of_sequences(ids, most=100).ids.shape[1] == 100
