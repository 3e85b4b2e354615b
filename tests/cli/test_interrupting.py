"""Training that a person, or the system, ends half-way, and the same command with --resume."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import write_rooms

TRAIN = ["train", "word2vec", "rooms.txt", "--out", "v", "--min-count", "1", "--width", "8"]
EPOCHS = ["--epochs", "1500", "--threads", "1"]


def started(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lexloom", *TRAIN, *EPOCHS, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
    )


def wait_until_training(folder: Path, child: subprocess.Popen[bytes]) -> None:
    """Wait until a child has told of its first step of training."""
    progress = folder / "v.training" / "progress.jsonl"
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and child.poll() is None:
        if progress.exists() and b"\n" in progress.read_bytes():
            return
        time.sleep(0.01)
    pytest.fail("training did not begin, or ended at once")


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are POSIX's")
@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGINT, 130, "interrupted. "), (signal.SIGTERM, 143, "terminated. ")],
    ids=["SIGINT", "SIGTERM"],
)
def test_training_that_was_ended_goes_on(
    tmp_path: Path, number: signal.Signals, code: int, told: str
):
    write_rooms(tmp_path / "rooms.txt")
    child = started(tmp_path, "--quiet")
    try:
        wait_until_training(tmp_path, child)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert (child.returncode, out) == (code, b"")
    assert err.decode().splitlines()[-1] == (
        f"{told}v.training holds what was done: the same command with --resume goes on."
    )
    assert (tmp_path / "v.corpus").exists() and not (tmp_path / "v").exists()
    child = started(tmp_path, "--resume", "--quiet")
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err.decode()
    assert out.decode().startswith("v: 18 words, width 8")
    assert (tmp_path / "v" / "manifest.json").exists()
    assert not (tmp_path / "v.training").exists()
