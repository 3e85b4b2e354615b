"""One vector for a text, from the vectors of its words."""

from __future__ import annotations

import itertools
import re
import reprlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np

from lexloom.arrays import Bools, Counts, Floats, Ids, Offsets, Vectors
from lexloom.embedder import EmbeddedText
from lexloom.errors import SettingError
from lexloom.kernels.pooling import add_rows
from lexloom.oddities import tell_oddity
from lexloom.vectors.rowless import gathered, warn_of

if TYPE_CHECKING:
    from lexloom.text.phrases import PhraseTable
    from lexloom.text.vocabulary import Vocabulary
    from lexloom.vectors.queries import WordQueries

__all__ = ["Cutter", "Pooling", "Text", "cutter_of", "embed_texts", "embed_words", "known_words"]

Pooling = Literal["mean", "sum", "frequency"]
Text: TypeAlias = str | Sequence[str]

SMOOTHING = 1e-3
"""a of SIF: a word with this share of all words counts half."""

TEXTS_AT_ONCE = 4096
EXAMPLE = "Pass such as ['good quality', 'arrived late']."


class Cutter(Protocol):
    """Whatever turns a raw text into words and tells where they stand."""

    def words(self, text: str) -> list[str]:
        """Give the words of a text."""
        ...

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """Give the words of a text, each with its first character and the one behind its last."""
        ...


class Blanks:
    """Words are what stands between blanks: the rule where nothing else is known."""

    def words(self, text: str) -> list[str]:
        """Give the words of a text."""
        return text.split()

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """Give the words of a text, each with its first character and the one behind its last."""
        return [(found[0], *found.span()) for found in re.finditer(r"\S+", text)]


class Joined:
    """Words of another rule, with the phrases of a table joined."""

    def __init__(self, cutter: Cutter, phrases: PhraseTable) -> None:
        self._cutter = cutter
        self._phrases = phrases

    def words(self, text: str) -> list[str]:
        """Give the words of a text."""
        return self._phrases.join(self._cutter.words(text))

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """Give the words of a text, each with its first character and the one behind its last."""
        return self._phrases.join_spans(self._cutter.spans(text))


def cutter_of(segmentation: Cutter | None, phrases: PhraseTable | None) -> Cutter:
    """Give the rule that turns a raw text into words as the corpus was: cut, phrases joined."""
    cutter = segmentation or Blanks()
    return cutter if phrases is None else Joined(cutter, phrases)


def frequency_weights(counts: Counts | None) -> Floats:
    """Give the weight a / (a + p(w)) of each word (Arora, Liang and Ma 2017, equation 3).

    Parameters
    ----------
    counts
        int64 (V), or None when nobody counted.

    Returns
    -------
    Floats
        float64 (V), from 0 for the most frequent to 1 for the rarest.

    Raises
    ------
    SettingError
        If there are no counts.
    """
    if counts is None or not counts.sum():
        raise SettingError(
            "pooling='frequency' needs the counts of the words, and these vectors have none.",
            "Pass pooling='mean', or vectors trained by lexloom, which keep them.",
        )
    return SMOOTHING / (SMOOTHING + counts / counts.sum())


def embed_texts(
    vectors: WordQueries, texts: Iterable[Text], pooling: Pooling, cutter: Cutter
) -> Vectors:
    """Give one vector for each of N texts: float32 (N, D).

    Raises
    ------
    SettingError
        If `texts` holds anything but texts, `pooling` is unknown, or it needs counts and there are
        none.
    """
    if pooling not in ("mean", "sum", "frequency"):
        raise SettingError(f"pooling must be 'mean', 'sum' or 'frequency', got {pooling!r}.")
    weights = None
    if pooling == "frequency":
        # The last one is for id -1: a word that nobody counted.
        weights = np.append(frequency_weights(vectors.vocabulary.counts), 1.0)
    pooled = [np.empty((0, vectors.matrix.shape[1]), np.float32)]
    n_known = [np.empty(0, np.int64)]
    for some, words in _cut(texts, cutter):
        ids, rows = vectors.look_up(words)
        known = ids >= 0
        n_known.append(_n_known(known, some))
        sums = np.empty((len(some), rows.shape[1]), np.float32)
        factors = np.ones(known.sum())
        if weights is not None:
            factors = weights[vectors.vocabulary.ids(words)[known]]
        offsets = np.concatenate([[0], np.cumsum(n_known[-1])])
        add_rows(rows, ids[known], offsets, factors, sums)
        if pooling != "sum":
            sums /= np.maximum(n_known[-1], 1)[:, None]
        pooled.append(sums)
    _warn_of_empty(np.concatenate(n_known))
    return np.concatenate(pooled)


def known_words(
    vocabulary: Vocabulary, texts: Iterable[Text], cutter: Cutter
) -> tuple[Ids, Offsets]:
    """Give the ids of the known words of N texts, and where each text begins among them.

    Parameters
    ----------
    vocabulary
        The words.
    texts
        Raw texts, or lists of words.
    cutter
        Cuts raw texts into words.

    Returns
    -------
    tuple
        int32 (T), and int64 (N + 1) with the end of the last.

    Raises
    ------
    SettingError
        If `texts` holds anything but texts.
    """
    ids, n_known = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    for some, words in _cut(texts, cutter):
        found = vocabulary.ids(words)
        ids.append(found[found >= 0])
        n_known.append(_n_known(found >= 0, some))
    return np.concatenate(ids), np.cumsum(np.concatenate(n_known))


def _cut(
    texts: Iterable[Text], cutter: Cutter
) -> Iterator[tuple[list[Collection[str]], list[str]]]:
    """Cut texts into words, many at a time: the words of each, and those of all."""
    _check_texts(texts)
    cut = (_words(text, place, cutter) for place, text in enumerate(texts))
    while some := list(itertools.islice(cut, TEXTS_AT_ONCE)):
        yield some, list(itertools.chain.from_iterable(some))


def _n_known(known: Bools, texts: list[Collection[str]]) -> Offsets:
    """Give how many words of each text are known, of the words of all."""
    n_before = np.concatenate([[0], np.cumsum(known)])
    return np.diff(n_before[np.cumsum([0, *map(len, texts)])])


def embed_words(
    vectors: WordQueries, texts: Iterable[str], cutter: Cutter
) -> Iterator[EmbeddedText]:
    """Give for each text its known words, their spans and their vectors.

    Raises
    ------
    SettingError
        If `texts` holds anything but raw texts.
    """
    _check_texts(texts)
    rowless: dict[str, None] = {}
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise _no_text(text, place, "each a str")
        spans = cutter.spans(text)
        with gathered() as found:
            ids, rows = vectors.look_up([word for word, _, _ in spans])
        rowless.update(found)
        known = [span for span, word_id in zip(spans, ids, strict=True) if word_id >= 0]
        yield EmbeddedText(
            tuple(word for word, _, _ in known),
            tuple((start, stop) for _, start, stop in known),
            rows[ids[ids >= 0]],
        )
    warn_of(rowless)


def _check_texts(texts: object) -> None:
    """Refuse what is no list; a str is one of str too, of its characters."""
    if isinstance(texts, str):
        raise SettingError("texts must be a list of texts, got one str.", "Pass [text].")
    if not isinstance(texts, Iterable):
        raise SettingError(f"texts must be a list of texts, got {reprlib.repr(texts)}.", EXAMPLE)


def _words(text: Text, place: int, cutter: Cutter) -> Collection[str]:
    """Cut a raw text; take a list of words as it is."""
    if isinstance(text, str):
        return cutter.words(text)
    if not isinstance(text, Collection) or not all(
        issubclass(kind, str) for kind in set(map(type, text))
    ):
        raise _no_text(text, place, "each a str or a list of words")
    return text


def _no_text(found: object, place: int, expected: str) -> SettingError:
    """Say which of the texts is none."""
    shown = reprlib.repr(found)
    return SettingError(
        f"texts must be a list of texts, {expected}, got {shown} as number {place}.", EXAMPLE
    )


def _warn_of_empty(n_known: np.ndarray) -> None:
    """Say once how many texts have no known word."""
    n_empty = int((n_known == 0).sum())
    if n_empty:
        first = int(np.argmin(n_known))
        tell_oddity(
            f"{n_empty:,} of {len(n_known):,} texts have no known word, the first is number "
            f"{first}; their vectors are zero."
        )
