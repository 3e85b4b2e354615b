"""How an encoder is read, as options that several verbs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.contextual.encoder_settings import EncoderSettings
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from types import SimpleNamespace

    EncoderFlags = SimpleNamespace
else:
    EncoderFlags = flags_of(EncoderSettings)

__all__ = ["READING", "EncoderFlags", "EncoderReading", "chosen"]

READING = Group("How an encoder is read", sort_key=3)
EncoderReading = Annotated[EncoderFlags, Parameter(name="*", group=READING)]


def chosen(flags: EncoderFlags) -> dict[str, Any]:
    """Give the settings that were said to be other than they are by themselves.

    Parameters
    ----------
    flags
        What was said on the command line.

    Returns
    -------
    dict
        Settings of `EncoderSettings`, to be handed on.
    """
    plain = as_dict(EncoderSettings())
    return {name: value for name, value in given(flags).items() if value != plain[name]}
