"""What every report of a task says: of how many examples, of which part, and what they were for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

__all__ = ["TaskReport"]


@dataclass(frozen=True)
class TaskReport(ABC):
    """What a model makes of examples that it has not learned from.

    Attributes
    ----------
    part
        ``test``, or ``dev``: then the examples were looked at while learning, and flatter.
    n
        How many examples.
    n_shared
        How many of them are among those learned from too; None where these are not at hand.
    """

    unit: ClassVar[str] = "texts"
    """What an example is."""

    part: str
    n: int
    n_shared: int | None

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values, ready for JSON."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Lay it out for a person."""
        flattering = "" if self.part == "test" else ", which were looked at while learning"
        yield f"{self._of}{self.n:,} {self.unit} of {self.part}{flattering}:"
        yield from self._figures()
        if self.n_shared:
            yield f"  {self.n_shared:,} of these {self.unit} are among those learned from"
        yield from self._details()

    @property
    @abstractmethod
    def _of(self) -> str:
        """What the figures are, before the number of examples."""

    @abstractmethod
    def _figures(self) -> Iterator[str]:
        """Give the figures, each beside what it is to be compared with."""

    @abstractmethod
    def _details(self) -> Iterator[str]:
        """Give what stands below the figures: a table, or some answers."""
