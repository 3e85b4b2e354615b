"""Texts that were embedded once and for all: their vectors on disk, mapped when they are opened."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from lexloom import artefact
from lexloom.arrays import Offsets, Vectors
from lexloom.artefact import Kept
from lexloom.embedder import EmbeddedText
from lexloom.errors import FormatError

__all__ = ["WORDS_SCHEMA", "EmbeddedTexts"]

VECTORS, VECTOR_TENSOR = "vectors.safetensors", "vectors"
WORDS, OFFSETS, OFFSETS_TENSOR = "words.arrow", "offsets.safetensors", "offsets"
WORDS_SCHEMA = pa.schema({"word": pa.large_string(), "start": pa.int64(), "end": pa.int64()})
"""Of each word what is written, its first character and the one behind its last."""


class EmbeddedTexts(Kept):
    """The vectors of N texts, or of all their words; `contextual.streaming` writes them.

    Parameters
    ----------
    vectors
        float32: (N, D) of texts, or (M, D) of their M words.
    words
        The words, one after the other, or None for vectors of whole texts.
    offsets
        int64 (N + 1): where the words of each text begin.
    settings
        What they were made with.
    lineage
        What they were made from.
    """

    kind = "embedded_texts"

    def __init__(
        self,
        vectors: Vectors,
        words: pa.Table | None,
        offsets: Offsets,
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
    ) -> None:
        self.vectors = vectors
        self._settings = dict(settings or {})
        self.lineage = dict(lineage or {})
        self.words = words
        self.offsets = offsets

    @property
    def settings(self) -> dict[str, Any]:
        """How they were made, as a copy."""
        return dict(self._settings)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full"
    ) -> EmbeddedTexts:
        """Open embedded texts; the vectors stay on disk until they are looked at.

        Parameters
        ----------
        path
            The folder.
        verify
            ``"full"`` looks at every hash, ``"structure"`` at sizes and shapes only.

        Returns
        -------
        EmbeddedTexts
            Open.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no artefact of this kind, or its parts do not fit together.
        DamagedError
            If it differs from its manifest.
        """
        opened = artefact.open_artefact(path, cls.kind, verify=verify)
        vectors = opened.tensors(VECTORS, {VECTOR_TENSOR: (np.float32, 2)})[VECTOR_TENSOR]
        words, offsets = None, np.arange(len(vectors) + 1)
        if WORDS in opened.manifest.files:
            words = opened.table(WORDS, WORDS_SCHEMA)
            offsets = opened.tensors(OFFSETS, {OFFSETS_TENSOR: (np.int64, 1)})[OFFSETS_TENSOR]
            fits = len(offsets) > 0 and offsets[0] == 0 and (np.diff(offsets) >= 0).all()
            if not fits or not offsets[-1] == len(words) == len(vectors):
                raise FormatError("its words, offsets and vectors do not fit together.", path=path)
        said = opened.manifest
        return cls(vectors, words, offsets, settings=said.settings, lineage=said.lineage)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write the files into an artefact that is being made.

        Parameters
        ----------
        draft
            The artefact.
        """
        draft.lineage.update(self.lineage)
        draft.write_tensors(VECTORS, {VECTOR_TENSOR: self.vectors})
        if self.words is not None:
            draft.write_table(WORDS, self.words)
            draft.write_tensors(OFFSETS, {OFFSETS_TENSOR: self.offsets})

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        what = "texts" if self.words is None else f"texts, {len(self.vectors):,} words"
        return f"EmbeddedTexts({len(self):,} {what}, width {self.width})"

    @property
    def width(self) -> int:
        """D, the numbers of one vector."""
        return self.vectors.shape[1]

    @property
    def has_words(self) -> bool:
        """Whether the vectors are those of words."""
        return self.words is not None

    def __iter__(self) -> Iterator[EmbeddedText]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> EmbeddedText:
        """Give one text: its words, or, without words, its vector alone."""
        number = range(len(self))[number]
        own = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        if self.words is None:
            return EmbeddedText((), (), self.vectors[own])
        some = self.words.slice(own.start, own.stop - own.start).to_pydict()
        spans = tuple(zip(some["start"], some["end"], strict=True))
        return EmbeddedText(tuple(some["word"]), spans, self.vectors[own])
