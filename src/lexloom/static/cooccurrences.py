"""How often words stand near each other, as it lies on disk, in the order of learning.

The V words are dealt to strata, in turn. Rows come in random order within theirs, some of them at a
time (a *shard*); the records of a shard lie by the stratum of their columns. So all that a round of
learning wants of two strata is read from end to end, and nothing is ever sorted or shuffled.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lexloom import artefact
from lexloom.arrays import Counts, Ids, Offsets
from lexloom.kernels.cooccurrences import Records

__all__ = ["KIND", "ROWS", "Cooccurrences", "Shard", "file_of", "open_cooccurrences"]

KIND = "cooccurrences"
ROWS = "rows.safetensors"


class Shard(NamedTuple):
    """Rows of one stratum that were counted together.

    words: int32, the word of each row. lengths: int32 (rows, strata + 1), its records in each
    stratum, and those that are held out. sizes, starts: int64 (strata + 1), how many records there
    are of each stratum, and where they begin.
    """

    stratum: int
    words: Ids
    lengths: Ids
    sizes: Counts
    starts: Offsets


class Cooccurrences:
    """Counted pairs, mapped from disk.

    Parameters
    ----------
    opened
        The artefact that `count_pairs` of `counting_pairs` made.

    Attributes
    ----------
    records
        All pairs, shard by shard.
    shards
        Where the records of which rows lie.
    strata
        How many parts the words are dealt to.
    n_pairs
        The records to learn from.
    """

    def __init__(self, opened: artefact.Artefact) -> None:
        rows = opened.tensors(ROWS)
        self.records = Records(
            *(opened.tensors(file_of(name))[name].view(np.ndarray) for name in Records._fields)
        )
        words, lengths = (rows[name].view(np.ndarray) for name in ("words", "lengths"))
        self.strata = lengths.shape[1] - 1
        self.shards: list[Shard] = []
        start = 0
        for first, last in np.reshape(rows["shards"], (-1, 2)).tolist():
            own = lengths[first:last]
            sizes = own.sum(axis=0, dtype=np.int64)
            starts = start + np.cumsum(sizes) - sizes
            stratum = int(words[first]) % self.strata
            self.shards.append(Shard(stratum, words[first:last], own, sizes, starts))
            start += int(sizes.sum())
        self.n_pairs = int(lengths[:, :-1].sum(dtype=np.int64))


def file_of(name: str) -> str:
    """Name the file of an array of records."""
    return f"{name}.safetensors"


def open_cooccurrences(place: Path, about: Mapping[str, Any]) -> Cooccurrences | None:
    """Open pairs that were counted before, if they are there and what `about` says of them.

    Raises
    ------
    StorageError
        If they cannot be read.
    DamagedError
        If they differ from their manifest.
    """
    if not (place / artefact.MANIFEST).is_file():
        return None
    opened = artefact.open_artefact(place, KIND, verify="structure")
    return Cooccurrences(opened) if dict(opened.manifest.settings) == dict(about) else None
