"""`lexloom finetune`: a model made good at a task, by texts that have labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import Rehearsed, check_folder
from lexloom.cli.terminal import Terminal
from lexloom.finetuning.tagging.tagger import Tagger
from lexloom.finetuning.text_classifier import TextClassifier
from lexloom.progress import duration
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from types import SimpleNamespace

    from lexloom.finetuning.choosing import Choice
    from lexloom.finetuning.examples import Parts

    ClassifierFlags = TaggerFlags = SimpleNamespace
else:
    ClassifierFlags = flags_of(TextClassifier, without={"model"})
    TaggerFlags = flags_of(Tagger, without={"model", "minutes"})

__all__ = ["classify", "tag"]


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
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    trainer = TextClassifier(model=str(model), **given(flags))
    if writing.dry_run or not resume:
        check_folder(out, force=writing.force)
    if writing.dry_run:
        parts, choice = trainer.rehearse(texts.train, texts.dev, texts.test)
        _rehearsed(trainer, out, parts, choice).show(terminal)
        return
    with terminal.progress() as listener:
        made = trainer.fit(
            texts.train, texts.dev, test=texts.test, out=out, resume=resume, force=writing.force,
            on_progress=listener, on_choice=lambda choice: terminal.say(_told(choice)),
        )  # fmt: skip
    assert made.report is not None
    value = {"path": str(out), **made.metrics, "report": made.report.as_dict()}
    terminal.show(value, [f"{out}: {made!r}", *made.report.lines()])


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
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    trainer = Tagger(model=str(model), **given(flags))
    if writing.dry_run or not resume:
        check_folder(out, force=writing.force)
    if writing.dry_run:
        sizes = trainer.rehearse(texts.train, texts.dev, texts.test)
        shown = ", ".join(f"{n:,} sentences of {name}" for name, n in sizes.items())
        told = f"{out}: a tagger from {shown}"
        Rehearsed(out, as_dict(trainer), {"n_sentences": sizes}, told).show(terminal)
        return
    with terminal.progress() as listener:
        made = trainer.fit(
            texts.train, texts.dev, test=texts.test, out=out, resume=resume, force=writing.force,
            on_progress=listener,
        )  # fmt: skip
    assert made.report is not None
    value = {"path": str(out), **made.metrics, "report": made.report.as_dict()}
    terminal.show(value, [f"{out}: {made!r}", *made.report.lines()])


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
