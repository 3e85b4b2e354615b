"""What reaches the terminal: data on standard output, words for people on standard error."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from lexloom.progress import Bar, Lines, Listener
from lexloom.reporting.tables import printable

__all__ = ["Terminal", "make_streams_safe", "write_error"]


class Terminal:
    """Shows results and progress the way the person asked for.

    Parameters
    ----------
    as_json
        Data as JSON.
    quiet
        No remarks and no progress.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def show(self, value: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Write one result to standard output: an object for a machine, or lines for a person."""
        if self.as_json:
            sys.stdout.write(_json(value, sys.stdout) + "\n")
            return
        for line in lines:
            sys.stdout.write(printable(line) + "\n")

    def say(self, remark: str) -> None:
        """Tell a person something that is no result."""
        if not self.quiet and not self.as_json:
            sys.stderr.write(printable(remark) + "\n")

    def tell(self, remark: str) -> None:
        """Tell a person something that belongs to the result, on standard output."""
        if not self.quiet and not self.as_json:
            for line in remark.splitlines():
                sys.stdout.write(printable(line) + "\n")
            sys.stdout.flush()

    def flow(self, parts: Iterable[str]) -> None:
        """Write a text to standard output as it comes, and the end of its last line."""
        for part in parts:
            sys.stdout.write("\n".join(map(printable, part.split("\n"))))
            sys.stdout.flush()
        sys.stdout.write("\n")

    @contextlib.contextmanager
    def progress(self) -> Iterator[Listener | None]:
        """Show progress while the context lasts: a bar where one can be drawn, else lines."""
        if self.quiet:
            yield None
        elif can_draw(sys.stderr):
            from rich.console import Console

            with Bar(Console(file=sys.stderr)) as bar:
                yield bar
        else:
            yield Lines(sys.stderr)


def can_draw(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that may be sent control characters."""
    return (
        stream.isatty()
        and not os.environ.get("NO_COLOR")
        and not os.environ.get("CI")
        and os.environ.get("TERM", "") != "dumb"
    )


def make_streams_safe() -> None:
    """Make sure that no word can break a console: what it cannot show is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_error(fields: Mapping[str, Any], message: str, *, as_json: bool) -> None:
    """Write one message to standard error; a standard error that is gone is no second fault."""
    line = _json(fields, sys.stderr) if as_json else printable(message.replace("\n", " "))
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _json(value: Mapping[str, Any], stream: TextIO) -> str:
    """Write JSON in the characters that a stream can carry."""
    is_unicode = (stream.encoding or "").lower().replace("-", "").startswith("utf")
    return json.dumps(value, ensure_ascii=not is_unicode, default=_plain)


def _plain(value: Any) -> Any:
    """Turn NumPy's numbers and arrays into Python's."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
