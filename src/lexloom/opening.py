"""Open what a person points at: an artefact of ours, or vectors of another program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom import artefact
from lexloom.errors import FormatError, SettingError

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.embedder import Embedder, TextEmbedder
    from lexloom.vectors.word_vectors import WordVectors

__all__ = ["identity_of", "open_embedder", "open_encoder", "open_text_embedder", "open_vectors"]


def open_embedder(
    model: Path, *, hub: bool = False, settings: Mapping[str, Any] | None = None
) -> Embedder:
    """Open anything that embeds: word vectors of any kind, or a transformer.

    Parameters
    ----------
    model
        The folder of an encoder or of word vectors, or a file of another program; or, with `hub`,
        the name of a model there.
    hub
        Fetch a model from the hub.
    settings
        Those of `EncoderSettings` that were asked for; word vectors have none of them.

    Returns
    -------
    Embedder
        What was opened.

    Raises
    ------
    FormatError
        If it is something else.
    StorageError
        If there is nothing of that name.
    SettingError
        If word vectors are to be read with settings of an encoder.
    """
    asked = {name: value for name, value in (settings or {}).items() if value is not None}
    if hub or (model / "config.json").is_file():
        from lexloom.contextual.encoder import Encoder

        return Encoder.load(model, hub=hub, **asked)
    if model.is_dir() and not (model / artefact.MANIFEST).is_file():
        raise FormatError(
            "holds neither word vectors (manifest.json) nor an encoder (config.json).",
            "Name the folder that the model was saved in.",
            path=model,
        )
    within = model / "model"
    if (within / artefact.MANIFEST).is_file():
        raise _learned_error(model, within)
    vectors = open_vectors(model)
    if asked:
        raise SettingError(f"{', '.join(asked)} are for encoders; {model} holds word vectors.")
    return vectors


def _learned_error(path: Path, within: Path) -> FormatError:
    """Say that what was learned on a model gives no vectors, and what does."""
    from lexloom import catalog

    kind = catalog.class_of(path).kind
    name = f"Name {within}." if hasattr(catalog.class_of(within), "embed_texts") else ""
    return FormatError(
        f"expected an encoder or word vectors, found {catalog.in_words(kind)}.",
        f"{name} {catalog.asked_by(kind, path)}".strip(),
        path=path,
    )


def open_text_embedder(path: Path, **settings: Any) -> TextEmbedder:
    """Open anything that gives a text one vector: what `open_embedder` opens, or bags of words.

    Parameters
    ----------
    path
        A folder, or a file of another program.
    **settings
        How it is read if it is an encoder.

    Returns
    -------
    TextEmbedder
        What was opened.

    Raises
    ------
    FormatError
        If it is something else.
    StorageError
        If there is nothing of that name.
    """
    from lexloom import catalog
    from lexloom.static.bag_of_words_model import BagOfWordsModel

    if (path / artefact.MANIFEST).is_file():
        cls = catalog.class_of(path)
        if issubclass(cls, BagOfWordsModel):
            return cls.load(path)
    is_encoder = (path / "config.json").is_file()
    return open_embedder(path, settings=settings if is_encoder else None)


def identity_of(embedder: TextEmbedder) -> str:
    """Tell an embedder from others, so that what was made with one is not joined with another's.

    Parameters
    ----------
    embedder
        What `open_embedder` or `open_text_embedder` gave.

    Returns
    -------
    str
        A SHA-256, of a compiled encoder with a word about that.
    """
    from lexloom.contextual.encoder import Encoder
    from lexloom.static.bag_of_words_model import BagOfWordsModel
    from lexloom.vectors.storing import digest
    from lexloom.vectors.word_vectors import WordVectors

    if isinstance(embedder, WordVectors):
        return digest(embedder)
    if isinstance(embedder, BagOfWordsModel):
        return embedder.digest()
    assert isinstance(embedder, Encoder)
    return embedder.fingerprint


def open_encoder(path: Path, **settings: Any) -> Encoder:
    """Open a transformer of a folder.

    Parameters
    ----------
    path
        Its folder.
    **settings
        How it is read.

    Returns
    -------
    Encoder
        What was opened.
    """
    from lexloom.contextual.encoder import Encoder

    return Encoder.load(path, **settings)


def open_vectors(path: Path, *, limit: int | None = None, **reading: Any) -> WordVectors:
    """Open word vectors: a folder of ours, or a file in a format that is told by its content.

    Parameters
    ----------
    path
        The folder or file.
    limit
        Keep only so many of the first words.
    **reading
        How a file of another program is read.

    Returns
    -------
    WordVectors
        What was opened.

    Raises
    ------
    FormatError
        If the folder is an artefact of another kind.
    StorageError
        If there is nothing of that name.
    """
    # Of a path that does not exist the artefacts know more: a half-replaced one is brought back.
    if path.exists() and not path.is_dir():
        from lexloom.vectors.formats import read_vectors

        return read_vectors(path, limit=limit, **reading)
    from lexloom import catalog
    from lexloom.vectors.word_vectors import WordVectors

    cls = catalog.class_of(path)
    if not issubclass(cls, WordVectors):
        is_corpus = cls.kind == "corpus"
        train = f"Train some: lexloom train word2vec {path} --out {path}.vectors"
        raise FormatError(
            f"expected word vectors, found {catalog.in_words(cls.kind)}.",
            train if is_corpus else catalog.asked_by(cls.kind, path),
            path=path,
        )
    vectors = cls.load(path)
    return vectors if limit is None else vectors.restrict(limit)
