"""Wrong labels are found by what the other texts teach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs lexloom[finetune]")

from lexloom import BagOfWords, Corpus, TextClassifier
from lexloom.errors import FormatError, SettingError
from lexloom.finetuning.doubting import _first_of_each, _folds, find_doubts

TEXTS = [f"{word} {thing}" for word in ("good", "fine", "bad", "poor") for thing in "abcdefgh"]
LABELS = ["yes"] * 16 + ["no"] * 16
WRONG = (3, 20)


@pytest.fixture(scope="module")
def bag():
    return BagOfWords().fit(Corpus.from_texts(TEXTS, language="en", min_count=1))


def examples(wrong: tuple[int, ...] = WRONG) -> list[tuple[str, str]]:
    other = {"yes": "no", "no": "yes"}
    labels = [other[label] if row in wrong else label for row, label in enumerate(LABELS)]
    return list(zip(TEXTS, labels, strict=True))


def test_what_others_teach_doubts_what_was_mistaken(bag):
    found = find_doubts(bag, examples())
    assert sorted(doubt.row - 1 for doubt in found) == [3, 20]
    first = found[0]
    assert (first.text, first.label) == (TEXTS[first.row - 1], examples()[first.row - 1][1])
    assert first.likelier != first.label and first.chance < 0.5
    assert [doubt.chance for doubt in found] == sorted(doubt.chance for doubt in found)
    assert find_doubts(bag, examples(())) == []


@pytest.mark.filterwarnings("ignore:.* texts of .* are among those")
def test_a_classifier_doubts_what_it_has_not_learned_from(bag, tmp_path: Path):
    bag.save(tmp_path / "bag")
    made = TextClassifier(model=str(tmp_path / "bag")).fit(examples(()))
    assert sorted(doubt.row for doubt in find_doubts(made, examples())) == [4, 21]
    with pytest.raises(FormatError, match="does not know the label 'maybe', but 'no', 'yes'"):
        find_doubts(made, [("good", "maybe")])
    numbers = TextClassifier(model=str(tmp_path / "bag"), target="number").fit(
        [(text, n) for n, text in enumerate(TEXTS)], [("good", 1)]
    )
    with pytest.raises(SettingError, match="doubts are about one label, this gives a number"):
        find_doubts(numbers, examples())
    several = TextClassifier(model=str(tmp_path / "bag"), target="labels").fit(examples(()))
    with pytest.raises(SettingError, match=r"about one label, this gives several labels\."):
        find_doubts(several, examples())


@pytest.mark.parametrize("spelled", [{"yes": "5", "no": "1"}, {"yes": "好评", "no": "差评"}])
def test_a_classifier_of_sentiment_reads_labels_as_they_were_learned(
    bag, tmp_path: Path, spelled: dict[str, str]
):
    bag.save(tmp_path / "bag")
    right = [(text, spelled[label]) for text, label in examples(())]
    made = TextClassifier(model=str(tmp_path / "bag"), target="sentiment").fit(right)
    wrong = [(text, spelled[label]) for text, label in examples()]
    found = find_doubts(made, wrong)
    assert sorted(doubt.row for doubt in found) == [4, 21]
    assert {(doubt.label, doubt.likelier) for doubt in found} == {
        (spelled["no"], "positive"),
        (spelled["yes"], "negative"),
    }
    words = [(text, {"yes": "Good", "no": "negative"}[label]) for text, label in examples()]
    assert sorted(doubt.row for doubt in find_doubts(made, words)) == [4, 21]
    known = ", ".join(map(repr, ["negative", "positive", *sorted(spelled.values())]))
    told = f"does not know the label '3', but {known}"
    with pytest.raises(FormatError, match=told):
        find_doubts(made, [("good", "3")])
    with pytest.raises(FormatError, match="does not know the label 'neutral'"):
        find_doubts(made, [("good", "neutral")])


@pytest.mark.filterwarnings("ignore:.* records lack 'text' or 'label' and were left out")
def test_rows_are_those_of_the_records_in_the_file(bag, tmp_path: Path):
    lines = [f"{text},{label}" for text, label in examples()]
    lines[0:0] = [",yes", "good a,"]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label", *lines, ""]), encoding="utf-8")
    assert sorted(doubt.row for doubt in find_doubts(bag, tmp_path / "texts.csv")) == [6, 23]


def test_what_comes_again_is_in_one_fold_and_labels_are_even():
    texts = [*TEXTS, *TEXTS[:5], TEXTS[20], TEXTS[20]]
    numbers = np.array([0] * 16 + [1] * 16 + [0] * 5 + [0] * 2, np.int32)
    first = _first_of_each(texts, numbers)
    found = _folds(numbers, first, 4, 1)
    assert len({*zip(texts, found.tolist(), strict=True)}) == len(TEXTS)
    assert [np.bincount(found[:16]).tolist(), np.bincount(found[16:32]).tolist()] == [[4] * 4] * 2
    # A text that comes with both labels counts for the rarer one, wherever it comes first.
    both = _first_of_each(["a", "b", "c", "a", "d"], np.array([0, 0, 0, 1, 1], np.int32))
    assert both.tolist() == [3, 1, 2, 3, 4]


def test_no_text_vouches_for_itself(bag):
    again = [("good a", "no")] * 8
    found = find_doubts(bag, [*examples(()), *again])
    assert [doubt.row for doubt in found if doubt.text == "good a"] == list(range(33, 41))


def test_labels_that_few_texts_have_are_doubted_first(bag):
    slips = [("good a", "yess"), ("bad a", "No"), ("fine b", "yess")]
    found = find_doubts(bag, [*slips, *examples()])
    assert [(doubt.row, doubt.chance) for doubt in found[:3]] == [(1, 0.0), (2, 0.0), (3, 0.0)]
    assert [doubt.likelier for doubt in found[:3]] == ["yes", "no", "yes"]
    assert sorted(doubt.row - 4 for doubt in found[3:]) == [3, 20]


def test_too_little_to_doubt_by_is_told(bag):
    with pytest.raises(
        FormatError, match=r"two labels at least need 5 .* one a fold; the second, 'no', has 2"
    ):
        find_doubts(bag, examples(())[:18])
    with pytest.raises(FormatError, match="'no', has 2"):
        find_doubts(bag, [*examples(())[:18], *examples(())[16:18] * 4])
    odd: tuple[Any, ...] = (1, 2.5, "2")
    for folds in odd:
        with pytest.raises(SettingError, match="folds must be a whole number of at least 2, got"):
            find_doubts(bag, examples(), folds=folds)
    with pytest.raises(FormatError, match="record 1: a text must have one label"):
        find_doubts(bag, [("good a", ["yes"]), *examples()])
