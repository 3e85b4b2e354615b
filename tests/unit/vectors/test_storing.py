"""Vectors as an artefact: what comes back, and what is refused."""

import json

import numpy as np
import pytest

import lexloom
from lexloom import artefact
from lexloom.errors import FormatError, StorageError
from lexloom.vectors.word_vectors import WordVectors


@pytest.mark.parametrize("verify", ["full", "structure"])
def test_everything_comes_back(tmp_path, verify):
    vectors = WordVectors(
        ["苹果", "a b", "line\nbreak"],
        np.arange(6).reshape(3, 2),
        counts=[3, 2, 1],
        output_matrix=np.ones((3, 2)),
        settings={"width": 2},
        lineage={"corpus": "x"},
        metrics={"loss_per_epoch": [2.5]},
    )
    vectors.save(tmp_path / "v")
    again = lexloom.load(tmp_path / "v", verify=verify)
    assert list(again.words) == list(vectors.words)
    assert np.array_equal(again.matrix, vectors.matrix) and not again.matrix.flags.writeable
    assert np.array_equal(again.output_matrix, vectors.output_matrix)
    assert again.counts.tolist() == [3, 2, 1]
    assert (again.settings, again.lineage, again.metrics) == (
        {"width": 2},
        {"corpus": "x"},
        {"loss_per_epoch": [2.5]},
    )
    assert again.most_similar("苹果") == vectors.most_similar("苹果")


def test_nothing_is_overwritten_without_force(fruit, tmp_path):
    fruit.save(tmp_path / "v")
    with pytest.raises(StorageError, match="already exists"):
        fruit.save(tmp_path / "v")
    fruit.restrict(1).save(tmp_path / "v", force=True)
    assert len(WordVectors.load(tmp_path / "v")) == 1


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"matrix": np.zeros((2, 2), np.float32)}, r"matrix is float32 \(2, 2\), expected float32"),
        ({"matrix": np.zeros((3, 2), np.float64)}, "matrix is float64"),
        ({"matrix": np.zeros(3, np.float32)}, r"matrix is float32 \(3,\)"),
        ({"other": np.zeros((3, 2), np.float32)}, "expected matrix and perhaps output_matrix"),
        (
            {"matrix": np.zeros((3, 2), np.float32), "output_matrix": np.zeros((3, 1), np.float32)},
            r"output_matrix is float32 \(3, 1\)",
        ),
        ({"matrix": np.full((3, 2), np.nan, np.float32)}, "has NaN or infinity"),
    ],
)
def test_parts_that_do_not_fit_are_refused(fruit, tmp_path, tensors, message):
    with artefact.create(tmp_path / "v", "word_vectors", settings={}) as draft:
        draft.write_tensors("vectors.safetensors", tensors)
        draft.write_table("words.arrow", fruit.vocabulary.table())
    with pytest.raises(FormatError, match=message):
        WordVectors.load(tmp_path / "v")


def test_the_manifest_is_readable_by_people(fruit, tmp_path):
    fruit.save(tmp_path / "v")
    manifest = json.loads((tmp_path / "v" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "word_vectors"
    assert {"vectors.safetensors", "words.arrow"} <= set(manifest["files"])
