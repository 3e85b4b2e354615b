"""A corpus: text as ids with its boundaries, on disk, ready for every trainer."""

from __future__ import annotations

import hashlib
import html
import json
import os
import shutil
from functools import cached_property
from pathlib import Path
from typing import Any

from lexloom import artefact
from lexloom.arrays import Bools
from lexloom.text.assembling import KIND
from lexloom.text.concordance import Concordance, find_in_context
from lexloom.text.made_of_text import MadeOfText
from lexloom.text.phrases import PHRASES_FILE, PhraseTable
from lexloom.text.segmenting import Segmentation
from lexloom.text.sentences import Sentences
from lexloom.text.splitting import choose_documents, write_part
from lexloom.text.vocabulary import Vocabulary

__all__ = ["Corpus"]

PathLike = str | os.PathLike[str]
_WORDS, _IDS = "vocabulary.arrow", "ids.safetensors"
_SENTENCES, _DOCUMENTS = "sentences.safetensors", "documents.safetensors"
_DATA = {_WORDS, _IDS, _SENTENCES, _DOCUMENTS}


class Corpus(MadeOfText, Sentences):
    """Text as word ids, with the boundaries of its sentences and documents.

    A sentence is a line of the text that has words; a document is what the reading settings say.
    The arrays are mapped from disk: a corpus of any size opens at once. Make one with `build`,
    `from_texts`, `from_sentences` or `from_column`; open one with `load`.

    Examples
    --------
    >>> corpus = Corpus.from_texts(["A cat sat.", "The cat ran."], language="en", min_count=1)
    >>> list(corpus)[0], corpus.vocabulary.word(0)
    (['a', 'cat', 'sat'], 'cat')
    """

    kind = KIND

    def __init__(self, opened: artefact.Artefact) -> None:
        self._artefact = opened
        self.path = Path(opened.folder)
        self.manifest = opened.manifest
        super().__init__(
            Vocabulary.from_table(opened.table(_WORDS)),
            opened.tensors(_IDS)["ids"],
            opened.tensors(_SENTENCES)["offsets"],
            opened.tensors(_DOCUMENTS)["offsets"],
        )
        self.statistics: dict[str, Any] = opened.json("statistics.json")

    @classmethod
    def load(cls, path: PathLike, *, verify: artefact.Verify = "full") -> Corpus:
        """Open a corpus that was saved.

        Parameters
        ----------
        path
            Its folder.
        verify
            ``"full"`` compares the SHA-256 of every file; ``"structure"`` names and sizes only.

        Returns
        -------
        Corpus
            The corpus, its arrays mapped from disk.

        Raises
        ------
        StorageError
            If there is no such folder or it cannot be read.
        FormatError
            If it is no corpus.
        DamagedError
            If it differs from its manifest.
        """
        return cls(artefact.open_artefact(path, KIND, verify=verify))

    def save(self, path: PathLike, *, force: bool = False) -> None:
        """Write a copy of the corpus to a folder.

        Parameters
        ----------
        path
            The folder.
        force
            Whether to replace what stands there.

        Raises
        ------
        StorageError
            If it exists without `force`, or cannot be written.
        """
        settings = dict(self.manifest.settings)
        with artefact.create(path, KIND, settings=settings, force=force) as draft:
            for name in self.manifest.files:
                shutil.copyfile(self.path / name, draft.path(name))
            draft.lineage.update(self.manifest.lineage)
            draft.metrics.update(self.manifest.metrics)

    @cached_property
    def segmentation(self) -> Segmentation | None:
        """How the text was cut; None where it came as lists of words."""
        fields = self.manifest.settings.get("segmentation")
        return None if fields is None else Segmentation.from_dict(fields)

    @cached_property
    def phrases(self) -> PhraseTable | None:
        """The phrases that were joined, or None."""
        if PHRASES_FILE not in self.manifest.files:
            return None
        return PhraseTable.from_dict(self._artefact.json(PHRASES_FILE))

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of the text that was read."""
        return self.statistics["fingerprint"]

    @property
    def digest(self) -> str:
        """A SHA-256 of the corpus itself: its words, its ids, where sentences and documents end.

        Parts of one text, or the same text in other documents, are other corpora.
        """
        own = {name: made.sha256 for name, made in self.manifest.files.items() if name in _DATA}
        return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()

    def concordance(self, word: str, n: int = 10, window: int = 5) -> Concordance:
        """Show a word in its context.

        Parameters
        ----------
        word
            A word of the vocabulary.
        n
            So many places at most, the first of the text.
        window
            Words shown left and right of it, within its sentence.

        Returns
        -------
        Concordance
            The places; printed, the word stands in one column.

        Raises
        ------
        MissingWordError
            If it is not in the vocabulary; names the nearest spellings.
        SettingError
            If a number is negative.
        """
        return find_in_context(self, word, n, window)

    def split(self, fraction: float, seed: int = 1) -> tuple[Corpus, Corpus]:
        """Part the corpus in two by documents, chosen at random by the seed.

        Both parts keep the vocabulary and its counts as they are, and live in temporary folders
        until they are saved.

        Parameters
        ----------
        fraction
            The share of the documents in the first part, between 0 and 1.
        seed
            Another seed gives another choice; the same gives the same.

        Returns
        -------
        tuple
            The first part and the rest.

        Raises
        ------
        SettingError
            If the fraction is out of its range.
        """
        chosen = choose_documents(self.n_documents, fraction, seed)
        lineage = {"fraction": fraction, "seed": seed}
        return self._part(chosen, lineage), self._part(~chosen, {**lineage, "rest": True})

    def _part(self, chosen: Bools, lineage: dict[str, Any]) -> Corpus:
        """Make a temporary corpus of some documents."""
        return self._temporary(lambda target: write_part(self, chosen, target, lineage))

    def __repr__(self) -> str:
        return (
            f"Corpus({self.n_words:,} words, {len(self.vocabulary):,} different, "
            f"{self.n_sentences:,} sentences, {self.n_documents:,} documents, {str(self.path)!r})"
        )

    def _repr_html_(self) -> str:
        figures = {
            "words": self.n_words,
            "different words": len(self.vocabulary),
            "sentences": self.n_sentences,
            "documents": self.n_documents,
        }
        rows = "".join(f"<tr><th>{name}</th><td>{n:,}</td></tr>" for name, n in figures.items())
        return f"<table><caption>Corpus {html.escape(str(self.path))}</caption>{rows}</table>"
