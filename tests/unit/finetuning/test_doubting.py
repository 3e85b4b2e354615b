"""Wrong labels are found by what the other texts teach."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="needs lexloom[finetune]")

from lexloom import BagOfWords, Corpus, TextClassifier
from lexloom.errors import FormatError, SettingError
from lexloom.finetuning.doubting import find_doubts

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


def test_too_little_to_doubt_by_is_told(bag):
    with pytest.raises(FormatError, match="at least 5 texts, one a fold; 'no' has 2"):
        find_doubts(bag, examples(())[:18])
    with pytest.raises(SettingError, match="folds must be at least 2, got 1"):
        find_doubts(bag, examples(), folds=1)
