"""Checkpoints: the last whole one is found, another run's is refused, nothing idle is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexloom.errors import SettingError, StorageError
from lexloom.training.checkpoints import Checkpoints

RUN = {"width": 3, "corpus": "abc"}


def opened(folder: Path, run: dict[str, Any] = RUN, *, resume: bool = True, force: bool = False):
    return Checkpoints(folder / "it", run, resume=resume, force=force)


def arrays(value: float) -> dict[str, np.ndarray]:
    return {"matrix": np.full((2, 3), value, np.float32)}


def test_only_the_newest_is_kept_and_found(tmp_path: Path):
    with opened(tmp_path) as places:
        assert places.last() is None
        for step in (1, 2, 10):
            places.save(step, {"step": step}, arrays(step))
    found = opened(tmp_path).last()
    assert found is not None
    assert found[0] == {"step": 10}
    assert np.array_equal(found[1]["matrix"], arrays(10)["matrix"])
    assert [path.name for path in (tmp_path / "it.training").glob("step*")] == ["step-000000010"]


def test_what_was_told_after_the_checkpoint_is_dropped(tmp_path: Path):
    places = opened(tmp_path)
    places.progress_path.write_bytes(b"one\n")
    places.save(1, {}, arrays(1))
    places.progress_path.write_bytes(b"one\ntwo\nthr")
    assert opened(tmp_path).last() is not None
    assert places.progress_path.read_bytes() == b"one\n"
    places.progress_path.write_bytes(b"")
    assert opened(tmp_path).last() is not None
    assert places.progress_path.read_bytes() == b""


def test_without_a_checkpoint_nothing_told_counts_and_nothing_stays(tmp_path: Path):
    with opened(tmp_path) as places:
        places.progress_path.write_bytes(b"one\n")
        assert places.last() is None
        assert places.progress_path.read_bytes() == b""
    assert list(tmp_path.iterdir()) == []


def test_another_run_is_refused_in_a_table(tmp_path: Path):
    opened(tmp_path).save(1, {}, arrays(1))
    other = {"width": 4, "corpus": "abc", "seed": 2}
    with pytest.raises(SettingError) as caught:
        opened(tmp_path, other).last()
    assert caught.value.what == (
        f"the run in {tmp_path / 'it.training'} is another: seed was None, is 2; width was 3, is 4."
    )


def test_an_unfinished_run_is_kept_unless_forced(tmp_path: Path):
    opened(tmp_path).save(1, {}, arrays(1))
    with pytest.raises(SettingError, match="holds an unfinished run"):
        opened(tmp_path, resume=False)
    assert opened(tmp_path).last() is not None
    assert opened(tmp_path, resume=False, force=True).last() is None


def test_a_folder_without_a_checkpoint_is_no_unfinished_run(tmp_path: Path):
    opened(tmp_path).progress_path.write_bytes(b"one\n")
    with opened(tmp_path, resume=False) as places:
        assert not places.progress_path.exists()


def test_drafts_of_a_killed_run_are_removed_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    draft = tmp_path / "it.training" / ".step-000000002.tmp-42-0123abcd"
    opened(tmp_path)
    draft.mkdir(parents=True)
    (draft / "state.safetensors").write_bytes(b"half")
    opened(tmp_path)
    assert not draft.exists()
    assert caplog.messages == [f"{draft}: removed, a checkpoint that was never finished."]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"it\.training: cannot be made: Not a directory\.$"):
        opened(tmp_path / "file")
    (tmp_path / "it.training").write_bytes(b"")
    with pytest.raises(StorageError, match="is in the way: it is no folder"):
        opened(tmp_path)
