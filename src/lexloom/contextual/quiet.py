"""What libraries say of themselves, kept from the terminal, which is not ours."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

import transformers

__all__ = ["quiet"]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let no library warn, log or draw a bar for a while; errors are raised as ever."""
    bars = transformers.utils.logging
    before, has_bar = logging.root.manager.disable, bars.is_progress_bar_enabled()
    logging.disable(logging.WARNING)
    bars.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        if has_bar:
            bars.enable_progress_bar()
