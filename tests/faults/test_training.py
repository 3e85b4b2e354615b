"""Table C: whatever happens to a run, what it had saved stays, and it says what happened."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts import planted

import lexloom
from lexloom import artefact
from lexloom.errors import BusyError, DivergedError, SettingError, StorageError
from lexloom.static import word2vec_model
from lexloom.static.word2vec import Word2Vec
from lexloom.training import checkpoints
from lexloom.vectors.word_vectors import WordVectors

sys.path.insert(0, str(Path(__file__).parent))
import failing_os

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")
N_STEPS = 12


def trainer(**changes: Any) -> Word2Vec:
    """A trainer that saves after each of its `N_STEPS` steps."""
    settings = {"width": 12, "epochs": 2, "threads": 2, "deterministic": True, "sample": 0.0}
    return Word2Vec(**{**settings, "checkpoint_minutes": 0, **changes})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the vectors go; steps are short."""
    monkeypatch.setattr(word2vec_model, "SPAN", 256)
    monkeypatch.setattr(word2vec_model, "SPANS_OF_STRETCH", 8)
    return tmp_path / "it"


@pytest.fixture
def whole() -> np.ndarray:
    """What comes of a run to which nothing happens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word2vec_model, "SPAN", 256)
        patch.setattr(word2vec_model, "SPANS_OF_STRETCH", 8)
        return trainer().fit(planted.language()).matrix


def training(place: Path) -> Path:
    return place.with_name(f"{place.name}.training")


def steps(place: Path) -> list[str]:
    return sorted(path.name for path in training(place).iterdir() if path.name[0] != ".")


def stop_at(step: int) -> Callable[[Any], None]:
    """A listener that ends the run politely after a step."""
    told = []

    def stop(update: Any) -> None:
        told.append(update)
        if len(told) == step:
            os.kill(os.getpid(), signal.SIGTERM)

    return stop


def left_unfinished(place: Path, step: int = 5) -> None:
    with pytest.raises(KeyboardInterrupt):
        trainer().fit(planted.language(), out=place, on_progress=stop_at(step))
    assert steps(place) == ["progress.jsonl", f"step-{step:09d}"]


# C1, P6: numbers that are not finite


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("poison", [np.nan, np.inf, 3e38])
def test_c1_a_bad_number_is_told_where_it_appears_and_never_saved(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: np.ndarray,
    poison: float,
    deterministic: bool,
):
    train = word2vec_model.Word2VecModel.train

    def poisoned(self: Any, epoch: int, stretch: int) -> Any:
        if (epoch, stretch) == (1, 1):
            self.model.inputs[:] = poison
            self.model.outputs[:] = 1.0
        return train(self, epoch, stretch)

    with monkeypatch.context() as patch:
        patch.setattr(word2vec_model.Word2VecModel, "train", poisoned)
        with pytest.raises(DivergedError) as caught:
            trainer(deterministic=deterministic).fit(planted.language(), out=place)
    n_words = planted.language().n_words
    position, sentence = 8 * 256, 8 * 256 // 6
    found = re.fullmatch(
        r"a score was not finite at word ([\d,]+) of training \(epoch 2, sentence (\d+) of the "
        r"corpus\), at learning rate 0\.01\d+\. Lower learning_rate, or look at the vectors "
        r"training began with\.",
        str(caught.value),
    )
    assert found
    assert n_words + position <= int(found[1].replace(",", "")) < n_words + 2 * position
    assert sentence <= int(found[2]) < 2 * sentence
    assert not place.exists()
    assert steps(place) == ["progress.jsonl", "step-000000007"]
    (saved,) = training(place).glob("step-*")
    kept = artefact.open_artefact(saved, "checkpoint").tensors("state.safetensors")
    assert all(np.isfinite(array).all() for array in kept.values())
    resumed = trainer(deterministic=deterministic).fit(planted.language(), out=place, resume=True)
    if deterministic:
        assert np.array_equal(resumed.matrix, whole)


def test_c1_on_the_command_line(lexloom: Any, tmp_path: Path):
    corpus = planted.language()
    corpus.save(tmp_path / "corpus")
    huge = np.full((len(corpus.vocabulary), 12), 1e30, np.float32)
    WordVectors(corpus.vocabulary, huge).save(tmp_path / "huge")
    where = ("corpus", "--start", "huge", "--width", 12, "--out", "v")
    done = lexloom("train", "word2vec", *where, *QUIET)
    assert done.returncode == 1
    message = done.stderr.decode()
    assert re.fullmatch(
        r"error: a score was not finite at word [\d,]+ of training \(epoch 1, sentence [\d,]+ of "
        r"the corpus\), at learning rate [\d.]+\. Lower learning_rate, or look at the vectors "
        r"training began with\.\n",
        message,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "huge"]


QUIET = ("--quiet", "--deterministic", "--sample", "0", "--threads", "2")


# C5: no space


@posix
def test_c5_a_full_disk_leaves_the_checkpoint_before(
    place: Path, monkeypatch: pytest.MonkeyPatch, whole: np.ndarray
):
    def refuse(name: str, arguments: tuple) -> None:
        link = os.readlink(f"/proc/self/fd/{arguments[0]}") if name == "write" else ""
        if "step-000000004" in link and link.endswith("state.safetensors"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to name descriptors")
    with monkeypatch.context() as patch:
        failing_os.install(patch, refuse)
        with pytest.raises(StorageError) as caught:
            trainer().fit(planted.language(), out=place)
    assert caught.value.errno == errno.ENOSPC
    assert re.search(
        r"step-000000004.*: no space left on the disk: this needs [\d,]+ bytes, [\d,]+ are free\. "
        r"Free some space, or choose another disk\.$",
        str(caught.value),
    )
    assert steps(place) == ["progress.jsonl", "step-000000003"]
    resumed = trainer().fit(planted.language(), out=place, resume=True)
    assert np.array_equal(resumed.matrix, whole)


LIMITED = """
import resource, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.faults import test_training as faults
faults.word2vec_model.SPAN, faults.word2vec_model.SPANS_OF_STRETCH = 256, 8
corpus = faults.planted.language()
trainer = faults.trainer(checkpoint_minutes={minutes})
trainer.fit(corpus)  # now all that is compiled is on disk
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    trainer.fit(corpus, out=Path({out!r}))
except faults.StorageError as error:
    sys.stdout.write(str(error))
"""


@posix
@pytest.mark.parametrize(
    ("limit", "minutes", "what"),
    [
        # The matrices of a checkpoint take 10,368 bytes, what is told some 200 bytes a step.
        (9_000, 0, "safetensors: this system allows no file that large. Raise `ulimit -f`."),
        (1_024, 9, "progress.jsonl: cannot be written: File too large."),
    ],
)
def test_c5_a_limit_of_the_system_is_told(
    tmp_path: Path, repository: Path, limit: int, minutes: int, what: str
):
    place = tmp_path / "it"
    code = LIMITED.format(root=str(repository), limit=limit, minutes=minutes, out=str(place))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.endswith(what)
    assert list(tmp_path.iterdir()) == []


# C6, C7: killed, interrupted, terminated


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("n_kills", [50, pytest.param(500, marks=pytest.mark.slow)])
def test_c6_killed_at_random_every_run_goes_on_and_ends_the_same(tmp_path: Path, n_kills: int):
    # A killed process loses nothing that the system has taken, so memory does for a disk.
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("killed_runs.py")), folder, str(n_kills)],
            capture_output=True, text=True, encoding="utf-8", timeout=600, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["results"], found["left"]) == (1, [])
    assert found["runs"] > 0
    assert found["torn"] > 0
    assert "removed, a checkpoint that was never finished." in done.stderr


@posix
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_c7_a_signal_saves_and_says_how_to_go_on(
    lexloom: Any, tmp_path: Path, name: str, code: int
):
    planted.language().save(tmp_path / "corpus")
    command = ["train", "word2vec", "corpus", "--epochs", "100", *QUIET]
    child = subprocess.Popen(
        [sys.executable, "-m", "lexloom", *command, "--out", "v"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    told = tmp_path / "v.training" / "progress.jsonl"
    patience = time.monotonic() + 60
    while not (told.exists() and told.stat().st_size) and time.monotonic() < patience:
        time.sleep(0.01)
    child.send_signal(getattr(signal, name))
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, out) == (code, "")
    assert errors == (
        f"{'interrupted' if code == 130 else 'terminated'}. v.training holds what was done: the "
        "same command with --resume goes on.\n"
    )
    assert not (tmp_path / "v").exists()
    if name == "SIGINT":
        return  # the signals differ in no more than the code and the word
    resumed = lexloom(*command, "--out", "v", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert not (tmp_path / "v.training").exists()
    whole = Word2Vec(epochs=100, deterministic=True, sample=0.0, threads=2).fit(planted.language())
    loaded = load_vectors(tmp_path / "v")
    assert np.array_equal(loaded.matrix, whole.matrix)
    assert loaded.metrics["loss_per_epoch"] == whole.metrics["loss_per_epoch"]


def load_vectors(path: Path) -> Any:
    return lexloom.load(path)


def test_c7_the_second_interruption_ends_it_at_once(place: Path, whole: np.ndarray):
    def stop_twice(update: Any) -> None:
        if update.done > 5000:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        trainer().fit(planted.language(), out=place, on_progress=stop_twice)
    assert type(caught.value) is KeyboardInterrupt
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = trainer().fit(planted.language(), out=place, resume=True)
    assert np.array_equal(resumed.matrix, whole)


# C10, C11: somebody else is there


def test_c10_two_runs_into_one_folder(place: Path):
    refusals = []

    def try_too(update: Any) -> None:
        def run() -> None:
            try:
                trainer().fit(planted.language(), out=place, resume=True)
            except BusyError as error:
                refusals.append(str(error))

        if not refusals:
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()

    trainer().fit(planted.language(), out=place, on_progress=try_too)
    assert refusals == [
        f"{training(place)}: another thread of this program is writing it. Wait until it is done."
    ]
    assert len(lexloom.load(place)) == len(planted.language().vocabulary)


def test_c10_on_the_command_line(tmp_path: Path, request: pytest.FixtureRequest):
    command = request.getfixturevalue("lexloom")
    planted.language().save(tmp_path / "corpus")
    with artefact.lock(tmp_path / "v.training"):
        done = command("train", "word2vec", "corpus", "--out", "v", *QUIET)
    assert done.returncode == 1
    assert re.fullmatch(
        rf"error: v\.training: process {os.getpid()} on .* since .* is writing it\. Wait until it "
        r"is done, or stop it\.\n",
        done.stderr.decode(),
    )


def test_c11_what_exists_is_not_overwritten(place: Path, monkeypatch: pytest.MonkeyPatch):
    trainer(seed=2).fit(planted.language(), out=place)
    before = (place / "vectors.safetensors").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(word2vec_model.Word2VecModel, "train", None)
        for resume in (False, True):
            with pytest.raises(StorageError) as caught:
                trainer().fit(planted.language(), out=place, resume=resume)
            assert str(caught.value) == (
                f"{place}: already exists. Choose another folder, or replace it with --force "
                "(force=True in Python)."
            )
    assert (place / "vectors.safetensors").read_bytes() == before
    trainer().fit(planted.language(), out=place, force=True)
    assert (place / "vectors.safetensors").read_bytes() != before


def test_c11_an_unfinished_run_is_not_forgotten(place: Path):
    left_unfinished(place)
    with pytest.raises(SettingError) as caught:
        trainer().fit(planted.language(), out=place)
    assert str(caught.value) == (
        f"{training(place)} holds an unfinished run. Pass resume=True (--resume) to go on, or "
        "force=True (--force) to begin anew."
    )
    assert steps(place) == ["progress.jsonl", "step-000000005"]
    updates = []
    trainer().fit(planted.language(), out=place, force=True, on_progress=updates.append)
    assert len(updates) == N_STEPS


def test_c11_force_and_resume_go_on_where_the_old_result_stands(place: Path, whole: np.ndarray):
    trainer(seed=2).fit(planted.language(), out=place)
    with pytest.raises(KeyboardInterrupt):
        trainer().fit(planted.language(), out=place, force=True, on_progress=stop_at(5))
    assert lexloom.load(place).settings["seed"] == 2
    updates = []
    trainer().fit(
        planted.language(), out=place, force=True, resume=True, on_progress=updates.append
    )
    assert len(updates) == N_STEPS - 5
    assert np.array_equal(lexloom.load(place).matrix, whole)


# C12, C6: which checkpoint counts


def test_c12_a_checkpoint_goes_only_when_a_newer_one_or_the_result_is_whole(
    place: Path, monkeypatch: pytest.MonkeyPatch
):
    removed = []
    remove = checkpoints.shutil.rmtree

    def look_first(path: Path, **named: Any) -> None:
        path = Path(path)
        if path.name.startswith("step-"):
            newest = max(training(place).glob("step-*"))
            if newest > path:
                artefact.open_artefact(newest, "checkpoint", verify="full")
            else:
                lexloom.load(place)
            removed.append(path.name)
        remove(path, **named)

    monkeypatch.setattr(checkpoints.shutil, "rmtree", look_first)
    trainer().fit(planted.language(), out=place)
    assert removed == [f"step-{step:09d}" for step in range(1, N_STEPS + 1)]


def test_c12_a_damaged_checkpoint_is_passed_over_and_named(
    place: Path,
    whole: np.ndarray,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    left_unfinished(place, 3)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoints.shutil, "rmtree", lambda path, **named: None)
        trainer().fit(planted.language(), out=place, resume=True, on_progress=stop_at(3))
    damaged = training(place) / "step-000000006" / "state.safetensors"
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    updates = []
    resumed = trainer().fit(planted.language(), out=place, resume=True, on_progress=updates.append)
    assert len(updates) == N_STEPS - 5
    assert np.array_equal(resumed.matrix, whole)
    assert f"{damaged.parent}: passed over, it is damaged: {damaged}: " in caplog.text
    told = (place / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["done"] for line in told] == sorted(
        {json.loads(line)["done"] for line in told}
    )
    assert len(told) == N_STEPS


# C13: another run


@pytest.mark.parametrize(
    ("changes", "table"),
    [
        ({"width": 13}, "width was 12, is 13"),
        ({"seed": 2, "epochs": 3}, "epochs was 2, is 3; seed was 1, is 2"),
        ({"patience": 1, "held_out": 0.1}, "held_out was 0.002, is 0.1; patience was None, is 1"),
    ],
)
def test_c13_other_settings_are_told_in_a_table(place: Path, changes: dict[str, Any], table: str):
    left_unfinished(place)
    with pytest.raises(SettingError) as caught:
        trainer(**changes).fit(planted.language(), out=place, resume=True)
    assert str(caught.value) == (
        f"the run in {training(place)} is another: {table}. Give the same settings and data, or "
        "begin anew with force=True (--force)."
    )
    assert steps(place) == ["progress.jsonl", "step-000000005"]
    trainer().fit(planted.language(), out=place, resume=True)


def test_c13_another_corpus_or_start_is_told(place: Path):
    left_unfinished(place)
    other = planted.language(1999)
    with pytest.raises(SettingError) as caught:
        trainer().fit(other, out=place, resume=True)
    for told in (
        f"corpus was '{planted.language().digest}', is '{other.digest}'; ",
        "corpus_words was 12000, is 11994",
    ):
        assert told in str(caught.value)
    start = trainer(epochs=1).fit(planted.language())
    with pytest.raises(SettingError, match=r"is another: start was None, is '[0-9a-f]{64}'\."):
        trainer().fit(planted.language(), out=place, resume=True, start=start)


# C15, C17, C18: the surroundings


SEEDED = """
import hashlib, sys
sys.path.insert(0, {root!r})
from tests.faults import test_training as faults
matrix = faults.trainer(threads={threads}).fit(faults.planted.language()).matrix
print(hashlib.sha256(matrix.tobytes()).hexdigest())
"""


def test_c15_how_python_hashes_changes_nothing(repository: Path):
    digests = set()
    for seed, threads in (("1", 1), ("2", 2)):
        code = SEEDED.format(root=str(repository), threads=threads)
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
        )  # fmt: skip
        digests.add(done.stdout)
    assert len(digests) == 1


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """A folder into which nothing can be written."""
    folder = tmp_path / "unwritable"
    folder.mkdir()
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


@posix
def test_c17_a_folder_that_cannot_be_written_is_told_before_training(
    unwritable: Path, monkeypatch: pytest.MonkeyPatch
):
    if os.access(unwritable, os.W_OK):

        def refuse(name: str, arguments: tuple) -> None:
            if name == "open":
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))

        failing_os.install(monkeypatch, refuse)
    monkeypatch.setattr(word2vec_model.Word2VecModel, "train", None)
    with pytest.raises(StorageError) as caught:
        trainer().fit(planted.language(), out=unwritable / "it")
    assert str(caught.value) == (
        f"{unwritable / 'it.training'}: no permission. Choose another folder, or change its "
        "permissions."
    )


def test_c17_a_file_in_the_way_is_told_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(word2vec_model.Word2VecModel, "train", None)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="is a file, not a folder"):
        trainer().fit(planted.language(), out=tmp_path / "file" / "it")
    (tmp_path / "it.training").write_text("", encoding="utf-8")
    for resume in (False, True):
        with pytest.raises(StorageError) as caught:
            trainer().fit(planted.language(), out=tmp_path / "it", resume=resume)
        assert str(caught.value) == (
            f"{tmp_path / 'it.training'}: is in the way: it is no folder. Move it, or choose "
            "another folder."
        )
    assert (tmp_path / "it.training").is_file()


def test_c17_any_name_will_do(place: Path, whole: np.ndarray):
    for name in ("向量 é 🍎", "it.with.dots", " spaces ", "x" * 200):
        other = place.with_name(name)
        left_unfinished(other)
        resumed = trainer().fit(planted.language(), out=other, resume=True)
        assert np.array_equal(resumed.matrix, whole)
        assert np.array_equal(lexloom.load(other).matrix, whole)


def test_c18_a_clock_that_jumps_back_is_not_believed(place: Path, monkeypatch: pytest.MonkeyPatch):
    now = iter(range(2_000_000_000, 0, -86_400))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    updates: list[Any] = []
    trainer().fit(planted.language(), out=place, on_progress=updates.append)
    seconds = [update.elapsed_seconds for update in updates]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0
    assert all((update.left_seconds or 0) >= 0 for update in updates)
