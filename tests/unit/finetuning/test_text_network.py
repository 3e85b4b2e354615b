"""What torch learns with is what the encoder and its head give afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

from tests import small_encoders  # the same

from lexloom import Encoder  # the same
from lexloom.finetuning.sequence_learning import _shares  # the same
from lexloom.finetuning.text_network import TextBody, TextNetwork  # the same

TEXTS = ["苹果公司发布了新手机", "the cat", "", "it's a good cat, 你好 世界"]


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "last"])
def test_every_pooling_is_that_of_the_encoder(tmp_path: Path, pooling):
    encoder = Encoder.load(small_encoders.save(tmp_path / "it"), texts=pooling, prefix="good ")
    network = TextNetwork(
        encoder.network.module, encoder.network.pad_id, pooling, 3, dropout=0.0, seed=1
    ).eval()
    sequences, n_cut = encoder.reader.beginnings(TEXTS, 64)
    found = network.answer(sequences, most_pieces=40)
    np.testing.assert_allclose(found, network.head().scores(encoder.embed_texts(TEXTS)), atol=1e-5)
    assert n_cut == 0


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "last"])
@pytest.mark.parametrize("others", [["the cat", "a good cat"], []])
def test_a_text_without_pieces_has_no_vector_and_teaches_nothing(
    tmp_path: Path, pooling: str, others: list[str]
):
    encoder = Encoder.load(small_encoders.save(tmp_path / "it", framed=False), texts=pooling)
    body = TextBody(encoder.network.module, encoder.network.pad_id, pooling)
    sequences, _ = encoder.reader.beginnings(["\u200b", *others], 64)
    assert not len(sequences[0])
    vectors = body(sequences)
    expected = encoder.embed_texts(["\u200b", *others])
    np.testing.assert_allclose(vectors.detach(), expected, atol=1e-5)
    vectors.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in body.parameters())


def test_the_beginning_of_a_text_is_as_long_as_asked(tmp_path: Path):
    encoder = Encoder.load(small_encoders.save(tmp_path / "it", positions=16), prefix="good ")
    (short, long), n_cut = encoder.reader.beginnings(["the cat", "the cat " * 50], 3)
    whole = encoder.reader.beginnings(["the cat " * 50], 1_000)[0][0]
    assert n_cut == 1 and len(whole) == 16
    frame = len(encoder.reader.beginnings([""], 3)[0][0])
    assert len(long) == frame + 3 and len(short) == frame + 2
    assert long.tolist()[: frame + 1] == whole.tolist()[: frame + 1]


def test_lower_layers_learn_more_slowly():
    names = [
        "body.embeddings.word_embeddings.weight",
        "body.encoder.layer.0.output.dense.weight",
        "body.encoder.layer.1.output.dense.weight",
        "layer.weight",
    ]
    assert _shares(names, 1.0) == {}
    assert _shares(names, 0.5) == pytest.approx(
        dict(zip(names[:3], (0.125, 0.25, 0.5), strict=True))
    )
    modern = [name.replace("encoder.layer", "layers") for name in names]
    assert list(_shares(modern, 0.5).values()) == list(_shares(names, 0.5).values())
