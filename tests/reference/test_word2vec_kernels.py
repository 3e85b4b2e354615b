"""The kernels of Word2Vec give what their slow twins give."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy.special import expit
from tests.reference import word2vec_twins as twins

from lexloom.kernels import blocks, draws, huffman, rows, sharing, slopes, spans, tiles, word2vec
from lexloom.kernels.lanes import LANES, padded
from lexloom.kernels.losses import FullSoftmax, NegativeSampling
from lexloom.kernels.tree import HierarchicalSoftmax

KEYS = st.integers(0, 2**64 - 1)


@njit
def all_dots(left, right, scores):
    for i in range(0, left.shape[0], tiles.ROWS):
        for j in range(0, right.shape[0], tiles.ROWS):
            tiles.dot_tile(left, i, right, j, scores)


@njit
def all_logistics(scores, sigmoids, softplus):
    for p in range(0, scores.shape[1], LANES):
        slopes.logistic_lanes(scores, sigmoids, softplus, p)


def numbers(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def read_only(array):
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def dots(n, width):
    left, right = numbers(n, width), numbers(n + 4, width)
    scores = np.zeros((n, n + 4), np.float32)
    all_dots(left, right, scores)
    return scores, left.astype(np.float64) @ right.T


def mixes(n, width, *, transposed):
    weights, vectors = numbers(n, n), numbers(n, width)
    results, expected = [], []
    for add, (first, last) in itertools.product((False, True), ((0, n), (1, n - 1))):
        out = np.ones((n, width), np.float32)
        for i in range(0, n, tiles.ROWS):
            mix = tiles.mix_tiles_transposed if transposed else tiles.mix_tiles
            mix(weights, first, last, vectors, out, i, add)
        used = weights[first:last].T if transposed else weights[:, first:last]
        results.append(out)
        expected.append(add + used.astype(np.float64) @ vectors[first:last])
    return np.array(results), np.array(expected)


def logistics(n, width):
    scores = np.linspace(-59, 59, n * LANES, dtype=np.float32)[None, :]
    sigmoids, softplus = np.zeros_like(scores), np.zeros_like(scores)
    all_logistics(scores, sigmoids, softplus)
    exact = scores.astype(np.float64)
    ratio = sigmoids / expit(exact)
    return np.array([ratio, softplus]), np.array([np.ones_like(exact), np.logaddexp(0.0, exact)])


def raised(n, width):
    """`pair_slopes` on two rows, of which the second is lowered and leaves nothing out."""
    n_columns = n * LANES
    scores, counts = numbers(2, n_columns + LANES), np.zeros(n_columns + LANES, np.float32)
    exact, losses = scores.astype(np.float64), np.zeros(LANES, np.float32)
    bounds = [(2, n_columns - 1, 3), (0, n_columns, -1)]
    slopes_twin, loss, counts_twin = np.zeros((2, n_columns)), 0.0, np.zeros(n_columns)
    for row, (sign, (low, high, skip)) in enumerate(zip((1.0, -1.0), bounds, strict=True)):
        chosen = tuple(np.int32(bound) for bound in (low, high, skip))
        rate = np.float32(0.5)
        slopes.pair_slopes(
            scores, row, 0, n_columns, chosen, np.float32(sign), rate, counts, losses
        )
        for p in range(low, high):
            if p != skip:
                slopes_twin[row, p] = 0.5 * sign * expit(-sign * exact[row, p])
                loss += np.logaddexp(0.0, -sign * exact[row, p])
                counts_twin[p] += 1
    found = [scores[:, :n_columns].ravel(), counts[:n_columns], [losses.sum() / loss]]
    return np.concatenate(found), np.concatenate([slopes_twin.ravel(), counts_twin, [1.0]])


def lowered(n, width):
    """`noise_slopes`: some hidden rows count not at all, even where their score is infinite."""
    n_columns = n * LANES
    scores, losses = numbers(1, n_columns), np.zeros(LANES, np.float32)
    counts = (np.arange(n_columns) % 4).astype(np.float32)
    scores[0, 4] = np.inf
    exact = np.where(counts > 0, scores[0], 0.0).astype(np.float64)
    twin = -0.5 * 0.25 * counts * expit(exact)
    loss = (0.25 * counts * np.logaddexp(0.0, exact)).sum()
    rate, weight = np.float32(0.5), np.float32(0.25)
    slopes.noise_slopes(scores, 0, n_columns, rate, weight, counts, losses)
    return np.append(scores[0], losses.sum() / loss), np.append(twin, 1.0)


TABLE = {
    "dot_tile": dots,
    "mix_tiles": lambda n, width: mixes(n, width, transposed=False),
    "mix_tiles_transposed": lambda n, width: mixes(n, width, transposed=True),
    "logistic_lanes": logistics,
    "pair_slopes": raised,
    "noise_slopes": lowered,
}
"""Name of a kernel → what it gives for a number of rows and a width, and what its twin gives."""


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("n", [4, 12])
@pytest.mark.parametrize("n_vectors", [1, 2, 3, 4, 9])
def test_a_kernel_gives_what_its_twin_gives(name, n, n_vectors):
    found, expected = TABLE[name](n, n_vectors * LANES)
    assert found == pytest.approx(expected, rel=3e-6, abs=3e-5)


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_not_finite_shows_in_the_loss(score):
    scores = np.zeros((1, LANES), np.float32)
    scores[0, 3] = score
    sigmoids, softplus = np.zeros_like(scores), np.zeros_like(scores)
    all_logistics(scores, sigmoids, softplus)
    assert not np.isfinite(softplus[0, 3])
    assert np.isfinite(np.delete(softplus[0], 3)).all()


def test_far_scores_keep_their_loss_and_their_whole_slope():
    scores = np.zeros((1, LANES), np.float32)
    scores[0, :4] = [-1e6, -80, 80, 1e6]
    sigmoids, softplus = np.zeros_like(scores), np.zeros_like(scores)
    all_logistics(scores, sigmoids, softplus)
    assert softplus[0, :4] == pytest.approx([0, 0, 80, 1e6], abs=1e-5)
    assert sigmoids[0, :4] == pytest.approx([0, 0, 1, 1], abs=1e-20)


@given(KEYS, st.integers(0, 2**40), st.integers(1, 100))
def test_draws(key, counter, limit):
    bits = draws.draw(np.uint64(key), counter)
    assert int(bits) == twins.draw(key, counter)
    assert draws.uniform(np.uint64(bits)) == twins.uniform(int(bits))
    assert draws.below(np.uint64(bits), limit) == twins.below(int(bits), limit)


def test_draws_begin_like_the_published_sequence():
    assert twins.draw(0, 1) == 0xE220A8397B1DCDAF


def test_streams_differ_by_seed_purpose_and_epoch():
    keys = {
        int(draws.stream(seed, purpose, epoch))
        for seed, purpose, epoch in itertools.product(range(20), range(5), range(20))
    }
    assert len(keys) == 2000


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60).filter(any))
def test_an_alias_table_stands_for_the_weights(weights):
    weights = np.array(weights, np.float64)
    threshold, alias = draws.alias_table(weights)
    assert twins.shares(threshold, alias) == pytest.approx(weights / weights.sum(), abs=1e-6)


def test_words_are_drawn_as_often_as_their_weights_say():
    weights = np.array([10.0, 5.0, 0.0, 1.0, 4.0])
    table = draws.alias_table(weights)
    n = 20_000
    drawn = [draws.draw_word(np.uint64(twins.draw(7, i)), *table) for i in range(n)]
    found, expected = np.bincount(drawn, minlength=5), n * weights / weights.sum()
    assert found[2] == 0
    used = expected > 0
    assert ((found - expected)[used] ** 2 / expected[used]).sum() < 16.3  # 3 degrees, 1 in 1,000


@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=60))
def test_huffman_paths_are_the_shortest_and_prefixes_of_none(counts):
    counts = sorted(counts, reverse=True)
    nodes, signs, offsets = huffman.huffman_paths(np.array(counts, np.int64))
    lengths = np.diff(offsets).tolist()
    assert sum(map(int.__mul__, counts, lengths)) == twins.huffman_cost(counts)
    paths = [
        tuple(zip(nodes[a:b].tolist()[::-1], signs[a:b].tolist()[::-1], strict=True))
        for a, b in itertools.pairwise(offsets.tolist())
    ]
    assert all(path[0][0] == len(counts) - 2 for path in paths)
    ways = [tuple(sign for _, sign in path) for path in paths]
    assert {sign for way in ways for sign in way} == {1.0, -1.0}
    prefixes = {way[:n] for way in ways for n in range(len(way))}
    assert len(set(ways)) == len(ways) and not prefixes & set(ways)
    node_at = {}
    for way, path in zip(ways, paths, strict=True):
        for n, (node, _) in enumerate(path):
            assert node_at.setdefault(way[:n], node) == node
    assert sorted(node_at.values()) == list(range(len(counts) - 1))


texts = st.lists(st.lists(st.integers(0, 9), max_size=30), min_size=1, max_size=12).filter(any)


@given(
    texts,
    KEYS,
    st.sampled_from([1, 2, 5, 40]),
    st.booleans(),
    st.sampled_from([0.0, 0.4]),
    st.booleans(),
    st.sampled_from([3, 8, 64]),
)
def test_spans_are_what_a_plain_walk_finds(sentences, key, window, dynamic, held_out, wanted, size):
    ids = np.array([word for sentence in sentences for word in sentence], np.int32)
    offsets = np.cumsum([0, *map(len, sentences)])
    keep = np.linspace(0.2, 1.0, 10, dtype=np.float32)
    text = spans.Text(read_only(ids), read_only(offsets))
    plan = spans.Plan(read_only(keep), window, dynamic, held_out, np.uint64(key), wanted)
    bits = [twins.draw(key, p) for p in range(len(ids))]
    is_kept = [twins.uniform(b) < keep[word] for b, word in zip(bits, ids, strict=True)]
    windows = [1 + twins.below(b, window) if dynamic else window for b in bits]
    aside = [twins.uniform(twins.draw(key ^ 0x68656C64, s)) for s in range(len(sentences))]
    is_wanted = [(share < held_out) == wanted for share in aside]
    span = spans.empty_span(size, window)
    for first in range(0, len(ids), size):
        last = min(first + size, len(ids))
        spans.prepare_span(text, plan, np.uint64(key), first, last, span)
        found = [
            (
                span.places[c],
                [
                    *span.places[c - span.left[c] : c],
                    *span.places[c + 1 : c + 1 + span.right[c]],
                ],
            )
            for c in range(*span.ends)
        ]
        assert found == twins.centres(offsets, is_wanted, is_kept, windows, first, last)
        assert (ids[span.places[: span.ends[1]]] == span.words[: span.ends[1]]).all()


N_WORDS, NOISE_WORDS, DRAWN, RATE = 70, 3, 8, 0.1
COUNTS = np.arange(100, 100 - N_WORDS, -1)
LOSSES = {
    "negative_sampling": NegativeSampling(
        NOISE_WORDS, DRAWN, *map(read_only, draws.alias_table(COUNTS.astype(np.float64)))
    ),
    "hierarchical_softmax": HierarchicalSoftmax(
        *map(read_only, huffman.huffman_paths(COUNTS)), 1e9
    ),
    "full_softmax": FullSoftmax(read_only(np.arange(N_WORDS, dtype=np.int32))),
}


def comparison(name, key):
    """The twin's way to compare hidden rows with words, for the block with this key."""
    loss = LOSSES[name]
    if name == "full_softmax":
        return twins.softmax
    if name == "hierarchical_softmax":
        paths = [slice(a, b) for a, b in itertools.pairwise(loss.offsets)]
        return twins.logistic(lambda w: (loss.nodes[paths[w]], loss.signs[paths[w]], 1.0))
    bits = [np.uint64(twins.draw(int(key), k)) for k in range(DRAWN)]
    noise = np.array([draws.draw_word(b, loss.threshold, loss.alias) for b in bits])

    def against(word):
        others = noise[noise != word]
        weights = np.full(1 + len(others), NOISE_WORDS / DRAWN)
        weights[0] = 1.0
        return np.append(word, others), np.append(1.0, -np.ones(len(others))), weights

    return twins.logistic(against)


def groups(items, n):
    """Give `n` items at a time."""
    return [items[i : i + n] for i in range(0, len(items), n)]


class Task:
    """A little text to train on, once by the kernels and once by the twin."""

    def __init__(
        self, name, objective, width, *, exact=True, window=3, n_sentences=3, largest_step=1e9
    ):
        generator = np.random.default_rng(width)
        lengths = [0, *generator.integers(1, 25, n_sentences), 1]
        offsets = np.cumsum(lengths)
        self.ids = generator.integers(0, N_WORDS, offsets[-1]).astype(np.int32)
        self.name, self.objective, self.exact, self.window = name, objective, exact, window
        self.loss = LOSSES[name]
        self.text = spans.Text(read_only(self.ids), read_only(offsets))
        scale = np.float32(width**-0.5)
        self.inputs, self.outputs = (scale * numbers(n, width)[:N_WORDS] for n in (N_WORDS, 99))
        if name == "hierarchical_softmax":
            self.outputs[-1] = 0.0
        keep = read_only(np.ones(N_WORDS, np.float32))
        self.plan = spans.Plan(keep, window, False, 0.0, np.uint64(1), False)
        self.course = blocks.Course(
            objective == "skip_gram", exact, True, RATE, RATE, largest_step, 0, len(self.ids),
            np.uint64(5), np.uint64(6),
        )  # fmt: skip

    def sizes(self, block):
        n_outputs = {
            "negative_sampling": block + DRAWN,
            "hierarchical_softmax": block * N_WORDS,
            "full_softmax": N_WORDS,
        }[self.name]
        return blocks.Sizes(block, 2, n_outputs, n_outputs, 16, self.window)

    def trained(self, block, n_slots=0, n_threads=1):
        """Train by the kernels: freely with one thread, or in order. Give matrices and report."""
        model = rows.Model(self.inputs.copy(), self.outputs.copy(), np.zeros(0, np.uint8))
        sizes, counters = self.sizes(block), np.zeros(3, np.int64)
        n_spans = -(-len(self.ids) // sizes.span)
        common = (self.text, self.plan, model, self.loss, self.course, sizes, (0, n_spans))
        scratch = blocks.empty_room(sizes, self.inputs.shape[1])
        changes = blocks.empty_changes(n_slots or 1, sizes, self.inputs.shape[1])
        if not n_slots:
            report = np.array([0.0, 0.0, 0.0, -1.0])
            passage = self.passage(sizes, sizes.blocks)
            room = (spans.empty_span(sizes.span, self.window), scratch, changes, passage)
            word2vec.train_freely(*common, counters, room, report)
            return model.inputs, model.outputs, report[: blocks.BAD_PLACE]
        most_rows = max(sizes.block + 2 * sizes.window, sizes.outputs)
        crossing = sharing.empty_crossing(n_threads, n_slots * most_rows)
        shared = (word2vec.empty_spans(n_spans, sizes), changes, crossing)
        together = self.passage(sizes, n_slots)
        changes.reports[:, blocks.BAD_PLACE] = -1.0

        def work(thread):
            scratch = blocks.empty_room(sizes, self.inputs.shape[1])
            own = self.passage(sizes, n_slots)
            if own is not None:
                own = own._replace(inputs=together.inputs, before=together.before)
            room = (*shared, scratch, own)
            word2vec.train_in_order(*common, counters, (thread, n_threads), room)

        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(work, range(n_threads)))
        return model.inputs, model.outputs, changes.reports[:, : blocks.BAD_PLACE].sum(axis=0)

    def passage(self, sizes, n_blocks):
        """Make room for a passage of so many blocks: none where a word is one row."""
        return None

    def blocks_of_spans(self, block):
        """Cut the text into spans, and these into blocks of centre words."""
        everything = [True] * len(self.ids)
        windows = [self.window] * len(self.ids)
        for first in range(0, len(self.ids), 16):
            found = twins.centres(
                self.text.offsets, everything, everything, windows, first, first + 16
            )
            yield [found[i : i + block] for i in range(0, len(found), block)]

    def after(self, blocks, inputs, outputs, report):
        """Let some blocks learn from the same model, and add up what they change."""
        steps = []
        for now in blocks:
            pairs = twins.examples(self.objective, self.ids, now)
            compare = comparison(self.name, twins.draw(6, now[0][0]))
            steps.append(twins.descend(pairs, compare, inputs, outputs, exact=self.exact))
            report += [steps[-1][2], len(pairs), 0]
        inputs, outputs = (
            matrix + RATE * sum(step[side] for step in steps)
            for side, matrix in enumerate((inputs, outputs))
        )
        return inputs, outputs

    def expected(self, block, n_slots=1):
        """Train by the twin: `n_slots` blocks from the same model, then their sum."""
        inputs, outputs = self.inputs.astype(np.float64), self.outputs.astype(np.float64)
        blocks = [one for span in self.blocks_of_spans(block) for one in span]
        report = np.array([0.0, 0.0, len(self.ids)])
        for some in groups(blocks, n_slots):
            inputs, outputs = self.after(some, inputs, outputs, report)
        return inputs, outputs, report


def assert_same(found, expected):
    for name, one, other in zip(("inputs", "outputs", "report"), found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-4, abs=3e-5), name


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
@pytest.mark.parametrize("width", [1, 5, 16, 100, 130])
def test_blocks_change_the_model_as_the_twin_does(name, objective, width):
    for window, block in ((1, 4), (3, 8), (7, 24)):
        task = Task(name, objective, width, window=window)
        assert_same(task.trained(block), task.expected(block))


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_of_word2vec_itself_is_not_divided(name):
    task = Task(name, "cbow", 10, exact=False)
    assert_same(task.trained(8), task.expected(8))
    divided = Task(name, "cbow", 10).trained(8)[0]
    assert not np.allclose(task.trained(8)[0], divided, atol=1e-3)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
def test_rounds_start_from_one_model_and_add_up(name, objective):
    task = Task(name, objective, 20, n_sentences=9)
    alone = task.trained(4, n_slots=3)
    assert_same(alone, task.expected(4, n_slots=3))
    for n_threads in (2, 3, 4):
        together = task.trained(4, n_slots=3, n_threads=n_threads)
        assert all(np.array_equal(*pair) for pair in zip(alone[:2], together[:2], strict=True))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
def test_a_repeated_word_takes_shorter_steps(name, objective):
    task, block = Task(name, objective, 20, window=1), 16
    task.ids = read_only(np.full(12, 3, np.int32))
    task.text = spans.Text(task.ids, read_only([0, 12]))
    before = task.inputs.copy(), task.outputs.copy()
    whole = task.trained(block)
    n_pairs = whole[2][blocks.PAIRS]
    task.course = task.course._replace(largest_step=RATE * n_pairs / 4)
    shorter = task.trained(block)
    for start, one, quarter in zip(before, whole[:2], shorter[:2], strict=True):
        assert quarter - start == pytest.approx((one - start) / 4, abs=1e-5)
    assert shorter[2] == pytest.approx(whole[2])


def test_a_node_at_the_top_takes_shorter_steps():
    task = Task("hierarchical_softmax", "skip_gram", 20, window=1)
    whole = task.trained(24)
    limit = 5 * RATE
    task.loss = task.loss._replace(largest_step=limit)
    shorter = task.trained(24)
    root = N_WORDS - 2
    n_pairs = whole[2][blocks.PAIRS]
    assert n_pairs > 5
    step, longest = (found[1][root] - task.outputs[root] for found in (shorter, whole))
    assert np.linalg.norm(step) < np.linalg.norm(longest)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("objective", ["skip_gram", "cbow"])
def test_the_twin_goes_down_the_slope_of_its_loss(name, objective):
    task = Task(name, objective, 3)
    model = task.inputs.astype(np.float64), task.outputs.astype(np.float64)
    everything = [True] * len(task.ids)
    found = twins.centres(task.text.offsets, everything, everything, [3] * len(task.ids), 0, 16)
    pairs = twins.examples(objective, task.ids, found)
    compare = comparison(name, 9)
    steps = twins.descend(pairs, compare, *model)
    for matrix, step in zip(model, steps[:2], strict=True):
        for place in itertools.islice(np.ndindex(matrix.shape), 0, None, 5):
            losses = []
            for shift in (1e-6, -2e-6):
                matrix[place] += shift
                losses.append(twins.descend(pairs, compare, *model)[2])
            matrix[place] += 1e-6
            assert (losses[1] - losses[0]) / 2e-6 == pytest.approx(step[place], abs=1e-6)


def test_padding_takes_whole_vectors():
    assert [padded(width) for width in (1, LANES, LANES + 1)] == [LANES, LANES, 2 * LANES]
