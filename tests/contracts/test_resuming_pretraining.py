"""Pretraining goes on to the same bytes from wherever it was stopped, asked or not."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs lexloom[contextual]")
pytest.importorskip("transformers", reason="needs lexloom[contextual]")

from tests.unit.contextual.small import SMALL, corpus, tokenizer  # the same

from lexloom import artefact  # the same
from lexloom.contextual.pretraining import (  # the same
    CausalPretraining,
    MaskedPretraining,
)
from lexloom.errors import SettingError  # the same

N_STEPS = 30
KINDS = {MaskedPretraining: "wordpiece", CausalPretraining: "byte_bpe"}
posix = pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")


def trainer(kind: Any, **changes: Any) -> Any:
    few = {} if kind is MaskedPretraining else {"samples": 1, "sample_pieces": 4}
    return kind(**{**SMALL, "dropout": 0.1, "checkpoint_minutes": 1e3, **few, **changes})


def digest(out: Path) -> str:
    return hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()


def stop_at(step: int) -> Any:
    told = []

    def listener(update: Any) -> None:
        told.append(update)
        if len(told) == step:
            signal.raise_signal(signal.SIGINT)

    return listener


@pytest.fixture(scope="module", params=KINDS, ids=["masked", "causal"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def whole(kind: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "it"
    trainer(kind).fit(corpus(), out=out, tokenizer=tokenizer(KINDS[kind]))
    return out


@posix
def test_a_clean_stop_at_every_step(kind: Any, whole: Path, tmp_path: Path):
    out, cutter = tmp_path / "it", tokenizer(KINDS[kind])
    for _ in range(N_STEPS):
        with pytest.raises(KeyboardInterrupt):
            trainer(kind).fit(
                corpus(), out=out, tokenizer=cutter, resume=True, on_progress=stop_at(1)
            )
        assert not out.exists()
    told: list[Any] = []
    trainer(kind).fit(corpus(), out=out, tokenizer=cutter, resume=True, on_progress=told.append)
    assert told == []
    assert digest(out) == digest(whole)
    for name in ("progress.jsonl", "samples.json"):
        if (whole / name).exists():
            assert n_lines(out / name) == n_lines(whole / name) > 0
    assert n_lines(out / "progress.jsonl") == N_STEPS
    assert not out.with_name("it.training").exists()
    same = ("held_out_bits_per_byte", "loss_per_report", "held_out_loss_per_report")
    ours, theirs = (artefact.read_manifest(place).metrics for place in (out, whole))
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}


def test_another_run_is_refused_with_a_table(kind: Any, tmp_path: Path):
    cutter = tokenizer(KINDS[kind])
    out = tmp_path / "it"
    with pytest.raises(KeyboardInterrupt):
        trainer(kind).fit(corpus(), out=out, tokenizer=cutter, on_progress=stop_at(2))
    with pytest.raises(SettingError, match=r"is another: dropout was 0\.1, is 0\.2"):
        trainer(kind, dropout=0.2).fit(corpus(), out=out, tokenizer=cutter, resume=True)
    # How often it is saved may change.
    trainer(kind, checkpoint_minutes=5).fit(corpus(), out=out, tokenizer=cutter, resume=True)


@posix
def test_children_that_are_ended(tmp_path: Path):
    script = Path(__file__).with_name("killed_pretraining.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        f"{kind}-{name}": [code, code, 0, True]
        for kind in ("masked", "causal")
        for name, code in (("SIGTERM", 143), ("SIGKILL", -9))
    }


def n_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
