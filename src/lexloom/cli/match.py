"""`lexloom finetune match`: an encoder that tells better which texts belong together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lexloom.cli.finetune import Run, Texts
from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Reading, Rehearsal, Writing
from lexloom.finetuning.matching.matcher import Matcher

if TYPE_CHECKING:
    from types import SimpleNamespace

    MatcherFlags = SimpleNamespace
else:
    MatcherFlags = flags_of(Matcher, without={"model", "minutes"})

__all__ = ["match"]


def match(
    model: Path,
    /,
    *,
    texts: Annotated[Texts, Parameter(name="*")],
    out: Path,
    resume: Annotated[bool, SWITCH] = False,
    flags: Annotated[MatcherFlags, Parameter(name="*", group=SETTINGS)] = MatcherFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Teach an encoder which texts belong together; the result is an encoder.

    Parameters
    ----------
    model
        The folder of an encoder.
    texts
        Files of pairs, in the fields ``text`` and ``other``, and a ``score`` or ``label`` if there
        is one; or of texts alone.
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
    from lexloom.finetuning.matching.match_report import report_of

    trainer = Matcher(model=str(model), **given(flags))
    Run(texts, out, resume, writing, everywhere).go(trainer, "an encoder", report_of)
