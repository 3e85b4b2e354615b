"""How kernels are compiled, and when what is kept of them is out of date.

Most of the time that numba takes goes into what nobody calls: the door through which Python, and
the one through which C, would enter each function, and machine code of functions that are compiled
into their callers anyway. So only what Python calls has a door and a place in the cache.

numba asks the file a kernel stands in whether its cache is fresh, not the files of the kernels it
calls. Here the contents of the whole room answer, so that no change goes unseen.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import numba
from numba import njit

__all__ = ["PART", "kernel"]

PART: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True, "no_cpython_wrapper": True}
"""For what only other kernels call: ``@njit(**PART)``."""


def _hash_sources() -> bytes:
    """Hash what is written in this folder."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


SOURCES = _hash_sources()


def kernel(function: Any = None, /, **options: Any) -> Any:
    """Compile a function that Python calls: ``@kernel``, or ``@kernel(…)`` with options of njit."""
    if function is None:
        return functools.partial(kernel, **options)
    compiled = njit(nogil=True, cache=True, no_cfunc_wrapper=True, **options)(function)
    cache = getattr(compiled, "_cache", None)  # none with NUMBA_DISABLE_JIT=1
    if cache is not None:
        # Read before anything else of a file: a kernel kept for other sources is never unpacked.
        cache._cache_file._version = f"{numba.__version__} {SOURCES.hex()}"
    return compiled
