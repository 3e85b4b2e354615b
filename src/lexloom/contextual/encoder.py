"""An encoder: one vector a word in its sentence, one vector a text."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lexloom import artefact
from lexloom.arrays import Vectors
from lexloom.artefact import Kept, Verify
from lexloom.contextual.alignment import Alignment, Spans, align, pool
from lexloom.contextual.encoder_settings import OF_THE_MACHINE, EncoderSettings
from lexloom.contextual.reading import Reader, Seen, portions
from lexloom.embedder import EmbeddedText
from lexloom.errors import MissingExtraError, SettingError
from lexloom.oddities import tell_oddity
from lexloom.settings import as_dict
from lexloom.text.segmenting import Segmentation
from lexloom.vectors.storing import settings_of

if TYPE_CHECKING:
    from lexloom.contextual.compiling import CompiledNetwork
    from lexloom.contextual.network import Network
    from lexloom.contextual.pieces import PieceTokenizer

__all__ = ["Encoder"]


class Encoder(Kept):
    """A transformer that gives one vector a word in its sentence, or one a text.

    `Encoder.load` opens one, of Hugging Face's layout or saved by `save`, which keeps that layout
    too. It keeps the interface of all embeddings (`embedder.Embedder`).

    Parameters
    ----------
    tokenizer
        Cuts texts into pieces.
    network
        Turns pieces into vectors.
    settings
        How to read it.
    segmentation
        How texts are cut into words; by default as their language asks.
    fingerprint
        The SHA-256 of the files it was opened from.
    lineage
        What it was made from, if not from a folder of that fingerprint.
    metrics
        Figures about it, plain JSON values.
    """

    kind = "encoder"

    def __init__(
        self,
        tokenizer: PieceTokenizer,
        network: Network | CompiledNetwork,
        settings: EncoderSettings,
        segmentation: Segmentation | None = None,
        fingerprint: str = "",
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> None:
        self.reading = settings
        self.metrics = dict(metrics or {})
        self.notes: dict[str, bytes] = {}  # what people are told of it: Markdown, by file
        self.lineage = {"from": fingerprint} if lineage is None else dict(lineage)
        self.fingerprint = fingerprint
        self.segmentation = segmentation or Segmentation()
        self.tokenizer = tokenizer
        self.network = network
        self.reader = Reader(tokenizer, network, settings)

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str],
        *,
        hub: bool = False,
        segmentation: Segmentation | None = None,
        verify: Verify = "full",
        **settings: Any,
    ) -> Encoder:
        """Open an encoder of Hugging Face's layout, or one that lexloom trained.

        Parameters
        ----------
        model
            Its folder; or, with `hub`, its name there.
        hub
            Fetch it from the hub if it is not in its cache. Nothing goes to the network otherwise.
        segmentation
            How texts are cut into words; by default as the language of each text asks.
        verify
            How closely a folder that lexloom wrote is compared with its manifest.
        **settings
            Those of `EncoderSettings`.

        Returns
        -------
        Encoder
            Open.

        Raises
        ------
        MissingExtraError
            If torch or transformers is not installed.
        SettingError
            If a setting is out of its range.
        StorageError
            If the model does not exist, cannot be read, or cannot be fetched.
        FormatError
            If it is no model's folder; `UnsafeFileError` if it needs code or a pickle.
        DamagedError
            If a file is cut or holds another thing, or tokenizer and weights do not fit together.
        """
        chosen = EncoderSettings(**settings)
        if not all(map(importlib.util.find_spec, ("torch", "transformers"))):
            raise MissingExtraError(
                "an encoder needs torch and transformers.", "pip install 'lexloom[contextual]'"
            )
        from lexloom.contextual.encoder_opening import opened_parts

        parts = opened_parts(model, cls.kind, chosen, settings, hub=hub, verify=verify)
        notes = parts.pop("notes")
        made = cls(**{**parts, "segmentation": segmentation or parts["segmentation"]})
        made.notes = dict(notes)
        return made

    def __repr__(self) -> str:
        return (
            f"Encoder(width {self.width}, {self.network.n_layers} layers, {self.network.precision})"
        )

    @property
    def width(self) -> int:
        """D, the numbers of one vector."""
        return self.reader.width

    @property
    def precision(self) -> str:
        """How exactly it computes: ``"float32"``, ``"bfloat16"`` or ``"int8"``."""
        return self.network.precision

    @property
    def settings(self) -> dict[str, Any]:
        """How it is read, whatever the machine: plain JSON values."""
        kept = {k: v for k, v in as_dict(self.reading).items() if k not in OF_THE_MACHINE}
        layers = kept["layers"]
        return {**kept, "layers": layers if isinstance(layers, str) else list(layers)}

    def kept_settings(self) -> dict[str, Any]:
        """Give what the manifest keeps: how it is read, and how texts are cut into words."""
        return settings_of(self)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write its files, in Hugging Face's layout, into an artefact that is being made.

        Parameters
        ----------
        draft
            The artefact.

        Raises
        ------
        SettingError
            If it is a compiled one.
        StorageError
            If a file cannot be written.
        """
        from lexloom.contextual.model_writing import numbers_of, write_model

        network = self.exact_network("a compiled encoder is not saved.")
        write_model(draft, network.module, numbers_of(network.module))
        self.tokenizer.write_files(draft, network.most_positions)
        for name, text in self.notes.items():
            draft.write_bytes(name, text)
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    def exact_network(self, refusal: str) -> Network:
        """Give the network that torch runs.

        Parameters
        ----------
        refusal
            What to say of a compiled one, which has none.

        Returns
        -------
        Network
            What may be looked into, and learn.

        Raises
        ------
        SettingError
            If this encoder was compiled.
        """
        from lexloom.contextual.compiling import CompiledNetwork

        if isinstance(self.network, CompiledNetwork):
            raise SettingError(refusal, "Take the encoder that it was compiled from.")
        return self.network

    def embed_words(
        self, texts: Iterable[str], *, language: str | None = None
    ) -> Iterator[EmbeddedText]:
        """Give for each text its words and the vector of each in this text.

        A word whose characters the tokenizer dropped has no vector and is left out; a warning says
        how many were.

        Parameters
        ----------
        texts
            Any number of texts; they are read bit by bit.
        language
            How they are cut into words, as ``"zh"``, in place of the language, pattern or function
            of `segmentation`; the rest of it counts.

        Yields
        ------
        EmbeddedText
            For each text, in its order: words, places in the text, and vectors, float32 (T, D).

        Raises
        ------
        SettingError
            If one of the texts is no text, or the language is unknown.
        """
        segmentation = self.segmentation
        if language is not None:
            segmentation = replace(segmentation, language=language, pattern=None, function=None)
        lost: list[str] = []
        for some in portions(texts):
            cut = self.reader.cut(some)
            read = self.reader.of_pieces(some, cut)
            for text, pieces, hidden in zip(some, cut, read, strict=True):
                spans = [(start, stop) for _, start, stop in segmentation.spans(text)]
                aligned = align(spans, pieces.starts, pieces.ends)
                kept = aligned.has_pieces
                lost += [text[slice(*spans[number])] for number in np.flatnonzero(~kept)]
                spans = [span for span, has_pieces in zip(spans, kept, strict=True) if has_pieces]
                yield EmbeddedText(
                    tuple(text[start:stop] for start, stop in spans),
                    tuple(spans),
                    pool(hidden, aligned, self.reading.pieces),
                )
        if lost:
            tell_oddity(
                f"{len(lost):,} words have no piece of their own in this model and were left out, "
                f"the first is {lost[0]!r}."
            )

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Spans]
    ) -> Iterator[tuple[Vectors, Alignment]]:
        """Give the vectors of words whose places in their texts are known.

        Parameters
        ----------
        texts
            N texts.
        spans
            For each text, of each of its T words the first character and the one behind its last.

        Yields
        ------
        tuple
            For each text float32 (words that have a piece, D); and which pieces each word has:
            its tokenizer may have dropped all of it.

        Raises
        ------
        SettingError
            If one of the texts is no text.
        """
        places = iter(spans)
        for some in portions(texts):
            own, cut = [next(places) for _ in some], self.reader.cut(some)
            read = self.reader.of_pieces(some, cut)
            for words, pieces, hidden in zip(own, cut, read, strict=True):
                aligned = align(words, pieces.starts, pieces.ends)
                yield pool(hidden, aligned, self.reading.pieces), aligned

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Give one vector for each of N texts.

        A text longer than the model reads is cut into windows that overlap; its vector is the mean
        of theirs, weighted by their lengths.

        Parameters
        ----------
        texts
            N texts.

        Returns
        -------
        Vectors
            float32 (N, D).

        Raises
        ------
        SettingError
            If one of them is no text.
        """
        found = [np.empty((0, self.width), np.float32)]
        for some in portions(texts):
            found.append(self.reader.of_texts(some))
        vectors = np.concatenate(found)
        if self.reading.normalize:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def attention_of(self, text: str) -> Seen:
        """Let the network read one text at once, and keep what its pieces attend to.

        Parameters
        ----------
        text
            A text that fits into the network as a whole.

        Returns
        -------
        Seen
            Its pieces and the attention between them.

        Raises
        ------
        SettingError
            If it is no text, has no pieces, or is longer than the network reads at once; or the
            encoder is a compiled one.
        FormatError
            If the network keeps no attention.
        """
        network = self.exact_network("a compiled encoder keeps no attention.")
        return self.reader.attention(text, network.attend)

    def tuned(self, reading: EncoderSettings, **origin: Any) -> Encoder:
        """Give the encoder that this one is after its network has learned.

        Parameters
        ----------
        reading
            How it is read from now on.
        **origin
            What it learned from besides, plain JSON values.

        Returns
        -------
        Encoder
            With the same network.
        """
        return Encoder(
            self.tokenizer, self.network, reading, self.segmentation,
            f"{self.fingerprint}, tuned", {"from": self.fingerprint, **origin},
        )  # fmt: skip

    def compile(self, way: Literal["onnx-int8"]) -> Encoder:
        """Give an encoder that is faster and gives nearly the same.

        Parameters
        ----------
        way
            ``onnx-int8``: by ONNX Runtime, with matrices of 8 bits. `agreement.agreement` tells
            how near it is.

        Returns
        -------
        Encoder
            With the same settings.

        Raises
        ------
        SettingError
            If there is no such way, or this encoder was compiled already.
        MissingExtraError
            If onnx, onnxscript or onnxruntime is not installed.
        """
        if way != "onnx-int8":
            raise SettingError(f"way must be 'onnx-int8', got {way!r}.")
        from lexloom.contextual.compiling import CompiledNetwork

        network = self.exact_network("this encoder was compiled already.")
        compiled = CompiledNetwork(network, self.reading.layers)
        origin = f"{self.fingerprint}, compiled as {way}"
        return Encoder(self.tokenizer, compiled, self.reading, self.segmentation, origin)
