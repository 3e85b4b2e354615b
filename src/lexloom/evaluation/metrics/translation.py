"""How near translations are to those of people: BLEU and chrF, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lexloom.errors import MissingExtraError
from lexloom.evaluation.metrics.intervals import Estimate, of_sums
from lexloom.text.language import HAN, KANA

__all__ = ["TranslationScores", "bleu", "bleu_cutter", "translation_scores"]

_MOSTLY = 0.5
_RESAMPLES = 1_000


@dataclass(frozen=True)
class TranslationScores:
    """Figures of some translations beside those of people, from 0 to 100.

    Attributes
    ----------
    bleu
        The share of runs of one to four words that a person wrote too, with a penalty for texts
        that are too short (Papineni et al. 2002).
    chrf
        The harmonic mean of shares of runs of one to six characters, by which what a person wrote
        counts twice (Popović 2015).
    signatures
        How each was computed, as sacrebleu writes it (Post 2018).
    """

    bleu: Estimate
    chrf: Estimate
    signatures: dict[str, str]


def translation_scores(texts: Sequence[str], references: Sequence[str]) -> TranslationScores:
    """Compare translations with those of people.

    Parameters
    ----------
    texts
        N translations.
    references
        N translations by people, one for each.

    Returns
    -------
    TranslationScores
        With 95 % intervals, by drawing texts again.

    Raises
    ------
    MissingExtraError
        If sacrebleu is not installed.
    """
    metrics = _metrics(references)
    found = {name: _estimated(metric, texts, references) for name, metric in metrics.items()}
    # A metric knows its signature only when it has seen references.
    signatures = {name: str(metric.get_signature()) for name, metric in metrics.items()}
    return TranslationScores(found["BLEU"], found["chrF"], signatures)


def bleu(texts: Sequence[str], references: Sequence[str]) -> float:
    """Give BLEU alone, without an interval.

    Parameters
    ----------
    texts
        N translations.
    references
        N translations by people.

    Returns
    -------
    float
        From 0 to 100.

    Raises
    ------
    MissingExtraError
        If sacrebleu is not installed.
    """
    return _metrics(references)["BLEU"].corpus_score(list(texts), [list(references)]).score


def bleu_cutter(references: Sequence[str]) -> str:
    """Choose how BLEU cuts texts into words, by the script they are written in.

    Parameters
    ----------
    references
        Texts by people.

    Returns
    -------
    str
        A name of sacrebleu's: ``zh`` for Chinese, ``char`` for Japanese, ``13a`` for all else.
    """
    letters = [letter for text in references for letter in text if letter.isalpha()]
    n_wide = sum(bool(HAN.match(letter)) for letter in letters)
    n_kana = sum(bool(KANA.match(letter)) for letter in letters)
    if n_wide + n_kana <= _MOSTLY * len(letters):
        return "13a"
    return "char" if n_kana else "zh"


def _metrics(references: Sequence[str]) -> dict[str, Any]:
    """Make what measures, for the language of some references."""
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise MissingExtraError(
            "figures of translations need sacrebleu.", "pip install 'lexloom[translate]'"
        ) from error
    return {"BLEU": BLEU(tokenize=bleu_cutter(references)), "chrF": CHRF()}


def _estimated(metric: Any, texts: Sequence[str], references: Sequence[str]) -> Estimate:
    """Sum up what a metric counts in each text, as its own bootstrap does."""
    counts = metric._extract_corpus_statistics(list(texts), [list(references)])
    return of_sums(
        counts,
        lambda sums: metric._compute_score_from_stats([int(n) for n in sums]).score,
        resamples=_RESAMPLES,
    )
