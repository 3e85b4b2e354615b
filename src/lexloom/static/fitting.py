"""`fit`, as all trainers have it: what a result is made from, and the folder it goes into."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

from lexloom import __version__
from lexloom.progress import Listener
from lexloom.settings import as_dict
from lexloom.text.corpus import Corpus
from lexloom.training.checking import check_company, check_corpus
from lexloom.training.folders import RUN, fitted, run_digest

__all__ = ["Trainer"]


class Trainer:
    """Settings that can `fit`; a family says what it learns, in one go.

    Attributes
    ----------
    family
        What the command line and the settings of the result call it.
    may_differ
        Settings that may change when a run goes on, since the result does not hang on them.
    tunable
        The settings that matter most, and values worth trying. Those of ``epochs`` ascend: tuning
        tries the short ones first.
    """

    family: ClassVar[str]
    tunable: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    may_differ: ClassVar[frozenset[str]] = frozenset({"threads"})

    def check(self) -> None:
        """Refuse settings that do not go together."""

    def check_corpus(self, corpus: Corpus) -> None:
        """Refuse a corpus that there is nothing to learn from."""
        check_company(corpus)

    def learn(self, corpus: Corpus, parts: dict[str, Any], listener: Listener | None) -> Any:
        """Make the result; `parts` are arguments of its class by name."""
        raise NotImplementedError

    def cost(self, n_words: int, n_types: int) -> tuple[float, int]:
        """Estimate the seconds and bytes of learning from so many words, of so many types."""
        raise NotImplementedError

    def fit(
        self,
        corpus: Corpus,
        *,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> Any:
        """Learn from a corpus.

        Parameters
        ----------
        corpus
            What to learn from.
        out
            A folder to write the result into.
        resume
            Take what `out` holds if it comes from the same settings and corpus.
        force
            Replace what `out` holds.
        on_progress
            Told how far it is.

        Returns
        -------
        Any
            What the family learns: `WordVectors`, or a model of its own.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If the corpus has nothing to learn from.
        StorageError
            If `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        """
        check_corpus(corpus)
        self.check_corpus(corpus)
        self.check()
        run = self._identity(corpus)
        parts = self._parts(corpus, run)
        return fitted(
            lambda checkpoints: self.learn(corpus, parts, on_progress),
            run, out, resume=resume, force=force,
        )  # fmt: skip

    def _identity(self, corpus: Corpus) -> dict[str, Any]:
        """Describe the run: what must be the same for a run to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        return {
            "trainer": self.family,
            "lexloom": __version__,
            **same,
            "corpus": corpus.digest,
            "corpus_words": corpus.n_words,
        }

    def _parts(self, corpus: Corpus, run: dict[str, Any]) -> dict[str, Any]:
        """Say what a result was made from and how, as arguments of its class by name."""
        origin = {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words}
        return {
            "segmentation": corpus.segmentation,
            "phrases": corpus.phrases,
            "settings": {"trainer": self.family, **as_dict(self)},
            "lineage": {RUN: run_digest(run), "corpus": origin},
        }
