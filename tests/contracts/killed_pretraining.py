"""Pretrain in children that are ended by a signal, twice each, and go on to the end.

Arguments: a folder. Prints for each kind of model and each signal how the children ended and
whether the result has the bytes of a run that nobody ended, as JSON. The children are forks, so
that what torch needs is imported once: with OMP_NUM_THREADS=1 it has no threads to lose.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.unit.contextual.small import SMALL, corpus, tokenizer  # noqa: E402  # the path first

import lexloom.contextual.language_models.pretraining_model  # noqa: E402,F401  # imported once, for all children
from lexloom.contextual.language_models.architectures import import_transformers  # noqa: E402  # the path first
from lexloom.contextual.pretraining import (  # noqa: E402  # the path first
    CausalPretraining,
    MaskedPretraining,
)

KINDS: dict[str, Any] = {"masked": MaskedPretraining, "causal": CausalPretraining}
FURTHER = (2, 7)


def train(kind: str, out: Path) -> None:
    method = "wordpiece" if kind == "masked" else "byte_bpe"
    trainer = KINDS[kind](**SMALL, dropout=0.1, checkpoint_minutes=0)
    trainer.fit(corpus(), out=out, tokenizer=tokenizer(method), resume=True)


def start(kind: str, out: Path) -> int:
    child = os.fork()
    if not child:
        try:
            train(kind, out)
        except KeyboardInterrupt as error:
            os._exit(getattr(error, "exit_code", 130))
        except BaseException as error:  # noqa: BLE001  # the child must end here
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return child


def wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def digest(out: Path) -> str:
    return hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()


def n_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def ended(kind: str, out: Path, number: signal.Signals, further: int) -> int:
    """End a child some steps further than the run is, and give its exit code."""
    progress = out.with_name(f"{out.name}.training") / "progress.jsonl"
    n_before, give_up = n_lines(progress), time.monotonic() + 60
    child = start(kind, out)
    while n_lines(progress) < n_before + further and time.monotonic() < give_up:
        time.sleep(0.002)
    os.kill(child, number)
    return wait(child)


def main(folder: Path) -> None:
    import_transformers()
    found = {}
    for kind in KINDS:
        whole = folder / kind
        train(kind, whole)
        for number in (signal.SIGTERM, signal.SIGKILL):
            out = folder / f"{kind}-{number.name}"
            codes = [ended(kind, out, number, further) for further in FURTHER]
            assert not out.exists()
            codes.append(wait(start(kind, out)))
            found[out.name] = [*codes, digest(out) == digest(whole)]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
