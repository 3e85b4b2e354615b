"""Train in a child that is killed at random, again and again, until all runs are done.

Arguments: a folder and the number of kills. Prints how many runs were finished, how many kills
struck while a checkpoint was being written, and the different results there were, as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.contracts import planted  # noqa: E402  # the path comes first

from lexloom.static import word2vec_model  # noqa: E402  # the path comes first
from lexloom.static.word2vec import Word2Vec  # noqa: E402  # the path comes first

word2vec_model.SPAN, word2vec_model.SPANS_OF_STRETCH = 256, 8
TRAINER = Word2Vec(
    width=12, epochs=2, threads=2, deterministic=True, sample=0.0, checkpoint_minutes=0
)


def train(out: Path) -> None:
    TRAINER.fit(planted.language(), out=out, resume=True)


def start(out: Path) -> int:
    child = os.fork()
    if not child:
        try:
            train(out)
        except BaseException as error:  # noqa: BLE001  # the child must end here
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return child


def main(folder: Path, n_kills: int) -> None:
    train(folder / "warm")
    began = time.monotonic()
    train(folder / "whole")
    seconds = time.monotonic() - began
    draw = random.Random(0)
    n_killed = n_runs = n_torn = 0
    while n_killed < n_kills:
        out = folder / f"run{n_runs}"
        child = start(out)
        time.sleep(draw.uniform(0.0, 1.2 * seconds))
        os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in {0, -signal.SIGKILL}, code
        n_killed += code != 0
        n_runs += code == 0
        n_torn += any(out.with_name(f"{out.name}.training").glob(".step-*.tmp-*"))
    train(folder / f"run{n_runs}")
    results = {
        hashlib.sha256((path / "vectors.safetensors").read_bytes()).hexdigest()
        for path in (folder / "whole", *(folder / f"run{run}" for run in range(n_runs + 1)))
    }
    left = [path.name for path in folder.iterdir() if path.name.endswith(".training")]
    found = {"runs": n_runs, "torn": n_torn, "results": len(results), "left": left}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
