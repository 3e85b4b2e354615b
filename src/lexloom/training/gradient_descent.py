"""Gradient descent with torch: the one place that calls backward()."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from lexloom.errors import DivergedError, SettingError

__all__ = ["Descent", "GradientDescent", "Precision", "device_of", "faster_precision"]

Precision = Literal["float32", "bfloat16"]

_FIRST, _SECOND = "adam.first.", "adam.second."
_STEPS, _LATE_STEPS = "adam.steps", "adam.late_steps"
_WORTH_ITS_ROUNDING = 1.2
_MEASURED_SIDES, _MEASURED_TIMES = (256, 256, 512), 3
_LAST_DRAW = 2**63


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
        The share of each matrix, times the learning rate, that a step takes away.
    without_decay
        Parameters it leaves alone, by name; it leaves all vectors alone that are no matrices.
    largest_gradient
        A gradient whose norm over all parameters is larger is scaled down to it.
    seed
        What dropout and drawn samples hang on, together with the number of the step.
    precision
        What the loss is computed in; parameters and their moments are always float32.
    late
        Parameters that stand still at first, by name.
    late_from
        The step from which on they learn too.
    late_rate
        Their learning rate, as a share of that of the others.
    """

    learning_rate: float
    n_steps: int
    warmup_steps: int = 0
    decay: Literal["linear", "cosine"] = "linear"
    weight_decay: float = 0.0
    without_decay: frozenset[str] = frozenset()
    largest_gradient: float = 1.0
    seed: int = 1
    precision: Precision = "float32"
    late: frozenset[str] = frozenset()
    late_from: int = 0
    late_rate: float = 1.0


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
        groups = [*self._groups(1.0, late=False), *self._groups(descent.late_rate, late=True)]
        self._adam = torch.optim.AdamW([g for g in groups if g["params"]], fused=True)
        for p in self._named.values():
            self._adam.state[p] = {
                "step": torch.zeros((), device=p.device),
                "exp_avg": torch.zeros_like(p),
                "exp_avg_sq": torch.zeros_like(p),
            }

    def _groups(self, share: float, *, late: bool) -> list[dict[str, Any]]:
        """Part the parameters in those that shrink and those that do not."""
        descent = self._descent
        named = {name: p for name, p in self._named.items() if (name in descent.late) == late}
        kept = descent.without_decay
        shrinking = [p for name, p in named.items() if p.ndim > 1 and name not in kept]
        others = [p for name, p in named.items() if p.ndim < 2 or name in kept]
        return [
            {"params": shrinking, "weight_decay": descent.weight_decay, "share": share},
            {"params": others, "weight_decay": 0.0, "share": share},
        ]

    def rate(self, number: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        descent, warmup = self._descent, self._descent.warmup_steps
        if number < warmup:
            return descent.learning_rate * (number + 1) / warmup
        done = (number - warmup) / max(descent.n_steps - warmup, 1)
        left = 1 - done if descent.decay == "linear" else (1 + math.cos(math.pi * done)) / 2
        return descent.learning_rate * left

    def step(self, number: int, *losses_of: Callable[[], torch.Tensor]) -> float:
        """Learn from one batch.

        Parameters
        ----------
        number
            Of the step in the whole run, from 0.
        *losses_of
            Give the loss of the batch, or parts of it that add up to it, where the whole batch
            would not fit into memory; each is called once, and its gradient taken before the next.

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
        self._adam.zero_grad(set_to_none=True)
        lost = self._slope(number, losses_of)
        most = self._descent.largest_gradient
        norm = torch.nn.utils.clip_grad_norm_(self._named.values(), most)
        length = norm.item()
        rate = self.rate(number)
        if not (math.isfinite(lost) and math.isfinite(length)):
            what = "loss" if not math.isfinite(lost) else "gradient"
            raise DivergedError(
                f"the {what} was not finite at step {number + 1:,} of {self._descent.n_steps:,}, "
                f"at learning rate {rate:.4g}.",
                "Lower learning_rate, or look at the vectors training began with.",
            )
        for group in self._adam.param_groups:
            group["lr"] = rate * group["share"]
        self._adam.step()
        return lost

    def _slope(self, number: int, losses_of: tuple[Callable[[], torch.Tensor], ...]) -> float:
        """Add up the losses, and their gradients in the parameters."""
        lost = 0.0
        device = next(iter(self._named.values())).device.type
        with torch.random.fork_rng(devices=self._devices()):
            self._seed(_mixed(self._descent.seed, number))
            for loss_of in losses_of:
                with _computing_in(self._descent.precision, device):
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

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the parameters and what AdamW keeps of each, by name: what a checkpoint needs."""
        found: dict[str, np.ndarray] = {}
        for name, p in self._named.items():
            state = self._adam.state[p]
            found[name] = _array(p)
            found[_FIRST + name] = _array(state["exp_avg"])
            found[_SECOND + name] = _array(state["exp_avg_sq"])
            found[self._steps_of(name)] = _array(state["step"]).reshape(1)
        return found

    def _steps_of(self, name: str) -> str:
        """Name where the steps that a parameter has learned in are kept."""
        return _LATE_STEPS if name in self._descent.late else _STEPS

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take such arrays back, in place."""
        with torch.no_grad():
            for name, p in self._named.items():
                state = self._adam.state[p]
                for tensor, key in (
                    (p, name),
                    (state["exp_avg"], _FIRST + name),
                    (state["exp_avg_sq"], _SECOND + name),
                    (state["step"], self._steps_of(name)),
                ):
                    tensor.copy_(torch.from_numpy(np.array(arrays[key])).reshape(tensor.shape))


def device_of(asked: str) -> torch.device:
    """Choose where to compute.

    Parameters
    ----------
    asked
        ``"cpu"``, ``"cuda"``, or ``"auto"``: an accelerator if torch finds one.

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    SettingError
        If there is no such device.
    """
    has_cuda = torch.cuda.is_available()
    if asked == "cuda" and not has_cuda:
        raise SettingError(
            "device='cuda' needs an accelerator, torch finds none.", "Pass device='auto'."
        )
    return torch.device("cuda" if has_cuda and asked != "cpu" else "cpu")


def faster_precision(device: torch.device) -> Precision:
    """Measure what a device multiplies faster in: a processor may take bfloat16 a hundred times.

    Parameters
    ----------
    device
        Where to measure, for some milliseconds.

    Returns
    -------
    Precision
        ``"bfloat16"`` only where it is faster by more than its rounding is worth.
    """
    seconds = {kind: _product_seconds(device, kind) for kind in (torch.float32, torch.bfloat16)}
    ratio = seconds[torch.float32] / seconds[torch.bfloat16]
    return "bfloat16" if ratio > _WORTH_ITS_ROUNDING else "float32"


def _product_seconds(device: torch.device, kind: torch.dtype) -> float:
    """Give the shortest time that a product of matrices took."""
    rows, inner, columns = _MEASURED_SIDES
    one = torch.ones(rows, inner, dtype=kind, device=device)
    other = torch.ones(inner, columns, dtype=kind, device=device)
    best = math.inf
    for _ in range(_MEASURED_TIMES):
        began = time.perf_counter()
        (one @ other)[0, 0].item()
        best = min(best, time.perf_counter() - began)
    return best


def _computing_in(precision: Precision, device: str) -> contextlib.AbstractContextManager[object]:
    """Let the products of the block be computed in a precision."""
    if precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16)


def _array(tensor: torch.Tensor) -> np.ndarray:
    """View a tensor as an array; one on an accelerator is copied."""
    return tensor.detach().cpu().numpy()


def _mixed(seed: int, number: int) -> int:
    """Make one seed of two numbers."""
    drawn = np.random.Philox(key=[seed, number]).random_raw()
    return int(drawn % _LAST_DRAW)
