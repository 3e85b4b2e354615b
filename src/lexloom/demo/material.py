"""What the demo works on: texts with labels, and words worth asking about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lexloom.evaluation.labelled import LabelledTexts

__all__ = ["Language", "Material"]

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Material:
    """Texts for the demo.

    Attributes
    ----------
    language
        ``"zh"`` or ``"en"``.
    what
        What the texts are, for people.
    task
        What the labels say.
    texts
        Texts and labels, in the order of their source.
    more_texts
        Texts without a label, to learn words from.
    notes
        What was read and what was left out, in sentences.
    telling_words
        Words whose neighbours show what was learnt.
    """

    language: Language
    what: str
    task: str
    texts: LabelledTexts
    more_texts: tuple[str, ...]
    notes: tuple[str, ...]
    telling_words: tuple[str, ...]
