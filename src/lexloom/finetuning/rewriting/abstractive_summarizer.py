"""Abstractive summarizers: what is learned from texts and what people wrote to sum them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from lexloom.finetuning.rewriting.judging import rouge
from lexloom.finetuning.rewriting.rewriting import Rewriting
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
    from lexloom.finetuning.rewriting.fitted_rewriter import FittedAbstractiveSummarizer

__all__ = ["AbstractiveSummarizer"]


@settings
class AbstractiveSummarizer(Rewriting):
    """Learn to sum up texts in words of one's own, from texts and summaries by people.

    `Summarizer` chooses sentences of a text instead, and learns from nobody.

    Attributes
    ----------
    source_field
        The field of the texts of records, by name; of those of a file that has no line of names by
        number from 1.
    target_field
        The field of their summaries.
    longest
        The most pieces of a text that are read; the rest is cut off.
    """

    family: ClassVar[str] = "abstractive_summarizer"

    source_field: str = "text"
    target_field: str = "summary"
    longest: Annotated[int, Field(ge=2, le=8_192)] = 512

    def _quality(self, texts: Sequence[str], *, targets: Sequence[str]) -> float:
        """Give ROUGE-L."""
        return float(np.mean(rouge(texts, targets)["ROUGE-L"]))

    def _result(self, model: EncoderDecoder, **made: Any) -> FittedAbstractiveSummarizer:
        """Make the summarizer."""
        from lexloom.finetuning.rewriting.fitted_rewriter import FittedAbstractiveSummarizer

        return FittedAbstractiveSummarizer(model, **made)
