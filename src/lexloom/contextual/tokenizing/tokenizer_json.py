"""`tokenizer.json` of anybody: looked at as plain JSON before the library that runs it sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom.artefact.strict_json import parse_json, read_bounded
from lexloom.errors import DamagedError, FormatError, MissingExtraError, UnsafeFileError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Engine

__all__ = ["TOKENIZER", "engine_of", "import_tokenizers", "parse_tokenizer", "read_tokenizer"]

TOKENIZER = "tokenizer.json"

_TIMES_OF_JSON = 8
_MODELS = ("BPE", "Unigram", "WordLevel", "WordPiece")
_LONGEST_PATTERN = 1_000
_PARTS = {
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
    "post_processor", "decoder", "model",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SET = re.compile(r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]", re.DOTALL)
_GROUP = re.compile(r"\(\?(?:[a-z-]*:|<?[=!]|<\w+>|>)")
_REPEAT = re.compile(r"\{\d*,?\d*\}|[*+?]")


def import_tokenizers() -> Any:
    """Import the library that cuts text into pieces.

    Returns
    -------
    Any
        The module.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import tokenizers
    except ImportError as error:
        raise MissingExtraError(
            "cutting text into pieces needs tokenizers.", "pip install 'lexloom[contextual]'"
        ) from error
    return tokenizers


def read_tokenizer(path: Path) -> Engine:
    """Read a file that may come from anybody.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Engine
        What cuts text into pieces.

    Raises
    ------
    StorageError
        If it cannot be read.
    FormatError
        If it is no tokenizer, or one whose ids have gaps or come twice; `UnsafeFileError` if a
        pattern in it could take for ever.
    MissingExtraError
        If the library is not installed.
    """
    raw = read_bounded(path, _TIMES_OF_JSON)
    return engine_of(parse_tokenizer(raw, path), raw, path)


def parse_tokenizer(raw: bytes, path: Path) -> dict[str, Any]:
    """Parse and check the text of such a file.

    Parameters
    ----------
    raw
        What the file holds.
    path
        The file, for the message.

    Returns
    -------
    dict
        Its parts.

    Raises
    ------
    FormatError
        As of `read_tokenizer`.
    UnsafeFileError
        As of `read_tokenizer`.
    """
    try:
        parts = parse_json(raw, path, _TIMES_OF_JSON)
    except DamagedError as error:
        raise FormatError(error.what, path=path) from error
    if not isinstance(parts, dict) or not isinstance(parts.get("model"), dict):
        raise FormatError("expected an object with a model, as tokenizers writes it.", path=path)
    if strangers := sorted(parts.keys() - _PARTS):
        raise FormatError(f"a tokenizer has no {strangers[0]!r:.60}.", path=path)
    _check_ids(_vocabulary_of(parts["model"], path), parts.get("added_tokens"), path)
    for pattern in _patterns_in(parts):
        fault = fault_of_pattern(pattern)
        if fault:
            raise UnsafeFileError(
                f"its pattern {pattern!r:.80} {fault}: cutting a text by it could take for ever.",
                path=path,
            )
    return parts


def engine_of(parts: dict[str, Any], raw: bytes, path: Path) -> Engine:
    """Hand what was checked to the library.

    Parameters
    ----------
    parts
        What `parse_tokenizer` gave.
    raw
        What it was parsed from.
    path
        The file, for the message.

    Returns
    -------
    Engine
        What cuts text into pieces.

    Raises
    ------
    FormatError
        If the library refuses it, in whatever way.
    MissingExtraError
        If the library is not installed.
    """
    tokenizers = import_tokenizers()
    try:
        engine = tokenizers.Tokenizer.from_str(raw.decode("utf-8"))
        engine.encode("a 一")
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # what Rust panics with is no Exception
        told = str(error).split("\n")[0]
        raise FormatError(f"tokenizers cannot read it: {told:.200}.", path=path) from error
    model = parts["model"]
    n_ids = len(model["vocab"]) + sum(
        token["content"] not in _names_of(model) for token in parts.get("added_tokens") or ()
    )
    if engine.get_vocab_size() != n_ids:
        raise FormatError(
            f"tokenizers finds {engine.get_vocab_size():,} pieces in it, it lists {n_ids:,}.",
            path=path,
        )
    return engine


def _names_of(model: dict[str, Any]) -> set[str]:
    """Give the pieces of a model."""
    vocab = model["vocab"]
    return set(vocab) if isinstance(vocab, dict) else {piece[0] for piece in vocab}


def _vocabulary_of(model: dict[str, Any], path: Path) -> dict[str, int]:
    """Give the pieces of a model with their ids, each looked at."""
    kind, vocab = model.get("type"), model.get("vocab")
    if kind not in _MODELS:
        known = ", ".join(_MODELS)
        raise FormatError(f"expected a model of {known}; found {kind!r:.40}.", path=path)
    if kind == "Unigram" and isinstance(vocab, list):
        pieces = [entry[0] for entry in vocab if _is_scored(entry)]
        found = dict(zip(pieces, range(len(vocab)), strict=False))
        if len(found) < len(vocab):
            raise FormatError("a piece is there twice, or has no score.", path=path)
        return found
    if kind == "Unigram" or not isinstance(vocab, dict):
        raise FormatError(f"the vocab of {kind} is not what it must be.", path=path)
    if not all(type(piece_id) is int for piece_id in vocab.values()):
        raise FormatError("the id of a piece must be a whole number.", path=path)
    return vocab


def _is_scored(entry: Any) -> bool:
    """Tell whether an entry is a piece and its score."""
    return (
        isinstance(entry, list)
        and len(entry) == 2
        and isinstance(entry[0], str)
        and type(entry[1]) in {int, float}
    )


def _check_ids(vocabulary: dict[str, int], added: Any, path: Path) -> None:
    """Refuse ids that come twice, and those that leave gaps."""
    named = dict(vocabulary)
    for token in added or ():
        if not isinstance(token, dict):
            raise FormatError("an added token must be an object.", path=path)
        content, token_id = token.get("content"), token.get("id")
        if not isinstance(content, str) or not content or type(token_id) is not int:
            raise FormatError(f"an added token needs content and id: {token!r:.80}.", path=path)
        if named.setdefault(content, token_id) != token_id:
            raise FormatError(f"{content!r:.40} has two ids.", path=path)
    ids = sorted(named.values())
    if not ids:
        raise FormatError("it has no pieces.", path=path)
    for expected, found in enumerate(ids):
        if found != expected:
            what = "twice" if expected and found == ids[expected - 1] else "after a gap"
            raise FormatError(
                f"ids must run from 0 to {len(ids) - 1:,}, each once; {found:,} comes {what}.",
                path=path,
            )


def _patterns_in(value: Any) -> Iterator[str]:
    """Find the regular expressions in a tokenizer, wherever they stand."""
    level = [value]
    while level:
        found = level.pop()
        if isinstance(found, dict):
            if isinstance(found.get("Regex"), str):
                yield found["Regex"]
            level += [part for name, part in found.items() if name not in {"vocab", "merges"}]
        elif isinstance(found, list):
            level += [part for part in found if isinstance(part, dict | list)]


def fault_of_pattern(pattern: str) -> str:
    """Say why a regular expression is refused; empty if it is not.

    Parameters
    ----------
    pattern
        The expression.

    Returns
    -------
    str
        What is wrong: it is too long, refers back, or repeats what itself repeats or may choose.
    """
    if len(pattern) > _LONGEST_PATTERN:
        return f"has {len(pattern):,} characters, {_LONGEST_PATTERN:,} are the most"
    if re.search(r"\\[1-9kg]", pattern):
        return "refers back to what it found"
    # Sets and escapes hold no groups, and become a letter.
    plain = _GROUP.sub("(", _SET.sub("a", _ESCAPE.sub("a", pattern)))
    repeats = [False]
    place = 0
    while place < len(plain):
        character = plain[place]
        repeat = _REPEAT.match(plain, place)
        if character == "(":
            repeats.append(False)
        elif character == ")" and len(repeats) > 1:
            inner = repeats.pop()
            following = _REPEAT.match(plain, place + 1)
            if inner and following and following[0] != "?":
                return "repeats what itself repeats or chooses"
            repeats[-1] |= inner
        elif repeat or (character == "|" and len(repeats) > 1):
            repeats[-1] = True
        place = repeat.end() if repeat else place + 1
    return ""
