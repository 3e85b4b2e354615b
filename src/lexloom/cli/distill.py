"""`lexloom distill`: from an encoder and a corpus to word vectors."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lexloom.cli.encoders import READING, chosen
from lexloom.cli.flags import flags_of, given
from lexloom.cli.making import CorpusFlags, open_corpus
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_folder, rehearse_training
from lexloom.cli.terminal import Terminal
from lexloom.cli.train import TEXT, corpus_beside
from lexloom.contextual.distilling import Distilling
from lexloom.contextual.encoder_settings import EncoderSettings
from lexloom.opening import open_encoder

if TYPE_CHECKING:
    DistillingFlags = EncoderFlags = SimpleNamespace
else:
    DistillingFlags = flags_of(Distilling)
    EncoderFlags = flags_of(EncoderSettings, without={"width"})  # --width is that of the words

__all__ = ["distill"]


def distill(
    model: Path,
    inputs: Inputs,
    /,
    *,
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[DistillingFlags, Parameter(name="*", group=SETTINGS)] = DistillingFlags(),
    encoder: Annotated[EncoderFlags, Parameter(name="*", group=READING)] = EncoderFlags(),
    text: Annotated[CorpusFlags, Parameter(name="*", group=TEXT)] = CorpusFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Make word vectors of a transformer: of each word the mean in its sentences.

    Parameters
    ----------
    model
        The folder of a transformer.
    inputs
        The folder of a corpus; or raw text, of which a corpus is made first and kept beside the
        result, as OUT.corpus.
    out
        The folder to make.
    resume
        Go on with a run that was interrupted.
    flags
        How to distil.
    encoder
        How the transformer is read.
    text
        How raw text is read, cut into words and counted.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    distilling, corpus = Distilling(**given(flags)), open_corpus(inputs)
    opened = open_encoder(model, **chosen(encoder))
    if writing.dry_run or not resume:
        check_folder(out, force=writing.force)
    if writing.dry_run:
        rehearse_training(corpus, inputs, out, text, distilling).show(terminal)
        return
    with contextlib.ExitStack() as stack:
        if corpus is None:
            beside = corpus_beside(inputs, out, text, terminal, resume=resume, force=writing.force)
            corpus = stack.enter_context(beside)
        made = distilling.fit(
            opened,
            corpus,
            out=out,
            resume=resume,
            force=writing.force,
            on_progress=stack.enter_context(terminal.progress()),
        )
    value = {"path": str(out), "n_words": len(made), "width": made.width, **made.metrics}
    terminal.show(value, [f"{out}: {len(made):,} words, width {made.width:,}"])
