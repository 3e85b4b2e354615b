"""Texts without end to vectors on disk, in bounded memory; what was interrupted goes on."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lexloom import artefact
from lexloom.embedder import EmbeddedText, Embedder
from lexloom.errors import DamagedError, SettingError, StorageError
from lexloom.progress import Listener, Update
from lexloom.training.checkpoints import refuse_another
from lexloom.training.folders import RUN, run_digest
from lexloom.training.signals import Interrupted
from lexloom.vectors.embedded_texts import (
    OFFSETS,
    OFFSETS_TENSOR,
    VECTOR_TENSOR,
    VECTORS,
    WORDS,
    WORDS_SCHEMA,
    EmbeddedTexts,
)

__all__ = ["embed_into"]

TEXTS_OF_PART = 1024
_GIVEN = "texts_sha256"


def embed_into(
    embedder: Embedder,
    texts: Iterable[str],
    out: str | os.PathLike[str],
    *,
    words: bool,
    run: Mapping[str, Any],
    resume: bool = False,
    force: bool = False,
    on_progress: Listener | None = None,
) -> EmbeddedTexts:
    """Embed texts, part by part, into a folder.

    While it works, ``OUT.embedding`` beside it keeps the parts that are done; they become one
    artefact at the end.

    Parameters
    ----------
    embedder
        Gives the vectors.
    texts
        Any number of texts.
    out
        The folder to make.
    words
        Keep one vector a word; else one a text.
    run
        What must be the same for parts to be used again: the model, its settings. Plain JSON.
    resume
        Go on with what an interrupted run left.
    force
        Replace what `out` holds, and forget an unfinished run.
    on_progress
        Told how far it is.

    Returns
    -------
    EmbeddedTexts
        What was written.

    Raises
    ------
    SettingError
        If an unfinished run is there and neither `resume` nor `force` is set, or it had another
        model, other settings or other texts.
    StorageError
        If `out` exists already, and is not what this run made when it is to go on; or cannot be
        written.
    Interrupted
        After Ctrl-C, when the parts that are done are saved.
    BusyError
        If another process embeds into `out`.
    """
    place = Path(out)
    parts = place.with_name(f"{place.name}.embedding")
    whole = json.loads(json.dumps({**run, "words": words}))
    with artefact.lock(parts), artefact.claimed(parts):
        if resume and not force and (made := _finished(place, whole, texts)) is not None:
            return made
        if not force and place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise StorageError(
                "already exists.",
                "Choose another folder, or replace it with --force (force=True in Python).",
                path=place,
            )
        if any(parts.glob("part-*")) and not resume:
            if not force:
                raise SettingError(
                    f"{parts} holds an unfinished run.",
                    "Pass resume=True (--resume) to go on, or force=True (--force) to begin anew.",
                )
            artefact.drop(parts)
            artefact.claim(parts)
        try:
            made = _embed_parts(embedder, texts, parts, whole, listener=on_progress)
        except KeyboardInterrupt as error:
            raise Interrupted(
                f"interrupted; {parts} holds what was done: the same command with --resume "
                "(resume=True in Python) goes on.",
                signal.SIGINT,
            ) from error
        given = [artefact.read_manifest(part).lineage[_GIVEN] for part in made]
        with artefact.create(place, EmbeddedTexts.kind, settings=whole, force=force) as draft:
            draft.lineage.update({RUN: run_digest(whole), _GIVEN: given})
            _join(draft, made, words=words, width=embedder.width)
        artefact.drop(parts)
    return EmbeddedTexts.load(place, verify="structure")


def _embed_parts(
    embedder: Embedder,
    texts: Iterable[str],
    parts: Path,
    run: Mapping[str, Any],
    *,
    listener: Listener | None,
) -> list[Path]:
    """Embed some texts after the other, each part an artefact; those that are done are kept."""
    began, n_done, made = time.monotonic(), 0, []
    for number, some in enumerate(_portions(texts)):
        place, given = parts / f"part-{number:06}", _sha256(some)
        if not _is_done(place, run, given):
            with artefact.create(place, EmbeddedTexts.kind, settings=run, force=True) as draft:
                draft.lineage[_GIVEN] = given
                _embedded(embedder, some, words=run["words"]).write_into(draft)
        made.append(place)
        n_done += len(some)
        if listener is not None:
            seconds = time.monotonic() - began
            listener(Update("embedding", n_done, None, "texts", seconds))
    return made


def _portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """Take as many texts at a time as a part has."""
    source = iter(texts)
    while some := list(itertools.islice(source, TEXTS_OF_PART)):
        yield some


def _finished(place: Path, run: Mapping[str, Any], texts: Iterable[str]) -> EmbeddedTexts | None:
    """Open what the same run made of the same texts before, if it is there."""
    if not (place / artefact.MANIFEST).is_file():
        return None
    lineage = artefact.read_manifest(place).lineage
    if lineage.get(RUN) != run_digest(run):
        return None
    if lineage.get(_GIVEN) != [_sha256(some) for some in _portions(texts)]:
        return None
    return EmbeddedTexts.load(place, verify="structure")


def _sha256(texts: list[str]) -> str:
    """Sum up texts, to know them again."""
    found = hashlib.sha256()
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
        found.update(len(raw).to_bytes(8, "little") + raw)
    return found.hexdigest()


def _is_done(place: Path, run: Mapping[str, Any], given: str) -> bool:
    """Say whether a part is there; refuse one of another run."""
    try:
        if not (place / artefact.MANIFEST).is_file():
            return False
        manifest = artefact.read_manifest(place)
    except DamagedError:
        return False
    before = {**manifest.settings, "texts": manifest.lineage.get(_GIVEN)}
    refuse_another(place.parent, before, {**run, "texts": given})
    return True


def _embedded(embedder: Embedder, texts: list[str], *, words: bool) -> EmbeddedTexts:
    """Embed some texts."""
    if not words:
        return EmbeddedTexts(embedder.embed_texts(texts), None, np.arange(len(texts) + 1))
    embedded = list(embedder.embed_words(texts))
    empty = np.empty((0, embedder.width), np.float32)
    vectors = np.concatenate([empty, *(each.vectors for each in embedded)])
    offsets = np.cumsum([0, *(len(each.words) for each in embedded)], dtype=np.int64)
    return EmbeddedTexts(vectors, _table(embedded), offsets)


def _table(embedded: list[EmbeddedText]) -> pa.Table:
    """Put the words of texts below each other."""
    spans = [span for each in embedded for span in each.spans]
    columns = {
        "word": [word for each in embedded for word in each.words],
        "start": [start for start, _ in spans],
        "end": [end for _, end in spans],
    }
    return pa.table(columns, schema=WORDS_SCHEMA)


def _join(draft: artefact.Draft, parts: list[Path], *, words: bool, width: int) -> None:
    """Make one of all parts, a part at a time."""
    with draft.open_tensor(VECTORS, VECTOR_TENSOR, np.float32) as stream:
        stream.append(np.empty((0, width), np.float32))
        for part in parts:
            stream.append(EmbeddedTexts.load(part).vectors)
    if not words:
        return
    with draft.open_table(WORDS, WORDS_SCHEMA) as writer:
        for table in _tables(parts):
            writer.write(table)
    with draft.open_tensor(OFFSETS, OFFSETS_TENSOR, np.int64) as stream:
        stream.append(np.zeros(1, np.int64))
        n_words = 0
        for part in parts:
            ends = EmbeddedTexts.load(part, verify="structure").offsets[1:] + n_words
            stream.append(ends)
            n_words = int(ends[-1])


def _tables(parts: list[Path]) -> Iterator[pa.Table]:
    """Give the words of each part."""
    for part in parts:
        table = EmbeddedTexts.load(part, verify="structure").words
        assert table is not None
        yield table
