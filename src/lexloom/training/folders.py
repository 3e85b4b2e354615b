"""Train into a folder: locked, saved on the way, and either whole at its end or not there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from lexloom import artefact, catalog
from lexloom.artefact.strict_json import parse_json, read_bounded
from lexloom.errors import SettingError, StorageError
from lexloom.training.checkpoints import PROGRESS, Checkpoints

__all__ = [
    "RUN",
    "decided",
    "fitted",
    "is_done",
    "refuse_existing",
    "run_digest",
    "train_into",
]


Learned = TypeVar("Learned", bound=artefact.Kept)

_DECIDED = "decided.json"
RUN = "run"
"""What the lineage of a result calls the digest of the run it comes from."""


def run_digest(run: Mapping[str, Any]) -> str:
    """Sum up what a run is, plain JSON values, in a SHA-256.

    Parameters
    ----------
    run
        Its settings, the fingerprint of its data: what must not change while it goes on.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()


def train_into(
    out: Path,
    run: Mapping[str, Any],
    learn: Callable[[Checkpoints], Learned],
    *,
    resume: bool,
    force: bool,
) -> Learned:
    """Train, keeping checkpoints beside `out`, and write the result and `progress.jsonl` there.

    Parameters
    ----------
    out
        The folder to make.
    run
        What the run is; its digest stands in the lineage of the result as `RUN`.
    learn
        Trains, with these checkpoints.
    resume
        Go on with what was interrupted; the result of the same run, if it is done, is just loaded.
    force
        Replace what `out` holds.

    Returns
    -------
    Learned
        What `learn` gave, or what a run that was done had given.

    Raises
    ------
    StorageError
        If `out` exists already or cannot be written.
    SettingError
        If there is an unfinished run that is another or is not to be resumed.
    BusyError
        If another process trains into `out`.
    """
    folder = out.with_name(f"{out.name}.training")
    with artefact.lock(folder):
        if resume and not force and is_done(out, run):
            artefact.drop(folder)
            return catalog.load(out)
        refuse_existing(out, force=force)
        with Checkpoints(out, run, resume=resume, force=force) as checkpoints:
            learned = learn(checkpoints)
            settings = learned.kept_settings()
            with artefact.create(out, learned.kind, settings=settings, force=force) as draft:
                learned.write_into(draft)
                if checkpoints.progress_path.exists():
                    draft.write_bytes(PROGRESS, checkpoints.progress_path.read_bytes())
            checkpoints.remove()
    return learned


def fitted(
    learn: Callable[[Checkpoints | None], Any],
    run: dict[str, Any],
    out: str | os.PathLike[str] | None,
    *,
    resume: bool,
    force: bool,
) -> Any:
    """Learn, into a folder if there is one.

    Parameters
    ----------
    learn
        Makes the result, given where to keep checkpoints, if anywhere.
    run
        What must not change while the run goes on.
    out
        The folder to make, or None.
    resume
        Go on with a run that was interrupted.
    force
        Replace what `out` holds, and forget an unfinished run.

    Returns
    -------
    Any
        The result.

    Raises
    ------
    SettingError
        If there is a run to go on with and no folder.
    """
    if out is not None:
        return train_into(Path(out), run, learn, resume=resume, force=force)
    if resume:
        raise SettingError("resume=True needs out=, the folder of the run to go on with.")
    return learn(None)


def decided(
    checkpoints: Checkpoints | None, run: Mapping[str, Any], decide: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Decide what only this machine can say, by measuring, once in a run.

    Parameters
    ----------
    checkpoints
        Where the run keeps it; None decides anew.
    run
        What the run is.
    decide
        Measures; gives plain JSON values.

    Returns
    -------
    dict
        What was decided when the run began.

    Raises
    ------
    StorageError
        If it cannot be read or written.
    DamagedError
        If it is not what was written.
    """
    if checkpoints is None:
        return decide()
    path, name = checkpoints.folder / _DECIDED, run_digest(run)
    if path.exists():
        kept = dict(parse_json(read_bounded(path), path))
        if kept.pop(RUN, None) == name:
            return kept
    made = decide()
    with artefact.replace_file(path, force=True) as file:
        file.write(json.dumps({RUN: name, **made}).encode("utf-8"))
    return made


def is_done(out: Path, run: Mapping[str, Any]) -> bool:
    """Say whether `out` is the result of this very run.

    Parameters
    ----------
    out
        A folder that may hold an artefact.
    run
        What the run is.

    Returns
    -------
    bool
        Whether its lineage names the run.
    """
    if not (out / artefact.MANIFEST).is_file():
        return False
    return artefact.read_manifest(out).lineage.get(RUN) == run_digest(run)


def refuse_existing(out: Path, *, force: bool) -> None:
    """Say before training, not after, that there is something in the way.

    Parameters
    ----------
    out
        The folder to make.
    force
        It may be replaced.

    Raises
    ------
    StorageError
        If it exists and is not empty, or lies within an artefact.
    """
    artefact.refuse_within(out)
    if not force and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StorageError(
            "already exists.",
            "Choose another folder, or replace it with --force (force=True in Python).",
            path=out,
        )
