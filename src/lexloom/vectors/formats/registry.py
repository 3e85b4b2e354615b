"""The formats that are known: how each is told, read and written, and by what name it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from lexloom.vectors.formats import (
    fasttext_bin,
    fasttext_vec,
    floret,
    glove,
    word2vec_binary,
    word2vec_text,
)
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.source import Source
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["FORMATS", "Format", "FormatName"]

FormatName = Literal[
    "word2vec_text", "word2vec_binary", "glove", "fasttext", "fasttext_bin", "floret"
]


@dataclass(frozen=True)
class Format:
    """One way to keep word vectors in a file.

    Attributes
    ----------
    title
        Its name for people.
    is_this
        Tells by the first bytes whether a file is of this format.
    read
        Makes word vectors of a file.
    write
        Writes word vectors, or None where nothing is written.
    suffixes
        The ends of names that stand for it when a file is written.
    keeps_ngrams
        Whether what is written gives words a vector that nobody has seen.
    """

    title: str
    is_this: Callable[[bytes], bool]
    read: Callable[[Source, Reading], WordVectors]
    write: Callable[[WordVectors, Any], None] | None = None
    suffixes: tuple[str, ...] = ()
    keeps_ngrams: bool = False


FORMATS: dict[str, Format] = {
    "fasttext": Format("fastText .vec", fasttext_vec.is_this, fasttext_vec.read),
    "word2vec_text": Format(
        "word2vec text",
        word2vec_text.is_this,
        word2vec_text.read,
        word2vec_text.write,
        (".txt", ".vec"),
    ),
    "word2vec_binary": Format(
        "word2vec binary",
        word2vec_binary.is_this,
        word2vec_binary.read,
        word2vec_binary.write,
        (".bin",),
    ),
    "glove": Format("GloVe text", glove.is_this, glove.read, glove.write),
    "fasttext_bin": Format(
        "fastText .bin",
        fasttext_bin.is_this,
        fasttext_bin.read,
        fasttext_bin.write,
        keeps_ngrams=True,
    ),
    "floret": Format(
        "floret", floret.is_this, floret.read, floret.write, (".floret",), keeps_ngrams=True
    ),
}
"""The formats by name, in the order in which they are tried."""
