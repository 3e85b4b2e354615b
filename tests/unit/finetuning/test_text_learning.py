"""Every architecture learns, and words that a step does not see descend as if it had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")
pytest.importorskip("sklearn", reason="needs lexloom[finetune]")

import torch  # the same
from tests.unit.contextual.small import SMALL, corpus, tokenizer  # the same

from lexloom import Encoder, TextClassifier  # the same
from lexloom.contextual.pretraining import MaskedPretraining  # the same
from lexloom.finetuning.examples import examples_of  # the same
from lexloom.finetuning.labelled_parts import parted  # the same
from lexloom.finetuning.text_learning import TextLearning  # the same

TEXTS = [f"{'good' if n % 2 else 'bad'} {n} {'x' * (n % 5)}" for n in range(40)]
PAIRS = [(text, text.split()[0]) for text in TEXTS]
UNEVEN = [(text, "rare" if n % 5 == 0 else "usual") for n, text in enumerate(TEXTS)]


def learning(folder: Path, pairs: Any = PAIRS, **settings: Any) -> TextLearning:
    encoder = Encoder.load(folder)
    parts = parted(examples_of(pairs), None, None, dev_share=0.2, seed=1)
    trainer = TextClassifier(model=str(folder), epochs=2, batch=8, dropout=0.0, **settings)
    return TextLearning(trainer, encoder, encoder.network.module, parts, "float32")


@pytest.fixture(scope="module", params=["bert", "modernbert"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / request.param
    trainer = MaskedPretraining(**{**SMALL, "steps": 1, "architecture": request.param})
    trainer.fit(corpus(), out=out, tokenizer=tokenizer())
    return out


def test_the_words_go_by_row_in_every_architecture(folder: Path):
    made = learning(folder)
    assert len(made._words) == 1
    before = made.arrays()[next(iter(made._words))].copy()
    losses = [made.train(0, stretch).mean for stretch in range(made.n_stretches)]
    assert all(np.isfinite(losses))
    assert np.abs(made.arrays()[next(iter(made._words))] - before).max() > 0


def test_words_by_row_descend_as_in_whole(folder: Path):
    found = []
    for by_row in (True, False):
        made = learning(folder, weight_decay=0.0, learning_rate=1e-3)
        if not by_row:
            made.network.body.get_input_embeddings().sparse = False
            made._words = frozenset()
            made._descent = made._made_descent("float32")
        for epoch in range(2):
            for stretch in range(made.n_stretches):
                made.train(epoch, stretch)
        made.dev_scores()
        found.append({name: p.detach().numpy() for name, p in made.network.named_parameters()})
    for name, array in found[0].items():
        if "pooler" in name:  # drawn anew for each, and never asked
            continue
        np.testing.assert_allclose(array, found[1][name], atol=2e-4, err_msg=name)


def test_a_batch_in_parts_is_a_batch(folder: Path):
    found = []
    for pieces in (1, 4096):
        made = learning(folder, batch_pieces=pieces)
        made.train(0, 0)
        named = made.network.named_parameters()
        found.append(torch.cat([p.detach().reshape(-1) for n, p in named if "pooler" not in n]))
    torch.testing.assert_close(*found, atol=1e-5, rtol=1e-4)


def test_a_batch_of_uneven_labels_in_parts_is_a_batch(folder: Path):
    losses, slopes = [], []
    for pieces in (1, 4096):
        made = learning(folder, UNEVEN, batch_pieces=pieces, class_weights="balanced")
        losses.append([made.train(0, stretch).mean for stretch in range(made.n_stretches)])
        named = made.network.named_parameters()
        slopes.append(torch.cat([p.grad.reshape(-1) for n, p in named if n.startswith("layer")]))
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    torch.testing.assert_close(*slopes, atol=1e-5, rtol=1e-4)


def test_an_epoch_sees_each_text_once_and_the_next_in_another_order(folder: Path):
    made = learning(folder)
    first, second, again = (np.concatenate(made._order(epoch)).tolist() for epoch in (0, 1, 0))
    assert sorted(first) == sorted(second) == list(range(made.n_units))
    assert again == first != second
    assert len(made._order(0)) == made.n_stretches == 4
