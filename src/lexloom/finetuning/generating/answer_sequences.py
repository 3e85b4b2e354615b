"""Passages as pieces: which are given, and which are foretold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lexloom.arrays import Offsets
from lexloom.errors import FormatError
from lexloom.finetuning.generating.passages import Passage

if TYPE_CHECKING:
    from lexloom.contextual.language_models.causal_model import CausalModel

__all__ = ["AnswerSequence", "answer_sequences", "cut_answers"]

_SHARE_SEEN_AGAIN = 4


@dataclass(frozen=True)
class AnswerSequence:
    """Pieces that the model reads at once.

    Attributes
    ----------
    ids
        int64 (T).
    n_given
        How many of the first are given, at least one; the others are foretold.
    passage
        The number of the passage that it is of, or a part of.
    """

    ids: Offsets
    n_given: int
    passage: int

    @property
    def n_foretold(self) -> int:
        """How many pieces are foretold."""
        return len(self.ids) - self.n_given


def cut_answers(model: CausalModel, texts: Sequence[str]) -> list[list[int]]:
    """Cut texts into pieces, without anything around them."""
    found = model.tokenizer.engine.encode_batch(list(texts), add_special_tokens=False)
    return [one.ids for one in found]


def answer_sequences(
    model: CausalModel, passages: Sequence[Passage], longest: int
) -> list[AnswerSequence]:
    """Write each passage in pieces: what opens a text, the prompt, the answer and the end.

    A longer passage becomes several sequences, each piece of its answer foretold in one of them;
    all but the first begin with pieces that were foretold before.

    Parameters
    ----------
    model
        Its tokenizer cuts.
    passages
        N passages.
    longest
        T, the most pieces of a sequence, at least 2.

    Returns
    -------
    list of AnswerSequence
        At least one a passage.

    Raises
    ------
    FormatError
        If the tokenizer has no piece that ends a text.
    """
    end = model.tokenizer.id_of("eos_token", "sep_token")
    if end is None:
        raise FormatError("the tokenizer has no eos_token or sep_token to end a text with.")
    prompts = cut_answers(model, [passage.prompt for passage in passages])
    answers = cut_answers(model, [passage.answer for passage in passages])
    return [
        sequence
        for number, (prompt, answer) in enumerate(zip(prompts, answers, strict=True))
        for sequence in _windows([*model.opening, *prompt], [*answer, end], longest, number)
    ]


def _windows(
    given: list[int], foretold: list[int], longest: int, passage: int
) -> Iterator[AnswerSequence]:
    """Cut one passage into sequences."""
    ids = np.array([*given, *foretold], np.int64)
    n_again = max(1, longest // _SHARE_SEEN_AGAIN)
    # A model that nothing opens cannot foretell the first piece of a text.
    first = max(len(given), 1)
    begin = 0 if first <= longest - n_again else first - n_again
    while first < len(ids):
        stop = min(begin + longest, len(ids))
        yield AnswerSequence(ids[begin:stop], first - begin, passage)
        first, begin = stop, stop - n_again
