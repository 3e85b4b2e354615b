"""What `BagOfWords` learns: which features there are, and how many documents have each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lexloom import artefact
from lexloom.arrays import Counts
from lexloom.artefact import Kept
from lexloom.errors import FormatError, SettingError
from lexloom.settings import from_dict
from lexloom.static import weighting
from lexloom.static.runs_of_words import RunBuckets, RunTable
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors import storing
from lexloom.vectors.pooling import Text, cutter_of, known_words

if TYPE_CHECKING:
    from lexloom.text.phrases import PhraseTable
    from lexloom.text.segmenting import Segmentation

__all__ = ["BagOfWordsModel"]

_WORDS, _FEATURES = "words.arrow", "features.safetensors"
_DOCUMENTS = {"documents": (np.int64, 1)}
_TABLE = {"runs": (np.int64, 1), "columns": (np.int32, 1)}
_COUNTED = {"n_documents", "mean_length"}


class BagOfWordsModel(Kept):
    """Turns a text into one sparse vector of V features. Nothing of it changes after it is made.

    Parameters
    ----------
    vocabulary
        The words of the corpus.
    features
        The runs of words that are features, by table or by hash.
    documents
        int64 (V), how many documents of the corpus have each feature.
    settings, metrics, lineage
        How it was made, what was counted, and of what: plain JSON values.
    segmentation, phrases
        How the corpus was cut, so that raw text is cut alike.
    """

    kind = "bag_of_words"

    def __init__(
        self,
        vocabulary: Vocabulary,
        features: RunTable | RunBuckets,
        documents: Counts,
        *,
        settings: Mapping[str, Any],
        metrics: Mapping[str, Any],
        segmentation: Segmentation | None = None,
        **origin: Any,
    ) -> None:
        self.vocabulary = vocabulary
        self.documents = documents
        self.segmentation = segmentation
        self.phrases: PhraseTable | None = origin.get("phrases")
        self.lineage: dict[str, Any] = dict(origin.get("lineage") or {})
        self.metrics = dict(metrics)
        self._features = features
        self._settings = dict(settings)

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made: plain JSON values."""
        return dict(self._settings)

    @property
    def width(self) -> int:
        """V, how many features there are."""
        return self._features.width

    @property
    def words(self) -> list[str]:
        """The V features in order: words, and runs of them with blanks between.

        Raises
        ------
        SettingError
            If features are buckets, which have no names.
        """
        if isinstance(self._features, RunBuckets):
            raise SettingError("buckets have no names.", "Fit without buckets to have names.")
        return self._features.names(self.vocabulary.words)

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __repr__(self) -> str:
        return (
            f"BagOfWordsModel({len(self):,} words, {self.width:,} features, "
            f"{self._settings['weighting']}, from {self.metrics['n_documents']:,} documents)"
        )

    def digest(self) -> str:
        """Sum up its words, features and settings in a SHA-256, to know it again."""
        found = hashlib.sha256("\n".join(self.vocabulary.words).encode())
        found.update(repr(sorted(self._settings.items())).encode())
        for array in self._arrays().values():
            found.update(np.ascontiguousarray(array).data)
        return found.hexdigest()

    def embed_texts(self, texts: Iterable[Text]) -> Any:
        """Give one sparse vector for each of N texts.

        Parameters
        ----------
        texts
            Raw texts, which are cut into words as the corpus was; or lists of words.

        Returns
        -------
        scipy.sparse.csr_matrix
            float32 (N, V), columns in order. A text without features has an empty row.

        Raises
        ------
        SettingError
            If `texts` holds anything but texts.
        """
        cutter = cutter_of(self.segmentation, self.phrases)
        counts = self._features.count(*known_words(self.vocabulary, texts, cutter))
        chosen, n_documents = self._settings, self.metrics["n_documents"]
        if chosen["weighting"] == "binary":
            counts.data[:] = 1
        elif chosen["weighting"] == "tf_idf":
            rarity = weighting.tf_idf_rarity(self.documents, n_documents)
            weighting.tf_idf(counts, rarity, sublinear=chosen["sublinear"])
        elif chosen["weighting"] == "bm25":
            rarity = weighting.bm25_rarity(self.documents, n_documents)
            length = self.metrics["mean_length"]
            weighting.bm25(counts, rarity, length, chosen["k1"], chosen["b"])
        if chosen["norm"] == "l2":
            weighting.unit_rows(counts)
        return counts

    def kept_settings(self) -> dict[str, Any]:
        """Give what the manifest keeps of the making: the settings, and how text was cut."""
        return storing.settings_of(self)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write the files of the artefact into one that is being made.

        Parameters
        ----------
        draft
            The artefact.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        draft.write_tensors(_FEATURES, self._arrays())
        draft.write_table(_WORDS, self.vocabulary.table())
        storing.write_origin(self, draft)

    def _arrays(self) -> dict[str, np.ndarray]:
        """Give its numbers by name."""
        arrays: dict[str, np.ndarray] = {"documents": self.documents}
        if isinstance(self._features, RunTable):
            arrays |= {"runs": self._features.runs, "columns": self._features.columns}
        return arrays

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full") -> Self:
        """Open an artefact; its arrays stay on disk, mapped into memory.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares every hash; ``"structure"`` names, sizes and shapes only.

        Returns
        -------
        Self
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no bag of words, or its parts do not fit together.
        DamagedError
            If it differs from its manifest.
        """
        return cls(**cls._read(artefact.open_artefact(path, cls.kind, verify=verify), path))

    @staticmethod
    def _read(opened: artefact.Artefact, path: str | os.PathLike[str]) -> dict[str, Any]:
        """Read what a model is made of, by name."""
        from lexloom.static.bag_of_words import BagOfWords

        settings, segmentation, phrases = storing.cutting_of(opened)
        given = {name: value for name, value in settings.items() if name != "trainer"}
        made_by = from_dict(BagOfWords, given, path=path)
        vocabulary = Vocabulary.from_table(opened.table(_WORDS))
        metrics = opened.manifest.metrics
        if made_by.buckets is None:
            arrays = opened.tensors(_FEATURES, {**_DOCUMENTS, **_TABLE})
            features = RunTable(arrays["runs"], arrays["columns"], made_by.max_n)
            fits = _fits(features, len(vocabulary))
        else:
            arrays = opened.tensors(_FEATURES, _DOCUMENTS)
            features = RunBuckets(vocabulary, made_by.buckets, made_by.max_n)
            fits = True
        documents = arrays["documents"]
        if not fits or len(documents) != features.width or not metrics.keys() >= _COUNTED:
            raise FormatError("its features, words and counts do not fit together.", path=path)
        return {
            "vocabulary": vocabulary, "features": features, "documents": documents,
            "settings": settings, "metrics": metrics, "segmentation": segmentation,
            "phrases": phrases, "lineage": opened.manifest.lineage,
        }  # fmt: skip


def _fits(table: RunTable, n_words: int) -> bool:
    """Say whether the runs of a table are made of so many words, and its features are numbered."""
    runs, columns = table.runs, table.columns
    kept = columns[columns >= 0]
    return (
        len(columns) == n_words + len(runs)
        and bool((np.diff(runs) > 0).all())
        and len(kept) > 0
        and bool((np.sort(kept) == np.arange(len(kept))).all())
        and bool((runs >> 32 >= 0).all())
        and bool((runs >> 32 < np.arange(n_words, n_words + len(runs))).all())
        and bool((runs & 0xFFFFFFFF < n_words).all())
    )
