"""The ways to learn labels: each gives a model of texts and the layer that reads labels off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lexloom.errors import SettingError
from lexloom.finetuning.bag_learning import BagLearning, FromNothing
from lexloom.finetuning.choosing import Choice
from lexloom.finetuning.classifier import TextModel
from lexloom.finetuning.embedding import embed_parts
from lexloom.finetuning.examples import Parts
from lexloom.finetuning.head import Head
from lexloom.finetuning.linear import learn_linear
from lexloom.progress import Listener

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.text_classifier import TextClassifier
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["METHODS", "Learned", "by_bags", "by_gradient", "by_likeness", "by_linear"]

_COMPILED = "a compiled encoder does not learn."


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


def by_linear(
    settings: TextClassifier,
    parts: Parts,
    model: TextModel,
    choice: Choice,
    listener: Listener | None,
    checkpoints: Checkpoints | None = None,
) -> Learned:
    """Learn linear regression on the vectors of a model that stays as it is.

    Parameters
    ----------
    settings
        How to learn.
    parts
        All texts and labels.
    model
        Gives texts vectors.
    choice
        Not needed: there is one way.
    listener
        Told how far it is.
    checkpoints
        Not needed: it takes seconds.

    Returns
    -------
    Learned
        With the model as it was given.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    """
    vectors = embed_parts(model, {n: part.texts for n, part in parts.named.items()}, listener)
    head = learn_linear(
        (vectors["train"], parts.train.targets),
        (vectors["dev"], parts.dev.targets),
        parts.target,
        balanced=settings.class_weights == "balanced",
    )
    return Learned(model, head, vectors)


def by_gradient(
    settings: TextClassifier,
    parts: Parts,
    model: TextModel,
    choice: Choice,
    listener: Listener | None,
    checkpoints: Checkpoints | None = None,
) -> Learned:
    """Let a layer on top of an encoder learn, with all of it or small matrices beside its own.

    Parameters
    ----------
    settings
        How to learn.
    parts
        All texts and labels.
    model
        The encoder; its network changes in place.
    choice
        Which way, and what gradients are computed in.
    listener
        Told how far it is.
    checkpoints
        Where to save, and what to go on from.

    Returns
    -------
    Learned
        With the encoder as it was after its best epoch.

    Raises
    ------
    SettingError
        If the model is no encoder, or was compiled.
    DivergedError
        If a number stops being finite.
    """
    from lexloom.finetuning.adapters import learning_body
    from lexloom.finetuning.text_learning import TextLearning
    from lexloom.training.devices import torch_threads

    encoder = _encoder(model, choice)
    network = encoder.exact_network(_COMPILED)
    with torch_threads(settings.threads), learning_body(network, settings) as body:
        learning = TextLearning(settings, encoder, body, parts, choice.precision)
        metrics = {**learning.run(checkpoints, listener), "n_cut": learning.n_cut}
    tuned = encoder.tuned(replace(encoder.reading, layers="last", width=None, normalize=False))
    texts = {name: part.texts for name, part in parts.named.items() if name != "train"}
    head = learning.network.head()
    return Learned(tuned, head, embed_parts(tuned, texts, listener), metrics)


def by_likeness(
    settings: TextClassifier,
    parts: Parts,
    model: TextModel,
    choice: Choice,
    listener: Listener | None,
    checkpoints: Checkpoints | None = None,
) -> Learned:
    """Let an encoder learn which texts are alike, then learn labels from its vectors.

    Parameters
    ----------
    settings
        How to learn.
    parts
        All texts and labels.
    model
        The encoder; its network changes in place.
    choice
        What gradients are computed in.
    listener
        Told how far it is.
    checkpoints
        Where to save, and what to go on from.

    Returns
    -------
    Learned
        With the encoder as it was at the end.

    Raises
    ------
    SettingError
        If the model is no encoder.
    DivergedError
        If a number stops being finite.
    MissingExtraError
        If scikit-learn is not installed.
    """
    from lexloom.finetuning.adapters import learning_body
    from lexloom.finetuning.likening import Likening
    from lexloom.training.devices import torch_threads

    encoder = _encoder(model, choice)
    network = encoder.exact_network(_COMPILED)
    with torch_threads(settings.threads), learning_body(network, settings) as body:
        learning = Likening(settings, encoder, body, parts.train, parts.target, choice.precision)
        metrics = {**learning.run(checkpoints, listener), "n_cut": learning.n_cut}
    tuned = encoder.tuned(replace(encoder.reading, layers="last", width=None, normalize=True))
    learned = by_linear(settings, parts, tuned, choice, listener)
    return replace(learned, metrics=metrics)


def by_bags(
    settings: TextClassifier,
    parts: Parts,
    model: FromNothing,
    choice: Choice,
    listener: Listener | None,
    checkpoints: Checkpoints | None = None,
) -> Learned:
    """Learn vectors of words and pairs of words, and labels, from nothing but the texts.

    Parameters
    ----------
    settings
        How to learn.
    parts
        All texts and labels.
    model
        Nothing.
    choice
        Not needed: there is one way.
    listener
        Told how far it is.
    checkpoints
        Where to save, and what to go on from.

    Returns
    -------
    Learned
        With the vectors as they were after the best epoch.

    Raises
    ------
    FormatError
        If no text has a word.
    """
    learning = BagLearning(settings, parts)
    metrics = learning.run(checkpoints, listener)
    bag, head = learning.result()
    texts = {name: part.texts for name, part in parts.named.items() if name != "train"}
    return Learned(bag, head, embed_parts(bag, texts, listener), metrics)


def _encoder(model: TextModel, choice: Choice) -> Encoder:
    """Give the encoder that a method needs."""
    from lexloom.contextual.encoder import Encoder

    if not isinstance(model, Encoder):
        raise SettingError(
            f"method {choice.method!r} trains an encoder, this is a {model.kind}.",
            "Pass method='linear'.",
        )
    return model


METHODS: Mapping[str, Callable[..., Learned]] = {
    "linear": by_linear,
    "head": by_gradient,
    "full": by_gradient,
    "lora": by_gradient,
    "few-shot": by_likeness,
}
"""The ways by name."""
