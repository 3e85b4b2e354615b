"""The cache of compiled kernels knows when any kernel was changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lexloom

CALLER = """
from lexloom.kernels.draws import stream
print(int(stream(1, 2, 3)), sum(stream.stats.cache_hits.values()))
"""


def run(folder: Path) -> list[str]:
    """Call a kernel in a process of its own: its answer, and how much came out of the cache."""
    folders = {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-c", CALLER]
    done = subprocess.run(
        command, env=os.environ | folders, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_change_of_any_kernel_is_seen(tmp_path):
    package = Path(lexloom.__file__).parent
    shutil.copytree(package, tmp_path / "lexloom", ignore=shutil.ignore_patterns("__pycache__"))
    first = run(tmp_path)
    assert first[1] == "0"
    assert run(tmp_path) == [first[0], "1"]
    other = tmp_path / "lexloom" / "kernels" / "rows.py"
    other.write_text(other.read_text(encoding="utf-8") + "\n_NEW = 1\n", encoding="utf-8")
    # What stands in the old file may name classes that are gone: it must not be unpacked.
    for index in (tmp_path / "cache").rglob("*.nbi"):
        version, end, _ = index.read_bytes().partition(b"\x94.")
        index.write_bytes(version + end + b"no longer to be understood")
    assert run(tmp_path) == first
