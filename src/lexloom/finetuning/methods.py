"""The ways to learn labels: each gives a model of texts and the layer that reads labels off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lexloom.finetuning.bag_learning import BagLearning, FromNothing
from lexloom.finetuning.choosing import Choice
from lexloom.finetuning.classifier import TextModel
from lexloom.finetuning.embedding import embed_parts
from lexloom.finetuning.head import Head
from lexloom.finetuning.labelled_parts import LabelledParts
from lexloom.finetuning.linear import learn_linear
from lexloom.finetuning.task_trainer import Lesson
from lexloom.oddities import tell_oddity
from lexloom.settings import changed

if TYPE_CHECKING:
    from lexloom.finetuning.text_classifier import TextClassifier

__all__ = ["METHODS", "Learned", "Method", "by_bags", "tell_idle"]

_OF_STEPS = ("batch", "warmup", "layer_decay", "weight_decay", "dropout", "rank")
_IDLE = {
    "linear": ("epochs", "learning_rate", "patience", "label_smoothing", "longest", *_OF_STEPS),
    "few-shot": ("patience", "label_smoothing"),
    FromNothing.name: ("patience", "prefix", "longest", "device", *_OF_STEPS),
}
"""Settings that a method has no use for."""


@dataclass(frozen=True)
class Learned:
    """What a method came to.

    Attributes
    ----------
    model
        Gives texts vectors.
    head
        Reads labels off them.
    vectors
        Those of the texts not learned from, by part: float32 (N, D).
    metrics
        Figures of the way there.
    """

    model: TextModel
    head: Head
    vectors: dict[str, Any]
    metrics: dict[str, Any] = field(default_factory=dict)


Texts = Lesson[LabelledParts]
Method = Callable[["TextClassifier", Texts, Choice], Learned]
"""A way to learn, given how, from what, and what was chosen."""


def _by_linear(settings: TextClassifier, lesson: Texts, choice: Choice) -> Learned:
    """Learn linear regression on the vectors of a model that stays as it is."""
    parts = lesson.parts
    texts = {name: part.texts for name, part in parts.named.items()}
    vectors = embed_parts(lesson.model, texts, lesson.listener)
    head = learn_linear(
        (vectors["train"], parts.train.targets),
        (vectors["dev"], parts.dev.targets),
        parts.target,
        balanced=settings.class_weights == "balanced",
    )
    return Learned(lesson.model, head, vectors)


def _by_gradient(settings: TextClassifier, lesson: Texts, choice: Choice) -> Learned:
    """Let a layer on top of an encoder learn, with all of it or small matrices beside its own."""
    from lexloom.finetuning.teaching import taught
    from lexloom.finetuning.text_learning import TextLearning

    encoder = lesson.model
    learning, metrics = taught(TextLearning, settings, lesson, lesson.parts, choice.precision)
    tuned = encoder.tuned(replace(encoder.reading, layers="last", width=None, normalize=False))
    return Learned(tuned, learning.network.head(), _vectors(tuned, lesson), metrics)


def _by_likeness(settings: TextClassifier, lesson: Texts, choice: Choice) -> Learned:
    """Let an encoder learn which texts are alike, then learn labels from its vectors."""
    from lexloom.finetuning.likening import Likening
    from lexloom.finetuning.teaching import taught

    encoder, parts = lesson.model, lesson.parts
    _, metrics = taught(Likening, settings, lesson, parts.train, parts.target, choice.precision)
    tuned = encoder.tuned(replace(encoder.reading, layers="last", width=None, normalize=True))
    learned = _by_linear(settings, replace(lesson, model=tuned), choice)
    return replace(learned, metrics=metrics)


def tell_idle(settings: TextClassifier, method: str) -> None:
    """Warn of settings that were changed, and that the method has no use for.

    Parameters
    ----------
    settings
        How to learn.
    method
        The chosen method, or what stands in place of a model.
    """
    if idle := changed(settings, _IDLE.get(method, ())):
        tell_oddity(f"{method} has no {', no '.join(idle)}: what was passed changes nothing.")


def by_bags(settings: TextClassifier, lesson: Texts, choice: Choice) -> Learned:
    """Learn vectors of words and pairs of words, and labels, from nothing but the texts.

    Parameters
    ----------
    settings
        How to learn.
    lesson
        All texts and labels.
    choice
        Not needed: there is one way.

    Returns
    -------
    Learned
        With the vectors as they were after the best epoch.

    Raises
    ------
    FormatError
        If no text has a word.
    """
    learning = BagLearning(settings, lesson.parts)
    metrics = learning.run(lesson.checkpoints, lesson.listener)
    bag, head = learning.result()
    return Learned(bag, head, _vectors(bag, lesson), metrics)


def _vectors(model: TextModel, lesson: Texts) -> dict[str, Any]:
    """Embed the texts not learned from."""
    named = lesson.parts.named.items()
    texts = {name: part.texts for name, part in named if name != "train"}
    return embed_parts(model, texts, lesson.listener)


METHODS: Mapping[str, Method] = {
    "linear": _by_linear,
    "head": _by_gradient,
    "full": _by_gradient,
    "lora": _by_gradient,
    "few-shot": _by_likeness,
}
"""The ways by name."""
