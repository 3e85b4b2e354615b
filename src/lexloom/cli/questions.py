"""`lexloom neighbors` and `lexloom analogy`: ask word vectors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from lexloom.cli.options import Everywhere, Inputs, Reading
from lexloom.cli.terminal import Terminal
from lexloom.opening import open_vectors
from lexloom.vectors.rowless import gathered

if TYPE_CHECKING:
    from lexloom.vectors.queries import Ranking

__all__ = ["analogy", "neighbors"]

SHORT_N = Parameter(name=("--n", "-n"))


def neighbors(
    vectors: Path,
    words: Inputs,
    /,
    *,
    n: Annotated[int, SHORT_N] = 10,
    limit: int | None = None,
    everywhere: Reading = Everywhere(),
) -> None:
    """Show the words nearest to each of some words, with their cosines from -1 to 1.

    Parameters
    ----------
    vectors
        A folder of word vectors, or a file of another program.
    words
        The words to ask about, all of which must be known; ``-`` reads them from standard input,
        one a line.
    n
        How many to show for each, at least 1.
    limit
        Use only so many of the most frequent words.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    opened = open_vectors(vectors, limit=limit)
    asked = _asked(words)
    opened.vectors_of(asked)
    with gathered():  # all of them were told of just now
        for place, word in enumerate(asked):
            _show_neighbors(terminal, word, opened.most_similar(word, n=n), is_first=not place)


def _show_neighbors(terminal: Terminal, word: str, found: Ranking, *, is_first: bool) -> None:
    """Show a word and what is near it, an empty line between two words."""
    heading = [*([] if is_first else [""]), word]
    value = {
        "word": word,
        "neighbors": [{"word": near, "cosine": cosine} for near, cosine in found],
    }
    terminal.show(value, [*heading, *(f"  {cosine:6.3f}  {near}" for near, cosine in found)])


def analogy(
    vectors: Path,
    a: str,
    b: str,
    c: str,
    /,
    *,
    n: Annotated[int, SHORT_N] = 5,
    method: Literal["3cosadd", "3cosmul"] = "3cosadd",
    limit: int | None = None,
    everywhere: Reading = Everywhere(),
) -> None:
    """Complete an analogy: find what C is to, as A is to B.

    Parameters
    ----------
    vectors
        A folder of word vectors, or a file of another program.
    a
        The first word: ``man``.
    b
        What it is to: ``king``.
    c
        The word asked about: ``woman``.
    n
        How many answers to show, at least 1.
    method
        How answers are ranked: by the sum of cosines, or by their product.
    limit
        Use only so many of the most frequent words.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    found = open_vectors(vectors, limit=limit).analogy(a, b, c, n=n, method=method)
    value = {
        "question": [a, b, c],
        "answers": [{"word": word, "score": score} for word, score in found],
    }
    terminal.show(value, [f"{score:6.3f}  {word}" for word, score in found])


def _asked(words: list[str]) -> list[str]:
    """Give the words, those of standard input in the place of ``-``."""
    return [
        asked for word in words for asked in (_lines(sys.stdin.read()) if word == "-" else [word])
    ]


def _lines(text: str) -> list[str]:
    """Give the lines of a text that are not blank."""
    return [line for line in text.splitlines() if line.strip()]
