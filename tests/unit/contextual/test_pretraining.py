"""Pretraining: what is learned, what others open, and figures that arithmetic foretells."""

from __future__ import annotations

import json
import math
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs lexloom[contextual]")
transformers = pytest.importorskip("transformers", reason="needs lexloom[contextual]")

from tests.unit.contextual.small import SMALL, WORDS, corpus, tokenizer  # noqa: E402  # the same

import lexloom  # noqa: E402  # the same
from lexloom import WordVectors  # noqa: E402  # the same
from lexloom.contextual.language_models.beginning import begin, start_embeddings  # noqa: E402  # the same
from lexloom.contextual.language_models.causal_model import CausalModel  # noqa: E402  # the same
from lexloom.contextual.language_models.forecasting import forecast  # noqa: E402  # the same
from lexloom.contextual.language_models.foretelling import Surprise  # noqa: E402  # the same
from lexloom.contextual.language_models.masked_model import MaskedModel  # noqa: E402  # the same
from lexloom.contextual.pretraining import (  # noqa: E402  # the same
    CausalPretraining,
    MaskedPretraining,
)
from lexloom.errors import (  # noqa: E402  # the same
    DivergedError,
    FormatError,
    SettingError,
    ShapeError,
    UnsafeFileError,
)

METHODS = {"bert": "wordpiece", "modernbert": "wordpiece", "gpt2": "byte_bpe", "llama": "byte_bpe"}
LEARNING: dict[str, Any] = {**SMALL, "steps": 60, "learning_rate": 2e-2}


def trainer(architecture: str, **changes: Any) -> Any:
    cls = MaskedPretraining if METHODS[architecture] == "wordpiece" else CausalPretraining
    return cls(architecture=architecture, **{**LEARNING, **changes})


@pytest.fixture(scope="module", params=METHODS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / request.param
    cutter = tokenizer(METHODS[request.param])
    trainer(request.param).fit(corpus(), out=out, tokenizer=cutter)
    return out


def test_it_learns(made: Path):
    metrics = lexloom.load(made).metrics
    losses = metrics["held_out_loss_per_report"]
    assert len(losses) == 3
    assert losses[-1] < losses[0] < math.log(320)
    assert metrics["steps"] == 60
    assert metrics["pieces_learned"] == 60 * 64


def test_what_is_saved_is_what_transformers_opens(made: Path):
    ours = lexloom.load(made)
    cls = (
        transformers.AutoModelForMaskedLM
        if isinstance(ours, MaskedModel)
        else transformers.AutoModelForCausalLM
    )
    theirs, info = cls.from_pretrained(made, output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert transformers.AutoModel.from_pretrained(made).config.hidden_size == 16
    cutter = transformers.AutoTokenizer.from_pretrained(made)
    text = "今天 天气 good"
    ids = cutter(text, return_tensors="pt").input_ids
    assert ids[0].tolist() == ours.tokenizer.encode(text, special=True)
    with torch.no_grad():
        assert torch.equal(theirs.eval()(ids).logits, ours.module(ids).logits)


def test_progress_is_kept_with_it(made: Path):
    lines = (made / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert len(told) == 60
    assert {"loss", "learning_rate"} <= told[0]["figures"].keys()
    assert told[-1]["figures"]["held_out_loss"] is not None


@pytest.mark.parametrize("kind", [MaskedPretraining, CausalPretraining])
def test_a_uniform_model_takes_the_bits_that_arithmetic_says(kind: Any):
    method = "wordpiece" if kind is MaskedPretraining else "byte_bpe"
    begun = begin(kind(**SMALL), tokenizer(method), None, None)
    with torch.no_grad():
        for p in begun.module.parameters():
            p.zero_()
    cls = MaskedModel if kind is MaskedPretraining else CausalModel
    model = cls(begun.module, begun.tokenizer)
    n_pieces = sum(len(model.tokenizer.encode(" ".join(words))) for words in [["今天", "good"]])
    texts = ["今天 good"] * 40
    # A causal model foretells the end of each line too.
    n_bytes = 40 * (len("今天 good".encode()) + (cls is CausalModel))
    n_foretold = 40 * (n_pieces + (cls is CausalModel))
    assert model.perplexity(texts) == pytest.approx(len(model), rel=1e-5)
    expected = n_foretold * math.log2(len(model)) / n_bytes
    assert model.bits_per_byte(texts) == pytest.approx(expected, rel=1e-6)


def test_bits_per_byte_is_nats_by_the_logarithm_of_two_by_bytes():
    found = Surprise(nats=20 * math.log(2), n_foretold=10, n_pieces=10, n_bytes=5)
    assert found.bits_per_byte == pytest.approx(4.0)
    assert found.perplexity == pytest.approx(4.0)


def test_parts_of_a_batch_add_up_to_it():
    cutter = tokenizer("byte_bpe")
    whole, parts, again = (
        trainer("gpt2", steps=3, accumulate=n, recompute=recompute).fit(corpus(), tokenizer=cutter)
        for n, recompute in ((1, False), (3, False), (1, True))
    )
    for name, array in whole.arrays().items():
        assert parts.arrays()[name] == pytest.approx(array, abs=2e-4), name
        assert again.arrays()[name] == pytest.approx(array, abs=2e-4), name


@pytest.mark.parametrize("width", [8, 16, 40])
def test_pieces_that_are_words_begin_with_their_vectors(width: int):
    words = ["今", "好", "good", "we", "zebra"]
    matrix = np.random.default_rng(0).standard_normal((5, width)).astype(np.float32)
    matrix[1] = matrix[0] + 0.01
    cutter = tokenizer()
    begun = begin(MaskedPretraining(**SMALL), cutter, None, None)
    table = begun.module.get_input_embeddings().weight
    before = table.detach().clone()
    n_started = start_embeddings(begun.module, cutter, WordVectors(words, matrix), seed=1)
    ids = {word: cutter.encode(word) for word in words[:4]}
    known = [piece[0] for piece in ids.values() if len(piece) == 1]
    assert n_started == len(known) >= 3
    changed = (table != before).any(1).nonzero().flatten().tolist()
    assert sorted(changed) == sorted(known)
    near, far = table[ids["今"][0]], table[ids["we"][0]]
    same = table[ids["好"][0]]
    assert (near - same).norm() < 0.1 * (near - far).norm()
    assert float(table[known].detach().std()) == pytest.approx(0.02, rel=0.2)


def test_vectors_of_another_language_are_refused():
    vectors = WordVectors(["zebra"], np.ones((1, 4), np.float32))
    with pytest.raises(SettingError, match="no piece of the tokenizer is a word"):
        trainer("bert").fit(corpus(), tokenizer=tokenizer(), start=vectors)


def test_a_start_is_told_in_the_lineage():
    vectors = WordVectors(WORDS[4:8], np.eye(4, dtype=np.float32))
    model = trainer("bert", steps=3).fit(corpus(), tokenizer=tokenizer(), start=vectors)
    assert model.lineage["pieces_from_words"] >= 1


def test_going_on_with_a_model_needs_no_tokenizer(made: Path):
    ours = lexloom.load(made)
    going_on = trainer(made.name, steps=3).fit(corpus(), origin=made)
    assert going_on.lineage["from"]
    assert len(going_on) == len(ours)
    # It begins where the other stopped.
    assert going_on.metrics["loss_per_report"][0] < 1.2 * ours.metrics["loss_per_report"][-1]
    with pytest.raises(SettingError, match="has its own tokenizer"):
        trainer(made.name).fit(corpus(), origin=made, tokenizer=tokenizer())


def body_only(made: Path, out: Path) -> Path:
    """Write a body without its head, as many models are passed on: half precision, bare names."""
    ours = lexloom.load(made)
    out.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(made / name, out / name)
    save = pytest.importorskip("safetensors.numpy").save_file
    arrays = {
        name.removeprefix("bert."): array.astype(np.float16)
        for name, array in ours.arrays().items()
        if name.startswith("bert.")
    }
    save(arrays, out / "model.safetensors")
    return out


def test_a_body_without_a_head_is_given_one_that_learns_alone_first(tmp_path: Path):
    trainer("bert").fit(corpus(), out=tmp_path / "made", tokenizer=tokenizer())
    bare = body_only(tmp_path / "made", tmp_path / "bare")
    before = lexloom.load(tmp_path / "made").arrays()
    arrays = {
        share: trainer("bert", steps=30, head_share=share, warmup=0.0).fit(corpus(), origin=bare)
        for share in (0.99, 0.1)
    }
    # 0.99 of 30 steps are 30: the body, the embeddings among it, stands still.
    for name, array in arrays[0.99].arrays().items():
        still = np.array_equal(array, before[name].astype(np.float16).astype(np.float32))
        assert still == name.startswith("bert."), name
    assert not np.array_equal(
        arrays[0.1].arrays()["bert.embeddings.word_embeddings.weight"],
        arrays[0.99].arrays()["bert.embeddings.word_embeddings.weight"],
    )


def test_a_model_to_go_on_with_keeps_its_shape(tmp_path: Path):
    first = trainer("gpt2", steps=3).fit(corpus(), tokenizer=tokenizer("byte_bpe"))
    first.save(tmp_path / "first")
    shape = {"width": None, "layers": None, "heads": None}
    second = trainer("gpt2", steps=3, **shape).fit(corpus(), origin=tmp_path / "first")
    assert (second.settings["width"], second.settings["layers"]) == (16, 1)
    assert second.settings["pieces"] == len(first)
    for asked in ({"width": 32}, {"layers": 2}, {"architecture": "llama"}):
        wrong = CausalPretraining(**{**LEARNING, **asked})
        name = next(iter(asked))
        for going_on in (
            lambda w=wrong: w.fit(corpus(), origin=tmp_path / "first"),
            lambda w=wrong: forecast(w, 1000, origin=tmp_path / "first"),
        ):
            with pytest.raises(SettingError, match=rf"^{name} is .* Leave out {name}\.$"):
                going_on()


def test_a_text_of_unknown_pieces_is_warned_of(made: Path):
    model = lexloom.load(made)
    known, strange = ["we go today and back again"] * 20, ["สวัสดี हिन्दी"] * 20
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.bits_per_byte(known) == model.surprise(known).bits_per_byte > 0
    if METHODS[made.name] == "byte_bpe":
        assert model.surprise(strange).n_unknown == 0
        return
    found = model.surprise(strange * 5)
    assert found.unknown_share > 0.5
    # The byte that ends a sentence is not foretold.
    assert found.n_bytes == 100 * len("สวัสดี हिन्दी".encode())
    with pytest.warns(UserWarning, match="unknown to the tokenizer"):
        model.bits_per_byte(strange * 5)


def test_generated_text_hangs_on_the_seed(tmp_path: Path):
    model = trainer("gpt2").fit(corpus(), tokenizer=tokenizer("byte_bpe"))
    assert model.generate("we", 20, seed=3) == model.generate("we", 20, seed=3)
    assert len({model.generate("we", 20, seed=seed) for seed in range(5)}) > 1
    greedy = {model.generate("we", 12, temperature=0, seed=seed) for seed in range(3)}
    assert len(greedy) == 1
    assert greedy == {model.generate("we", 12, top_p=1e-9, seed=7)}
    # Further than the model can see.
    assert isinstance(model.generate("we go", 50), str)
    assert len(model.samples) == 9
    assert {sample["step"] for sample in model.samples} == {20, 40, 60}
    for wrong, told in (
        ({"n_pieces": 0}, "n_pieces must be at least 1"),
        ({"temperature": -1}, "temperature must be"),
        ({"top_p": 0}, "top_p must be"),
        ({"seed": True}, "seed must be"),
    ):
        with pytest.raises(SettingError, match=told):
            model.generate("we", **wrong)


def test_gaps_are_filled(tmp_path: Path):
    model = trainer("bert").fit(corpus(), tokenizer=tokenizer())
    (first, second) = model.fill("[MASK] 天 good [MASK]", 4)
    assert len(first) == len(second) == 4
    chances = [chance for _, chance in first]
    assert chances == sorted(chances, reverse=True)
    assert sum(chance for _, chance in model.fill("[MASK]", len(model))[0]) == pytest.approx(1)
    with pytest.raises(SettingError, match=r"has no gap; write \[MASK\]"):
        model.fill("good")
    with pytest.raises(SettingError, match="this model reads 32"):
        model.fill("[MASK]" * 40)
    with pytest.raises(ShapeError, match="no piece of it was hidden"):
        model.perplexity(["今"])


def test_a_number_that_is_none_stops_it_with_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from lexloom.contextual.language_models import pretraining_model

    losses = iter([1.0] * 4 + [math.nan])
    loss_of = pretraining_model.causal_loss
    monkeypatch.setattr(
        pretraining_model, "causal_loss", lambda *given: loss_of(*given) * next(losses)
    )
    with pytest.raises(DivergedError, match="loss was not finite at step 5 of 60"):
        trainer("gpt2").fit(corpus(), out=tmp_path / "it", tokenizer=tokenizer("byte_bpe"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"steps": 3, "minutes": 1.0}, "steps and minutes both say how long"),
        ({"heads": 3}, "width must be a multiple of heads"),
        ({"sequence": 8_000, "long_share": 0.0, "held_out": 0.0}, "the text has"),
        ({"layers": 0}, "layers must be at least 1"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], told: str):
    with pytest.raises((SettingError, FormatError), match=told):
        trainer("bert", **changes).fit(corpus(), tokenizer=tokenizer())


def test_minutes_become_steps_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from lexloom.contextual.language_models import pretraining_model

    monkeypatch.setattr(
        pretraining_model.PretrainingModel, "_step_seconds", lambda self, precision: 2.0
    )
    model = trainer("bert", steps=None, minutes=0.3).fit(corpus(), tokenizer=tokenizer())
    assert (model.settings["steps"], model.settings["minutes"]) == (9, 0.3)


def test_measuring_leaves_the_model_as_it_was():
    from lexloom.contextual.language_models.pretraining_model import PretrainingModel

    begun = begin(MaskedPretraining(**SMALL), tokenizer(), None, None)
    model = PretrainingModel(MaskedPretraining(**SMALL), corpus(), begun)
    before = {name: p.detach().clone() for name, p in begun.module.named_parameters()}
    assert model._step_seconds("float32") > 0
    for name, p in begun.module.named_parameters():
        assert torch.equal(p, before[name]), name


def test_an_encoder_reads_it(made: Path):
    encoder = lexloom.Encoder.load(made, precision="float32")
    sentence = " ".join(next(iter(corpus())))
    (found,) = encoder.embed_words([sentence])
    assert found.words and len(found.vectors) == len(found.words)
    assert np.isfinite(found.vectors).all()


# B17, B18, B21: a folder of anybody


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    out = tmp_path / "foreign"
    out.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        shutil.copyfile(made / name, out / name)
    return out


def rewrite(folder: Path, **fields: Any) -> None:
    path = folder / "config.json"
    config = {**json.loads(path.read_text(encoding="utf-8")), **fields}
    path.write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "error", "told"),
    [
        ({"auto_map": {"AutoModel": "evil.Model"}}, UnsafeFileError, "auto_map asks for code"),
        ({"model_type": "magic"}, FormatError, "model_type is 'magic'"),
        ({"evil_path": "http://x"}, FormatError, "no setting 'evil_path'"),
        ({"num_hidden_layers": 10**9}, FormatError, r"layers? must be at most 1,000"),
        ({"vocab_size": 10**12}, FormatError, "vocab_size must be"),
        ({"vocab_size": 20}, FormatError, r"tokenizer has \d+ pieces, its model 20 rows"),
        ({"vocab_size": "many"}, FormatError, "configuration"),
        ({"hidden_size": 1 << 20}, FormatError, "asks for|can be built|expected|rows"),
    ],
)
def test_b17_b18_a_config_of_anybody(
    folder: Path, made: Path, fields: dict[str, Any], error: type[Exception], told: str
):
    if made.name == "gpt2":
        names = {"num_hidden_layers": "n_layer", "hidden_size": "n_embd"}
        fields = {names.get(name, name): value for name, value in fields.items()}
    rewrite(folder, **fields)
    with pytest.raises(error, match=told):
        trainer(made.name).fit(corpus(), origin=folder)


def test_b15_b21_files_that_lead_elsewhere(folder: Path, made: Path, tmp_path: Path):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(UnsafeFileError, match="can run code"):
        trainer(made.name).fit(corpus(), origin=folder)
    shutil.copyfile(made / "model.safetensors", tmp_path / "outside")
    (folder / "model.safetensors").symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafeFileError, match="leads out of the folder"):
        trainer(made.name).fit(corpus(), origin=folder)


def test_a_model_of_another_kind_is_refused(folder: Path, made: Path):
    other = "gpt2" if METHODS[made.name] == "wordpiece" else "bert"
    with pytest.raises(FormatError, match="expected a model of"):
        trainer(other).fit(corpus(), origin=folder)
