"""Distilling: one vector a word, from all that an encoder makes of it in its sentences."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom import __version__
from lexloom.arrays import Counts, Ids
from lexloom.contextual.gathering import Gathered, Step, gather
from lexloom.contextual.reducing import Weights, principal_components, word_weights
from lexloom.contextual.sampling import choose_passages, passages
from lexloom.contextual.word_steps import steps_of_passages, steps_of_words
from lexloom.errors import FormatError, SettingError
from lexloom.oddities import tell_oddity
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.text.estimating import BASE_BYTES
from lexloom.text.vocabulary import Vocabulary
from lexloom.training.checking import check_corpus
from lexloom.training.checkpoints import Checkpoints
from lexloom.training.folders import RUN, fitted, run_digest
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.text.corpus import Corpus

__all__ = ["Distilling", "distill"]

_USUAL_WIDTH = 256
_SHOWN = 20
_WORDS_PER_SECOND = 2_000
"""What a network of 6 layers and width 384 reads with one thread."""

_NEW_OF_PASSAGE = 5
"""How many of the words that still want it a passage shows, as 4 M words of English came to."""


@settings
class Distilling:
    """Make word vectors of an encoder: of each word the mean in its sentences, then fewer numbers.

    The mean over contexts is that of Bommasani, Davis and Cardie 2020; a word alone, principal
    components and weights are model2vec's (Tulkens and van Dongen 2024).

    Attributes
    ----------
    method
        ``contexts`` reads words in passages of the corpus; ``words`` each word alone, which needs
        no more of the corpus than its vocabulary.
    width
        D, the numbers of a vector: the principal components kept, at most the encoder's width. By
        default 256, or the encoder's width where that is less.
    occurrences
        How often each word is met at least, if the corpus has it so often. What passages show of
        other words counts too.
    context
        The words of a passage at most: what the encoder reads at once.
    most_words
        How many words of the corpus to read at most. Every word is met once before any is looked
        for twice; words that were not met have no vector.
    weights
        How much words count in the vector of a text: ``sif`` is a / (a + p(w)), ``zipf`` is
        log(1 + rank), ``none`` is 1. Cosines between words do not hang on it.
    coefficient
        a: the smaller, the less frequent words count.
    checkpoint_minutes
        Time between two checkpoints, in minutes.
    seed
        What the choice of passages hangs on.
    """

    family: ClassVar[str] = "distilling"
    may_differ: ClassVar[frozenset[str]] = frozenset({"checkpoint_minutes"})

    method: Literal["contexts", "words"] = "contexts"
    width: Annotated[int, Field(ge=1, le=1 << 16)] | None = None
    occurrences: Annotated[int, Field(ge=1, le=100_000)] = 10
    context: Annotated[int, Field(ge=2, le=100_000)] = 64
    most_words: Annotated[int, Field(ge=1)] | None = None
    weights: Weights = "sif"
    coefficient: Annotated[float, Field(gt=0, le=1)] = 1e-3
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 10.0
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    def cost(self, n_words: int, n_types: int) -> tuple[float, int]:
        """Estimate the seconds and bytes of distilling a small encoder."""
        wanted = n_types * self.occurrences / _NEW_OF_PASSAGE * self.context
        n_read = n_types if self.method == "words" else min(wanted, n_words)
        if self.most_words is not None:
            n_read = min(n_read, self.most_words)
        candidates = 24 * n_types * self.occurrences if self.method == "contexts" else 0
        return n_read / _WORDS_PER_SECOND, int(BASE_BYTES + 8 * n_types * 384 + candidates)

    def fit(
        self,
        encoder: Encoder,
        corpus: Corpus,
        *,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> WordVectors:
        """Distil the words of a corpus.

        Parameters
        ----------
        encoder
            What reads.
        corpus
            Its words get the vectors; its sentences are what they are read in.
        out
            A folder to write the result into, with checkpoints beside it on the way.
        resume
            Go on with a run that was interrupted.
        force
            Replace what `out` holds.
        on_progress
            Told how far it is.

        Returns
        -------
        WordVectors
            With the counts of the corpus. Words that were not met, or that the encoder's tokenizer
            drops, are left out; a warning and the metrics say which.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If the corpus has no two words to make vectors of.
        DamagedError
            If the encoder gives what is no number.
        StorageError
            If `out` exists already or cannot be written.
        BusyError
            If another process writes to `out`.
        Interrupted
            If the user asked to stop; what was done is saved.
        """
        check_corpus(corpus)
        width = self._width(encoder)
        run = self._identity(encoder, corpus)
        return fitted(
            lambda checkpoints: self._learn(encoder, corpus, width, run, checkpoints, on_progress),
            run, out, resume=resume, force=force,
        )  # fmt: skip

    def _width(self, encoder: Encoder) -> int:
        """Choose how many numbers a vector has."""
        if self.width is None:
            return min(_USUAL_WIDTH, encoder.width)
        if self.width > encoder.width:
            raise SettingError(
                f"width must be at most {encoder.width}, the encoder's, got {self.width}."
            )
        return self.width

    def _identity(self, encoder: Encoder, corpus: Corpus) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        return {
            "trainer": self.family, "lexloom": __version__, **same, "corpus": corpus.digest,
            "encoder": _origin(encoder),
        }  # fmt: skip

    def _learn(
        self,
        encoder: Encoder,
        corpus: Corpus,
        width: int,
        run: dict[str, Any],
        checkpoints: Checkpoints | None,
        listener: Listener | None,
    ) -> WordVectors:
        """Read, average, turn, weigh."""
        began = time.monotonic()
        steps, n_read = self._steps(encoder, corpus)
        gathered = Gathered(len(corpus.vocabulary), encoder.width)
        gather(steps, gathered, checkpoints, 60 * self.checkpoint_minutes, listener)
        means, ids = gathered.means()
        if len(ids) < 2:
            raise FormatError(
                f"vectors need at least 2 words that the encoder knows, the corpus has {len(ids)}.",
                "Give more text.",
            )
        counts = _counts(corpus)[ids]
        matrix, kept_variance = principal_components(means, width)
        matrix *= word_weights(counts, self.weights, self.coefficient)[:, None].astype(np.float32)
        origin = {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words}
        return WordVectors(
            _some(corpus.vocabulary, ids),
            matrix,
            counts=counts,
            segmentation=corpus.segmentation,
            phrases=corpus.phrases,
            settings={"trainer": self.family, **as_dict(self), "width": width},
            lineage={RUN: run_digest(run), "corpus": origin, "encoder": _origin(encoder)},
            metrics={
                "kept_variance": kept_variance,
                "n_words_read": n_read,
                **_unmet(corpus.vocabulary, ids),
                "seconds": time.monotonic() - began,
            },
        )

    def _steps(self, encoder: Encoder, corpus: Corpus) -> tuple[list[Step], int]:
        """Cut the work into steps; give also how many words are read in all."""
        if self.method == "words":
            return steps_of_words(encoder, corpus.vocabulary), len(corpus.vocabulary)
        bounds = passages(corpus, self.context)
        chosen = choose_passages(corpus, bounds, self.occurrences, self.most_words, self.seed)
        lengths = bounds[chosen + 1] - bounds[chosen]
        return steps_of_passages(encoder, corpus, bounds[chosen], lengths), int(lengths.sum())


def distill(
    encoder: Encoder,
    corpus: Corpus,
    *,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    force: bool = False,
    on_progress: Listener | None = None,
    **chosen: Any,
) -> WordVectors:
    """Make one vector a word of what an encoder makes of it in the sentences of a corpus.

    Parameters
    ----------
    encoder
        What reads.
    corpus
        Its words get the vectors; its sentences are what they are read in.
    out
        A folder to write the result into, with checkpoints beside it on the way.
    resume
        Go on with a run that was interrupted.
    force
        Replace what `out` holds.
    on_progress
        Told how far it is.
    **chosen
        Settings of `Distilling` by name.

    Returns
    -------
    WordVectors
        As of `Distilling.fit`.

    Raises
    ------
    SettingError
        If settings and arguments do not go together; others as of `Distilling.fit`.
    """
    return Distilling(**chosen).fit(
        encoder, corpus, out=out, resume=resume, force=force, on_progress=on_progress
    )


def _origin(encoder: Encoder) -> dict[str, Any]:
    """Say which encoder it was, and how it was read."""
    return {
        "fingerprint": encoder.fingerprint, "precision": encoder.precision, **encoder.settings
    }  # fmt: skip


def _counts(corpus: Corpus) -> Counts:
    """Count the words of a corpus."""
    known = corpus.vocabulary.counts
    return np.bincount(corpus.ids, minlength=len(corpus.vocabulary)) if known is None else known


def _some(vocabulary: Vocabulary, ids: Ids) -> list[str]:
    """Give some of the words."""
    return vocabulary.array.take(ids).to_pylist()


def _unmet(vocabulary: Vocabulary, met: Ids) -> dict[str, Any]:
    """Report the words that have no vector."""
    missing = np.setdiff1d(np.arange(len(vocabulary)), met)
    words = _some(vocabulary, missing[:_SHOWN].astype(np.int32))
    if len(missing):
        tell_oddity(
            f"{len(missing):,} of {len(vocabulary):,} words were not met and have no vector, the "
            f"most frequent is {words[0]!r}."
        )
    return {"n_unmet": len(missing), "unmet_words": words}
