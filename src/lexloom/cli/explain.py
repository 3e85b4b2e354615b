"""`lexloom explain`: why a text was given its label, word by word."""

from __future__ import annotations

from pathlib import Path

from lexloom.cli.heat_maps import write_page
from lexloom.cli.options import Everywhere, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_file
from lexloom.cli.terminal import Terminal
from lexloom.finetuning.classifier import FittedClassifier

__all__ = ["explain"]


def explain(
    model: Path,
    text: str,
    /,
    *,
    out: Path,
    label: str | None = None,
    language: str | None = None,
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Show why a text is given a label: which words speak for it and which against, as a page.

    Parameters
    ----------
    model
        The folder of a classifier.
    text
        A text.
    out
        The HTML file to make, which needs no network and no other file.
    label
        The label to explain; by default the likeliest.
    language
        How the text is cut into words, as ``zh``; by default as the model cuts, or as it looks.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    from lexloom.finetuning.explaining import explain, explanation_page

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    check_file(out, force=writing.force)
    found = explain(FittedClassifier.load(model), text, label, language=language)
    told = f"{out}: {found.label or 'number'}, {found.probability:.3f}"
    value = {"path": str(out), **found.as_dict()}
    write_page(explanation_page(found), out, writing, terminal, value, told)
