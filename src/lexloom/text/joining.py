"""Make a corpus in which phrases are words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from lexloom.kernels.word_table import word_keys
from lexloom.settings import as_dict
from lexloom.text.assembling import Making
from lexloom.text.building import CutBlock
from lexloom.text.cutting import Cut
from lexloom.text.selecting import Selection

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus
    from lexloom.text.phrases import JoinedText, PhraseTable

__all__ = ["PHRASES_FILE", "plan_joined"]

PHRASES_FILE = "phrases.json"


def plan_joined(
    corpus: Corpus, text: JoinedText, table: PhraseTable, selection: Selection, *, force: bool
) -> Making:
    """Plan a corpus of the words of another, phrases joined.

    Parameters
    ----------
    corpus
        The other one: where documents start, its settings and lineage.
    text
        Its ids, phrases joined.
    table
        The phrases.
    selection
        Which words stay.
    force
        Whether to replace what stands in the target.

    Returns
    -------
    Making
        What `make_corpus` is to do.
    """
    known = ("language", "reading")
    return Making(
        lambda _: _blocks(corpus, text),
        {
            **corpus.manifest.settings,
            "selection": as_dict(selection),
            "phrases": as_dict(table.settings),
        },
        selection,
        lineage={**corpus.manifest.lineage, "text_fingerprint": corpus.fingerprint},
        statistics={name: corpus.statistics[name] for name in known if name in corpus.statistics},
        files={PHRASES_FILE: table.as_dict()},
        force=force,
    )


def _blocks(corpus: Corpus, text: JoinedText) -> Iterator[CutBlock]:
    """Give the joined ids as blocks whose words are numbered anew."""
    words = pa.array(text.words, pa.large_string())
    starts = corpus.document_offsets[:-1]
    for first, ids, offsets in text.portions():
        different, local = np.unique(ids, return_inverse=True)
        _, ends, raw = words.take(pa.array(different)).buffers()
        ends = np.frombuffer(ends, np.int64, len(different) + 1)
        blob = np.frombuffer(raw, np.uint8, int(ends[-1]))
        cut = Cut(local.astype(np.int32), np.diff(offsets), blob, ends, 0, word_keys(blob, ends))
        last = first + len(offsets) - 1
        here = slice(*np.searchsorted(starts, [first, last if last < len(corpus) else last + 1]))
        digest = hashlib.sha256(ids.data).hexdigest()
        yield CutBlock(cut, starts[here] - first, blob.nbytes, digest)
