"""The steps that make a corpus: read and cut into a spool, choose the words, write the artefact."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lexloom import artefact
from lexloom.errors import FormatError, LexloomError, SettingError
from lexloom.progress import Listener
from lexloom.text.building import CutBlock, Reader
from lexloom.text.selecting import Selection, choose_words, write_arrays
from lexloom.text.spool import Spool

__all__ = ["KIND", "Making", "make_corpus"]

KIND = "corpus"
_SETTINGS = "settings.json"


@dataclass
class Making:
    """What a corpus is made of, and how.

    Attributes
    ----------
    blocks
        Gives the cut blocks in order; told how many at the beginning may go by uncut.
    settings
        What the manifest keeps: the settings of reading, segmentation and selection.
    selection
        Which words stay.
    lineage
        Where the text comes from.
    statistics
        Figures known before the text is read.
    report
        Gives, after the text is read, more figures for the statistics.
    files
        More files of the artefact: name, and what it holds as plain JSON values.
    resume
        Whether to go on from a build that was killed.
    force
        Whether to replace what stands in the target.
    on_progress
        Called now and then with an `Update`.
    n_bytes_expected
        About how many bytes of text will come, where that is known.
    """

    blocks: Callable[[int], Iterable[CutBlock]]
    settings: Mapping[str, Any]
    selection: Selection
    lineage: dict[str, Any] = field(default_factory=dict)
    statistics: dict[str, Any] = field(default_factory=dict)
    report: Callable[[], Mapping[str, Any]] | None = None
    files: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    force: bool = False
    on_progress: Listener | None = None
    n_bytes_expected: int | None = None


def make_corpus(target: Path, making: Making) -> None:
    """Make a corpus and commit it to `target`, whole or not at all.

    Raises
    ------
    FormatError
        If the text has no words, or none that stays.
    StorageError
        If the target exists without `force`, or cannot be written.
    DamagedError
        If the text is not the one a killed build had read.
    """
    with artefact.create(target, KIND, settings=making.settings, force=making.force) as draft:
        spool = Spool(target.with_name(f"{target.name}.building"), fresh=not making.resume)
        try:
            _check_settings(spool.folder / _SETTINGS, making)
            statistics = _fill(draft, spool, making)
        except BaseException as error:
            if isinstance(error, LexloomError) and not making.resume:
                spool.discard()
            spool.close()  # kept otherwise, so that resume=True can go on
            raise
        spool.discard()
        draft.write_json("statistics.json", statistics)
        for name, value in making.files.items():
            draft.write_json(name, value)
        draft.lineage.update(making.lineage, fingerprint=statistics["fingerprint"])
        draft.metrics.update(
            {
                name: statistics[name]
                for name in ("n_words", "n_sentences", "n_documents", "n_types")
            }
        )


def _fill(draft: Any, spool: Spool, making: Making) -> dict[str, Any]:
    """Read, choose and write; give the statistics."""
    reader = Reader(spool, making.selection, making.on_progress, making.n_bytes_expected)
    if making.resume:
        reader.resume()
    began = time.perf_counter()
    _read(reader, making.blocks(reader.n_blocks))
    read = time.perf_counter()
    try:
        vocabulary, new_ids = choose_words(reader.table, making.selection)
    except FormatError as error:
        raise FormatError(
            f"{error.what} Read {reader.n_bytes:,} bytes and {reader.n_words:,} words.",
            error.fix,
            path=next(iter(making.lineage.get("sources", ())), None),
        ) from error
    chosen = time.perf_counter()
    draft.write_table("vocabulary.arrow", vocabulary.table())
    sizes = write_arrays(draft, spool, reader.segments(new_ids))
    written = time.perf_counter()
    return {
        **making.statistics,
        **sizes,
        "n_types": len(vocabulary),
        "n_bytes_read": reader.n_bytes,
        "n_words_read": reader.n_words,
        "n_types_read": reader.table.n_words,
        "n_words_too_long": reader.n_too_long,
        "prunings": reader.prunings,
        "fingerprint": reader.fingerprint,
        "seconds": {"read": read - began, "choose": chosen - read, "write": written - chosen},
        **({} if making.report is None else {"reading": making.report()}),
    }


def _read(reader: Reader, blocks: Iterable[CutBlock]) -> None:
    """Take all blocks; on the way out by an interrupt, save how far it came."""
    try:
        for block in blocks:
            reader.take(block)
    except KeyboardInterrupt:
        reader.checkpoint()
        raise
    reader.finish()


def _check_settings(path: Path, making: Making) -> None:
    """Store the settings of a build, or compare them with those it was begun with."""
    text = json.dumps(making.settings, ensure_ascii=False, sort_keys=True)
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    now = json.loads(text)
    differences = [
        f"{group}.{name} was {before.get(group, {}).get(name)!r}, is {value!r}"
        for group, values in now.items()
        for name, value in (values or {}).items()
        if before.get(group, {}).get(name) != value
    ]
    if differences:
        raise SettingError(
            f"the interrupted build had other settings: {'; '.join(differences)}.",
            "Pass the same settings, or start again without resume=True.",
        )
