"""Promise P1 under power loss: every state a disk may show after a crash loads as old or as new.

The operations of a save are recorded and played onto a model of a disk. What was not brought to the
disk may be missing: the latest changes of names, in each folder for itself, and the contents
of files, which may be empty, torn at 512 bytes or whole.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lexloom.artefact import disk
from lexloom.errors import StorageError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to name descriptors")

sys.path.insert(0, str(Path(__file__).parent))
import failing_os  # noqa: E402  # beside this file, not installed
import tiny_artefact as tiny  # noqa: E402  # beside this file, not installed

OLD, NEW = 1, 2
FEWEST_STATES = 40

Disk = dict[str, bytes | None]
"""Path below the place → content, None for a folder."""

Change = tuple[str, str, object]
"""In one folder: "link" a name to a file or folder, "drop" it, or "move" it to another name."""


def record(target: Path) -> list[tuple]:
    """Save over the target and give the operations that took."""
    recorder = failing_os.Recorder()
    with pytest.MonkeyPatch.context() as patch:
        failing_os.install(patch, recorder)
        tiny.save(target, NEW)
    return recorder.log


class Folders:
    """The folders of a disk, each with the changes of its names and how many of them are safe.

    A folder keeps its identity when it is renamed. File numbers are places in the log; the files
    that were there before have negative ones.
    """

    def __init__(self, original: Path) -> None:
        self.changes: dict[int, list[Change]] = {0: []}
        self.safe: dict[int, int] = {0: 0}
        self.start: dict[int, bytes] = {}
        self._numbers = {str(original): 0}
        for path in sorted(original.rglob("*")):
            if path.is_dir():
                self.apply(("mkdir", str(path)), 0)
            else:
                number = -1 - len(self.start)
                self.start[number] = path.read_bytes()
                self.apply(("create", str(path)), number)
        self.safe = {number: len(changes) for number, changes in self.changes.items()}

    def apply(self, operation: tuple, number: int) -> None:
        """Note one operation of the log."""
        name, path, *rest = operation
        if name == "sync folder":
            folder = self._numbers[path]
            self.safe[folder] = len(self.changes[folder])
        if name not in {"create", "mkdir", "unlink", "rmdir", "replace"}:
            return
        parent, _, last = path.rpartition("/")
        changes = self.changes[self._numbers[parent]]
        if name == "create":
            changes.append(("link", last, ("file", number)))
        elif name == "mkdir":
            new = len(self.changes)
            self.changes[new], self.safe[new], self._numbers[path] = [], 0, new
            changes.append(("link", last, ("folder", new)))
        elif name in {"unlink", "rmdir"}:
            changes.append(("drop", last, None))
        elif name == "replace":
            changes.append(("move", last, rest[0].rpartition("/")[2]))
            for known in [known for known in self._numbers if f"{known}/".startswith(f"{path}/")]:
                self._numbers[rest[0] + known.removeprefix(path)] = self._numbers.pop(known)

    def cuts(self) -> Iterator[dict[int, int]]:
        """Give how many changes of each folder reached the disk, in every possible way."""
        ranges = [
            range(self.safe[number], len(changes) + 1) for number, changes in self.changes.items()
        ]
        for counts in itertools.product(*ranges):
            yield dict(zip(self.changes, counts, strict=True))

    def show(self, cut: dict[int, int], stored: dict[int, bytes], folder: int = 0) -> Disk:
        """Give the disk with so many changes of each folder and these contents of files."""
        entries: dict[str, tuple[str, int]] = {}
        for what, name, detail in self.changes[folder][: cut[folder]]:
            if what == "link":
                entries.setdefault(name, detail)
            elif what == "move":
                entries[detail] = entries.pop(name)
            else:
                entries.pop(name, None)
        made: Disk = {}
        for name, (sort, number) in entries.items():
            if sort == "file":
                made[name] = self.start.get(number, stored.get(number))
            else:
                made[name] = None
                inner = self.show(cut, stored, number)
                made |= {f"{name}/{path}": content for path, content in inner.items()}
        return made


def contents(operations: list[tuple], unsynced: str) -> dict[int, bytes]:
    """Give the content of each file made, as far as the disk has it."""
    current: dict[str, int] = {}
    data: dict[int, bytearray] = {}
    safe: dict[int, bytes] = {}
    for number, (name, path, *rest) in enumerate(operations):
        if name == "create":
            current[path] = number
            data[number] = bytearray()
        elif name == "write" and path in current:
            offset, block = rest
            data[current[path]][offset : offset + len(block)] = block
        elif name == "sync" and path in current:
            safe[current[path]] = bytes(data[current[path]])
    if unsynced == "whole":
        return {number: bytes(block) for number, block in data.items()}
    torn = {"empty": 0, "torn": 512}[unsynced]
    return {number: safe.get(number, bytes(block[:torn])) for number, block in data.items()}


def states(folders: Folders, log: list[tuple]) -> Iterator[Disk]:
    """Build every state a disk may show after a crash at any operation."""
    seen = set()
    for end in range(len(log) + 1):
        if end:
            folders.apply(log[end - 1], end - 1)
        for cut, unsynced in itertools.product(folders.cuts(), ("empty", "torn", "whole")):
            made = folders.show(cut, contents(log[:end], unsynced))
            key = hash(frozenset(made.items()))
            if key not in seen:
                seen.add(key)
                yield made


def materialise(place: Path, made: Disk) -> None:
    """Write a state of the model as real files."""
    for path, content in sorted(made.items()):
        if content is None:
            (place / path).mkdir()
        else:
            (place / path).write_bytes(content)


@pytest.mark.parametrize("overwriting", [False, True], ids=["first", "overwriting"])
def test_every_state_after_a_crash_loads_as_old_or_new(tmp_path: Path, overwriting: bool):
    original = tmp_path / "original"
    original.mkdir()
    target = original / "it"
    if overwriting:
        tiny.save(target, OLD)
    folders = Folders(original)
    log = record(target)
    # What the test writes by hand is not seen by the shim: it is on the disk once it is synced.
    by_hand = next(path for name, path, *_ in log if name == "sync" and "by_hand" in path)
    first = next(i for i, entry in enumerate(log) if entry[:2] == ("sync", by_hand))
    log[first:first] = [("create", by_hand), ("write", by_hand, 0, str(NEW).encode())]
    n_states, found = 0, set()
    for n_states, made in enumerate(states(folders, log), start=1):
        place = tmp_path / str(n_states)
        place.mkdir()
        materialise(place, made)
        try:
            value = tiny.read(place / "it")["settings"]["value"]
            assert tiny.read(place / "it") == tiny.expected(value)
        except StorageError as error:
            assert "does not exist" in error.what
            value = None
        found.add(value)
        if n_states % 10 == 0:
            tiny.save(place / "it", NEW)
            assert os.listdir(place) == ["it"]
        for path in place.iterdir():
            disk.discard(path) or path.unlink()
    assert found == {NEW, OLD if overwriting else None}
    assert n_states >= FEWEST_STATES
