"""Consoles, pipes, signals, missing packages: what surrounds the command line."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lexloom.cli import terminal
from lexloom.cli.running import run
from tests.cli.conftest import Cli
from tests.conftest import Child

HOSTILE = "evil\x1b[31mred\x07 next\u2028line"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Vectors whose words would steer a terminal, or that no old console can show."""
    path = tmp_path / "hostile.txt"
    words = ["a", "evil\x1b[31mred\x07", "质量", "😀"]
    rows = "".join(f"{word} {1 - 0.1 * place} {0.1 * place}\n" for place, word in enumerate(words))
    path.write_text(f"4 2\n{rows}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["neighbours", "v", "w"],
            'Unknown command "neighbours". Did you mean "neighbors"?',
        ),
        (["neighbors", "v", "w", "--limt", "3"], "Unknown option: --limt. Did you mean --limit?"),
        (
            ["neighbors", "v", "w", "--limit", "x"],
            'Invalid value for --limit: unable to convert "x" into int.',
        ),
        (["analogy", "v", "a", "b"], 'Command "analogy" parameter C requires an argument.'),
        (["analogy", "v", "a", "b", "c", "--method", "3cosad"], 'Did you mean "3cosadd"?'),
    ],
)
def test_a_slip_in_the_command_names_what_was_meant(cli: Cli, words: list[str], message: str):
    answer = cli(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert message in answer.err
    assert len(answer.err.splitlines()) == 1


def test_json_errors_are_one_object(cli: Cli):
    answer = cli("neighbors", "nowhere.vectors", "word", "--json")
    assert answer.code == 1
    assert answer.fault == {
        "error": "StorageError",
        "what": "does not exist.",
        "fix": "",
        "path": "nowhere.vectors",
        "line": None,
        "byte": None,
        "exit_code": 1,
    }


def test_words_that_would_steer_a_terminal_are_escaped(cli: Cli, hostile: Path):
    answer = cli("neighbors", hostile, "a")
    assert answer.out.splitlines() == [
        "a",
        "   0.994  evil\\x1b[31mred\\x07",
        "   0.970  质量",
        "   0.919  😀",
    ]


def test_json_keeps_every_word_as_it_is(cli: Cli, hostile: Path):
    answer = cli("neighbors", hostile, "a", "--json")
    assert "\x1b" not in answer.out
    assert answer.data["neighbors"][0]["word"] == "evil\x1b[31mred\x07"


def test_an_error_is_one_line_whatever_is_in_it(cli: Cli, hostile: Path):
    answer = cli("neighbors", hostile, HOSTILE)
    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert "\x1b" not in answer.err


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "cp1252"])
def test_no_console_is_broken_by_a_word(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert run(["neighbors", str(hostile), "a"]) == 0
    assert run(["neighbors", str(hostile), "没有😀"]) == 1
    shown = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]  # a BytesIO
    assert "\\U0001f600" in shown
    assert ("质量" in shown) == (encoding == "cp936")


def test_json_on_an_ascii_console_is_json_still(hostile: Path, monkeypatch: pytest.MonkeyPatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert run(["neighbors", str(hostile), "a", "--json"]) == 0
    shown = json.loads(out.buffer.getvalue())  # type: ignore[attr-defined]  # a BytesIO
    assert [near["word"] for near in shown["neighbors"]][1:] == ["质量", "😀"]


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path, hostile: Path):
    rows = "".join(f"w{n} {n % 7 + 1} {n % 5}\n" for n in range(3000))
    (tmp_path / "many.txt").write_text(f"3000 2\n{rows}", encoding="utf-8")
    words = " ".join(f"w{n}" for n in range(1500))
    done = subprocess.run(
        f"'{sys.executable}' -m lexloom neighbors many.txt {words} -n 50 | head -n 1",
        shell=True,
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout == b"w0\n"
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_told(hostile: Path):
    done = subprocess.run(
        f"'{sys.executable}' -m lexloom neighbors '{hostile}' a > /dev/full",
        shell=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == b"error: standard output: No space left on device.\n"


def test_a_missing_extra_names_the_command_that_brings_it(lexloom: Child, tmp_path: Path):
    # Children of the child segment the text: the package must be missing there as well.
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "opencc.py").write_text("raise ImportError('absent')\n", encoding="utf-8")
    (tmp_path / "zh.txt").write_text("質量很好\n" * 9, encoding="utf-8")
    words = ["corpus", "zh.txt", "--out", "c", "--language", "zh", "--simplified"]
    done = lexloom(*words, env={"PYTHONPATH": str(absent)})
    assert done.returncode == 2
    assert b"pip install 'lexloom[traditional]'" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "c").exists()


def test_debug_shows_where_an_error_arose(cli: Cli):
    plain, debug = cli("show", "nowhere"), cli("show", "nowhere", "--debug")
    assert "Traceback" not in plain.err
    assert "Traceback" in debug.err
    assert debug.err.endswith(plain.err)


def test_a_defect_of_ours_is_told_as_one(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("lexloom.catalog.load", fail)
    answer = cli("show", "anything")
    assert answer.code == 1
    assert answer.err == (
        "error: ZeroDivisionError: division by zero. "
        "This is a defect of lexloom: --debug shows where.\n"
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "error: out of memory. "),
        (MemoryError("8 GiB"), "error: out of memory: 8 GiB. "),
        (
            RuntimeError("alloc_cpu.cpp: can't allocate memory: you tried to allocate 64 bytes."),
            "error: out of memory: you tried to allocate 64 bytes. ",
        ),
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has …"),
            "error: out of memory: Tried to allocate 2.50 GiB. ",
        ),
    ],
)
def test_memory_that_is_not_there_is_no_defect(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("lexloom.catalog.load", fail)
    assert cli("show", "anything").err == f"{told}lexloom check FILE: what it takes.\n"
    monkeypatch.setattr("lexloom.finetuning.task_trainer.TaskTrainer.rehearse", fail)
    asked = ("finetune", "classify", "fasttext", "--train", "x.csv", "--out", "y", "--dry-run")
    assert cli(*asked).err.startswith(f"{told}Pass a smaller --batch-pieces")


def test_warnings_are_lines_too(cli: Cli, tmp_path: Path):
    path = tmp_path / "zero.txt"
    path.write_text("2 2\na 0 0\nb 1 1\n", encoding="utf-8")
    answer = cli("neighbors", path, "b")
    assert answer.code == 0
    assert answer.err.startswith("warning: ")
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "draws"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"CI": "true"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_bar_is_drawn_on_a_willing_terminal_only(
    monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], draws: bool
):
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    assert terminal.can_draw(Tty()) is draws
    assert not terminal.can_draw(io.StringIO())


OFFLINE = """
import sys

def deny(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise SystemExit(f"a connection was tried: {event} {arguments}")

sys.addaudithook(deny)
from lexloom.cli.running import run

for command in sys.argv[1:]:
    code = run(command.split())
    if code:
        raise SystemExit(code)
"""


def test_nothing_is_fetched(here: Path, vectors: Path):
    commands = [
        "check rooms.txt",
        "corpus rooms.txt --out c --language en",
        "train word2vec c --out v --width 8 --epochs 1",
        "neighbors v kitchen",
        "evaluate v",
        "convert v v.bin",
        "show v",
    ]
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, *commands], cwd=here, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_no_control_characters_but_on_a_terminal(cli: Cli, here: Path):
    answer = cli("corpus", "rooms.txt", "--out", "c")
    assert answer.code == 0
    for text in (answer.out, answer.err):
        assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_signals_leave_with_their_code(tmp_path: Path, number: signal.Signals, code: int):
    if os.name == "nt":
        pytest.skip("signals of this kind are POSIX's")
    child = subprocess.Popen(
        [sys.executable, "-m", "lexloom", "corpus", "-", "--out", "c", "--language", "en"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(b"some words to wait with\n")
        child.stdin.flush()
        wait_until_working(tmp_path)
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == code, err.decode()
    assert out == b""
    assert err in {b"interrupted.\n", b"terminated.\n"}
    assert not (tmp_path / "c").exists()


LOST_IN_A_CALLBACK = """
import ctypes, signal, sys, time
from lexloom.cli import app, running

def verb(words, **_):
    ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGTERM))()
    time.sleep(30)

running.build = lambda: verb
verb.config = None
sys.exit(running.run(["verb"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are POSIX's")
def test_a_signal_inside_a_callback_of_c_is_not_lost(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", LOST_IN_A_CALLBACK],
        cwd=tmp_path,
        capture_output=True,
        timeout=25,
        check=False,
    )
    assert (done.returncode, done.stderr) == (143, b"terminated.\n")


def wait_until_working(folder: Path) -> None:
    """Wait until a child has begun to write beside its target."""
    for _ in range(600):
        time.sleep(0.05)
        if list(folder.iterdir()):
            return
    pytest.fail("nothing was begun in half a minute")
