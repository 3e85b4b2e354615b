"""The kernels that cut, number and join words give what their slow twins give."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from tests.reference import text_twins

from lexloom.kernels import eight_bytes, members, phrases, word_table, words
from lexloom.text.characters import character_classes, lower_case

TRICKY = "aZ09é'’.,-_ \u0301\u200d\u00adßİΣſ你好\u3000ไかア٣½²\U0001d400\U00020000❤\ufe0f\n"
texts = st.text(st.one_of(st.sampled_from(TRICKY), st.characters(exclude_categories=["Cs"])))
lines_of_ids = st.lists(st.lists(st.integers(0, 6), max_size=8), max_size=8)


def flat(lines: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.array(list(itertools.chain.from_iterable(lines)), np.int32)
    return ids, np.array([len(line) for line in lines], np.int64)


def grouped(ids: np.ndarray, lengths: np.ndarray) -> list[list[int]]:
    ends = np.cumsum(lengths)
    return [part.tolist() for part in np.split(ids, ends[:-1])] if len(lengths) else []


@pytest.mark.parametrize("rule", ["words", "characters", "spaces", "marked"])
@pytest.mark.parametrize(("lowercase", "punctuation"), [(True, False), (False, True)])
@given(text=texts, longest=st.sampled_from([3, 9, 1000]))
def test_cutting_matches_the_pattern(rule, lowercase, punctuation, text, longest):
    tables = character_classes(rule, punctuation=punctuation), lower_case(lowercase, rule)
    expected = text_twins.cut(text, *tables, longest, punctuation)
    raw = np.frombuffer((text.removesuffix("\n") + "\n").encode(), np.uint8)
    ids, spans, lengths, blob, offsets, keys, n_too_long = words.cut_words(
        raw, *tables, longest, punctuation, True
    )
    different = [
        bytes(blob[start:end]).decode() for start, end in itertools.pairwise(offsets.tolist())
    ]
    assert grouped(np.array([different[place] for place in ids], object), lengths) == expected
    assert len(set(different)) == len(different) == len(keys)
    assert n_too_long == sum(map(len, text_twins.cut(text, *tables, 10**9, punctuation))) - len(ids)
    assert np.array_equal(word_table.word_keys(blob, offsets), keys)
    for (start, end), place in zip(spans.tolist(), ids.tolist(), strict=True):
        found = bytes(raw[start:end]).decode()
        assert "".join(chr(tables[1][ord(letter)]) for letter in found) == different[place]


@given(st.lists(st.lists(st.binary(min_size=1, max_size=20).filter(all), unique=True), max_size=5))
def test_merging_numbers_words_by_first_appearance(blocks):
    blocks = [[word for word in block if word[0] != 0xFF] for block in blocks]
    expected, expected_ids = text_twins.merge(blocks)
    room = sum(map(len, blocks)) + 1
    table = (
        np.zeros(sum(len(word) for block in blocks for word in block) + 1, np.uint8),
        np.zeros(room + 1, np.int64),
        np.zeros(room, np.uint64),
        np.zeros(256, np.uint64),
        np.zeros(256, np.int32),
    )
    n_known = 0
    for block, ids in zip(blocks, expected_ids, strict=True):
        blob = np.frombuffer(b"".join(block), np.uint8)
        offsets = np.cumsum([0, *map(len, block)])
        keys = word_table.word_keys(blob, offsets)
        found, n_known = word_table.merge_words((blob, offsets, keys), table, n_known)
        assert found.tolist() == ids
    ends = table[1][: n_known + 1].tolist()
    assert [bytes(table[0][a:b]) for a, b in itertools.pairwise(ends)] == expected


def test_words_whose_keys_are_equal_are_told_apart():
    blob = np.frombuffer(b"a long word indeedanother one, longer", np.uint8)
    offsets = np.array([0, 18, len(blob)])
    same_keys = np.full(2, 0x12FF, np.uint64)
    table = (
        np.zeros(64, np.uint8),
        np.zeros(9, np.int64),
        np.zeros(8, np.uint64),
        np.zeros(16, np.uint64),
        np.zeros(16, np.int32),
    )
    ids, n_known = word_table.merge_words((blob, offsets, same_keys), table, 0)
    assert (ids.tolist(), n_known) == ([0, 1], 2)
    assert word_table.merge_words((blob, offsets, same_keys), table, 2)[0].tolist() == [0, 1]


@given(lines_of_ids, st.lists(st.integers(-1, 9), min_size=7, max_size=7))
def test_remapping_drops_what_has_no_number(lines, new_ids):
    kept, lengths = word_table.remap_ids(*flat(lines), np.array(new_ids, np.int32))
    assert grouped(kept, lengths) == text_twins.remap(lines, new_ids)


@given(lines_of_ids)
def test_pairs_are_those_of_neighbours(lines):
    ids, lengths = flat(lines)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    packed, counts = np.unique(phrases.pack_pairs(ids, offsets + 5, 5), return_counts=True)
    found = {
        (pair >> 32, pair & 0xFFFFFFFF): n
        for pair, n in zip(packed.tolist(), counts.tolist(), strict=True)
    }
    assert found == text_twins.pairs(lines)


@given(lines_of_ids, st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6))))
def test_joining_goes_from_left_to_right(lines, pairs):
    ids, lengths = flat(lines)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ordered = sorted(pairs)
    packed = np.array([left << 32 | right for left, right in ordered], np.int64)
    joined_ids = np.arange(100, 100 + len(ordered), dtype=np.int32)
    out, out_lengths = phrases.join_pairs(ids, offsets, 0, packed, joined_ids)
    expected = text_twins.join(lines, dict(zip(ordered, joined_ids.tolist(), strict=True)))
    assert grouped(out, out_lengths) == expected


@given(st.lists(texts, max_size=4).map("padding of some length ".join))
def test_lines_with_members_are_found_wherever_they_stand(text):
    marked = np.zeros(0x110000, np.bool_)
    marked[[0xE9, 0x4F60, 0x1D400]] = True
    raw = text.encode()
    found = members.lines_with_members(
        np.frombuffer(raw, np.uint8), marked, members.first_bytes(marked)
    )
    lines = [raw[begin:end].decode() for begin, end in found.tolist()]
    assert lines == text_twins.lines_with(text, "é你\U0001d400")


@njit
def _before_zero(data, place):
    return eight_bytes.bytes_before_zero(eight_bytes.load_eight(data, place))


@given(st.binary(min_size=8, max_size=30), st.integers(0, 22))
def test_bytes_before_zero(raw, place):
    place = min(place, len(raw) - 8)
    before = raw[place : place + 8].partition(b"\0")[0]
    found = _before_zero(np.frombuffer(raw, np.uint8), place)
    assert found == (len(before), int.from_bytes(before, "little"))
