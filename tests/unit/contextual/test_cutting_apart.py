"""Pieces that several words share are cut apart, and nothing else is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lexloom.contextual import cutting_apart
from lexloom.contextual.pieces import Pieces

NUMBERS = {letter: number for number, letter in enumerate("北京市的a")}


def pieces(*spans: tuple[int, int]) -> Pieces:
    starts, ends = np.array(spans, np.int64).reshape(-1, 2).T
    return Pieces(np.arange(90, 90 + len(spans)), starts, ends, np.array([7]))


def cut_apart(whole: Pieces, text: str, spans: list[tuple[int, int]]) -> Pieces:
    (cut,) = cutting_apart.cut_apart([whole], [text], [spans], NUMBERS.get)
    return cut


def characters(text: str) -> list[tuple[int, int]]:
    return [(n, n + 1) for n in range(len(text))]


def test_a_piece_of_several_words_is_cut_at_their_ends():
    text = "在北京市a的"
    cut = cut_apart(pieces((0, 1), (1, 4), (4, 5), (5, 6)), text, characters(text))
    assert cut.ids.tolist() == [90, 0, 1, 2, 92, 93]
    assert cut.starts.tolist() == list(range(6)) and cut.ends.tolist() == list(range(1, 7))
    assert cut.lead.tolist() == [7]


def test_what_has_no_pieces_of_its_own_stays_whole():
    text = "北x京"
    whole = pieces((0, 2), (2, 3))
    cut = cut_apart(whole, text, characters(text))
    assert cut.ids.tolist() == [90, 91]
    assert cut_apart(pieces(), "", []).ids.tolist() == []


@given(st.text("北京市x", min_size=1, max_size=12), st.data())
def test_every_character_keeps_its_place(text: str, data: st.DataObject):
    at = st.integers(1, len(text))
    ends = sorted({*data.draw(st.lists(at)), len(text)})
    whole = pieces(*zip([0, *ends], ends, strict=False))
    words = sorted({*data.draw(st.lists(at)), len(text)})
    spans = list(zip([0, *words], words, strict=False))
    cut = cut_apart(whole, text, spans)
    assert cut.starts[0] == 0 and cut.ends[-1] == len(text)
    assert (cut.starts[1:] == cut.ends[:-1]).all()
    assert set(ends) <= set(cut.ends.tolist()) <= {*ends, *words}
    for number, start, end in zip(cut.ids, cut.starts, cut.ends, strict=True):
        assert number >= 90 or NUMBERS[text[start:end]] == number
