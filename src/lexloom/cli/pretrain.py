"""`lexloom pretrain`: a transformer learned from a corpus, or gone on with."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.making import CorpusFlags, open_corpus
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import Rehearsed, check_folder, estimate_of
from lexloom.cli.terminal import Terminal
from lexloom.cli.train import TEXT, corpus_beside
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.opening import open_vectors
from lexloom.progress import duration
from lexloom.settings import as_dict

KINDS = {"bert": "MaskedPretraining", "gpt": "CausalPretraining"}
"""The verbs of this module, and the settings of each."""


def __getattr__(name: str) -> Callable[..., None]:
    """Make a verb when it is asked for."""
    if name not in KINDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module("lexloom.contextual.pretraining")
    return _verb(getattr(module, KINDS[name]))


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What pretraining begins with.

    Attributes
    ----------
    resume
        Go on with a run that was interrupted.
    origin
        The folder of a model to go on training on this text, with its own tokenizer: one of ours,
        or one in the layout of Hugging Face's library.
    tokenizer
        The folder of a tokenizer; by default one is learned from the text.
    start
        Word vectors to begin with: a piece that is a word takes the vector of that word.
    """

    resume: Annotated[bool, SWITCH] = False
    origin: Annotated[Path | None, Parameter(name="--from"), SWITCH] = None
    tokenizer: Annotated[Path | None, SWITCH] = None
    start: Annotated[Path | None, SWITCH] = None

    def asked(self) -> dict[str, Any]:
        """Give it as arguments of `fit`, each looked at."""
        return {
            "resume": self.resume,
            "origin": self.origin,
            "tokenizer": None if self.tokenizer is None else Tokenizer.load(self.tokenizer),
            "start": None if self.start is None else open_vectors(self.start),
        }


def _verb(trainer_class: Any) -> Callable[..., None]:
    """Make the verb that pretrains with the settings of a kind as its options."""
    flags_class = flags_of(trainer_class)

    def pretrain(
        inputs: Inputs,
        /,
        *,
        out: Path,
        beginning: Annotated[Beginning, Parameter(name="*")] = Beginning(),
        flags: Any = flags_class(),
        text: Annotated[CorpusFlags, Parameter(name="*", group=TEXT)] = CorpusFlags(),
        writing: Writing = Rehearsal(),
        everywhere: Reading = Everywhere(),
    ) -> None:
        """Pretrain a transformer: from a corpus, or from raw text by way of one.

        Parameters
        ----------
        inputs
            The folder of a corpus; or files, folders or patterns of raw text, or ``-`` for standard
            input. Of raw text a corpus is made first and kept beside the result, as OUT.corpus.
        out
            The folder to make; Hugging Face's library opens it too.
        beginning
            What to begin with.
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
        _pretrain(trainer_class(**given(flags)), inputs, out, beginning, text, writing, terminal)

    pretrain.__annotations__["flags"] = Annotated[flags_class, Parameter(name="*", group=SETTINGS)]
    return pretrain


def _pretrain(
    trainer: Any,
    inputs: list[str],
    out: Path,
    beginning: Beginning,
    text: CorpusFlags,
    writing: Rehearsal,
    terminal: Terminal,
) -> None:
    """Pretrain, or say what it would take."""
    corpus = open_corpus(inputs)
    if writing.dry_run or not beginning.resume:
        check_folder(out, force=writing.force)
    trainer.check()
    asked = beginning.asked()
    if writing.dry_run:
        n_words = estimate_of(inputs, text).n_words if corpus is None else corpus.n_words
        _rehearsed(trainer, n_words, out, asked).show(terminal)
        return
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
            on_sample=lambda step, written: terminal.say(f"step {step:,}: {written!r}"),
            **asked,
        )
    value = {"path": str(out), "n_parameters": made.n_parameters, **made.metrics}
    told = f"{out}: {made.n_parameters:,} numbers, {len(made):,} pieces"
    if "held_out_bits_per_byte" in made.metrics:
        bits = made.metrics["held_out_bits_per_byte"]
        of_what = " (pseudo)" if made.kind == "masked_model" else ""
        told += f", {bits:.3f} bits a byte of held-out text{of_what}"
    terminal.show(value, [told])


def _rehearsed(trainer: Any, n_words: int, out: Path, asked: dict[str, Any]) -> Rehearsed:
    """Foretell a run by a few measured steps."""
    from lexloom.contextual.language_models.forecasting import forecast

    n_pieces = None if asked["tokenizer"] is None else len(asked["tokenizer"])
    found = forecast(trainer, n_words, n_pieces=n_pieces, origin=asked["origin"])
    told = (
        f"{out}: a model of {found.n_parameters:,} numbers, after {found.steps:,} steps and "
        f"{found.pieces:,} pieces (about {found.passes:.1f} times the text), in about "
        f"{duration(found.seconds)} by a few measured steps, and {found.memory_bytes >> 20:,} MiB"
    )
    return Rehearsed(out, as_dict(trainer), asdict(found), told)
