"""Windows cover a text, batches cover the windows."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lexloom.contextual import windows
from lexloom.contextual.batching import batches, padded


@given(
    n_pieces=st.integers(0, 300),
    most=st.integers(1, 50),
    overlap=st.integers(0, 12),
    ends=st.lists(st.integers(1, 300), max_size=30),
)
def test_windows_cover_every_piece_and_none_is_too_long(n_pieces, most, overlap, ends):
    overlap = min(overlap, most // 4)
    places = np.unique(np.array(ends, np.int64))
    found = windows.cut(n_pieces, most, overlap, places[places <= n_pieces])
    assert found[0][0] == 0 and found[-1][1] == n_pieces
    assert all(0 <= stop - start <= most for start, stop in found)
    for (start, stop), (following, _) in itertools.pairwise(found):
        assert start < following <= stop and stop - following <= overlap


def test_a_text_that_fits_is_one_window():
    assert windows.cut(5, 5, 2, np.array([3])) == [(0, 5)]
    assert windows.cut(0, 5, 2, np.array([], np.int64)) == [(0, 0)]


def test_windows_end_where_sentences_do():
    assert windows.cut(10, 6, 0, np.array([4, 8])) == [(0, 4), (4, 10)]
    assert windows.cut(10, 6, 0, np.array([2])) == [(0, 6), (6, 10)]  # too short a window


def test_sentences_end_behind_their_marks():
    text = "好。a b. 3.14 c"
    ends = np.arange(1, len(text) + 1)
    assert windows.sentence_ends(text, ends).tolist() == [2, 6, 13]
    assert windows.sentence_ends("好。", np.array([], np.int64)).tolist() == []


@given(lengths=st.lists(st.integers(0, 60), max_size=60), most=st.integers(1, 200))
def test_batches_hold_every_sequence_once_and_little_padding(lengths, most):
    found = list(batches(np.array(lengths, np.int64), most))
    assert sorted(number for batch in found for number in batch) == list(range(len(lengths)))
    for batch in found:
        longest = max(lengths[number] for number in batch)
        assert len(batch) == 1 or longest * len(batch) <= most


def test_shorter_sequences_are_padded():
    ids, is_piece = padded([np.array([4, 5, 6]), np.array([7])], 9)
    assert ids.tolist() == [[4, 5, 6], [7, 9, 9]]
    assert is_piece is not None and is_piece.sum(1).tolist() == [3, 1]
    assert padded([np.array([4]), np.array([7])], 9)[1] is None
