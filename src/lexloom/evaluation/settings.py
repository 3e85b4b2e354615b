"""How evaluation sets are asked; light, so that `--help` costs nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lexloom.settings import settings

__all__ = ["EvaluationSettings"]


@settings
class EvaluationSettings:
    """How evaluation sets are asked.

    Attributes
    ----------
    restrict
        Use only this many of the most frequent words, as published figures often do (30,000);
        the others count as missing. None uses all.
    lower_case
        Look a word that is missing as written up in lower case; how often that helped is counted.
    unseen
        Make vectors of missing words from their n-grams, where the vectors have those: of pairs and
        of categories, in lower case if `lower_case` is set. Analogies are asked among known words.
    analogy_method
        ``"3cosadd"`` (Mikolov et al. 2013) or ``"3cosmul"`` (Levy and Goldberg 2014, eq. 4).
    resamples
        How many times the answers are drawn again for a 95 % interval.
    seed
        Where those draws begin.
    """

    restrict: Annotated[int, Field(ge=1)] | None = None
    lower_case: bool = True
    unseen: bool = False
    analogy_method: Literal["3cosadd", "3cosmul"] = "3cosadd"
    resamples: Annotated[int, Field(ge=100, le=1_000_000)] = 2_000
    seed: Annotated[int, Field(ge=0)] = 1
