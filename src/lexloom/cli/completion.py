"""`lexloom completion`: the script that completes verbs and options with the Tab key."""

from __future__ import annotations

import sys
from typing import Literal

from lexloom.cli.app import build
from lexloom.cli.options import Everywhere, Reading
from lexloom.cli.terminal import Terminal

__all__ = ["completion"]


def completion(
    shell: Literal["bash", "zsh", "fish", "powershell"],
    /,
    *,
    everywhere: Reading = Everywhere(),
) -> None:
    """Write a script that completes verbs and options with the Tab key.

    Parameters
    ----------
    shell
        The shell that is to complete: ``eval "$(lexloom completion bash)"`` in its start file.
    everywhere
        What every verb understands.
    """
    script = build().generate_completion(prog_name="lexloom", shell=shell)
    if everywhere.as_json:
        Terminal(as_json=True).show({"script": script}, ())
    else:
        sys.stdout.write(script)
