"""`lexloom predict`: what a fine-tuned model says of texts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from lexloom import catalog
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
KINDS = {"abstractive_summarizer", "tagger", "translator", FittedClassifier.kind}
_TEXTS_AT_ONCE = 256


def predict(
    model: Path,
    inputs: Inputs = ("-",),  # type: ignore[assignment]  # a list when words were given
    /,
    *,
    text: Annotated[tuple[str, ...], Parameter(negative=()), SWITCH] = (),
    least: Annotated[float | None, SWITCH] = None,
    compiled: Annotated[Literal["ctranslate2-int8"] | None, SWITCH] = None,
    reading: Annotated[FileFlags, Parameter(name="*", group=FILE)] = FileFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Give texts labels: a line for each with the label, its probability and the text.

    A tagger gives spans: a line for each text, and one below it for each span. A translator or a
    summarizer gives what it writes: a line for each text.

    Parameters
    ----------
    model
        The folder of a classifier, a tagger, a translator or a summarizer.
    inputs
        Files, of which each line or record is a text; ``-`` is standard input.
    text
        A text, in place of files; may be given several times.
    least
        How likely a label must be, 0 to 1, to be given. By default the likeliest is given however
        unlikely, of several labels those that are likelier than not.
    compiled
        Compile a translator or a summarizer first: ``ctranslate2-int8`` is faster and writes nearly
        the same.
    reading
        How a file is read.
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If both files and texts are given, or options do not go with the model.
    FormatError
        If no text is found.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    if text and list(inputs) != ["-"]:
        raise SettingError("--text takes the place of files.", "Give one of the two.")
    opened = _opened(model)
    if least is not None and not isinstance(opened, FittedClassifier):
        raise SettingError("--least is for classifiers: others give the best they have.")
    if compiled is not None:
        opened = _compiled(opened, compiled)
    texts = iter(text) if text else _read(list(inputs), reading)
    n_texts = 0
    while some := list(itertools.islice(texts, _TEXTS_AT_ONCE)):
        n_texts += len(some)
        if isinstance(opened, FittedClassifier):
            _show(terminal, opened, some, least)
        elif opened.kind == "tagger":
            _show_tags(terminal, opened, some)
        else:
            _show_written(terminal, opened, some)
    if not n_texts:
        raise FormatError("no text was found in it.", path=inputs[0])


def _opened(model: Path) -> Any:
    """Open what was made good at a task."""
    cls = catalog.class_of(model)
    if cls.kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise FormatError(f"expected one of {known}; found a {cls.kind}.", path=model)
    return cls.load(model)


def _compiled(opened: Any, way: Any) -> Any:
    """Compile what writes."""
    if not hasattr(opened, "write"):
        raise SettingError(
            f"--compiled is for translators and summarizers, this is a {opened.kind}."
        )
    return opened.compile(way)


def _read(inputs: list[str], flags: Any) -> Iterator[str]:
    """Give the texts of files."""
    from lexloom.text.reading import Reading, read_texts

    return iter(read_texts(inputs, Reading(**given(flags))))


def _show(
    terminal: Terminal, classifier: FittedClassifier, texts: Iterable[str], least: float | None
) -> None:
    """Show what is said of some texts."""
    texts = list(texts)
    chances = classifier.predict_proba(texts)
    answers = classifier.choose(chances, least=least)
    name = classifier.target.name
    written = [_written(answer) for answer in answers]
    widest = max(map(terminal_width, [*classifier.labels, *written]))
    for text, answer, told, row in zip(texts, answers, written, chances, strict=True):
        value = {"text": text, name: answer}
        if classifier.labels:
            value["probabilities"] = dict(zip(classifier.labels, row.tolist(), strict=True))
        chance = f"  {row.max():.3f}" if name == "label" else ""
        gap = " " * (widest - terminal_width(told))
        terminal.show(value, [f"{told}{gap}{chance}  {' '.join(text.split())}"])


def _show_tags(terminal: Terminal, tagger: Any, texts: Iterable[str]) -> None:
    """Show the spans that were found in texts, or the tag of each unit where tags mark none."""
    for tagged in tagger.tag(texts):
        units = [tagged.text[start:end] for start, end in tagged.spans]
        rows = [
            {"text": text, "start": start, "end": end, "kind": kind}
            for text, start, end, kind in tagged.found
        ]
        value = {"text": tagged.text, "units": units, "tags": list(tagged.tags), "spans": rows}
        told = [f"{row['kind']}  {row['text']}" for row in rows]
        if not tagger.scheme.marks_spans:
            told = [" ".join(map("/".join, zip(units, tagged.tags, strict=True)))]
        terminal.show(value, [" ".join(tagged.text.split()), *(f"  {line}" for line in told)])


def _show_written(terminal: Terminal, rewriter: Any, texts: list[str]) -> None:
    """Show what is written for texts, each on a line of its own."""
    for text, written in zip(texts, rewriter.write(texts), strict=True):
        terminal.show({"text": text, "written": written}, [" ".join(written.split())])


def _written(answer: Any) -> str:
    """Write an answer for a person."""
    if answer is None:
        return ""
    if isinstance(answer, tuple):
        return ", ".join(answer)
    return answer if isinstance(answer, str) else f"{answer:.3f}"
