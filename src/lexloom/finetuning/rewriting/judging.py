"""Judging what was written, beside texts by people and what is had for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lexloom.evaluation.metrics.intervals import Estimate, mean
from lexloom.evaluation.metrics.rouge import rouge_l, rouge_n
from lexloom.evaluation.metrics.translation import translation_scores
from lexloom.finetuning.rewriting.pairs import Pairs
from lexloom.finetuning.rewriting.rewriting_report import SAMPLES, RewritingReport
from lexloom.text.segmenting import Segmentation
from lexloom.text.sentence_spans import sentence_spans

__all__ = ["judged_summaries", "judged_translations", "rouge"]


def judged_translations(pairs: Pairs, texts: Sequence[str]) -> RewritingReport:
    """Judge translations, beside the texts as they were.

    Parameters
    ----------
    pairs
        N texts and their translations by people.
    texts
        N translations.

    Returns
    -------
    RewritingReport
        Their figures.
    """
    found = translation_scores(texts, pairs.targets)
    copied = translation_scores(pairs.sources, pairs.targets)
    return _report(
        pairs, texts,
        measure="BLEU",
        figures={"BLEU": found.bleu, "chrF": found.chrf},
        baseline="the text as it was",
        simplest={"BLEU": copied.bleu, "chrF": copied.chrf},
        signatures=found.signatures,
    )  # fmt: skip


def judged_summaries(pairs: Pairs, texts: Sequence[str]) -> RewritingReport:
    """Judge summaries, beside as many of the first sentences as people wrote.

    Parameters
    ----------
    pairs
        N texts and their summaries by people.
    texts
        N summaries.

    Returns
    -------
    RewritingReport
        Their figures.
    """
    n_usual = round(np.mean([len(sentence_spans(target)) for target in pairs.targets]))
    lead = [_lead(text, max(1, n_usual)) for text in pairs.sources]
    return _report(
        pairs, texts,
        measure="ROUGE-L",
        figures=_estimated(texts, pairs.targets),
        baseline="the first sentences",
        simplest=_estimated(lead, pairs.targets),
        signatures={},
    )  # fmt: skip


def rouge(texts: Sequence[str], targets: Sequence[str]) -> dict[str, list[float]]:
    """Compare each text with its summary by a person.

    Parameters
    ----------
    texts
        N texts.
    targets
        N summaries by people.

    Returns
    -------
    dict of str to list of float
        F1 of each, from 0 to 100, by ``ROUGE-1``, ``ROUGE-2`` and ``ROUGE-L``.
    """
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


def _report(pairs: Pairs, texts: Sequence[str], **figures: Any) -> RewritingReport:
    """Put figures together with some texts to look at."""
    samples = tuple(zip(pairs.sources, pairs.targets, texts, strict=True))[:SAMPLES]
    return RewritingReport(part="test", n=len(pairs), n_shared=None, samples=samples, **figures)


def _estimated(texts: Sequence[str], targets: Sequence[str]) -> dict[str, Estimate]:
    """Estimate the means, with their intervals."""
    return {name: mean(values) for name, values in rouge(texts, targets).items()}


def _lead(text: str, n_sentences: int) -> str:
    """Give the first sentences of a text."""
    spans = sentence_spans(text)[:n_sentences]
    return " ".join(text[start:end] for start, end in spans)
