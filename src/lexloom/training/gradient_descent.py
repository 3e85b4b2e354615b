"""Gradient descent with torch: the one place that calls backward()."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from lexloom.errors import DivergedError
from lexloom.training.devices import Precision, computing_in
from lexloom.training.row_descent import RowDescent

__all__ = ["Descent", "GradientDescent"]

_FIRST, _SECOND = "adam.first.", "adam.second."
_STEPS, _LATE_STEPS, _ROW_STEPS = "adam.steps", "adam.late_steps", "adam.row_steps."
_LAST_DRAW = 2**63
_NEARLY_NOTHING = 1e-6


@dataclass(frozen=True)
class Descent:
    """How a module goes down.

    Attributes
    ----------
    learning_rate
        Where the learning rate begins, or stands after warming up; it falls to 0.
    n_steps
        The steps of the whole run.
    warmup_steps
        Steps in which the learning rate first rises evenly.
    decay
        How it falls: evenly, or like a half turn of a cosine (Loshchilov and Hutter 2017).
    weight_decay
        The share of each matrix, times the learning rate, that a step takes away; vectors that
        are no matrices stay as long as they are.
    betas
        What Adam's two running means keep of themselves at each step.
    largest_gradient
        A gradient whose norm over all parameters is larger is scaled down to it.
    seed
        What dropout and drawn samples hang on, together with the number of the step.
    precision
        What the loss is computed in; parameters and their moments are always float32.
    by_row
        Matrices, by name, of which a step looks at few rows; they do not shrink.
    late
        Parameters that stand still at first, by name.
    late_from
        The step from which on they learn too.
    shares
        The learning rate of some parameters, by name, as a share of that of the others.
    """

    learning_rate: float
    n_steps: int
    warmup_steps: int = 0
    decay: Literal["linear", "cosine"] = "linear"
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    largest_gradient: float = 1.0
    seed: int = 1
    precision: Precision = "float32"
    by_row: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    late_from: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)


class GradientDescent:
    """A module that learns, step by step, by AdamW (Loshchilov and Hutter 2019).

    Steps are numbered, and all that is drawn in a step is a function of the seed and its number:
    with the arrays of a step, the run goes on from there as if it had never stopped.

    Parameters
    ----------
    module
        What learns, in place.
    descent
        How.
    """

    def __init__(self, module: torch.nn.Module, descent: Descent) -> None:
        self._descent = descent
        self._named = {name: p for name, p in module.named_parameters() if p.requires_grad}
        self._adam = torch.optim.AdamW(self._groups(), betas=descent.betas, fused=True)
        for p in self._whole().values():
            self._adam.state[p] = {
                "step": torch.zeros((), device=p.device),
                "exp_avg": torch.zeros_like(p),
                "exp_avg_sq": torch.zeros_like(p),
            }
        self._by_row = {name: self._descent_by_row(name) for name in descent.by_row}
        self._n_steps = 0

    def _descent_by_row(self, name: str) -> RowDescent:
        """Make what descends a matrix of which a step looks at few rows."""
        share = self._descent.shares.get(name, 1.0)
        rates = [share * self.rate(number) for number in range(self._descent.n_steps)]
        return RowDescent(self._named[name], rates)

    def _whole(self) -> dict[str, torch.nn.Parameter]:
        """Give the parameters of which a step changes every number, by name."""
        return {name: p for name, p in self._named.items() if name not in self._descent.by_row}

    def _groups(self) -> list[dict[str, Any]]:
        """Put parameters together that learn as fast and that shrink, or do not, alike."""
        descent = self._descent
        groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
        for name, p in self._whole().items():
            decay = descent.weight_decay if p.ndim > 1 else 0.0
            groups.setdefault((descent.shares.get(name, 1.0), decay), []).append(p)
        return [
            {"params": group, "weight_decay": decay, "share": share}
            for (share, decay), group in groups.items()
        ]

    def rate(self, number: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        descent, warmup = self._descent, self._descent.warmup_steps
        if number < warmup:
            return descent.learning_rate * (number + 1) / warmup
        done = (number - warmup) / max(descent.n_steps - warmup, 1)
        left = 1 - done if descent.decay == "linear" else (1 + math.cos(math.pi * done)) / 2
        return descent.learning_rate * left

    def step(
        self,
        number: int,
        *losses_of: Callable[[], torch.Tensor],
        rows: Mapping[str, torch.Tensor] | None = None,
    ) -> float:
        """Learn from one batch.

        Parameters
        ----------
        number
            Of the step in the whole run, from 0.
        *losses_of
            Give the loss of the batch, or parts of it that add up to it, where the whole batch
            would not fit into memory; each is called once, and its gradient taken before the next.
        rows
            Of each matrix that goes by row, int64 numbers of the rows that the losses look at;
            its gradient must be sparse.

        Returns
        -------
        float
            The loss, as it was before the step.

        Raises
        ------
        DivergedError
            If the loss or its gradient is not finite; the module is as it was before the step.
        """
        for name in self._descent.late:
            self._named[name].requires_grad_(number >= self._descent.late_from)
        for name, each in self._by_row.items():
            each.catch_up((rows or {})[name].unique(), self._n_steps)
        self._adam.zero_grad(set_to_none=True)
        lost = self._slope(number, losses_of)
        self._check(number, lost, self._shorten())
        for group in self._adam.param_groups:
            group["lr"] = self.rate(number) * group["share"]
        self._adam.step()
        for each in self._by_row.values():
            each.step(number)
        self._n_steps += 1
        return lost

    def _shorten(self) -> float:
        """Scale the gradient down to the largest length it may have; give the length it had."""
        for each in self._by_row.values():
            each.gather()
        found = [p.grad for p in self._whole().values() if p.grad is not None]
        found += [each.slopes for each in self._by_row.values()]
        length = torch.nn.utils.get_total_norm(found)
        share = (self._descent.largest_gradient / (length + _NEARLY_NOTHING)).clamp(max=1.0)
        for gradient in found:
            gradient.mul_(share)
        return length.item()

    def _check(self, number: int, lost: float, length: float) -> None:
        """Refuse to step by numbers that are none."""
        if math.isfinite(lost) and math.isfinite(length):
            return
        what = "loss" if not math.isfinite(lost) else "gradient"
        raise DivergedError(
            f"the {what} was not finite at step {number + 1:,} of {self._descent.n_steps:,}, "
            f"at learning rate {self.rate(number):.4g}.",
            "Lower learning_rate, or look at the vectors training began with.",
        )

    def _slope(self, number: int, losses_of: tuple[Callable[[], torch.Tensor], ...]) -> float:
        """Add up the losses, and their gradients in the parameters."""
        lost = 0.0
        device = next(iter(self._named.values())).device.type
        with torch.random.fork_rng(devices=self._devices()):
            self._seed(_mixed(self._descent.seed, number))
            for loss_of in losses_of:
                with computing_in(self._descent.precision, device):
                    loss = loss_of()
                loss.backward()
                lost += loss.item()
        return lost

    def _seed(self, seed: int) -> None:
        """Set the random numbers of this step.

        `torch.manual_seed` would also note for every accelerator that may come, with the whole
        call stack, that it is to be seeded: several times as long as a small step.
        """
        torch.default_generator.manual_seed(seed)
        for device in self._devices():
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)

    def _devices(self) -> list[torch.device]:
        """Name the accelerators whose random numbers are set for a step."""
        return list({p.device for p in self._named.values() if p.device.type == "cuda"})

    def catch_up(self) -> None:
        """Let all rows of matrices that go by row take the steps they waited for."""
        for each in self._by_row.values():
            each.catch_up(torch.arange(len(each.matrix)), self._n_steps)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the parameters and what AdamW keeps of each, by name: what a checkpoint needs.

        Rows that wait are given as they wait: what is saved between must not change a bit of what
        comes out at the end.
        """
        found: dict[str, np.ndarray] = {}
        for name, p in self._whole().items():
            state = self._adam.state[p]
            found[name] = _array(p)
            found[_FIRST + name] = _array(state["exp_avg"])
            found[_SECOND + name] = _array(state["exp_avg_sq"])
            # A parameter that no loss looks at, as BERT's pooler, takes no steps.
            steps = self._steps_of(name)
            found[steps] = np.maximum(_array(state["step"]).reshape(1), found.get(steps, 0))
        for name, each in self._by_row.items():
            found[name], found[_ROW_STEPS + name] = _array(each.matrix), _array(each.steps)
            found[_FIRST + name], found[_SECOND + name] = _array(each.first), _array(each.second)
        return found

    def _steps_of(self, name: str) -> str:
        """Name where the steps that a parameter has learned in are kept."""
        return _LATE_STEPS if name in self._descent.late else _STEPS

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take such arrays back, in place."""
        for name, p in self._whole().items():
            state = self._adam.state[p]
            _fill(p, arrays[name])
            _fill(state["exp_avg"], arrays[_FIRST + name])
            _fill(state["exp_avg_sq"], arrays[_SECOND + name])
            _fill(state["step"], arrays[self._steps_of(name)])
        self._n_steps = int(arrays[_STEPS][0])
        for name, each in self._by_row.items():
            _fill(each.matrix, arrays[name])
            _fill(each.first, arrays[_FIRST + name])
            _fill(each.second, arrays[_SECOND + name])
            _fill(each.steps, arrays[_ROW_STEPS + name])


def _array(tensor: torch.Tensor) -> np.ndarray:
    """View a tensor as an array; one on an accelerator is copied."""
    return tensor.detach().cpu().numpy()


def _fill(tensor: torch.Tensor, array: np.ndarray) -> None:
    """Copy an array into a tensor."""
    with torch.no_grad():
        tensor.copy_(torch.from_numpy(np.array(array)).reshape(tensor.shape))


def _mixed(seed: int, number: int) -> int:
    """Make one seed of two numbers."""
    drawn = np.random.Philox(key=[seed, number]).random_raw()
    return int(drawn % _LAST_DRAW)
