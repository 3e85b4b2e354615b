"""Choose the words a corpus keeps, and write its ids and boundaries in their final form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field

from lexloom.arrays import Bools, Ids, Offsets
from lexloom.errors import FormatError
from lexloom.kernels.word_table import remap_ids
from lexloom.settings import settings
from lexloom.text.counting import WordTable
from lexloom.text.spool import Spool
from lexloom.text.vocabulary import Vocabulary

__all__ = ["Selection", "choose_words", "write_arrays"]


@settings
class Selection:
    """Which words a corpus keeps.

    Attributes
    ----------
    min_count
        Words seen less often are dropped.
    max_words
        At most so many words are kept, the most frequent ones. None: no limit.
    max_types
        Different words held in memory while reading. Beyond it the rarest are dropped, with a
        warning: every word seen up to some threshold, the smallest that leaves three quarters.
    """

    min_count: Annotated[int, Field(ge=1)] = 5
    max_words: Annotated[int, Field(ge=1)] | None = None
    max_types: Annotated[int, Field(ge=1000, le=2_000_000_000)] = 30_000_000


def choose_words(table: WordTable, selection: Selection) -> tuple[Vocabulary, Ids]:
    """Choose words by count and put them in order: descending count, then UTF-8 bytes.

    Parameters
    ----------
    table
        Every word that was read, with its count.
    selection
        Which of them to keep.

    Returns
    -------
    tuple
        The vocabulary; and int32, for each id of the table the final one, -1 where dropped.

    Raises
    ------
    FormatError
        If no word is left.
    """
    import pyarrow.compute as pc

    counts = table.counts[: table.n_words]
    kept = np.flatnonzero(counts >= selection.min_count)
    if not len(kept):
        raise _nothing_left(counts, selection.min_count)
    chosen = pa.table({"word": table.words().take(pa.array(kept)), "count": counts[kept]})
    order = pc.sort_indices(chosen, [("count", "descending"), ("word", "ascending")])
    order = order.slice(0, selection.max_words)
    new_ids = np.full(table.n_words, -1, np.int32)
    new_ids[kept[order.to_numpy()]] = np.arange(len(order), dtype=np.int32)
    return Vocabulary.from_table(chosen.take(order)), new_ids


def _nothing_left(counts: np.ndarray, min_count: int) -> FormatError:
    """Say how many words were dropped and what would keep some."""
    counts = counts[counts > 0]
    if not len(counts):
        return FormatError("no word was found in it.", "Check the text and the language.")
    hints = []
    for n_words in (1000, 100):
        if len(counts) >= n_words:
            would_keep = int(np.partition(counts, -n_words)[-n_words])
            hints.append(f"min_count={would_keep} would keep {n_words:,}")
    hints = hints or [f"min_count={int(counts.max())} would keep the most frequent"]
    return FormatError(
        f"all {len(counts):,} different words occur less than min_count={min_count} times.",
        f"Lower it: {'; '.join(hints)}.",
    )


def write_arrays(draft: Any, spool: Spool, segments: list[tuple[int, Ids]]) -> dict[str, int]:
    """Write final ids, sentence offsets and document offsets, holding a portion at a time.

    Parameters
    ----------
    draft
        The artefact being written.
    spool
        The ids and lines as they were read.
    segments
        For each stretch of lines that a pruning ended: the line behind it, and the final id of
        each id used in it (-1 where dropped).

    Returns
    -------
    dict
        ``n_words``, ``n_sentences``, ``n_documents`` as they were written.
    """
    with (
        draft.open_tensor("ids.safetensors", "ids", np.int32) as ids_out,
        draft.open_tensor("sentences.safetensors", "offsets", np.int64) as sentences_out,
        draft.open_tensor("documents.safetensors", "offsets", np.int64) as documents_out,
    ):
        documents = _Documents(spool, documents_out)
        sentences_out.append(np.zeros(1, np.int64))
        n_words = first = 0
        for last, new_ids in segments:
            for kept, kept_lengths in _remapped(spool.lines(first, last), new_ids):
                ids_out.append(kept)
                filled = kept_lengths > 0
                sentences_out.append(n_words + np.cumsum(kept_lengths[filled]))
                documents.pass_lines(filled)
                n_words += len(kept)
            first = last
        documents.end()
    return {
        "n_words": n_words,
        "n_sentences": documents.n_sentences,
        "n_documents": spool.sizes["documents"],
    }


def _remapped(
    portions: Iterable[tuple[Ids, Offsets]], new_ids: Ids
) -> Iterator[tuple[Ids, Offsets]]:
    """Give portions of lines with their final ids, the next made while one is written."""
    with ThreadPoolExecutor(1, thread_name_prefix="lexloom-remap") as pool:
        waiting = None
        for ids, lengths in portions:
            future = pool.submit(remap_ids, ids, lengths, new_ids)
            if waiting is not None:
                yield waiting.result()
            waiting = future
        if waiting is not None:
            yield waiting.result()


class _Documents:
    """Turns the line each document starts on into its first sentence, as lines go by."""

    def __init__(self, spool: Spool, out: Any) -> None:
        self.n_sentences = 0
        self._out = out
        self._line = 0
        self._spooled = spool.documents()
        self._waiting = next(self._spooled, np.zeros(0, np.int64))

    def pass_lines(self, filled: Bools) -> None:
        """Take the next lines: which of them have words and so are sentences."""
        before = np.concatenate([[0], np.cumsum(filled)])
        end = self._line + len(filled)
        while len(self._waiting):
            n_here = int(np.searchsorted(self._waiting, end))
            here = self._waiting[:n_here] - self._line
            self._out.append(self.n_sentences + before[here])
            self._waiting = self._waiting[n_here:]
            if len(self._waiting):
                break
            self._waiting = next(self._spooled, np.zeros(0, np.int64))
        self.n_sentences += int(before[-1])
        self._line = end

    def end(self) -> None:
        """Write the documents behind the last line, which are empty, and the closing offset."""
        while len(self._waiting):
            self._out.append(np.full(len(self._waiting), self.n_sentences, np.int64))
            self._waiting = next(self._spooled, np.zeros(0, np.int64))
        self._out.append(np.full(1, self.n_sentences, np.int64))
