"""Which files to read: paths, folders, patterns and standard input become one list."""

from __future__ import annotations

import difflib
import errno
import glob
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lexloom.errors import SettingError, StorageError

__all__ = ["STDIN", "Source", "SourcesLike", "fingerprint", "resolve_sources", "storage_error"]

STDIN = "-"
EXTENSIONS = (".txt", ".text", ".jsonl", ".ndjson", ".csv", ".tsv", ".tab", ".parquet")
"""Endings of the files that are read from a folder, each also with one of `COMPRESSIONS`."""
COMPRESSIONS = (".gz", ".xz", ".bz2", ".zst")
N_SAMPLES = 16
SAMPLE_BYTES = 64 << 10


@dataclass(frozen=True)
class Source:
    """One file to read.

    Attributes
    ----------
    path
        Where it is, or `STDIN`.
    n_bytes
        Its size on disk, or None for a pipe.
    """

    path: str
    n_bytes: int | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return "<stdin>" if self.path == STDIN else self.path


SourcesLike = str | os.PathLike[str] | Source | Iterable[str | os.PathLike[str] | Source]


def resolve_sources(
    sources: SourcesLike, *, on_note: Callable[[str], None] | None = None
) -> list[Source]:
    """List the files that `sources` stand for.

    Parameters
    ----------
    sources
        A file, a folder (read recursively in the order of names, hidden files left out), a pattern
        such as ``"data/*.txt.xz"``, ``"-"`` for standard input, or several of them.
    on_note
        Called with one sentence on each thing worth knowing: a file given twice is read once,
        files of other kinds in a folder are left out.

    Returns
    -------
    list of Source
        At least one; no file twice.

    Raises
    ------
    SettingError
        If nothing is given.
    StorageError
        If a file is missing, a dangling link or unreadable, or a folder or pattern holds no text.
    """
    if isinstance(sources, (str, os.PathLike, Source)):
        sources = [sources]
    notes: list[str] = []
    found: dict[tuple[int, int] | str, Source] = {}
    for given in sources:
        for source in _expand(given, notes):
            identity = _identity(source)
            if identity in found:
                notes.append(
                    f"{source.name} is given twice (as {found[identity].name}); it is read once."
                )
            found.setdefault(identity, source)
    if not found:
        raise SettingError("no file to read was given.", "Name a file, a folder, a pattern, or - .")
    for note in notes if on_note else ():
        on_note(note)  # type: ignore[misc]  # the loop is empty without a listener
    return list(found.values())


def fingerprint(sources: SourcesLike) -> str:
    """Give a quick fingerprint of files: sizes and up to 16 samples of 64 KiB of each.

    Files up to 1 MiB are read whole. What a pipe holds cannot be known before it is read. The full
    SHA-256 is in the `ReadingReport` after reading.

    Parameters
    ----------
    sources
        What `resolve_sources` takes.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.

    Raises
    ------
    SettingError
        If nothing is given.
    StorageError
        If a file cannot be read.
    """
    digest = hashlib.sha256()
    for source in resolve_sources(sources):
        digest.update(f"{source.n_bytes};".encode())
        if source.n_bytes is None:
            continue
        try:
            with Path(source.path).open("rb") as file:
                for at in _sample_places(source.n_bytes):
                    file.seek(at)
                    digest.update(file.read(SAMPLE_BYTES))
        except OSError as error:
            raise storage_error(error, source.path) from error
    return digest.hexdigest()


def storage_error(error: OSError, path: str | os.PathLike[str]) -> StorageError:
    """Turn the system's complaint about a file into ours, with the nearest names that exist."""
    path = Path(path)
    if error.errno == errno.EACCES or error.errno == errno.EPERM:
        return StorageError("no permission to read it.", f"Try: chmod u+r '{path}'", path=path)
    if error.errno == errno.ENOENT:
        if path.is_symlink():
            target = os.readlink(path)
            return StorageError(
                f"a link to {target!r}, which does not exist.", "Mend the link.", path=path
            )
        return StorageError("does not exist.", _near_names(path), path=path)
    if error.errno == errno.ENAMETOOLONG:
        return StorageError("longer than a path may be.", "For text in memory use from_texts.")
    return StorageError(f"cannot be read: {error.strerror or error}.", path=path)


def _near_names(path: Path) -> str:
    """Say which names nearby resemble a missing one."""
    folder = path.parent
    while not folder.is_dir():
        folder = folder.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return "Check the path."
    wanted = path.name if folder == path.parent else path.relative_to(folder).parts[0]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.6)
    near = near or [name for name in names if name.startswith(wanted)][:3]
    if near:
        return f"Did you mean {' or '.join(str(folder / name) for name in near)}?"
    return f"The folder {str(folder)!r} holds {len(names):,} other names."


def _identity(source: Source) -> tuple[int, int] | str:
    """Tell files apart by what they are, not by name."""
    if source.path == STDIN:
        return STDIN
    status = os.stat(source.path)
    return status.st_dev, status.st_ino


def _sample_places(n_bytes: int) -> list[int]:
    if n_bytes <= N_SAMPLES * SAMPLE_BYTES:
        return list(range(0, n_bytes, SAMPLE_BYTES))
    last = n_bytes - SAMPLE_BYTES
    return [last * i // (N_SAMPLES - 1) for i in range(N_SAMPLES)]


def _expand(given: object, notes: list[str]) -> list[Source]:
    """Turn one thing given into the files it stands for."""
    if isinstance(given, Source):
        return [given]
    if not isinstance(given, (str, os.PathLike)):
        raise SettingError(
            f"a source must be a path, got {type(given).__name__}.",
            "For text in memory use Corpus.from_texts.",
        )
    path = os.fspath(given)
    if not isinstance(path, str):
        path = os.fsdecode(path)
    if path == STDIN:
        return [Source(STDIN, None)]
    if "\0" in path or "\n" in path:
        raise SettingError(
            "a source must be a path, got text of several lines.",
            "For text in memory use Corpus.from_texts.",
        )
    return _expand_path(path, notes)


def _expand_path(path: str, notes: list[str]) -> list[Source]:
    try:
        status = os.stat(path)
    except OSError as error:
        if glob.has_magic(path) and not os.path.islink(path):
            return _expand_pattern(path, notes)
        raise storage_error(error, path) from error
    if stat.S_ISDIR(status.st_mode):
        return _expand_folder(path, notes)
    if stat.S_ISSOCK(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise StorageError("neither a file nor a pipe.", "Name a text file.", path=path)
    return [Source(path, status.st_size if stat.S_ISREG(status.st_mode) else None)]


def _expand_pattern(pattern: str, notes: list[str]) -> list[Source]:
    paths = sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))
    if not paths:
        raise StorageError("no file matches this pattern.", "Try: ls -d " + pattern, path=pattern)
    return [source for path in paths for source in _expand_path(path, notes)]


def _expand_folder(folder: str, notes: list[str]) -> list[Source]:
    taken: list[Source] = []
    others: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=_raise_storage_error):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = os.path.join(parent, name)
            if _plain_name(name).endswith(EXTENSIONS):
                taken += _expand_path(path, notes)
            else:
                others.append(path)
    if not taken:
        kinds = " ".join(EXTENSIONS)
        if not others:
            raise StorageError(
                "this folder holds no files (hidden ones are left out).",
                f"Put text files into it ({kinds}), or name another.",
                path=folder,
            )
        raise StorageError(
            f"this folder holds no text file ({kinds}), but {len(others):,} of other kinds, "
            f"first: {others[0]}.",
            "Name the files themselves.",
            path=folder,
        )
    if others:
        notes.append(f"{folder}: {len(others):,} files of other kinds left out, first: {others[0]}")
    return sorted(taken, key=lambda source: source.path)


def _plain_name(name: str) -> str:
    """Give a file's name in lower case, without the ending of its compression."""
    name = name.lower()
    for ending in COMPRESSIONS:
        name = name.removesuffix(ending)
    return name


def _raise_storage_error(error: OSError) -> None:
    raise storage_error(error, error.filename) from error
