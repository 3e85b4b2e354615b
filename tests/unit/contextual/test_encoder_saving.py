"""An encoder that was saved is the same encoder, and Hugging Face's library opens it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from tests import small_encoders

from lexloom import Encoder
from lexloom.contextual.model_writing import numbers_of
from lexloom.errors import FormatError
from lexloom.text.segmenting import Segmentation

TEXTS = ["苹果公司发布了新手机", "the cat can't sit", ""]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_encoders.save(tmp_path / "model")


def test_what_is_saved_embeds_alike_and_is_read_alike(folder: Path, tmp_path: Path):
    segmentation = Segmentation(language="en", lowercase=True)
    encoder = Encoder.load(
        folder, texts="max", prefix="query: ", layers=(0, -1), segmentation=segmentation
    )
    encoder.save(tmp_path / "kept")
    kept = Encoder.load(tmp_path / "kept")
    assert (kept.reading.texts, kept.reading.prefix) == ("max", "query: ")
    assert kept.settings == encoder.settings and kept.segmentation == segmentation
    np.testing.assert_array_equal(kept.embed_texts(TEXTS), encoder.embed_texts(TEXTS))
    assert kept.lineage == {"from": encoder.fingerprint}
    assert Encoder.load(tmp_path / "kept", texts="cls", layers="last").reading.texts == "cls"


def test_the_other_library_opens_it(folder: Path, tmp_path: Path):
    Encoder.load(folder).save(tmp_path / "kept")
    ids = torch.tensor([[2, 5, 9, 3]])
    found = [
        transformers.AutoModel.from_pretrained(path)(ids).last_hidden_state.detach().numpy()
        for path in (folder, tmp_path / "kept")
    ]
    np.testing.assert_array_equal(*found)
    assert transformers.AutoTokenizer.from_pretrained(tmp_path / "kept")("the cat")["input_ids"]


def test_halves_stay_halves_and_nothing_is_lost(folder: Path):
    module = transformers.AutoModel.from_pretrained(folder)
    with torch.no_grad():
        for number, p in enumerate(module.parameters()):
            p.copy_(p.half() if number % 2 else p)
    found = numbers_of(module)
    assert {array.dtype for array in found.values()} == {np.dtype("f2"), np.dtype("f4")}
    for name, p in module.state_dict().items():
        if "pooler." not in name:
            np.testing.assert_array_equal(found[name].astype(np.float32), p.numpy())


def test_a_tokenizer_that_cuts_otherwise_is_noticed(folder: Path):
    (folder / "fingerprint.json").write_text(json.dumps({"ids": [1], "text": ""}), encoding="utf-8")
    with pytest.raises(FormatError, match="cuts text otherwise"):
        Encoder.load(folder)
