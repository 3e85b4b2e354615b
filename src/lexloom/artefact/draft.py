"""An artefact that is being written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.artefact import disk, tensors
from lexloom.artefact.manifest import FileEntry, check_name
from lexloom.artefact.strict_json import plain_json
from lexloom.errors import StorageError
from lexloom.threads import n_threads_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Draft", "hash_files"]

_BLOCK_BYTES = 1 << 20
_HASHING_THREADS = 4
_WORTH_THREADS_BYTES = 16 << 20


class Draft:
    """An artefact that is being written; `create` gives one.

    Attributes
    ----------
    folder
        The temporary folder that will become the artefact.
    lineage
        What it was made from: plain JSON values, to be filled in.
    metrics
        Figures about it: plain JSON values, to be filled in.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lineage: dict[str, Any] = {}
        self.metrics: dict[str, Any] = {}
        self._written: dict[str, disk.NewFile] = {}
        self._parts: dict[str, dict[str, FileEntry]] = {}

    def path(self, name: str) -> Path:
        """Give the path for a file written by hand; it must be closed before the artefact ends.

        Parameters
        ----------
        name
            A plain file name without separators.

        Returns
        -------
        Path
            In the folder that is being made.

        Raises
        ------
        SettingError
            If it is no such name.
        """
        check_name(name)
        return self.folder / name

    def write_tensors(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write arrays of numbers or booleans as a safetensors file.

        Parameters
        ----------
        name
            The file's name.
        arrays
            Name → array of any shape.

        Raises
        ------
        SettingError
            If a name cannot be used.
        ShapeError
            If an array holds other things than numbers or booleans.
        StorageError
            If it cannot be written.
        """
        self._written[name] = tensors.write_tensors(self.path(name), arrays)

    @contextlib.contextmanager
    def open_tensor(self, name: str, tensor: str, dtype: Any) -> Iterator[tensors.TensorStream]:
        """Open a safetensors file for one tensor whose rows come bit by bit.

        Parameters
        ----------
        name
            The file's name.
        tensor
            The tensor's name in it.
        dtype
            The type of its numbers.

        Yields
        ------
        TensorStream
            Its ``append(array)`` takes further rows: (N,) or (N, …).

        Raises
        ------
        SettingError
            If a name cannot be used.
        ShapeError
            If appended rows differ in type or shape.
        StorageError
            If it cannot be written.
        """
        stream = tensors.TensorStream(self.path(name), tensor, dtype)
        try:
            yield stream
            stream.close()
            self._written[name] = stream.file
        finally:
            stream.file.abandon()

    def write_table(self, name: str, table: pa.Table) -> None:
        """Write a table as an uncompressed Arrow IPC file.

        Parameters
        ----------
        name
            The file's name.
        table
            The table, or a `pyarrow.RecordBatch`.

        Raises
        ------
        SettingError
            If the name cannot be used.
        StorageError
            If it cannot be written.
        """
        with self.open_table(name, table.schema, expected_bytes=table.nbytes) as writer:
            writer.write(table)

    @contextlib.contextmanager
    def open_table(
        self, name: str, schema: pa.Schema, *, expected_bytes: int = 0
    ) -> Iterator[pa.ipc.RecordBatchFileWriter]:
        """Open an uncompressed Arrow IPC file for a table that comes in batches.

        Parameters
        ----------
        name
            The file's name.
        schema
            The table's schema.
        expected_bytes
            How many bytes will come, where that is known; for the message when they do not fit.

        Yields
        ------
        pyarrow.ipc.RecordBatchFileWriter
            Its ``write`` takes tables and batches of that schema.

        Raises
        ------
        SettingError
            If the name cannot be used.
        StorageError
            If it cannot be written.
        """
        import pyarrow as pa

        with disk.NewFile(self.path(name), expected_bytes=expected_bytes) as file:
            writer = pa.ipc.new_file(pa.PythonFile(file, "w"), schema)
            yield writer
            writer.close()
        self._written[name] = file

    def write_json(self, name: str, value: Any) -> None:
        """Write a value of plain JSON: finite numbers, NumPy numbers, text, lists, dicts, None.

        Parameters
        ----------
        name
            The file's name.
        value
            The value: at most 8 MiB of text and 750,000 values.

        Raises
        ------
        SettingError
            If the name cannot be used or the value is not plain JSON.
        StorageError
            If it cannot be written.
        """
        self.write_bytes(name, plain_json(value, name).encode("utf-8") + b"\n")

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write a small file at once.

        Parameters
        ----------
        name
            The file's name.
        data
            What it holds.

        Raises
        ------
        SettingError
            If the name cannot be used.
        StorageError
            If it cannot be written.
        """
        self._written[name] = write_bytes(self.path(name), data)

    def take_part(self, name: str, files: dict[str, FileEntry]) -> None:
        """Note the files of a part, an artefact in a folder of its own, which is sealed already.

        Parameters
        ----------
        name
            The name of the folder.
        files
            Its files.
        """
        self._parts[name] = files

    def seal(self) -> dict[str, FileEntry]:
        """Bring every file to the disk, read it back and hash it.

        Returns
        -------
        dict of str to FileEntry
            Size and SHA-256 of each file.

        Raises
        ------
        StorageError
            If a file cannot be written, or reads back differently.
        """
        with disk.reporting(self.folder):
            names = sorted(set(os.listdir(self.folder)) - self._parts.keys())
        for name in names:
            path = self.path(name)
            with disk.reporting(path):
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    raise StorageError("an artefact holds plain files only.", path=path)
            if name not in self._written:
                disk.sync(path)
        entries = hash_files(self.folder, names)
        for name, file in self._written.items():
            _compare(file, entries.get(name))
        for part, within in self._parts.items():
            entries |= {f"{part}/{name}": entry for name, entry in within.items()}
        return entries


def write_bytes(path: Path, data: bytes) -> disk.NewFile:
    """Write a small file and bring it to the disk; give the closed file."""
    with disk.NewFile(path, expected_bytes=len(data)) as file:
        file.write(data)
    return file


def _compare(file: disk.NewFile, entry: FileEntry | None) -> None:
    """Make sure that a file reads back as it was written."""
    same = entry is not None and entry.n_bytes == file.n_bytes
    if same and file.head:
        with disk.reporting(file.path), file.path.open("rb") as stored:
            same = stored.read(len(file.head)) == file.head
            digest = hashlib.file_digest(stored, "sha256").hexdigest()
    else:
        digest = entry.sha256 if entry else ""
    if not same or digest != file.sha256:
        raise StorageError(
            "reads back differently from what was written.", "Check the disk.", path=file.path
        )


def hash_files(folder: Path, names: Iterable[str]) -> dict[str, FileEntry]:
    """Give the size and SHA-256 of files of a folder by name, of large ones several at a time.

    Raises
    ------
    StorageError
        If one cannot be read.
    """
    names = list(names)
    paths = [folder / name for name in names]
    if sum(map(_size, paths)) < _WORTH_THREADS_BYTES:
        return dict(zip(names, map(_hash, paths), strict=True))
    with ThreadPoolExecutor(min(_HASHING_THREADS, n_threads_of())) as pool:
        return dict(zip(names, pool.map(_hash, paths), strict=True))


def _size(path: Path) -> int:
    """Give the size of a file."""
    with disk.reporting(path):
        return os.stat(path).st_size


def _hash(path: Path) -> FileEntry:
    """Hash one file; its size is what was read."""
    with disk.reporting(path), path.open("rb", buffering=0) as file:
        digest = hashlib.sha256()
        block = bytearray(_BLOCK_BYTES)
        view, n_bytes = memoryview(block), 0
        while taken := file.readinto(block):
            digest.update(view[:taken])
            n_bytes += taken
    return FileEntry(n_bytes, digest.hexdigest())
