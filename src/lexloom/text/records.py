"""Records on lines, and the text field of those written as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lexloom.errors import EncodingError, FormatError, LexloomError, MissingFieldError
from lexloom.text.decoding import BadBytes

__all__ = [
    "DEFAULT_FIELD",
    "MAX_RECORD_CHARACTERS",
    "MEND",
    "Complain",
    "Field",
    "is_broken",
    "lines_of",
    "mend_only",
    "mended",
    "missing_field",
    "read_jsonl",
    "refuse_mixed",
    "settled",
    "shown",
]

DEFAULT_FIELD = "text"
"""The field that is read when none is named."""
MAX_RECORD_CHARACTERS = 64 << 20
BAD = "\udcff"
"""Stands for bytes that are no text, until its record is dropped or mended."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)")

Field = str | int | None
Complain = Callable[[LexloomError], None]
"""Called with what is wrong with a record: raises it, or counts it and drops the record."""


def lines_of(
    texts: Iterable[str | BadBytes], path: str, on_bad_bytes: Callable[[BadBytes, int], None]
) -> Iterator[str]:
    """Cut text at CR, LF and CR LF, and nowhere else; each line keeps its end.

    Raises `FormatError` for a line longer than `MAX_RECORD_CHARACTERS`.
    """
    left: list[str] = []
    n_left = 0
    n_lines = 0
    for text in _whole_ends(texts):
        if isinstance(text, BadBytes):
            on_bad_bytes(text, n_lines + 1)
            text = BAD
        lines, rest = _cut(text)
        for line in lines:
            n_lines += 1
            yield "".join([*left, line]) if left else line
            left, n_left = [], 0
        if rest:
            left.append(rest)
            n_left += len(rest)
        if n_left > MAX_RECORD_CHARACTERS:
            raise FormatError(
                f"a record must have at most {MAX_RECORD_CHARACTERS:,} characters, got more.",
                "Is this a file of records? Plain text is read with --format txt.",
                path=path,
                line=n_lines + 1,
            )
    if left:
        yield "".join(left)


def _cut(text: str) -> tuple[list[str], str]:
    """Give the whole lines of `text`, and what is left behind the last."""
    if "\r" in text:
        lines = _LINE.findall(text)
        return lines, text[sum(map(len, lines)) :]
    *lines, rest = text.split("\n")
    return [line + "\n" for line in lines], rest


def _whole_ends(texts: Iterable[str | BadBytes]) -> Iterator[str | BadBytes]:
    """Keep CR LF together where two pieces meet."""
    held = ""
    for text in texts:
        if isinstance(text, BadBytes):
            if held:
                yield held
            held = ""
            yield text
            continue
        text = held + text
        held = "\r" if text.endswith("\r") else ""
        if held:
            text = text[:-1]
        if text:
            yield text
    if held:
        yield held


def read_jsonl(
    lines: Iterable[str],
    field: Field,
    path: str,
    complain: Complain,
    *,
    numbers: bool = False,
    lists: bool = False,
) -> Iterator[str | None]:
    """Give the text of each line's object, a number or a list too; None where there is none."""
    for n, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            yield _json_text(line, field, path, n, numbers=numbers, lists=lists)
        except LexloomError as error:
            complain(error)
            yield None


def _json_text(
    line: str, field: Field, path: str, n: int, *, numbers: bool, lists: bool
) -> str | None:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"column {error.pos + 1}: no JSON ({error.msg}): {shown(line)}",
            MEND,
            path=path,
            line=n,
        ) from error
    except (RecursionError, ValueError) as error:
        raise FormatError(
            f"JSON nested too deep or a number too long ({error}).", MEND, path=path, line=n
        ) from error
    if isinstance(value, dict):
        value = _json_field(value, field, path, n)
    elif isinstance(value, list) and isinstance(field, int):
        if not 1 <= field <= len(value):
            raise FormatError(
                f"no field {field}: the list has {len(value)} values.",
                MEND,
                path=path,
                line=n,
            )
        value = value[field - 1]
    if value is None or isinstance(value, str):
        return value
    if numbers and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if lists and isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    raise FormatError(
        f"column 1: the text must be a string, got {type(value).__name__} {shown(str(value))}.",
        "Name another field with --field, or pass --bad-lines skip.",
        path=path,
        line=n,
    )


def _json_field(record: dict[str, Any], field: Field, path: str, n: int) -> Any:
    keys = list(record)
    field = settled(field, keys)
    if isinstance(field, int):
        if 1 <= field <= len(keys):
            return record[keys[field - 1]]
    elif (field or DEFAULT_FIELD) in record:
        return record[field or DEFAULT_FIELD]
    raise missing_field(field, keys, path, n)


def settled(field: Field, names: list[str]) -> Field:
    """Take ``"2"`` for the number 2 where no field is called so, as a command line gives it."""
    is_number = isinstance(field, str) and field.isascii() and field.isdecimal() and len(field) < 6
    return int(field) if is_number and field not in names else field  # type: ignore[arg-type]  # a string of digits


def missing_field(field: Field, names: list[str], path: str, line: int | None) -> MissingFieldError:
    """Say which fields there are."""
    found = ", ".join(shown(name) for name in names[:5]) or "none"
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    what = f"no field {field!r}" if field is not None else "no field named, and none called 'text'"
    return MissingFieldError(
        f"{what}; found {found}{more}.",
        "Name the field with --field NAME, or by its number from 1.",
        path=path,
        line=line,
    )


def refuse_mixed(columns: Mapping[str, Sequence[object]], path: Path) -> None:
    """Refuse fields of which some are named and some numbered: the line of names is a record then.

    Parameters
    ----------
    columns
        What was read of each field.
    path
        The file.

    Raises
    ------
    FormatError
        If one has more records than another.
    """
    if len({len(column) for column in columns.values()}) > 1:
        raise FormatError(
            f"fields are named or numbered, not both, got {', '.join(map(repr, columns))}.",
            "Name all of them, or number all.",
            path=path,
        )


@contextmanager
def mend_only() -> Iterator[None]:
    """Let errors within advise only what whoever learns from files can do: mend, or say how coded.

    Nothing is skipped of what is learned from.

    Raises
    ------
    FormatError
        What was raised, with that advice.
    """
    try:
        yield
    except EncodingError as error:
        guess = error.likely
        other = "Mend it, or convert it: all files are read in the encoding that was passed."
        error.fix = f"Pass encoding={guess!r}." if guess else other
        raise
    except FormatError as error:
        if not isinstance(error, MissingFieldError) and "--" in error.fix:
            error.fix = "Mend it, or leave the record out."
        raise


def mended(text: str) -> str:
    """Put U+FFFD where bytes were no text."""
    return _SURROGATE.sub("\ufffd", text)


def is_broken(text: str) -> bool:
    """Whether `text` holds lone surrogates: bytes that were no text, or escapes of half a pair."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def shown(text: str) -> str:
    """Quote a little of `text` for a message."""
    text = text.rstrip("\r\n")
    quoted = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return repr(quoted) if quoted.isprintable() else ascii(quoted)


_SHOWN = 60
MEND = "Mend the line, or pass --bad-lines skip."
"""What to do about one bad line."""
