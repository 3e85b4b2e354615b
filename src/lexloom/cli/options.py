"""The options that verbs have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter, Token

__all__ = [
    "EVERYWHERE",
    "SETTINGS",
    "STANDARD_INPUT",
    "SWITCH",
    "Everywhere",
    "Inputs",
    "Labelled",
    "LabelledReading",
    "Reading",
    "Rehearsal",
    "Writing",
    "unescaped",
]

SWITCH = Parameter(negative=(), show_default=False)
SETTINGS = Group("Settings", sort_key=1)
EVERYWHERE = Group("Everywhere", sort_key=9)


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """What every verb understands.

    Attributes
    ----------
    config
        A TOML file with settings, a table for each verb: ``[train.word2vec]``. What is said on the
        command line wins.
    as_json
        Data as JSON on standard output, errors as a JSON object on standard error.
    quiet
        No progress and no remarks; warnings and errors only.
    debug
        Show where in the program an error arose.
    """

    config: Annotated[Path | None, SWITCH] = None
    as_json: Annotated[bool, Parameter(name="--json"), SWITCH] = False
    quiet: Annotated[bool, SWITCH] = False
    debug: Annotated[bool, SWITCH] = False


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What every verb understands that writes something.

    Attributes
    ----------
    force
        Replace what stands at the place to write to.
    dry_run
        Check the inputs and the place to write to, say what would be done, and do nothing.
    """

    force: Annotated[bool, SWITCH] = False
    dry_run: Annotated[bool, SWITCH] = False


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """How a file of texts with labels is read.

    Attributes
    ----------
    text_field
        The field that holds the text, by name or number from 1.
    label_field
        The field that holds the label.
    encoding
        How the file is coded, as ``gb18030``.
    """

    text_field: str = "text"
    label_field: str = "label"
    encoding: str = "utf-8"


STANDARD_INPUT = "<standard input>"
"""Stands for a lone ``-`` while words are parsed: cyclopts would take it for an option."""


ESCAPES = {r"\n": "\n", r"\t": "\t"}
"""How a shell's word says what ends a line."""


def unescaped(word: str) -> str:
    """Give a word with ends of lines and tabs in place of what a shell's word writes for them."""
    for escape, meant in ESCAPES.items():
        word = word.replace(escape, meant)
    return word


def _inputs(kind: Any, tokens: Sequence[Token]) -> list[str]:
    """Give the words of a list, with ``-`` in its place again."""
    return ["-" if token.value == STANDARD_INPUT else token.value for token in tokens]


Inputs = Annotated[list[str], Parameter(converter=_inputs, n_tokens=-1)]
Reading = Annotated[Everywhere, Parameter(name="*", group=EVERYWHERE)]
LabelledReading = Annotated[Labelled, Parameter(name="*", group=SETTINGS)]
Writing = Annotated[Rehearsal, Parameter(name="*")]
