"""What every class of the catalogue keeps: it saves, loads, refuses and notices in the same way."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexloom
from lexloom import artefact, catalog
from lexloom.errors import DamagedError, FormatError, LexloomError, StorageError


def make_vectors(folder: Path) -> Any:
    from lexloom.vectors.word_vectors import WordVectors

    return WordVectors(["apple", "苹果", "🍎"], np.eye(3, dtype=np.float32))


def make_subword_vectors(folder: Path) -> Any:
    from lexloom.vectors.ngram_table import NgramTable
    from lexloom.vectors.ngrams import Ngrams
    from lexloom.vectors.subword_vectors import SubwordVectors

    table = NgramTable(Ngrams(buckets=4), [0, 2], np.eye(2, 3))
    return SubwordVectors(["apple", "苹果", "🍎"], np.eye(3, dtype=np.float32), table=table)


def make_corpus(folder: Path) -> Any:
    from lexloom.text.corpus import Corpus

    sentences = [["apple", "苹果", "🍎"], ["apple", "苹果"], ["apple"]]
    return Corpus.from_sentences(sentences, out=folder / "made.corpus", min_count=1)


def make_bag_of_words(folder: Path) -> Any:
    from lexloom.static.bag_of_words import BagOfWords

    return BagOfWords(max_n=2).fit(make_corpus(folder))


def make_bag_vectors(folder: Path) -> Any:
    from lexloom.static.bag_vectors import BagVectors

    bag = make_bag_of_words(folder)
    return BagVectors.of(bag, np.arange(2 * bag.width, dtype=np.float32).reshape(-1, 2))


def make_language_model(folder: Path) -> Any:
    from lexloom.static.language_model import LanguageModel
    from lexloom.static.nplm_network import WORDS, Network, initial_weights, shapes_of

    weights = initial_weights(shapes_of(5, 4, 3, 3, clusters=False), seed=1)
    return LanguageModel(
        ["apple", "苹果", "🍎"], Network({WORDS: np.ones((5, 2), np.float32), **weights})
    )


def make_embedded_texts(folder: Path) -> Any:
    from lexloom.contextual.streaming import embed_into

    texts = ["apple 苹果", "", "🍎"]
    return embed_into(make_vectors(folder), texts, folder / "made", words=True, run={"a": 1})


def make_encoder(folder: Path) -> Any:
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests import small_encoders

    return lexloom.Encoder.load(small_encoders.save(folder / "model"), texts="max", layers=(0, -1))


def make_tokenizer(folder: Path) -> Any:
    pytest.importorskip("tokenizers", reason="needs lexloom[contextual]")
    from tests.unit.contextual.small import tokenizer

    return tokenizer()


def make_masked_model(folder: Path) -> Any:
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests.unit.contextual.small import SMALL, corpus, tokenizer

    from lexloom.contextual.pretraining import MaskedPretraining

    return MaskedPretraining(**{**SMALL, "steps": 3}).fit(corpus(), tokenizer=tokenizer())


def make_causal_model(folder: Path) -> Any:
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from tests.unit.contextual.small import SMALL, corpus, tokenizer

    from lexloom.contextual.pretraining import CausalPretraining

    cutter = tokenizer("byte_bpe")
    return CausalPretraining(**{**SMALL, "steps": 3}).fit(corpus(), tokenizer=cutter)


def make_text_classifier(folder: Path) -> Any:
    from lexloom.finetuning.classifier import FittedClassifier
    from lexloom.finetuning.head import Head
    from lexloom.finetuning.targets.labels import OneLabel

    head = Head(np.eye(2, 3, dtype=np.float32), np.ones(2, np.float32), 2.0)
    return FittedClassifier(make_vectors(folder), head, OneLabel(["apple", "苹果"]))


def make_tagger(folder: Path) -> Any:
    encoder = make_encoder(folder)
    from lexloom.finetuning.head import Head
    from lexloom.finetuning.tagging.fitted_tagger import FittedTagger

    head = Head(np.eye(3, 3 * encoder.width, dtype=np.float32), np.ones(3, np.float32))
    return FittedTagger(encoder, head, ["B-A", "I-A", "O"], by_character=True)


def make_generator(folder: Path) -> Any:
    model = make_causal_model(folder)
    from lexloom.finetuning.generating.fitted_generator import FittedGenerator

    return FittedGenerator(model, "{title}: ", "{text}")


def make_encoder_decoder(folder: Path) -> Any:
    pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    from lexloom.contextual.encoder_decoders.beginning import new_model, new_tokenizer
    from lexloom.contextual.encoder_decoders.sizes import Size

    tokenizer = new_tokenizer(["apple 苹果", "a cat", "🍎"] * 20, pieces=300, seed=1)
    return new_model(tokenizer, Size(16, 1, 2, 1e-3), positions=32, dropout=0.1, seed=1)


def make_translator(folder: Path) -> Any:
    model = make_encoder_decoder(folder)
    from lexloom.finetuning.rewriting.fitted_rewriter import FittedTranslator

    return FittedTranslator(model, longest=(16, 16), prefixes=("", "a"), beams=2)


def make_abstractive_summarizer(folder: Path) -> Any:
    model = make_encoder_decoder(folder)
    from lexloom.finetuning.rewriting.fitted_rewriter import FittedAbstractiveSummarizer

    return FittedAbstractiveSummarizer(model, longest=(16, 8))


MAKERS: dict[str, Callable[[Path], Any]] = {
    "abstractive_summarizer": make_abstractive_summarizer,
    "bag_vectors": make_bag_vectors,
    "bag_of_words": make_bag_of_words,
    "causal_model": make_causal_model,
    "corpus": make_corpus,
    "embedded_texts": make_embedded_texts,
    "encoder": make_encoder,
    "encoder_decoder": make_encoder_decoder,
    "generator": make_generator,
    "masked_model": make_masked_model,
    "nplm": make_language_model,
    "subword_vectors": make_subword_vectors,
    "tagger": make_tagger,
    "text_classifier": make_text_classifier,
    "tokenizer": make_tokenizer,
    "translator": make_translator,
    "word_vectors": make_vectors,
}

kinds = pytest.mark.parametrize("kind", sorted(catalog.CLASSES))


def files_of(folder: Path) -> list[Path]:
    """List the files of an artefact, those of its parts too."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def saved(kind: str, tmp_path: Path) -> Path:
    made = MAKERS[kind](tmp_path)
    target = tmp_path / "it"
    made.save(target)
    return target


def test_every_kind_has_a_maker():
    assert MAKERS.keys() == catalog.CLASSES.keys()


@kinds
def test_the_class_names_its_kind(kind: str):
    module, name = catalog.CLASSES[kind].split(":")
    assert getattr(importlib.import_module(module), name).kind == kind


@kinds
@pytest.mark.parametrize("verify", ["full", "structure"])
def test_what_is_saved_is_loaded(kind: str, saved: Path, verify: artefact.Verify):
    loaded = lexloom.load(saved, verify=verify)
    assert catalog.CLASSES[kind].endswith(f":{type(loaded).__name__}")
    again = saved.with_name("again")
    loaded.save(again)
    for path in files_of(saved):
        if path.name != artefact.MANIFEST:
            same = again / path.relative_to(saved)
            assert same.read_bytes() == path.read_bytes(), path
    assert artefact.read_manifest(again).settings == artefact.read_manifest(saved).settings


@kinds
def test_the_manifest_says_what_and_when_and_by_what(kind: str, saved: Path):
    manifest = artefact.read_manifest(saved)
    assert manifest.kind == kind
    assert manifest.created.endswith("Z")
    assert manifest.versions.keys() == {"lexloom", "python", "numpy", "numba", "pyarrow"}
    found = {path.relative_to(saved).as_posix() for path in files_of(saved)}
    assert manifest.files.keys() | {artefact.MANIFEST} == found


@kinds
def test_only_force_replaces(kind: str, saved: Path):
    loaded = lexloom.load(saved)
    with pytest.raises(StorageError, match="already exists"):
        loaded.save(saved)
    loaded.save(saved, force=True)
    assert type(lexloom.load(saved)) is type(loaded)


@kinds
def test_another_kind_is_refused(kind: str, saved: Path):
    other = next(path for name, path in catalog.CLASSES.items() if name != kind)
    module, name = other.split(":")
    with pytest.raises(FormatError, match=f"found {kind}"):
        getattr(importlib.import_module(module), name).load(saved)


@kinds
def test_any_changed_byte_and_any_cut_is_noticed(kind: str, saved: Path):
    """Draw some places of each file; `faults/test_damage.py` tries them all on a tiny artefact."""
    draw = random.Random(0)
    for path in files_of(saved):
        whole = path.read_bytes()
        places = range(len(whole)) if len(whole) < 50 else draw.sample(range(len(whole)), 50)
        for place in places:
            for damaged in (
                whole[:place],
                whole[:place] + bytes([whole[place] ^ draw.randrange(1, 256)]) + whole[place + 1 :],
            ):
                path.write_bytes(damaged)
                with pytest.raises((DamagedError, FormatError)):
                    lexloom.load(saved)
        path.write_bytes(whole)
    lexloom.load(saved)


@kinds
def test_a_changed_byte_never_fails_in_another_way_where_only_structure_is_checked(
    kind: str, saved: Path
):
    draw, kind_of_whole = random.Random(0), type(lexloom.load(saved))
    for path in files_of(saved):
        whole = path.read_bytes()
        for place in draw.sample(range(len(whole)), min(len(whole), 60)):
            damaged = bytearray(whole)
            damaged[place] ^= draw.randrange(1, 256)
            path.write_bytes(damaged)
            try:
                found = lexloom.load(saved, verify="structure")
            except LexloomError:
                continue
            assert type(found) is kind_of_whole
        path.write_bytes(whole)
    lexloom.load(saved)
