"""GloVe in training: counted pairs, learned block by block by threads that never meet."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.arrays import Bools, Vectors
from lexloom.errors import DivergedError, FormatError
from lexloom.kernels import glove as kernels
from lexloom.kernels.cooccurrences import Arrangement
from lexloom.kernels.draws import stream
from lexloom.kernels.glove import Parameters, empty_parameters
from lexloom.progress import Listener
from lexloom.static.cooccurrences import Cooccurrences, open_cooccurrences
from lexloom.static.counting_pairs import Counting, count_pairs
from lexloom.static.starting import Start
from lexloom.threads import n_threads_of
from lexloom.training.history import Tally
from lexloom.training.holding_out import held_out_share
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.static.glove import GloVe
    from lexloom.text.corpus import Corpus

__all__ = ["Fitted", "GloVeModel", "begin_fitting"]

STRATA = 16
"""Parts that the words are dealt to: so many blocks can be learned at a time."""

_CONTEXTS, _HELD_OUT = 1, 2
_OF_COUNTING = ("window", "symmetric", "distance_weighting", "x_max", "alpha", "seed")
_LOWER = "Lower learning_rate, or look at the vectors training began with."


@dataclass(frozen=True)
class Fitted:
    """What training begins with and changes in place.

    Attributes
    ----------
    start
        The words, with the vectors they were given or drawn.
    parameters
        Those of the words of the corpus, the first of `start`.
    is_given
        bool (V), which of these words were given vectors.
    is_trained
        bool (V), which of them do not keep their vectors.
    """

    start: Start
    parameters: Parameters
    is_given: Bools
    is_trained: Bools

    def copy(self) -> Fitted:
        """Give itself: vectors made of it share nothing with it."""
        return self

    def both(self) -> tuple[Vectors, Vectors]:
        """View the vectors as words and as contexts: float32 (V, D) each."""
        width = self.start.inputs.shape[1]
        return self.parameters.words[:, :width], self.parameters.contexts[:, :width]


def begin_fitting(start: Start, n_words: int, seed: int, given: WordVectors | None) -> Fitted:
    """Make the parameters training begins with.

    A vector that was given is the sum of both vectors of its word: it is halved, unless the vector
    of the context came with it.

    Parameters
    ----------
    start
        The vectors that were given or drawn.
    n_words
        V, the words of the corpus, the first of `start`.
    seed
        What the random numbers hang on.
    given
        The vectors that were given.

    Returns
    -------
    Fitted
        The parameters.
    """
    width = start.inputs.shape[1]
    parameters = empty_parameters(n_words, width)
    generator = np.random.Generator(np.random.Philox(key=[seed, _CONTEXTS]))
    contexts = (generator.random((n_words, width), dtype=np.float32) - np.float32(0.5)) / width
    is_given = np.zeros(n_words, bool)
    if given is not None:
        ids = start.vocabulary.ids(given.words)
        is_given[ids[ids < n_words]] = True
        came = is_given & start.outputs[:n_words].any(axis=1)
        contexts[is_given] = start.inputs[:n_words][is_given] / 2
        contexts[came] = start.outputs[:n_words][came]
    is_trained = np.ones(n_words, bool)
    is_trained[np.flatnonzero(start.frozen[:n_words])] = False
    drawn = start.inputs[:n_words]
    parameters.words[:, :width] = np.where(is_given[:, None], drawn - contexts, drawn)
    parameters.contexts[:, :width] = contexts
    half = parameters.words.shape[1] // 2
    for rows in parameters:
        rows[~is_trained, half : half + width] = kernels.SETTLED
    return Fitted(start, parameters, is_given, is_trained)


class GloVeModel:
    """A model in training: the parameters of `begun`, changed in place.

    A block is the rows of one stratum with the columns of one. A round is as many blocks as there
    are strata, no two of which share a row or a column (Gemulla et al. 2011): so threads never
    change the same vector, and it does not matter which of them learns a block.
    """

    unit = "pairs"

    def __init__(
        self,
        settings: GloVe,
        corpus: Corpus,
        begun: Fitted,
        folder: Path | None,
        listener: Listener | None = None,
    ) -> None:
        self._settings = settings
        self._begun = begun
        with contextlib.ExitStack() as leaving:
            if folder is None:
                temporary = tempfile.TemporaryDirectory(
                    prefix="lexloom-", ignore_cleanup_errors=True
                )
                folder = Path(leaving.enter_context(temporary))
            self._pool = leaving.enter_context(ThreadPoolExecutor(n_threads_of(settings.threads)))
            self._pairs = self._counted(corpus, folder / "cooccurrences", listener)
            self._leaving = leaving.pop_all()
        self.n_units = self._pairs.n_pairs
        if not self.n_units:
            self.close()
            raise FormatError(
                "no pair is left to learn from: all of them are held out.", "Pass held_out=0."
            )
        self.n_stretches = self._pairs.strata
        self.stretch_units = -(-self.n_units // self.n_stretches)

    def _counted(self, corpus: Corpus, place: Path, listener: Listener | None) -> Cooccurrences:
        """Count the pairs, or open them where an interrupted run has."""
        settings = self._settings
        distances = np.maximum(np.arange(settings.window + 1), 1)
        amounts = 1.0 / distances if settings.distance_weighting else np.ones(len(distances))
        held_out = held_out_share(settings.held_out, len(corpus))
        key = np.uint64(stream(settings.seed, _HELD_OUT, 0))
        counting = Counting(
            amounts,
            settings.symmetric,
            Arrangement(
                np.float32(settings.x_max), np.float32(settings.alpha), np.float32(held_out), key
            ),
            STRATA,
            settings.seed,
            settings.max_memory_gb,
            n_threads_of(settings.threads),
        )
        about = {name: getattr(settings, name) for name in _OF_COUNTING}
        about.update(corpus=corpus.digest, held_out=held_out, strata=STRATA)
        return open_cooccurrences(place, about) or count_pairs(
            corpus, counting, place, about, self._pool, listener
        )

    def train(self, epoch: int, stretch: int) -> Tally:
        """Learn one round of blocks.

        Raises
        ------
        DivergedError
            If a score is not finite.
        """
        rate, n_strata = np.float32(self._settings.learning_rate), self._pairs.strata

        def learn(rows: int) -> tuple[np.ndarray, int]:
            return self._visit(kernels.learn, rows, (rows + stretch) % n_strata, rate)

        reports, n_pairs = zip(*self._pool.map(learn, range(n_strata)), strict=True)
        costs = np.array(reports)
        if not np.isfinite(costs).all():
            word = int(costs[~np.isfinite(costs[:, kernels.COST]), kernels.WORD][0])
            raise DivergedError(
                f"a score of the word {self._begun.start.vocabulary.word(word)!r} was not finite "
                f"in round {stretch + 1} of {n_strata} of training (epoch {epoch + 1}), at "
                f"learning rate {rate:.4g}.",
                _LOWER,
            )
        if stretch + 1 == n_strata and self._begun.is_given.any():
            self._pull()
        return Tally(float(costs[:, kernels.COST].sum()), sum(n_pairs))

    def _visit(
        self, kernel: Callable[..., None], rows: int, columns: int, *more: Any
    ) -> tuple[np.ndarray, int]:
        """Go over a block from end to end: what the kernel reports, and the pairs of the block."""
        report, n_pairs = np.zeros(2), 0
        for shard in self._pairs.shards:
            if shard.stratum == rows:
                kernel(
                    shard.words, shard.lengths, columns, shard.starts[columns],
                    self._pairs.records, self._begun.parameters, *more, report,
                )  # fmt: skip
                n_pairs += int(shard.sizes[columns])
        return report, n_pairs

    def _pull(self) -> None:
        """Move words towards the vectors they were given: a step down μ |w + c - given|² / 2.

        It is the proximal step of AdaGrad (Duchi et al. 2011, equation 4): taken from where it
        leads to, so that however strong it is, it never overshoots.
        """
        begun, settings = self._begun, self._settings
        rows = np.flatnonzero(begun.is_given & begun.is_trained)
        pull = np.float32(settings.learning_rate * settings.attachment)
        words, contexts = begun.both()
        shares = [
            pull / np.sqrt(np.split(table, 2, axis=1)[1][rows, : settings.width])
            for table in begun.parameters
        ]
        miss = words[rows] + contexts[rows] - begun.start.inputs[rows]
        miss /= 1 + shares[0] + shares[1]
        words[rows] -= shares[0] * miss
        contexts[rows] -= shares[1] * miss

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate, which AdaGrad lowers for each number by itself."""
        return self._settings.learning_rate

    def held_out_loss(self) -> float | None:
        """Give the mean cost of the pairs set aside.

        Returns
        -------
        float or None
            None when nothing is set aside.

        Raises
        ------
        DivergedError
            If a score is not finite.
        """
        last = self._pairs.strata
        found = [self._visit(kernels.look, rows, last) for rows in range(last)]
        cost = sum(float(report[kernels.COST]) for report, _ in found)
        n_pairs = sum(n for _, n in found)
        if not np.isfinite(cost):
            raise DivergedError("a score of the held-out pairs was not finite.", _LOWER)
        return cost / n_pairs if n_pairs else None

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the parameters."""
        return self._begun.parameters._asdict()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the parameters of a checkpoint back."""
        for name, rows in self.arrays().items():
            rows[:] = arrays[name]

    def close(self) -> None:
        """Let the threads go, and the counted pairs that no folder keeps."""
        self._leaving.close()
