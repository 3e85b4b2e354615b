"""Advice that the library gives for Python, in the words of the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence

from lexloom.cli.app import build

__all__ = ["advice", "options_of_verb"]

SAID_FOR_BOTH = re.compile(r"(--[\w-]+) \(\w+=True(?: in Python)?\)")
SAID_FOR_PYTHON_FIRST = re.compile(r"\w+=True \((--[\w-]+)\)")
SETTING = re.compile(r"\b([a-z]+(?:_[a-z]+)*)=('[^']*'|[\w.-]*\w)?(?![\[({\"])")
SAID_TWICE = re.compile(r"(--[\w-]+(?: [^\s()]+)?) \(\1\)")
FLAG = re.compile(r"--[\w-]+")
SENTENCE_ENDS = re.compile(r"(?<=[.!?]) ")
CONVERT = "convert"


def options_of_verb(words: Sequence[str]) -> set[str]:
    """Give the options of the verb that some words of a command line name; none without one."""
    app = build().parse_commands(list(words))[1][-1]
    if app.default_command is None:
        return set()
    return {
        name
        for argument in app.assemble_argument_collection()
        for name in argument.names
        if name.startswith("--")
    }


def advice(fix: str, words: Sequence[str]) -> str:
    """Say what to do as options: ``limit=3`` becomes ``--limit 3``.

    Parameters
    ----------
    fix
        What a `LexloomError` advises.
    words
        The words of the command line. Settings that its verb has no option for stay as they are;
        those that only `lexloom convert` has are told to be its own.

    Returns
    -------
    str
        The advice in the words of the command line, without the sentences that are about an option
        of other verbs.
    """
    flags = {*SAID_FOR_BOTH.findall(fix), *SAID_FOR_PYTHON_FIRST.findall(fix)}
    fix = SAID_FOR_BOTH.sub(r"\1", SAID_FOR_PYTHON_FIRST.sub(r"\1", fix))
    if not flags and not SETTING.search(fix):
        return fix
    own = options_of_verb(words)
    if strange := own and flags - own:
        told = SENTENCE_ENDS.split(fix)
        fix = " ".join(each for each in told if not strange.intersection(FLAG.findall(each)))
    others = options_of_verb([CONVERT]) if own else set()
    lent: list[str] = []

    def translated(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        for options in (own, others):
            flag = _flag(name, value, options)
            if flag is not None:
                if options is not own:
                    lent.append(flag.split()[0])
                return flag
        return found[0]

    fix = SAID_TWICE.sub(r"\1", SETTING.sub(translated, fix))
    return f"{fix} ({', '.join(lent)}: of lexloom {CONVERT})" if lent else fix


def _flag(name: str, value: str | None, options: Collection[str]) -> str | None:
    """Give a setting as an option with its value, or None where there is no such option."""
    flag = f"--{name.replace('_', '-')}"
    if name == "format" and "--read-as" in options:
        # `convert` reads and writes; only what is written is asked for without a value.
        flag = "--read-as" if value else "--write-as"
    if flag not in options:
        return None
    if value == "False":
        return flag.replace("--", "--no-", 1)
    if value in (None, "True"):
        return flag
    return f"{flag} {shlex.quote(value.strip(chr(39)))}"
