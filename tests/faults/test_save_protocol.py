"""Promise P1: whatever fails, and whenever, the target is the old artefact or the new one."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lexloom import artefact
from lexloom.artefact import disk, finding, opening, saving
from lexloom.errors import FormatError, LexloomError, StorageError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the sweep counts POSIX operations")

sys.path.insert(0, str(Path(__file__).parent))
import failing_os  # noqa: E402  # beside this file, not installed
import tiny_artefact as tiny  # noqa: E402  # beside this file, not installed

OLD, NEW = 1, 2
FEWEST_OPERATIONS = 30
"""A save of five files takes at least so many: fewer means that the count misses some."""


def state(target: Path) -> int | None:
    """Tell which artefact stands at the target: its value, or None for none."""
    try:
        found = tiny.read(target)
    except StorageError as error:
        assert "does not exist" in error.what
        return None
    value = found["settings"]["value"]
    assert found == tiny.expected(value)
    return value


def beside(target: Path) -> list[str]:
    """List what lies beside the target."""
    return sorted(name for name in os.listdir(target.parent) if name != target.name)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("overwriting", [False, True], ids=["first", "overwriting"])
def test_every_failing_operation_leaves_old_or_new(
    tmp_path: Path, number: int, lasting: bool, overwriting: bool
):
    target = tmp_path / "it"
    n_hit = 0
    for at in range(1, 1000):
        if overwriting:
            if state(target) != OLD:
                tiny.save(target, OLD)
        elif target.exists():
            disk.discard(target)
        fault = failing_os.Fault(at, number, lasting=lasting)
        failure = None
        with pytest.MonkeyPatch.context() as patch:
            failing_os.install(patch, fault)
            try:
                tiny.save(target, NEW)
            except LexloomError as error:
                failure = error
        n_hit += fault.hit
        found = state(target)
        assert found in {NEW, OLD if overwriting else None}
        if failure is None:
            assert found == NEW
        else:
            assert isinstance(failure, StorageError)
            assert failure.errno == number
            assert str(tmp_path) in str(failure)
        if number == errno.ENOSPC:
            left = [name for name in beside(target) if ".old-" not in name or found is None]
            assert [name for name in left if ".lock" not in name] == []
        if not fault.hit:
            break
    assert n_hit >= FEWEST_OPERATIONS
    tiny.save(target, NEW)
    assert state(target) == NEW
    assert beside(target) == []


DYING = """
import os, sys
sys.path.insert(0, {here!r})
import failing_os, pytest, tiny_artefact as tiny
from pathlib import Path
target = Path({target!r})
tiny.save(target, 1)
for at in range(1, 1000):
    child = os.fork()
    if not child:
        failing_os.install(pytest.MonkeyPatch(), failing_os.Fault(at, 0, dying=True))
        tiny.save(target, 2)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 137), code
    value = tiny.read(target)["settings"]["value"]
    assert tiny.read(target) == tiny.expected(value) and value in (1, 2), value
    tiny.save(target, 1)
    assert os.listdir(target.parent) == [target.name], os.listdir(target.parent)
    if code == 0:
        print(at - 1)
        break
"""


def test_dying_at_every_operation_leaves_old_or_new(tmp_path: Path):
    place = tmp_path / "place"
    place.mkdir()
    code = DYING.format(here=str(Path(__file__).parent), target=str(place / "it"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= FEWEST_OPERATIONS
    assert "left by a program that ended early" in done.stderr
    assert "took over the lock of process" in done.stderr


def test_a_leftover_of_a_dead_writer_is_removed_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    target = tmp_path / "it"
    left = tmp_path / ".it.tmp-4242-0123abcd"
    left.mkdir()
    (left / "half.safetensors").write_bytes(b"half")
    kept = tmp_path / ".it.tmp-mine"
    kept.mkdir()
    tiny.save(target, NEW)
    assert beside(target) == [".it.tmp-mine"]
    assert f"{target}: removed {left.name}, left by a program that ended early." in caplog.text


def test_a_crash_between_the_renames_is_recovered_on_load(tmp_path: Path):
    target = tmp_path / "it"
    tiny.save(target, OLD)
    target.rename(tmp_path / ".it.old-4242-0123abcd")
    assert state(target) == OLD
    assert beside(target) == []


def test_a_mapped_artefact_survives_being_replaced(tmp_path: Path):
    from lexloom import artefact

    target = tmp_path / "it"
    tiny.save(target, OLD)
    opened = artefact.open_artefact(target, tiny.KIND)
    matrix = opened.tensors("vectors.safetensors")["matrix"]
    tiny.save(target, NEW)
    assert (matrix == OLD).all()
    with pytest.raises(StorageError, match=r"was replaced since it was opened\. Load it again\."):
        opened.tensors("ids.safetensors")
    assert state(target) == NEW


WRITING = """
import sys
sys.path.insert(0, {here!r})
import tiny_artefact as tiny
from pathlib import Path
for value in range(2, 25):
    tiny.save(Path({target!r}), value)
"""


def test_a_reader_beside_a_writer_always_sees_one_whole_artefact(tmp_path: Path):
    target = tmp_path / "it"
    tiny.save(target, OLD)
    code = WRITING.format(here=str(Path(__file__).parent), target=str(target))
    seen, n_reads = set(), 0
    with subprocess.Popen([sys.executable, "-c", code]) as writer:
        while writer.poll() is None:
            n_reads += 1
            try:
                found = tiny.read(target, "structure" if n_reads % 2 else "full")
            except StorageError as error:
                # Its files were asked for after it had been replaced.
                assert "was replaced since it was opened" in error.what
                continue
            assert found == tiny.expected(found["settings"]["value"])
            seen.add(found["settings"]["value"])
    assert writer.returncode == 0
    assert len(seen) > 3


@pytest.mark.parametrize("verify", ["structure", "full"])
def test_an_artefact_replaced_while_it_is_opened_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verify: artefact.Verify
):
    target, aside = tmp_path / "it", tmp_path / "aside"
    tiny.save(target, OLD)
    read_manifest = opening._manifest_of

    def read_beside_a_writer(path: Path) -> object:
        manifest = read_manifest(path)
        if not aside.exists():
            # The writer has put the old folder aside and emptied it of its manifest already.
            target.rename(aside)
            tiny.save(target, NEW)
            (aside / "manifest.json").unlink()
            monkeypatch.setattr(opening, "check_files", lambda _, found: check(aside, found))
        else:
            monkeypatch.setattr(opening, "check_files", check)
        return manifest

    check = opening.check_files
    monkeypatch.setattr(opening, "_manifest_of", read_beside_a_writer)
    assert tiny.read(target, verify) == tiny.expected(NEW)


def run_between_renames(monkeypatch: pytest.MonkeyPatch, target: Path, module, name: str) -> None:
    """Make the next call of a function fall between the two renames of a writer."""
    function, aside = getattr(module, name), target.with_name("aside")
    calls = iter([name])

    def between_the_renames(*arguments, **options):
        if not next(calls, ""):
            return function(*arguments, **options)
        target.rename(aside)
        try:
            return function(*arguments, **options)
        finally:
            tiny.save(target, NEW)
            shutil.rmtree(aside)

    monkeypatch.setattr(module, name, between_the_renames)


@pytest.mark.parametrize("name", ["identify", "_manifest_of"])
def test_an_artefact_is_read_beside_a_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    target = tmp_path / "it"
    tiny.save(target, OLD)
    run_between_renames(monkeypatch, target, opening, name)
    assert artefact.read_manifest(target).settings["value"] == NEW
    tiny.save(target, OLD)
    run_between_renames(monkeypatch, target, opening, name)
    assert tiny.read(target) == tiny.expected(NEW)


def test_an_artefact_that_is_put_aside_again_and_again_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "it"
    tiny.save(target, OLD)
    manifest_of, seen = opening._manifest_of, []

    def with_a_writer(folder: Path):
        if (folder / "manifest.json").exists() and not seen:
            seen.append(folder)
            folder.rename(tmp_path / ".it.old-4242-0123abcd")
        return manifest_of(folder)

    monkeypatch.setattr(opening, "_manifest_of", with_a_writer)
    run_between_renames(monkeypatch, target, opening, "identify")
    assert artefact.read_manifest(target).settings["value"] == NEW


def test_a_folder_that_stays_without_a_manifest_is_told_at_once(tmp_path: Path):
    (tmp_path / "it").mkdir()
    with pytest.raises(FormatError, match="this folder is empty"):
        artefact.read_manifest(tmp_path / "it")


def test_a_target_that_another_writer_takes_away_is_no_file_and_no_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "it"
    for module, name in ((saving.os, "listdir"), (saving, "read_bounded")):
        tiny.save(target, OLD)
        with monkeypatch.context() as patched:
            run_between_renames(patched, target, module, name)
            saving._check_free(target, target, force=True)
    tiny.save(target, NEW)
    assert state(target) == NEW


def test_a_reader_leaves_the_lock_alone_where_an_artefact_stands_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "it"
    tiny.save(target, OLD)

    def refuse(_: Path):
        raise AssertionError("the next writer would find the lock taken")

    monkeypatch.setattr(finding, "lock", refuse)
    assert finding._recovered_mode(target) == target.stat().st_mode


def test_a_forked_child_does_not_hold_its_parents_lock(tmp_path: Path):
    code = f"""
import os
from lexloom import artefact
from lexloom.errors import BusyError
with artefact.lock({str(tmp_path / "it")!r}):
    child = os.fork()
    if not child:
        try:
            with artefact.lock({str(tmp_path / "it")!r}):
                os._exit(1)
        except BusyError:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_where_the_old_folder_is_in_use_both_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "it"
    tiny.save(target, OLD)

    def refuse(name: str, arguments: tuple) -> None:
        if name == "replace" and arguments[0] == target:
            raise PermissionError(errno.EACCES, "in use")

    with monkeypatch.context() as patch:
        failing_os.install(patch, refuse)
        patch.setattr(disk, "IS_WINDOWS", True)
        patch.setattr(disk, "_WINDOWS_PATIENCE_SECONDS", (0.0, 0.0))
        with pytest.raises(StorageError, match="is open in another program") as caught:
            tiny.save(target, NEW)
    (kept,) = beside(target)
    assert kept in str(caught.value)
    assert state(target) == OLD
    assert state(tmp_path / kept) == NEW
