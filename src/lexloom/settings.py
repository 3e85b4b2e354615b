"""Settings declared once: one frozen dataclass that checks, explains and documents itself."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, dataclass_transform

import numpy as np
import pydantic
import pydantic.dataclasses

from lexloom.errors import FormatError, SettingError

__all__ = ["as_dict", "changed", "from_dict", "settings"]

Settings = TypeVar("Settings")

_RULES = {
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "multiple_of": "a multiple of {multiple_of:g}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "True or False",
    "string_type": "text",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text like {pattern}",
    "literal_error": "{expected}",
    "none_required": "None",
    "tuple_type": "a tuple",
    "list_type": "a list",
    "dict_type": "a dict",
    "callable_type": "a function",
    "too_short": "at least {min_length} long",
    "too_long": "at most {max_length} long",
}
_UNKNOWN = {"unexpected_keyword_argument", "extra_forbidden"}
_MAX_SHOWN = 60


@dataclass_transform(kw_only_default=True, frozen_default=True)
def settings(cls: type[Settings]) -> type[Settings]:
    """Turn a class into frozen, keyword-only settings that are checked when they are made.

    Fields are declared as ``width: Annotated[int, Field(ge=1)] = 100``. NumPy numbers are taken as
    numbers, booleans are not. A value outside its range raises `SettingError`, which names every
    setting at fault, what it must be and what it got.

    Parameters
    ----------
    cls
        A class with annotated fields.

    Returns
    -------
    type
        The same class as a frozen dataclass.
    """
    config = pydantic.ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    checked: Any = pydantic.dataclasses.dataclass(cls, frozen=True, kw_only=True, config=config)
    checked.__init__ = _report_by_name(checked, checked.__init__)
    return checked


def as_dict(instance: object) -> dict[str, Any]:
    """Give settings as a plain dict, ready for JSON; `from_dict` takes it back.

    Parameters
    ----------
    instance
        The settings.

    Returns
    -------
    dict
        Name → value, settings within settings as dicts.
    """
    return dataclasses.asdict(instance)  # type: ignore[call-overload]  # every settings class is a dataclass


def changed(instance: object, names: Iterable[str]) -> list[str]:
    """Tell which settings are not as they usually are.

    Parameters
    ----------
    instance
        The settings.
    names
        Those to look at; each has a default.

    Returns
    -------
    list of str
        Their names.
    """
    fields = dataclasses.fields(instance)  # type: ignore[arg-type]  # the same
    usual = {field.name: field.default for field in fields}
    return [name for name in names if getattr(instance, name) != usual[name]]


def from_dict(
    cls: type[Settings], values: Mapping[str, Any], *, path: str | os.PathLike[str] | None = None
) -> Settings:
    """Make settings from what `as_dict` gave, as it comes back from a file.

    Parameters
    ----------
    cls
        The class of the settings.
    values
        Name → plain JSON value; a list stands for a tuple too.
    path
        The file they come from, for the message.

    Returns
    -------
    Settings
        An instance of `cls`.

    Raises
    ------
    FormatError
        If a name is unknown or a value is not allowed.
    """
    try:
        return _adapter(cls).validate_json(json.dumps(values))
    except pydantic.ValidationError as error:
        fault = _setting_error(cls, error)
        unknown = any(detail["type"] in _UNKNOWN for detail in error.errors(include_url=False))
        fix = "If a newer lexloom wrote it: pip install -U lexloom" if unknown else ""
        raise FormatError(fault.what, fix, path=path) from error
    except (TypeError, ValueError) as error:
        raise FormatError(f"settings must be plain JSON: {error}.", path=path) from error


@functools.cache
def _adapter(cls: type[Settings]) -> pydantic.TypeAdapter[Settings]:
    """Make what turns JSON into `cls`, once."""
    return pydantic.TypeAdapter(cls)


def _report_by_name(cls: type, initialise: Callable[..., None]) -> Callable[..., None]:
    """Wrap the initialiser of `cls` so that its complaints become one `SettingError`."""

    def __init__(self: object, *unnamed: Any, **values: Any) -> None:
        if unnamed:
            first = dataclasses.fields(cls)[0].name
            raise SettingError(
                f"the settings of {cls.__name__} are given by name.",
                f"Write {cls.__name__}({first}=…).",
            )
        plain = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in values.items()
        }
        try:
            initialise(self, **plain)
        except pydantic.ValidationError as error:
            raise _setting_error(cls, error) from error

    return functools.update_wrapper(__init__, initialise)


def _setting_error(cls: type, error: pydantic.ValidationError) -> SettingError:
    """Say in one message which settings of `cls` are at fault, and why."""
    names = [field.name for field in dataclasses.fields(cls)]
    complaints: list[str] = []
    rules: dict[str, list[str]] = {}
    got: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        first, *rest = detail["loc"] or (cls.__name__,)
        if detail["type"] == "value_error" and not detail["loc"]:
            complaints.append(detail["msg"].removeprefix("Value error, ").rstrip("."))
            continue
        if detail["type"] in _UNKNOWN:
            complaints.append(_unknown(cls, ".".join(map(str, (first, *rest))), names))
            continue
        # Further steps name the member of a union or of a list: only numbers mean a place.
        place = "".join([str(first), *(f"[{step}]" for step in rest if isinstance(step, int))])
        rules.setdefault(place, [])
        if (rule := _rule(detail)) not in rules[place]:
            rules[place].append(rule)
        got.setdefault(place, "" if detail["type"] == "missing" else _shown(detail["input"]))
    for place, alternatives in rules.items():
        value = f", got {got[place]}" if got[place] else ""
        complaints.append(f"{place} must be {' or '.join(alternatives)}{value}")
    message = "; ".join(complaints)
    return SettingError(message if message.endswith("?") else f"{message}.")


def _rule(detail: Any) -> str:
    """Say what a value must be, as it follows "must be"."""
    if detail["type"] == "missing":
        return "given"
    if detail["type"] in _RULES:
        return _RULES[detail["type"]].format(**detail.get("ctx", {}))
    message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return message.removeprefix("must be ").rstrip(".")


def _shown(value: Any) -> str:
    """Show a value, shortened."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _unknown(cls: type, name: str, names: list[str]) -> str:
    """Say that a setting does not exist, and which may have been meant."""
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
    return f"{cls.__name__} has no setting {name!r}; {hint}"
