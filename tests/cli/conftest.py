"""The command line in this process, and a small text in a folder of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lexloom.cli.running import run

ROOMS = {
    "kitchen": ["pan", "stove", "plate", "spoon", "kettle"],
    "garden": ["rose", "spade", "lawn", "hedge", "bee"],
    "office": ["desk", "printer", "memo", "stapler", "chair"],
}


class Answer(NamedTuple):
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON objects of standard output: one, or a list of several."""
        objects = [json.loads(line) for line in self.out.splitlines()]
        return objects[0] if len(objects) == 1 else objects

    @property
    def fault(self) -> Any:
        """The JSON object of standard error."""
        return json.loads(self.err.splitlines()[-1])


Cli = Callable[..., Answer]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs the command line in this process."""

    def call(*words: str | Path) -> Answer:
        capsys.readouterr()
        code = run([str(word) for word in words])
        return Answer(code, *capsys.readouterr())

    return call


def write_rooms(path: Path, n_lines: int = 600) -> None:
    """Write lines in which the things of one room stand together."""
    draw = random.Random(1)
    lines = []
    for _ in range(n_lines):
        room, things = draw.choice(list(ROOMS.items()))
        lines.append(" ".join([room, *draw.choices(things, k=7)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with a text in it, as the current one."""
    monkeypatch.chdir(tmp_path)
    write_rooms(tmp_path / "rooms.txt")
    return tmp_path


@pytest.fixture
def vectors(here: Path) -> Path:
    """A file of vectors of another program, in that folder."""
    path = here / "fruit.txt"
    path.write_text("4 2\napple 1 0\npear 0.9 0.1\n汽车 0 1\nbus 0.1 0.9\n", encoding="utf-8")
    return path
