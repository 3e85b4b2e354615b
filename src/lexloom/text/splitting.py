"""Part a corpus in two by documents, at random but the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Bools, Offsets
from lexloom.errors import SettingError

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = ["choose_documents", "write_part"]

_SENTENCES_AT_ONCE = 1 << 18


def choose_documents(n_documents: int, fraction: float, seed: int) -> Bools:
    """Choose a fraction of N documents: bool (N).

    Each document draws a number that depends on the seed and its place alone (splitmix64); those
    with the smallest numbers are chosen.

    Raises
    ------
    SettingError
        If the fraction does not lie between 0 and 1.
    """
    if not 0 < fraction < 1:
        raise SettingError(f"fraction must lie between 0 and 1, got {fraction!r}.")
    with np.errstate(over="ignore"):
        drawn = np.arange(1, n_documents + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        drawn += np.uint64(seed % 2**64) * np.uint64(0xD1342543DE82EF95)
        drawn = (drawn ^ (drawn >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        drawn = (drawn ^ (drawn >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        drawn ^= drawn >> np.uint64(31)
    chosen = np.zeros(n_documents, np.bool_)
    chosen[np.argsort(drawn, kind="stable")[: round(fraction * n_documents)]] = True
    return chosen


def write_part(corpus: Corpus, chosen: Bools, target: Path, lineage: dict[str, Any]) -> None:
    """Write the chosen documents as a corpus of its own, with the same vocabulary."""
    documents = np.diff(corpus.document_offsets)
    in_part = np.repeat(chosen, documents)
    with artefact.create(target, corpus.kind, settings=dict(corpus.manifest.settings)) as draft:
        sizes = {
            "n_words": _write_sentences(draft, corpus, in_part),
            "n_sentences": int(in_part.sum()),
            "n_documents": int(chosen.sum()),
        }
        draft.write_tensors("documents.safetensors", {"offsets": _offsets(documents[chosen])})
        draft.write_table("vocabulary.arrow", corpus.vocabulary.table())
        draft.write_json("statistics.json", {**corpus.statistics, **sizes})
        draft.lineage.update(corpus.manifest.lineage, part=lineage)
        draft.metrics.update(corpus.manifest.metrics, **sizes)


def _write_sentences(draft: Any, corpus: Corpus, in_part: Bools) -> int:
    """Write ids and offsets of the sentences in the part; give its number of words."""
    n_words = 0
    with (
        draft.open_tensor("ids.safetensors", "ids", np.int32) as ids_out,
        draft.open_tensor("sentences.safetensors", "offsets", np.int64) as offsets_out,
    ):
        offsets_out.append(np.zeros(1, np.int64))
        for start in range(0, len(in_part), _SENTENCES_AT_ONCE):
            here = in_part[start : start + _SENTENCES_AT_ONCE]
            offsets = corpus.sentence_offsets[start : start + len(here) + 1]
            lengths = np.diff(offsets)
            words = corpus.ids[int(offsets[0]) : int(offsets[-1])]
            ids_out.append(words[np.repeat(here, lengths)])
            offsets_out.append(n_words + np.cumsum(lengths[here]))
            n_words += int(lengths[here].sum())
    return n_words


def _offsets(lengths: Offsets) -> Offsets:
    """Give where each of some runs begins, and the end of the last."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
