"""`lexloom finetune translate` and `summarize`: a model that writes a text for each it reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lexloom.cli.finetune import Run
from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Reading, Rehearsal, Writing
from lexloom.finetuning.rewriting.abstractive_summarizer import AbstractiveSummarizer
from lexloom.finetuning.rewriting.translator import Translator

if TYPE_CHECKING:
    from types import SimpleNamespace

    from lexloom.cli.finetune import Texts

    SummarizerFlags = TranslatorFlags = SimpleNamespace
else:
    from lexloom.cli.finetune import Texts

    SummarizerFlags = flags_of(AbstractiveSummarizer, without={"model"})
    TranslatorFlags = flags_of(Translator, without={"model"})

__all__ = ["sum_up", "translate"]


def translate(
    model: Path | None = None,
    /,
    *,
    texts: Annotated[Texts, Parameter(name="*")],
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[TranslatorFlags, Parameter(name="*", group=SETTINGS)] = TranslatorFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Learn to translate, from pairs of a text and its translation.

    Parameters
    ----------
    model
        The folder of an encoder-decoder to go on with; without it one is learned from nothing.
    texts
        Files of pairs: csv, tsv, jsonl or parquet; or two files of plain text whose lines belong
        together, with a comma between their names.
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
    trainer = Translator(model=model and str(model), **given(flags))
    Run(texts, out, resume, writing, everywhere).go(trainer, "a translator")


def sum_up(
    model: Path | None = None,
    /,
    *,
    texts: Annotated[Texts, Parameter(name="*")],
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[SummarizerFlags, Parameter(name="*", group=SETTINGS)] = SummarizerFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Learn to sum up texts in words of one's own, from texts and summaries by people.

    Parameters
    ----------
    model
        The folder of an encoder-decoder to go on with; without it one is learned from nothing.
    texts
        Files of texts with summaries: csv, tsv, jsonl or parquet; or two files of plain text whose
        lines belong together, with a comma between their names.
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
    trainer = AbstractiveSummarizer(model=model and str(model), **given(flags))
    Run(texts, out, resume, writing, everywhere).go(trainer, "a summarizer")
