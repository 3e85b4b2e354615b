"""A corpus: text as ids with its boundaries, on disk, ready for every trainer."""

from __future__ import annotations

import hashlib
import html
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lexloom import artefact
from lexloom.arrays import Bools
from lexloom.errors import SettingError
from lexloom.text import planning
from lexloom.text.assembling import KIND, Making, make_corpus
from lexloom.text.concordance import Concordance, find_in_context
from lexloom.text.phrases import PHRASES_FILE, Phrases, PhraseTable
from lexloom.text.segmenting import Segmentation
from lexloom.text.sentences import Sentences
from lexloom.text.sources import SourcesLike
from lexloom.text.splitting import choose_documents, write_part
from lexloom.text.vocabulary import Vocabulary

__all__ = ["Corpus"]

PathLike = str | os.PathLike[str]
_LAST_OPTIONS = ("min_count", "max_words", "force")
"""Options that count once phrases are joined."""


_WORDS, _IDS = "vocabulary.arrow", "ids.safetensors"
_SENTENCES, _DOCUMENTS = "sentences.safetensors", "documents.safetensors"
_DATA = {_WORDS, _IDS, _SENTENCES, _DOCUMENTS}


class Corpus(Sentences):
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
    def build(cls, sources: SourcesLike, *, out: PathLike, **options: Any) -> Corpus:
        """Make a corpus of files.

        Parameters
        ----------
        sources
            Files, folders, patterns or ``"-"`` for standard input: one or several.
        out
            The folder of the corpus.
        **options
            Settings of `Reading`, `Segmentation` and `Selection` by name (``language="zh"``,
            ``min_count=5``); `language` may be a function that cuts a line into words and
            `user_dictionary` a file. ``phrases=Phrases()`` joins phrases; ``threads`` (all cores),
            ``force`` (replace what stands in `out`), ``resume`` (go on from a build that was
            killed) and ``on_progress`` (called with an `Update`) say how to work.

        Returns
        -------
        Corpus
            The corpus, opened from `out`.

        Raises
        ------
        SettingError
            If a setting is unknown or out of its range, or `resume` finds other settings.
        StorageError
            If a file cannot be read, or `out` exists without `force` or cannot be written.
        FormatError
            If a file is not what it should be, or no word is left.
        DamagedError
            If `resume` finds that the text changed.
        MissingExtraError
            If ``simplified=True`` and opencc is not installed.
        BusyError
            If another process writes to `out`.
        """
        phrases = options.pop("phrases", None)
        return cls._made(lambda more: planning.from_files(sources, more), out, phrases, options)

    @classmethod
    def from_texts(
        cls, texts: Iterable[str], *, out: PathLike | None = None, **options: Any
    ) -> Corpus:
        """Make a corpus of texts in memory, each a document and each of its lines a sentence.

        Parameters
        ----------
        texts
            Strings; a generator is read once. Text i is document i; one without words is empty.
        out
            The folder of the corpus; None: a temporary one that goes when the object goes.
        **options
            As of `build`, those of `Reading` aside.

        Returns
        -------
        Corpus
            The corpus.

        Raises
        ------
        SettingError
            If a text is no str, or a setting is unknown or out of its range.
        FormatError
            If no word is left, or a text holds half a surrogate pair.
        """
        phrases = options.pop("phrases", None)
        return cls._made(lambda more: planning.from_texts(texts, more), out, phrases, options)

    @classmethod
    def from_sentences(
        cls, sentences: Iterable[Sequence[str]], *, out: PathLike | None = None, **options: Any
    ) -> Corpus:
        """Make a corpus of sentences that are lists of words already, each its own document.

        Parameters
        ----------
        sentences
            Lists of words; a generator is read once. A word may hold blanks, but no NUL and no
            newline; words are kept as they are.
        out
            The folder of the corpus; None: a temporary one that goes when the object goes.
        **options
            ``min_count``, ``max_words``, ``max_types``, ``phrases``, ``force``, ``on_progress``.

        Returns
        -------
        Corpus
            The corpus.

        Raises
        ------
        SettingError
            If a sentence is a str, a word is no str, or a setting is out of its range.
        FormatError
            If no word is left.
        """
        phrases = options.pop("phrases", None)
        return cls._made(
            lambda more: planning.from_sentences(sentences, more), out, phrases, options
        )

    @classmethod
    def from_column(
        cls, frame: Any, column: str, *, out: PathLike | None = None, **options: Any
    ) -> Corpus:
        """Make a corpus of a column of texts of a pandas, polars or pyarrow table.

        Parameters
        ----------
        frame
            The table.
        column
            The name of its column; a missing value is an empty document.
        out
            The folder of the corpus; None: a temporary one that goes when the object goes.
        **options
            As of `from_texts`.

        Returns
        -------
        Corpus
            The corpus.

        Raises
        ------
        SettingError
            If the table has no such column, or as of `from_texts`.
        FormatError
            As of `from_texts`.
        """
        return cls.from_texts(planning.texts_of_column(frame, column), out=out, **options)

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

    @classmethod
    def _made(
        cls,
        plan: Callable[[dict[str, Any]], Making],
        out: PathLike | None,
        phrases: Phrases | None,
        options: dict[str, Any],
    ) -> Corpus:
        """Make a corpus in a folder or a temporary one, phrases joined if asked."""
        if phrases is not None:
            if not isinstance(phrases, Phrases):
                raise SettingError(
                    f"phrases must be Phrases or None, got {phrases!r}.",
                    "Pass phrases=Phrases(), from lexloom.text.phrases.",
                )
            if options.get("resume"):
                raise SettingError(
                    "a build that joins phrases cannot be resumed.",
                    "Leave out resume, or build without phrases and call phrases.fit and apply.",
                )
            raw = {name: value for name, value in options.items() if name not in _LAST_OPTIONS}
            whole = cls._made(plan, None, None, {**raw, "min_count": 1})
            last = {name: options[name] for name in _LAST_OPTIONS if name in options}
            return phrases.fit(whole).apply(whole, out=out, **{"min_count": 5, **last})
        return cls.of_plan(plan(options), out)

    @classmethod
    def of_plan(cls, making: Making, out: PathLike | None) -> Corpus:
        """Make a corpus as planned, in a folder or in a temporary one."""
        if out is None:
            return cls._temporary(lambda target: make_corpus(target, making))
        make_corpus(Path(out), making)
        return cls.load(out, verify="structure")

    @classmethod
    def _temporary(cls, make: Callable[[Path], None]) -> Corpus:
        """Make a corpus in a temporary folder that goes when the object goes."""
        folder = Path(tempfile.mkdtemp(prefix="lexloom-"))
        try:
            make(folder / "corpus")
            corpus = cls.load(folder / "corpus", verify="structure")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        weakref.finalize(corpus, shutil.rmtree, folder, ignore_errors=True)
        return corpus

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
