"""Translators: learned from pairs of a text and its translation, from nothing or from a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from lexloom.evaluation.metrics.translation import bleu, translation_scores
from lexloom.finetuning.rewriting.pairs import PairParts
from lexloom.finetuning.rewriting.rewriting import Rewriting
from lexloom.finetuning.rewriting.rewriting_report import SAMPLES, RewritingReport
from lexloom.settings import settings

if TYPE_CHECKING:
    from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
    from lexloom.finetuning.rewriting.fitted_rewriter import FittedTranslator

__all__ = ["Translator"]


@settings
class Translator(Rewriting):
    """Learn to translate, from pairs of a text and its translation.

    Examples
    --------
    >>> pairs = [(f"{n} good rooms", f"{n} gute Zimmer") for n in range(40)]
    >>> trainer = Translator(size="tiny", width=16, layers=1, heads=2, pieces=300, epochs=1)
    >>> translator = trainer.fit(pairs)
    >>> len(translator.translate(["7 good rooms", ""]))
    2
    """

    family: ClassVar[str] = "translator"

    def _quality(self, texts: Sequence[str], *, targets: Sequence[str]) -> float:
        """Give BLEU."""
        return bleu(texts, targets)

    def _report(self, parts: PairParts, texts: Sequence[str]) -> RewritingReport:
        """Judge translations, beside the texts as they were."""
        part, pairs = parts.judged
        found = translation_scores(texts, pairs.targets)
        copied = translation_scores(pairs.sources, pairs.targets)
        return RewritingReport(
            part=part,
            n=len(pairs),
            n_shared=parts.n_shared[part],
            measure="BLEU",
            figures={"BLEU": found.bleu, "chrF": found.chrf},
            baseline="the text as it was",
            simplest={"BLEU": copied.bleu, "chrF": copied.chrf},
            signatures=found.signatures,
            samples=tuple(zip(pairs.sources, pairs.targets, texts, strict=True))[:SAMPLES],
        )

    def _result(self, model: EncoderDecoder, **made: Any) -> FittedTranslator:
        """Make the translator."""
        from lexloom.finetuning.rewriting.fitted_rewriter import FittedTranslator

        return FittedTranslator(model, **made)
