"""A language model beside Kneser-Ney and mixed with it, over the same tokens of one text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lexloom.errors import FormatError
from lexloom.evaluation.metrics.perplexity import best_weight, mixed, perplexity
from lexloom.static.kneser_ney import KneserNey
from lexloom.static.language_model import LanguageModel
from lexloom.text.corpus import Corpus
from lexloom.text.sentences import Sentences
from lexloom.training.checking import warn_of_gaps

__all__ = ["Measured", "measure_beside"]


@dataclass(frozen=True)
class Measured:
    """Perplexities of the second half of a text; the weight was chosen on the first.

    Attributes
    ----------
    model
        That of the language model.
    kneser_ney
        That of modified Kneser-Ney of the same order, over the same vocabulary.
    mixture
        That of both.
    weight
        What the language model weighs in the mixture, from 0 to 1.
    n_chosen_on, n_judged
        Tokens of the first half and of the second: words, known or not, and ends of sentences.
    """

    model: float
    kneser_ney: float
    mixture: float
    weight: float
    n_chosen_on: int
    n_judged: int

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return asdict(self)


def measure_beside(model: LanguageModel, counted: Corpus, text: Sentences) -> Measured:
    """Measure a language model beside what counting alone knows, and both together.

    Parameters
    ----------
    model
        The language model.
    counted
        The corpus that Kneser-Ney counts, best that of the model, cut into words as it was.
    text
        What neither has learned from: its first half, to the end of a sentence, chooses the weight
        of the mixture, its second half judges.

    Returns
    -------
    Measured
        What they come to.

    Raises
    ------
    FormatError
        If the text has fewer than two sentences, or the model knows no word of `counted`.
    """
    ends = text.sentence_offsets[1:] + np.arange(1, len(text.sentence_offsets))
    if len(ends) < 2:
        raise FormatError(
            "a mixture needs a text of at least two sentences, one to choose its weight and one to "
            f"judge it, found {len(ends)}."
        )
    if model.vocabulary.ids(counted.vocabulary.words).max(initial=-1) < 0:
        raise FormatError(
            "the model knows no word of the corpus that is to be counted beside it.",
            "Give the corpus that the model learned from.",
        )
    warn_of_gaps(counted)
    peer = KneserNey(order=model.order).fit(counted, model.vocabulary)
    # The last sentence always judges.
    half = int(ends[min(np.searchsorted(ends, ends[-1] / 2), len(ends) - 2)])
    ours, theirs = model.log_probabilities(text), peer.log_probabilities(text)
    weight = best_weight(ours[:half], theirs[:half])
    return Measured(
        model=perplexity(ours[half:]),
        kneser_ney=perplexity(theirs[half:]),
        mixture=perplexity(mixed(ours[half:], theirs[half:], weight)),
        weight=weight,
        n_chosen_on=half,
        n_judged=len(ours) - half,
    )
