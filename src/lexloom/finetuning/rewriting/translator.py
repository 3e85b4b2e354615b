"""Translators: learned from pairs of a text and its translation, from nothing or from a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from lexloom.evaluation.metrics.translation import bleu
from lexloom.finetuning.rewriting.rewriting import Rewriting
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

    def _result(self, model: EncoderDecoder, **made: Any) -> FittedTranslator:
        """Make the translator."""
        from lexloom.finetuning.rewriting.fitted_rewriter import FittedTranslator

        return FittedTranslator(model, **made)
