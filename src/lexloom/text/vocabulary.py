"""Words, their ids and their counts: made once, never changed."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from lexloom.arrays import Counts, Ids
from lexloom.errors import FormatError, MissingWordError, SettingError, ShapeError
from lexloom.text.words import Words

__all__ = ["Vocabulary"]

_N_COMPARED = 50
"""Words that share the most letter pairs with a missing word and are compared with it in full."""
_N_WITH_SPELLINGS = 10
"""Missing words of one question whose nearest spellings are looked for, which takes its time."""


class Vocabulary:
    """V different words, each with an id (its place) and a count.

    Words stay in an Arrow array; the look-up table is built at the first look-up. Nothing of a
    vocabulary changes after it is made.

    Parameters
    ----------
    words
        The V words in the order of their ids: str, non-empty, each once, none with a NUL.
    counts
        int64 (V), how often each word occurs, or None where nobody counted.

    Raises
    ------
    SettingError
        If a word is no str, empty, holds a NUL or a lone surrogate, or comes twice.
    ShapeError
        If there is not one count for each word.

    Examples
    --------
    >>> vocabulary = Vocabulary(["the", "cat"], [10, 2])
    >>> vocabulary.id("cat"), "dog" in vocabulary
    (1, False)
    """

    def __init__(
        self,
        words: Sequence[str] | pa.Array,
        counts: Counts | Sequence[int] | None = None,
    ) -> None:
        self._array = _words_array(words)
        self._counts = None if counts is None else _counts_array(counts, len(self._array))
        _check_distinct(self._array)

    @property
    def words(self) -> Words:
        """The V words in the order of their ids, as a sequence."""
        return Words(self._array)

    @property
    def counts(self) -> Counts | None:
        """How often each word occurs, int64 (V), read-only; None where nobody counted."""
        return self._counts

    @property
    def array(self) -> pa.Array:
        """The V words as an Arrow ``large_string`` array."""
        return self._array

    @cached_property
    def _id_of(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self._array.to_pylist())}

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._id_of

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        same_counts = (
            self.counts is other.counts
            if self.counts is None or other.counts is None
            else np.array_equal(self.counts, other.counts)
        )
        return same_counts and self._array.equals(other._array)

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    def __repr__(self) -> str:
        more = ", …" if len(self) > 5 else ""
        return f"Vocabulary({len(self):,} words: {', '.join(self.words[:5])}{more})"

    def id(self, word: str) -> int:
        """Give the id of a word.

        Raises
        ------
        MissingWordError
            If it is not in the vocabulary; names the nearest spellings.
        """
        try:
            return self._id_of[word]
        except KeyError:
            raise self._missing(word) from None

    def require(self, words: Iterable[str]) -> None:
        """Make sure that words are in the vocabulary.

        Raises
        ------
        MissingWordError
            If some are not: names them all, and the nearest spellings of the first ten.
        """
        missing = [word for word in dict.fromkeys(words) if word not in self._id_of]
        if len(missing) == 1:
            raise self._missing(missing[0])
        if not missing:
            return
        near = {word: self.nearest_spellings(word) for word in missing[:_N_WITH_SPELLINGS]}
        hints = "; ".join(f"{word!r}: {', '.join(found)}" for word, found in near.items() if found)
        raise MissingWordError(
            f"{', '.join(map(repr, missing))} are not among the {len(self):,} words.",
            f"Nearest spellings: {hints}." if hints else "",
        )

    def ids(self, words: Iterable[str]) -> Ids:
        """Give the ids of T words, int32 (T), with -1 for words not in the vocabulary."""
        look_up = self._id_of.get
        return np.fromiter((look_up(word, -1) for word in words), np.int32)

    def word(self, word_id: int) -> str:
        """Give the word with an id from 0 to V - 1; `IndexError` for any other."""
        if not 0 <= word_id < len(self):
            raise IndexError(f"word id {word_id} of {len(self)}")
        return self._array[int(word_id)].as_py()

    def nearest_spellings(self, word: str, n: int = 3) -> list[str]:
        """Give up to `n` words spelt most like `word`, best first.

        Words sharing the most letter pairs are found first, then compared in full.
        """
        pairs = _letter_pairs(word.casefold())
        scored = (
            (2 * len(pairs & other) / (len(pairs) + len(other)), -place, candidate)
            for place, candidate in enumerate(self._id_of)
            if (other := _candidate_pairs(candidate, word, pairs))
        )
        candidates = [candidate for _, _, candidate in heapq.nlargest(_N_COMPARED, scored)]
        matcher = SequenceMatcher(b=word.casefold())
        rated = []
        for place, candidate in enumerate(candidates):
            matcher.set_seq1(candidate.casefold())
            rated.append((-matcher.ratio(), place, candidate))
        return [candidate for ratio, _, candidate in sorted(rated)[:n] if ratio <= -0.5]

    def table(self) -> pa.Table:
        """Give the vocabulary as an Arrow table: ``word`` and, where counted, ``count``."""
        columns: dict[str, Any] = {"word": self._array}
        if self._counts is not None:
            columns["count"] = pa.array(self._counts)
        return pa.table(columns)

    @classmethod
    def from_table(cls, table: pa.Table) -> Vocabulary:
        """Make a vocabulary of an Arrow table with ``word`` and perhaps ``count``.

        Raises
        ------
        FormatError
            If the table has no such columns or its words are not all different.
        """
        if "word" not in table.column_names:
            raise FormatError(f"expected a column 'word', found {table.column_names}.")
        words = table.column("word").combine_chunks()
        if isinstance(words, pa.ChunkedArray):
            words = words.chunk(0) if words.num_chunks else pa.array([], pa.large_string())
        vocabulary = cls.__new__(cls)
        vocabulary._array = words.cast(pa.large_string())
        vocabulary._counts = None
        if "count" in table.column_names:
            counts = table.column("count").to_numpy()
            vocabulary._counts = _counts_array(counts, len(words))
        return vocabulary

    def _missing(self, word: object) -> MissingWordError:
        """Say which word is missing, and which are spelt most like it."""
        near = self.nearest_spellings(word) if isinstance(word, str) and word else []
        hint = f"Nearest spellings: {', '.join(near)}." if near else ""
        return MissingWordError(f"{word!r} is not among the {len(self):,} words.", hint)


def _letter_pairs(word: str) -> set[str]:
    """Give the pairs of neighbouring letters of a word, its ends marked."""
    padded = f"\0{word}\0"
    return {padded[place : place + 2] for place in range(len(padded) - 1)}


def _candidate_pairs(candidate: str, word: str, pairs: set[str]) -> set[str] | None:
    """Give the letter pairs of a candidate, or None when its length rules it out."""
    if abs(len(candidate) - len(word)) > max(2, len(word) // 2):
        return None
    other = _letter_pairs(candidate.casefold())
    return None if other.isdisjoint(pairs) else other


def _words_array(words: Any) -> pa.Array:
    """Give words as an Arrow array of large strings, every one of them checked."""
    if isinstance(words, str):
        raise SettingError("words must be a sequence of words, got one str.", f"Pass [{words!r}].")
    if isinstance(words, Words):
        return words.array
    if isinstance(words, pa.ChunkedArray):
        words = words.combine_chunks()
    try:
        array = words if isinstance(words, pa.Array) else pa.array(words, pa.large_string())
        array = array.cast(pa.large_string())
    except (pa.ArrowException, UnicodeEncodeError, TypeError) as error:
        raise SettingError(f"words must be str that UTF-8 can write: {error}.") from error
    if array.null_count:
        raise SettingError("words must be str, got None.")
    _refuse_words(array)
    return array


def _refuse_words(array: pa.Array) -> None:
    """Refuse words that no file could hold: empty ones and those with a NUL."""
    import pyarrow.compute as pc

    for name, bad in (
        ("empty", pc.equal(pc.binary_length(array), 0)),
        ("with a NUL", pc.match_substring(array, "\0")),
    ):
        if pc.any(bad).as_py():
            place = pc.index(bad, True).as_py()
            raise SettingError(f"word {place} is {name}; words are non-empty and hold no NUL.")


def _check_distinct(array: pa.Array) -> None:
    """Refuse a vocabulary that has a word twice."""
    import pyarrow.compute as pc

    encoded = array.dictionary_encode()
    if len(encoded.dictionary) < len(array):
        counted = pc.value_counts(array)
        twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        raise SettingError(f"each word must come once, got {twice[0].as_py()!r} more than once.")


def _counts_array(counts: Any, n_words: int) -> Counts:
    """Give counts as a read-only int64 array, one a word."""
    array = np.ascontiguousarray(counts, np.int64).view()
    if array.shape != (n_words,):
        raise ShapeError(f"expected a count for each of {n_words:,} words, found {array.shape}.")
    if n_words and array.min() < 0:
        raise ShapeError(f"counts must be 0 or more, got {array.min()}.")
    array.flags.writeable = False
    return array
