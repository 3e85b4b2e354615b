"""`lexloom summarize`: the sentences of a text that say most of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, Everywhere, Inputs, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError
from lexloom.finetuning.summarizer import Summarizer
from lexloom.text import reading

if TYPE_CHECKING:
    from types import SimpleNamespace

    FileFlags = SummarizerFlags = SimpleNamespace
else:
    FileFlags = flags_of(reading.Reading, defaults={"documents": "file"})
    SummarizerFlags = flags_of(Summarizer, without={"model"})

__all__ = ["summarize"]

FILE = Group("Reading a file", sort_key=2)


def summarize(
    model: Path,
    inputs: Inputs,
    /,
    *,
    flags: Annotated[SummarizerFlags, Parameter(name="*", group=SETTINGS)] = SummarizerFlags(),
    reading: Annotated[FileFlags, Parameter(name="*", group=FILE)] = FileFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Choose the sentences of texts that say most of them; nothing is trained.

    Parameters
    ----------
    model
        The folder of an encoder, of word vectors or of a bag of words, or a file of vectors of
        another program.
    inputs
        Files, folders or patterns; ``-`` is standard input. Each plain text file is one text
        (``--documents line`` or ``paragraph``: each of these), so is each record of another.
    flags
        How to choose.
    reading
        How files are read.
    everywhere
        What every verb understands.

    Raises
    ------
    FormatError
        If no text is found.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    summarizer = Summarizer(model=str(model), **given(flags)).prepare()
    is_first = True
    for text in _texts(inputs, given(reading), terminal.say):
        found = summarizer.summarize(text)
        rows = [
            {"sentence": sentence, "start": start, "end": end, "weight": weight}
            for sentence, (start, end), weight in zip(
                found.text.split("\n"), found.spans, found.weights, strict=True
            )
        ]
        value = {"sentences": rows, "n_sentences": found.n_sentences}
        terminal.show(value, [*([] if is_first else [""]), *found.text.split("\n")])
        is_first = False
    if is_first:
        raise FormatError("no text was found in it.", path=inputs[0])


def _texts(inputs: list[str], said: Any, on_note: Callable[[str], None]) -> Iterator[str]:
    """Give the texts of files that say something."""
    from lexloom.text.reading import Reading, resolve_sources
    from lexloom.text.whole_texts import read_whole

    texts = read_whole(resolve_sources(inputs, on_note=on_note), Reading(**said))
    yield from (text for text in texts if text.strip())
