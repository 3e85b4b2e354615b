"""What the special tokens of a tokenizer are for, and which texts it is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom.errors import FormatError, SettingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Engine

__all__ = ["CONFIG", "ROLES", "check_text", "roles_of"]

CONFIG = "tokenizer_config.json"
ROLES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token", "bos_token", "eos_token")
"""What a special token can be for."""

_LONGEST_NAME = 100


def roles_of(config: Any, engine: Engine, folder: Path) -> dict[str, str]:
    """Read the special tokens of a `tokenizer_config.json`.

    Parameters
    ----------
    config
        What the file holds.
    engine
        What cuts.
    folder
        Where the file lies, for the message.

    Returns
    -------
    dict of str to str
        Role → token.

    Raises
    ------
    FormatError
        If a token is no text or no piece.
    """
    roles = {}
    for role in ROLES:
        token = config.get(role) if isinstance(config, dict) else None
        if isinstance(token, dict):
            token = token.get("content")
        if token is None:
            continue
        if not isinstance(token, str) or len(token) > _LONGEST_NAME:
            raise FormatError(f"{role} must be a text, got {token!r:.60}.", path=folder / CONFIG)
        if engine.token_to_id(token) is None:
            raise FormatError(f"{role} {token!r} is no piece of it.", path=folder / CONFIG)
        roles[role] = token
    return roles


def check_text(text: object) -> None:
    """Refuse what is no text that UTF-8 can write.

    Parameters
    ----------
    text
        What was given.

    Raises
    ------
    SettingError
        If it is no str, or holds half a surrogate pair.
    """
    if not isinstance(text, str):
        raise SettingError(f"text must be a str, got {type(text).__name__}.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SettingError(
            f"the text holds half a character at place {error.start:,}, which UTF-8 cannot write."
        ) from error
