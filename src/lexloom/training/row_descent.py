"""AdamW for a matrix of which each step looks at few rows, without a walk over all the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

__all__ = ["RowDescent"]

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class RowDescent:
    """AdamW (Loshchilov and Hutter 2019) of a matrix, row by row, without decay of its weights.

    AdamW moves a row on in steps that do not look at it too: the first moment m of its gradient
    shrinks by β₁, the second, v, by β₂. So k such steps are a geometric sum, and a row that waited
    for them is caught up in one: with r = β₁ / √β₂, learning rates η and c = √(1 - β₂ˢ) / (1 - β₁ˢ)
    behind step t,

        Σ η c rˢ⁻ᵗ m / √v  over s = t+1 … t+k,  =  (F(t) - rᵏ F(t+k)) m / √v,

    where F(t) = r (η c + F(t+1)), both of step t+1, is known for all steps before the first.

    Parameters
    ----------
    matrix
        (V, D); changes in place.
    rates
        The learning rate of each step of the whole run.
    """

    def __init__(self, matrix: torch.nn.Parameter, rates: Sequence[float]) -> None:
        self.matrix = matrix
        self.first = torch.zeros_like(matrix, requires_grad=False)
        self.second = torch.zeros_like(matrix, requires_grad=False)
        self.slopes = self.first[:0]
        self._rows = torch.zeros(0, dtype=torch.int64)
        self._rates = rates
        self.steps = torch.zeros(len(matrix), dtype=torch.int64, device=matrix.device)
        self._ahead = torch.tensor(_sums_ahead(rates), dtype=torch.float64, device=matrix.device)

    @torch.no_grad()
    def catch_up(self, rows: torch.Tensor, n_steps: int) -> None:
        """Let rows take the steps they waited for.

        Parameters
        ----------
        rows
            int64, each one once.
        n_steps
            The steps of the run so far.
        """
        # A row that no step ever looked at has no moments that could move it.
        rows = rows[self.steps[rows] > 0]
        done = self.steps[rows]
        waited = (n_steps - done).double()
        way = self._ahead[done] - _ratio() ** waited * self._ahead[n_steps]
        least = _EPSILON * (1 - _BETAS[1] ** (done + 1).double()).sqrt()
        first, second = self.first[rows], self.second[rows]
        length = second.sqrt() + least.to(first.dtype)[:, None]
        self.matrix[rows] -= way.to(first.dtype)[:, None] * first / length
        self.first[rows] = first * (_BETAS[0] ** waited).to(first.dtype)[:, None]
        self.second[rows] = second * (_BETAS[1] ** waited).to(first.dtype)[:, None]
        self.steps[rows] = n_steps

    def gather(self) -> None:
        """Take the sparse gradient, its rows added up: `slopes`, (R, D), which may be scaled."""
        assert self.matrix.grad is not None
        found = self.matrix.grad.coalesce()
        self._rows, self.slopes = found.indices()[0], found.values()
        self.matrix.grad = None

    @torch.no_grad()
    def step(self, number: int) -> None:
        """Learn from the gathered gradient; its rows have been caught up.

        Parameters
        ----------
        number
            Of the step, from 0.
        """
        rows, slopes, taken = self._rows, self.slopes, number + 1
        first = self.first[rows].lerp_(slopes, 1 - _BETAS[0])
        second = self.second[rows].mul_(_BETAS[1]).addcmul_(slopes, slopes, value=1 - _BETAS[1])
        length = second.sqrt().div_(math.sqrt(1 - _BETAS[1] ** taken)).add_(_EPSILON)
        rate = self._rates[number] / (1 - _BETAS[0] ** taken)
        self.matrix[rows] = self.matrix[rows].addcdiv_(first, length, value=-rate)
        self.first[rows], self.second[rows] = first, second
        self.steps[rows] = taken


def _ratio() -> float:
    """Give r, by which what a step that looks away moves a row shrinks from one to the next."""
    return _BETAS[0] / math.sqrt(_BETAS[1])


def _sums_ahead(rates: Sequence[float]) -> list[float]:
    """Give F(t) for t = 0 … the number of steps, behind the last of which nothing comes."""
    sums = [0.0]
    for taken in range(len(rates), 0, -1):
        scale = math.sqrt(1 - _BETAS[1] ** taken) / (1 - _BETAS[0] ** taken)
        sums.append(_ratio() * (rates[taken - 1] * scale + sums[-1]))
    return sums[::-1]
