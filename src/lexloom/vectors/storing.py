"""Word vectors as files of an artefact: which files there are, and what they must hold."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Ids, Vectors
from lexloom.errors import FormatError, ShapeError
from lexloom.settings import as_dict, from_dict
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.checking import check_finite, checked_matrix

if TYPE_CHECKING:
    from lexloom.text.phrases import PhraseTable
    from lexloom.text.segmenting import Segmentation
    from lexloom.vectors.ngram_table import NgramTable
    from lexloom.vectors.word_vectors import WordVectors

__all__ = [
    "SEGMENTATION",
    "Parts",
    "arrays_of",
    "cutting_of",
    "digest",
    "most_frequent",
    "read_parts",
    "settings_of",
    "some_of",
    "write_origin",
    "write_parts",
]

MATRICES = "vectors.safetensors"
WORDS = "words.arrow"
NGRAMS = "ngrams.safetensors"
NGRAM_SETTINGS = "ngrams"
SEGMENTATION = "segmentation"
PHRASES = "phrases.json"


@dataclass(frozen=True)
class Parts:
    """What an artefact of word vectors holds, checked."""

    vocabulary: Vocabulary
    matrix: Vectors
    output_matrix: Vectors | None
    segmentation: Segmentation | None
    phrases: PhraseTable | None
    settings: Mapping[str, Any]
    lineage: Mapping[str, Any]
    metrics: Mapping[str, Any]
    table: NgramTable | None = None


def arrays_of(vectors: WordVectors) -> dict[str, np.ndarray]:
    """Give all numbers that vectors are made of, by name."""
    arrays: dict[str, np.ndarray] = {"matrix": vectors.matrix}
    if vectors.output_matrix is not None:
        arrays["output_matrix"] = vectors.output_matrix
    if vectors.table is not None:
        arrays["ngram_buckets"] = vectors.table.buckets
        arrays["ngram_matrix"] = vectors.table.matrix
    return arrays


def digest(given: WordVectors) -> str:
    """Sum up the words and matrices of vectors in a SHA-256, to know them again."""
    found = hashlib.sha256("\n".join(given.words).encode())
    for matrix in arrays_of(given).values():
        found.update(np.ascontiguousarray(matrix).data)
    return found.hexdigest()


def most_frequent(vocabulary: Vocabulary, n: int) -> Ids:
    """Give the ids of the `n` most frequent words, in order; of the first, where nobody counted."""
    if vocabulary.counts is None:
        return np.arange(min(n, len(vocabulary)), dtype=np.int32)
    return np.sort(np.argsort(-vocabulary.counts, kind="stable")[:n]).astype(np.int32)


def some_of(parts: Parts, ids: Ids) -> Parts:
    """Keep the words with these ids, in their order, and all that is not about words."""
    vocabulary = parts.vocabulary
    counts = None if vocabulary.counts is None else vocabulary.counts[ids]
    fewer = Vocabulary(vocabulary.array.take(ids), counts)
    output = parts.output_matrix
    return replace(
        parts,
        vocabulary=fewer,
        matrix=checked_matrix(parts.matrix[ids], fewer),
        output_matrix=None if output is None else checked_matrix(output[ids], fewer),
    )


def settings_of(made: Any) -> dict[str, Any]:
    """Give what the manifest keeps of the making of vectors, or of another model of a corpus.

    Parameters
    ----------
    made
        Has the `settings` it was made with and the `segmentation` that cut its text.

    Returns
    -------
    dict
        The settings, and how text was cut.
    """
    settings = made.settings
    if made.segmentation is not None:
        settings[SEGMENTATION] = as_dict(made.segmentation)
    if (table := getattr(made, "table", None)) is not None:
        settings[NGRAM_SETTINGS] = as_dict(table.ngrams)
    return settings


def cutting_of(
    opened: artefact.Artefact,
) -> tuple[dict[str, Any], Segmentation | None, PhraseTable | None]:
    """Give what `settings_of` put together, and the phrases that were joined in the corpus.

    Parameters
    ----------
    opened
        An artefact that was made of a corpus.

    Returns
    -------
    tuple
        The settings, how text was cut, and its phrases; None where there is none.
    """
    settings = dict(opened.manifest.settings)
    fields = settings.pop(SEGMENTATION, None)
    return settings, None if fields is None else _segmentation(fields), _phrases(opened)


def write_parts(vectors: WordVectors, draft: artefact.Draft) -> None:
    """Write the files of word vectors into an artefact that is being made."""
    matrices = {"matrix": vectors.matrix}
    if vectors.output_matrix is not None:
        matrices["output_matrix"] = vectors.output_matrix
    draft.write_tensors(MATRICES, matrices)
    draft.write_table(WORDS, vectors.vocabulary.table())
    if vectors.table is not None:
        table = {"buckets": vectors.table.buckets, "matrix": vectors.table.matrix}
        draft.write_tensors(NGRAMS, table)
    write_origin(vectors, draft)


def write_origin(made: Any, draft: artefact.Draft) -> None:
    """Write what a model of a corpus keeps of it and of the making: phrases, lineage, metrics."""
    if made.phrases is not None:
        draft.write_json(PHRASES, made.phrases.as_dict())
    draft.lineage.update(made.lineage)
    draft.metrics.update(made.metrics)


def read_parts(path: str | os.PathLike[str], kind: str, verify: artefact.Verify) -> Parts:
    """Open an artefact of word vectors, its matrices mapped into memory.

    Parameters
    ----------
    path
        The folder.
    kind
        The kind it must be.
    verify
        ``"full"`` looks at every hash and number, ``"structure"`` at sizes and shapes only.

    Returns
    -------
    Parts
        What it holds.

    Raises
    ------
    StorageError
        If the folder cannot be read.
    FormatError
        If it is no artefact of this kind, or its parts do not fit together.
    DamagedError
        If it differs from its manifest.
    """
    opened = artefact.open_artefact(path, kind, verify=verify)
    vocabulary = Vocabulary.from_table(opened.table(WORDS))
    matrices = opened.tensors(MATRICES)
    if "matrix" not in matrices or not matrices.keys() <= {"matrix", "output_matrix"}:
        names = ", ".join(matrices) or "nothing"
        raise FormatError(f"expected matrix and perhaps output_matrix, found {names}.", path=path)
    for name, matrix in matrices.items():
        _check(path, name, matrix, len(vocabulary), matrices["matrix"].shape[-1])
        if verify == "full":
            try:
                check_finite(matrix, vocabulary)
            except ShapeError as error:
                raise FormatError(error.what, path=path) from error
    settings, segmentation, phrases = cutting_of(opened)
    ngrams = settings.pop(NGRAM_SETTINGS, None)
    output = matrices.get("output_matrix")
    return Parts(
        vocabulary=vocabulary,
        matrix=np.asarray(matrices["matrix"]),
        output_matrix=None if output is None else np.asarray(output),
        segmentation=segmentation,
        phrases=phrases,
        settings=settings,
        lineage=opened.manifest.lineage,
        metrics=opened.manifest.metrics,
        table=None
        if ngrams is None
        else _table(opened, ngrams, matrices["matrix"].shape[1], verify=verify == "full"),
    )


def _table(
    opened: artefact.Artefact, fields: Mapping[str, Any], width: int, *, verify: bool
) -> NgramTable:
    """Open the vectors of n-grams."""
    from lexloom.vectors.ngram_table import NgramTable
    from lexloom.vectors.ngrams import Ngrams

    tensors = opened.tensors(NGRAMS)
    path = opened.path(NGRAMS)
    if tensors.keys() != {"buckets", "matrix"} or tensors["buckets"].dtype != np.int32:
        raise FormatError(
            f"expected int32 buckets and a matrix, found {', '.join(tensors) or 'nothing'}.",
            path=path,
        )
    _check(path, "matrix", tensors["matrix"], len(tensors["buckets"]), width)
    try:
        cut = from_dict(Ngrams, fields)
        return NgramTable(cut, tensors["buckets"], tensors["matrix"], verify=verify)
    except ShapeError as error:
        raise FormatError(error.what, path=path) from error


def _segmentation(fields: Mapping[str, Any]) -> Segmentation:
    """Make the rule anew that cut the corpus; without one, nothing of cutting is imported."""
    from lexloom.text.segmenting import Segmentation

    return Segmentation.from_dict(fields)


def _phrases(opened: artefact.Artefact) -> PhraseTable | None:
    """Open the phrases that were joined in the corpus, if any."""
    if PHRASES not in opened.manifest.files:
        return None
    from lexloom.text.phrases import PhraseTable

    return PhraseTable.from_dict(opened.json(PHRASES))


def _check(
    path: str | os.PathLike[str], name: str, matrix: np.ndarray, n_words: int, width: int
) -> None:
    """Refuse a matrix that is not float32 (V, D)."""
    if matrix.dtype != np.float32 or matrix.shape != (n_words, width) or width < 1:
        raise FormatError(
            f"{name} is {matrix.dtype} {matrix.shape}, expected float32 ({n_words}, D) for "
            f"{n_words:,} words.",
            path=path,
        )
