"""What a file that is no artefact really is, told from its bytes; nothing of it is ever run."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import NoReturn

from lexloom.artefact import disk
from lexloom.errors import FormatError, UnsafeFileError

__all__ = ["describe_bytes", "describe_danger", "refuse_file", "refuse_folder"]

_SNIFFED_BYTES = 64 << 10
_CONVERT = "lexloom convert FILE OUT makes an artefact of vectors."
_EXPORT = (
    "In the program that wrote it, export the vectors in word2vec format "
    "(gensim: model.wv.save_word2vec_format('vectors.txt')), then lexloom convert."
)
_UNPACK = "Unpack it first."
_MAGIC = (
    (b"\x1f\x8b", "gzip-compressed data", _UNPACK),
    (b"\xfd7zXZ\0", "xz-compressed data", _UNPACK),
    (b"BZh", "bzip2-compressed data", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"PAR1", "a Parquet table", "Text in it becomes a corpus by lexloom corpus."),
    (b"ARROW1", "an Arrow table", "Open the folder it lies in."),
    (b"\xba\x16\x4f\x2f", "a fastText model (.bin)", _CONVERT),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "Run git lfs pull."),
    (b"%PDF", "a PDF document", ""),
    (b"SQLite format 3\0", "an SQLite database", ""),
    (b"MZ", "a Windows program", ""),
    (b"\x7fELF", "a Linux program", ""),
)
_TEXT_PICKLE = re.compile(rb"(\(?[cidl]\w[\w.]*\n\w|\((dp|lp|i)\d*\n?|[\]}\(]q[\x00-\xff])")
_TWO_COUNTS = re.compile(rb"\d{1,12} \d{1,6} ?\r?\n")
_WORD_AND_NUMBERS = re.compile(rb"\S+([ \t]-?\d+(\.\d+)?([eE][-+]?\d+)?){2,}[ \t]*\r?\n?")


def refuse_file(path: Path) -> NoReturn:
    """Raise the error that says what a file is which was given instead of an artefact's folder.

    Raises
    ------
    UnsafeFileError
        If it is a pickle in any disguise, or holds code.
    FormatError
        If it is anything else.
    StorageError
        If it cannot be read.
    """
    with disk.reporting(path):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise FormatError("this is a device or a pipe, not an artefact's folder.", path=path)
        with path.open("rb") as file:
            start = file.read(_SNIFFED_BYTES)
            file.seek(max(0, os.fstat(file.fileno()).st_size - _SNIFFED_BYTES))
            end = file.read(_SNIFFED_BYTES)
    danger = describe_danger(start, end)
    if danger:
        raise UnsafeFileError(
            f"this is {danger}: opening it can run code, so it is never opened.", _EXPORT, path=path
        )
    if path.name == "manifest.json":
        raise FormatError("this is a file inside an artefact.", "Give its folder.", path=path)
    what, fix = describe_bytes(start)
    raise FormatError(f"an artefact is a folder; this file is {what}.", fix, path=path)


def refuse_folder(path: Path) -> NoReturn:
    """Raise the error that says what a folder without a manifest holds.

    Raises
    ------
    FormatError
        Always, unless the folder cannot be read.
    StorageError
        If the folder cannot be read.
    """
    with disk.reporting(path):
        names = sorted(os.listdir(path))
    if not names:
        raise FormatError("this folder is empty, not an artefact.", path=path)
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
    if {"config.json", "modules.json"} & set(names):
        raise FormatError(
            f"expected an artefact, found a Hugging Face model folder ({shown}).",
            "lexloom.Encoder.load opens an encoder; lexloom finetune learns on it.",
            path=path,
        )
    inner = [name for name in names[:100] if (path / name / "manifest.json").is_file()]
    fix = f"Did you mean {path / inner[0]}?" if inner else ""
    raise FormatError(
        f"no artefact: the folder has no manifest.json; it holds {shown}.", fix, path=path
    )


def describe_danger(start: bytes, end: bytes) -> str:
    """Name a file if opening it with the program it belongs to can run code.

    Parameters
    ----------
    start
        The first bytes of the file, some thousands of them.
    end
        Its last bytes.

    Returns
    -------
    str
        As ``"a pickle"``; empty if it is none.
    """
    if start[:1] == b"\x80" and start[1:2] in {b"\2", b"\3", b"\4", b"\5"}:
        return "a pickle (gensim, joblib, scikit-learn and PyTorch write such files)"
    if end.endswith(b".") and _TEXT_PICKLE.match(start):
        return "a pickle"
    if start[:4] == b"PK\3\4":
        if b"data.pkl" in start + end:
            return "a PyTorch checkpoint, which holds a pickle"
        if b"config.json" in start + end and b".weights.h5" in start + end:
            return "a Keras model"
        if re.search(rb"\.(pkl|pickle|joblib)PK|\.(pkl|pickle|joblib)\0", end):
            return "an archive that holds a pickle"
    if start[:6] == b"\x93NUMPY" and b"|O" in start[:4096]:
        return "a NumPy file of Python objects, which is a pickle"
    if start[:8] == b"\x89HDF\r\n\x1a\n":
        return "an HDF5 file (Keras models are such files)"
    if start[:2] in {b"x\x01", b"x\x9c", b"x\xda", b"x^"} or start[:2] == b"ZF":
        return "zlib-compressed data, as joblib writes pickles"
    return ""


def describe_bytes(start: bytes) -> tuple[str, str]:
    """Tell what a file is by its first bytes, and what to do with it.

    Parameters
    ----------
    start
        The first bytes of the file, some thousands of them.

    Returns
    -------
    what, fix
        What it is, as ``"an HTML page"``, and an advice that may be empty.
    """
    if not start:
        return "empty", ""
    for magic, what, fix in _MAGIC:
        if start.startswith(magic):
            return what, fix
    if start[:4] == b"PK\3\4":
        if b".npy" in start:
            return "a NumPy archive (.npz)", "Load it with numpy and make WordVectors of it."
        return "a zip archive", _UNPACK
    if start[:6] == b"\x93NUMPY":
        return "a NumPy array (.npy)", "Load it with numpy and make WordVectors of it."
    if start[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if start[8:10] in {b'{"', b"{}"} and int.from_bytes(start[:8], "little") < 1 << 30:
        return "a safetensors file", "Give the folder it lies in."
    return _describe_text(start)


def _describe_text(start: bytes) -> tuple[str, str]:
    """Tell what a file without magic bytes is."""
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:15].lower().startswith((b"<!doctype html", b"<html", b"<head")):
        return "an HTML page, perhaps an error page saved by a download", "Download it again."
    if _TWO_COUNTS.match(start):
        body = start[start.index(b"\n") + 1 :]
        form = "text" if _WORD_AND_NUMBERS.match(body) else "binary"
        return f"a vector file in word2vec's {form} format", _CONVERT
    if _WORD_AND_NUMBERS.match(start):
        return "a vector file in GloVe's text format", _CONVERT
    if head[:1] in {b"{", b"["}:
        return "JSON", ""
    if b"\0" not in start and not re.search(rb"[\x01-\x08\x0e-\x1a]", start):
        return "plain text", "Text becomes a corpus by lexloom corpus."
    return "of no known format", ""
