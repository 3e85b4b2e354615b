"""A transformer with its tokenizer, as an artefact that Hugging Face's library opens too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lexloom import artefact
from lexloom.artefact import Kept
from lexloom.contextual.language_models.architectures import (
    build,
    import_transformers,
    usable_positions,
)
from lexloom.contextual.language_models.folder_opening import config_of, fill
from lexloom.contextual.language_models.packing import Stream, stream_of
from lexloom.contextual.language_models.streams import closed_portions, closing_ids
from lexloom.contextual.model_folder import CONFIG, WEIGHTS
from lexloom.contextual.model_writing import write_model
from lexloom.contextual.tokenizing.rejoining import Rejoined
from lexloom.contextual.tokenizing.roles import check_text
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.errors import FormatError, SettingError, ShapeError
from lexloom.oddities import tell_oddity
from lexloom.text.sentences import Sentences

if TYPE_CHECKING:
    from torch.nn import Module

    from lexloom.contextual.language_models.foretelling import Surprise

__all__ = ["SAMPLES", "Texts", "TransformerModel"]

SAMPLES = "samples.json"
_FEW = 0.001

Texts = Sentences | Iterable[str]


class TransformerModel(Kept):
    """A model that foretells pieces, and the tokenizer that cuts text for it.

    Parameters
    ----------
    module
        The model, with its head.
    tokenizer
        Its tokenizer.
    settings
        How it was made.
    lineage
        What it was made from.
    metrics
        Figures about it.
    samples
        What it wrote as it learned.

    Raises
    ------
    ShapeError
        If the tokenizer has more pieces than the model.
    """

    def __init__(
        self,
        module: Module,
        tokenizer: Tokenizer,
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
        samples: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.module: Any = module
        self.tokenizer = tokenizer
        self._settings, self.lineage, self.metrics = (
            dict(given or {}) for given in (settings, lineage, metrics)
        )
        self.samples = [dict(sample) for sample in samples]
        if len(tokenizer) > self.module.config.vocab_size:
            raise ShapeError(
                f"the tokenizer has {len(tokenizer):,} pieces, the model "
                f"{self.module.config.vocab_size:,} rows."
            )
        self.module.eval()

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        return dict(self._settings)

    @property
    def positions(self) -> int:
        """T, the longest sequence."""
        return usable_positions(self.module.config)

    @property
    def n_parameters(self) -> int:
        """Numbers it is made of."""
        return sum(p.numel() for p in self.module.parameters())

    def __len__(self) -> int:
        return len(self.tokenizer)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.module.config.model_type}, {self.n_parameters:,} "
            f"numbers, {len(self):,} pieces)"
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Give its numbers by name, those that two parts share once.

        Returns
        -------
        dict of str to numpy.ndarray
            float32 arrays.
        """
        named = self.module.named_parameters()
        return {name: p.detach().cpu().numpy() for name, p in named}

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
        write_model(draft, self.module, self.arrays())
        self.tokenizer.write_files(draft, self.positions)
        if self.samples:
            draft.write_json(SAMPLES, self.samples)
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full") -> Self:
        """Open an artefact.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares the hash of every file, ``"structure"`` names and sizes only.

        Returns
        -------
        TransformerModel
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no artefact of this kind, or its parts do not fit together.
        DamagedError
            If it differs from its manifest.
        MissingExtraError
            If transformers is not installed.
        """
        import_transformers()
        opened = artefact.open_artefact(path, cls.kind, verify=verify)
        tokenizer = Tokenizer.of_artefact(opened)
        config = config_of(opened.json(CONFIG), opened.path(CONFIG))
        module = build(config)
        if fill(module, opened.tensors(WEIGHTS), opened.path(WEIGHTS)):
            raise FormatError("it has no head.", path=path)
        manifest = opened.manifest
        samples = opened.json(SAMPLES) if SAMPLES in manifest.files else ()
        try:
            return cls(
                module, tokenizer, settings=manifest.settings, lineage=manifest.lineage,
                metrics=manifest.metrics, samples=samples,
            )  # fmt: skip
        except ShapeError as error:
            raise FormatError(error.what, path=path) from error

    def surprise(self, texts: Texts) -> Surprise:
        """Measure how surprised the model is by a text.

        A causal model foretells each piece from those before it. Of a masked one 15 % of the words
        are hidden, the same ones each time, and foretold from both sides: its figures are *pseudo*
        and say nothing beside those of a causal model.

        Parameters
        ----------
        texts
            A corpus, whose words are hidden whole; or raw texts, each of whose lines is a
            sentence, whose pieces are hidden one by one.

        Returns
        -------
        Surprise
            With the figures that `perplexity` and `bits_per_byte` give.

        Raises
        ------
        SettingError
            If `texts` holds anything but texts.
        ShapeError
            If there is no word in them, or no word that could be hidden.
        """
        stream = self._stream(texts)
        found = self._foretold(stream, whole_words=isinstance(texts, Sentences))
        unknown = self.tokenizer.id_of("unk_token")
        n_unknown = 0 if unknown is None else int((stream.ids == unknown).sum())
        return replace(found, n_unknown=n_unknown)

    def perplexity(self, texts: Texts) -> float:
        """Measure how surprised the model is: exp of the mean of -ln P over the pieces foretold.

        Parameters
        ----------
        texts
            As of `surprise`.

        Returns
        -------
        float
            From 1 up; the number of equally likely pieces that surprises as much. Models with
            other pieces cannot be compared by it: `bits_per_byte` can.

        Raises
        ------
        SettingError, ShapeError
            As of `surprise`.
        """
        return self.surprise(texts).perplexity

    def bits_per_byte(self, texts: Texts) -> float:
        """Measure how many bits each byte of a text would take, written by this model.

        A warning tells of a text with unknown pieces, whose bytes nobody has to foretell.

        Parameters
        ----------
        texts
            As of `surprise`.

        Returns
        -------
        float
            From 0 up: -Σ ln P / ln 2 / bytes of UTF-8, for a causal model with an end of line for
            each sentence, for a masked one as if every piece had been hidden.

        Raises
        ------
        SettingError, ShapeError
            As of `surprise`.
        """
        found = self.surprise(texts)
        if found.unknown_share > _FEW:
            tell_oddity(
                f"{found.unknown_share:.1%} of the pieces are unknown to the tokenizer: what they "
                "hide is not counted, so that the figure is too low."
            )
        return found.bits_per_byte

    def _foretold(self, stream: Stream, *, whole_words: bool) -> Surprise:
        """Let the model foretell a stream of pieces."""
        raise NotImplementedError

    def _stream(self, texts: Texts) -> Stream:
        """Cut texts into pieces, as in training."""
        breaks = closing_ids(self.tokenizer, type(self).kind)
        if not isinstance(texts, Sentences):
            texts = _listed(texts)
            lines = [line for text in texts for line in text.splitlines() if line.strip()]
            portions = iter([_whole(lines)] if lines else [])
            closed = ((portion, np.full(len(lines), breaks[0], np.int32)) for portion in portions)
        else:
            closed = closed_portions(texts, breaks)
        opening = self._opening()
        stream = stream_of(self.tokenizer.engine, closed, opening)
        if len(stream) <= len(opening):
            raise ShapeError("expected at least one word, got none.")
        return stream

    def _opening(self) -> list[int]:
        """Give the pieces that stand before a text."""
        return []


def _whole(lines: list[str]) -> Rejoined:
    """Take lines as they are, each one word, since nobody has cut them."""
    lengths = np.array([len(line) for line in lines], np.int64)
    return Rejoined(0, lines, np.cumsum(lengths), np.ones(len(lines), np.int64))


def _listed(texts: object) -> list[str]:
    """Take a list of texts."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise SettingError(
            f"texts must be a list of texts, got one {type(texts).__name__}.", "Pass [text]."
        )
    found = list(texts)
    for text in found:
        check_text(text)
    return found
