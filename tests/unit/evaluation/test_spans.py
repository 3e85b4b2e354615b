"""Spans as the scorer of CoNLL reads them."""

from __future__ import annotations

import pytest

from lexloom.evaluation.metrics.spans import SpanCounts, count_spans, spans_of


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-A I-A O B-B", [(0, 2, "A"), (3, 4, "B")]),
        ("B-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),
        ("I-A I-A O I-B", [(0, 2, "A"), (3, 4, "B")]),
        ("B-A I-B I-B", [(0, 1, "A"), (1, 3, "B")]),
        ("B-A I-A E-A S-A O S-B", [(0, 3, "A"), (3, 4, "A"), (5, 6, "B")]),
        ("B-A E-A I-A", [(0, 2, "A"), (2, 3, "A")]),
        ("B-A-X I-A-X", [(0, 2, "A-X")]),
        ("O O", []),
        ("", []),
    ],
)
def test_tags_are_read_as_spans(tags: str, spans: list):
    assert spans_of(tags.split()) == spans


def test_a_span_is_right_if_all_of_it_is():
    true = [["B-A", "I-A", "O", "B-B"], ["B-A"], ["O"]]
    given = [["B-A", "O", "O", "B-B"], ["B-A"], ["B-C"]]
    found = count_spans(true, given)
    assert found == {
        "": SpanCounts(2, 4, 3),
        "A": SpanCounts(1, 2, 2),
        "B": SpanCounts(1, 1, 1),
        "C": SpanCounts(0, 1, 0),
    }
    assert (found[""].precision, found[""].recall) == (0.5, 2 / 3)
    assert found[""].f1 == pytest.approx(4 / 7)
    assert found["C"].f1 == found["C"].recall == 0 == count_spans([], [])[""].f1
