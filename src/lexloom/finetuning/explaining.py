"""Why a text was given its label: how much less likely that is without each of its words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.arrays import Vectors
from lexloom.errors import SettingError
from lexloom.reporting.marked_text import Mark, marked_text
from lexloom.reporting.page import Section, paragraph, render_page
from lexloom.text.language import guess_language
from lexloom.text.segmenting import Segmentation

if TYPE_CHECKING:
    from lexloom.finetuning.classifier import FittedClassifier

__all__ = ["Explanation", "explain", "explanation_page"]

_MOST_WORDS = 2_000
_NEVER, _ALWAYS = 1e-6, 1 - 1e-6


@dataclass(frozen=True)
class Explanation:
    """What the words of a text do for one label.

    Attributes
    ----------
    text
        The text.
    label
        The label; empty where the model gives a number.
    probability
        How likely it is for the text as it is, 0 to 1; or that number.
    words
        The T words of the text, in order.
    spans
        For each the first character and the one behind its last.
    weights
        float32 (T): the log odds of the label with the word, minus those without it; above 0 the
        word speaks for the label. Where the model gives a number, that with the word minus that
        without.
    """

    text: str
    label: str
    probability: float
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    weights: Vectors

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values, ready for JSON."""
        rows = zip(self.words, self.spans, self.weights.tolist(), strict=True)
        return {
            "text": self.text,
            "label": self.label,
            "probability": self.probability,
            "words": [
                {"word": word, "start": start, "end": end, "weight": weight}
                for word, (start, end), weight in rows
            ],
        }


def explain(
    classifier: FittedClassifier,
    text: str,
    label: str | None = None,
    *,
    language: str | None = None,
) -> Explanation:
    """Leave out each word of a text in turn, and see what becomes of a label.

    This is occlusion (Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016). Words that say the
    same may each be spared, so that neither seems to count.

    Parameters
    ----------
    classifier
        What gives labels.
    text
        The text.
    label
        The label to explain; by default the likeliest.
    language
        How the text is cut into words, as ``zh``; by default as the model cuts, or as it looks.

    Returns
    -------
    Explanation
        What each word does.

    Raises
    ------
    SettingError
        If there is no such label, or the text has no word or more than 2,000.
    """
    if label is not None and label not in classifier.labels:
        known = ", ".join(classifier.labels[:10]) or "none: it gives a number"
        raise SettingError(f"there is no label {label!r}; the labels are {known}.")
    cutting = getattr(classifier.model, "segmentation", None) or Segmentation()
    if language is not None:
        cutting = Segmentation(language=language)
    spans = [(start, end) for _, start, end in cutting.spans(text)]
    if not 0 < len(spans) <= _MOST_WORDS:
        raise SettingError(
            f"text must have from 1 to {_MOST_WORDS:,} words to be explained, it has "
            f"{len(spans):,}."
        )
    without = [text[:start] + text[end:] for start, end in spans]
    with warnings.catch_warnings():
        # That a text without its one known word has none is no news.
        warnings.simplefilter("ignore", UserWarning)
        found = classifier.predict_proba([text, *without])
    place = int(found[0].argmax()) if label is None else classifier.labels.index(label)
    odds = found[:, place].astype(np.float64)
    if classifier.labels:
        chances = np.clip(odds, _NEVER, _ALWAYS)
        odds = np.log(chances / (1 - chances))
    return Explanation(
        text=text,
        label=classifier.labels[place] if classifier.labels else "",
        probability=float(found[0, place]),
        words=tuple(text[start:end] for start, end in spans),
        spans=tuple(spans),
        weights=(odds[0] - odds[1:]).astype(np.float32),
    )


def explanation_page(found: Explanation) -> str:
    """Write a page that shows a text in the colours of what its words do.

    Parameters
    ----------
    found
        What `explain` gave.

    Returns
    -------
    str
        HTML that needs no network and no other file.
    """
    marks = [
        Mark(start, end, float(weight))
        for (start, end), weight in zip(found.spans, found.weights, strict=True)
    ]
    told = (
        f"Blue words speak for {found.label}, orange ones against it. A word's weight is the log "
        "odds of the label with it, minus those without it: point at a word to read it."
        if found.label
        else "Blue words raise the number, orange ones lower it, by what shows when you point at "
        "one."
    )
    language = "zh" if guess_language(found.text) == "zh" else "en"
    body = [marked_text(found.text, marks), paragraph(told, is_note=True)]
    heading = f"{found.label or 'number'}: {found.probability:.3f}"
    return render_page("Why this label", [Section(heading, body)], language=language)
