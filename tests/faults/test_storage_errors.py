"""What the disk refuses is named with the path, the reason and what to do; what was there stays."""

from __future__ import annotations

import errno
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from lexloom import artefact
from lexloom.artefact import draft as drafts
from lexloom.errors import BusyError, SettingError, StorageError

sys.path.insert(0, str(Path(__file__).parent))
import failing_os
import tiny_artefact as tiny

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


def refusal(target: Path, *, force: bool = True) -> StorageError:
    """Save in vain; give the error, after looking that the old artefact stands and nothing else."""
    before = sorted(os.listdir(target.parent))
    with pytest.raises(StorageError) as caught:
        tiny.save(target, 2, force=force)
    assert sorted(os.listdir(target.parent)) == before
    return caught.value


MESSAGES = {
    errno.EDQUOT: "your disk quota is used up. Free some space, or choose another disk.",
    errno.EACCES: "no permission. Choose another folder, or change its permissions.",
    errno.EROFS: "the disk is read-only. Choose another folder.",
    errno.EIO: "the disk reports an input/output error. Check the disk, or choose another.",
    errno.EFBIG: "this system allows no file that large. Raise `ulimit -f`.",
    errno.EMFILE: "too many files are open. Raise `ulimit -n`.",
    errno.ESTALE: f"the system says: {os.strerror(errno.ESTALE)}.",
}


@pytest.mark.parametrize("number", MESSAGES, ids=errno.errorcode.get)
def test_what_the_system_refuses_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    tiny.save(tmp_path / "it", 1)

    def refuse(name: str, arguments: tuple) -> None:
        if name == "write" and "vectors" in os.readlink(f"/proc/self/fd/{arguments[0]}"):
            raise OSError(number, os.strerror(number))

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to name descriptors")
    failing_os.install(monkeypatch, refuse)
    error = refusal(tmp_path / "it")
    assert error.path is not None
    assert error.path.endswith("vectors.safetensors")
    assert str(error) == f"{error.path}: {MESSAGES[number]}"
    assert error.errno == number
    assert tiny.read(tmp_path / "it") == tiny.expected(1)


def test_a_full_disk_tells_what_is_needed_and_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tiny.save(tmp_path / "it", 1)
    fault = failing_os.Fault(1, errno.ENOSPC)

    def refuse(name: str, arguments: tuple) -> None:
        if name == "write" and len(arguments[1]) > 1 << 20:
            fault(name, arguments)

    failing_os.install(monkeypatch, refuse)
    matrix = np.zeros((1000, 1000), np.float32)
    with (
        pytest.raises(StorageError) as caught,
        artefact.create(tmp_path / "it", tiny.KIND, settings={}, force=True) as draft,
    ):
        draft.write_tensors("matrix.safetensors", {"matrix": matrix})
    assert re.fullmatch(
        r".*matrix\.safetensors: no space left on the disk: this needs 4,000,000 bytes, [\d,]+ are "
        r"free\. Free some space, or choose another disk\.",
        str(caught.value),
    )
    assert os.listdir(tmp_path) == ["it"]
    assert tiny.read(tmp_path / "it") == tiny.expected(1)


@posix
def test_a_limit_on_file_sizes_is_met_cleanly(tmp_path: Path):
    import resource

    tiny.save(tmp_path / "it", 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, hard))
    try:
        with (
            pytest.raises(StorageError, match="this system allows no file that large"),
            artefact.create(tmp_path / "it", tiny.KIND, settings={}, force=True) as draft,
        ):
            draft.write_tensors("matrix.safetensors", {"matrix": np.zeros(100_000, np.float32)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == ["it"]
    assert tiny.read(tmp_path / "it") == tiny.expected(1)


@posix
def test_a_disk_of_one_mebibyte_fills_up(tmp_path: Path):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        tiny.save(place / "it", 1)
        with (
            pytest.raises(
                StorageError, match=r"no space left on the disk: this needs [\d,]+ bytes"
            ),
            artefact.create(place / "it", tiny.KIND, settings={}, force=True) as draft,
            draft.open_tensor("ids.safetensors", "ids", np.int32) as stream,
        ):
            for _ in range(100):
                stream.append(np.zeros(10_000, np.int32))
        assert os.listdir(place) == ["it"]
        assert tiny.read(place / "it") == tiny.expected(1)
    finally:
        subprocess.run(["umount", place], check=True)


def test_an_existing_target_is_refused_before_any_work(tmp_path: Path):
    tiny.save(tmp_path / "it", 1)
    error = refusal(tmp_path / "it", force=False)
    assert str(error) == (
        f"{tmp_path / 'it'}: already exists. "
        "Choose another folder, or replace it with --force (force=True in Python)."
    )
    with pytest.raises(StorageError), artefact.create(tmp_path / "it", tiny.KIND, settings={}):
        pytest.fail("the work began")


def test_force_never_replaces_what_is_not_an_artefact(tmp_path: Path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert str(refusal(mine)) == (
        f"{mine}: only an artefact is ever replaced, and this folder is none: it has no "
        "manifest.json. Remove it yourself, or choose another folder."
    )
    (mine / "manifest.json").write_text('{"name": "a web page"}', encoding="utf-8")
    assert "another program's manifest" in str(refusal(mine))
    assert "is a file, and only an artefact is ever replaced" in str(refusal(mine / "thesis.txt"))
    tiny.save(tmp_path / "it", 1)
    (tmp_path / "it" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "it also holds notes.txt" in str(refusal(tmp_path / "it"))


def test_an_empty_folder_and_a_link_to_an_artefact_are_taken(tmp_path: Path):
    (tmp_path / "it").mkdir()
    tiny.save(tmp_path / "it", 1, force=False)
    assert tiny.read(tmp_path / "it") == tiny.expected(1)
    if os.name == "nt":
        return
    (tmp_path / "link").symlink_to("it")
    tiny.save(tmp_path / "link", 2)
    assert (tmp_path / "link").is_symlink()
    assert tiny.read(tmp_path / "it") == tiny.expected(2)


def test_missing_folders_are_made_and_any_script_is_a_name(tmp_path: Path):
    target = tmp_path / "新 文件夹" / "词向量 🍎"
    tiny.save(target, 1)
    assert tiny.read(target) == tiny.expected(1)


def test_impossible_names_are_refused(tmp_path: Path):
    with pytest.raises(StorageError, match=r"the name is too long\. Choose a shorter one\."):
        tiny.save(tmp_path / ("a" * 300), 1)
    with pytest.raises(StorageError, match="the name holds a NUL character"):
        tiny.save(tmp_path / "a\0b", 1)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="a part of this path is a file, not a folder"):
        tiny.save(tmp_path / "file" / "it", 1)


@posix
def test_a_folder_without_permission_is_refused_before_any_work(tmp_path: Path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        assert "no permission" in str(refusal(tmp_path / "it"))
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["../a", "a/b", "", "manifest.json", "con", "a.", "a\0"])
def test_a_file_of_an_artefact_has_a_plain_name(tmp_path: Path, name: str):
    with (
        pytest.raises(SettingError, match="a file of an artefact cannot be called"),
        artefact.create(tmp_path / "it", tiny.KIND, settings={}) as draft,
    ):
        draft.write_json(name, 1)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}, {(1, 2): 3}, "\ud800"])
def test_settings_that_json_cannot_hold_are_refused_before_any_work(tmp_path: Path, value: object):
    with (
        pytest.raises(SettingError, match=r"the manifest .* must hold plain JSON values"),
        artefact.create(tmp_path / "it", tiny.KIND, settings={"a": value}),
    ):
        pytest.fail("the work began")
    assert os.listdir(tmp_path) == []


def test_a_file_that_reads_back_differently_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tiny.save(tmp_path / "it", 1)
    real = drafts.hash_files
    wrong = artefact.FileEntry(490, "0" * 64)
    monkeypatch.setattr(drafts, "hash_files", lambda *given: {**real(*given), "words.arrow": wrong})
    error = refusal(tmp_path / "it")
    assert str(error).endswith("reads back differently from what was written. Check the disk.")
    assert tiny.read(tmp_path / "it") == tiny.expected(1)


def test_an_interrupted_save_leaves_nothing(tmp_path: Path):
    with (
        pytest.raises(KeyboardInterrupt),
        artefact.create(tmp_path / "it", tiny.KIND, settings={}) as draft,
    ):
        draft.write_json("a.json", 1)
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


HOLDER = """
import sys
from lexloom import artefact
with artefact.lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_writes(tmp_path: Path):
    target = tmp_path / "it"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError) as caught:
            tiny.save(target, 1)
        holder.communicate()
    assert re.fullmatch(
        re.escape(f"{target}: process {holder.pid} on {socket.gethostname()} since ")
        + r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d is writing it\. Wait until it is done, or stop it\.",
        str(caught.value),
    )
    tiny.save(target, 1)
    assert os.listdir(tmp_path) == ["it"]


def test_a_thread_may_take_its_lock_again_and_another_may_not(tmp_path: Path):
    target = tmp_path / "it"
    refused = []

    def other() -> None:
        try:
            tiny.save(target, 2)
        except BusyError as error:
            refused.append(str(error))

    with artefact.lock(target):
        tiny.save(target, 1)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == [
        f"{target}: another thread of this program is writing it. Wait until it is done."
    ]
    assert tiny.read(target) == tiny.expected(1)


@posix
def test_a_lock_left_by_a_dead_process_is_taken_over_and_explained(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    lock = tmp_path / ".it.lock"
    lock.write_text("process 4242 on elsewhere since 2026-01-31 12:00:00", encoding="utf-8")
    tiny.save(tmp_path / "it", 1)
    assert f"{lock}: took over the lock of process 4242 on elsewhere since 2026" in caplog.text
    assert not lock.exists()


def test_a_missing_artefact_is_told_with_what_is_near(tmp_path: Path):
    tiny.save(tmp_path / "reviews.vectors", 1)
    with pytest.raises(StorageError) as caught:
        artefact.open_artefact(tmp_path / "reviews.vector", tiny.KIND)
    assert str(caught.value) == (
        f"{tmp_path / 'reviews.vector'}: does not exist. "
        f"Did you mean {tmp_path / 'reviews.vectors'}?"
    )
