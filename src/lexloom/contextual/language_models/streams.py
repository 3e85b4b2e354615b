"""A corpus as streams of pieces: what is learned, what is set aside, and what closes a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Bools, Ids
from lexloom.contextual.language_models.packing import Stream, stream_of
from lexloom.contextual.tokenizing.rejoining import Rejoined, Rejoiner
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.errors import FormatError
from lexloom.text.sentences import Sentences

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = ["closed_portions", "closing_ids", "streams_of"]

_HELD_OUT = 2
_LEAST_HELD_OUT = 100
_MOST_HELD_OUT_WORDS = 100_000


def streams_of(
    corpus: Corpus, tokenizer: Tokenizer, kind: str, held_out: float, seed: int
) -> tuple[Stream, Stream | None]:
    """Cut a corpus into pieces, in two parts.

    Parameters
    ----------
    corpus
        The corpus.
    tokenizer
        What cuts.
    kind
        ``masked_model`` or ``causal_model``: what the pieces are for.
    held_out
        The share that is set aside.
    seed
        What the choice hangs on.

    Returns
    -------
    tuple
        What is learned, and what is set aside, or None.
    """
    aside = _chosen_aside(corpus, held_out, seed)
    closing = closing_ids(tokenizer, kind)
    # What comes first is foretold too, from the end of another text.
    opening = [] if kind == "masked_model" else [closing[1]]

    def part(chosen: Bools) -> Stream:
        portions = (
            (portion.only(here), closed[here])
            for portion, closed in closed_portions(corpus, closing)
            for here in [chosen[portion.first : portion.first + len(portion.texts)]]
        )
        return stream_of(tokenizer.engine, portions, opening)

    return part(~aside), part(aside) if aside.any() else None


def closing_ids(tokenizer: Tokenizer, kind: str) -> tuple[int, int]:
    """Give the pieces that close a sentence within its document, and the last one of a document.

    A masked model has one for both. One that goes on with a text closes lines by the end of a
    line, where its tokenizer can write one.

    Parameters
    ----------
    tokenizer
        The tokenizer.
    kind
        ``masked_model`` or ``causal_model``.

    Returns
    -------
    tuple of int
        Two ids.

    Raises
    ------
    FormatError
        If the tokenizer has no such piece.
    """
    last = (
        tokenizer.id_of("sep_token", "eos_token")
        if kind == "masked_model"
        else (tokenizer.id_of("eos_token", "sep_token"))
    )
    if last is None:
        raise FormatError("the tokenizer has no eos_token or sep_token to close a sentence with.")
    if kind == "masked_model":
        return last, last
    line = tokenizer.encode("\n")
    writes_lines = len(line) == 1 and tokenizer.decode(line) == "\n"
    return (line[0] if writes_lines else last), last


def closed_portions(
    sentences: Sentences, breaks: tuple[int, int]
) -> Iterator[tuple[Rejoined, Ids]]:
    """Give the sentences of a corpus some at a time, each with the piece that closes it.

    Parameters
    ----------
    sentences
        The corpus.
    breaks
        What `closing_ids` gave.

    Yields
    ------
    tuple
        N sentences and int32 (N).
    """
    is_last = np.zeros(sentences.n_sentences + 1, np.bool_)
    is_last[sentences.document_offsets] = True
    closing = np.where(is_last[1:], breaks[1], breaks[0]).astype(np.int32)
    for portion in Rejoiner(sentences).portions():
        yield portion, closing[portion.first : portion.first + len(portion.texts)]


def _chosen_aside(corpus: Corpus, share: float, seed: int) -> Bools:
    """Choose the sentences that are set aside: those of whole documents, where there are many."""
    aside = np.zeros(corpus.n_sentences, np.bool_)
    if corpus.n_sentences < _LEAST_HELD_OUT or not share:
        return aside
    share = min(share, _MOST_HELD_OUT_WORDS / max(corpus.n_words, 1))
    lengths = np.diff(corpus.document_offsets)
    if len(lengths) < _LEAST_HELD_OUT:
        lengths = np.ones(corpus.n_sentences, np.int64)
    generator = np.random.Generator(np.random.Philox(key=[seed, _HELD_OUT]))
    chosen = np.zeros(len(lengths), np.bool_)
    order = generator.permutation(len(lengths))
    order = order[lengths[order] > 0]
    chosen[order[: max(1, round(share * len(order)))]] = True
    return np.repeat(chosen, lengths)
