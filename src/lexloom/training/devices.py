"""Where torch computes, and how exactly."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from typing import Literal

import torch

from lexloom.errors import SettingError

__all__ = [
    "Precision",
    "computing_in",
    "device_of",
    "faster_precision",
    "precision_of",
    "torch_threads",
]

Precision = Literal["float32", "bfloat16"]

_WORTH_ITS_ROUNDING = 1.2
_MEASURED_SIDES, _MEASURED_TIMES, _TURNS = (256, 256, 512), 2, 5


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
    # Several threads wait for each other where other programs want their cores.
    with torch_threads(1):
        turns = [
            [_product_seconds(device, kind) for kind in (torch.float32, torch.bfloat16)]
            for _ in range(_TURNS)
        ]
    exact, rounded = map(min, zip(*turns, strict=True))
    ratio = exact / rounded
    return "bfloat16" if ratio > _WORTH_ITS_ROUNDING else "float32"


def precision_of(asked: Literal["auto", "float32", "bfloat16"], device: str) -> Precision:
    """Choose what to compute in.

    Parameters
    ----------
    asked
        The precision, or ``"auto"``: what a short measurement finds faster.
    device
        As `device_of` takes it.

    Returns
    -------
    Precision
        One of the two.

    Raises
    ------
    SettingError
        If there is no such device.
    """
    return faster_precision(device_of(device)) if asked == "auto" else asked


def computing_in(precision: Precision, device: str) -> contextlib.AbstractContextManager[object]:
    """Let the products of the block be computed in a precision.

    Parameters
    ----------
    precision
        In which.
    device
        The kind of device that computes.

    Returns
    -------
    contextlib.AbstractContextManager
        Stands around the block.
    """
    if precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16)


@contextlib.contextmanager
def torch_threads(n: int | None) -> Iterator[None]:
    """Let torch have so many threads for a while.

    Parameters
    ----------
    n
        How many; None leaves it those it has.

    Yields
    ------
    None
        Behind the block it has those from before.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(n or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
