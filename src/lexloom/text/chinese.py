"""Chinese words by rjieba: in this process, or in several that send compact arrays back.

rjieba holds the interpreter's lock, so threads do not help. The processes are plain children that
run `lexloom.text.chinese_words` and speak over pipes; the main module of the program is never
imported again, so a script needs no ``if __name__ == "__main__"`` for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain

from lexloom.errors import StorageError
from lexloom.text.chinese_words import WordMarker, read_message, write_message
from lexloom.text.cutting import CharacterCutter, Cut, Span
from lexloom.text.simplifying import simplify

__all__ = ["ChineseCutter", "ChineseProcesses"]

_PIPE_BYTES = 1 << 20


class ChineseCutter:
    """Cuts Chinese in this process, one thread at a time.

    Unless punctuation is kept, a word loses the signs before its first letter or number, and one
    without any is none.

    Parameters
    ----------
    user_dictionary
        Entries ``word [frequency [tag]]``.
    lowercase
        Whether Latin words are written in lower case.
    punctuation
        Whether marks and symbols are words too.
    simplified
        Whether traditional characters are made simplified ones first.
    """

    def __init__(
        self,
        user_dictionary: Sequence[str],
        *,
        lowercase: bool,
        punctuation: bool,
        simplified: bool,
    ) -> None:
        self._marker = WordMarker(user_dictionary, simplified=simplified)
        self._numbering = CharacterCutter("marked", lowercase=lowercase, punctuation=punctuation)

    def cut(self, text: bytes) -> Cut:
        """Cut valid UTF-8 text into lines of words."""
        return self._numbering.cut(self._marker.mark(text))

    def spans(self, text: str) -> list[Span]:
        """Cut a text, simplified already, into words, each with where it stands."""
        tokens = chain.from_iterable(
            chain(self._marker.cut(line), "\n") for line in text.split("\n")
        )
        marked, places, place = [], [], 0
        for token in tokens:
            marked.append(token)
            places += [*range(place, place + len(token)), place + len(token)]
            place += len(token)
        spans = self._numbering.spans("\0".join(marked))
        return [(word, places[start], places[end - 1] + 1) for word, start, end in spans]

    def close(self) -> None:
        """Do nothing: this cutter holds nothing."""


class ChineseProcesses:
    """Cuts Chinese in several processes; as many threads may call `cut` at once.

    Parameters
    ----------
    user_dictionary, lowercase, punctuation, simplified
        As of `ChineseCutter`.
    n_processes
        How many.

    Raises
    ------
    MissingExtraError
        If `simplified` is set and opencc is not installed.
    """

    def __init__(
        self,
        user_dictionary: Sequence[str],
        *,
        lowercase: bool,
        punctuation: bool,
        simplified: bool,
        n_processes: int,
    ) -> None:
        if simplified:
            simplify("")  # a missing opencc is told here, not by a child that ended
        settings = {"user_dictionary": list(user_dictionary), "simplified": simplified}
        self._numbering = CharacterCutter("marked", lowercase=lowercase, punctuation=punctuation)
        self._all = [_start(json.dumps(settings).encode()) for _ in range(n_processes)]
        self._free: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        for process in self._all:
            self._free.put(process)

    def cut(self, text: bytes) -> Cut:
        """Cut valid UTF-8 text into lines of words.

        Raises
        ------
        StorageError
            If the process that cuts has ended (killed, or out of memory).
        """
        return self._numbering.cut(self._mark(text))

    def close(self) -> None:
        """End the processes."""
        for process in self._all:
            assert process.stdin is not None and process.stdout is not None  # opened as pipes
            process.stdout.close()
            with contextlib.suppress(BrokenPipeError):  # it may have ended already
                process.stdin.close()
            process.kill()
            process.wait()

    def _mark(self, text: bytes) -> bytes:
        """Have a free process mark the words of a block."""
        process = self._free.get()
        assert process.stdin is not None and process.stdout is not None  # opened as pipes
        try:
            write_message(process.stdin, text)
            return read_message(process.stdout)
        except (BrokenPipeError, EOFError) as error:
            raise StorageError(
                f"a process that cuts Chinese ended with code {process.wait()}.",
                "Free some memory, or pass threads=1 to cut in one process.",
            ) from error
        finally:
            self._free.put(process)


def _start(settings: bytes) -> subprocess.Popen[bytes]:
    """Start one process that cuts, and hand it its settings."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lexloom.text.chinese_words"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        start_new_session=True,  # Ctrl-C is for the parent, which ends its children in order
    )
    assert process.stdin is not None and process.stdout is not None  # opened as pipes
    for pipe in (process.stdin, process.stdout):
        _widen(pipe.fileno())
    write_message(process.stdin, settings)
    return process


def _widen(pipe: int) -> None:
    """Let a pipe take a block at once where the system can; else it goes over in more steps."""
    if sys.platform == "linux":
        import fcntl  # which not every system has

        with contextlib.suppress(PermissionError):  # the system's limit for one user is reached
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
