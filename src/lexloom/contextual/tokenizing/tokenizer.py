"""A tokenizer: text cut into the pieces that a model reads, kept as an artefact."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lexloom import artefact
from lexloom.artefact import Kept
from lexloom.contextual.tokenizing.fingerprint import (
    FINGERPRINT,
    check_fingerprint,
    fingerprint_of,
)
from lexloom.contextual.tokenizing.roles import CONFIG, ROLES, check_text, roles_of
from lexloom.contextual.tokenizing.tokenizer_json import (
    TOKENIZER,
    import_tokenizers,
    read_tokenizer,
)
from lexloom.errors import SettingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Engine

__all__ = ["Tokenizer"]


class Tokenizer(Kept):
    """Cuts text into pieces and puts them together again.

    Parameters
    ----------
    engine
        What cuts: a `tokenizers.Tokenizer`.
    roles
        Role → special token, as ``{"mask_token": "[MASK]"}``.
    settings
        How it was made.
    lineage
        What it was made from.
    metrics
        Figures about it.

    Raises
    ------
    SettingError
        If a role is unknown or its token is no piece.
    """

    kind = "tokenizer"

    def __init__(
        self,
        engine: Engine,
        roles: Mapping[str, str],
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        self.engine = engine
        self.roles = {role: roles[role] for role in ROLES if role in roles}
        self._settings, self.lineage, self.metrics = (
            dict(given or {}) for given in (settings, lineage, metrics)
        )
        for role, token in roles.items():
            if role not in ROLES or engine.token_to_id(token) is None:
                raise SettingError(f"{role} is {token!r}, which is no piece of the tokenizer.")

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        return dict(self._settings)

    def __len__(self) -> int:
        return self.engine.get_vocab_size()

    def __repr__(self) -> str:
        return f"Tokenizer({len(self):,} pieces, {', '.join(self.roles.values())})"

    def id_of(self, *roles: str) -> int | None:
        """Give the id of the special token with the first of some roles that there is.

        Parameters
        ----------
        *roles
            Names as in `ROLES`.

        Returns
        -------
        int or None
            The id.
        """
        for role in roles:
            if role in self.roles:
                return self.engine.token_to_id(self.roles[role])
        return None

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """Give the ids of the pieces of a text.

        Parameters
        ----------
        text
            The text.
        special
            Put the special tokens around it that a model expects.

        Returns
        -------
        list of int
            From 0 to V - 1.

        Raises
        ------
        SettingError
            If it is no text, or holds half a character.
        """
        check_text(text)
        return self.engine.encode(text, add_special_tokens=special).ids

    def decode(self, ids: Iterable[int]) -> str:
        """Put pieces together; special tokens are left out.

        Parameters
        ----------
        ids
            From 0 to V - 1.

        Returns
        -------
        str
            The text.

        Raises
        ------
        SettingError
            If an id is out of its range.
        """
        numbers = [int(piece_id) for piece_id in ids]
        if not all(0 <= piece_id < len(self) for piece_id in numbers):
            raise SettingError(f"ids must be from 0 to {len(self) - 1:,}.")
        return self.engine.decode(numbers, skip_special_tokens=True)

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """Give the pieces with some ids, as the vocabulary writes them."""
        return [self.engine.id_to_token(int(piece_id)) or "" for piece_id in ids]

    def fingerprint(self) -> dict[str, Any]:
        """Cut a fixed text of several scripts: another library that cuts it otherwise shows.

        Returns
        -------
        dict
            The ids of the text, the text put together again, and the version of tokenizers.
        """
        return fingerprint_of(self.engine)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write its files, and what is known of it, into an artefact that is being made.

        Parameters
        ----------
        draft
            That artefact.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        self.write_files(draft)
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    def write_files(self, draft: artefact.Draft, longest: int = 512) -> None:
        """Write its files into an artefact that is being made, which may hold more.

        Parameters
        ----------
        draft
            That artefact.
        longest
            The pieces of the longest text that a model takes.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        draft.write_bytes(TOKENIZER, self.engine.to_str(pretty=True).encode("utf-8"))
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest}
        draft.write_json(CONFIG, {**config, "clean_up_tokenization_spaces": False, **self.roles})
        draft.write_json(FINGERPRINT, self.fingerprint())

    def without_frame(self) -> Tokenizer:
        """Give the same tokenizer without the special tokens it puts around a text.

        Returns
        -------
        Tokenizer
            As a model wants it that goes on with a text.
        """
        parts = json.loads(self.engine.to_str())
        parts["post_processor"] = None
        engine = import_tokenizers().Tokenizer.from_str(json.dumps(parts))
        return Tokenizer(engine, self.roles, settings=self.settings)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full") -> Tokenizer:
        """Open an artefact.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares the hash of every file, ``"structure"`` names and sizes only.

        Returns
        -------
        Tokenizer
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no tokenizer, or the installed tokenizers cuts text otherwise.
        DamagedError
            If it differs from its manifest.
        """
        opened = artefact.open_artefact(path, cls.kind, verify=verify)
        return cls.of_artefact(opened)

    @classmethod
    def of_artefact(cls, opened: artefact.Artefact) -> Tokenizer:
        """Read the tokenizer of an artefact, which may hold more.

        Parameters
        ----------
        opened
            That artefact.

        Returns
        -------
        Tokenizer
            What it holds.

        Raises
        ------
        FormatError
            As of `load`.
        """
        manifest = opened.manifest
        made = {
            "settings": manifest.settings, "lineage": manifest.lineage, "metrics": manifest.metrics
        }  # fmt: skip
        config = opened.json(CONFIG)
        engine = read_tokenizer(opened.path(TOKENIZER))
        tokenizer = cls(engine, roles_of(config, engine, opened.folder), **made)
        check_fingerprint(engine, opened.json(FINGERPRINT), opened.folder)
        return tokenizer
