"""Promises P3 and P4: opening a hostile file runs no code and costs bounded memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bounds memory as Linux does")

sys.path.insert(0, str(Path(__file__).parent))
import hostile  # noqa: E402  # beside this file, not installed

FEWEST_CASES = 100
SPARE_BYTES = 64 << 20
CLOCK_SECONDS = 5

GOOD = {"good": ("", "", lambda path: hostile.forge(path, {"a.json": b"{}"}))}

CHILD = """
import json, os, resource, signal, sys, time
from pathlib import Path
import numpy as np, pyarrow as pa
from lexloom import artefact
import lexloom.artefact.tables, encodings.idna, encodings.utf_16
root, spare, clock = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

def open_all(path):
    opened = artefact.open_artefact(path, "word_vectors")
    for name in opened.manifest.files:
        if name.endswith(".safetensors"):
            opened.tensors(name, {"matrix": (np.float32, 1)})
        elif name.endswith(".arrow"):
            opened.table(name, pa.schema({"word": pa.large_string()}))
        else:
            opened.json(name)

def statistic(name):
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split(name + ":")[1].split()[0]) * 1024

FORBIDDEN = ("exec", "compile", "import", "pickle.", "marshal.", "subprocess.", "socket.",
    "ctypes.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename",
    "os.rmdir", "os.mkdir", "os.truncate", "shutil.", "code.", "urllib.")
def watch(event, arguments):
    writes = event == "open" and (
        set(str(arguments[1] or "")) & set("wax+")
        or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
    if watching and (event.startswith(FORBIDDEN) or writes):
        os.write(2, f"{event} {arguments!r:.200}".encode())
        os._exit(99)

watching = False
sys.addaudithook(watch)
def late(*_):
    os.write(2, b"too late")
    os._exit(98)
signal.signal(signal.SIGALRM, late)

for turn in ("warm", "measured"):
    for name in sorted(os.listdir(root), key=lambda name: name != "good"):
        path = root / name / name
        size = sum(p.lstat().st_size for p in [path, *path.iterdir()]) if path.is_dir() else 0
        if turn == "warm" and path.name not in ("good", "manifest deep", "table cut", "pipe"):
            continue
        # Libraries take what they need once, when they are first used.
        limit = statistic("VmSize") + 2 * size + spare if turn == "measured" else -1
        os.write(2, f"[{path.name}]".encode())
        watching = turn == "measured"
        signal.alarm(clock)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        try:
            open_all(path)
            found = ["fine", ""]
        except BaseException as error:
            found = [type(error).__name__, str(error)]
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        signal.alarm(0)
        watching = False
        if turn == "measured":
            print(json.dumps([path.name, *found]))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Open every hostile file in one watched child; give the error's class and message of each."""
    root = tmp_path_factory.mktemp("hostile")
    for name, (_, _, build) in (hostile.CASES | GOOD).items():
        # In a folder of its own: some leave something beside themselves.
        (root / name).mkdir()
        build(root / name / name)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, root, str(SPARE_BYTES), str(CLOCK_SECONDS)],
        capture_output=True,
        text=True,
        timeout=120,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = (json.loads(line) for line in done.stdout.splitlines())
    return {name: (kind, message) for name, kind, message in rows}


def test_a_good_artefact_opens_under_the_same_watch(found: dict[str, tuple[str, str]]):
    assert found.pop("good") == ("fine", "")
    assert found.keys() == hostile.CASES.keys()
    assert len(found) >= FEWEST_CASES


@pytest.mark.parametrize("name", hostile.CASES)
def test_a_hostile_file_is_refused_by_name(found: dict[str, tuple[str, str]], name: str):
    kind, part, _ = hostile.CASES[name]
    assert found[name][0] == kind, found[name][1]
    assert part in found[name][1]
    assert name in found[name][1]
    assert len(found[name][1]) < 1000


@pytest.mark.parametrize(
    "name", [n for n, case in hostile.CASES.items() if case[0] == hostile.UNSAFE]
)
def test_a_pickle_is_never_opened(found: dict[str, tuple[str, str]], name: str):
    message = found[name][1]
    assert "opening it can run code, so it is never opened. In the program that wrote it" in message
    assert message.endswith("then lexloom convert.")
