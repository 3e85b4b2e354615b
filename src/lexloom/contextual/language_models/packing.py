"""A text as one stream of pieces, cut into full sequences: nothing is padded, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Bools, Ids, Offsets
from lexloom.contextual.tokenizing.piecing import pieces_of
from lexloom.contextual.tokenizing.rejoining import Rejoined
from lexloom.errors import FormatError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Engine

__all__ = ["Rows", "Stream", "stream_of"]


@dataclass(frozen=True)
class Stream:
    """Sentences one after the other, each closed by a piece that says so.

    Attributes
    ----------
    ids
        int32 (T).
    begins
        bool (T), whether a piece is the first of its word; a closing piece is a word of its own.
    n_bytes
        The bytes of the text in UTF-8, one for the end of each sentence included.
    """

    ids: Ids
    begins: Bools
    n_bytes: int

    def __len__(self) -> int:
        return len(self.ids)


def stream_of(
    engine: Engine, portions: Iterable[tuple[Rejoined, Ids]], opening: Sequence[int] = ()
) -> Stream:
    """Cut a text into pieces.

    Parameters
    ----------
    engine
        What cuts.
    portions
        Sentences, and int32 (N) the piece that closes each.
    opening
        Pieces before the first sentence.

    Returns
    -------
    Stream
        All of it.
    """
    ids = [np.array(opening, np.int32)]
    begins = [np.ones(len(opening), np.bool_)]
    n_bytes = 0
    for rejoined, closing in portions:
        pieces = pieces_of(engine, rejoined)
        ends = np.cumsum(pieces.counts)
        ids.append(np.insert(pieces.ids, ends, closing))
        begins.append(np.insert(pieces.begins_word(rejoined.ends), ends, True))
        n_bytes += sum(len(text.encode("utf-8")) + 1 for text in rejoined.texts)
    return Stream(np.concatenate(ids), np.concatenate(begins), n_bytes)


class Rows:
    """A stream as sequences of one length; the last begins earlier, so that it is full too.

    Parameters
    ----------
    stream
        The stream.
    length
        T, the pieces of a sequence.
    first
        A piece that stands before each sequence and is one of its T; None where there is none.
    overlap
        How many pieces each sequence takes from the next, on top of its T.

    Raises
    ------
    FormatError
        If the stream is shorter than one sequence.

    Examples
    --------
    >>> stream = Stream(np.arange(5, dtype=np.int32), np.ones(5, np.bool_), 5)
    >>> rows = Rows(stream, 3, first=9)
    >>> rows.take(np.arange(rows.n_rows))[0].tolist()
    [[9, 0, 1], [9, 2, 3], [9, 3, 4]]
    """

    def __init__(
        self, stream: Stream, length: int, *, first: int | None = None, overlap: int = 0
    ) -> None:
        self.length = length
        self._stream = stream
        self._first = first
        self._stride = length - (first is not None)
        self._content = self._stride + overlap
        if len(stream) < self._content:
            raise FormatError(
                f"a sequence takes {self._content:,} pieces, the text has {len(stream):,}.",
                "Give more text, or a smaller sequence and positions.",
            )
        self.n_rows = -(-(len(stream) - overlap) // self._stride)

    def take(self, rows: Offsets) -> tuple[Ids, Bools]:
        """Give some sequences.

        Parameters
        ----------
        rows
            int64 (B), from 0 to `n_rows` - 1.

        Returns
        -------
        tuple
            int32 (B, T + overlap) the pieces, and bool of that shape, which begin a word. The
            first piece of a sequence begins one always.
        """
        places = self._starts(rows)[:, None] + np.arange(self._content)
        ids, begins = self._stream.ids[places], self._stream.begins[places]
        begins[:, 0] = True
        if self._first is None:
            return ids, begins
        before = np.full((len(rows), 1), self._first, np.int32)
        return np.hstack([before, ids]), np.hstack([np.ones_like(before, np.bool_), begins])

    def _starts(self, rows: Offsets) -> Offsets:
        """Give where sequences begin in the stream."""
        return np.minimum(rows * self._stride, len(self._stream) - self._content)

    def is_fresh(self, rows: Offsets) -> Bools:
        """Say which pieces of sequences stand in no sequence before them: bool (B, T + overlap).

        Pieces that come from before the stride of their sequence do not, nor does `first`.

        Parameters
        ----------
        rows
            int64 (B).

        Returns
        -------
        Bools
            bool (B, T + overlap).
        """
        late = rows * self._stride - self._starts(rows)
        fresh = np.arange(self._content) >= late[:, None]
        if self._first is None:
            return fresh
        return np.hstack([np.zeros((len(rows), 1), np.bool_), fresh])
