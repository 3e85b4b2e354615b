"""Pages to look at: what a transformer attends to, and which words of texts are alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lexloom.arrays import Vectors
from lexloom.contextual.attending import Attention
from lexloom.embedder import EmbeddedText
from lexloom.errors import SettingError
from lexloom.reporting.heat_map import Choice, Line, draw_heat_map
from lexloom.reporting.page import Section, paragraph, render_page
from lexloom.text.language import guess_language

__all__ = ["attention_page", "similarity_page", "word_similarity"]

_MEAN = "mean of all"


def attention_page(attention: Attention, text: str) -> str:
    """Write a page on which layer and head can be chosen.

    Parameters
    ----------
    attention
        What `attend` gave.
    text
        The text it read.

    Returns
    -------
    str
        HTML that needs no network and no other file.

    Raises
    ------
    SettingError
        If there are more numbers than a page can hold.
    """
    n_heads = attention.weights.shape[1]
    with_mean = np.concatenate(
        [attention.weights.mean(axis=1, keepdims=True), attention.weights], axis=1
    )
    lines = [
        Line(unit, [f"pieces of {unit}: {' '.join(own)}"])
        for unit, own in zip(attention.units, attention.pieces, strict=True)
    ]
    choices = [
        Choice("layer", [str(number) for number in attention.layers]),
        Choice("head", [_MEAN, *(str(number) for number in range(1, n_heads + 1))]),
    ]
    drawn = draw_heat_map(
        with_mean, lines, lines, choices=choices, lowest=0.0,
        label="how much each word of the text attends to each",
    )  # fmt: skip
    told = (
        "A row is a word that looks, a column a word that is looked at; a row sums to 1. Attention "
        "to a word is the sum of that to its pieces, attention from a word the mean of that from "
        "its pieces (Clark et al. 2019)."
    )
    body = [paragraph(text), drawn, paragraph(told, is_note=True)]
    return render_page("Attention", [Section("Layers and heads", body)], language=_tag(text))


def word_similarity(first: EmbeddedText, second: EmbeddedText) -> Vectors:
    """Give the cosines of the words of two texts.

    Parameters
    ----------
    first
        T words.
    second
        U words.

    Returns
    -------
    Vectors
        float32 (T, U), -1 to 1.

    Raises
    ------
    SettingError
        If one of them has no word with a vector.
    """
    for one in (first, second):
        if not one.words:
            raise SettingError(
                "a text must have at least one word that the encoder knows, one has none."
            )
    unit = [_unit(one.vectors) for one in (first, second)]
    return np.clip(unit[0] @ unit[1].T, -1, 1)


def similarity_page(first: EmbeddedText, second: EmbeddedText, texts: Sequence[str]) -> str:
    """Write a page that shows how alike the words of two texts, or of one, are.

    Parameters
    ----------
    first
        The words of the rows.
    second
        The words of the columns.
    texts
        The texts to show above the map.

    Returns
    -------
    str
        HTML that needs no network and no other file.

    Raises
    ------
    SettingError
        If a text has no word, or there are more numbers than a page can hold.
    """
    drawn = draw_heat_map(
        word_similarity(first, second),
        [Line(word) for word in first.words],
        [Line(word) for word in second.words],
        label="the cosine of each word with each",
    )
    told = "Cosines of the vectors that the words have in these texts, from -1 to 1."
    body = [*(paragraph(text) for text in texts), drawn, paragraph(told, is_note=True)]
    return render_page(
        "Similarity of words", [Section("Word by word", body)], language=_tag(" ".join(texts))
    )


def _unit(vectors: Vectors) -> Vectors:
    """Make vectors one long; those of no length stay."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _tag(text: str) -> str:
    """Give the language of a page as a tag: it decides the shapes of characters."""
    return "zh" if guess_language(text) == "zh" else "en"
