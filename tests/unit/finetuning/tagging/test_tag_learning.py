"""What is learned from tags: a batch in parts is a batch, and what is judged is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

import torch  # the same
from tests import small_encoders  # the same

from lexloom import Encoder, Tagger  # the same
from lexloom.contextual.language_models.architectures import set_dropout  # the same
from lexloom.errors import FormatError  # the same
from lexloom.finetuning.tagging.tag_learning import TagLearning  # the same
from lexloom.finetuning.tagging.tag_scheme import TagScheme  # the same
from lexloom.finetuning.tagging.tagged_sentences import TaggedSentence  # the same

SPANS = [
    TaggedSentence(tuple("我吃苹果" + "我" * n), ("O", "O", "B-X", "I-X", *"O" * n))
    for n in range(0, 40, 5)
]
WORDS = [TaggedSentence(tuple("我吃"), ("NN", "VV")), TaggedSentence(("我",), ("NN",))]


def learning(folder: Path, train: Any, dev: Any = SPANS, **settings: Any) -> TagLearning:
    encoder = Encoder.load(small_encoders.save(folder))
    set_dropout(encoder.network.module, 0.0)
    trainer = Tagger(model=str(folder), epochs=2, batch=8, dropout=0.0, **settings)
    scheme = TagScheme(sorted({tag for each in train for tag in each.tags}))
    return TagLearning(trainer, encoder, encoder.network.module, (train, dev), scheme, "float32")


def test_a_batch_in_parts_is_a_batch(tmp_path: Path):
    losses, slopes = [], []
    for pieces in (1, 4096):
        made = learning(tmp_path, SPANS, batch_pieces=pieces)
        losses.append(made.train(0, 0).mean)
        named = made.network.named_parameters()
        slopes.append(torch.cat([p.grad.reshape(-1) for n, p in named if n.startswith("layer")]))
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    torch.testing.assert_close(*slopes, atol=1e-5, rtol=1e-4)


def test_answers_that_are_judged_are_spans_or_units(tmp_path: Path):
    twice = TaggedSentence(tuple("苹果苹果"), ("B-X", "I-X") * 2)
    assert learning(tmp_path, SPANS, [twice, SPANS[0]]).n_judged == 3
    assert learning(tmp_path, SPANS, [TaggedSentence(("我",), ("O",))]).n_judged is None
    assert learning(tmp_path, WORDS, WORDS).n_judged == 3


def test_units_without_a_piece_teach_nothing(tmp_path: Path):
    made = learning(tmp_path, [*WORDS, TaggedSentence(("\u200b",), ("NN",))], WORDS)
    assert made.n_units == len(WORDS)
    with pytest.raises(FormatError, match="no unit to learn from has a piece"):
        learning(tmp_path, [TaggedSentence(("\u200b",), (tag,)) for tag in ("NN", "VV")], WORDS)
