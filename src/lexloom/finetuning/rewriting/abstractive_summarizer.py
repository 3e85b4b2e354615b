"""Abstractive summarizers: what is learned from texts and what people wrote to sum them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from lexloom.evaluation.metrics.intervals import Estimate, mean
from lexloom.evaluation.metrics.rouge import rouge_l, rouge_n
from lexloom.finetuning.rewriting.pairs import PairParts
from lexloom.finetuning.rewriting.rewriting import Rewriting
from lexloom.finetuning.rewriting.rewriting_report import SAMPLES, RewritingReport
from lexloom.settings import settings
from lexloom.text.segmenting import Segmentation
from lexloom.text.sentence_spans import sentence_spans

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
        The field of the texts in a file, by name or number from 1.
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
        return float(np.mean(_rouge(texts, targets)["ROUGE-L"]))

    def _report(self, parts: PairParts, texts: Sequence[str]) -> RewritingReport:
        """Judge summaries, beside as many of the first sentences as people wrote."""
        part, pairs = parts.judged
        n_usual = round(np.mean([len(sentence_spans(target)) for target in pairs.targets]))
        lead = [_lead(text, max(1, n_usual)) for text in pairs.sources]
        return RewritingReport(
            part=part,
            n=len(pairs),
            n_shared=parts.n_shared[part],
            measure="ROUGE-L",
            figures=_estimated(texts, pairs.targets),
            baseline="the first sentences",
            simplest=_estimated(lead, pairs.targets),
            signatures={},
            samples=tuple(zip(pairs.sources, pairs.targets, texts, strict=True))[:SAMPLES],
        )

    def _result(self, model: EncoderDecoder, **made: Any) -> FittedAbstractiveSummarizer:
        """Make the summarizer."""
        from lexloom.finetuning.rewriting.fitted_rewriter import FittedAbstractiveSummarizer

        return FittedAbstractiveSummarizer(model, **made)


def _rouge(texts: Sequence[str], targets: Sequence[str]) -> dict[str, list[float]]:
    """Compare each text with its summary by a person: F1, from 0 to 100."""
    cutting = Segmentation()
    pairs = [
        (cutting.words(text.lower()), cutting.words(target.lower()))
        for text, target in zip(texts, targets, strict=True)
    ]
    return {
        "ROUGE-1": [100 * rouge_n(*pair, 1).f1 for pair in pairs],
        "ROUGE-2": [100 * rouge_n(*pair, 2).f1 for pair in pairs],
        "ROUGE-L": [100 * rouge_l(*pair).f1 for pair in pairs],
    }


def _estimated(texts: Sequence[str], targets: Sequence[str]) -> dict[str, Estimate]:
    """Estimate the means, with their intervals."""
    return {name: mean(values) for name, values in _rouge(texts, targets).items()}


def _lead(text: str, n_sentences: int) -> str:
    """Give the first sentences of a text."""
    spans = sentence_spans(text)[:n_sentences]
    return " ".join(text[start:end] for start, end in spans)
