"""Opening an artefact: nothing is believed before it is checked, and nothing in it is ever run."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lexloom.artefact import disk, foreign
from lexloom.artefact.comparing import check_files, check_hashes
from lexloom.artefact.finding import Identity, find, identify
from lexloom.artefact.manifest import MANIFEST, Manifest, parse_manifest
from lexloom.artefact.strict_json import parse_json, read_bounded
from lexloom.artefact.tensors import Expected, map_tensors
from lexloom.errors import DamagedError, FormatError, SettingError, StorageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Artefact", "Verify", "open_artefact", "read_manifest"]

Verify = Literal["full", "structure"]

_TRIES = 20


class Artefact:
    """An artefact on disk, checked and open for reading; `open_artefact` gives one.

    Attributes
    ----------
    folder
        The folder.
    manifest
        What it says of itself.
    """

    def __init__(self, folder: Path, manifest: Manifest, identity: Identity) -> None:
        self.folder = folder
        self.manifest = manifest
        self._identity = identity

    def path(self, name: str) -> Path:
        """Give the path of one of its files.

        Parameters
        ----------
        name
            The file's name.

        Returns
        -------
        Path
            In the folder of the artefact.

        Raises
        ------
        DamagedError
            If the artefact holds no such file.
        StorageError
            If another artefact took its place since it was opened.
        """
        if name not in self.manifest.files:
            held = ", ".join(sorted(self.manifest.files)) or "nothing"
            raise DamagedError(f"holds no file {name}; it holds {held:.200}.", path=self.folder)
        if identify(self.folder) != self._identity:
            raise self._replaced()
        return self.folder / name

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """Give the folder of one of its parts, an artefact by itself, for as long as it is opened.

        Parameters
        ----------
        name
            The name of the folder.

        Yields
        ------
        Path
            In the folder of the artefact.

        Raises
        ------
        DamagedError
            If the artefact has no such part.
        StorageError
            If another artefact took its place since it was opened.
        """
        with self._reading(f"{name}/{MANIFEST}") as path:
            yield path.parent

    def _replaced(self) -> StorageError:
        """Say that another artefact took the place of this one."""
        return StorageError("was replaced since it was opened.", "Load it again.", path=self.folder)

    @contextlib.contextmanager
    def _reading(self, name: str) -> Iterator[Path]:
        """Give the path of a file, and make sure that what was opened there is still ours."""
        path = self.path(name)
        try:
            yield path
        except (DamagedError, FormatError, StorageError) as error:
            if identify(self.folder) != self._identity:
                raise self._replaced() from error
            raise
        if identify(self.folder) != self._identity:
            raise self._replaced()

    def tensors(self, name: str, expect: Expected | None = None) -> dict[str, np.ndarray]:
        """Map the tensors of a safetensors file into memory, read-only, without reading them.

        Parameters
        ----------
        name
            The file's name.
        expect
            The tensors it must hold, no more and no fewer: name → type and number of dimensions,
            as ``{"matrix": (np.float32, 2)}``.

        Returns
        -------
        dict of str to numpy.ndarray
            Read-only arrays over the mapped file.

        Raises
        ------
        DamagedError
            If the file is not what it must be.
        StorageError
            If it cannot be read.
        """
        with self._reading(name) as path:
            return map_tensors(path, expect)

    def table(self, name: str, expect: pa.Schema | None = None) -> pa.Table:
        """Map an Arrow IPC file into memory as a table: every value is checked, none is copied.

        Parameters
        ----------
        name
            The file's name.
        expect
            The schema it must have, metadata aside.

        Returns
        -------
        pyarrow.Table
            The table over the mapped file.

        Raises
        ------
        DamagedError
            If the file is not what it must be.
        StorageError
            If it cannot be read.
        """
        from lexloom.artefact.tables import map_table

        with self._reading(name) as path:
            return map_table(path, expect)

    def json(self, name: str) -> Any:
        """Read a JSON file.

        Parameters
        ----------
        name
            The file's name.

        Returns
        -------
        Any
            Its value.

        Raises
        ------
        DamagedError
            If it is not strict JSON of bounded size.
        StorageError
            If it cannot be read.
        """
        with self._reading(name) as path:
            return parse_json(read_bounded(path), path)


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """Read what an artefact says of itself, without looking at its files.

    Parameters
    ----------
    path
        The folder.

    Returns
    -------
    Manifest
        Its manifest, checked against its own SHA-256.

    Raises
    ------
    StorageError
        If there is no such folder or it cannot be read.
    FormatError
        If it is no artefact, or one of a newer version; `UnsafeFileError` if it is a pickle.
    DamagedError
        If the manifest changed after it was written.
    """
    return _undisturbed(path, _manifest_of)[1]


def _manifest_of(folder: Path) -> Manifest:
    """Read the manifest of a folder, or say what the folder is that has none."""
    manifest = folder / MANIFEST
    with disk.reporting(manifest):
        try:
            mode = os.lstat(manifest).st_mode
        except FileNotFoundError:
            foreign.refuse_folder(folder)
    if not stat.S_ISREG(mode):
        raise FormatError("must be a plain file, not a link or a folder.", path=manifest)
    return parse_manifest(read_bounded(manifest), manifest)


def open_artefact(path: str | os.PathLike[str], kind: str, *, verify: Verify = "full") -> Artefact:
    """Open an artefact and check it.

    Parameters
    ----------
    path
        The folder.
    kind
        The kind it must be.
    verify
        ``"full"`` compares the SHA-256 of every file with the manifest; ``"structure"`` compares
        names and sizes only.

    Returns
    -------
    Artefact
        Open for reading.

    Raises
    ------
    StorageError
        If there is no such folder or it cannot be read.
    FormatError
        If it is no artefact, of another kind, or one of a newer version; `UnsafeFileError` if it
        is a pickle.
    DamagedError
        If it differs from its manifest.
    SettingError
        If `verify` is neither of the two.
    """
    if verify not in ("full", "structure"):
        raise SettingError(f"verify must be 'full' or 'structure', got {verify!r}.")
    return Artefact(*_undisturbed(path, lambda folder: _check(folder, kind, verify)))


def _undisturbed(
    path: str | os.PathLike[str], look: Callable[[Path], Manifest]
) -> tuple[Path, Manifest, Identity]:
    """Look at an artefact, again and again until no writer replaced it meanwhile."""
    for _ in range(_TRIES):
        folder = find(path)
        identity = identify(folder)
        try:
            manifest = look(folder)
        except (DamagedError, FormatError, StorageError):
            # A writer may have put a new artefact here, or be about to: then there is no folder.
            is_there = os.path.isdir(folder)
            if identify(folder) == identity and (identity is not None or is_there):
                raise
        else:
            if identity is not None and identify(folder) == identity:
                return folder, manifest, identity
    raise StorageError("is being replaced again and again.", "Try again later.", path=path)


def _check(folder: Path, kind: str, verify: Verify) -> Manifest:
    """Check the artefact in `folder`; give its manifest."""
    manifest = _manifest_of(folder)
    if manifest.kind != kind:
        raise FormatError(
            f"expected an artefact of kind {kind}, found {manifest.kind}.",
            "lexloom.load(path) opens every kind.",
            path=folder,
        )
    check_files(folder, manifest)
    if verify == "full":
        check_hashes(folder, manifest)
    return manifest
