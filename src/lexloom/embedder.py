"""The interface that all embeddings keep, from bag of words to a fine-tuned encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from lexloom.arrays import Vectors

__all__ = ["EmbeddedText", "Embedder", "TextEmbedder"]


@dataclass(frozen=True)
class EmbeddedText:
    """The words of one text, where each stands in it, and one vector for each.

    Attributes
    ----------
    words
        The T words that have a vector, in order.
    spans
        For each word the first character and the one behind its last, in the text.
    vectors
        float32 (T, D).
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    vectors: Vectors


class TextEmbedder(Protocol):
    """Anything that turns whole texts into vectors, dense or sparse."""

    def embed_texts(self, texts: Sequence[str]) -> Any:
        """Give one vector for each of N texts: float32 (N, D), or a sparse matrix of that shape."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Anything that turns words of texts, or whole texts, into vectors."""

    @property
    def width(self) -> int:
        """D, the numbers of one vector."""
        ...

    def embed_words(self, texts: Iterable[str]) -> Iterator[EmbeddedText]:
        """Give for each text its words and their vectors, aligned with the text."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Give one vector for each of N texts: float32 (N, D)."""
        ...
