"""How good a model writes, beside what is had for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.finetuning.task_report import TaskReport

__all__ = ["SAMPLES", "RewritingReport"]

SAMPLES = 5
"""How many texts a report shows."""

_MOST_SHOWN = 300


@dataclass(frozen=True)
class RewritingReport(TaskReport):
    """What a model writes for texts that it has not learned from.

    Attributes
    ----------
    measure
        The name of the figure that counts.
    figures
        Of this model by name, with their 95 % intervals, by drawing texts again.
    baseline
        What is had for nothing, in words.
    simplest
        The same figures of that.
    signatures
        How figures were computed, by name, as the library that did it writes it.
    samples
        Some texts: what was read, what a person wrote, what the model wrote.
    """

    measure: str
    figures: Mapping[str, Estimate]
    baseline: str
    simplest: Mapping[str, Estimate]
    signatures: Mapping[str, str]
    samples: tuple[tuple[str, str, str], ...]

    @property
    def figure(self) -> Estimate:
        """The figure that counts."""
        return self.figures[self.measure]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RewritingReport:
        """Take back what `as_dict` gave.

        Parameters
        ----------
        values
            As read from JSON.

        Returns
        -------
        RewritingReport
            The same.
        """
        estimates = {
            name: {measure: Estimate(**one) for measure, one in values[name].items()}
            for name in ("figures", "simplest")
        }
        samples = tuple(tuple(sample) for sample in values["samples"])
        return cls(**{**values, **estimates, "samples": samples})

    @property
    def _of(self) -> str:
        return ""

    def _figures(self) -> Iterator[str]:
        for measure, figure in self.figures.items():
            told = f"  {measure:<8} {_rounded(figure)}"
            yield f"{told}; {self.baseline} {_rounded(self.simplest[measure])}"
        for signature in self.signatures.values():
            yield f"  {signature}"

    def _details(self) -> Iterator[str]:
        for source, target, text in self.samples:
            yield f"  read     {_on_a_line(source)}"
            yield f"  person   {_on_a_line(target)}"
            yield f"  model    {_on_a_line(text)}"


def _on_a_line(text: str) -> str:
    """Give a text as one line, or the beginning of a long one."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]} …"


def _rounded(figure: Estimate) -> str:
    """Write a figure from 0 to 100."""
    if figure.value is None:
        return "unknown"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.1f}"
    return f"{figure.value:.1f} [{figure.low:.1f}, {figure.high:.1f}]"
