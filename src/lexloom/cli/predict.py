"""`lexloom predict`: what a fine-tuned model says of texts."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from lexloom import artefact, catalog
from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SWITCH, Everywhere, Inputs, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError, SettingError, StorageError
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.reporting.tables import terminal_width
from lexloom.text import reading

if TYPE_CHECKING:
    from types import SimpleNamespace

    FileFlags = SimpleNamespace
else:
    FileFlags = flags_of(reading.Reading)

__all__ = ["predict"]

FILE = Group("Reading a file", sort_key=2)
_EXPECTED = "a classifier, a tagger, a translator or a summarizer"
_TEXTS_AT_ONCE, _MOST_SHOWN = 256, 60


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How a model is asked.

    Attributes
    ----------
    least
        How likely a label must be, 0 to 1, to be given. By default the likeliest is given however
        unlikely, of several labels those that are likelier than not.
    units
        Blanks part the units of each text, as a tagger is to tag them; by default texts are running
        text, which it cuts itself.
    compiled
        Compile a translator or a summarizer first: ``ctranslate2-int8`` is faster and writes nearly
        the same.
    """

    least: Annotated[float | None, SWITCH] = None
    units: Annotated[bool, SWITCH] = False
    compiled: Annotated[Literal["ctranslate2-int8"] | None, SWITCH] = None

    def check(self, opened: Any) -> None:
        """Refuse what does not go with a model.

        Parameters
        ----------
        opened
            That model.

        Raises
        ------
        SettingError
            If an option is for others.
        """
        if self.least is not None and not isinstance(opened, FittedClassifier):
            raise SettingError("--least is for classifiers: others give the best they have.")
        if self.units and opened.kind != "tagger":
            raise SettingError(
                f"--units is for taggers, this is {catalog.in_words(opened.kind)}: it reads "
                "running text."
            )
        if self.compiled is not None and not hasattr(opened, "write"):
            raise SettingError(
                "--compiled is for translators and summarizers, this is "
                f"{catalog.in_words(opened.kind)}."
            )


def predict(
    model: Path,
    inputs: Inputs = ("-",),  # type: ignore[assignment]  # a list when words were given
    /,
    *,
    text: Annotated[tuple[str, ...], Parameter(negative=()), SWITCH] = (),
    asking: Annotated[Asking, Parameter(name="*")] = Asking(),
    reading: Annotated[FileFlags, Parameter(name="*", group=FILE)] = FileFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Give texts labels: a line for each with the label, its probability and the text.

    An empty text has none. A tagger gives spans: a line for each text, and one below it for each
    span. A translator or a summarizer gives what it writes: a line for each text.

    Parameters
    ----------
    model
        The folder of a classifier, a tagger, a translator or a summarizer.
    inputs
        Files; ``-`` is standard input. Each line of plain text is a text (``--documents paragraph``
        or ``file``: each of these), so is each record of another.
    text
        A text, in place of files; may be given several times.
    asking
        How the model is asked.
    reading
        How files are read.
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
    asking.check(opened)
    if asking.compiled is not None:
        opened = opened.compile(asking.compiled)
    texts = iter(text) if text else _read(list(inputs), reading)
    n_texts = 0
    while some := list(itertools.islice(texts, _TEXTS_AT_ONCE)):
        n_texts += len(some)
        if isinstance(opened, FittedClassifier):
            _show(terminal, opened, some, asking.least)
        elif opened.kind == "tagger":
            _show_tags(terminal, opened, map(str.split, some) if asking.units else some)
        else:
            _show_written(terminal, opened, some)
    if not n_texts:
        raise FormatError("no text was found in it.", path=inputs[0])


def _opened(model: Path) -> Any:
    """Open what was made good at a task."""
    named = shlex.quote(str(model))
    learn = f"Make one: lexloom finetune classify {named} --train FILE --out FOLDER"
    if (model / "config.json").is_file() and not (model / artefact.MANIFEST).exists():
        found = "a model in the layout of Hugging Face's library"
        raise FormatError(f"expected {_EXPECTED}, found {found}.", learn, path=model)
    cls = catalog.class_of(model)
    if cls.kind not in catalog.kinds_asked_by("predict"):
        fixes = (learn if hasattr(cls, "embed_texts") else "", catalog.asked_by(cls.kind, model))
        raise FormatError(
            f"expected {_EXPECTED}, found {catalog.in_words(cls.kind)}.",
            ". ".join(filter(None, fixes)),
            path=model,
        )
    return cls.load(model)


def _read(inputs: list[str], flags: Any) -> Iterator[str]:
    """Give the texts of files."""
    from lexloom.text.reading import Reading, resolve_sources
    from lexloom.text.whole_texts import read_whole

    try:
        sources = resolve_sources(inputs)
    except StorageError as error:
        strange = [each for each in inputs if each != "-" and not os.path.lexists(each)]
        if strange:
            is_short = len(strange[0]) <= _MOST_SHOWN
            shown = shlex.quote(strange[0]) if is_short else "TEXT"
            error.fix = f"{error.fix} If it is a text: --text {shown}".lstrip()
        raise
    return iter(read_whole(sources, Reading(**given(flags))))


def _show(
    terminal: Terminal, classifier: FittedClassifier, texts: list[str], least: float | None
) -> None:
    """Show what is said of some texts; of an empty one that is nothing."""
    name = classifier.target.name
    chances = classifier.predict_proba([text for text in texts if text.strip()])
    answers = classifier.choose(chances, least=least)
    written = [_written(answer) for answer in answers]
    widest = max(map(terminal_width, [*classifier.labels, *written]), default=0)
    found = zip(answers, written, chances, strict=True)
    for text in texts:
        if not text.strip():
            terminal.show({"text": text, name: None}, [""])
            continue
        answer, told, row = next(found)
        value = {"text": text, name: answer}
        if classifier.labels:
            value["probabilities"] = dict(zip(classifier.labels, row.tolist(), strict=True))
        chance = f"  {row.max():.3f}" if name == "label" else ""
        gap = " " * (widest - terminal_width(told))
        terminal.show(value, [f"{told}{gap}{chance}  {' '.join(text.split())}"])


def _show_tags(terminal: Terminal, tagger: Any, texts: Iterable[str | list[str]]) -> None:
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
