"""Evaluation sets: pairs of words with people's scores, and analogy questions, from any layout.

What a file holds is told from its content, never from its name:

- *pairs*: a row holds two words and a number; tab, comma, semicolon or spaces between them, with or
  without a header, a leading column of row numbers or further columns (WordSim-353, SimLex-999,
  RG-65, MEN, wordsim-240);
- *questions*: four words a row, under ``: section`` headings or without any (Google, CA8).

Empty lines and lines that begin with ``#`` are skipped; a byte-order mark and CRLF are fine.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lexloom.errors import FormatError, SettingError, StorageError

__all__ = ["AnalogyQuestions", "WordPairs", "read_set"]

MOST_BYTES = 64 * 2**20
"""The largest set known holds a few megabytes; more is no evaluation set."""

N_PAIR_WORDS = 2
N_QUESTION_WORDS = 4
HEADER_MARKS = ("word", "term", "score", "sim", "human", "mean", "rating", "gold", "词", "分")
"""A first row without a score is a header if one of these stands in it, and a fault if not."""

Row = tuple[int, list[str]]
"""Number of a line, from 1, and its fields."""


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


def read_set(path: str | os.PathLike[str]) -> WordPairs | AnalogyQuestions:
    """Read an evaluation set, of whichever layout it is.

    Parameters
    ----------
    path
        The file, in UTF-8.

    Returns
    -------
    WordPairs | AnalogyQuestions
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
    rows = _fields(path, lines)
    has_scores = any(_number_column(fields) is not None for _, fields in rows[:2])
    if lines[0][1].lstrip().startswith(":") or (
        len(rows[0][1]) == N_QUESTION_WORDS and not has_scores
    ):
        return _questions(path, lines)
    return _pairs(path, rows)


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


def _questions(path: Path, lines: Sequence[tuple[int, str]]) -> AnalogyQuestions:
    """Read rows of four words under headings."""
    questions, sections, section = [], [], ""
    for number, line in lines:
        if line.lstrip().startswith(":"):
            section = line.strip().removeprefix(":").strip()
            continue
        words = (
            tuple(line.split("\t")) if line.count("\t") >= N_QUESTION_WORDS - 1 else line.split()
        )
        words = tuple(word.strip() for word in words if word.strip())
        if len(words) != N_QUESTION_WORDS:
            raise FormatError(
                f"expected {N_QUESTION_WORDS} words, found {len(words)}.",
                "Correct the row, or begin it with # to leave it out.",
                path=path,
                line=number,
            )
        questions.append(words)
        sections.append(section)
    if not questions:
        raise FormatError("expected questions of four words, found headings only.", path=path)
    return AnalogyQuestions(path.stem, tuple(questions), tuple(sections))


def _fields(path: Path, lines: Sequence[tuple[int, str]]) -> list[Row]:
    """Cut lines at the separator the first of them shows."""
    first = lines[0][1]
    separator = next((mark for mark in "\t,;" if first.count(mark) >= N_PAIR_WORDS), None)
    if separator is None or separator == "\t":
        return [
            (number, [field.strip() for field in line.split(separator)]) for number, line in lines
        ]
    rows = []
    for number, line in lines:
        try:
            fields = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error as error:
            raise FormatError(
                f"the quotes do not match: {error}.", path=path, line=number
            ) from error
        rows.append((number, [field.strip() for field in fields]))
    return rows


def _pairs(path: Path, rows: Sequence[Row]) -> WordPairs:
    """Read rows of two words and a score."""
    header, columns = _layout(path, rows)
    pairs, scores = [], []
    for number, fields in rows[header:]:
        if len(fields) <= columns[2]:
            raise FormatError(
                f"expected {columns[2] + 1} columns (two words and a score), found {len(fields)}.",
                "Correct the row, or begin it with # to leave it out.",
                path=path,
                line=number,
            )
        first, second, score = (fields[column] for column in columns)
        if not first or not second:
            raise FormatError("expected two words, found an empty one.", path=path, line=number)
        if _number(score) is None:
            raise FormatError(
                f"expected a finite number as the score in column {columns[2] + 1}, "
                f"found {score!r}.",
                path=path,
                line=number,
            )
        pairs.append((first, second))
        scores.append(float(score))
    return WordPairs(path.stem, tuple(pairs), tuple(scores))


def _layout(path: Path, rows: Sequence[Row]) -> tuple[bool, tuple[int, int, int]]:
    """Find whether there is a header, and the columns of the two words and the score.

    The first row that reads "word, word, …, number" shows the columns.
    """
    for n_before, (_, fields) in enumerate(rows[:2]):
        score = _number_column(fields)
        if score is None:
            continue
        heading = " ".join(rows[0][1]).lower()
        if n_before and not any(mark in heading for mark in HEADER_MARKS):
            break
        words = [
            column for column in range(score) if fields[column] and _number(fields[column]) is None
        ]
        return n_before == 1, (words[0], words[1], score)
    raise FormatError(
        "expected two words and a score (word<TAB>word<TAB>7.5), or four words; "
        f"found {' | '.join(rows[0][1])[:80]!r}.",
        "If it is a header, begin it with #.",
        path=path,
        line=rows[0][0],
    )


def _number_column(fields: Sequence[str]) -> int | None:
    """Find the first number behind two words; None where there is none."""
    n_words = 0
    for column, field in enumerate(fields):
        if _number(field) is None:
            n_words += bool(field)
        elif n_words >= N_PAIR_WORDS:
            return column
    return None


def _number(field: str) -> float | None:
    """Read a finite number; None where it is none."""
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
