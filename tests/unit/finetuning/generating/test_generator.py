"""Generators learn answers behind prompts, stop and go on, and say how good they are."""

from __future__ import annotations

import random
import signal
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[finetune]")

from tests import small_causal  # the same

import lexloom  # the same
from lexloom import Generator  # the same
from lexloom.contextual.language_models.causal_model import CausalModel  # the same
from lexloom.errors import FormatError, LexloomError, SettingError, ShapeError  # the same
from lexloom.finetuning.generating.answer_sequences import answer_sequences  # the same
from lexloom.finetuning.generating.fitted_generator import FittedGenerator  # the same
from lexloom.finetuning.generating.passages import Passage  # the same

ANSWERS = {"苹": "果果", "香": "蕉", "cat": "sat mat"}
FAST: dict[str, Any] = {"threads": 1, "precision": "float32", "batch": 8}


def records(n: int, seed: int = 1) -> list[dict[str, str]]:
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        asked = draw.choice(list(ANSWERS))
        found.append({"asked": asked, "text": ANSWERS[asked]})
    return found


@pytest.fixture
def gpt(tmp_path: Path) -> str:
    return str(small_causal.save(tmp_path / "gpt"))


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_answers_are_learned(tmp_path: Path, kind: str):
    model = str(small_causal.save(tmp_path / "base", kind))
    trainer = Generator(model=model, prompt="{asked}=", epochs=12, learning_rate=2e-2, **FAST)
    given = records(120)
    made = trainer.fit(given, given[:9], test=given[5:20], out=tmp_path / "made")
    assert {asked: made.generate(asked, temperature=0) for asked in ANSWERS} == ANSWERS
    assert made.generate_all(list(ANSWERS), temperature=0) == list(ANSWERS.values())
    assert "".join(made.stream({"asked": "苹"}, temperature=0)) == "果果"
    assert made.perplexity(given) < 1.5
    wrong = [{"asked": "苹", "text": "sat mat"}]
    assert made.perplexity(wrong) > 2 * made.perplexity(given)
    report = made.report
    assert report.part == "test" and report.n == 15 and report.n_shared == 15
    assert report.bits_per_byte.value < 0.5 < report.before
    assert report.gain.value == pytest.approx(report.before - report.bits_per_byte.value)
    assert report.perplexity == pytest.approx(made.perplexity(given[5:20]), rel=1e-4)
    assert report.bits_per_byte.value == pytest.approx(made.bits_per_byte(given[5:20]), rel=1e-4)
    assert len(report.samples) == 5 and report.n_written == 20
    assert report.written.lines > 0.9 and report.real.lines == 1
    kept = lexloom.load(tmp_path / "made")
    assert isinstance(kept, FittedGenerator) and kept.report == report
    assert kept.generate("cat", seed=3) == made.generate("cat", seed=3)
    assert lexloom.load(tmp_path / "made" / "model").kind == "causal_model"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["gpt2", "qwen2"])
def test_small_matrices_learn_beside_large_ones(tmp_path: Path, kind: str):
    pytest.importorskip("peft", reason="needs lexloom[finetune]")
    model = str(small_causal.save(tmp_path / "base", kind))
    trainer = Generator(
        model=model, prompt="{asked}=", method="lora", epochs=4, learning_rate=3e-2, **FAST
    )
    made = trainer.fit(records(80), records(10), out=tmp_path / "made")
    before, after = CausalModel.of_folder(model).arrays(), made.model.arrays()
    assert before.keys() == after.keys()
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed and not any("wte" in name or "embed" in name for name in changed)
    assert made.report.bits_per_byte.value < made.report.before


def test_only_answers_are_learned(gpt: str):
    """What a prompt says is given, whatever it is."""
    model = CausalModel.of_folder(gpt)
    passages = [Passage("苹=", "果"), Passage("", "cat")]
    first, second = answer_sequences(model, passages, 64)
    assert model.tokenizer.decode(first.ids[: first.n_given]) == "苹="
    assert model.tokenizer.decode(first.ids[first.n_given :]) == "果"
    assert first.ids[-1] == second.ids[0] == model.tokenizer.id_of("eos_token")
    assert second.n_given == 1 and second.passage == 1


@pytest.mark.parametrize("prompt", ["", "the", "the cat " * 20])
def test_every_piece_of_a_long_answer_is_foretold_once(gpt: str, prompt: str):
    model = CausalModel.of_folder(gpt)
    answer = "the cat sat on the mat, " * 12
    made = answer_sequences(model, [Passage(prompt, answer)], 24)
    assert len(made) > 3 and max(len(each.ids) for each in made) <= 24
    foretold = np.concatenate([each.ids[each.n_given :] for each in made])
    assert model.tokenizer.decode(foretold) == answer
    assert all(each.n_given >= 6 for each in made[1:])


def test_an_interrupted_run_goes_on_to_the_same_bytes(gpt: str, tmp_path: Path):
    trainer = Generator(model=gpt, prompt="{asked}=", epochs=2, dropout=0.1, **FAST)
    given = records(60)
    trainer.fit(given, out=tmp_path / "whole")

    def stop(update: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    n_stops = 0
    for _ in range(40):
        try:
            trainer.fit(given, out=tmp_path / "parts", resume=True, on_progress=stop)
            break
        except KeyboardInterrupt:
            n_stops += 1
    assert n_stops > 8
    for name in ("templates.json", "model/model.safetensors", "report.json"):
        whole, parts = (tmp_path / place / name for place in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes(), name


def test_plain_texts_are_gone_on_with(gpt: str, tmp_path: Path):
    (tmp_path / "a.txt").write_text("the cat sat\n" * 40 + "the cat sat!\n", encoding="utf-8")
    trainer = Generator(model=gpt, epochs=10, patience=None, learning_rate=2e-2, **FAST)
    made = trainer.fit(tmp_path / "a.txt", tmp_path / "a.txt")
    assert made.generate("the cat", temperature=0) == " sat"
    assert "were looked at while learning" in next(made.report.lines())
    with pytest.raises(ShapeError, match="at least one text"):
        made.perplexity([])


def test_learning_ends_when_it_gets_no_better(gpt: str):
    trainer = Generator(
        model=gpt, prompt="{asked}=", epochs=60, patience=1, learning_rate=5e-2, **FAST
    )
    noise = [{"asked": "苹", "text": f"{n * 7919 % 1000}"} for n in range(40)]
    made = trainer.fit(noise[:30], noise[30:])
    losses = made.metrics["dev_loss_per_epoch"]
    assert len(losses) < 60 and min(losses) == losses[-2]
    assert np.log(made.report.perplexity) == pytest.approx(min(losses), abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"method": "linear"}, "got 'linear'"),
        ({"label_smoothing": 0.1}, "has no label_smoothing"),
        ({"prefix": "a"}, "has no prefix"),
        ({"answer": "text"}, "answer must name a field"),
        ({"prompt": "{a.b}"}, "prompt must name fields plainly"),
        ({"quantize": "8bit"}, "quantize must be '4bit', got '8bit'"),
    ],
)
def test_settings_that_cannot_work_are_told(changes: Any, told: str):
    with pytest.raises(SettingError, match=told):
        Generator(model="it", **changes)


def test_four_bits_are_refused_where_they_cannot_be_had(gpt: str):
    with pytest.raises(SettingError, match="goes with method='lora'"):
        Generator(model=gpt, quantize="4bit").fit(["a", "b"])
    with pytest.raises(SettingError, match="needs a CUDA accelerator"):
        Generator(model=gpt, quantize="4bit", method="lora", device="cpu").fit(["a", "b"])


def test_what_cannot_be_learned_is_told_before(gpt: str, tmp_path: Path):
    trainer = Generator(model=gpt, prompt="{asked}=")
    with pytest.raises(SettingError, match="record 1 has no field 'asked'"):
        trainer.fit(["a"], out=tmp_path / "made")
    with pytest.raises(FormatError, match="expected a causal model"):
        from tests import small_encoders

        bert = str(small_encoders.save(tmp_path / "bert"))
        Generator(model=bert).fit(["a", "b"])
    assert trainer.rehearse(records(30))["n_texts"].keys() == {"train", "dev"}
    assert not (tmp_path / "made").exists() and not (tmp_path / "made.training").exists()


def test_prompts_that_do_not_fill_are_told(gpt: str):
    made = FittedGenerator(CausalModel.of_folder(gpt), "{a}: {b}\n", "{text}")
    assert made.filled({"a": "x", "b": "y"}) == "x: y\n"
    for wrong in ("x", 3, None, ["x"]):
        with pytest.raises(SettingError, match="must be a record of the fields a, b, got"):
            made.generate(wrong)  # type: ignore[arg-type]  # that is the point
    for record, got in (({"a": "x"}, "a"), ({}, "none"), ({"a": "", "b": "", "c": ""}, "a, b, c")):
        with pytest.raises(SettingError, match=rf"must be a, b, got {got}\."):
            made.generate(record)
    with pytest.raises(SettingError, match="'b' of a prompt must be a text, got 3"):
        made.generate({"a": "x", "b": 3})  # type: ignore[dict-item]  # that is the point
    with pytest.raises(SettingError, match="list of prompts"):
        made.generate_all("x")
    with pytest.raises(LexloomError, match="temperature must be at least 0"):
        made.generate({"a": "x", "b": "y"}, temperature=-1)


def test_warnings_are_few(gpt: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer = Generator(model=gpt, prompt="{asked}=", epochs=1, **FAST)
        trainer.fit(records(20))
