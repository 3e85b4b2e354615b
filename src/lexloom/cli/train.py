"""`lexloom train`: from a corpus, or from raw text by way of one, to a trained model."""

from __future__ import annotations

import contextlib
import importlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.making import CorpusFlags, build_corpus, open_corpus, said
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_folder, rehearse_training
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.scoring import score_on
from lexloom.opening import open_vectors
from lexloom.static.iterating import IteratingTrainer

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

FAMILIES = {
    "bag_of_words": "lexloom.static.bag_of_words:BagOfWords",
    "fasttext": "lexloom.static.fasttext:FastText",
    "glove": "lexloom.static.glove:GloVe",
    "nplm": "lexloom.static.nplm:NPLM",
    "svd": "lexloom.static.svd:SVD",
    "word2vec": "lexloom.static.word2vec:Word2Vec",
}
"""The verbs of this module, and the trainer each is made of, loaded when the verb is chosen."""


def __getattr__(name: str) -> Callable[..., None]:
    """Make a verb when it is asked for."""
    if name not in FAMILIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, class_name = FAMILIES[name].split(":")
    return _verb(getattr(importlib.import_module(module), class_name))


@dataclass(frozen=True, kw_only=True)
class Resuming:
    """What training goes on from.

    Attributes
    ----------
    resume
        Go on with a run that was interrupted.
    """

    resume: Annotated[bool, SWITCH] = False

    def asked(self) -> dict[str, Any]:
        """Give it as arguments of `fit`, each looked at."""
        return {"resume": self.resume}


@dataclass(frozen=True, kw_only=True)
class Beginning(Resuming):
    """What training in epochs goes on from, and what it is judged by.

    Attributes
    ----------
    start
        Vectors to begin with: a folder, or a file in a format people know. Their words are all
        kept; words that only the corpus has are added.
    frozen
        A word whose vector of ``--start`` stays as it is; may be given several times.
    score_on
        A set of word pairs or analogies to score the vectors on after each epoch; with
        ``--patience`` it decides when to stop.
    """

    start: Annotated[Path | None, SWITCH] = None
    frozen: Annotated[list[str], SWITCH] = field(default_factory=list)
    score_on: Annotated[Path | None, SWITCH] = None

    def asked(self) -> dict[str, Any]:
        """Give it as arguments of `fit`, each looked at."""
        start = None if self.start is None else open_vectors(self.start)
        judge = {} if self.score_on is None else {"score": score_on(self.score_on)}
        return {**super().asked(), "start": start, "frozen": self.frozen, **judge}


TEXT = Group("Raw text (a corpus has had its own)", sort_key=2)


def _verb(trainer_class: Any) -> Callable[..., None]:
    """Make the verb that trains with the settings of a family as its options."""
    flags_class = flags_of(trainer_class)
    beginning_class = Beginning if issubclass(trainer_class, IteratingTrainer) else Resuming

    def train(
        inputs: Inputs,
        /,
        *,
        out: Path,
        beginning: Any = beginning_class(),
        flags: Any = flags_class(),
        text: Annotated[CorpusFlags, Parameter(name="*", group=TEXT)] = CorpusFlags(),
        writing: Writing = Rehearsal(),
        everywhere: Reading = Everywhere(),
    ) -> None:
        """Train a model: from a corpus, or from raw text by way of one.

        Parameters
        ----------
        inputs
            The folder of a corpus; or files, folders or patterns of raw text, or ``-`` for standard
            input. Of raw text a corpus is made first and kept beside the result, as OUT.corpus;
            not if training is refused.
        out
            The folder to make.
        beginning
            What to go on from, and to be judged by.
        flags
            How to train.
        text
            How raw text is read, cut into words and counted.
        writing
            What every verb understands that writes.
        everywhere
            What every verb understands.
        """
        terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
        _train(trainer_class(**given(flags)), inputs, out, beginning, text, writing, terminal)

    train.__annotations__["beginning"] = Annotated[beginning_class, Parameter(name="*")]
    train.__annotations__["flags"] = Annotated[flags_class, Parameter(name="*", group=SETTINGS)]
    return train


def _train(
    trainer: Any,
    inputs: list[str],
    out: Path,
    beginning: Resuming,
    text: CorpusFlags,
    writing: Rehearsal,
    terminal: Terminal,
) -> None:
    """Train, or say what it would take."""
    corpus = open_corpus(inputs)
    if writing.dry_run or not beginning.resume:
        check_folder(out, force=writing.force)
    if writing.dry_run:
        rehearse_training(corpus, inputs, out, text, trainer).show(terminal)
        return
    # What can be refused is looked at before a corpus is built, which takes its time.
    asked = beginning.asked()
    with contextlib.ExitStack() as stack:
        if corpus is None:
            corpus = stack.enter_context(
                corpus_beside(
                    inputs, out, text, terminal, resume=beginning.resume, force=writing.force
                )
            )
        made = trainer.fit(
            corpus,
            out=out,
            force=writing.force,
            on_progress=stack.enter_context(terminal.progress()),
            **asked,
        )
    value = {"path": str(out), "n_words": len(made), "width": made.width, **made.metrics}
    terminal.show(value, [f"{out}: {len(made):,} words, width {made.width:,}"])


@contextlib.contextmanager
def corpus_beside(
    inputs: list[str],
    out: Path,
    text: CorpusFlags,
    terminal: Terminal,
    *,
    resume: bool,
    force: bool,
) -> Iterator[Corpus]:
    """Make the corpus of raw text beside the result, or go on with the one an earlier run made.

    If training is refused, a corpus that was made for it goes too: the command put right would
    find it in its way.
    """
    place = out.with_name(f"{out.name}.corpus")
    if resume and (made := open_corpus([str(place)])) is not None:
        yield made
        return
    corpus = build_corpus(inputs, place, text, terminal, force=force, resume=resume)
    terminal.say(said(corpus))
    try:
        yield corpus
    except (SettingError, FormatError):
        shutil.rmtree(place, ignore_errors=True)
        raise
