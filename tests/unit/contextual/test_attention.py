"""Attention and similarity by words: sums and means of the pieces, and pages that hold them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from tests import small_encoders
from tests.unit.reporting.test_heat_maps import numbers_of

from lexloom import Encoder
from lexloom.contextual.attending import attend, over_units
from lexloom.contextual.heat_pages import attention_page, similarity_page, word_similarity
from lexloom.errors import SettingError

torch = pytest.importorskip("torch", reason="needs lexloom[contextual]")
transformers = pytest.importorskip("transformers", reason="needs lexloom[contextual]")

TEXT = "the good cats, 苹果公司 发布了"


@pytest.fixture(scope="module", params=["wordpiece", "byte-level bpe", "unigram"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_encoders.save(tmp_path_factory.mktemp("models") / "it", request.param)


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return Encoder.load(folder)


def by_transformers(folder: Path, text: str) -> np.ndarray:
    """The attention between pieces as the library itself gives it."""
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    ids = small_encoders.Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids
    with torch.inference_mode():
        found = model(torch.tensor([ids]), output_attentions=True).attentions
    return torch.cat(found).numpy()


def test_attention_is_that_of_the_model(folder: Path, encoder: Encoder):
    seen = encoder.attention_of(TEXT)
    assert seen.weights == pytest.approx(by_transformers(folder, TEXT), abs=1e-6)
    assert len(seen.written) == seen.weights.shape[-1]
    assert seen.written[0] == "[CLS]" and seen.first == 1


def test_words_are_embedded_the_same_before_and_after(encoder: Encoder):
    before = encoder.embed_texts([TEXT])
    encoder.attention_of(TEXT)
    assert np.array_equal(encoder.embed_texts([TEXT]), before)


def test_rows_sum_to_one_and_units_cover_the_text(encoder: Encoder):
    found = attend(encoder, TEXT, language="zh")
    assert found.weights.shape[2:] == (len(found.units),) * 2
    assert found.weights.sum(-1) == pytest.approx(1, abs=1e-5)
    assert {"good", "苹果公司"} <= set(found.units) or {"good", "苹果"} <= set(found.units)
    assert found.units[0] == "[CLS]" and found.units[-1] == "[SEP]"
    spans = [span for span in found.spans if span is not None]
    covered = {place for start, stop in spans for place in range(start, stop)}
    assert {place for place, letter in enumerate(TEXT) if letter.isalpha()} <= covered
    starts = [start for start, _ in spans]
    assert starts == sorted(starts)


def test_units_are_summed_to_and_averaged_from():
    weights = np.array([[[[0.2, 0.3, 0.5], [0.1, 0.1, 0.8], [0.6, 0.4, 0.0]]]], np.float32)
    found = over_units(weights, [[0, 1], [2]])
    # from the word of pieces 0 and 1: the mean of their rows; to it: the sum of their columns.
    assert found[0, 0] == pytest.approx(np.array([[0.35, 0.65], [1.0, 0.0]]))
    straddling = over_units(weights, [[0], [0, 1], [2]])
    assert straddling[0, 0, 0] == pytest.approx([0.1, 0.4, 0.5])
    assert straddling.sum(-1) == pytest.approx(1)


def test_the_page_holds_the_numbers(encoder: Encoder):
    found = attend(encoder, TEXT, language="zh", layers=[2])
    assert found.layers == (2,) and found.weights.shape[:2] == (1, 2)
    whole = attend(encoder, TEXT, language="zh")
    assert np.array_equal(found.weights[0], whole.weights[1])
    data, shown = numbers_of(attention_page(found, TEXT))
    assert [name for name, _ in data["rows"]] == list(found.units)
    assert shown[:, 1:] == pytest.approx(found.weights, abs=1e-4)
    assert shown[:, 0] == pytest.approx(found.weights.mean(axis=1), abs=1e-4)
    place = found.units.index("good")
    assert data["rows"][place][1] == [f"pieces of good: {' '.join(found.pieces[place])}"]


def test_a_prefix_is_shown_apart(folder: Path):
    found = attend(Encoder.load(folder, prefix="the "), "good cat", language="en")
    assert found.units[-3:-1] == ("good", "cat")
    assert found.spans[-3:-1] == ((0, 4), (5, 8)) and found.spans[1] is None


def test_similarity_is_the_cosine_of_words_in_their_texts(encoder: Encoder):
    texts = ["the cat sat", "a good cat"]
    first, second = encoder.embed_words(texts, language="en")
    found = word_similarity(first, second)
    assert found.shape == (3, 3)
    expected = np.dot(first.vectors[1], second.vectors[2]) / (
        np.linalg.norm(first.vectors[1]) * np.linalg.norm(second.vectors[2])
    )
    assert found[1, 2] == pytest.approx(expected, abs=1e-6)
    assert np.diag(word_similarity(first, first)) == pytest.approx(1, abs=1e-6)
    data, shown = numbers_of(similarity_page(first, second, texts))
    assert shown == pytest.approx(found, abs=1e-4)
    assert [name for name, _ in data["columns"]] == ["a", "good", "cat"]


@pytest.mark.parametrize("text", ["", "cat " * 100])
def test_texts_that_are_not_read_at_once_are_refused(encoder: Encoder, text: str):
    with pytest.raises(SettingError, match="text must have from 1 to 62 pieces"):
        attend(encoder, text)


@pytest.mark.parametrize("layers", [[0], [3], [], ["1"]])
def test_layers_that_are_not_there_are_refused(encoder: Encoder, layers: list):
    with pytest.raises(SettingError, match="layers must"):
        attend(encoder, TEXT, layers=layers)


def test_what_is_no_text_is_refused(encoder: Encoder):
    with pytest.raises(SettingError, match="text must be a str"):
        attend(encoder, 3)  # type: ignore[arg-type]  # that is the point
    with warnings.catch_warnings(), pytest.raises(SettingError, match="at least one word"):
        warnings.simplefilter("ignore")
        word_similarity(*encoder.embed_words(["a cat", "!"], language="en"))
