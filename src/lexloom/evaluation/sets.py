"""Evaluation sets: word pairs with people's scores, analogies and categories, from any layout.

What a file holds is told from its content, never from its name:

- *pairs*: a row holds two words and a number; tab, comma, semicolon or spaces between them, with or
  without a header, a leading column of row numbers or further columns (WordSim-353, SimLex-999,
  RG-65, MEN, wordsim-240);
- *questions*: four words a row, under ``: section`` headings or without any (Google, CA8);
- *categories*: a word and its category a row, in either order (AP, BLESS), many words to one.

Empty lines and lines that begin with ``#`` are skipped; a byte-order mark and CRLF are fine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lexloom.errors import FormatError, SettingError, StorageError
from lexloom.evaluation.set_layouts import (
    cut_rows,
    read_categories,
    read_pairs,
    read_questions,
    tells_questions,
)

__all__ = ["AnalogyQuestions", "EvaluationSet", "WordCategories", "WordPairs", "read_set"]

MOST_BYTES = 64 * 2**20
"""The largest set known holds a few megabytes; more is no evaluation set."""


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words, and how alike people find them.

    Attributes
    ----------
    name
        What to call the set.
    pairs
        The words of each pair.
    scores
        One finite number a pair; higher is more alike.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.pairs) != len(self.scores):
            raise SettingError(
                f"every pair needs one score, got {len(self.pairs)} pairs "
                f"and {len(self.scores)} scores."
            )

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True)
class AnalogyQuestions:
    """Questions "a is to b as c is to d", by section.

    Attributes
    ----------
    name
        What to call the set.
    questions
        The four words of each.
    sections
        The section of each question; empty where the set has none.
    """

    name: str
    questions: tuple[tuple[str, str, str, str], ...]
    sections: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.questions) != len(self.sections):
            raise SettingError(
                f"every question needs one section, got {len(self.questions)} questions "
                f"and {len(self.sections)} sections."
            )

    def __len__(self) -> int:
        return len(self.questions)


@dataclass(frozen=True)
class WordCategories:
    """Words and the categories people put them in.

    Attributes
    ----------
    name
        What to call the set.
    words
        The words, each once.
    categories
        The category of each.
    """

    name: str
    words: tuple[str, ...]
    categories: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != len(self.categories):
            raise SettingError(
                f"every word needs one category, got {len(self.words)} words "
                f"and {len(self.categories)} categories."
            )

    def __len__(self) -> int:
        return len(self.words)


EvaluationSet: TypeAlias = WordPairs | AnalogyQuestions | WordCategories


def read_set(path: str | os.PathLike[str]) -> EvaluationSet:
    """Read an evaluation set, of whichever layout it is.

    Parameters
    ----------
    path
        The file, in UTF-8.

    Returns
    -------
    EvaluationSet
        Named after the file, without its ending.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it is no evaluation set, or a row breaks its layout; the line is named.
    """
    path = Path(path)
    text = _text(path).replace("\r\n", "\n").replace("\r", "\n")
    lines = [
        (number, line)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise FormatError(
            "expected pairs of words with a score, or questions of four words; found no rows.",
            path=path,
        )
    rows = cut_rows(path, lines)
    if tells_questions(lines, rows):
        questions, sections = read_questions(path, lines)
        return AnalogyQuestions(path.stem, tuple(questions), tuple(sections))
    if (found := read_categories(rows)) is not None:
        category_of = dict(zip(*found, strict=True))
        return WordCategories(path.stem, tuple(category_of), tuple(category_of.values()))
    pairs, scores = read_pairs(path, rows)
    return WordPairs(path.stem, tuple(pairs), tuple(scores))


def _text(path: Path) -> str:
    """Read a whole small file as text."""
    try:
        n_bytes = path.stat().st_size
        data = path.read_bytes() if n_bytes <= MOST_BYTES else b""
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}.", path=path) from error
    if n_bytes > MOST_BYTES:
        raise FormatError(
            f"expected an evaluation set of at most {MOST_BYTES:,} bytes, found {n_bytes:,}.",
            "Is this the corpus?",
            path=path,
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"expected UTF-8 text, found the byte 0x{data[error.start]:02x}.",
            "Convert it, from gb18030 say: iconv -f gb18030 -t utf-8 FILE > NEW",
            path=path,
            byte=error.start,
        ) from error
    if "\0" in text:
        raise FormatError("expected text, found a zero byte.", path=path, byte=data.index(b"\0"))
    return text
