"""Settings as flags: the dataclass of the library, seen by the command line."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from cyclopts import Parameter, Token

__all__ = ["flags_of", "given"]

MEANINGS = re.compile(
    r"^(Attributes|Parameters)\n-+\n(?P<meanings>.*?)(?=\n\n\w[\w ]*\n---|\Z)",
    re.MULTILINE | re.DOTALL,
)
PLAIN = (bool, int, float, str, Path, type(None))


def flags_of(
    *classes: type,
    without: Collection[str] = (),
    instead: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> type:
    """Make a plain dataclass with the fields, defaults and meanings of settings classes.

    The settings check strictly, and the words of a command line are all text: this twin takes them
    first. Fields that no word can stand for (arrays, functions) are left out.

    Parameters
    ----------
    *classes
        Classes made by `lexloom.settings.settings`, with no field in common.
    without
        Names of fields that the verb sets itself.
    instead
        Types of fields that a command line gives in another way; None when it does not.
    defaults
        What fields are that nobody gives, where it is not what the library takes them to be.

    Returns
    -------
    type
        A frozen, keyword-only dataclass.
    """
    instead, defaults = instead or {}, defaults or {}
    fields: list[tuple[str, Any, Any]] = [
        (name, hint | None, dataclasses.field(default=None)) for name, hint in instead.items()
    ]
    for settings in classes:
        hints = get_type_hints(settings)
        fields += [
            (
                field.name,
                _strict(hints[field.name]),
                dataclasses.field(default=defaults.get(field.name, field.default)),
            )
            for field in dataclasses.fields(settings)
            if field.name not in {*without, *instead} and _is_plain(hints[field.name])
        ]
    twin = dataclasses.make_dataclass(classes[0].__name__, fields, frozen=True, kw_only=True)
    # Without it cyclopts takes the class for one of Python's own, and shows no fields.
    twin.__module__ = classes[0].__module__
    meanings = "\n".join(_meanings(settings) for settings in classes)
    twin.__doc__ = f"Settings.\n\nAttributes\n----------\n{meanings}\n"
    return twin


def given(twin: Any) -> Mapping[str, Any]:
    """Give the values of a twin by name."""
    return {field.name: getattr(twin, field.name) for field in dataclasses.fields(twin)}


def _is_plain(hint: Any) -> bool:
    """Tell whether words of a command line can stand for values of a type."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _is_plain(get_args(hint)[0])
    if origin in (Union, types.UnionType, tuple):
        return all(_is_plain(part) for part in get_args(hint) if part is not Ellipsis)
    return origin is Literal or hint in PLAIN


def _strict(hint: Any) -> Any:
    """Let a number that must be whole not be cut to one."""
    bases = {_base(part) for part in get_args(hint)} if _is_union(hint) else {_base(hint)}
    if bases - {type(None)} != {int}:
        return hint
    return Annotated[
        hint, Parameter(converter=_no_number if type(None) in bases else _whole_number)
    ]


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _base(hint: Any) -> Any:
    """Give the type of a hint without its range."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _whole_number(kind: Any, tokens: Sequence[Token]) -> int:
    """Read a whole number, and nothing that only begins like one."""
    word = tokens[0].value
    try:
        return int(word)
    except ValueError:
        raise ValueError(f"it must be a whole number, got {word}.") from None


def _no_number(kind: Any, tokens: Sequence[Token]) -> int | None:
    """Read a whole number, or the word for there being none."""
    return None if tokens[0].value.lower() == "none" else _whole_number(kind, tokens)


def _meanings(settings: type) -> str:
    """Take the part of a docstring, and of those it inherits, that tells what each field means."""
    # What is said last of a field counts.
    docs = (inspect.cleandoc(one.__doc__ or "") for one in reversed(settings.__mro__))
    found = map(MEANINGS.search, docs)
    return "\n".join(part["meanings"].rstrip() for part in found if part is not None)
