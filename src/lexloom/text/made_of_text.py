"""How a corpus is made: of files, of texts or sentences in memory, of the column of a table."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexloom import artefact
from lexloom.errors import SettingError
from lexloom.text import planning
from lexloom.text.assembling import Making, make_corpus
from lexloom.text.phrases import Phrases
from lexloom.text.sources import SourcesLike

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = ["MadeOfText"]

PathLike = str | os.PathLike[str]
_LAST_OPTIONS = ("min_count", "max_words", "force")
"""Options that count once phrases are joined."""


class MadeOfText:
    """The ways to make a corpus; `Corpus` knows how one is opened."""

    @classmethod
    def load(cls, path: PathLike, *, verify: artefact.Verify = "full") -> Corpus:
        """Open a corpus that was saved."""
        raise NotImplementedError

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
