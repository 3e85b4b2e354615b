"""One vector a word: look up, ask, embed texts, save and load."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from lexloom import artefact
from lexloom.arrays import Counts, Ids, Vectors
from lexloom.artefact import Kept
from lexloom.embedder import EmbeddedText
from lexloom.errors import SettingError
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors import pooling as text_pooling
from lexloom.vectors import storing
from lexloom.vectors.checking import check_number, checked_matrix, listed_words
from lexloom.vectors.familiar import FamiliarNames
from lexloom.vectors.index import Index
from lexloom.vectors.parts import MadeOfParts
from lexloom.vectors.presenting import html_table
from lexloom.vectors.rowless import told_once

if TYPE_CHECKING:
    from lexloom.text.phrases import PhraseTable
    from lexloom.text.segmenting import Segmentation

__all__ = ["WordVectors"]


class WordVectors(MadeOfParts, FamiliarNames, Kept):
    """V words with a vector of D numbers each. Nothing of it changes after it is made.

    Parameters
    ----------
    words
        V different words, or a `Vocabulary`, which brings its counts.
    matrix
        float32 (V, D), finite. It is kept, not copied, and made read-only in place; another type
        or layout, or a view of a writeable array, is copied.
    counts
        int64 (V): how often each word occurs in the corpus.
    output_matrix
        float32 (V, D): the second matrix of training, if it is to be kept.
    segmentation
        The `Segmentation` that cut the corpus, so that raw text is cut alike; without it, words are
        what stands between blanks.
    phrases
        The `PhraseTable` whose phrases were joined in the corpus, so that they are joined in raw
        text alike.
    settings, lineage, metrics
        Plain JSON values for the manifest: how the vectors were made, of what, and how well.

    Raises
    ------
    SettingError
        If a word comes twice, is empty or holds a NUL.
    ShapeError
        If the shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> vectors = WordVectors(["apple", "pear"], np.eye(2, dtype=np.float32))
    >>> vectors.similarity("apple", "pear")
    0.0
    """

    kind = "word_vectors"

    def __init__(
        self,
        words: Sequence[str] | Vocabulary,
        matrix: Any,
        *,
        counts: Counts | Sequence[int] | None = None,
        output_matrix: Any = None,
        segmentation: Segmentation | None = None,
        phrases: PhraseTable | None = None,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        vocabulary = words if isinstance(words, Vocabulary) else Vocabulary(words, counts)
        matrix = checked_matrix(matrix, vocabulary)
        if output_matrix is not None:
            output_matrix = checked_matrix(output_matrix, vocabulary)
        self._fill(
            storing.Parts(
                vocabulary,
                matrix,
                output_matrix,
                segmentation,
                phrases,
                dict(settings or {}),
                dict(lineage or {}),
                dict(metrics or {}),
            )
        )

    def _fill(self, parts: storing.Parts) -> None:
        """Take parts that are known to fit together."""
        self._parts = parts
        self._index = Index(parts.matrix)

    @classmethod
    def _of(cls, parts: storing.Parts) -> Self:
        """Make vectors of such parts."""
        vectors = cls.__new__(cls)
        vectors._fill(parts)
        return vectors

    def _like(self, parts: storing.Parts) -> WordVectors:
        """Make vectors of such parts that can do what these can, if other words allow it."""
        return self._of(parts)

    def __len__(self) -> int:
        return len(self._parts.vocabulary)

    def __contains__(self, word: object) -> bool:
        return word in self._parts.vocabulary

    @overload
    def __getitem__(self, word: str) -> Vectors: ...
    @overload
    def __getitem__(self, word: Sequence[str]) -> Vectors: ...
    @told_once()
    def __getitem__(self, word: str | Sequence[str]) -> Vectors:
        if isinstance(word, str):
            ids, rows = self._required([word])
            return rows[ids[0]]
        if not isinstance(word, Sequence):
            raise SettingError(
                f"expected a word or a list of words, got {word!r}.", "For an id, use .matrix[id]."
            )
        return self.vectors_of(word)

    def look_up(self, words: Sequence[str]) -> tuple[Ids, Vectors]:
        """Find the vectors of words.

        Parameters
        ----------
        words
            N words.

        Returns
        -------
        tuple
            int32 (N), the row of each word, -1 for one that has no vector; and the rows, float32.
        """
        return self._parts.vocabulary.ids(words), self._parts.matrix

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} words, width {self.width})"

    def _repr_html_(self) -> str:
        return html_table(self)

    def restrict(self, words: int | Sequence[str]) -> WordVectors:
        """Keep some of the words.

        Parameters
        ----------
        words
            How many of the most frequent words to keep (of the first ones, where nobody counted),
            or the words themselves.

        Returns
        -------
        WordVectors
            In the order of this vocabulary for a number, else of the list.

        Raises
        ------
        MissingWordError
            If a word is not in the vocabulary.
        SettingError
            If it is neither a whole number from 1 on nor a list of at least one word, or a word
            comes twice.
        """
        if isinstance(words, str):
            raise SettingError(
                f"restrict takes how many words to keep, or a list of them, got the str {words!r}.",
                f"Pass [{words!r}].",
            )
        if not isinstance(words, Iterable):
            check_number(words, "the number of words to keep")
            ids = storing.most_frequent(self._parts.vocabulary, int(words))
        else:
            kept = listed_words(words, "restrict")
            ids = np.array([self._parts.vocabulary.id(word) for word in kept], np.int32)
        return self._like(storing.some_of(self._parts, ids))

    def renamed(self, words: Any) -> WordVectors:
        """Give the same vectors to V other words."""
        return self._like(replace(self._parts, vocabulary=Vocabulary(words, self.counts)))

    def embed_texts(
        self, texts: Iterable[text_pooling.Text], pooling: text_pooling.Pooling = "mean"
    ) -> Vectors:
        """Give one vector for each of N texts, from the vectors of their known words.

        Parameters
        ----------
        texts
            Raw texts, which are cut into words as the corpus was; or lists of words.
        pooling
            ``"mean"``, ``"sum"``, or ``"frequency"``: the mean weighted by a / (a + p(w)) with
            a = 0.001, so that frequent words count little (Arora, Liang and Ma 2017).

        Returns
        -------
        Vectors
            float32 (N, D). A text without known words has the zero vector; one warning says how
            many there are.

        Raises
        ------
        SettingError
            If `texts` holds anything but texts, or `pooling` is unknown, or is ``"frequency"`` and
            nobody counted the words.

        Examples
        --------
        >>> numbers = np.array([[1, 0.5, -0.3], [-0.3, 0.7, 0.2], [0.1, -0.2, 0.5]], np.float32)
        >>> vectors = WordVectors(["apple", "banana", "orange"], numbers)
        >>> vectors.embed_texts(["apple banana orange"], pooling="sum").round(3).tolist()
        [[0.800000011920929, 1.0, 0.4000000059604645]]
        """
        with told_once():
            return text_pooling.embed_texts(self, texts, pooling, self._cutter())

    def embed_words(self, texts: Iterable[str]) -> Iterator[EmbeddedText]:
        """Give for each raw text its known words, where they stand in it, and their vectors.

        Parameters
        ----------
        texts
            Raw texts, which are cut into words as the corpus was.

        Returns
        -------
        Iterator of EmbeddedText
            Words, spans in characters and float32 (T, D).

        Raises
        ------
        SettingError
            If `texts` holds anything but raw texts.
        """
        return text_pooling.embed_words(self, texts, self._cutter())

    def _cutter(self) -> text_pooling.Cutter:
        """Give the rule that turns a raw text into words."""
        return text_pooling.cutter_of(self._parts.segmentation, self._parts.phrases)

    def kept_settings(self) -> dict[str, Any]:
        """Give what the manifest keeps of the making: the settings, and how text was cut."""
        return storing.settings_of(self)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write the files of the artefact into one that is being made.

        Parameters
        ----------
        draft
            The artefact, made with `kept_settings`.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        storing.write_parts(self, draft)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full") -> Self:
        """Open an artefact; the matrices stay on disk, mapped into memory.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares every hash and looks for numbers that are not finite;
            ``"structure"`` compares names, sizes and shapes only.

        Returns
        -------
        WordVectors
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no artefact of word vectors.
        DamagedError
            If it differs from its manifest.
        """
        return cls._of(storing.read_parts(path, cls.kind, verify))

    def to_torch_embedding(self, *, freeze: bool = True) -> Any:
        """Make a `torch.nn.Embedding` whose row i is the vector of the word with id i.

        Parameters
        ----------
        freeze
            Whether training leaves it as it is.

        Returns
        -------
        torch.nn.Embedding
            With its own copy of the vectors.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        """
        from lexloom.vectors.torch_layer import embedding_layer

        return embedding_layer(self._parts.matrix, freeze=freeze)
