"""`lexloom predict`: what a fine-tuned model says of texts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SWITCH, Everywhere, Inputs, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError, SettingError
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.reporting.tables import terminal_width
from lexloom.text import reading

if TYPE_CHECKING:
    from types import SimpleNamespace

    FileFlags = SimpleNamespace
else:
    FileFlags = flags_of(reading.Reading, without={"documents"})

__all__ = ["predict"]

FILE = Group("Reading a file", sort_key=2)
_TEXTS_AT_ONCE = 256


def predict(
    model: Path,
    inputs: Inputs = ("-",),  # type: ignore[assignment]  # a list when words were given
    /,
    *,
    text: Annotated[list[str], Parameter(negative=()), SWITCH] = (),  # type: ignore[assignment]
    least: Annotated[float, SWITCH] = 0.0,
    reading: Annotated[FileFlags, Parameter(name="*", group=FILE)] = FileFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Give texts labels: a line for each with the label, its probability and the text.

    Parameters
    ----------
    model
        The folder of a classifier.
    inputs
        Files, of which each line or record is a text; ``-`` is standard input.
    text
        A text, in place of files; may be given several times.
    least
        How likely a label must be, 0 to 1, to be given; else none is.
    reading
        How a file is read.
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If both files and texts are given.
    FormatError
        If no text is found.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    if text and list(inputs) != ["-"]:
        raise SettingError("--text takes the place of files.", "Give one of the two.")
    classifier = FittedClassifier.load(model)
    texts = iter(text) if text else _read(list(inputs), reading)
    n_texts = 0
    while some := list(itertools.islice(texts, _TEXTS_AT_ONCE)):
        n_texts += len(some)
        _show(terminal, classifier, some, least)
    if not n_texts:
        raise FormatError("no text was found in it.", path=inputs[0])


def _read(inputs: list[str], flags: Any) -> Iterator[str]:
    """Give the texts of files."""
    from lexloom.text.reading import Reading, read_texts

    return iter(read_texts(inputs, Reading(**given(flags))))


def _show(
    terminal: Terminal, classifier: FittedClassifier, texts: Iterable[str], least: float
) -> None:
    """Show what is said of some texts."""
    texts = list(texts)
    probabilities = classifier.predict_proba(texts)
    labels = classifier.choose(probabilities, least=least)
    widest = max(map(terminal_width, classifier.labels))
    for text, label, row in zip(texts, labels, probabilities, strict=True):
        known = dict(zip(classifier.labels, row.tolist(), strict=True))
        value = {"text": text, "label": label, "probabilities": known}
        gap = " " * (widest - terminal_width(label or ""))
        told = f"{label or ''}{gap}  {row.max():.3f}  {' '.join(text.split())}"
        terminal.show(value, [told])
