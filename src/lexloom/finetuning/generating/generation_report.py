"""How good a generator is: beside the model it began as, beside counting, and what it copies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexloom.arrays import Floats
from lexloom.evaluation.metrics.intervals import Estimate, ratio
from lexloom.finetuning.task_report import TaskReport

__all__ = ["Copied", "GenerationReport", "report_on_generation"]

_SHOWN = 5
_LONGEST_SHOWN = 200


@dataclass(frozen=True)
class Copied:
    """What stands in the texts learned from too.

    Attributes
    ----------
    runs
        The share of runs of ten pieces.
    lines
        The share of whole lines.
    """

    runs: float
    lines: float


@dataclass(frozen=True)
class GenerationReport(TaskReport):
    """What a generator makes of texts that it has not learned from.

    Attributes
    ----------
    bits_per_byte
        What each byte of an answer would take, its end counted as one, with its 95 % interval, by
        drawing texts again.
    before
        Of the model that learning began with.
    trigram
        Of counts of three pieces in a row (Kneser and Ney 1995).
    gain
        How many bits a byte takes less than before, with its 95 % interval.
    perplexity, perplexity_before
        exp of the mean of -ln P over the pieces of the answers and their ends.
    written, real
        What was copied: in texts that it wrote, and in real ones.
    n_written
        How many texts it wrote.
    samples
        Some of them: prompt and text.
    """

    bits_per_byte: Estimate
    before: float
    trigram: float
    gain: Estimate
    perplexity: float
    perplexity_before: float
    written: Copied
    real: Copied
    n_written: int
    samples: tuple[tuple[str, str], ...]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GenerationReport:
        """Take back what `as_dict` gave.

        Parameters
        ----------
        values
            As read from JSON.

        Returns
        -------
        GenerationReport
            The same.
        """
        estimates = {name: Estimate(**values[name]) for name in ("bits_per_byte", "gain")}
        copied = {name: Copied(**values[name]) for name in ("written", "real")}
        samples = tuple((str(prompt), str(text)) for prompt, text in values["samples"])
        return cls(**{**values, **estimates, **copied, "samples": samples})

    @property
    def _of(self) -> str:
        return "bits a byte of "

    def _figures(self) -> Iterator[str]:
        yield f"  this model      {self.bits_per_byte}; perplexity {self.perplexity:.1f}"
        yield (
            f"  before          {self.before:.3f}; perplexity {self.perplexity_before:.1f}; "
            f"{self.gain.as_gain()}"
        )
        yield f"  counting        {self.trigram:.3f}: three pieces in a row, Kneser-Ney"

    def _details(self) -> Iterator[str]:
        yield (
            f"copied from the texts learned from, of {self.n_written:,} texts that it wrote: "
            f"{self.written.runs:.1%} of runs of ten pieces, {self.written.lines:.1%} of lines; "
            f"real texts: {self.real.runs:.1%} and {self.real.lines:.1%}"
        )
        for prompt, text in self.samples:
            told = f"{prompt.strip()} → {text.strip()}" if prompt.strip() else text.strip()
            yield f"  {' / '.join(told.splitlines()):.{_LONGEST_SHOWN}}"


def report_on_generation(
    named: tuple[str, int],
    nats: Mapping[str, Floats],
    n_pieces: int,
    n_bytes: Floats,
    copied: tuple[Copied, Copied],
    written: Sequence[tuple[str, str]],
) -> GenerationReport:
    """Put figures together.

    Parameters
    ----------
    named
        The part that was judged, and how many of its texts were learned from too.
    nats
        float64 (N) each: the sum of -ln P over each answer, of the model as it is (``after``), of
        the model ``before``, and of ``counting``.
    n_pieces
        Pieces foretold in all.
    n_bytes
        float64 (N), bytes of each answer.
    copied
        What was copied in texts that it wrote, and in real ones.
    written
        Prompts and texts that it wrote.

    Returns
    -------
    GenerationReport
        The figures.
    """
    part, n_shared = named
    bits = {name: found / math.log(2) for name, found in nats.items()}
    total = n_bytes.sum()
    return GenerationReport(
        part=part,
        n=len(n_bytes),
        n_shared=n_shared,
        bits_per_byte=ratio(bits["after"], n_bytes),
        before=float(bits["before"].sum() / total),
        trigram=float(bits["counting"].sum() / total),
        gain=ratio(bits["before"] - bits["after"], n_bytes),
        perplexity=_perplexity(nats["after"], n_pieces),
        perplexity_before=_perplexity(nats["before"], n_pieces),
        written=copied[0],
        real=copied[1],
        n_written=len(written),
        samples=tuple(written[:_SHOWN]),
    )


def _perplexity(nats: Floats, n_pieces: int) -> float:
    """Give the number of equally likely pieces that surprises as much."""
    return math.exp(min(float(nats.sum()) / n_pieces, 700.0))
