"""Where a word stands in a corpus: some of its places, the text around each, words beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Ids, Offsets
from lexloom.contextual.tokenizing.rejoining import Rejoiner
from lexloom.errors import DamagedError, SettingError
from lexloom.text.reading import Reading, read_blocks

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus
    from lexloom.text.sources import SourcesLike

__all__ = ["InText", "as_written", "beside", "rejoined", "sample_places_of", "word_id_of"]

_SAMPLE = 11
"""Sets these random numbers apart from others of the same seed."""

_WORDS_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class InText:
    """One place where a word stands.

    Attributes
    ----------
    text
        What stands around it.
    start, stop
        The word's first character in `text`, and the one behind its last.
    """

    text: str
    start: int
    stop: int


def word_id_of(corpus: Corpus, word: str) -> int:
    """Find the id of a word as the corpus writes it.

    Parameters
    ----------
    corpus
        The corpus.
    word
        The word as a person writes it.

    Returns
    -------
    int
        Its id.

    Raises
    ------
    SettingError
        If it is no text, or is cut into several words or none.
    MissingWordError
        If it is not in the vocabulary; names the nearest spellings.
    """
    if not isinstance(word, str) or not word.strip():
        raise SettingError(f"word must be a word, got {word!r:.60}.")
    segmentation = corpus.segmentation
    if word in corpus.vocabulary or segmentation is None or segmentation.function is not None:
        return corpus.vocabulary.id(word)
    cut = segmentation.words(word)
    if len(cut) > 1:
        raise SettingError(
            f"word must be one word; {word!r} is cut into {len(cut)}: {', '.join(cut)}.",
            "Ask for one of them.",
        )
    return corpus.vocabulary.id(cut[0] if cut else word)


def sample_places_of(corpus: Corpus, word_id: int, most: int, seed: int) -> tuple[Offsets, int]:
    """Draw places of a word, in bounded memory.

    Parameters
    ----------
    corpus
        The corpus.
    word_id
        The word.
    most
        How many places at most.
    seed
        Another seed draws other places.

    Returns
    -------
    tuple
        int64, ascending, the places; and how many the corpus has.
    """
    places, numbers, n_found = np.zeros(0, np.int64), np.zeros(0, np.uint64), 0
    for block, start in enumerate(range(0, corpus.n_words, _WORDS_AT_ONCE)):
        here = start + np.flatnonzero(corpus.ids[start : start + _WORDS_AT_ONCE] == word_id)
        n_found += len(here)
        bits = np.random.Philox(key=[seed, _SAMPLE], counter=[0, 0, block, 0])
        numbers = np.concatenate([numbers, np.atleast_1d(bits.random_raw(len(here)))])
        places = np.concatenate([places, here])
        kept = np.sort(np.argsort(numbers, kind="stable")[:most])
        places, numbers = places[kept], numbers[kept]
    return places, n_found


def beside(corpus: Corpus, places: Offsets, window: int) -> list[Ids]:
    """Give the words beside each of some places, within its sentence.

    Parameters
    ----------
    corpus
        The corpus.
    places
        int64 (N).
    window
        How many words on either side.

    Returns
    -------
    list of Ids
        int32 for each place; the word itself is not among them.
    """
    found = []
    for place, (begin, end) in zip(places.tolist(), _around(corpus, places, window), strict=True):
        near = np.asarray(corpus.ids[begin:end])
        found.append(np.delete(near, place - begin))
    return found


def rejoined(corpus: Corpus, places: Offsets, context: int) -> list[InText]:
    """Put together the text around some places from the words of the corpus.

    Parameters
    ----------
    corpus
        The corpus.
    places
        int64 (N).
    context
        How many words on either side.

    Returns
    -------
    list of InText
        One a place.
    """
    bounds = _around(corpus, places, context)
    ids = np.concatenate([np.zeros(0, np.int32), *(corpus.ids[a:b] for a, b in bounds)])
    offsets = np.concatenate([[0], np.cumsum([b - a for a, b in bounds])]).astype(np.int64)
    joined = Rejoiner(corpus).join(0, ids, offsets)
    before = 0
    found = []
    for number, text in enumerate(joined.texts):
        own = int(offsets[number] + places[number] - bounds[number][0])
        stop = int(joined.ends[own]) - before
        found.append(InText(text, stop - len(corpus.vocabulary.word(int(ids[own]))), stop))
        before += len(text)
    return found


def as_written(
    corpus: Corpus, places: Offsets, context: int, sources: SourcesLike, reading: Reading
) -> list[InText]:
    """Read the text around some places from the files that a corpus was built from.

    Parameters
    ----------
    corpus
        The corpus, built from them with ``min_count=1``, each line or record a document.
    places
        int64 (N), ascending.
    context
        How many words on either side.
    sources
        The files.
    reading
        How they are read.

    Returns
    -------
    list of InText
        One a place, as it is written there.

    Raises
    ------
    DamagedError
        If the files do not hold what the corpus says.
    """
    assert corpus.segmentation is not None
    sentences = np.searchsorted(corpus.sentence_offsets, places, "right") - 1
    documents = np.searchsorted(corpus.document_offsets, sentences, "right") - 1
    wanted = dict.fromkeys(documents.tolist())
    texts = dict(_documents(sources, reading, list(wanted)))
    found = []
    for place, number in zip(places.tolist(), documents.tolist(), strict=True):
        begin = int(corpus.sentence_offsets[corpus.document_offsets[number]])
        lines = texts.get(number, [])
        found.append(_in_lines(corpus, lines, place, place - begin, context))
    return found


def _around(corpus: Corpus, places: Offsets, n: int) -> list[tuple[int, int]]:
    """Give for each place where the words around it begin and end, within its sentence."""
    sentences = np.searchsorted(corpus.sentence_offsets, places, "right") - 1
    begins = np.maximum(corpus.sentence_offsets[sentences], places - n)
    ends = np.minimum(corpus.sentence_offsets[sentences + 1], places + n + 1)
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def _documents(
    sources: SourcesLike, reading: Reading, wanted: Sequence[int]
) -> Iterator[tuple[int, list[str]]]:
    """Give the lines of some documents, whose numbers ascend."""
    chosen = set(wanted)
    lines: dict[int, list[str]] = {number: [] for number in wanted}
    n_before = 0
    for block in read_blocks(sources, reading):
        starts = np.asarray(block.document_starts)
        numbers = n_before - 1 + np.searchsorted(starts, np.arange(block.n_lines), "right")
        n_before += len(starts)
        if chosen.isdisjoint(numbers.tolist()):
            continue
        for number, line in zip(numbers.tolist(), block.text.split(b"\n"), strict=False):
            if number in chosen:
                lines[number].append(line.decode("utf-8"))
    yield from lines.items()


def _in_lines(
    corpus: Corpus, lines: Sequence[str], place: int, n_before: int, context: int
) -> InText:
    """Find a word of a document by how many words stand before it."""
    assert corpus.segmentation is not None
    for line in lines:
        spans = corpus.segmentation.spans(line)
        if n_before < len(spans):
            word, start, stop = spans[n_before]
            if word != corpus.vocabulary.word(int(corpus.ids[place])):
                break
            left = spans[max(n_before - context, 0)][1] if n_before > context else 0
            last = n_before + context
            right = spans[last][2] if last < len(spans) else len(line)
            return InText(line[left:right], start - left, stop - left)
        n_before -= len(spans)
    raise DamagedError(
        "the text is no longer what the corpus was built from.", "Build the corpus again."
    )
