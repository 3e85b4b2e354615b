"""`--dry-run`: look at the inputs and the place to write to, say what it would take, do nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom import artefact
from lexloom.cli.flags import given
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError
from lexloom.progress import duration
from lexloom.settings import as_dict
from lexloom.text.estimating import Estimate
from lexloom.text.inspection import inspect_text
from lexloom.text.reading import Reading

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = [
    "Rehearsed",
    "check_file",
    "check_folder",
    "estimate_of",
    "rehearse_corpus",
    "rehearse_training",
]

READING = ("field", "format", "encoding", "documents", "bad_lines", "max_expansion")


@dataclass(frozen=True)
class Rehearsed:
    """What would be done, with which settings, and what it would take."""

    out: Path
    settings: Mapping[str, Any]
    estimate: Mapping[str, Any]
    told: str

    def show(self, terminal: Terminal) -> None:
        """Show it, to a person or to a machine."""
        settings = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in self.settings.items()
        }
        value = {
            "path": str(self.out),
            "dry_run": True,
            "settings": settings,
            "estimate": dict(self.estimate),
        }
        lines = [
            f"  {name:<20} {'by default' if setting is None else setting}"
            for name, setting in settings.items()
        ]
        terminal.show(value, [f"would write {self.told}", *lines])


class _EnoughError(Exception):
    """Ends a rehearsal before anything is kept."""


def check_folder(path: Path, *, force: bool) -> None:
    """Make sure that an artefact could be written: the place is free, and takes files."""
    draft = artefact.create(path, "rehearsal", settings={}, force=force)
    with contextlib.suppress(_EnoughError), draft:
        raise _EnoughError


def check_file(path: Path, *, force: bool) -> None:
    """Make sure that a file could be written."""
    with contextlib.suppress(_EnoughError), artefact.replace_file(path, force=force):
        raise _EnoughError


def rehearse_corpus(inputs: Sequence[str], out: Path, flags: Any) -> Rehearsed:
    """Read raw text once and say what a corpus of it would take."""
    estimate = estimate_of(inputs, flags)
    told = (
        f"{out}: a corpus of about {estimate.n_words:,} words, "
        f"in about {duration(estimate.build_seconds)}"
    )
    settings = {name: value for name, value in given(flags).items() if value is not None}
    return Rehearsed(out, settings, asdict(estimate), told)


def rehearse_training(
    corpus: Corpus | None, inputs: Sequence[str], out: Path, flags: Any, trainer: Any
) -> Rehearsed:
    """Say what training would take: on a corpus, or on raw text by way of one."""
    if corpus is None:
        text = estimate_of(inputs, flags)
        n_words, n_types, corpus_seconds = text.n_words, text.n_kept_types, text.build_seconds
    else:
        n_words, n_types, corpus_seconds = corpus.n_words, len(corpus.vocabulary), 0.0
    training_seconds, training_bytes = trainer.cost(n_words, n_types)
    estimate = {
        "n_words": n_words,
        "n_types": n_types,
        "corpus_seconds": corpus_seconds,
        "training_seconds": training_seconds,
        "training_bytes": training_bytes,
    }
    told = (
        f"{out}: a model of about {n_types:,} words after {n_words:,} words of text, in about "
        f"{duration(corpus_seconds + training_seconds)} and {training_bytes >> 20:,} MiB"
    )
    return Rehearsed(out, as_dict(trainer), estimate, told)


def estimate_of(inputs: Sequence[str], flags: Any) -> Estimate:
    """Look into raw text as it would be read.

    Parameters
    ----------
    inputs
        Files, folders or patterns.
    flags
        How they are read.

    Returns
    -------
    Estimate
        What was found.

    Raises
    ------
    FormatError
        If a file is not what it should be, or no word is in it.
    """
    values = given(flags)
    report = inspect_text(list(inputs), Reading(**{name: values[name] for name in READING}))
    if report.problems:
        raise FormatError(report.problems[0])
    if report.estimate is None:
        raise FormatError("no word was found in it.", path=inputs[0])
    return report.estimate
