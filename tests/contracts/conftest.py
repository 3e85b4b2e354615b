"""What the contracts share: a folder in memory, and a trainer that stops at every step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contracts import planted
from tests.contracts.trainers import STEPPING, TRAINERS, trace


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is such a thing: nothing here hangs on a disk being slow."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(params=STEPPING)
def stepping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A deterministic trainer that can be stopped and saves at `N_STRETCHES` places."""
    trainer = TRAINERS[request.param]
    trainer.look_up_often(monkeypatch)
    return trainer(**trainer.in_order, epochs=2, checkpoint_minutes=0)


@pytest.fixture
def uninterrupted(stepping: Any, tmp_path: Path) -> tuple:
    stepping.fit(planted.language(), out=tmp_path / "whole")
    return trace(tmp_path / "whole")
