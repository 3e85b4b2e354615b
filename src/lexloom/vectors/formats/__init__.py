"""Word vectors in the formats of other programs, told apart by their content."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, Literal, cast, get_args

import pyarrow.compute

from lexloom import artefact
from lexloom.artefact.foreign import describe_bytes, describe_danger
from lexloom.errors import FormatError, SettingError, UnsafeFileError
from lexloom.oddities import tell_oddity
from lexloom.vectors.formats.collecting import Reading
from lexloom.vectors.formats.registry import FORMATS, Format, FormatName
from lexloom.vectors.formats.source import Source, open_source
from lexloom.vectors.formats.writing import UNWRITABLE, check_words
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["FORMATS", "Format", "FormatName", "detect", "read_vectors", "write_vectors"]

pc: Any = pyarrow.compute
"""Its functions are made at its import, so no type checker knows them."""

ENDING_BYTES = 1 << 16


def detect(path: str | os.PathLike[str]) -> FormatName:
    """Tell by its content in which format a file keeps word vectors.

    Parameters
    ----------
    path
        The file; it may be packed as `.gz`, `.xz`, `.bz2` or `.zst`.

    Returns
    -------
    str
        ``"word2vec_text"``, ``"word2vec_binary"``, ``"glove"``, ``"fasttext"`` (its `.vec`),
        ``"fasttext_bin"`` or ``"floret"``.

    Raises
    ------
    StorageError
        If it cannot be opened.
    UnsafeFileError
        If it is a pickle in any disguise.
    FormatError
        If it is something else; the message says what.
    """
    with open_source(path) as source:
        return _detect(source)


def read_vectors(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    format: FormatName | None = None,
    encoding: str = "utf-8",
    errors: Literal["strict", "replace", "ignore"] = "strict",
    on_duplicate: Literal["error", "first", "last"] = "error",
) -> WordVectors:
    """Read word vectors from a file of another program.

    Parameters
    ----------
    path
        The file; it may be packed as `.gz`, `.xz`, `.bz2` or `.zst`.
    limit
        Read the first rows only: at least 1; None reads all.
    format
        What `detect` gives; None finds out.
    encoding
        How the bytes of words stand for characters.
    errors
        What to do with bytes that stand for none: ``"strict"`` stops, ``"replace"`` puts U+FFFD,
        ``"ignore"`` drops them.
    on_duplicate
        What to do with a word that comes twice: ``"error"`` stops, ``"first"`` or ``"last"`` keeps
        that row.

    Returns
    -------
    WordVectors
        In the order of the file, without counts; of fastText's `.bin` with counts, and with its
        n-grams if it has any; of floret n-grams alone, without any word. All-zero vectors and words
        that differ by their Unicode form only are counted in a warning.

    Raises
    ------
    SettingError
        If an argument is out of its range.
    StorageError
        If the file cannot be opened.
    UnsafeFileError
        If it is a pickle in any disguise.
    FormatError
        If it breaks its format; the message names the line.
    """
    reading = Reading(limit=limit, encoding=encoding, errors=errors, on_duplicate=on_duplicate)
    _check_format(format)
    with open_source(path) as source:
        found = _detect(source) if format is None else format
        if format is not None:
            _check_claim(source, format)
        return FORMATS[found].read(source, reading)


def write_vectors(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    *,
    format: FormatName | None = None,
    replace_blanks: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> None:
    """Write word vectors in a format of other programs, whole or not at all.

    Parameters
    ----------
    vectors
        What to write. Words and matrix are kept, and by fastText's `.bin` counts and n-grams; a
        warning says where n-grams are lost.
    path
        The file to make.
    format
        ``"word2vec_text"``, ``"word2vec_binary"``, ``"glove"``, ``"fasttext_bin"`` or ``"floret"``;
        None goes by the name: `.txt` and `.vec` are word2vec's text, `.bin` is fastText's if the
        vectors have n-grams, else word2vec's.
    replace_blanks
        What to put for the blanks and ends of lines within words, such as ``"_"``; None refuses
        such words.
    force
        Replace a file that is there.
    dry_run
        Do all of it but keep nothing, to know whether it can be done.

    Raises
    ------
    SettingError
        If the format is unknown, or one that is not written.
    FormatError
        If a word holds what the format cannot keep, or it keeps words only and there is none.
    StorageError
        If the file exists and `force` is false, or it cannot be written.
    """
    _check_format(format)
    name = format or _by_suffix(Path(path), vectors)
    writer = FORMATS[name].write
    if writer is None:
        written = (repr(name) for name, candidate in FORMATS.items() if candidate.write)
        raise SettingError(
            f"format {name!r} is read but not written.",
            f"Pass format= with one of {', '.join(written)}.",
        )
    if replace_blanks is not None:
        words = pc.replace_substring_regex(
            vectors.vocabulary.array, f"{UNWRITABLE}+", replace_blanks
        )
        vectors = vectors.renamed(words)
    check_words(vectors.vocabulary.array)
    if not FORMATS[name].keeps_ngrams:
        _check_loss(vectors, FORMATS[name].title)
    with _Nowhere() if dry_run else artefact.replace_file(path, force=force) as sink:
        writer(vectors, sink)


def _check_loss(vectors: WordVectors, title: str) -> None:
    """Warn of n-grams that a format without them loses; refuse if there is nothing else."""
    table = vectors.table
    keeper = FORMATS["floret" if table is not None and table.ngrams.hashes else "fasttext_bin"]
    if not len(vectors):
        raise FormatError(
            f"{title} keeps vectors of words only, and there is not a single word.",
            "" if table is None else f"Write it as {keeper.title}, or as a folder.",
        )
    if table is not None:
        tell_oddity(
            f"{title} does not keep n-grams: words outside the vocabulary will have no vector. "
            f"{keeper.title} keeps them, and so does a folder."
        )


class _Nowhere(io.RawIOBase):
    """Takes what is written and keeps nothing."""

    def write(self, data: Any) -> int:
        return len(data)


def _check_format(format: str | None) -> None:
    """Refuse a format that nobody knows."""
    if format is not None and format not in FORMATS:
        known = ", ".join(repr(name) for name in get_args(FormatName))
        raise SettingError(f"format must be one of {known}, got {format!r}.")


def _detect(source: Source) -> FormatName:
    """Find the first format that fits."""
    for name, candidate in FORMATS.items():
        if candidate.is_this(source.head):
            return cast(FormatName, name)
    raise _foreign(source)


def _foreign(source: Source) -> FormatError:
    """Say what a file is that holds no word vectors."""
    danger = describe_danger(source.head, source.head[-ENDING_BYTES:])
    if danger:
        return UnsafeFileError(
            f"this is {danger}: opening it can run code, so it is never opened.",
            "In the program that wrote it, export the vectors in word2vec format.",
            path=source.path,
        )
    what, fix = describe_bytes(source.head)
    if source.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        what, fix = "UTF-16 text", "Convert it: iconv -f utf-16 -t utf-8 FILE > NEW"
    titles = ", ".join(candidate.title for candidate in FORMATS.values())
    return FormatError(f"expected word vectors ({titles}), found {what}.", fix, path=source.path)


def _check_claim(source: Source, claimed: FormatName) -> None:
    """Refuse to read a file as what it plainly is not."""
    fitting = [name for name, candidate in FORMATS.items() if candidate.is_this(source.head)]
    if not fitting:
        error = _foreign(source)
        if isinstance(error, UnsafeFileError) or not source.head:
            raise error
    elif claimed not in fitting and {claimed, *fitting} != {"fasttext", "word2vec_text"}:
        raise FormatError(
            f"expected {FORMATS[claimed].title}, found {FORMATS[fitting[0]].title}.",
            f"Pass format={fitting[0]!r}, or leave it out.",
            path=source.path,
        )


def _by_suffix(path: Path, vectors: WordVectors) -> str:
    """Choose the format by the end of the name; only fastText's keeps n-grams."""
    if vectors.table is not None and path.suffix == ".bin":
        return "fasttext_bin"
    for name, candidate in FORMATS.items():
        if path.suffix in candidate.suffixes:
            return name
    known = ", ".join(suffix for candidate in FORMATS.values() for suffix in candidate.suffixes)
    raise SettingError(
        f"the name must end with one of {known}, got {path.name!r}.", "Or pass format=."
    )
