"""Word2Vec in training: what the loop of epochs asks for, done by threads in compiled code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.errors import DivergedError, SettingError
from lexloom.kernels import blocks
from lexloom.kernels import word2vec as kernels
from lexloom.kernels.draws import alias_table, stream
from lexloom.kernels.huffman import huffman_paths
from lexloom.kernels.losses import FullSoftmax, NegativeSampling
from lexloom.kernels.passages import empty_passage
from lexloom.kernels.rows import Model
from lexloom.kernels.sharing import empty_crossing
from lexloom.kernels.spans import Plan, Text, empty_span
from lexloom.kernels.tree import HierarchicalSoftmax
from lexloom.static.calming import calm_blocks, chances_to_keep, coupling_of
from lexloom.threads import n_threads_of
from lexloom.training.history import Tally
from lexloom.training.holding_out import held_out_share

if TYPE_CHECKING:
    from lexloom.kernels.passages import Passage
    from lexloom.static.starting import Start
    from lexloom.static.word2vec import Word2Vec
    from lexloom.text.corpus import Corpus

__all__ = ["Word2VecModel"]

SPAN = 8192
"""Positions that a thread takes at a time."""

SPANS_OF_STRETCH = 64
"""Spans between two looks at the clock, at signals and at what came out."""

MOST_WORDS_OF_FULL_SOFTMAX = 20_000

_SPANS_OF_LOOK = 16
_LARGEST_STEP_OF_NODES = 2.4
_LARGEST_STEP_OF_REPEATED = {
    "negative_sampling": 1.2,
    "hierarchical_softmax": 0.6,
    "full_softmax": 1.2,
}
_ORDER, _NOISE, _LOOK = 1, 2, 3


def _read_only(array: np.ndarray) -> np.ndarray:
    """View an array as read-only, so that the kernels are compiled for one kind."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


class Word2VecModel:
    """A model in training: the matrices of `start`, changed in place."""

    unit = "words"

    def __init__(self, settings: Word2Vec, corpus: Corpus, start: Start) -> None:
        self._settings = settings
        self._sentences = corpus.sentence_offsets
        counts = corpus.vocabulary.counts
        assert counts is not None
        self._text = Text(
            _read_only(corpus.ids.astype(np.int32, copy=False)),
            _read_only(corpus.sentence_offsets.astype(np.int64, copy=False)),
        )
        self.n_units = corpus.n_words
        self.stretch_units = SPAN * SPANS_OF_STRETCH
        self._n_spans = -(-corpus.n_words // SPAN)
        self.n_stretches = -(-self._n_spans // SPANS_OF_STRETCH)
        self.model = Model(start.inputs, start.outputs, start.frozen)
        self._keep = _read_only(chances_to_keep(counts, settings.sample))
        held_out = held_out_share(settings.held_out, len(corpus))
        self._plan = Plan(
            self._keep, settings.window, settings.dynamic_window, held_out,
            np.uint64(settings.seed), False,
        )  # fmt: skip
        self._pieces = start.pieces
        kept = counts * self._keep
        block, slots = calm_blocks(settings, coupling_of(kept / kept.sum(), start.pieces))
        self._threads = n_threads_of(settings.threads)
        if settings.deterministic:
            # The others would only wait: a round has no more blocks, and the result is the same.
            self._threads = min(self._threads, slots)
        self._loss = self._make_loss(counts, slots if settings.deterministic else self._threads)
        # Words of several rows are composed for as many blocks as a round has, others never.
        together = SPAN if start.pieces is None else slots
        self._sizes = blocks.Sizes(
            block, together, *self._most_outputs(block), SPAN, settings.window
        )
        self._pool = ThreadPoolExecutor(self._threads)
        self._shared = self._room(slots) if settings.deterministic else None
        self._compile()

    def _make_loss(self, counts: np.ndarray, at_once: int) -> Any:
        """Make what the chosen loss needs, where so many blocks learn from the same model."""
        settings = self._settings
        if settings.loss == "hierarchical_softmax":
            nodes, signs, offsets = (_read_only(part) for part in huffman_paths(counts))
            return HierarchicalSoftmax(nodes, signs, offsets, _LARGEST_STEP_OF_NODES / at_once)
        if settings.loss == "full_softmax":
            if len(counts) > MOST_WORDS_OF_FULL_SOFTMAX:
                raise SettingError(
                    f"loss='full_softmax' goes over all words for each pair: it takes at most "
                    f"{MOST_WORDS_OF_FULL_SOFTMAX:,} words, the corpus has {len(counts):,}.",
                    "Use loss='negative_sampling', or a corpus with fewer (max_words=).",
                )
            return FullSoftmax(_read_only(np.arange(len(counts), dtype=np.int32)))
        weights = counts.astype(np.float64) ** settings.noise_exponent
        table = (_read_only(part) for part in alias_table(weights))
        return NegativeSampling(settings.noise_words, settings.drawn_noise, *table)

    def _most_outputs(self, block: int) -> tuple[int, int]:
        """Give the most output rows a block can have, and the most nodes of a tree."""
        if isinstance(self._loss, HierarchicalSoftmax):
            most = block * int(np.diff(self._loss.offsets).max())
            return most, most
        if isinstance(self._loss, FullSoftmax):
            return len(self._loss.words), 0
        return block + self._loss.drawn, 0

    def _room(self, slots: int) -> tuple[Any, Any, Any, Any]:
        """Make the room that the threads share when they work in order."""
        most_rows = max(self._sizes.block + 2 * self._sizes.window, self._sizes.outputs)
        return (
            kernels.empty_spans(SPANS_OF_STRETCH, self._sizes),
            blocks.empty_changes(slots, self._sizes, self.model.inputs.shape[1]),
            empty_crossing(self._threads, slots * most_rows),
            self._passage(),
        )

    def _passage(self, others: Passage | None = None) -> Passage | None:
        """Make room for the words of a passage, whose vectors threads that work in order share.

        None where each word is one row.
        """
        if self._pieces is None:
            return None
        sizes = self._sizes
        most_words = sizes.blocks * (sizes.block + 2 * sizes.window)
        width = self.model.inputs.shape[1]
        own = empty_passage(self._pieces, most_words, width, self.model.frozen.size > 0)
        return own if others is None else own._replace(inputs=others.inputs, before=others.before)

    def _scratch(self) -> Any:
        """Make the room that each thread has to itself."""
        return blocks.empty_room(self._sizes, self.model.inputs.shape[1])

    def _own_room(self) -> tuple[Any, Any, Any, Any]:
        """Make the room of a thread that works alone."""
        changes = blocks.empty_changes(1, self._sizes, self.model.inputs.shape[1])
        return empty_span(SPAN, self._settings.window), self._scratch(), changes, self._passage()

    def _course(self, epoch: int, *, trains: bool) -> blocks.Course:
        """Describe one epoch of training, or a look at the model."""
        settings = self._settings
        purpose = (_ORDER, _NOISE) if trains else (_LOOK, _LOOK + 1)
        return blocks.Course(
            settings.objective == "skip_gram",
            settings.cbow_gradient == "exact",
            trains,
            settings.first_rate,
            settings.min_learning_rate,
            _LARGEST_STEP_OF_REPEATED[settings.loss],
            epoch * self.n_units,
            settings.epochs * self.n_units,
            *(np.uint64(stream(settings.seed, number, epoch)) for number in purpose),
        )

    def _compile(self) -> None:
        """Compile the kernels, or fetch them, by training on nothing."""
        self._run(self._plan, self._course(0, trains=True), (0, 0))

    def _run(self, plan: Plan, course: blocks.Course, spans: tuple[int, int]) -> np.ndarray:
        """Go over some spans with all threads; give the report of each thread or block."""
        common = (self._text, plan, self.model, self._loss, course, self._sizes, spans)
        counters = np.zeros(3, np.int64)
        shared = self._shared
        if shared is not None:
            reports = shared[1].reports
            reports[:] = 0.0
            reports[:, blocks.BAD_PLACE] = -1.0

            def work(thread: int) -> None:
                team = (thread, self._threads)
                room = (*shared[:3], self._scratch(), self._passage(shared[3]))
                kernels.train_in_order(*common, counters, team, room)
        else:
            reports = np.zeros((self._threads, 4))
            reports[:, blocks.BAD_PLACE] = -1.0

            def work(thread: int) -> None:
                kernels.train_freely(*common, counters, self._own_room(), reports[thread])

        for done in [self._pool.submit(work, thread) for thread in range(self._threads)]:
            done.result()
        return reports

    def _look(self, plan: Plan) -> np.ndarray:
        """Go over all spans without learning; give reports that no number of threads changes."""
        firsts = range(0, self._n_spans, _SPANS_OF_LOOK)
        reports = np.zeros((len(firsts), 4))
        reports[:, blocks.BAD_PLACE] = -1.0
        course = self._course(0, trains=False)

        def work(first: int, report: np.ndarray) -> None:
            spans = (first, min(first + _SPANS_OF_LOOK, self._n_spans))
            kernels.train_freely(
                self._text, plan, self.model, self._loss, course, self._sizes, spans,
                np.zeros(3, np.int64), self._own_room(), report,
            )  # fmt: skip

        for _ in self._pool.map(work, firsts, reports):
            pass
        return reports

    def train(self, epoch: int, stretch: int) -> Tally:
        """Train on one stretch of an epoch."""
        first = stretch * SPANS_OF_STRETCH
        last = min(first + SPANS_OF_STRETCH, self._n_spans)
        reports = self._run(self._plan, self._course(epoch, trains=True), (first, last))
        bad = reports[:, blocks.BAD_PLACE]
        if (bad >= 0).any():
            raise self._diverged(int(bad[bad >= 0].min()), epoch)
        return Tally(float(reports[:, blocks.LOSS].sum()), float(reports[:, blocks.PAIRS].sum()))

    def _diverged(self, position: int, epoch: int) -> DivergedError:
        """Say where the numbers stopped being finite."""
        sentence = int(np.searchsorted(self._sentences, position, side="right")) - 1
        step = epoch * self.n_units + position
        return DivergedError(
            f"a score was not finite at word {step:,} of training (epoch {epoch + 1}, sentence "
            f"{sentence:,} of the corpus), at learning rate {self._rate_at(step):.4g}.",
            "Lower learning_rate, or look at the vectors training began with.",
        )

    def _rate_at(self, step: int) -> float:
        """Give the learning rate after so many words."""
        first, last = self._settings.first_rate, self._settings.min_learning_rate
        return first + (last - first) * step / (self._settings.epochs * self.n_units)

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch."""
        done = min(stretch * self.stretch_units, self.n_units)
        return self._rate_at(epoch * self.n_units + done)

    def held_out_loss(self) -> float | None:
        """Give the mean loss of the sentences set aside, always with the same noise.

        Returns
        -------
        float or None
            None when nothing is set aside.

        Raises
        ------
        DivergedError
            If a score is not finite.
        """
        if self._plan.held_out == 0.0:
            return None
        reports = self._look(self._plan._replace(wanted=True))
        n_pairs = reports[:, blocks.PAIRS].sum()
        if (reports[:, blocks.BAD_PLACE] >= 0).any():
            raise DivergedError(
                "a score of the held-out sentences was not finite.",
                "Lower learning_rate, or look at the vectors training began with.",
            )
        return float(reports[:, blocks.LOSS].sum() / n_pairs) if n_pairs else None

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the two matrices."""
        return {"inputs": self.model.inputs, "outputs": self.model.outputs}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the two matrices of a checkpoint back."""
        self.model.inputs[:] = arrays["inputs"]
        self.model.outputs[:] = arrays["outputs"]

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown()
