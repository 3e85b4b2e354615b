"""What every way of cutting gives: the words of a block of lines, numbered within the block."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lexloom.arrays import Bytes, Ids, Offsets
from lexloom.errors import SettingError
from lexloom.kernels.word_table import word_keys
from lexloom.kernels.words import cut_words
from lexloom.text.characters import CharacterRule, character_classes, lower_case

__all__ = [
    "LONGEST_WORD_BYTES",
    "CharacterCutter",
    "Cut",
    "Cutter",
    "FunctionCutter",
    "PatternCutter",
    "Span",
    "number_words",
]

Span = tuple[str, int, int]
"""A word, its first character and the one behind its last."""


LONGEST_WORD_BYTES = 1000
"""A longer word (encoded data, mostly) is left out and counted."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The words of a block.

    Attributes
    ----------
    ids
        int32 (T), for each word its place among the block's different words.
    line_lengths
        int64, the words of each line.
    blob
        uint8, the different words one behind the other, in UTF-8.
    offsets
        int64, where each of them begins in `blob`, and the end of the last.
    n_too_long
        Words left out because they have more than `LONGEST_WORD_BYTES`.
    keys
        uint64, the key of each different word (`lexloom.kernels.word_table`).
    spans
        int32 (T, 2), where each word stands in the block's bytes, or (0, 2) if nobody asked.
    """

    ids: Ids
    line_lengths: Offsets
    blob: Bytes
    offsets: Offsets
    n_too_long: int
    keys: np.ndarray
    spans: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.int32))

    def words(self) -> list[str]:
        """Give the T words in order."""
        raw = self.blob.tobytes()
        ends = self.offsets.tolist()
        different = [raw[start:end].decode("utf-8") for start, end in itertools.pairwise(ends)]
        return [different[place] for place in self.ids.tolist()]


class Cutter(Protocol):
    """Anything that cuts a block; `cut` may be called from several threads at once."""

    def cut(self, text: bytes) -> Cut:
        """Cut valid UTF-8 text into lines of words."""
        ...

    def close(self) -> None:
        """Let go of what cutting holds (processes)."""
        ...


class CharacterCutter:
    """Cuts by what each character does to a word: a kernel that lets other threads run.

    Parameters
    ----------
    rule
        Which characters make words.
    lowercase
        Whether to write words in lower case.
    punctuation
        Whether marks and symbols are words too.
    """

    def __init__(self, rule: CharacterRule, *, lowercase: bool, punctuation: bool = False) -> None:
        self._classes = character_classes(rule, punctuation=punctuation)
        self._punctuation = punctuation
        self._folds = lower_case(lowercase, rule)

    def cut(self, text: bytes) -> Cut:
        """Cut valid UTF-8 text into lines of words."""
        return self._cut(text, with_spans=False)

    def _cut(self, text: bytes, *, with_spans: bool) -> Cut:
        """Cut valid UTF-8 text, and say where words stand if asked."""
        ended = text if text.endswith(b"\n") or not text else text + b"\n"
        ids, spans, line_lengths, blob, offsets, keys, n_too_long = cut_words(
            np.frombuffer(ended, np.uint8),
            self._classes,
            self._folds,
            LONGEST_WORD_BYTES,
            self._punctuation,
            with_spans,
        )
        return Cut(ids, line_lengths, blob, offsets, n_too_long, keys, spans)

    def spans(self, text: str) -> list[Span]:
        """Cut a text into words, each with where it stands."""
        raw = text.encode("utf-8")
        cut = self._cut(raw, with_spans=True)
        places = cut.spans
        if len(raw) != len(text):
            begins = (np.frombuffer(raw, np.uint8) & 0xC0) != 0x80
            places = np.concatenate([[0], np.cumsum(begins)])[places]
        return [
            (word, start, end)
            for word, (start, end) in zip(cut.words(), places.tolist(), strict=True)
        ]

    def close(self) -> None:
        """Do nothing: this cutter holds nothing."""


class FunctionCutter:
    """Cuts line by line with a Python function: slower, one thread at a time.

    Parameters
    ----------
    function
        Gives the words of a line, as an iterable of str.
    lowercase
        Whether to write words in lower case.
    """

    def __init__(self, function: Callable[[str], Iterable[str]], *, lowercase: bool) -> None:
        self._function = function
        self._lowercase = lowercase

    def cut(self, text: bytes) -> Cut:
        """Cut valid UTF-8 text into lines of words."""
        lines = text.decode("utf-8").split("\n")
        if not lines[-1]:
            lines.pop()
        return number_words([self._words(line) for line in lines])

    def close(self) -> None:
        """Do nothing: this cutter holds nothing."""

    def _words(self, line: str) -> list[str]:
        """Give the words of one line, in lower case where asked."""
        words = self._function(line)
        if isinstance(words, str):
            raise SettingError(
                f"a function that cuts must give an iterable of words, got the str {words!r:.60}.",
                "Return a list of words.",
            )
        return [word.lower() for word in words] if self._lowercase else list(words)

    def spans(self, text: str) -> list[Span]:
        """Cut a text into words, each with the next place where it stands as it was cut.

        Raises
        ------
        SettingError
            If the function gives a word that does not stand in the text.
        """
        found, place = [], 0
        for line in text.splitlines(keepends=True):
            place_of_line = text.index(line, place)
            place = place_of_line
            for word in self._function(line.rstrip("\n")):
                start = text.find(word, place)
                if start < 0:
                    raise SettingError(
                        f"the word {word!r:.60} does not stand in the text behind {place}."
                    )
                place = start + len(word)
                found.append((word.lower() if self._lowercase else word, start, place))
            place = place_of_line + len(line)
        return found


class PatternCutter(FunctionCutter):
    """Cuts line by line with a regular expression: every match that is not empty is a word.

    Parameters
    ----------
    pattern
        Without groups that capture.
    lowercase
        Whether to write words in lower case.
    """

    def __init__(self, pattern: re.Pattern[str], *, lowercase: bool) -> None:
        super().__init__(lambda line: filter(None, pattern.findall(line)), lowercase=lowercase)


def number_words(sentences: Sequence[Sequence[str]]) -> Cut:
    """Give words that stand in lists already their numbers.

    Raises
    ------
    SettingError
        If a word is no str, is empty, or holds a NUL, a newline or a lone surrogate.
    """
    numbering = _Numbering()
    look_up = numbering.__getitem__
    ids = np.fromiter((look_up(word) for sentence in sentences for word in sentence), np.int32)
    line_lengths = np.fromiter(map(len, sentences), np.int64, len(sentences))
    too_long = ids < 0
    if too_long.any():
        kept_before = np.concatenate([[0], np.cumsum(~too_long)])
        line_lengths = np.diff(kept_before[np.concatenate([[0], np.cumsum(line_lengths)])])
        ids = ids[~too_long]
    blob, offsets = _packed(numbering.words)
    return Cut(ids, line_lengths, blob, offsets, int(too_long.sum()), word_keys(blob, offsets))


def _packed(words: Sequence[bytes]) -> tuple[Bytes, Offsets]:
    """Lay words one behind the other: uint8 bytes, and int64 offsets with the end of the last."""
    offsets = np.zeros(len(words) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, words), np.int64, len(words)), out=offsets[1:])
    return np.frombuffer(b"".join(words), np.uint8), offsets


class _Numbering(dict[str, int]):
    """Numbers words in the order of their first appearance, too long ones -1; checks each once."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[bytes] = []

    def __missing__(self, word: str) -> int:
        raw = _checked(word)
        if len(raw) > LONGEST_WORD_BYTES:
            self[word] = -1
        else:
            self[word] = len(self.words)
            self.words.append(raw)
        return self[word]


def _checked(word: object) -> bytes:
    """Give a word in UTF-8, or say why it is none."""
    if not isinstance(word, str):
        raise SettingError(f"a word must be a str, got {word!r:.60} ({type(word).__name__}).")
    if not word or "\0" in word or "\n" in word:
        raise SettingError(
            f"a word is non-empty and holds no NUL and no newline, got {word!r:.60}."
        )
    try:
        return word.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SettingError(
            f"a word must be text that UTF-8 can write, got {word!r:.60} with a lone surrogate.",
            "Replace it: word.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace').",
        ) from error
