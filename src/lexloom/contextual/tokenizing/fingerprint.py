"""How a tokenizer cuts a fixed text: one that another version of the library changed shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom.contextual.tokenizing.tokenizer_json import import_tokenizers
from lexloom.errors import FormatError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Engine

__all__ = ["FINGERPRINT", "check_fingerprint", "fingerprint_of"]

FINGERPRINT = "fingerprint.json"
_PROBE = (
    "今天天气很好，我们去公园。龘𠮷 Good quality isn't cheap: 3.14159 or 1,000? "
    "naïve café Ａｂｃ１２３ 🍎👩‍👩‍👧 \t two  blanks\nつれづれ"
)


def fingerprint_of(engine: Engine) -> dict[str, Any]:
    """Cut a fixed text of several scripts.

    Parameters
    ----------
    engine
        What cuts.

    Returns
    -------
    dict
        The ids of the text, the text put together again, and the version of tokenizers.
    """
    ids = engine.encode(_PROBE).ids
    whole = engine.decode(ids, skip_special_tokens=False)
    return {"ids": ids, "text": whole, "tokenizers": import_tokenizers().__version__}


def check_fingerprint(engine: Engine, kept: Mapping[str, Any], folder: Path) -> None:
    """Make sure that a tokenizer cuts text as it did when it was written.

    Parameters
    ----------
    engine
        What cuts.
    kept
        The fingerprint that lies beside it.
    folder
        Where, for the message.

    Raises
    ------
    FormatError
        If the installed tokenizers cuts text otherwise.
    """
    found = fingerprint_of(engine)
    if any(kept.get(name) != found[name] for name in ("ids", "text")):
        writer = str(kept.get("tokenizers"))[:40]
        raise FormatError(
            f"tokenizers {found['tokenizers']} cuts text otherwise than {writer}, which wrote it: "
            "a model would be given other pieces than it learned.",
            f"pip install 'tokenizers=={writer}'",
            path=folder,
        )
