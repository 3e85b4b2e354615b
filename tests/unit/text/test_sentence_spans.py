"""Sentences end where a reader ends them, and nothing of a text is lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.text.sentence_spans import sentence_spans


@pytest.mark.parametrize(
    "sentences",
    [
        ["今天天气很好。", "我们去公园吧！", "你去吗？"],
        ["“今天很好。”", "他说。", "（真的！）", "好……", "走；", "再见"],
        [
            "Mr. Smith paid $3.50 to Dr. Wu.",
            "He left at 5 p.m. on Monday.",
            "Why?!",
            "Nobody knows...",
        ],
        [
            "It was made in the U.S. in 1990.",
            "J. R. Smith said so (twice).",
            '"Stop."',
            "They did.",
        ],
        ["He sold it to Acme Inc. for a song.", "They moved to Acme Inc.", "Then it rained."],
        ["See www.example.com for 1.5 and e.g. Fig. 3 there.", "Done!"],
        ["No. 5 is first.", "Was it 5 a.m.?", "Yes."],
    ],
    ids=lambda given: given[0][:20],
)
def test_sentences_end_where_a_reader_ends_them(sentences: list[str]):
    text = " ".join(sentences)
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


def test_an_end_of_line_ends_a_sentence():
    text = "A title\n\n  first line,\r\nsecond line.  "
    assert [text[slice(*span)] for span in sentence_spans(text)] == [
        "A title", "first line,", "second line.",
    ]  # fmt: skip
    assert sentence_spans("") == sentence_spans(" \n ") == []


@given(st.text(alphabet="aB .。!”)\n3,中", max_size=60))
def test_nothing_but_blanks_is_between_sentences(text: str):
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
