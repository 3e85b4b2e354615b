"""Words to pieces: against a slow twin, over five kinds of tokenizer and many scripts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import small_encoders

from lexloom.contextual.alignment import align, pool
from lexloom.contextual.pieces import PieceTokenizer
from lexloom.text.segmenting import Segmentation

LETTERS = "abcXYZé ñ 苹果公司发布了你好世界ＡＢ１２　.,!?，。'-0123 \n\t😀👩‍👩‍👧\u200b\u0301ﬁ㈱Ω"
TEXTS = st.one_of(
    st.text(alphabet=LETTERS, max_size=40),
    st.text(max_size=30).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)),
    st.lists(st.sampled_from(["[CLS]", "[SEP]", "<s>", "the cat", "苹果公司", "café", "3.14"])).map(
        " ".join
    ),
)
TOKENIZERS = {kind: PieceTokenizer(small_encoders.tokenizer(kind)) for kind in small_encoders.KINDS}


def pieces_of_each(words, starts, ends):
    """The slow twin: a piece belongs to each word it shares a character with."""
    spans = [set(range(start, end)) for start, end in zip(starts, ends, strict=True)]
    return [
        [number for number, piece in enumerate(spans) if piece & set(range(*word))]
        for word in words
    ]


def as_lists(alignment):
    bounds = alignment.offsets
    return [alignment.pieces[a:b].tolist() for a, b in itertools.pairwise(bounds)]


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, kind=st.sampled_from(list(TOKENIZERS)), language=st.sampled_from(["auto", "zh"]))
def test_pieces_are_those_that_share_a_character(text, kind, language):
    words = [(start, end) for _, start, end in Segmentation(language=language).spans(text)]
    pieces = TOKENIZERS[kind].cut([text])[0]
    found = align(words, pieces.starts, pieces.ends)
    assert as_lists(found) == pieces_of_each(words, pieces.starts, pieces.ends)
    assert (pieces.starts >= 0).all() and (pieces.ends <= len(text)).all()
    if kind in ("byte-level bpe", "characters"):
        assert found.has_pieces.all()


def test_words_that_share_a_piece_are_counted_off():
    words = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 6), (6, 7), (7, 8)]
    starts, ends = np.array([[0, 1], [1, 4], [4, 5], [5, 7]]).T  # nothing of the last word
    assert align(words, starts, ends).places.tolist() == [0, 0, 1, 2, 0, 0]
    assert align([], starts, ends).places.tolist() == []


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=15)


@settings(max_examples=200, deadline=None)
@given(words=SPANS, pieces=SPANS)
def test_pieces_may_overlap_and_come_in_any_order(words, pieces):
    words = sorted((start, start + 1 + length) for start, length in words)
    starts = np.array([start for start, _ in pieces], np.int64)
    ends = starts + np.array([length for _, length in pieces], np.int64)
    assert as_lists(align(words, starts, ends)) == pieces_of_each(words, starts, ends)


def test_a_piece_that_straddles_two_words_counts_for_both():
    found = align([(0, 2), (2, 4)], np.array([0, 1, 3]), np.array([1, 3, 4]))
    assert as_lists(found) == [[0, 1], [1, 2]]


@pytest.mark.parametrize(
    ("how", "expected"),
    [("mean", [1.0, 3.5]), ("first", [0.0, 2.0]), ("last", [2.0, 5.0]), ("max", [2.0, 5.0])],
)
def test_words_are_pooled_from_their_pieces(how, expected):
    hidden = np.array([0, 1, 2, 5], np.float32)[:, None] * np.ones((1, 3), np.float32)
    words = [(0, 3), (3, 4), (4, 6)]  # nothing covers the second
    starts, ends = np.array([0, 1, 2, 5]), np.array([1, 2, 3, 6])
    aligned = align([words[0], words[1], (2, 6)], starts, ends)
    assert aligned.has_pieces.tolist() == [True, False, True]
    pooled = pool(hidden, aligned, how)
    assert pooled.dtype == np.float32 and pooled[:, 0].tolist() == expected


def test_no_word_is_pooled_to_no_row():
    aligned = align([], np.array([0]), np.array([1]))
    assert pool(np.ones((1, 3), np.float32), aligned, "mean").shape == (0, 3)


def test_what_looks_special_is_text():
    special = set(range(len(small_encoders.SPECIAL))) - {1}  # all but [UNK]
    for kind, tokenizer in TOKENIZERS.items():
        ids = tokenizer.cut(["a [CLS] b [SEP][MASK] [PAD]"])[0].ids
        assert not special & set(ids.tolist()), kind


def test_pieces_of_the_prefix_are_not_the_text_s():
    for kind, tokenizer in TOKENIZERS.items():
        pieces = tokenizer.cut(["苹果 cat"], "the: ")[0]
        assert len(pieces.lead) and len(pieces), kind
        assert pieces.starts.min() == 0 and pieces.ends.max() == len("苹果 cat"), kind
