"""What every trainer of word vectors keeps."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types
import numpy as np
import pytest
from pydantic.fields import FieldInfo
from tests.contracts import planted
from tests.contracts.trainers import CLASSES, LEAST_SHARE_FOUND, TRAINERS, Trainer

import lexloom
from lexloom.errors import FormatError, LexloomError, SettingError
from lexloom.text.corpus import Corpus
from lexloom.vectors.word_vectors import WordVectors


@pytest.fixture(params=TRAINERS)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return TRAINERS[request.param]


def test_it_finds_planted_synonyms(trainer: Trainer):
    vectors = trainer().fit(planted.language())
    assert planted.found_share(vectors) >= LEAST_SHARE_FOUND
    assert np.isfinite(vectors.matrix).all()
    assert vectors.matrix.dtype == np.float32
    assert list(vectors.words) == list(planted.language().vocabulary.words)


def test_fitted_twice_it_gives_the_same(trainer: Trainer):
    settings = trainer(**trainer.in_order)
    once, twice = (settings.fit(planted.language()) for _ in range(2))
    assert np.array_equal(once.matrix, twice.matrix)


@pytest.mark.parametrize("width", [1, 5, 100])
def test_any_width_and_any_window(trainer: Trainer, width: int):
    corpus = Corpus.from_sentences([["a", "b"], ["c"], list("abcde") * 4], min_count=1)
    vectors = trainer(width=width, **{trainer.reach: 7}).fit(corpus)
    assert vectors.matrix.shape == (5, width)


def test_what_is_saved_is_loaded(trainer: Trainer, tmp_path: Path):
    outputs = {"keep_output": True} if trainer.has_outputs else {}
    made = trainer(**outputs).fit(planted.language(), out=tmp_path / "it")
    loaded = lexloom.load(tmp_path / "it")
    assert isinstance(loaded, WordVectors)
    assert type(loaded) is type(made)
    assert list(loaded.words) == list(made.words)
    assert np.array_equal(loaded.matrix, made.matrix)
    if trainer.has_outputs:
        assert np.array_equal(loaded.output_matrix, made.output_matrix)
    assert np.array_equal(loaded.counts, made.counts)
    for name in ("settings", "lineage", "metrics", "segmentation", "phrases"):
        assert getattr(loaded, name) == getattr(made, name), name
    assert loaded.lineage["corpus"]["fingerprint"] == planted.language().fingerprint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def test_it_keeps_its_settings_and_what_text_was_cut_by(trainer: Trainer):
    corpus = Corpus.from_texts(["a b c d e"] * 9, language="spaces", min_count=1)
    vectors = trainer(width=3).fit(corpus)
    assert vectors.settings["width"] == 3
    assert vectors.settings["trainer"] == trainer.cls.family
    assert vectors.segmentation == corpus.segmentation


@pytest.mark.parametrize(
    ("sentences", "what"),
    [
        ([["a"]] * 9, "training needs at least 2 different words, the corpus has 1."),
        ([["a"], ["b"]], "training needs a sentence of at least 2 words, the corpus has none."),
    ],
)
def test_a_corpus_without_company_is_refused(trainer: Trainer, sentences: list, what: str):
    with pytest.raises(FormatError) as caught:
        trainer().fit(Corpus.from_sentences(sentences, min_count=1))
    assert caught.value.what == what
    assert "min_count" not in caught.value.fix
    with pytest.raises(FormatError, match=r"text, or a lower min_count\.$"):
        trainer().fit(Corpus.from_sentences([*sentences * 2, ["z"]], min_count=2))


def test_an_empty_corpus_is_refused(trainer: Trainer):
    parts = Corpus.from_sentences([["a", "b"]], min_count=1).split(0.1)
    empty = next(part for part in parts if part.n_words == 0)
    with pytest.raises(FormatError, match="training needs"):
        trainer().fit(empty)


def test_words_are_no_corpus(trainer: Trainer):
    with pytest.raises(SettingError, match=r"^corpus must be a Corpus, got list\. Make one: "):
        trainer().fit([["a", "b"]])


def bounds(hint: Any) -> Iterator[Any]:
    """The limits declared somewhere in a type, and the types and literals that are allowed."""
    if get_origin(hint) in {types.UnionType, Union}:
        for part in get_args(hint):
            yield from bounds(part)
    elif hasattr(hint, "__metadata__"):
        yield from bounds(get_args(hint)[0])
        for info in hint.__metadata__:
            yield from info.metadata if isinstance(info, FieldInfo) else [info]
    else:
        yield hint


def invalid_values(hint: Any) -> Iterator[Any]:
    """A value just outside each declared limit, and one of another type."""
    limits = list(bounds(hint))
    step = 1 if int in limits else 1e-6
    for limit in limits:
        match limit:
            case annotated_types.Ge(least):
                yield least - step
            case annotated_types.Gt(below):
                yield below
            case annotated_types.Le(most):
                yield most + step
            case annotated_types.Lt(above):
                yield above
            case _ if get_origin(limit) is Literal:
                yield "nothing of the kind"
    yield "many"
    if float in limits:
        yield float("nan")
    if bool in limits:
        yield 1
    elif None not in limits and type(None) not in limits:
        yield None


@pytest.mark.parametrize("cls", CLASSES)
def test_every_setting_refuses_what_lies_outside_its_range(cls: type):
    hints = get_type_hints(cls, include_extras=True)
    n_refused = 0
    for field in dataclasses.fields(cls):
        for value in invalid_values(hints[field.name]):
            with pytest.raises(SettingError, match=rf"^{field.name} must be .*, got "):
                cls(**{field.name: value})
            n_refused += 1
    assert n_refused > 2 * len(dataclasses.fields(cls))


def test_another_part_of_the_text_is_another_run(trainer: Trainer, tmp_path: Path):
    one, other = planted.language(600).split(0.5)
    made = trainer(**trainer.in_order)
    made.fit(one, out=tmp_path / "it")
    with pytest.raises(LexloomError, match=r"another|already exists"):
        made.fit(other, out=tmp_path / "it", resume=True)
