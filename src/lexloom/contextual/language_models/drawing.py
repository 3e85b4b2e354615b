"""How pieces are drawn that a model foretells: scores become chances, and chances a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from lexloom.arrays import Floats
from lexloom.errors import SettingError
from lexloom.settings import settings

__all__ = ["Drawing"]

_COLDEST = 1e-6


@settings
class Drawing:
    """How a text is gone on with, piece after piece.

    Attributes
    ----------
    n_pieces
        The most pieces to draw; the end of the text ends it too.
    temperature
        Below 1 likely pieces become likelier; 0 takes the likeliest each time.
    top_k
        Draw among so many of the likeliest pieces only (Fan et al. 2018).
    top_p
        Draw among the likeliest pieces only, which together have this chance (Holtzman et al.
        2020).
    repetition_penalty
        What the scores of pieces that were there already are divided by, or times, where they are
        below 0 (Keskar et al. 2019); 1 lets pieces come again as they like.
    stop
        Texts that end it; they are no part of what is given.
    seed
        Another seed draws other pieces; the same draws the same.
    """

    n_pieces: Annotated[int, Field(ge=1, le=100_000)] = 200
    temperature: Annotated[float, Field(ge=0, le=100)] = 1.0
    top_k: Annotated[int, Field(ge=1)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    repetition_penalty: Annotated[float, Field(ge=1, le=100)] = 1.0
    stop: tuple[str, ...] = ()
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    def __post_init__(self) -> None:
        if "" in self.stop:
            raise SettingError("stop must be texts of at least one character, got ''.")

    def generator(self, number: int) -> np.random.Generator:
        """Give the random numbers of one of several texts.

        Parameters
        ----------
        number
            Which text, from 0.

        Returns
        -------
        numpy.random.Generator
            The same each time.
        """
        return np.random.Generator(np.random.Philox(key=[self.seed, number]))

    def chances(self, scores: Floats, before: Sequence[int]) -> Floats:
        """Turn scores into chances that add up to 1.

        Parameters
        ----------
        scores
            float64 (V).
        before
            The pieces that were there already.

        Returns
        -------
        Floats
            float64 (V).
        """
        if self.repetition_penalty > 1 and len(before):
            scores, rows = scores.copy(), np.unique(before)
            old, penalty = scores[rows], self.repetition_penalty
            scores[rows] = np.where(old > 0, old / penalty, old * penalty)
        if self.temperature < _COLDEST:
            return (np.arange(len(scores)) == scores.argmax()).astype(np.float64)
        raised = np.exp((scores - scores.max()) / self.temperature)
        chances = raised / raised.sum()
        if self.top_p == 1 and self.top_k is None:
            return chances
        order = np.argsort(-chances, kind="stable")
        # The piece that reaches the sum belongs to them.
        unlikely = np.cumsum(chances[order]) - chances[order] >= self.top_p
        unlikely[self.top_k :] |= self.top_k is not None
        chances[order[unlikely]] = 0.0
        return chances / chances.sum()

    def draw(self, scores: Floats, before: Sequence[int], generator: np.random.Generator) -> int:
        """Choose the next piece.

        Parameters
        ----------
        scores
            float64 (V).
        before
            The pieces that were there already.
        generator
            What is drawn from; changes in place.

        Returns
        -------
        int
            From 0 to V - 1.
        """
        chances = self.chances(scores, before)
        place = int(np.searchsorted(np.cumsum(chances), generator.random(), "right"))
        return min(place, len(chances) - 1)
