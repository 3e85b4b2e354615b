"""Gradient descent with torch: the one place that calls backward()."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from lexloom.errors import DivergedError

__all__ = ["Descent", "GradientDescent"]

_FIRST, _SECOND, _STEPS = "adam.first.", "adam.second.", "adam.steps"
_LAST_DRAW = 2**63


@dataclass(frozen=True)
class Descent:
    """How a module goes down.

    Attributes
    ----------
    learning_rate
        Where the learning rate begins; it falls evenly to 0.
    n_steps
        The steps of the whole run.
    weight_decay
        The share of each matrix, times the learning rate, that a step takes away.
    without_decay
        Parameters it leaves alone, by name; it leaves all vectors alone that are no matrices.
    largest_gradient
        A gradient whose norm over all parameters is larger is scaled down to it.
    seed
        What dropout and drawn samples hang on, together with the number of the step.
    """

    learning_rate: float
    n_steps: int
    weight_decay: float = 0.0
    without_decay: frozenset[str] = frozenset()
    largest_gradient: float = 1.0
    seed: int = 1


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
        kept = descent.without_decay
        shrinking = [p for name, p in self._named.items() if p.ndim > 1 and name not in kept]
        others = [p for name, p in self._named.items() if p.ndim < 2 or name in kept]
        groups = [
            {"params": shrinking, "weight_decay": descent.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self._adam = torch.optim.AdamW([g for g in groups if g["params"]], fused=True)
        for p in self._named.values():
            self._adam.state[p] = {
                "step": torch.zeros((), device=p.device),
                "exp_avg": torch.zeros_like(p),
                "exp_avg_sq": torch.zeros_like(p),
            }

    def rate(self, number: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        return self._descent.learning_rate * (1 - number / self._descent.n_steps)

    def step(self, number: int, loss_of: Callable[[], torch.Tensor]) -> float:
        """Learn from one batch.

        Parameters
        ----------
        number
            Of the step in the whole run, from 0.
        loss_of
            Gives the loss of the batch; called once.

        Returns
        -------
        float
            The loss, as it was before the step.

        Raises
        ------
        DivergedError
            If the loss or its gradient is not finite; the module is as it was before the step.
        """
        with torch.random.fork_rng(devices=self._devices()):
            self._seed(_mixed(self._descent.seed, number))
            loss = loss_of()
        self._adam.zero_grad(set_to_none=True)
        loss.backward()
        most = self._descent.largest_gradient
        norm = torch.nn.utils.clip_grad_norm_(self._named.values(), most)
        lost, length = loss.item(), norm.item()
        rate = self.rate(number)
        if not (math.isfinite(lost) and math.isfinite(length)):
            what = "loss" if not math.isfinite(lost) else "gradient"
            raise DivergedError(
                f"the {what} was not finite at step {number + 1:,} of {self._descent.n_steps:,}, "
                f"at learning rate {rate:.4g}.",
                "Lower learning_rate, or look at the vectors training began with.",
            )
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
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

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the parameters and what AdamW keeps of each, by name: what a checkpoint needs."""
        found: dict[str, np.ndarray] = {}
        for name, p in self._named.items():
            state = self._adam.state[p]
            found[name] = _array(p)
            found[_FIRST + name] = _array(state["exp_avg"])
            found[_SECOND + name] = _array(state["exp_avg_sq"])
            found[_STEPS] = _array(state["step"]).reshape(1)
        return found

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take such arrays back, in place."""
        with torch.no_grad():
            for name, p in self._named.items():
                state = self._adam.state[p]
                for tensor, key in (
                    (p, name),
                    (state["exp_avg"], _FIRST + name),
                    (state["exp_avg_sq"], _SECOND + name),
                    (state["step"], _STEPS),
                ):
                    tensor.copy_(torch.from_numpy(np.array(arrays[key])).reshape(tensor.shape))


def _array(tensor: torch.Tensor) -> np.ndarray:
    """View a tensor as an array; one on an accelerator is copied."""
    return tensor.detach().cpu().numpy()


def _mixed(seed: int, number: int) -> int:
    """Make one seed of two numbers."""
    drawn = np.random.Philox(key=[seed, number]).random_raw()
    return int(drawn % _LAST_DRAW)
