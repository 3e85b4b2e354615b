"""`lexloom finetune`: a model made good at a task, by texts that have labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import Rehearsed, check_folder
from lexloom.cli.terminal import Terminal
from lexloom.finetuning.generating.generator import Generator
from lexloom.finetuning.tagging.tagger import Tagger
from lexloom.finetuning.text_classifier import TextClassifier
from lexloom.progress import duration
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from types import SimpleNamespace

    from lexloom.finetuning.choosing import Choice
    from lexloom.finetuning.examples import Parts

    ClassifierFlags = GeneratorFlags = TaggerFlags = SimpleNamespace
else:
    ClassifierFlags = flags_of(TextClassifier, without={"model"})
    TaggerFlags = flags_of(Tagger, without={"model", "minutes"})
    GeneratorFlags = flags_of(
        Generator, without={"model", "minutes", "label_smoothing", "prefix", "layer_decay"}
    )

__all__ = ["classify", "tag", "write"]

ESCAPES = {r"\n": "\n", r"\t": "\t"}
"""How a shell's word says what ends a line."""


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Files to learn from.

    Attributes
    ----------
    train
        To learn from.
    dev
        To look at while learning; by default a share of ``--train`` is set aside.
    test
        To be judged by at the end; without it the report is about the texts looked at.
    """

    train: Annotated[Path, SWITCH]
    dev: Annotated[Path | None, SWITCH] = None
    test: Annotated[Path | None, SWITCH] = None


class Run:
    """What all verbs do that learn a task: look, learn, and show the report."""

    def __init__(
        self, texts: Texts, out: Path, resume: bool, writing: Rehearsal, everywhere: Everywhere
    ) -> None:
        self.terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
        self._texts, self._out, self._resume, self._writing = texts, out, resume, writing

    def begin(self) -> tuple[Path, Path | None, Path | None]:
        """See that the folder can be made; give the files."""
        if self._writing.dry_run or not self._resume:
            check_folder(self._out, force=self._writing.force)
        return self._texts.train, self._texts.dev, self._texts.test

    def fit(
        self, trainer: Any, report_of: Callable[[Any], Any] = attrgetter("report"), **told: Any
    ) -> None:
        """Learn, and show what came of it."""
        train, dev, test = self.begin()
        with self.terminal.progress() as listener:
            made = trainer.fit(
                train, dev, test=test, out=self._out, resume=self._resume,
                force=self._writing.force, on_progress=listener, **told,
            )  # fmt: skip
        value: dict[str, Any] = {"path": str(self._out), **made.metrics}
        lines = [f"{self._out}: {made!r}"]
        report = report_of(made)
        if report is not None:
            value["report"] = report.as_dict()
            lines += report.lines()
        else:
            lines.append("no texts were set aside to judge it by: give some as --test")
        self.terminal.show(value, lines)


def classify(
    model: Path,
    /,
    *,
    texts: Annotated[Texts, Parameter(name="*")],
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[ClassifierFlags, Parameter(name="*", group=SETTINGS)] = ClassifierFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Learn to give texts labels, on top of a model.

    Parameters
    ----------
    model
        The folder of an encoder, of word vectors or of a bag of words, or a file of vectors of
        another program.
    texts
        Files of texts with labels.
    out
        The folder to make.
    resume
        Go on with a run that was interrupted.
    flags
        How to learn.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    run = Run(texts, out, resume, writing, everywhere)
    trainer = TextClassifier(model=str(model), **given(flags))
    if writing.dry_run:
        _rehearsed(trainer, out, *trainer.rehearse(*run.begin())).show(run.terminal)
        return
    run.fit(trainer, on_choice=lambda choice: run.terminal.say(_told(choice)))


def tag(
    model: Path,
    /,
    *,
    texts: Annotated[Texts, Parameter(name="*")],
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[TaggerFlags, Parameter(name="*", group=SETTINGS)] = TaggerFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Learn to give each word or character a tag: names, parts of speech, chunks.

    Parameters
    ----------
    model
        The folder of an encoder.
    texts
        Files with a unit and its tag on each line, and an empty line behind each sentence.
    out
        The folder to make.
    resume
        Go on with a run that was interrupted.
    flags
        How to learn.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    run = Run(texts, out, resume, writing, everywhere)
    trainer = Tagger(model=str(model), **given(flags))
    if writing.dry_run:
        _counted(run, trainer, out, "a tagger", "sentences")
        return
    run.fit(trainer)


def write(
    model: Path,
    /,
    *,
    texts: Annotated[Texts, Parameter(name="*")],
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[GeneratorFlags, Parameter(name="*", group=SETTINGS)] = GeneratorFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Learn to write as one's own texts do, or to answer prompts, on top of a causal model.

    Parameters
    ----------
    model
        The folder of a causal model: of `lexloom pretrain gpt`, or of GPT-2, Llama or Qwen.
    texts
        Files of records, or of plain text.
    out
        The folder to make.
    resume
        Go on with a run that was interrupted.
    flags
        How to learn; in ``--prompt`` and ``--answer`` a backslash and n end a line.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    run = Run(texts, out, resume, writing, everywhere)
    said = dict(given(flags))
    for name in ("prompt", "answer"):
        for escape, meant in ESCAPES.items():
            said[name] = said[name].replace(escape, meant)
    trainer = Generator(model=str(model), **said)
    if writing.dry_run:
        _counted(run, trainer, out, "a generator", "texts")
        return
    run.fit(trainer)


def _counted(run: Run, trainer: Any, out: Path, what: str, unit: str) -> None:
    """Say what learning would be learned from."""
    sizes = trainer.rehearse(*run.begin())
    shown = ", ".join(f"{n:,} {unit} of {name}" for name, n in sizes.items())
    told = f"{out}: {what} from {shown}"
    Rehearsed(out, as_dict(trainer), {f"n_{unit}": sizes}, told).show(run.terminal)


def _told(choice: Choice) -> str:
    """Say how it is learned, why, and how long that takes."""
    why = f", because {choice.why}" if choice.why else ""
    long = "" if choice.seconds is None else f", in about {duration(choice.seconds)}"
    return f"method: {choice.method}{why}{long}"


def _rehearsed(trainer: Any, out: Path, parts: Parts, choice: Choice) -> Rehearsed:
    """Say what learning would take."""
    n_texts = {name: len(part) for name, part in parts.named.items()}
    shown = ", ".join(f"{n:,} texts of {name}" for name, n in n_texts.items())
    estimate = {
        "method": choice.method, "why": choice.why, "seconds": choice.seconds,
        "labels": list(parts.target.names), "n_texts": n_texts,
    }  # fmt: skip
    what = f"{len(parts.target.names)} labels" if parts.target.names else "numbers"
    told = f"{out}: a classifier of {what} from {shown}; {_told(choice)}"
    return Rehearsed(out, as_dict(trainer), estimate, told)
