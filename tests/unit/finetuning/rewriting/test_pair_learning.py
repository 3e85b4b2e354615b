"""The pairs that a translator is judged by while it learns, and the room that prefixes leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs lexloom[translate]")
pytest.importorskip("transformers", reason="the same")
pytest.importorskip("sacrebleu", reason="the same")

import itertools

import transformers  # the same

import lexloom  # the same
from lexloom.contextual.encoder_decoders.beginning import new_tokenizer  # the same
from lexloom.errors import SettingError  # the same
from lexloom.finetuning.rewriting.fitted_rewriter import FittedTranslator  # the same
from lexloom.finetuning.rewriting.pair_learning import spread  # the same
from lexloom.finetuning.rewriting.translator import Translator  # the same

PAIRS = [(f"good {word} {n}", f"gut {word} {n}") for n in range(20) for word in ("room", "food")]
LONG = [(" ".join(one for one, _ in PAIRS), " ".join(other for _, other in PAIRS))]
QUICK: dict[str, Any] = {"epochs": 1, "threads": 1, "dev_texts": 2, "beams": 2}


@pytest.fixture(scope="module")
def bart(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a tiny model of 32 positions in Hugging Face's layout."""
    folder = tmp_path_factory.mktemp("models") / "bart"
    tokenizer = new_tokenizer([text for pair in PAIRS for text in pair], pieces=300, seed=1)
    config = transformers.BartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
        decoder_ffn_dim=32, max_position_embeddings=32, pad_token_id=0, eos_token_id=1,
        bos_token_id=1, decoder_start_token_id=1, forced_eos_token_id=None,
    )  # fmt: skip
    transformers.BartForConditionalGeneration(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.engine, **tokenizer.roles
    ).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize(("n", "most"), [(1, 1), (10, 4), (10, 10), (3, 500), (1_059, 500), (0, 5)])
def test_rows_are_chosen_evenly(n: int, most: int):
    rows = spread(n, most)
    assert len(set(rows)) == len(rows) == min(n, most)
    steps = {after - before for before, after in itertools.pairwise(rows)}
    assert not rows or (rows[0] == 0 and max(rows) < n and max(rows) >= n - 1 - n // len(rows))
    assert not steps or max(steps) - min(steps) <= 1


@pytest.mark.filterwarnings("ignore")
def test_prefixes_take_room_from_long_texts(bart: str, tmp_path: Path):
    trainer = Translator(model=bart, prefix="good: ", target_prefix="deutsch: ", **QUICK)
    made = trainer.fit(LONG * 8, LONG, out=tmp_path / "made")
    begun = len(made.model.begun_ids("deutsch: "))
    assert made.longest == (30, 30 - begun) and begun > 1
    assert lexloom.load(tmp_path / "made").translate([LONG[0][0]]) == made.translate([LONG[0][0]])


@pytest.mark.parametrize("name", ["prefix", "target_prefix"])
def test_prefixes_that_leave_no_room_are_refused(bart: str, name: str):
    trainer = Translator(model=bart, **QUICK, **{name: "xyz " * 30})
    with pytest.raises(SettingError, match=rf"^{name} must leave room .* Pass a shorter one\.$"):
        trainer.rehearse(PAIRS)
    new = Translator(**QUICK, width=16, layers=1, heads=2, longest=8, **{name: "xyz " * 30})
    with pytest.raises(SettingError, match=f"{name} must leave room"):
        new.fit(PAIRS)


@pytest.mark.filterwarnings("ignore")
def test_a_model_gone_on_with_reads_longer_texts_than_it_was_taught(bart: str):
    made = Translator(model=bart, longest=20, **QUICK).fit(PAIRS)
    assert made.longest == (20, 20)
    text = " ".join(["good room 1."] * 3)
    assert 12 < len(made.model.source_ids([text])[0]) <= 20
    assert len(made._within(text)) == 1
    new = Translator(**QUICK, width=16, layers=1, heads=2, pieces=300, longest=20).fit(PAIRS)
    assert isinstance(new, FittedTranslator) and max(new.longest) < 12
