"""A causal model goes on with texts: as without a cache, alone or beside others."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

import torch  # the same
from tests import small_causal, small_encoders  # the same
from tokenizers import decoders  # the same

from lexloom.contextual.language_models.causal_model import CausalModel  # the same
from lexloom.contextual.language_models.drawing import Drawing  # the same
from lexloom.contextual.language_models.wording import Wording  # the same
from lexloom.contextual.tokenizing.tokenizer import Tokenizer  # the same
from lexloom.errors import FormatError, SettingError  # the same

TEXT = "苹果公司 très bien, it's 好 🍎!"


@pytest.fixture(params=small_causal.KINDS)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> CausalModel:
    return CausalModel.of_folder(small_causal.save(tmp_path / "it", request.param))


@pytest.fixture
def gpt(tmp_path: Path) -> CausalModel:
    return CausalModel.of_folder(small_causal.save(tmp_path / "it"))


def slowly(model: CausalModel, prompt: str, drawing: Drawing) -> list[int]:
    """Read everything anew for each piece."""
    ids, generator = [*model.opening, *model.tokenizer.encode(prompt)], drawing.generator(0)
    n_before = len(ids)
    while len(ids) - n_before < drawing.n_pieces:
        with torch.no_grad():
            scores = model.module(input_ids=torch.tensor([ids])).logits[0, -1, : len(model)]
        piece = drawing.draw(scores.double().numpy(), ids[len(model.opening) :], generator)
        if piece == model.tokenizer.id_of("eos_token"):
            break
        ids.append(piece)
    return ids[n_before:]


@pytest.mark.parametrize(
    "how",
    [
        {"temperature": 0.0},
        {"seed": 5},
        {"top_k": 7, "seed": 2},
        {"top_p": 0.5, "repetition_penalty": 1.5},
    ],
)
def test_the_cache_changes_nothing(model: CausalModel, how: dict[str, Any]):
    drawing = Drawing(n_pieces=25, **how)
    expected = model.tokenizer.decode(slowly(model, "I 喜", drawing))
    assert model.generate("I 喜", 25, **how) == expected.rstrip("\ufffd")


def test_texts_beside_others_are_as_alone(model: CausalModel):
    prompts = ["", "the cat sat on", "苹", "I can't believe the price"]
    alone = [model.generate(prompt, 20, temperature=0) for prompt in prompts]
    assert model.generate_all(prompts, 20, temperature=0) == alone
    assert len(set(model.generate_all(["the"] * 5, 20))) > 1
    assert model.generate_all(["the"] * 2, 20)[0] == model.generate("the", 20)


def test_one_that_ends_leaves_the_others(gpt: CausalModel):
    prompts = [f"the {n}" for n in range(12)]
    whole = gpt.generate_all(prompts, 30)
    expected = [re.split("[ae]", text)[0] for text in whole]
    assert len({len(text) for text in expected}) > 4
    assert gpt.generate_all(prompts, 30, stop=("a", "e")) == expected


def test_a_text_outgrows_what_is_read_at_once(tmp_path: Path):
    model = CausalModel.of_folder(small_causal.save(tmp_path / "it", positions=16))
    with pytest.warns(UserWarning, match="longer than the 16 pieces that the model reads at once"):
        assert len(model.generate("the cat sat", 40)) > 20
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.generate("the", 8)
    with pytest.warns(UserWarning, match="longer"):
        model.generate(TEXT * 3, 1)


def cutter(kind: str) -> Tokenizer:
    engine = small_encoders.tokenizer(kind, framed=False)
    if kind == "unigram":
        engine.decoder = decoders.Metaspace()
    return Tokenizer(engine, {"eos_token": "[SEP]"})


@pytest.mark.parametrize("kind", ["byte-level bpe", "unigram"])
def test_parts_are_whole_characters(kind: str):
    tokenizer = cutter(kind)
    wording = Wording(tokenizer)
    ids = tokenizer.encode(TEXT)
    parts = [wording.feed(piece) for piece in ids]
    assert "".join(parts) + wording.rest() == tokenizer.decode(ids)
    if kind == "byte-level bpe":
        assert "".join(parts) == TEXT and not any("\ufffd" in part for part in parts)
        assert "" in parts
        cut = Wording(tokenizer)
        assert "".join(map(cut.feed, tokenizer.encode("a🍎")[:-1])) + cut.rest() == "a"


def test_a_blank_between_prompt_and_text_is_kept():
    tokenizer = cutter("unigram")
    before, ids = tokenizer.encode("the cat"), tokenizer.encode("the cat sat")
    assert ids[: len(before)] == before
    wording = Wording(tokenizer, before[-1:])
    assert "".join(map(wording.feed, ids[len(before) :])) == " sat"


@pytest.mark.parametrize(
    ("stop", "given"),
    [
        (["cat"], "the "),
        (["cat sat", "mat"], "the cat on the "),
        (["catx"], "the cat on the mat"),
        (["on the", "t o"], "the ca"),
        (["matt"], "the cat on the mat"),
    ],
)
def test_a_stop_text_ends_it_and_is_never_shown(stop: list[str], given: str):
    tokenizer = cutter("byte-level bpe")
    wording, shown = Wording(tokenizer, stop=stop), ""
    for piece in tokenizer.encode("the cat on the mat"):
        shown += wording.feed(piece)
        assert given.startswith(shown)
        if wording.is_over:
            break
    assert shown + wording.rest() == given


def test_a_stop_text_ends_generating(gpt: CausalModel):
    whole = gpt.generate("the", 40, temperature=0.0)
    stop = whole[5:7]
    assert gpt.generate("the", 40, temperature=0.0, stop=(stop,)) == whole[: whole.index(stop)]
    assert "".join(gpt.stream("the", 40, temperature=0.0)) == whole


def test_chances_by_hand():
    scores = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    assert Drawing().chances(scores, []) == pytest.approx([0.5, 0.3, 0.15, 0.05])
    assert Drawing(top_k=2).chances(scores, []) == pytest.approx([0.625, 0.375, 0, 0])
    assert Drawing(top_p=0.5).chances(scores, []) == pytest.approx([1, 0, 0, 0])
    assert Drawing(top_p=0.51).chances(scores, []) == pytest.approx([0.625, 0.375, 0, 0])
    assert Drawing(temperature=0).chances(scores, []).tolist() == [1, 0, 0, 0]
    assert Drawing(temperature=0, repetition_penalty=2).chances(scores, [0]).argmax() == 1
    penalised = Drawing(repetition_penalty=2).chances(np.array([2.0, 2.0, -1.0]), [0, 0])
    assert penalised[0] / penalised[1] == pytest.approx(np.exp(-1))
    with pytest.raises(SettingError, match="stop must be texts of at least one character"):
        Drawing(stop=("",))


def test_a_frame_opens_texts(tmp_path: Path):
    framed = CausalModel.of_folder(small_causal.save(tmp_path / "a", framed=True))
    plain = CausalModel.of_folder(small_causal.save(tmp_path / "b"))
    assert framed.tokenizer.pieces(framed.opening) == ["[CLS]"]
    assert plain.tokenizer.pieces(plain.opening) == ["[SEP]"]


def test_what_foretells_nothing_is_refused(tmp_path: Path):
    with pytest.raises(FormatError, match=r"expected a causal model .* this is a bert"):
        CausalModel.of_folder(small_encoders.save(tmp_path / "bert"))
