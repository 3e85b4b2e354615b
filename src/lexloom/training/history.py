"""What a run has come to so far: losses, epochs, seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Epoch", "History", "Tally"]


@dataclass
class Tally:
    """What a stretch of training came to: the sum of its losses, and over how many pairs."""

    loss: float = 0.0
    n_pairs: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.loss + other.loss, self.n_pairs + other.n_pairs)

    @property
    def mean(self) -> float:
        """The loss of a pair."""
        return self.loss / self.n_pairs if self.n_pairs else 0.0


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Attributes
    ----------
    number
        Counted from 1.
    loss
        The mean loss of a pair, while the model was learning it.
    n_pairs
        How many pairs (of a word and what foretells it) were learned.
    held_out_loss
        That of the sentences set aside, after the epoch; None when there are none.
    score
        What the caller's own judge said of the model, or None without one.
    """

    number: int
    loss: float
    n_pairs: float
    held_out_loss: float | None
    score: float | None


@dataclass
class History:
    """Where a run stands: what is done, and what came of it."""

    epoch: int = 0
    stretch: int = 0
    tally: Tally = field(default_factory=Tally)
    epochs: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> History:
        """Make it anew from what `as_dict` gave."""
        return cls(
            **{
                **values,
                "tally": Tally(**values["tally"]),
                "epochs": [Epoch(**epoch) for epoch in values["epochs"]],
            }
        )
