"""Hostile files: each builder makes one below a folder; the name says what is wrong with it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tiny_artefact as tiny

from lexloom.artefact.manifest import MANIFEST

PICKLE = b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."
UNSAFE, FORMAT, DAMAGED, STORAGE = "UnsafeFileError", "FormatError", "DamagedError", "StorageError"

Case = tuple[str, str, Callable[[Path], object]]
"""The error's class, a part of its message, and what builds the file."""


def forge(folder: Path, contents: Mapping[str, bytes], /, **fields: Any) -> None:
    """Write an artefact whose checksums are right, whatever its files and fields say."""
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    entries = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    plain = {"format_version": 1, "kind": tiny.KIND, "created": "", "versions": {}, "settings": {}}
    plain |= {"lineage": {}, "metrics": {}, "files": entries, **fields}
    body = json.dumps({name: value for name, value in plain.items() if value is not None}, indent=1)
    seal(folder, body.encode())


def seal(folder: Path, body: bytes) -> None:
    """Write a manifest with its right SHA-256."""
    head = body.removesuffix(b"\n}") + b',\n "manifest_sha256": "'
    digest = hashlib.sha256(head + b"0" * 64 + b'"\n}\n').hexdigest().encode()
    (folder / MANIFEST).write_bytes(head + digest + b'"\n}\n')


def file(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in names:
            packed.writestr(name, PICKLE)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=array.dtype == object)
    return stream.getvalue()


FILES: dict[str, Case] = {
    "pickle protocol 0": (UNSAFE, "this is a pickle", file(b"cposix\nsystem\n(S'true'\ntR.")),
    "pickle protocol 2": (UNSAFE, "this is a pickle", file(b"\x80\x02cposix\nsystem\n.")),
    "gensim.model": (UNSAFE, "gensim, joblib", file(PICKLE)),
    "torch.pt": (UNSAFE, "PyTorch checkpoint", file(archive("archive/data.pkl", "archive/data/0"))),
    "archive of pickles.zip": (UNSAFE, "an archive that holds a pickle", file(archive("a.pkl"))),
    "model.keras": (
        UNSAFE,
        "Keras",
        file(archive("metadata.json", "config.json", "model.weights.h5")),
    ),
    "model.h5": (UNSAFE, "HDF5", file(b"\x89HDF\r\n\x1a\n" + bytes(100))),
    "objects.npy": (UNSAFE, "NumPy file of Python objects", file(npy(np.array([{}], object)))),
    "squeezed.joblib": (UNSAFE, "zlib-compressed", file(zlib.compress(PICKLE))),
    "numbers.npy": (FORMAT, "a NumPy array (.npy)", file(npy(np.zeros(3)))),
    "numbers.npz": (FORMAT, "a NumPy archive (.npz)", file(archive("a.npy"))),
    "other.zip": (FORMAT, "a zip archive. Unpack it first.", file(archive("a.txt"))),
    "packed.gz": (FORMAT, "gzip-compressed data. Unpack it first.", file(gzip.compress(b"a"))),
    "page.html": (FORMAT, "an HTML page", file(b"\n<!DOCTYPE html><html>404")),
    "pointer.safetensors": (
        FORMAT,
        "a Git LFS pointer, not the file itself. Run git lfs pull.",
        file(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
    ),
    "vectors.txt": (
        FORMAT,
        "word2vec's text format. lexloom convert",
        file("2 3\n苹果 1 2 3\nb 1 2 3\n".encode()),
    ),
    "vectors.bin": (FORMAT, "word2vec's binary format", file(b"2 3\nab " + bytes(12) + b"c ")),
    "glove.txt": (FORMAT, "GloVe's text format. lexloom convert", file(b"the 0.1 -0.2 3e-4\n")),
    "model.bin": (
        FORMAT,
        "a fastText model (.bin). lexloom convert",
        file(struct.pack("<ii", 793712314, 12)),
    ),
    "some.json": (FORMAT, "this file is JSON", file(b'{"a": 1}')),
    "nothing": (FORMAT, "this file is empty", file(b"")),
    "noise": (FORMAT, "of no known format", file(bytes(range(1, 256)) * 9)),
    "tensors.safetensors": (
        FORMAT,
        "a safetensors file. Give the folder it lies in.",
        file(struct.pack("<Q", 2) + b"{}"),
    ),
    "pipe": (FORMAT, "a device or a pipe", os.mkfifo),
    "dangling": (STORAGE, "does not exist", lambda path: path.symlink_to(path.parent / "no")),
    "circle": (STORAGE, "its links lead in a circle", lambda path: path.symlink_to(path)),
    "empty folder": (FORMAT, "this folder is empty", Path.mkdir),
    "bert": (FORMAT, "a Hugging Face model folder", lambda p: folder(p, {"config.json": b"{}"})),
    "texts": (FORMAT, "it holds a.txt", lambda path: folder(path, {"a.txt": b"a"})),
}


def folder(path: Path, files: Mapping[str, bytes]) -> None:
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)


def manifest(content: bytes) -> Callable[[Path], object]:
    return lambda path: folder(path, {MANIFEST: content})


def sealed(body: bytes) -> Callable[[Path], object]:
    def build(path: Path) -> None:
        path.mkdir()
        seal(path, body)

    return build


def fields(**changed: Any) -> Callable[[Path], object]:
    return lambda path: forge(path, {}, **changed)


def listed(name: str, **entry: Any) -> Callable[[Path], object]:
    plain = {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()} | entry
    return fields(files={name: plain})


def linked(path: Path) -> None:
    forge(path, {"a.json": b"{}"})
    (path.parent / "outside.json").write_bytes(b"{}")
    (path / "a.json").unlink()
    (path / "a.json").symlink_to(path.parent / "outside.json")


def piped(path: Path) -> None:
    forge(path, {"a.json": b""})
    (path / "a.json").unlink()
    os.mkfifo(path / "a.json")


def crowded(path: Path) -> None:
    forge(path, {})
    for number in range(300):
        (path / f"{number}.txt").touch()


DEEP = b"[" * 100_000 + b"]" * 100_000
MANIFESTS: dict[str, Case] = {
    "manifest empty": (DAMAGED, "not the JSON it should be", manifest(b"")),
    "manifest of noise": (DAMAGED, "not the JSON it should be", manifest(bytes(range(256)))),
    "manifest deep": (DAMAGED, "not the JSON it should be", manifest(DEEP)),
    "manifest 40 deep": (DAMAGED, "deeper than 32 levels", manifest(b"[" * 40 + b"]" * 40)),
    "manifest too long": (DAMAGED, "too large", manifest(b" " * (9 << 20))),
    "manifest of a million lists": (DAMAGED, "values", manifest(b"[" + b"[]," * 10**6 + b"0]")),
    "manifest just small enough": (FORMAT, "another", manifest(b"[" + b"[]," * 370_000 + b"0]")),
    "manifest with a long number": (DAMAGED, "not the JSON", manifest(b"9" * 10_000)),
    "manifest with a name twice": (DAMAGED, "twice", manifest(b'{"kind":1,"kind":2}')),
    "manifest with NaN": (DAMAGED, "not a finite number", manifest(b'{"a":NaN}')),
    "manifest with 1e999": (DAMAGED, "not a finite number", manifest(b'{"a":1e999}')),
    "manifest with half a character": (DAMAGED, "not the JSON", manifest(b'{"a":"\\ud800"}')),
    "manifest in UTF-16": (DAMAGED, "not the JSON", manifest('{"kind":1}'.encode("utf-16"))),
    "manifest of a web page": (FORMAT, "another program's", manifest(b'{"name":"x","icons":[]}')),
    "manifest without its last line": (DAMAGED, "last line", manifest(b'{"format_version":1}')),
    "manifest in a pipe": (
        FORMAT,
        "plain file",
        lambda path: (path.mkdir(), os.mkfifo(path / MANIFEST)),
    ),
    "newer version": (
        FORMAT,
        "written by lexloom 9.1 in format 2; this is lexloom",
        fields(format_version=2, versions={"lexloom": "9.1"}, surprise=1),
    ),
    "version 0": (FORMAT, "format_version must be", fields(format_version=0)),
    "version true": (FORMAT, "format_version must be", fields(format_version=True)),
    "unknown field": (FORMAT, "holds 'surprise', which it must not", fields(surprise=1)),
    "missing field": (FORMAT, "has no lineage", fields(lineage=None)),
    "kind a number": (FORMAT, "kind must be text, got 3", fields(kind=3)),
    "kind a path": (FORMAT, "kind must be a plain word", fields(kind="../corpus")),
    "other kind": (FORMAT, "expected an artefact of kind word_vectors", fields(kind="corpus")),
    "settings a list": (FORMAT, "settings must be an object, got []", fields(settings=[])),
    "versions of numbers": (FORMAT, "must be text", fields(versions={"a": 1})),
    "files a list": (FORMAT, "files must be an object", fields(files=[])),
    "bytes negative": (FORMAT, "must be a count, got -1", listed("a", bytes=-1)),
    "bytes true": (FORMAT, "must be a count, got True", listed("a", bytes=True)),
    "bytes huge": (FORMAT, "must be a count", listed("a", bytes=1 << 70)),
    "hash short": (FORMAT, "must be 64 hex digits", listed("a", sha256="ab")),
    "entry more": (FORMAT, "must have bytes and sha256", listed("a", mode=1)),
    **{
        f"file called {ord(name[0]) if name else 0}-{len(name)}": (
            FORMAT,
            "lists a file",
            listed(name),
        )
        for name in (
            "../a",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "C:a",
            "..",
            ".",
            "",
            "CON",
            "nul.txt",
            "a\0b",
            "a.",
            "a" * 300,
            "Manifest.json",
        )
    },
    "file missing": (DAMAGED, "is missing", listed("a.json")),
    "file linked outside": (DAMAGED, "not a link", linked),
    "file a pipe": (DAMAGED, "not a link, folder or device", piped),
    "file not listed": (
        DAMAGED,
        "holds b.txt, which its manifest does not list. Move it elsewhere.",
        lambda path: (forge(path, {}), (path / "b.txt").touch()),
    ),
    "files by the hundred": (DAMAGED, "many files", crowded),
}


def tensors(head: Any, data: bytes = b"", length: int | None = None) -> Callable[[Path], object]:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    content = struct.pack("<Q", len(text) if length is None else length) + text + data
    return lambda path: forge(path, {"t.safetensors": content})


def tensor(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def one(**changed: Any) -> Callable[[Path], object]:
    return tensors({"matrix": tensor(**changed)}, bytes(8))


TENSORS: dict[str, Case] = {
    "tensors empty": (DAMAGED, "header claims", lambda p: forge(p, {"t.safetensors": b""})),
    "tensors huge header": (DAMAGED, "header claims", tensors({}, length=1 << 62)),
    "tensors long header": (DAMAGED, "header claims", tensors(b"{" + b" " * (2 << 20) + b"}")),
    "tensors deep header": (DAMAGED, "not the JSON", tensors(DEEP)),
    "tensors header a list": (DAMAGED, "not an object", tensors([])),
    "tensors hole": (
        DAMAGED,
        "leaves a hole",
        tensors({"matrix": tensor(offsets=(8, 16))}, bytes(16)),
    ),
    "tensors overlap": (
        DAMAGED,
        "overlaps",
        tensors({"a": tensor(), "b": tensor(offsets=(4, 12))}, bytes(12)),
    ),
    "tensors twice": (
        DAMAGED,
        "twice",
        tensors(b'{"a":{"dtype":"U8"},"a":{"dtype":"U8"}}'),
    ),
    "tensors trailing bytes": (
        DAMAGED,
        "the file at byte",
        tensors({"matrix": tensor()}, bytes(9)),
    ),
    "tensors cut": (DAMAGED, "the file at byte", tensors({"matrix": tensor()}, bytes(7))),
    "tensors overflow": (DAMAGED, "impossible shape", one(shape=(1 << 40, 1 << 40))),
    "tensors empty but huge": (DAMAGED, "impossible", one(shape=(0, 1 << 61), offsets=(0, 0))),
    "tensors negative": (DAMAGED, "must be counts", one(shape=(-2,))),
    "tensors shape true": (DAMAGED, "must be counts", one(shape=(True,))),
    "tensors shape 2.0": (DAMAGED, "must be counts", one(shape=(2.0,))),
    "tensors reversed": (DAMAGED, "needs 8 bytes, its offsets span -8", one(offsets=(8, 0))),
    "tensors one offset": (DAMAGED, "too many dimensions or offsets", one(offsets=(0,))),
    "tensors 100 dimensions": (DAMAGED, "too many dimensions", one(shape=(1,) * 100)),
    "tensors of unknown type": (DAMAGED, "unknown type 'Q4'", one(dtype="Q4")),
    "tensors type a list": (DAMAGED, "unknown type", one(dtype=["F32"])),
    "tensors wrong type": (
        DAMAGED,
        "expected matrix as float32 with 1 dimensions, found int32 with 1",
        one(dtype="I32"),
    ),
    "tensors other name": (
        DAMAGED,
        "expected the tensors matrix; found other.",
        tensors({"other": tensor()}, bytes(8)),
    ),
    "tensors one too many": (
        DAMAGED,
        "expected the tensors matrix; found extra, matrix.",
        tensors({"matrix": tensor(), "extra": tensor(offsets=(8, 16))}, bytes(16)),
    ),
}


def arrow(table: pa.Table, **options: Any) -> bytes:
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return stream.getvalue()


def table(content: bytes) -> Callable[[Path], object]:
    return lambda path: forge(path, {"w.arrow": content})


WORDS = pa.table({"word": pa.array(["ab", "cd"], pa.large_string())})
NULLS = pa.table({"word": pa.array([b"ab", b"\xff\xfe"], pa.large_binary())})
BAD_TEXT = pa.Table.from_arrays(
    [pa.array([b"\xff\xfe"], pa.large_binary()).view("large_string")], ["word"]
)
FAR = arrow(WORDS).replace(struct.pack("<3q", 0, 2, 4), struct.pack("<3q", 0, 2, 1 << 40))
assert arrow(WORDS) != FAR
TABLES: dict[str, Case] = {
    "table of noise": (DAMAGED, "not an Arrow file", table(bytes(range(256)))),
    "table cut": (DAMAGED, "not a sound Arrow table", table(arrow(WORDS)[:100])),
    "table only magic": (DAMAGED, "not a sound Arrow table", table(b"ARROW1\0\0" + b"\xff" * 64)),
    "table bomb": (
        DAMAGED,
        "compressed",
        table(arrow(pa.table({"n": np.zeros(20 << 20, np.uint8)}), compression="zstd")),
    ),
    "table with far offsets": (DAMAGED, "not a sound Arrow table", table(FAR)),
    "table with bad text": (DAMAGED, "not a sound Arrow table", table(arrow(BAD_TEXT))),
    "table of other columns": (
        DAMAGED,
        "expected the columns word (large_string); found word (large_binary).",
        table(arrow(NULLS)),
    ),
    "json deep": (DAMAGED, "not the JSON", lambda path: forge(path, {"a.json": DEEP})),
    "json long": (DAMAGED, "too large", lambda path: forge(path, {"a.json": b" " * (9 << 20)})),
}
CASES = FILES | MANIFESTS | TENSORS | TABLES
