"""What trainers refuse: what is no corpus, and one without words that stand together."""

from __future__ import annotations

import logging

import numpy as np

from lexloom.errors import FormatError, SettingError
from lexloom.text.corpus import Corpus
from lexloom.text.segmenting import Segmentation

__all__ = ["check_company", "check_corpus", "warn_of_gaps"]

_LOG = logging.getLogger("lexloom")


def check_corpus(corpus: object) -> None:
    """Refuse what is no corpus.

    Parameters
    ----------
    corpus
        What a trainer was given.

    Raises
    ------
    SettingError
        If it is no `Corpus`.
    """
    if not isinstance(corpus, Corpus):
        raise SettingError(
            f"corpus must be a Corpus, got {type(corpus).__name__}.",
            "Make one: Corpus.from_sentences([['two', 'words']]) or Corpus.build(…).",
        )


def check_company(corpus: Corpus) -> None:
    """Refuse a corpus in which no word has company to be known by.

    Parameters
    ----------
    corpus
        What a trainer was given.

    Raises
    ------
    FormatError
        If it has fewer than 2 different words, or never two of them in a sentence.
    """
    selection = corpus.manifest.settings.get("selection", {})
    rarer = ", or a lower min_count" if selection.get("min_count", 1) > 1 else ""
    if len(corpus.vocabulary) < 2:
        raise FormatError(
            f"training needs at least 2 different words, the corpus has {len(corpus.vocabulary)}.",
            f"Give more text{rarer}.",
        )
    if np.diff(corpus.sentence_offsets).max(initial=0) < 2:
        raise FormatError(
            "training needs a sentence of at least 2 words, the corpus has none.",
            f"Give running text{rarer}.",
        )


def warn_of_gaps(corpus: Corpus, *, marks: bool = False) -> None:
    """Say that words are missing from sentences that a language model takes for running text.

    Parameters
    ----------
    corpus
        What a trainer was given.
    marks
        Whether punctuation is missed too, as by a model that reads and writes text as people do.
    """
    least = corpus.manifest.settings.get("selection", {}).get("min_count", 1)
    gaps, flags, settings, reasons = [], [], [], []
    if least > 1:
        gaps.append(f"where words came less than {least} times")
        flags.append("--min-count 1")
        settings.append("min_count=1")
        reasons.append("the model has its own way with rare words")
    if marks and _drops_marks(corpus.segmentation):
        gaps.append("where punctuation stood")
        flags.append("--punctuation")
        settings.append("punctuation=True")
        reasons.append("it cannot write what it never read")
    if gaps:
        _LOG.warning(
            "the corpus has gaps %s. Build it with %s (%s): %s.",
            " and ".join(gaps),
            " ".join(flags),
            ", ".join(settings),
            "; ".join(reasons),
        )


def _drops_marks(cut: Segmentation | None) -> bool:
    """Tell whether marks are left out where words are cut."""
    if cut is None or cut.punctuation:
        return False
    return cut.language != "spaces" and cut.pattern is None and cut.function is None
