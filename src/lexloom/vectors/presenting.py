"""Word vectors as a small table in a notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from lexloom.arrays import Vectors

if TYPE_CHECKING:
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["html_table"]

N_SHOWN = 10


def html_table(vectors: WordVectors) -> str:
    """Show the size and the first words; every word is escaped."""
    words = vectors.words[:N_SHOWN]
    counts = [""] * len(words)
    if vectors.counts is not None:
        counts = [f"{count:,}" for count in vectors.counts[:N_SHOWN].tolist()]
    rows = "".join(
        f"<tr><td>{_plain(word)}</td><td>{count}</td><td>{_plain(_numbers(vector))}</td></tr>"
        for word, count, vector in zip(words, counts, vectors.matrix, strict=False)
    )
    return (
        f"<table><caption>{len(vectors):,} words, width {vectors.width}</caption>"
        f"<tr><th>word</th><th>count</th><th>vector</th></tr>{rows}</table>"
    )


def _numbers(vector: Vectors) -> str:
    """Give the first numbers of a vector."""
    numbers = [f"{number:.3f}" for number in vector[:4]]
    return ", ".join(numbers) + (", …" if len(vector) > len(numbers) else "")


def _plain(text: str) -> str:
    """Escape a text for HTML, and show control characters as their escapes."""
    visible = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return html.escape(visible)
