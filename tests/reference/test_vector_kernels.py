"""Each kernel beside its slow twin."""

import itertools

import numpy as np
import pytest

from lexloom.kernels import decimals, numbers, pooling, search


def best_twin(scores, n):
    order = np.lexsort((np.broadcast_to(np.arange(scores.shape[1]), scores.shape), -scores))
    return order[:, :n], np.take_along_axis(scores, order[:, :n], axis=1)


def check_best(kept, ids, scores, n):
    order = np.lexsort((ids, -kept), axis=-1)
    expected_ids, expected = best_twin(scores, n)
    assert np.array_equal(np.take_along_axis(ids, order, axis=1), expected_ids)
    assert np.array_equal(np.take_along_axis(kept, order, axis=1), expected)


@pytest.mark.parametrize("n", [1, 3, 17, 200])
@pytest.mark.parametrize("n_values", [2, 1000])
def test_find_best(n, n_values):
    draw = np.random.default_rng(n)
    unit, queries = (draw.integers(0, n_values, (rows, 7)).astype(np.float32) for rows in (200, 8))
    kept = np.full((5, n), -np.inf, np.float32)
    ids = np.full((5, n), -1, np.int32)
    room = np.empty((7, search.PANEL), np.float32), np.empty((8, search.PANEL), np.float32)
    for first in range(0, 200, 60):
        search.find_best(unit, first, min(first + 60, 200), queries, room, kept, ids)
    scores = queries[:5] @ unit.T
    check_best(kept, ids, scores, n)
    at_once = np.full_like(kept, -np.inf), np.full_like(ids, -1)
    search.keep_best(scores, *at_once)
    check_best(*at_once, scores, n)


def test_add_rows():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((50, 7)).astype(np.float32)
    ids = rng.integers(0, 50, 40).astype(np.int32)
    offsets = np.array([0, 0, 3, 40])
    weights = rng.random(40)
    sums = np.empty((3, 7), np.float32)
    pooling.add_rows(matrix, ids, offsets, weights, sums)
    texts = [slice(start, stop) for start, stop in itertools.pairwise(offsets)]
    twin = [(weights[text, None] * matrix[ids[text]]).sum(axis=0) for text in texts]
    assert sums == pytest.approx(np.array(twin), abs=1e-6)


def read_twin(text, width):
    lines = [line.split() for line in text.decode().splitlines()]
    words = [fields[0] for fields in lines]
    return words, np.array([[np.float32(float(x)) for x in fields[1:]] for fields in lines])


@pytest.mark.parametrize("form", ["%.3f", "%.6f", "%.9g", "%.17g", "%.25e", "%+.1E"])
def test_read_text_rows(form):
    values = np.random.default_rng(0).standard_normal((300, 4)) * 10.0 ** np.arange(-6, 2, 2)
    rows = (f"w{i}\t" + "  ".join(form % x for x in row) for i, row in enumerate(values.tolist()))
    text = (" \r\n".join(rows) + "\n").encode()
    read = np.empty((300, 4), np.float32)
    bounds = np.empty((300, 2), np.int64)
    buffer = np.frombuffer(text, np.uint8)
    state = numbers.read_text_rows(buffer, 0, len(text), read, bounds)
    words, expected = read_twin(text, 4)
    assert state == (300, len(text), numbers.ALL_READ)
    assert [text[start:stop].decode() for start, stop in bounds] == words
    assert np.array_equal(read, expected)


def test_read_binary_rows_and_gather_bytes():
    values = np.arange(6, dtype="<f4").reshape(2, 3)
    data = b"\n\nab " + values[0].tobytes() + b"c " + values[1].tobytes() + b"d \0\0"
    read = np.empty((5, 12), np.uint8)
    bounds = np.empty((5, 2), np.int64)
    buffer = np.frombuffer(data, np.uint8)
    n_rows, at, state = numbers.read_binary_rows(buffer, 0, len(data), read, bounds)
    assert (n_rows, at, state) == (2, len(data) - 4, numbers.LOOK_CLOSER)
    assert np.array_equal(read[:2].view("<f4"), values)
    gathered = np.empty(3, np.uint8)
    numbers.gather_bytes(buffer, bounds[:2], gathered)
    assert gathered.tobytes() == b"abc"


def test_write_text_rows():
    special = [
        0,
        -0.0,
        1,
        -1,
        0.1,
        1e-45,
        1.1754944e-38,
        3.4028235e38,
        123456.0,
        1e7,
        16777217,
        1e-5,
    ]
    bits = np.random.default_rng(0).integers(0, 1 << 32, 20_000, dtype=np.uint32)
    values = np.concatenate([np.array(special, np.float32), bits.view(np.float32)])
    values = values[np.isfinite(values)][:, None]
    out = np.empty(len(values) * (decimals.MAX_NUMBER_BYTES + 3), np.uint8)
    words = np.full(len(values), ord("w"), np.uint8)
    n_bytes = decimals.write_text_rows(words, np.arange(len(values) + 1), values, out)
    written = out[:n_bytes].tobytes().decode().splitlines()
    fields = [line.split(" ") for line in written]
    assert all(field[0] == "w" and len(field) == 2 for field in fields)
    read = np.array([np.float32(float(field[1])) for field in fields])
    assert np.array_equal(read.view(np.uint32), values[:, 0].view(np.uint32))
    assert max(len(field[1]) for field in fields) <= decimals.MAX_NUMBER_BYTES
    assert [field[1] for field in fields[:5]] == ["0", "-0", "1", "-1", "0.1"]
