"""Gather rows as they are read, into one matrix that grows in place."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pydantic import Field

from lexloom.arrays import Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.kernels.numbers import gather_bytes
from lexloom.oddities import tell_oddity
from lexloom.settings import settings
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["Collected", "Reading", "nonfinite"]

pc: Any = pyarrow.compute
"""Its functions are made at its import, so no type checker knows them."""


@settings
class Reading:
    """How a file of vectors is read.

    Attributes
    ----------
    limit
        Read the first rows only; None reads all.
    encoding
        How the bytes of words stand for characters.
    errors
        What to do with bytes that stand for none: ``"strict"`` stops, ``"replace"`` puts U+FFFD,
        ``"ignore"`` drops them.
    on_duplicate
        What to do with a word that comes twice: ``"error"`` stops, ``"first"`` or ``"last"`` keeps
        that row.
    """

    limit: Annotated[int, Field(ge=1)] | None = None
    encoding: str = "utf-8"
    errors: Literal["strict", "replace", "ignore"] = "strict"
    on_duplicate: Literal["error", "first", "last"] = "error"

    def __post_init__(self) -> None:
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise SettingError(
                f"encoding must be one Python knows, got {self.encoding!r}."
            ) from error


class Collected:
    """The rows read so far.

    Parameters
    ----------
    path
        The file, for messages.
    width
        D, the numbers of one row.
    reading
        How the file is read.
    first_line
        The line of the first row, for messages; None in a file without lines.
    expected_rows
        How many rows to make room for at first; more are taken as well.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        reading: Reading,
        first_line: int | None,
        expected_rows: int,
    ) -> None:
        self.path = path
        self.reading = reading
        self.n_rows = 0
        self._first_line = first_line
        self._words: list[pa.Array] = []
        self._matrix = np.empty((max(expected_rows, 1), width), np.float32)

    def add(self, buffer: np.ndarray, bounds: np.ndarray, numbers: Vectors) -> None:
        """Take rows: words between `bounds` (R, 2) of `buffer`, and numbers (R, D)."""
        words = self._decode(buffer, bounds)
        if not np.isfinite(numbers).all():
            row = int(np.argmin(np.isfinite(numbers).all(axis=1)))
            raise nonfinite(words[row].as_py(), self.path, line=self._line(self.n_rows + row))
        stop = self.n_rows + len(numbers)
        if stop > len(self._matrix):
            self._resize(max(stop, len(self._matrix) * 3 // 2))
        self._matrix[self.n_rows : stop] = numbers
        self._words.append(words)
        self.n_rows = stop

    def finish(self, lineage: dict[str, str]) -> WordVectors:
        """Make word vectors of all rows.

        Raises
        ------
        FormatError
            If there is no row, or a word comes twice and none is to be kept.
        """
        if not self.n_rows:
            raise FormatError("there is not a single row of vectors.", path=self.path)
        self._resize(self.n_rows)
        words = pa.concat_arrays(self._words)
        kept = self._distinct(words)
        matrix = self._matrix
        if kept is not None:
            words, matrix = words.take(pa.array(kept)), matrix[kept]
        self._warn_of_zeros(words, matrix)
        self._warn_of_twins(words)
        return WordVectors(words, matrix, lineage=lineage)

    def _line(self, row: int) -> int | None:
        """Give the line a row stands on."""
        return None if self._first_line is None else self._first_line + row

    def _resize(self, n_rows: int) -> None:
        """Change the number of rows without a second copy."""
        self._matrix.resize((n_rows, self._matrix.shape[1]), refcheck=False)

    def _decode(self, buffer: np.ndarray, bounds: np.ndarray) -> pa.Array:
        """Turn the bytes of words into text."""
        lengths = bounds[:, 1] - bounds[:, 0]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        gathered = np.empty(offsets[-1], np.uint8)
        gather_bytes(buffer, bounds, gathered)
        raw = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(bounds), [None, pa.py_buffer(offsets), pa.py_buffer(gathered)]
        )
        if codecs.lookup(self.reading.encoding).name == "utf-8":
            try:
                return self._checked(raw.cast(pa.large_string()))
            except pa.ArrowInvalid:
                pass  # some word is not UTF-8: find it, one by one
        words = [self._decode_one(raw[row].as_py(), row) for row in range(len(raw))]
        return self._checked(pa.array(words, pa.large_string()))

    def _decode_one(self, raw: bytes, row: int) -> str:
        """Turn the bytes of one word into text, or say which are wrong."""
        try:
            return raw.decode(self.reading.encoding, self.reading.errors)
        except UnicodeDecodeError as error:
            shown = raw[error.start : error.end].hex(" ")
            raise FormatError(
                f"the word {raw[:40]!r} is not {self.reading.encoding}: bytes {shown}.",
                "Pass the encoding it has, as encoding='gb18030', or errors='replace'.",
                path=self.path,
                line=self._line(self.n_rows + row),
            ) from error

    def _checked(self, words: pa.Array) -> pa.Array:
        """Refuse words that are empty or hold a NUL."""
        is_bad = pc.or_(pc.equal(pc.binary_length(words), 0), pc.match_substring(words, "\0"))
        row = pc.index(is_bad, pa.scalar(True)).as_py()
        if row >= 0:
            raise FormatError(
                f"expected a word, found {words[row].as_py()[:40]!r}.",
                path=self.path,
                line=self._line(self.n_rows + row),
            )
        return words

    def _distinct(self, words: pa.Array) -> np.ndarray | None:
        """Give the rows to keep when words come twice, else None."""
        encoded = words.dictionary_encode()
        if len(encoded.dictionary) == len(words):
            return None
        ids = encoded.indices.to_numpy()
        first = np.full(len(encoded.dictionary), len(ids))
        np.minimum.at(first, ids, np.arange(len(ids)))
        if self.reading.on_duplicate == "error":
            again = int(np.argmax(first[ids] != np.arange(len(ids))))
            raise FormatError(
                f"the word {words[again].as_py()!r} comes twice, first in row "
                f"{int(first[ids[again]]) + 1:,} and again in row {again + 1:,}.",
                "Pass on_duplicate='first' to keep the first of them.",
                path=self.path,
                line=self._line(again),
            )
        if self.reading.on_duplicate == "last":
            first[ids] = np.arange(len(ids))
        return np.sort(first)

    def _warn_of_zeros(self, words: pa.Array, matrix: Vectors) -> None:
        """Say once how many vectors are all zero."""
        is_zero = ~matrix.any(axis=1)
        if is_zero.any():
            word = words[int(np.argmax(is_zero))].as_py()
            tell_oddity(
                f"{self.path}: {int(is_zero.sum()):,} of {len(words):,} vectors are all zero, the "
                f"first is that of {word!r}; their similarity to anything is 0.0."
            )

    def _warn_of_twins(self, words: pa.Array) -> None:
        """Say once how many words are others in another Unicode form."""
        normal = pc.utf8_normalize(words, "NFC")
        changed = pc.not_equal(normal, words)
        n_twins = pc.sum(pc.is_in(normal.filter(changed), value_set=words)).as_py() or 0
        if n_twins:
            tell_oddity(
                f"{self.path}: {n_twins:,} words are equal to others after Unicode "
                "normalisation (NFC); each keeps its own vector."
            )


def nonfinite(word: str, path: Path | None, line: int | None = None) -> FormatError:
    """Say that a vector has NaN or infinity."""
    return FormatError(
        f"the vector of {word!r} has NaN or infinity; every number must be finite.",
        "Export the vectors again without it.",
        path=path,
        line=line,
    )
