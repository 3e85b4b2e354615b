"""Which way of learning suits some texts, a model and a machine, and why."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.catalog import in_words
from lexloom.contextual.batching import batches, padded
from lexloom.errors import SettingError
from lexloom.finetuning.bag_learning import FromNothing
from lexloom.finetuning.classifier import TextModel
from lexloom.finetuning.labelled_parts import LabelledParts
from lexloom.progress import duration

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.text_classifier import TextClassifier
    from lexloom.training.devices import Precision

__all__ = ["Choice", "choose", "is_few"]

_FEWEST_TEXTS = 200
"""From fewer an encoder learns which are alike, not what they are called."""

_TIMES_READING = 4.0
"""A step of learning takes about so much longer than reading: gradients, AdamW."""

_TEXTS_MEASURED, _PIECES_MEASURED = 256, 2048


@dataclass(frozen=True)
class Choice:
    """A way of learning.

    Attributes
    ----------
    method
        Its name.
    why
        The reason, in words; empty where it was asked for.
    seconds
        About how long it will take, by what was measured just now; None where it takes seconds.
    precision
        What gradients are computed in.
    """

    method: str
    why: str = ""
    seconds: float | None = None
    precision: Precision = "float32"


def is_few(settings: TextClassifier, n_texts: int, model: TextModel) -> bool:
    """Say whether texts are learned from by likeness, so that none of them is set aside.

    Parameters
    ----------
    settings
        How to learn.
    n_texts
        How many texts there are.
    model
        The model to learn on.

    Returns
    -------
    bool
        True where that was asked for, or chosen.
    """
    from lexloom.contextual.encoder import Encoder

    is_free = settings.method == "auto" and isinstance(model, Encoder)
    return settings.method == "few-shot" or (is_free and n_texts < _FEWEST_TEXTS)


def choose(settings: TextClassifier, parts: LabelledParts, model: TextModel) -> Choice:
    """Choose a way of learning, or say how long the one that was asked for takes.

    Parameters
    ----------
    settings
        How to learn; with the method ``auto`` it is chosen.
    parts
        All texts and labels.
    model
        The model to learn on.

    Returns
    -------
    Choice
        The way.

    Raises
    ------
    SettingError
        If the method asked for needs an encoder, and there is none.
    """
    from lexloom.contextual.encoder import Encoder
    from lexloom.training.devices import precision_of

    is_free = settings.method == "auto"
    if isinstance(model, FromNothing):
        return Choice("full", "a fastText is learned from nothing")
    if not isinstance(model, Encoder):
        why = f"nothing of {in_words(model.kind)} learns with the labels"
        if is_free or settings.method == "linear":
            return Choice("linear", why if is_free else "")
        raise SettingError(
            f"method {settings.method!r} trains an encoder, got {in_words(model.kind)}.",
            "Pass method='linear'.",
        )
    reading, once = _measured(settings, parts, model)
    precision = precision_of(settings.precision, settings.device)
    method = ("few-shot" if parts.few else "full") if is_free else settings.method
    learning = reading + _TIMES_READING * replace(settings, method=method).n_epochs * once
    if method == "linear":
        return Choice("linear", seconds=reading)
    if not is_free:
        return Choice(method, "", learning, precision)
    if parts.few:
        why = f"{len(parts.train):,} texts are few: each is compared with all others"
    elif learning > 60 * settings.minutes:
        why = (
            f"letting all of the encoder learn would take about {duration(learning)}, more than "
            f"the {settings.minutes:g} minutes it may"
        )
        return Choice("linear", why, reading)
    else:
        why = f"{len(parts.train):,} texts are enough to let all of it learn"
    return Choice(method, why, learning, precision)


def _measured(
    settings: TextClassifier, parts: LabelledParts, encoder: Encoder
) -> tuple[float, float]:
    """Give about how long reading all texts takes, and those to learn from, in seconds."""
    every = _TEXTS_MEASURED / max(len(parts.train), 1)
    some = parts.train.texts[:: max(round(1 / every), 1)]
    begun, _ = encoder.reader.beginnings(some, settings.longest)
    sequences = [each for each in begun if len(each)]
    if not sequences:
        return 0.0, 0.0
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    middle = sequences[int(np.argsort(lengths)[len(lengths) // 2])]
    n_pieces = min(_PIECES_MEASURED, int(lengths.sum()))  # never longer than what it foretells
    batch = [middle] * max(1, n_pieces // len(middle))
    seconds = _seconds(encoder, batch) / (len(batch) * len(middle))
    pieces = sum(
        int(lengths[rows].max()) * len(rows) for rows in batches(lengths, _PIECES_MEASURED)
    )
    n_texts = sum(map(len, parts.named.values()))
    reading = seconds * pieces / len(some) * n_texts
    return reading, seconds * pieces / len(some) * len(parts.train)


def _seconds(encoder: Encoder, batch: list[Any]) -> float:
    """Read a batch twice; give the seconds of the quicker time."""
    ids, is_piece = padded(batch, encoder.network.pad_id)
    taken = []
    for _ in range(2):
        began = time.perf_counter()
        encoder.network.run(ids, is_piece, "last")
        taken.append(time.perf_counter() - began)
    return min(taken)
