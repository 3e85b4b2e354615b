"""Rows of an evaluation set, whichever way they are laid out, as words and numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from lexloom.errors import FormatError

__all__ = ["Row", "cut_rows", "read_categories", "read_pairs", "read_questions", "tells_questions"]

N_PAIR_WORDS = 2
N_QUESTION_WORDS = 4
HEADER_MARKS = ("word", "term", "score", "sim", "human", "mean", "rating", "gold", "词", "分")
"""A first row without a score is a header if one of these stands in it, and a fault if not."""

CATEGORY_MARKS = ("category", "class", "group", "类")
"""A first row that names a column so is a header of categories."""

Row = tuple[int, list[str]]
"""Number of a line, from 1, and its fields."""


def tells_questions(lines: Sequence[tuple[int, str]], rows: Sequence[Row]) -> bool:
    """Tell by the first rows whether a set is one of questions: headings, or four words a row."""
    has_scores = any(_number_column(fields) is not None for _, fields in rows[:2])
    return lines[0][1].lstrip().startswith(":") or (
        len(rows[0][1]) == N_QUESTION_WORDS and not has_scores
    )


def read_categories(rows: Sequence[Row]) -> tuple[list[str], list[str]] | None:
    """Read rows of a word and its category; None where they are something else.

    The column with fewer different fields is that of the categories; at least half of its fields
    must come again, and no number may stand behind two words: that would be the score of a pair.
    A row with a category and an empty word is a heading, which is passed over.
    """
    if any(_number_column(fields) is not None for _, fields in rows):
        return None
    words = [_words_of(fields) for _, fields in rows if not _is_heading(fields)]
    if words and any(mark in " ".join(words[0]).lower() for mark in CATEGORY_MARKS):
        words = words[1:]
    if not words or any(len(pair) != N_PAIR_WORDS for pair in words):
        return None
    first, second = ([pair[column] for pair in words] for column in (0, 1))
    if len(set(first)) < len(set(second)):
        first, second = second, first
    return (first, second) if 2 * len(set(second)) <= len(words) else None


def _is_heading(fields: Sequence[str]) -> bool:
    """Tell a row that has one word and an empty field in the place of the other."""
    return len(_words_of(fields)) == 1 and "" in fields


def _words_of(fields: Sequence[str]) -> list[str]:
    """Give the fields that are neither empty nor numbers."""
    return [field for field in fields if field and _number(field) is None]


def read_questions(
    path: Path, lines: Sequence[tuple[int, str]]
) -> tuple[list[tuple[str, str, str, str]], list[str]]:
    """Read rows of four words under headings: the questions, and the section of each.

    Raises
    ------
    FormatError
        If a row breaks its layout; the line is named.
    """
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
    return questions, sections


def cut_rows(path: Path, lines: Sequence[tuple[int, str]]) -> list[Row]:
    """Cut lines at the separator the first of them shows.

    Raises
    ------
    FormatError
        If a row breaks its layout; the line is named.
    """
    first = lines[0][1]
    separator = next((mark for mark in "\t,;" if first.count(mark) >= N_PAIR_WORDS), None)
    if separator is None and len(first.split()) == 1:
        separator = next((mark for mark in ",;" if mark in first), None)
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


def read_pairs(path: Path, rows: Sequence[Row]) -> tuple[list[tuple[str, str]], list[float]]:
    """Read rows of two words and a score: the pairs, and their scores.

    Raises
    ------
    FormatError
        If a row breaks its layout; the line is named.
    """
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
    return pairs, scores


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
