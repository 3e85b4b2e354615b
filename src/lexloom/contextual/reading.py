"""Texts through a network: cut into windows, sorted into batches, put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lexloom.arrays import Bools, Offsets, Vectors
from lexloom.contextual import windows
from lexloom.contextual.alignment import pool_text
from lexloom.contextual.batching import batches, padded
from lexloom.contextual.encoder_settings import EncoderSettings, Layers
from lexloom.contextual.pieces import Pieces, PieceTokenizer
from lexloom.contextual.tokenizing.roles import check_text
from lexloom.errors import SettingError

__all__ = ["Reader", "Seen", "Window", "portions"]

_CHARACTERS_AT_ONCE = 1 << 16
_TEXTS_AT_ONCE = 4096


class _Network(Protocol):
    """What turns pieces into vectors."""

    width: int
    most_positions: int
    pad_id: int

    def run(self, ids: Offsets, is_piece: Bools | None, layers: Layers) -> Vectors:
        """Give the vector of every piece: float32 (B, T, D)."""
        ...


@dataclass(frozen=True)
class Window:
    """A stretch of a text that the network reads at once.

    Attributes
    ----------
    text
        Which of the texts.
    start, stop
        Its first piece of the text, and the one behind its last.
    ids
        int64 (T): its pieces, in the frame the network expects.
    """

    text: int
    start: int
    stop: int
    ids: Offsets


@dataclass(frozen=True)
class Seen:
    """The pieces of a text that was read at once, and what they attend to.

    Attributes
    ----------
    starts, ends
        int64 (pieces of the text): the first character of each and the one behind its last.
    first
        Where the text's own pieces begin among all T.
    written
        All T pieces as the vocabulary writes them, those of the frame among them.
    weights
        float32 (L, H, T, T): how much each piece (row) attends to each (column).
    """

    starts: Offsets
    ends: Offsets
    first: int
    written: tuple[str, ...]
    weights: Vectors


class Reader:
    """Reads texts of any length through a network.

    Parameters
    ----------
    tokenizer
        Cuts texts into pieces.
    network
        Turns pieces into vectors.
    settings
        Prefix, layers, width, overlap and size of a batch.

    Raises
    ------
    SettingError
        If the prefix leaves no room for text, or vectors have not so many numbers.
    """

    def __init__(
        self, tokenizer: PieceTokenizer, network: _Network, settings: EncoderSettings
    ) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._settings = settings
        self.width = settings.width or network.width
        if self.width > network.width:
            raise SettingError(
                f"width must be at most {network.width:,}, the numbers of the model's vectors, got "
                f"{self.width:,}."
            )
        check_text(settings.prefix or "")
        n_frame = len(tokenizer.left) + len(tokenizer.right)
        n_lead = len(tokenizer.cut([""], settings.prefix or "")[0].lead)
        self._most = network.most_positions - n_frame - n_lead
        self._overlap = min(settings.overlap, self._most // 4)
        if self._most < 1:
            raise SettingError(
                f"prefix must leave room for text: it takes {n_lead:,} pieces of the "
                f"{network.most_positions - n_frame:,} that the model reads."
            )

    def cut(self, texts: Sequence[str]) -> list[Pieces]:
        """Cut texts into pieces, the prefix before each."""
        return self._tokenizer.cut(texts, self._settings.prefix or "")

    def beginnings(self, texts: Sequence[str], longest: int) -> tuple[list[Offsets], int]:
        """Give what the network would read of each text first, cut at a length.

        Parameters
        ----------
        texts
            N texts.
        longest
            The most pieces of a text to give, its prefix and frame not counted; no more than the
            network reads at once.

        Returns
        -------
        tuple
            N times int64 (T), the pieces in the frame the network expects; and how many texts were
            cut.
        """
        return self.framed(self.cut(texts), longest)

    def framed(self, cut: Sequence[Pieces], longest: int) -> tuple[list[Offsets], int]:
        """Give what the network would read first, of texts that are cut into pieces.

        Parameters
        ----------
        cut
            N times the pieces of a text.
        longest
            As of `beginnings`.

        Returns
        -------
        tuple
            As of `beginnings`.
        """
        most = min(longest, self._most)
        left, right = self._tokenizer.left, self._tokenizer.right
        found = [np.concatenate([left, each.lead, each.ids[:most], right]) for each in cut]
        return found, sum(len(each) > most for each in cut)

    def of_pieces(self, texts: Sequence[str], cut: Sequence[Pieces]) -> list[Vectors]:
        """Give the vector of each piece of some texts, averaged where windows overlap.

        Parameters
        ----------
        texts
            N texts.
        cut
            The pieces of each.

        Returns
        -------
        list of Vectors
            For each text, float32 (T, D).
        """
        offsets = np.concatenate([[0], np.cumsum([len(pieces) for pieces in cut])]).astype(int)
        hidden = np.zeros((offsets[-1], self.width), np.float32)
        n_windows = np.zeros(offsets[-1], np.float32)
        for window, read in self.read(texts, cut):
            first = len(self._tokenizer.left) + len(cut[window.text].lead)
            own = slice(offsets[window.text] + window.start, offsets[window.text] + window.stop)
            hidden[own] += read[first : first + window.stop - window.start]
            n_windows[own] += 1
        several = n_windows > 1
        hidden[several] /= n_windows[several, None]
        return np.split(hidden, offsets[1:-1])

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        """Give one vector for each of some texts: the mean of its windows', by their lengths.

        Parameters
        ----------
        texts
            N texts.

        Returns
        -------
        Vectors
            float32 (N, D).
        """
        sums = np.zeros((len(texts), self.width), np.float32)
        weights = np.zeros(len(texts), np.float32)
        for window, hidden in self.read(texts, self.cut(texts)):
            sums[window.text] += len(window.ids) * pool_text(hidden, self._settings.texts)
            weights[window.text] += len(window.ids)
        sums /= np.maximum(weights, 1)[:, None]
        return sums

    def read(self, texts: Sequence[str], cut: Sequence[Pieces]) -> Iterator[tuple[Window, Vectors]]:
        """Let the network read all windows of some texts, in the order that suits it.

        Parameters
        ----------
        texts
            N texts.
        cut
            The pieces of each.

        Yields
        ------
        tuple
            A window, and float32 (T, D), the vectors of its pieces, its frame among them.
        """
        chosen = [
            window
            for place, (text, pieces) in enumerate(zip(texts, cut, strict=True))
            for window in self._windows(place, text, pieces)
        ]
        lengths = np.array([len(window.ids) for window in chosen], np.int64)
        for batch in batches(lengths, self._settings.batch_pieces):
            some = [chosen[number] for number in batch]
            ids, is_piece = padded([window.ids for window in some], self._network.pad_id)
            hidden = self._network.run(ids, is_piece, self._settings.layers)
            for window, row in zip(some, hidden, strict=True):
                yield window, row[: len(window.ids), : self.width]

    def attention(self, text: str, attend: Callable[[Offsets], Vectors]) -> Seen:
        """Let the network read a whole text at once, and tell what its pieces attend to.

        Parameters
        ----------
        text
            The text.
        attend
            Gives the attention between pieces, float32 (L, H, T, T).

        Returns
        -------
        Seen
            Its pieces, and the attention between them.

        Raises
        ------
        SettingError
            If it is no text, has no pieces, or is longer than the network reads at once.
        """
        if not isinstance(text, str):
            raise SettingError(f"text must be a str, got {text!r:.60}.")
        pieces = self.cut([text])[0]
        if not 0 < len(pieces) <= self._most:
            raise SettingError(
                f"text must have from 1 to {self._most:,} pieces, as many as the model reads at "
                f"once; it has {len(pieces):,}."
            )
        window = next(self._windows(0, text, pieces))
        first = len(self._tokenizer.left) + len(pieces.lead)
        written = tuple(self._tokenizer.written(window.ids.tolist()))
        return Seen(pieces.starts, pieces.ends, first, written, attend(window.ids))

    def _windows(self, place: int, text: str, pieces: Pieces) -> Iterator[Window]:
        """Cut one text into windows, each in the frame the network expects."""
        ends = np.empty(0, np.int64)
        if len(pieces) > self._most:
            ends = windows.sentence_ends(text, pieces.ends)
        left, right = self._tokenizer.left, self._tokenizer.right
        for start, stop in windows.cut(len(pieces), self._most, self._overlap, ends):
            ids = np.concatenate([left, pieces.lead, pieces.ids[start:stop], right])
            if len(ids):
                yield Window(place, start, stop, ids)


def portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """Take texts bit by bit: some at a time, of so many characters.

    Parameters
    ----------
    texts
        Any number of texts.

    Yields
    ------
    list of str
        At least one text.

    Raises
    ------
    SettingError
        If one is no text, or none that UTF-8 can write.
    """
    if isinstance(texts, str):
        raise SettingError("texts must be a list of texts, got one str.", "Pass [text].")
    if not isinstance(texts, Iterable):
        raise SettingError(f"texts must be a list of texts, got {texts!r:.60}.")
    some: list[str] = []
    n_characters = 0
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise SettingError(f"texts must be a list of str, got {text!r:.60} as number {place}.")
        check_text(text)
        some.append(text)
        n_characters += len(text)
        if n_characters >= _CHARACTERS_AT_ONCE or len(some) == _TEXTS_AT_ONCE:
            yield some
            some, n_characters = [], 0
    if some:
        yield some
