"""`lexloom tune`: better settings for a corpus, by what its model is wanted for."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.making import CorpusFlags, open_corpus
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_folder
from lexloom.cli.terminal import Terminal
from lexloom.cli.train import FAMILIES, TEXT, corpus_beside
from lexloom.comparison.judging import Judge, judge_on
from lexloom.comparison.knowing import Known, refuse_the_unknown
from lexloom.comparison.searching import TuningResult, said
from lexloom.comparison.trials import Trial, candidates_of, rungs_of
from lexloom.comparison.tuning import Tuning
from lexloom.comparison.tuning import tune as search
from lexloom.errors import EncodingError, SettingError
from lexloom.settings import as_dict

__all__ = ["tune"]

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

    TuningFlags = SimpleNamespace
else:
    TuningFlags = flags_of(Tuning)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Judging:
    """What settings are judged by.

    Attributes
    ----------
    on
        A file of word pairs with scores, of analogies, of words with categories, or of texts with
        labels (csv, tsv, jsonl, parquet).
    text_field
        The field of labelled texts that holds the text, by name or number; by default ``text``.
    label_field
        The field that holds the label; by default ``label``.
    on_encoding
        How a file of labelled texts is coded, as ``gb18030``.
    """

    on: Path
    text_field: Annotated[str | None, SWITCH] = None
    label_field: Annotated[str | None, SWITCH] = None
    on_encoding: str = "utf-8"

    def judge(self, seed: int) -> Judge:
        """Make what judges."""
        fields = {"text": self.text_field, "label": self.label_field}
        try:
            return judge_on(self.on, seed=seed, **fields, encoding=self.on_encoding)
        except EncodingError as error:
            # --encoding is that of the text to train on.
            error.fix = error.fix.replace("encoding=", "on_encoding=")
            raise


def tune(
    family: str,
    inputs: Inputs,
    /,
    *,
    out: Path,
    judging: Annotated[Judging, Parameter(name="*")],
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[TuningFlags, Parameter(name="*", group=SETTINGS)] = TuningFlags(),
    text: Annotated[CorpusFlags, Parameter(name="*", group=TEXT)] = CorpusFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Find better settings for a corpus by what they are wanted for, and keep the best model.

    Parameters
    ----------
    family
        What to train: ``word2vec``, ``fasttext``, ``glove``, ``nplm``, ``svd``, ``bag-of-words``.
    inputs
        The folder of a corpus; or raw text, of which a corpus is made first and kept beside the
        result, as OUT.corpus.
    out
        The folder for the best model; its metrics keep all trials.
    judging
        What settings are judged by: a part of its rows while tuning, the rest once, at the end.
    resume
        Go on with a search that was interrupted.
    flags
        How long to search, and how.
    text
        How raw text is read, cut into words and counted.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    trainer, tuning = _trainer(family, flags.seed), Tuning(**given(flags))
    corpus, judge = open_corpus(inputs), judging.judge(tuning.seed)
    if writing.dry_run or not resume:
        check_folder(out, force=writing.force)
    if writing.dry_run:
        _show_plan(terminal, trainer, judge, tuning, corpus)
        return
    told: list[Known] = []

    def tell(known: Known) -> None:
        told.append(known)
        terminal.say(f"{judge.name}: {known}")

    with contextlib.ExitStack() as stack:
        if corpus is None:
            beside = corpus_beside(inputs, out, text, terminal, resume=resume, force=writing.force)
            corpus = stack.enter_context(beside)
        found = search(
            trainer,
            corpus,
            judge,
            out,
            tuning,
            resume=resume,
            force=writing.force,
            on_known=tell,
            on_trial=lambda trial: terminal.say(_told(trial)),
            on_progress=stack.enter_context(terminal.progress()),
        )
    command = _command(trainer, found, corpus.path, out)
    value = {"path": str(out), **dataclasses.asdict(told[0]), **found.as_dict(), "command": command}
    terminal.show(value, _lines(found, command))


def _trainer(family: str, seed: int) -> Any:
    """Make the trainer of a family; where it can, it gives the same bytes each time."""
    name = family.replace("-", "_")
    if name not in FAMILIES:
        known = ", ".join(sorted(FAMILIES)).replace("_", "-")
        raise SettingError(f"family must be one of {known}, got {family!r}.")
    module, class_name = FAMILIES[name].split(":")
    cls = getattr(importlib.import_module(module), class_name)
    fixed = {"seed": seed, "deterministic": True}
    has = {field.name for field in dataclasses.fields(cls)}
    return cls(**{name: value for name, value in fixed.items() if name in has})


def _show_plan(
    terminal: Terminal, trainer: Any, judge: Judge, tuning: Tuning, corpus: Corpus | None
) -> None:
    """Say what would be tried, and judged by what."""
    rungs = rungs_of(trainer, 0 if corpus is None else corpus.n_words)
    known = None if corpus is None else refuse_the_unknown(judge, corpus)
    n_candidates = len(candidates_of(trainer, tuning.seed))
    grid = trainer.tunable.items()
    value = {
        "dry_run": True,
        "family": trainer.family,
        "judged_on": judge.name,
        "measure": judge.measure,
        "n_development": judge.n_development,
        "n_test": judge.n_test,
        "n_known": None if known is None else known.n_known,
        "n_candidates": n_candidates,
        "rungs": [{"share": share, **changes} for share, changes in rungs],
        "tunable": dict(grid),
        "budget_seconds": tuning.budget_seconds,
    }
    terminal.show(
        value,
        [
            f"would spend {tuning.budget} on up to {n_candidates:,} settings of {trainer.family}",
            f"  judged by {judge.measure} on {judge.name}: {judge.n_development:,} rows to tune "
            f"by, {judge.n_test:,} for the end",
            *(() if known is None else (f"  {known}",)),
            *(f"  {name:<20} {', '.join(map(str, values))}" for name, values in grid),
        ],
    )


def _told(trial: Trial) -> str:
    """Say what a trial came to."""
    score = "no result" if trial.score is None else f"{trial.score:.3f}"
    share = "" if trial.share == 1 else f" on {trial.share:.0%} of the documents"
    return f"trial {trial.number}: {said(trial.changes)}{share}: {score}, {trial.seconds:.1f} s"


def _lines(found: TuningResult, command: str) -> Iterator[str]:
    """Lay out for a person what was found."""
    yield from found.table().to_text().splitlines()
    yield ""
    yield f"{found.measure} on {found.judged_on}, {found.n_test:,} rows that nothing was tuned by:"
    yield f"  as it is  {found.untuned}"
    yield f"  tuned     {found.tuned}"
    yield ""
    yield command


def _command(trainer: Any, found: TuningResult, corpus: Path, out: Path) -> str:
    """Give the command that trains the best model again."""
    usual = as_dict(type(trainer)())
    options = [
        word
        for name, value in {**as_dict(trainer), **found.best.changes}.items()
        if value != usual[name]
        for word in _option(name, value)
    ]
    family = trainer.family.replace("_", "-")
    where = [str(corpus), "--out", f"{out}.again"]
    return shlex.join(["lexloom", "train", family, *where, *options])


def _option(name: str, value: Any) -> list[str]:
    """Write a setting as an option."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    return [f"--{flag}", str(value)]
