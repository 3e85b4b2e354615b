"""Ctrl-C and the polite requests to end: finish the step, save, leave."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["Interrupted", "Requests", "listening"]

_POLITE = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """Training was asked to stop and has saved what it had.

    Attributes
    ----------
    exit_code
        What a program leaves with: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number


class Requests:
    """The last request to end, if there was one."""

    number: int | None = None


@contextlib.contextmanager
def listening() -> Iterator[Requests]:
    """Take note of requests to end while the block runs; the second Ctrl-C ends it at once.

    Outside the main thread, where signals cannot be had, nothing is ever noted; and a signal that
    is ignored already (`nohup`, a job in the background) stays ignored.

    Yields
    ------
    Requests
        Where the number of the signal is noted.
    """
    requests = Requests()
    if threading.current_thread() is not threading.main_thread():
        yield requests
        return

    def note(number: int, frame: FrameType | None) -> None:
        if requests.number is not None:
            raise KeyboardInterrupt
        requests.number = number

    before = {}
    for name in _POLITE:
        number = getattr(signal, name, None)
        # None: a handler that is not Python's, which could not be put back.
        if number is not None and signal.getsignal(number) not in {signal.SIG_IGN, None}:
            before[number] = signal.signal(number, note)
    try:
        yield requests
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
