"""`lexloom finetune`: a model made good at a task, by texts that have labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import Rehearsed, check_folder
from lexloom.cli.terminal import Terminal
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.finetuning.generating.generator import Generator
from lexloom.finetuning.tagging.tagger import Tagger
from lexloom.finetuning.text_classifier import TextClassifier
from lexloom.progress import duration
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from types import SimpleNamespace

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
        self._terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
        self._texts, self._out, self._resume, self._writing = texts, out, resume, writing

    def go(
        self, trainer: Any, what: str, report_of: Callable[[Any], Any] = attrgetter("report")
    ) -> None:
        """Learn, and show what came of it; or say what that would take."""
        texts, writing = self._texts, self._writing
        if writing.dry_run or not self._resume:
            check_folder(self._out, force=writing.force)
        if writing.dry_run:
            estimate = trainer.rehearse(texts.train, texts.dev, texts.test)
            told = f"{self._out}: {what} {_foretold(trainer.unit, estimate)}"
            Rehearsed(self._out, as_dict(trainer), estimate, told).show(self._terminal)
            return
        with self._terminal.progress() as listener:
            made = trainer.fit(
                texts.train, texts.dev, test=texts.test, out=self._out, resume=self._resume,
                force=writing.force, on_progress=listener,
                on_choice=lambda choice: self._terminal.say(_told(choice)),
            )  # fmt: skip
        self._show(made, report_of(made))

    def _show(self, made: Any, report: Any) -> None:
        """Show what was learned."""
        value: dict[str, Any] = {"path": str(self._out), **made.metrics}
        lines = [f"{self._out}: {made!r}"]
        if report is not None:
            value["report"] = report.as_dict()
            lines += [*report.lines(), *_tries(made.metrics)]
        else:
            lines.append("no texts were set aside to judge it by: give some as --test")
        self._terminal.show(value, lines)


def _tries(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Say what was tried, where more than one thing was."""
    for each in metrics.get("tries", ()):
        told = f"learning rate {each['learning_rate']:.3g}, seed {each['seed']}"
        figure = "" if each["figure"] is None else f", {metrics['measure']} {each['figure']:.3f}"
        yield f"  tried {told}: {each['dev']:.3f} on dev{figure}"
    if "mean_of_seeds" in metrics:
        yield f"  mean of the seeds {Estimate(**metrics['mean_of_seeds'])}"


def _foretold(unit: str, estimate: Mapping[str, Any]) -> str:
    """Say what something would be learned from, and how."""
    sizes = estimate[f"n_{unit}"]
    shown = ", ".join(f"{n:,} {unit} of {name}" for name, n in sizes.items())
    labels = f"of {len(estimate['labels'])} labels " if estimate.get("labels") else ""
    return f"{labels}from {shown}" + (f"; {_told(estimate)}" if _told(estimate) else "")


def _told(choice: Mapping[str, Any]) -> str:
    """Say what was decided: how it is learned, why, and how long that takes."""
    why = f", because {choice['why']}" if choice.get("why") else ""
    long = f", in about {duration(choice['seconds'])}" if choice.get("seconds") else ""
    names = ("learning rate", "seed", "data", "method", "epochs", "precision")
    told = {name: choice[name] for name in names if name in choice}
    return ", ".join(
        f"{name}: {f'{value:.3g}' if isinstance(value, float) else value}"
        + (f"{why}{long}" if name == "method" else "")
        for name, value in told.items()
    )


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
    trainer = TextClassifier(model=str(model), **given(flags))
    Run(texts, out, resume, writing, everywhere).go(trainer, "a classifier")


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
    trainer = Tagger(model=str(model), **given(flags))
    Run(texts, out, resume, writing, everywhere).go(trainer, "a tagger")


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
    said = dict(given(flags))
    for name in ("prompt", "answer"):
        for escape, meant in ESCAPES.items():
            said[name] = said[name].replace(escape, meant)
    trainer = Generator(model=str(model), **said)
    Run(texts, out, resume, writing, everywhere).go(trainer, "a generator")
