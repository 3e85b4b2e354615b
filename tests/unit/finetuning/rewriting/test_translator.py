"""Translators learn from nothing or go on from a model, resume exactly, and translate any text."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")
pytest.importorskip("sacrebleu", reason="needs lexloom[translate]")

import transformers  # the same

import lexloom  # the same
from lexloom import artefact  # the same
from lexloom.contextual.encoder_decoders.beginning import new_tokenizer  # the same
from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder  # the same
from lexloom.contextual.encoder_decoders.writing import written  # the same
from lexloom.errors import FormatError, SettingError, UnsafeFileError  # the same
from lexloom.finetuning.rewriting.fitted_rewriter import FittedTranslator  # the same
from lexloom.finetuning.rewriting.translator import Translator  # the same

WORDS = {"Good": "gut", "Bad": "schlecht", "Room": "Zimmer", "Food": "Essen", "我": "ich"}
SMALL: dict[str, Any] = {
    "width": 32, "layers": 1, "heads": 2, "pieces": 300, "threads": 1, "dropout": 0.0,
    "batch": 150, "learning_rate": 1e-2, "dev_texts": 5,
}  # fmt: skip


def pairs(n: int, seed: int = 1) -> list[tuple[str, str]]:
    """Sentences of a few words, and the same words in another language, the last first."""
    draw, found = random.Random(seed), []
    for _ in range(n):
        words = draw.choices(list(WORDS), k=draw.randint(1, 3))
        said = " ".join(WORDS[word] for word in reversed(words))
        found.append((" ".join(words) + ".", said + "."))
    return found


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> FittedTranslator:
    out = tmp_path_factory.mktemp("made") / "it"
    with pytest.warns(UserWarning, match="among those learned from"):
        Translator(**SMALL, epochs=25, patience=None).fit(
            pairs(120), pairs(20, 2), test=pairs(60), out=out
        )
    return lexloom.load(out)


def test_a_kept_translator_is_judged_by_new_pairs(translator: FittedTranslator):
    found = translator.evaluate(pairs(60))
    assert translator.report.n_shared == 60 and found.n_shared is None
    assert found.figures == translator.report.figures and found.samples == translator.report.samples
    with pytest.warns(UserWarning, match="1 pairs of those given have an empty side"):
        assert translator.evaluate([("Good.", "gut."), ("", "gut.")]).n == 1
    with (
        pytest.raises(FormatError, match="no pair to judge by"),
        pytest.warns(UserWarning, match="empty side"),
    ):
        translator.evaluate([("", "gut.")])


def test_pairs_are_memorized(translator: FittedTranslator):
    report = translator.report
    assert report.measure == "BLEU" and report.part == "test" and report.n_shared == report.n
    assert report.figure.value > 90 and report.figure.low <= report.figure.value
    assert report.simplest["BLEU"].value < 10
    assert "tok:13a" in report.signatures["BLEU"] and "nc:6" in report.signatures["chrF"]
    losses = translator.metrics["dev_loss_per_epoch"]
    assert losses[-1] < 0.5 * losses[0]
    for beams in (1, 4):
        assert translator.translate(["Good Room."], beams=beams) == ["Zimmer gut."]


def test_any_text_is_translated(translator: FittedTranslator):
    one, other = "Good Room.", "我 Bad."
    texts = [
        "",
        one,
        " \n",
        f"{one}\n\n{other}",
        other,
        f"{one} " * 12,
        "Good " * 100,
        "龘🍎\u200b",
    ]
    made = translator.translate(texts)
    assert len(made) == len(texts)
    assert made[0] == "" and made[2] == "" and made[1] == "Zimmer gut."
    assert made[3] == f"{made[1]}\n\n{made[4]}"
    assert made[5] == " ".join([made[1]] * 12)
    assert made[6].count("gut") > 20
    assert translator.translate([]) == []
    with pytest.raises(SettingError, match="texts must be a list"):
        translator.translate("good")


@pytest.mark.parametrize("beams", [-1, 0, 2.5, 101, True])
def test_beams_that_cannot_be_are_told(translator: FittedTranslator, beams: Any):
    with pytest.raises(SettingError, match="beams must be a whole number from 1 to 100, got"):
        translator.translate(["Good Room."], beams=beams)
    with pytest.raises(SettingError, match="beams must be a whole number from 1 to 100, got"):
        FittedTranslator(translator.model, longest=(8, 8), beams=beams)


@pytest.mark.parametrize(
    "changes", [{"longest": [5]}, {"longest": []}, {"beams": 0}, {"length_penalty": 10**400}]
)
def test_what_does_not_say_how_to_write_is_refused(
    translator: FittedTranslator, tmp_path: Path, changes: dict[str, Any]
):
    said: dict[str, Any] = {"longest": [8, 8], "beams": 5}

    class Odd(FittedTranslator):
        def _write_own(self, draft: artefact.Draft) -> None:
            draft.write_json("writing.json", {**said, **changes})

    Odd(translator.model, **said).save(tmp_path / "it")
    with pytest.raises(FormatError, match="its parts are none"):
        FittedTranslator.load(tmp_path / "it")


@pytest.mark.parametrize("n_stops", [1, 5])
def test_an_interrupted_run_goes_on_to_the_same_bytes(tmp_path: Path, n_stops: int):
    trainer = Translator(**{**SMALL, "dropout": 0.3}, epochs=2)
    given = pairs(60)
    trainer.fit(given, out=tmp_path / "whole")

    def stop(update: Any) -> None:
        if update.task == "training":
            signal.raise_signal(signal.SIGINT)

    for _ in range(n_stops):
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(given, out=tmp_path / "parts", resume=True, on_progress=stop)
    trainer.fit(given, out=tmp_path / "parts", resume=True)
    for name in ("model/model.safetensors", "model/tokenizer.json", "writing.json", "report.json"):
        whole, parts = (tmp_path / place / name for place in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes(), name


def test_the_model_within_is_one_of_transformers(translator: FittedTranslator, tmp_path: Path):
    translator.save(tmp_path / "it")
    folder = tmp_path / "it" / "model"
    module = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(["Good Room."], return_tensors="pt").input_ids
    given = module.generate(ids, num_beams=1, max_new_tokens=10)
    assert tokenizer.decode(given[0], skip_special_tokens=True).strip() == "Zimmer gut."
    names = set(
        lexloom.artefact.open_artefact(folder, "encoder_decoder").tensors("model.safetensors")
    )
    assert len([name for name in names if "embed_tokens" in name or "shared" in name]) == 1


@pytest.mark.filterwarnings("ignore")
def test_minutes_say_how_many_epochs(tmp_path: Path):
    few = Translator(**SMALL, epochs=50, minutes=1e-6).fit(pairs(60))
    assert few.metrics["epochs"] == len(few.metrics["loss_per_epoch"]) == 1
    many = Translator(**SMALL, epochs=2, minutes=60).fit(pairs(60))
    assert many.metrics["epochs"] == 2


@pytest.mark.filterwarnings("ignore")
def test_each_side_may_have_its_own_pieces(tmp_path: Path):
    trainer = Translator(**SMALL, separate_pieces=True, epochs=40, patience=None)
    made = trainer.fit(pairs(120), pairs(20, 2), test=pairs(60), out=tmp_path / "made")
    assert made.report.figure.value > 90
    cut = made.model
    assert lexloom.load(tmp_path / "made").model.n_parameters == cut.n_parameters
    assert cut.tokenizer.engine.get_vocab() != cut.target_tokenizer.engine.get_vocab()
    kept = lexloom.load(tmp_path / "made")
    texts = ["Good Room.", "", "Bad Food.\n\nGood Food."]
    assert kept.translate(texts) == made.translate(texts) and made.translate(texts)[0]
    folder = tmp_path / "made" / "model"
    module = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder)
    for name, p in module.state_dict().items():
        np.testing.assert_array_equal(p, cut.module.state_dict()[name])
    pytest.importorskip("ctranslate2", reason="needs lexloom[speed]")
    sources = [source for source, _ in pairs(60)]
    both = made.compile("ctranslate2-int8").translate(sources), made.translate(sources)
    assert sum(one == other for one, other in zip(*both, strict=True)) > 50
    with pytest.raises(SettingError, match="separate_pieces"):
        Translator(model="somewhere", separate_pieces=True)


@pytest.mark.parametrize("start", ["", "Zimmer "])
def test_compiled_beams_find_the_same(translator: FittedTranslator, start: str):
    pytest.importorskip("ctranslate2", reason="needs lexloom[speed]")
    from lexloom.contextual.encoder_decoders.compiling import CompiledWriting

    model = translator.model
    sources, begun = model.source_ids(["Good Room.", "Room."]), model.prefix_ids(start)
    compiled = CompiledWriting(model)
    for beams in (1, 4):
        given = compiled(sources, most=8, start=begun, beams=beams)
        made = written(model, sources, most=8, start=begun, beams=beams, length_penalty=1.0)
        assert [ids.tolist() for ids in given] == [ids.tolist() for ids in made]
    assert compiled([], most=8) == []


@pytest.mark.filterwarnings("error")
def test_a_compiled_translator_writes_the_same(
    translator: FittedTranslator, tmp_path: Path, capfd: Any
):
    pytest.importorskip("ctranslate2", reason="needs lexloom[speed]")
    texts = ["Good Room.", "", "Bad Food.\n\nGood Food.", "Food."]
    compiled = translator.compile("ctranslate2-int8")
    assert compiled.translate(texts) == translator.translate(texts)
    assert compiled.translate(texts, beams=1) == translator.translate(texts, beams=1)
    assert capfd.readouterr() == ("", "")
    compiled.save(tmp_path / "it")
    assert lexloom.load(tmp_path / "it").translate(texts) == translator.translate(texts)
    with pytest.raises(SettingError, match="must be 'ctranslate2-int8'"):
        translator.compile("int8")  # pyright: ignore[reportArgumentType]  # on purpose


def t5(folder: Path) -> Path:
    """Write a tiny model of another kind in Hugging Face's layout."""
    tokenizer = new_tokenizer([text for pair in pairs(50) for text in pair], pieces=300, seed=1)
    config = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    transformers.T5ForConditionalGeneration(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.engine, **tokenizer.roles
    ).save_pretrained(folder)
    return folder


def test_a_model_of_another_is_gone_on_with(tmp_path: Path):
    folder = t5(tmp_path / "t5")
    trainer = Translator(
        model=str(folder), prefix="translate: ", target_prefix="gut ", epochs=2, threads=1
    )
    made = trainer.fit(pairs(60), out=tmp_path / "made")
    kept = lexloom.load(tmp_path / "made")
    assert kept.translate(["good room"]) == made.translate(["good room"])
    assert kept.model.module.config.model_type == "t5"
    assert kept.lineage["model"] != "" and kept.prefixes == ("translate: ", "gut ")
    before = EncoderDecoder.load(folder).module.state_dict()
    after = kept.model.module.state_dict()
    assert any(not np.array_equal(before[name], after[name]) for name in before)
    pytest.importorskip("ctranslate2", reason="needs lexloom[speed]")
    compiled = made.compile("ctranslate2-int8")
    assert len(compiled.translate(["good room", "", "good"])) == 3
    again = Translator(model=str(tmp_path / "made" / "model"))
    assert again.rehearse(pairs(60))["n_pairs"] == made.lineage["n_pairs"]


@pytest.mark.parametrize("kind", ["pegasus", "t5"])
@pytest.mark.filterwarnings("ignore")
def test_small_matrices_learn_in_place_of_all(
    translator: FittedTranslator, tmp_path: Path, kind: str
):
    pytest.importorskip("peft", reason="needs lexloom[finetune]")
    if kind == "t5":
        folder = t5(tmp_path / "t5")
    else:
        translator.save(tmp_path / "it")
        folder = tmp_path / "it" / "model"
    trainer = Translator(
        model=str(folder), method="lora", rank=16, epochs=12, threads=1, batch=150,
        learning_rate=1e-2, dropout=0.0, patience=None, minutes=60,
    )  # fmt: skip
    # The same words in the same order.
    turned = [(said, " ".join(made[:-1].split()[::-1]) + ".") for said, made in pairs(120)]

    def stop(update: Any) -> None:
        if update.task == "training" and update.done:
            signal.raise_signal(signal.SIGINT)

    made = trainer.fit(turned, out=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(turned, out=tmp_path / "parts", on_progress=stop)
    trainer.fit(turned, out=tmp_path / "parts", resume=True)
    for name in ("model/model.safetensors", "report.json"):
        whole, parts = (tmp_path / place / name for place in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes(), name

    losses = made.metrics["dev_loss_per_epoch"]
    assert losses[-1] < losses[0]
    before = EncoderDecoder.load(folder).module.state_dict()
    after = lexloom.load(tmp_path / "whole").model.module.state_dict()
    assert before.keys() == after.keys()
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    still = {name for name in before if "embed" in name or "norm" in name or "shared" in name}
    assert changed and still and not changed & still
    if kind == "pegasus":
        said, wanted = zip(*turned, strict=True)
        found = [
            sum(a == b for a, b in zip(each.translate(said), wanted, strict=True))
            for each in (translator, made)
        ]
        assert found[1] > 2 * found[0] and found[1] > 90


def test_what_cannot_work_is_told(tmp_path: Path):
    with pytest.raises(SettingError, match="lora goes on with a model"):
        Translator(method="lora")
    with pytest.raises(SettingError, match="multiple of heads"):
        Translator(**{**SMALL, "heads": 5})
    (tmp_path / "pickled").mkdir()
    (tmp_path / "pickled" / "config.json").write_text('{"model_type": "t5"}', encoding="utf-8")
    (tmp_path / "pickled" / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UnsafeFileError, match="pickle"):
        Translator(model=str(tmp_path / "pickled")).fit(pairs(30))
    from tests import small_encoders

    encoder = small_encoders.save(tmp_path / "encoder")
    with pytest.raises(FormatError):
        Translator(model=str(encoder)).fit(pairs(30))
