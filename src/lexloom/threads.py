"""How many threads to work with: as asked, or one for each core this process may use."""

from __future__ import annotations

import os

__all__ = ["n_threads_of"]


def n_threads_of(asked: int | None = None) -> int:
    """Give the number of threads: as asked, or one for each core this process may use."""
    if asked is not None:
        return asked
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
