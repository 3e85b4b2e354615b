"""Settings from a TOML file: a table for each verb, checked by name."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from cyclopts import App, ArgumentCollection
from cyclopts.config import Dict

from lexloom.cli.app import VERBS
from lexloom.errors import SettingError
from lexloom.text.sources import storage_error

__all__ = ["apply", "read"]

OPTION = "--config"


def apply(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give a verb the settings of the file that ``--config`` names, where the words give none.

    Raises
    ------
    SettingError
        If the file cannot be opened, is no TOML, or names a verb or setting that does not exist.
    """
    path = next(
        (
            token.value
            for argument in arguments
            if OPTION in argument.names
            for token in argument.tokens
        ),
        None,
    )
    if path is None:
        return
    text, tables = read(Path(path))
    _check_tables(tables, Path(path), text)
    values: Mapping[str, Any] = tables
    for command in commands:
        values = values.get(command, {})
    known = {
        name.removeprefix("--"): argument
        for argument in arguments
        for name in argument.names
        if name.startswith("--") and name != OPTION
    }
    section = ".".join(commands)
    for key in values:
        if _flag(key) not in known:
            raise _unknown(key, section, known, Path(path), text)
    Dict(
        {_flag(key): value for key, value in values.items()},
        source=path,
        use_commands_as_keys=False,
    )(app, commands, arguments)


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """Read a TOML file: its text and its tables.

    Raises
    ------
    SettingError
        If it cannot be opened, or is no TOML in UTF-8: it is a part of the command.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except OSError as error:
        known = storage_error(error, path)
        raise SettingError(known.what, known.fix, path=path) from error
    except UnicodeDecodeError as error:
        what = "expected TOML in UTF-8."
        raise SettingError(what, "Save it as UTF-8.", path=path, byte=error.start) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        what = str(error)[: found.start()] if found else str(error)
        line = int(found[1]) if found else None
        raise SettingError(f"this is no TOML: {what}.", path=path, line=line) from error


def _check_tables(tables: Mapping[str, Any], path: Path, text: str) -> None:
    """Make sure that every table is named after a verb."""
    names = [verb.name.split() for verb in VERBS]
    for key, value in tables.items():
        beginnings = {name[0] for name in names}
        if key not in beginnings or not isinstance(value, dict):
            raise _unknown(key, "", beginnings, path, text)
        inner = {name[1] for name in names if len(name) > 1 and name[0] == key}
        for second in value if inner else ():
            if second not in inner or not isinstance(value[second], dict):
                raise _unknown(second, key, inner, path, text)


def _unknown(key: str, section: str, known: Collection[str], path: Path, text: str) -> SettingError:
    """Say that a name does not exist, where it stands, and which one was meant."""
    what = f"[{section}] has no setting {key!r}." if section else f"there is no verb {key!r}."
    near = difflib.get_close_matches(_flag(key), known, n=1)
    fix = (
        f"Did you mean {near[0].replace('-', '_')!r}?"
        if near
        else f"Choose from {', '.join(sorted(name.replace('-', '_') for name in known))}."
    )
    return SettingError(what, fix, path=path, line=_line_of(key, section, text))


def _line_of(key: str, section: str, text: str) -> int | None:
    """Find the line on which a key of a table stands, counted from 1."""
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = header[1].replace('"', "").replace(" ", "")
            if table == f"{section}.{key}".lstrip("."):
                return number
        elif table == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
    return None


def _flag(key: str) -> str:
    """Give the flag's spelling of a setting."""
    return key.replace("_", "-")
