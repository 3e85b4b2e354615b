"""JSON in files: finite numbers, every name once, bounded in size, values and depth."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.artefact import disk
from lexloom.errors import DamagedError, SettingError

__all__ = ["parse_json", "plain_json", "read_bounded"]

_MAX_BYTES = 8 << 20
_MAX_VALUES = 750_000
_MAX_DEPTH = 32


def plain_json(value: Any, what: str) -> str:
    """Write a value as JSON that every reader takes, with finite numbers only.

    Raises
    ------
    SettingError
        If it holds anything else, or is too large to be read again.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
        raw = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise SettingError(f"{what} must hold plain JSON values: {error}.") from error
    fault = _fault_of_json(raw)
    if fault:
        raise SettingError(f"{what} is too large for JSON: {fault}.", "Write a table or tensors.")
    return text


def _plain(value: Any) -> Any:
    """Give a plain value for one that JSON does not know."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _fault_of_json(raw: bytes, times: int = 1) -> str:
    """Say why a text would cost too much to parse; empty if it would not."""
    if len(raw) > times * _MAX_BYTES:
        return f"{len(raw):,} bytes, at most {times * _MAX_BYTES:,} are read"
    n_values = sum(map(raw.count, (b",", b"[", b"{")))
    if n_values > times * _MAX_VALUES:
        return f"about {n_values:,} values, at most {times * _MAX_VALUES:,} are read"
    return ""


def read_bounded(path: Path, times: int = 1) -> bytes:
    """Read a JSON file whole, but never more than a JSON file may have, or `times` as much."""
    with disk.reporting(path), path.open("rb") as file:
        return file.read(times * _MAX_BYTES + 1)


def parse_json(raw: bytes, path: Path, times: int = 1) -> Any:
    """Parse JSON strictly: bounded size and depth, no key twice, finite numbers only.

    Where other programs write larger files than we do, `times` as much is read.

    Raises
    ------
    DamagedError
        If it is anything else.
    """
    fault = _fault_of_json(raw, times)
    if fault:
        raise DamagedError(f"too large: {fault}.", path=path)
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_finite,
        )
        _check_depth(value)
        if b"\\u" in raw:
            # An escape may stand for half a character, which no text can hold.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"not the JSON it should be: {error}.", path=path) from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members, none of them twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is there twice")
    return members


def _finite(text: str) -> float:
    """Make a number of its digits, a finite one."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number


def _check_depth(value: Any) -> None:
    """Refuse values nested so deep that walking them could fail."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_MAX_DEPTH):
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [item for items in inner for item in items if isinstance(item, dict | list)]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {_MAX_DEPTH} levels")
