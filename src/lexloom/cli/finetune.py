"""`lexloom finetune`: a model made good at a task, by texts of which more is known."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import (
    SETTINGS,
    STANDARD_INPUT,
    SWITCH,
    Everywhere,
    Reading,
    Rehearsal,
    Writing,
    unescaped,
)
from lexloom.cli.rehearsing import Rehearsed, check_folder
from lexloom.cli.terminal import Terminal
from lexloom.errors import SettingError
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.progress import duration
from lexloom.settings import as_dict


@dataclass(frozen=True)
class Task:
    """What a model can be made good at.

    Attributes
    ----------
    trainer
        The class that does it, by import path.
    makes
        What comes of it, in words.
    model
        What it is learned on.
    files
        What the files hold.
    without
        Settings that are no flags.
    begins
        Whether there need be no model.
    """

    trainer: str
    makes: str
    model: str
    files: str
    without: tuple[str, ...] = ("model",)
    begins: bool = False


_PAIRS = (
    "csv, tsv, jsonl or parquet; or two files of plain text whose lines belong together, with a "
    "comma between their names."
)
_TO_GO_ON_WITH = "The folder of an encoder-decoder to go on with; without it one is learned anew."
TASKS = {
    "classify": Task(
        "lexloom.finetuning.text_classifier:TextClassifier",
        "a classifier",
        "The folder of an encoder, of word vectors or of a bag of words, or a file of vectors of "
        "another program; or fasttext, to begin with nothing.",
        "Texts with labels: csv, tsv, jsonl or parquet.",
    ),
    "tag": Task(
        "lexloom.finetuning.tagging.tagger:Tagger",
        "a tagger",
        "The folder of an encoder.",
        "A unit and its tag on each line, and an empty line behind each sentence; or texts and the "
        "spans in them, as jsonl.",
    ),
    "match": Task(
        "lexloom.finetuning.matching.matcher:Matcher",
        "an encoder",
        "The folder of an encoder.",
        "Pairs, in the fields text and other, with a score or label if there is one; or texts.",
    ),
    "translate": Task(
        "lexloom.finetuning.rewriting.translator:Translator",
        "a translator",
        _TO_GO_ON_WITH,
        f"Texts with their translations: {_PAIRS}",
        begins=True,
    ),
    "summarize": Task(
        "lexloom.finetuning.rewriting.abstractive_summarizer:AbstractiveSummarizer",
        "a summarizer",
        _TO_GO_ON_WITH,
        f"Texts with summaries by people: {_PAIRS}",
        begins=True,
    ),
    "generate": Task(
        "lexloom.finetuning.generating.generator:Generator",
        "a generator",
        "The folder of a causal model: of lexloom pretrain gpt, or of GPT-2, Llama or Qwen.",
        "Records, or plain text; in --prompt and --answer a backslash and n end a line.",
        without=("model", "label_smoothing", "prefix", "layer_decay"),
    ),
}
"""The verbs of this module, each made when it is chosen."""

TEMPLATES = ("prompt", "answer")


def __getattr__(name: str) -> Callable[..., None]:
    """Make a verb when it is asked for."""
    if name not in TASKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _verb(TASKS[name])


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
        for name, path in vars(texts).items():
            if str(path) == STANDARD_INPUT:
                raise SettingError(
                    f"--{name} must be a file, - was given: it is read more than once.",
                    "Write what comes from there into a file first.",
                )

    def go(self, trainer: Any, what: str) -> None:
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
        self._show(made)

    def _show(self, made: Any) -> None:
        """Show what was learned; an encoder has its report among its figures."""
        from lexloom.finetuning.matching.match_report import report_of

        report = report_of(made) if made.kind == "encoder" else made.report
        value: dict[str, Any] = {"path": str(self._out), **made.metrics}
        lines = [f"{self._out}: {made!r}"]
        if report is not None:
            value["report"] = report.as_dict()
            lines += [*report.lines(), *_tries(made.metrics)]
        else:
            lines.append("no texts were set aside to judge it by: give some as --test")
            tries = made.metrics.get("tries", ())
            if len(tries) > 1:
                kept = f"what seed {tries[0]['seed']} learned is kept"
                lines.append(f"so none of its {len(tries):,} seeds was judged: {kept}")
        self._terminal.show(value, lines)


def _tries(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Say what was tried, where more than one thing was."""
    tries = metrics.get("tries", ())
    for each in tries if len(tries) > 1 else ():
        rate = (
            "" if each["learning_rate"] is None else f"learning rate {each['learning_rate']:.3g}, "
        )
        figures = {"of dev": each["dev"], metrics.get("measure", ""): each["figure"]}
        told = [f"{n:.3f} {name}" for name, n in figures.items() if n is not None]
        yield f"  tried {rate}seed {each['seed']}: {', '.join(told) or 'no figure'}"
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


def _verb(task: Task) -> Callable[..., None]:
    """Make the verb that learns a task with the settings of its trainer as options."""
    module, class_name = task.trainer.split(":")
    trainer_class = getattr(importlib.import_module(module), class_name)
    flags_class = flags_of(trainer_class, without=set(task.without))

    def finetune(
        model: str,
        /,
        *,
        texts: Any,
        out: Path,
        resume: Annotated[bool, SWITCH] = False,
        flags: Any = flags_class(),
        writing: Writing = Rehearsal(),
        everywhere: Reading = Everywhere(),
    ) -> None:
        """Make a model good at a task.

        Parameters
        ----------
        model
            What it is learned on.
        texts
            What it is learned from.
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
        said = dict(given(flags))
        for name in said.keys() & TEMPLATES:
            said[name] = unescaped(said[name])
        trainer = trainer_class(model=model, **said)
        Run(texts, out, resume, writing, everywhere).go(trainer, task.makes)

    # No path: ./fasttext is a folder, and fasttext is none.
    kind = str | None if task.begins else str
    finetune.__defaults__ = (None,) if task.begins else None
    finetune.__annotations__["model"] = Annotated[kind, Parameter(help=task.model)]
    files = Group("Files", help=task.files, sort_key=0)
    finetune.__annotations__["texts"] = Annotated[Texts, Parameter(name="*", group=files)]
    finetune.__annotations__["flags"] = Annotated[flags_class, Parameter(name="*", group=SETTINGS)]
    return finetune
