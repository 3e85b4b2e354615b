"""The command line: each verb calls the library and shows what it gave."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    words
        What stands behind ``lexloom``; None for the words this process was started with.
    """
    from lexloom.cli.running import run

    sys.exit(run(sys.argv[1:] if words is None else words))
