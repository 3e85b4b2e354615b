"""Let all of an encoder learn a task, or small matrices beside its own, or a layer on top alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lexloom.finetuning.adapters import learning_body
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.parts import tell_cut
from lexloom.finetuning.sequence_learning import SequenceLearning
from lexloom.finetuning.task_trainer import Lesson
from lexloom.training.devices import torch_threads

__all__ = ["COMPILED", "taught"]

COMPILED = "a compiled encoder does not learn."
Learning = TypeVar("Learning", bound=SequenceLearning)


def taught(
    learning: Callable[..., Learning], settings: LearningSettings, lesson: Lesson[Any], *told: Any
) -> tuple[Learning, dict[str, Any]]:
    """Let an encoder learn.

    Parameters
    ----------
    learning
        Makes what learns, given the settings, the encoder, its transformer and what `told` says.
    settings
        How to learn.
    lesson
        With the encoder, whose network changes in place.
    *told
        What else the task needs.

    Returns
    -------
    tuple
        What learned, and figures of the way there.

    Raises
    ------
    SettingError
        If the encoder was compiled.
    DivergedError
        If a number stops being finite.
    MissingExtraError
        If peft is needed and not installed.
    """
    encoder = lesson.model
    network = encoder.exact_network(COMPILED)
    with torch_threads(settings.threads), learning_body(network, settings) as body:
        made = learning(settings, encoder, body, *told)
        tell_cut(made.n_cut)
        metrics = made.run(lesson.checkpoints, lesson.listener)
    return made, {**metrics, "n_cut": made.n_cut}
