"""What all tests share: where the repository is, the real data, a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# Examples are drawn the same way in every run: a red test stays red until somebody repairs it.
settings.register_profile("default", derandomize=True, deadline=None)
settings.load_profile("default")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """A function from a name in the data folder to its path; skips the test where it is absent."""
    folder = Path(os.environ.get("LEXLOOM_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs {name} in {folder} (set LEXLOOM_DATA to the folder that has it)")
        return path

    return find


Child = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def lexloom(tmp_path: Path) -> Child:
    """A function that runs the command line in a child process, in a folder of its own."""

    def run(
        *words: str | Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float = 120.0,
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "lexloom", *map(str, words)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "NO_COLOR": "1", **(env or {})},
            timeout=timeout,
            check=False,
        )

    return run
