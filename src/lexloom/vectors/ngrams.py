"""Which character n-grams words are made of, and the bucket of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pydantic import Field

from lexloom.arrays import Ids, Offsets
from lexloom.errors import SettingError
from lexloom.kernels.ngrams import hash_ngrams
from lexloom.settings import settings

__all__ = ["END_OF_LINE", "Ngrams"]

pc: Any = pyarrow.compute
"""Its functions are made at its import, so no type checker knows them."""

_FIRST, _LAST, _NOTHING = (pa.scalar(text, pa.large_string()) for text in ("<", ">", ""))

END_OF_LINE = "</s>"
"""The word that word2vec and fastText put at the end of each line; it has no n-grams."""


@settings
class Ngrams:
    """How words are cut into character n-grams, and these put into buckets.

    Attributes
    ----------
    min_n
        The fewest characters of an n-gram, the marks at both ends of a word included.
    max_n
        The most.
    buckets
        B, the buckets that share all n-grams by their hash.
    hashes
        0 puts an n-gram into one bucket, as fastText does; 1 to 4 put it, and the word as a whole,
        into so many, as floret does.

    Raises
    ------
    SettingError
        If the fewest are more than the most.

    Examples
    --------
    >>> buckets, begins = Ngrams(min_n=3, max_n=3).buckets_of(["word", "it"])
    >>> np.diff(begins).tolist()  # <wo wor ord rd>, and <it it>
    [4, 2]
    """

    min_n: Annotated[int, Field(ge=1, le=100)] = 3
    max_n: Annotated[int, Field(ge=1, le=100)] = 6
    buckets: Annotated[int, Field(ge=1, le=10**9)] = 2_000_000
    hashes: Annotated[int, Field(ge=0, le=4)] = 0

    def __post_init__(self) -> None:
        if self.min_n > self.max_n:
            raise SettingError(
                f"min_n must be at most max_n, got min_n={self.min_n} and max_n={self.max_n}."
            )

    def buckets_of(self, words: Sequence[str] | pa.Array) -> tuple[Ids, Offsets]:
        """Give the buckets of the n-grams of words.

        Parameters
        ----------
        words
            N words.

        Returns
        -------
        tuple
            int32, the buckets of word after word, from left to right and short before long; int64
            (N + 1), where those of each word begin.
        """
        array = pa.array(words, pa.large_string())
        marked = pc.binary_join_element_wise(_FIRST, array, _LAST, _NOTHING)
        marked = pc.if_else(pc.equal(array, END_OF_LINE), _NOTHING, marked)
        offsets = np.frombuffer(marked.buffers()[1], np.int64)[marked.offset :][: len(marked) + 1]
        text = np.frombuffer(marked.buffers()[2] or b"", np.uint8)
        return hash_ngrams(text, offsets, self.min_n, self.max_n, self.buckets, self.hashes)
