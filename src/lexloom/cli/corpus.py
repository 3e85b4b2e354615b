"""`lexloom corpus`: raw text becomes a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lexloom.cli.making import CorpusFlags, build_corpus, describe, said
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_folder, rehearse_corpus
from lexloom.cli.terminal import Terminal

__all__ = ["corpus"]


def corpus(
    inputs: Inputs,
    /,
    *,
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[CorpusFlags, Parameter(name="*", group=SETTINGS)] = CorpusFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Turn raw text into a corpus: words, their counts and ids, built once for all trainers.

    Parameters
    ----------
    inputs
        Files, folders or patterns such as ``'texts/*.txt.gz'``; ``-`` for standard input.
    out
        The folder to make.
    resume
        Go on with a build that was interrupted.
    flags
        How text is read, cut into words and counted.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    if writing.dry_run:
        check_folder(out, force=writing.force)
        rehearse_corpus(inputs, out, flags).show(terminal)
        return
    made = build_corpus(inputs, out, flags, terminal, force=writing.force, resume=resume)
    terminal.show(describe(made), [said(made)])
