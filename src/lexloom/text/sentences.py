"""The sentences and documents of a text that is stored as ids."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from typing import overload

import numpy as np

from lexloom.arrays import Ids, Offsets
from lexloom.text.vocabulary import Vocabulary

__all__ = ["Sentences"]

_WORDS_AT_ONCE = 1 << 20


class Sentences:
    """A text as word ids with its boundaries; iterating gives each sentence as a list of words.

    Parameters
    ----------
    vocabulary
        The V words.
    ids
        int32 (T), the words of the text in order.
    sentence_offsets
        int64, where each sentence begins in `ids`, and the end of the last.
    document_offsets
        int64 (N + 1), the sentence each document begins with, and the end of the last.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        ids: Ids,
        sentence_offsets: Offsets,
        document_offsets: Offsets,
    ) -> None:
        self.vocabulary = vocabulary
        self.ids = ids
        self.sentence_offsets = sentence_offsets
        self.document_offsets = document_offsets

    @property
    def n_words(self) -> int:
        """Words in the text that are in the vocabulary."""
        return len(self.ids)

    @property
    def n_sentences(self) -> int:
        """Sentences that have words."""
        return len(self.sentence_offsets) - 1

    @property
    def n_documents(self) -> int:
        """Documents, those without words included."""
        return len(self.document_offsets) - 1

    def __len__(self) -> int:
        return self.n_sentences

    @cached_property
    def _words(self) -> np.ndarray:
        return np.array(self.vocabulary.array.to_pylist(), dtype=object)

    def __iter__(self) -> Iterator[list[str]]:
        yield from self._sentences(0, self.n_sentences)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[str]]: ...
    def __getitem__(self, index: int | slice) -> list[str] | list[list[str]]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return list(self._sentences(start, stop))
            return [self[place] for place in range(start, stop, step)]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"sentence {index} of {len(self)}")
        begin, end = self.sentence_offsets[place : place + 2]
        return self._words[self.ids[begin:end]].tolist()

    def documents(self) -> Iterator[list[list[str]]]:
        """Give each document as its sentences, each a list of words."""
        for begin, end in zip(self.document_offsets[:-1], self.document_offsets[1:], strict=True):
            yield self[int(begin) : int(end)]

    def portions(self, n_words: int) -> Iterator[tuple[int, Ids, Offsets]]:
        """Give the sentences some at a time: about so many words, at least one sentence.

        Parameters
        ----------
        n_words
            Words in a portion.

        Yields
        ------
        tuple
            The first sentence of the portion; its words, int32; where each of its sentences begins
            in the corpus and the end of the last, int64.
        """
        start = 0
        while start < self.n_sentences:
            begin = int(self.sentence_offsets[start])
            last = int(np.searchsorted(self.sentence_offsets, begin + n_words, "right")) - 1
            last = max(last, start + 1)
            yield (
                start,
                self.ids[begin : int(self.sentence_offsets[last])],
                np.array(self.sentence_offsets[start : last + 1]),
            )
            start = last

    def words_between(self, start: int, stop: int) -> list[str]:
        """Give the words from place `start` to `stop` - 1 of the whole corpus."""
        return self._words[self.ids[start:stop]].tolist()

    def _sentences(self, start: int, stop: int) -> Iterator[list[str]]:
        """Give sentences `start` to `stop` - 1, a run of words looked up at a time."""
        while start < stop:
            begin = int(self.sentence_offsets[start])
            last = int(np.searchsorted(self.sentence_offsets, begin + _WORDS_AT_ONCE, "right")) - 1
            last = min(max(last, start + 1), stop)
            offsets = self.sentence_offsets[start : last + 1] - begin
            words = self._words[self.ids[begin : begin + int(offsets[-1])]].tolist()
            bounds = offsets.tolist()
            for left, right in itertools.pairwise(bounds):
                yield words[left:right]
            start = last
