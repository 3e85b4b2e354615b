"""`lexloom check`: what is in this text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, Everywhere, Inputs, Reading
from lexloom.cli.terminal import Terminal
from lexloom.text.reading import Reading as ReadingSettings

if TYPE_CHECKING:
    ReadingFlags = SimpleNamespace
else:
    ReadingFlags = flags_of(ReadingSettings)

__all__ = ["check"]

A_FILE_IS_AT_FAULT = 1


def check(
    inputs: Inputs,
    /,
    *,
    flags: Annotated[ReadingFlags, Parameter(name="*", group=SETTINGS)] = ReadingFlags(),
    everywhere: Reading = Everywhere(),
) -> int:
    """Look into text files: encoding, language, sizes, oddities, what training would cost.

    Parameters
    ----------
    inputs
        Files, folders or patterns; ``-`` for standard input.
    flags
        How they are read.
    everywhere
        What every verb understands.

    Returns
    -------
    int
        1 if a file cannot be read, else 0.
    """
    from lexloom.reporting.tables import Table
    from lexloom.text.inspection import inspect_text

    found = inspect_text(inputs, ReadingSettings(**given(flags)))
    table = Table(("file", "what", "value"), tuple(found.rows()))
    Terminal(as_json=everywhere.as_json).show(found.as_dict(), table.to_text().splitlines())
    return A_FILE_IS_AT_FAULT if found.problems else 0
