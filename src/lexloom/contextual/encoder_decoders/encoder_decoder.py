"""A transformer that reads one text and writes another, with its tokenizer, as an artefact."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Offsets
from lexloom.artefact import Kept
from lexloom.contextual.language_models.architectures import import_transformers
from lexloom.contextual.model_folder import ModelFolder, open_model_folder
from lexloom.contextual.model_writing import numbers_of, write_model
from lexloom.contextual.tokenizing.roles import roles_of
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.errors import FormatError, ShapeError

if TYPE_CHECKING:
    from torch.nn import Module

__all__ = ["EncoderDecoder"]

_UNLIMITED = 1 << 20
_TARGET_TOKENIZER, _TARGET_FINGERPRINT = "target_tokenizer.json", "target_tokenizer.check.json"


class EncoderDecoder(Kept):
    """A model that reads one text and writes another, and the tokenizer that cuts both.

    Parameters
    ----------
    module
        The model: any that transformers opens as `AutoModelForSeq2SeqLM`.
    tokenizer
        Its tokenizer.
    target_tokenizer
        What cuts the texts it writes, where that is another.
    settings
        How it was made.
    lineage
        What it was made from.
    metrics
        Figures about it.

    Raises
    ------
    ShapeError
        If the tokenizer has more pieces than the model.
    FormatError
        If its configuration does not say how a text begins, ends or is filled up.
    """

    kind = "encoder_decoder"

    def __init__(
        self,
        module: Module,
        tokenizer: Tokenizer,
        target_tokenizer: Tokenizer | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        self.module: Any = module
        self.tokenizer = tokenizer
        self.target_tokenizer = target_tokenizer or tokenizer
        self._settings, self.lineage, self.metrics = (
            dict(given or {}) for given in (settings, lineage, metrics)
        )
        if self.target_tokenizer is not tokenizer:
            # What it writes is scored by the table it is written with.
            self.module.model.shared = self.module.model.encoder.embed_tokens
            self.module.lm_head.weight = self.module.model.decoder.embed_tokens.weight
        n_rows, config = self.module.get_input_embeddings().weight.shape[0], self.module.config
        for each in (self.tokenizer, self.target_tokenizer):
            each.engine.no_padding()
            each.engine.no_truncation()
            if len(each) > n_rows:
                raise ShapeError(
                    f"the tokenizer has {len(each):,} pieces, the model {n_rows:,} rows."
                )
        self.pad_id = _piece(config, "pad_token_id")
        self.last_id = _piece(config, "eos_token_id")
        self.start_id = _piece(config, "decoder_start_token_id")
        self.module.eval()

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        return dict(self._settings)

    @property
    def positions(self) -> int:
        """T, the most pieces that it can read or write; very many where it has no limit."""
        return int(getattr(self.module.config, "max_position_embeddings", None) or _UNLIMITED)

    @property
    def n_parameters(self) -> int:
        """Numbers it is made of."""
        return sum(p.numel() for p in self.module.parameters())

    def __repr__(self) -> str:
        return (
            f"EncoderDecoder({self.module.config.model_type}, {self.n_parameters:,} numbers, "
            f"{len(self.target_tokenizer):,} pieces)"
        )

    def source_ids(
        self, texts: Sequence[str], prefix: str = "", longest: int | None = None
    ) -> list[Offsets]:
        """Cut texts into pieces to be read.

        Parameters
        ----------
        texts
            N texts.
        prefix
            What stands before each; special pieces in it are special.
        longest
            The most pieces; of a longer text those behind them are left out, but for the last one.

        Returns
        -------
        list of Offsets
            N times int64 (T), in their frame.
        """
        before = self.prefix_ids(prefix)
        cut = _cut(self.tokenizer, texts, framed=True)
        framed = [np.concatenate([before, ids]) for ids in cut]
        if longest is None:
            return framed
        return [
            ids if len(ids) <= longest else np.append(ids[: longest - 1], ids[-1]) for ids in framed
        ]

    def target_ids(self, texts: Sequence[str]) -> list[Offsets]:
        """Cut texts into pieces to be written.

        Parameters
        ----------
        texts
            N texts.

        Returns
        -------
        list of Offsets
            N times int64 (T), with the piece that ends each.
        """
        cut = _cut(self.target_tokenizer, texts, framed=False)
        return [np.append(ids, self.last_id) for ids in cut]

    def prefix_ids(self, prefix: str) -> Offsets:
        """Cut what stands before a text that is read into pieces: int64 (T)."""
        return np.array(self.tokenizer.encode(prefix), np.int64)

    def begun_ids(self, prefix: str) -> Offsets:
        """Cut what each text that is written begins with into pieces: int64 (T)."""
        return np.array(self.target_tokenizer.encode(prefix), np.int64)

    def text_of(self, ids: Iterable[int]) -> str:
        """Put written pieces together, special ones left out."""
        return self.target_tokenizer.decode(ids).strip()

    def write_into(self, draft: artefact.Draft) -> None:
        """Write its files into an artefact that is being made.

        Parameters
        ----------
        draft
            That artefact.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        write_model(draft, self.module, numbers_of(self.module))
        self.tokenizer.write_files(draft, self.positions)
        if self.target_tokenizer is not self.tokenizer:
            written = self.target_tokenizer.engine.to_str(pretty=True).encode("utf-8")
            draft.write_bytes(_TARGET_TOKENIZER, written)
            draft.write_json(_TARGET_FINGERPRINT, self.target_tokenizer.fingerprint())
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full"
    ) -> EncoderDecoder:
        """Open a folder: an artefact, or another's model in the layout of Hugging Face's library.

        Parameters
        ----------
        path
            The folder.
        verify
            How closely a folder of ours is compared with its manifest.

        Returns
        -------
        EncoderDecoder
            What it holds.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no such model; `UnsafeFileError` if it needs code or a pickle.
        DamagedError
            If it differs from its manifest, or weights are missing.
        MissingExtraError
            If torch or transformers is not installed.
        """
        transformers = import_transformers()
        from lexloom.contextual.network import load_module
        from lexloom.contextual.pieces import engine_in, engine_of_file

        folder = open_model_folder(path, verify=verify)
        _check_kind(folder)
        engine = engine_in(folder)
        module = load_module(folder, transformers.AutoModelForSeq2SeqLM)
        tokenizer = Tokenizer(engine, roles_of(dict(folder.tokenizer_config), engine, folder.path))
        target = folder.path / _TARGET_TOKENIZER
        if target.exists():
            other = engine_of_file(target, folder.path / _TARGET_FINGERPRINT)
            tokenizers = (tokenizer, Tokenizer(other, tokenizer.roles))
        else:
            tokenizers = (tokenizer,)
        made: dict[str, Any] = {}
        if (folder.path / artefact.MANIFEST).exists():
            manifest = artefact.read_manifest(folder.path)
            made = {n: getattr(manifest, n) for n in ("settings", "lineage", "metrics")}
        try:
            return cls(module, *tokenizers, **made)
        except ShapeError as error:
            raise FormatError(error.what, path=path) from error


def _check_kind(folder: ModelFolder) -> None:
    """Refuse what only reads, or only writes."""
    from transformers.models.auto import modeling_auto as known

    kind = folder.config["model_type"]
    if kind in known.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
        return
    for names, found in (
        (known.MODEL_FOR_MASKED_LM_MAPPING_NAMES, "an encoder"),
        (known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, "a causal model"),
    ):
        if kind in names:
            raise FormatError(
                f"expected an encoder-decoder, found {found} ({kind}).",
                "Give one, as T5, BART or Marian; or no model: then one is learned from nothing.",
                path=folder.path,
            )


def _piece(config: Any, name: str) -> int:
    """Read the number of a special piece off a configuration."""
    value = getattr(config, name, None)
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(f"its configuration has no {name}, it says {value!r:.40}.")
    return value


def _cut(tokenizer: Tokenizer, texts: Sequence[str], *, framed: bool) -> list[Offsets]:
    """Cut texts; what looks like a special piece in them is text like any other."""
    engine = tokenizer.engine
    engine.encode_special_tokens = True
    found = engine.encode_batch(list(texts), add_special_tokens=framed)
    engine.encode_special_tokens = False
    return [np.array(one.ids, np.int64) for one in found]
