"""`lexloom train tokenizer`: the pieces that text is best cut into, learned from it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.making import CorpusFlags, open_corpus
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import Rehearsed, check_folder, estimate_of
from lexloom.cli.terminal import Terminal
from lexloom.cli.train import TEXT, corpus_beside
from lexloom.contextual.tokenizing.tokenizer_training import TokenizerTraining
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from types import SimpleNamespace as TokenizerFlags
else:
    TokenizerFlags = flags_of(TokenizerTraining, without={"min_count"})

__all__ = ["tokenizer"]


def tokenizer(
    inputs: Inputs,
    /,
    *,
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[TokenizerFlags, Parameter(name="*", group=SETTINGS)] = TokenizerFlags(),
    text: Annotated[CorpusFlags, Parameter(name="*", group=TEXT)] = CorpusFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Learn a tokenizer: from a corpus, or from raw text by way of one.

    Parameters
    ----------
    inputs
        The folder of a corpus; or files, folders or patterns of raw text, or ``-`` for standard
        input. Of raw text a corpus is made first and kept beside the result, as OUT.corpus.
    out
        The folder to make; Hugging Face's library opens it too.
    resume
        Take what is there if it comes from the same settings and text.
    flags
        How to learn.
    text
        How raw text is read, cut into words and counted.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    trainer = TokenizerTraining(**given(flags))
    corpus = open_corpus(inputs)
    if writing.dry_run or not resume:
        check_folder(out, force=writing.force)
    if writing.dry_run:
        n_words = estimate_of(inputs, text).n_words if corpus is None else corpus.n_words
        told = f"{out}: a tokenizer of {trainer.size:,} pieces, learned from {n_words:,} words"
        Rehearsed(out, as_dict(trainer), {"n_words": n_words}, told).show(terminal)
        return
    with contextlib.ExitStack() as stack:
        if corpus is None:
            corpus = stack.enter_context(
                corpus_beside(inputs, out, text, terminal, resume=resume, force=writing.force)
            )
        listener = stack.enter_context(terminal.progress())
        made = trainer.fit(
            corpus, out=out, resume=resume, force=writing.force, on_progress=listener
        )
    told = (
        f"{out}: {len(made):,} pieces; of held-out text {made.metrics['whole_characters']:.2%} of "
        f"characters and {made.metrics['whole_words']:.2%} of words are whole, "
        f"{made.metrics['unknown']:.3%} of pieces unknown, "
        f"{made.metrics['bytes_per_piece']:.2f} bytes a piece"
    )
    terminal.show({"path": str(out), **made.metrics}, [told])
