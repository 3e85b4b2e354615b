"""Where a corpus waits while it is read: raw arrays that grow on disk, beside the result.

`<out>.building/` holds the ids of all words by the order of their first appearance, the words of
each line and the line each document starts on; after a kill, also the state of the last checkpoint.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Ids, Offsets
from lexloom.errors import StorageError

__all__ = ["Spool"]

_TYPES = {"ids": np.dtype(np.int32), "lengths": np.dtype(np.int64), "documents": np.dtype(np.int64)}
_STATE = "state.json"
_LINES_AT_ONCE = 1 << 20
_WORDS_AT_ONCE = 1 << 20


class Spool:
    """Arrays on disk that grow block by block.

    Parameters
    ----------
    folder
        Where they live; made when missing.
    fresh
        Whether to throw away what is there.
    """

    def __init__(self, folder: Path, *, fresh: bool) -> None:
        self.folder = folder
        if fresh:
            artefact.drop(folder)
        artefact.claim(folder)
        try:
            self._files = {name: (folder / f"{name}.bin").open("ab") for name in _TYPES}
        except OSError as error:
            raise StorageError(f"cannot write here: {error.strerror}.", path=folder) from error
        self.sizes = dict.fromkeys(_TYPES, 0)

    def append(self, **arrays: np.ndarray) -> None:
        """Write arrays behind what is there.

        Raises
        ------
        StorageError
            If they cannot be written.
        """
        for name, array in arrays.items():
            data = np.ascontiguousarray(array, _TYPES[name])
            try:
                self._files[name].write(data.data)
            except OSError as error:
                raise StorageError(
                    f"cannot write: {error.strerror}.", "Free some space.", path=self.folder
                ) from error
            self.sizes[name] += len(data)

    def checkpoint(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Make sure that all that was written, and this state, survive a kill."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        names = {}
        for name, array in arrays.items():
            names[name] = f"{name}-{state['n_blocks']}.npy"
            with (self.folder / names[name]).open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        whole = {**state, "sizes": self.sizes, "arrays": names}
        temporary = self.folder / f"{_STATE}.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(whole, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.folder / _STATE)
        for path in self.folder.glob("*.npy"):
            if path.name not in names.values() and not path.name.startswith("pruned"):
                path.unlink()

    def restore(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """Give the state and arrays of the last checkpoint, and drop what came after it."""
        path = self.folder / _STATE
        if not path.exists():
            return None
        state = json.loads(path.read_text(encoding="utf-8"))
        arrays = {
            name: np.load(self.folder / file, allow_pickle=False)
            for name, file in state["arrays"].items()
        }
        for name, size in state["sizes"].items():
            self._files[name].truncate(size * _TYPES[name].itemsize)
        self.sizes = dict(state["sizes"])
        return state, arrays

    def save_array(self, name: str, array: np.ndarray) -> None:
        """Keep an array that no checkpoint replaces."""
        np.save(self.folder / f"{name}.npy", array, allow_pickle=False)

    def load_array(self, name: str) -> np.ndarray:
        """Give an array `save_array` kept, mapped into memory."""
        return np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)

    def lines(self, first: int, last: int) -> Iterator[tuple[Ids, Offsets]]:
        """Give the ids and line lengths of lines `first` to `last` - 1, some lines at a time."""
        self.flush()
        lengths_path, ids_path = self.folder / "lengths.bin", self.folder / "ids.bin"
        with lengths_path.open("rb") as lengths_file, ids_path.open("rb") as ids_file:
            done = 0
            while done < last:
                lengths = np.fromfile(lengths_file, np.int64, min(_LINES_AT_ONCE, last - done))
                skipped = min(max(first - done, 0), len(lengths))
                ids_file.seek(int(lengths[:skipped].sum()) * 4, os.SEEK_CUR)
                done += len(lengths)
                yield from _portions(lengths[skipped:], ids_file)

    def documents(self) -> Iterator[Offsets]:
        """Give the line each document starts on, some documents at a time."""
        self.flush()
        with (self.folder / "documents.bin").open("rb") as file:
            while len(starts := np.fromfile(file, np.int64, _LINES_AT_ONCE)):
                yield starts

    def flush(self) -> None:
        """Hand what was written to the system."""
        for file in self._files.values():
            file.flush()

    def close(self) -> None:
        """Close the files and leave them where they are."""
        for file in self._files.values():
            file.close()

    def discard(self) -> None:
        """Close the files and remove the folder."""
        self.close()
        artefact.drop(self.folder)


def _portions(lengths: Offsets, ids_file: Any) -> Iterator[tuple[Ids, Offsets]]:
    """Read the ids of some lines in portions of a bounded number of words."""
    ends = np.cumsum(lengths)
    line = 0
    while line < len(lengths):
        begin = int(ends[line - 1]) if line else 0
        stop = max(int(np.searchsorted(ends, begin + _WORDS_AT_ONCE, "right")), line + 1)
        ids = np.fromfile(ids_file, np.int32, int(ends[stop - 1]) - begin)
        yield ids, lengths[line:stop]
        line = stop
