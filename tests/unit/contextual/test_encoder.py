"""An encoder gives what its transformer gives: one vector a word, one a text."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
import transformers
from tests import small_encoders

from lexloom.contextual.agreement import agreement
from lexloom.contextual.encoder import Encoder
from lexloom.errors import MissingExtraError, SettingError, ShapeError
from lexloom.text.segmenting import Segmentation

TEXTS = ["the cat sat on the mat.", "苹果公司发布了新手机", "", "a café!"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_encoders.save(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def characters(tmp_path_factory):
    return small_encoders.save(tmp_path_factory.mktemp("model"), "characters")


def load(folder, **settings):
    return Encoder.load(folder, precision="float32", **settings)


def plain(folder, text, **asked):
    """What transformers gives for one text, frame and all."""
    model = transformers.AutoModel.from_pretrained(folder)
    ids = small_encoders.Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids
    with torch.inference_mode():
        return model(torch.tensor([ids]), **asked)


def test_where_pieces_are_words_it_is_the_plain_output(characters):
    text = "苹果公司发布了"
    found = next(iter(load(characters).embed_words([text], language="characters")))
    assert found.words == tuple(text)
    expected = plain(characters, text).last_hidden_state[0, 1:-1].numpy()
    assert found.vectors == pytest.approx(expected, abs=1e-6)


def test_words_have_the_mean_of_their_pieces_in_their_sentence(folder):
    text = "the phone believe"
    found = next(iter(load(folder).embed_words([text])))
    cut = small_encoders.Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    hidden = plain(folder, text).last_hidden_state[0].numpy()
    for word, (start, end), vector in zip(found.words, found.spans, found.vectors, strict=True):
        own = [n for n, (a, b) in enumerate(cut.offsets) if start <= a < b <= end]
        assert text[start:end] == word and own
        assert vector == pytest.approx(hidden[own].mean(0), abs=1e-5)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [("last", [2]), ("last_four", [1, 2]), ((0,), [0]), ((1, -1), [1, 2])],
)
def test_layers_are_chosen_and_averaged(folder, asked, numbers):
    found = load(folder, layers=asked, texts="cls").embed_texts(["the cat"])
    states = plain(folder, "the cat", output_hidden_states=True).hidden_states
    expected = torch.stack([states[number][0, 0] for number in numbers]).mean(0).numpy()
    assert found[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("way", ["mean", "cls", "max", "last"])
def test_texts_are_pooled(folder, way):
    hidden = plain(folder, "the cat sat").last_hidden_state[0].numpy()
    expected = {
        "mean": hidden.mean(0), "cls": hidden[0], "max": hidden.max(0), "last": hidden[-1],
    }  # fmt: skip
    found = load(folder, texts=way).embed_texts(["the cat sat"])
    assert found[0] == pytest.approx(expected[way], abs=1e-5)
    normalized = load(folder, texts=way, normalize=True).embed_texts(["the cat sat", "a"])
    assert np.linalg.norm(normalized, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_prefix_is_read_and_has_no_words(folder):
    encoder = load(folder, prefix="the mat ")
    found = next(iter(encoder.embed_words(["cat sat"])))
    assert found.words == ("cat", "sat") and found.spans == ((0, 3), (4, 7))
    whole = next(iter(load(folder).embed_words(["the mat cat sat"]))).vectors
    assert found.vectors == pytest.approx(whole[2:], abs=1e-5)


def test_batches_do_not_change_what_comes_out(folder):
    texts = [text[:length] for text in small_encoders.TEXT for length in (5, 20, 60)]
    alone = load(folder, batch_pieces=1)
    together = load(folder, batch_pieces=100_000)
    for one, other in zip(alone.embed_words(texts), together.embed_words(texts), strict=True):
        assert one.words == other.words
        assert one.vectors == pytest.approx(other.vectors, abs=1e-5)
    assert alone.embed_texts(texts) == pytest.approx(together.embed_texts(texts), abs=1e-5)


def test_every_word_of_a_long_text_has_a_vector(folder):
    text = "the cat sat on the mat. " * 60
    encoder = load(folder, overlap=10)
    found = next(iter(encoder.embed_words([text])))
    assert len(found.words) == 360 and np.isfinite(found.vectors).all()
    assert (np.abs(found.vectors).sum(1) > 0).all()
    # The first sentence is read in the first window alone: as if that were the text.
    alone = next(iter(encoder.embed_words(["the cat sat on the mat. " * 9])))
    assert found.vectors[:6] == pytest.approx(alone.vectors[:6], abs=1e-5)
    assert encoder.embed_texts([text]).shape == (1, 16)


def test_words_far_back_count_where_the_model_reads_so_far(tmp_path):
    long = small_encoders.save(tmp_path / "long", positions=4096)
    short = small_encoders.save(tmp_path / "short", positions=64)
    near = "the cat sat on the mat "
    texts = [first + near * 400 for first in ("apples ", "dollars ")]  # 2,400 words
    for path, reaches in ((long, True), (short, False)):
        last = [each.vectors[-1] for each in load(path, overlap=16).embed_words(texts)]
        assert np.array_equal(*last) is not reaches


def test_words_without_pieces_are_told(folder):
    blanks = Segmentation(language="spaces")
    with pytest.warns(UserWarning, match="1 words have no piece"):
        (found,) = load(folder, segmentation=blanks).embed_words(["cat \u0301 sat"])
    assert found.words == ("cat", "sat")


def test_texts_may_come_one_by_one_for_ever(folder):
    def texts():
        while True:
            yield "the cat " * 2000

    stream = load(folder).embed_words(texts())
    assert len(next(stream).words) == 4000


def test_wrong_settings_are_refused(folder):
    for wrong, told in (
        ({"layers": ()}, "at least one"),
        ({"pieces": "sum"}, "pieces must be"),
        ({"overlap": -1}, "overlap"),
        ({"layer": 1}, "did you mean 'layers'"),
        ({"prefix": "the cat " * 40}, "leave room"),
    ):
        with pytest.raises(SettingError, match=told):
            load(folder, **wrong)
    with pytest.raises(SettingError, match="from -3 to 2, got 3"):
        load(folder, layers=(3,)).embed_texts(["a"])
    with pytest.raises(SettingError, match="got 5 as number 1"):
        load(folder).embed_texts(["a", 5])
    with pytest.raises(SettingError, match="language"):
        list(load(folder).embed_words(["a"], language="Chinese"))


def test_without_torch_the_command_is_told(folder, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexloom\[contextual\]'"):
        load(folder)


def test_compiled_it_gives_nearly_the_same(folder):
    pytest.importorskip("onnxscript", reason="the extra speed is not installed")
    pytest.importorskip("onnxruntime", reason="the extra speed is not installed")
    encoder = load(folder, layers="last_four")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = encoder.compile("onnx-int8")
    assert compiled.precision == "int8"
    near = agreement(encoder, compiled, [*TEXTS, "the cat " * 50])
    assert near.n_words > 100 and near.least > 0.99 and near.mean > 0.995
    # Rounded, and so never the same; a cosine of so small a network may itself round to 1.
    assert not np.array_equal(compiled.embed_texts(TEXTS), encoder.embed_texts(TEXTS))
    with pytest.raises(SettingError, match="compiled already"):
        compiled.compile("onnx-int8")
    with pytest.raises(SettingError, match="must be 'onnx-int8'"):
        encoder.compile("tensorrt")
    with pytest.raises(ShapeError, match="no word"):
        agreement(encoder, compiled, [""])
