"""How much of a label each of several models holds, asked with the same texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from lexloom.comparison.judging import LabelsJudge
from lexloom.embedder import TextEmbedder
from lexloom.evaluation.downstream import ProbeResult
from lexloom.evaluation.metrics.intervals import Estimate, mean

__all__ = ["Probed", "probe"]


@dataclass(frozen=True)
class Probed:
    """What logistic regression reads off the vectors of one model.

    Attributes
    ----------
    name
        Of the model.
    result
        Its accuracy on texts held out.
    gain
        How much more of these texts it labels right than the first model, as a share, with the
        95 % interval of the difference, text by text; None for the first.
    """

    name: str
    result: ProbeResult
    gain: Estimate | None


def probe(models: Iterable[tuple[str, TextEmbedder]], judge: LabelsJudge) -> Iterator[Probed]:
    """Compare models by how well labels are read off their vectors of texts.

    Parameters
    ----------
    models
        Names and models; each is asked for when the one before it is done.
    judge
        Has the texts and labels: four in five to learn from, the rest to ask about.

    Yields
    ------
    Probed
        Of each model, in their order.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    SettingError
        If there are fewer than two labels, or too few texts.
    """
    first: ProbeResult | None = None
    for name, model in models:
        result = judge.probe(model)
        gain = None
        if first is not None:
            gain = mean(np.subtract(result.is_right, first.is_right, dtype=np.float64))
        first = first or result
        yield Probed(name, result, gain)
