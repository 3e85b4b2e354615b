"""Texts as pieces of a model's tokenizer, each with the characters it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Offsets
from lexloom.contextual.model_folder import TOKENIZER, ModelFolder, parse_object
from lexloom.contextual.tokenizing.fingerprint import (
    FINGERPRINT,
    check_fingerprint,
    fingerprint_of,
)
from lexloom.contextual.tokenizing.roles import CONFIG
from lexloom.contextual.tokenizing.tokenizer_json import read_tokenizer
from lexloom.errors import FormatError

if TYPE_CHECKING:
    import tokenizers

__all__ = ["PieceTokenizer", "Pieces", "engine_in", "engine_of_file"]

_SAMPLE = "a"
_OLDER = ("vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
_UNKNOWN = {"[UNK]", "<unk>", "<UNK>"}


@dataclass(frozen=True)
class Pieces:
    """The pieces of one text.

    Attributes
    ----------
    ids
        int64 (T).
    starts, ends
        int64 (T): the first character of each piece and the one behind its last.
    lead
        int64: the pieces of what was written before the text.
    """

    ids: Offsets
    starts: Offsets
    ends: Offsets
    lead: Offsets

    def __len__(self) -> int:
        return len(self.ids)


class PieceTokenizer:
    """A tokenizer that takes no character of a text for more than text.

    What looks like a special piece, as ``[SEP]``, is cut like any other text.

    Parameters
    ----------
    tokenizer
        One of the tokenizers library; its padding and truncation are switched off.
    config
        What stands beside it in `tokenizer_config.json`.
    """

    def __init__(
        self, tokenizer: tokenizers.Tokenizer, config: Mapping[str, Any] | None = None
    ) -> None:
        self._config = dict(config or {})
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        added = tokenizer.get_added_tokens_decoder()
        self._unknown = next((n for n, token in added.items() if token.content in _UNKNOWN), None)
        special = [number for number, token in added.items() if token.special]
        self._special = np.array([n for n in special if n != self._unknown], np.int64)
        framed = tokenizer.encode(_SAMPLE)
        is_special = np.array(framed.special_tokens_mask, bool)
        inner = np.flatnonzero(~is_special)
        first, stop = (inner[0], inner[-1] + 1) if len(inner) else (1, 1)
        ids = np.array(framed.ids, np.int64)
        self.left, self.right = ids[:first], ids[stop:]

    @classmethod
    def of(cls, folder: ModelFolder) -> PieceTokenizer:
        """Open the tokenizer of a model's folder.

        Raises
        ------
        FormatError
            If there is none that can be opened, or the installed tokenizers cuts text otherwise
            than the one that wrote it; `UnsafeFileError` if it could take for ever.
        """
        return cls(engine_in(folder), folder.tokenizer_config)

    def write_files(self, draft: artefact.Draft, longest: int) -> None:
        """Write its files into an artefact that is being made.

        Parameters
        ----------
        draft
            That artefact.
        longest
            The pieces of the longest text that the model takes.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        draft.write_bytes(TOKENIZER, self._tokenizer.to_str(pretty=True).encode("utf-8"))
        draft.write_json(CONFIG, {**self._config, "model_max_length": longest})
        draft.write_json(FINGERPRINT, fingerprint_of(self._tokenizer))

    def largest_id(self) -> int:
        """Give the largest id of a piece."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)

    def cut(self, texts: Sequence[str], prefix: str = "") -> list[Pieces]:
        """Cut texts into pieces.

        Parameters
        ----------
        texts
            N texts.
        prefix
            What to write before each; its pieces are not the text's.

        Returns
        -------
        list of Pieces
            The pieces of each text; those of the model's frame, `left` and `right`, are not among
            them.
        """
        given = [prefix + text for text in texts] if prefix else list(texts)
        cut = self._tokenizer.encode_batch(given, add_special_tokens=False)
        return [self._as_text(_pieces(encoding, len(prefix))) for encoding in cut]

    def _as_text(self, pieces: Pieces) -> Pieces:
        """Make special pieces unknown ones: a vocabulary of Unigram finds them in a text too."""
        if self._unknown is not None:
            pieces.ids[np.isin(pieces.ids, self._special)] = self._unknown
        return pieces

    def written(self, ids: Sequence[int]) -> list[str]:
        """Write pieces as the vocabulary does."""
        return [self._tokenizer.id_to_token(int(piece)) or "" for piece in ids]


def engine_in(folder: ModelFolder) -> tokenizers.Tokenizer:
    """Open what cuts text for a model.

    Parameters
    ----------
    folder
        The model, checked.

    Returns
    -------
    tokenizers.Tokenizer
        As it stands there.

    Raises
    ------
    FormatError
        As of `PieceTokenizer.of`.
    """
    path = folder.path / TOKENIZER
    if path.exists():
        return engine_of_file(path, folder.path / FINGERPRINT)
    return _converted(folder.path)


def engine_of_file(path: Path, fingerprint: Path) -> tokenizers.Tokenizer:
    """Open a file that says how to cut text.

    Parameters
    ----------
    path
        The file.
    fingerprint
        What lies beside it to make sure that text is cut as when it was written, if anything does.

    Returns
    -------
    tokenizers.Tokenizer
        As it stands there.

    Raises
    ------
    FormatError
        As of `PieceTokenizer.of`.
    """
    engine = read_tokenizer(path)
    if fingerprint.exists():
        check_fingerprint(engine, parse_object(fingerprint), path.parent)
    return engine


def _pieces(encoding: tokenizers.Encoding, n_before: int) -> Pieces:
    """Part what was written before a text from the text's own pieces."""
    ids = np.array(encoding.ids, np.int64)
    spans = np.array(encoding.offsets, np.int64).reshape(-1, 2) - n_before
    n_lead = int(np.searchsorted(spans[:, 1], 0, "right")) if n_before else 0
    own = np.maximum(spans[n_lead:], 0)
    return Pieces(ids[n_lead:], own[:, 0], own[:, 1], ids[:n_lead])


def _converted(folder: Path) -> tokenizers.Tokenizer:
    """Make a tokenizer of an older kind of vocabulary, as `vocab.txt`."""
    from transformers import AutoTokenizer

    if not any((folder / name).is_file() for name in _OLDER):
        raise FormatError(f"no tokenizer: the folder has no {TOKENIZER}.", path=folder)
    try:
        opened = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise FormatError(
            f"no tokenizer: the folder has no {TOKENIZER}, and what it has cannot be turned into "
            f"one: {error!s:.200}",
            path=folder,
        ) from error
    fast = getattr(opened, "backend_tokenizer", None)
    if fast is None:
        raise FormatError(f"no tokenizer: the folder has no {TOKENIZER}.", path=folder)
    return fast
