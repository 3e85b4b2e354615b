"""Words that speak for a label weigh above nothing, those against it below, and a page shows it."""

from __future__ import annotations

import numpy as np
import pytest

from lexloom import WordVectors
from lexloom.errors import SettingError
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.finetuning.explaining import explanation_page
from lexloom.finetuning.head import Head
from lexloom.finetuning.targets.labels import OneLabel
from lexloom.finetuning.targets.number import Number
from lexloom.reporting.marked_text import Mark, marked_text


@pytest.fixture(scope="module")
def classifier() -> FittedClassifier:
    """Knows one word for a label, one against it, and one that says nothing."""
    vectors = WordVectors(["fine", "dirty", "room"], np.array([[1, 0], [-1, 0], [0, 1]], "f4"))
    head = Head(np.array([[-2, 0], [2, 0]], np.float32), np.zeros(2, np.float32))
    return FittedClassifier(vectors, head, OneLabel(["bad", "good"]))


def test_each_word_weighs_what_its_absence_costs(classifier: FittedClassifier):
    found = classifier.explain("fine dirty room fine", language="en")
    assert found.label == "good" and found.words == ("fine", "dirty", "room", "fine")
    assert found.text[slice(*found.spans[1])] == "dirty"
    odds = lambda numbers: 4 * np.mean(numbers)  # noqa: E731  # of the mean of first coordinates
    whole = odds([1, -1, 0, 1])
    expected = [whole - odds(rest) for rest in ([-1, 0, 1], [1, 0, 1], [1, -1, 1], [1, -1, 0])]
    np.testing.assert_allclose(found.weights, expected, atol=1e-5)
    other = classifier.explain("fine dirty room fine", "bad", language="en")
    np.testing.assert_allclose(other.weights, -found.weights, atol=1e-5)
    assert other.probability == pytest.approx(1 - found.probability, abs=1e-6)


def test_a_number_is_explained_in_its_own_units(classifier: FittedClassifier):
    head = Head(np.array([[1, 0]], np.float32), np.zeros(1, np.float32))
    stars = FittedClassifier(classifier.model, head, Number((), 3.0, 2.0))
    found = stars.explain("fine dirty", language="en")
    assert (found.label, found.probability) == ("", 3.0)
    np.testing.assert_allclose(found.weights, [2, -2])
    assert "raise the number" in explanation_page(found)
    with pytest.raises(SettingError, match="no label 'a'; the labels are none: it gives a number"):
        stars.explain("fine", "a")


@pytest.mark.parametrize(
    ("text", "label", "told"),
    [
        ("fine", "gut", "there is no label 'gut'; the labels are bad, good"),
        ("!?", None, "must have from 1 to 2,000 words to be explained, it has 0"),
        ("fine " * 2_001, None, "it has 2,001"),
    ],
)
def test_what_cannot_be_explained_is_told(
    classifier: FittedClassifier, text: str, label: str | None, told: str
):
    with pytest.raises(SettingError, match=told):
        classifier.explain(text, label, language="en")


def test_the_page_escapes_and_colours(classifier: FittedClassifier):
    page = explanation_page(classifier.explain("<b> fine dirty room", language="en"))
    assert "&lt;<mark" in page and "</mark>&gt;" in page and "<b>" not in page
    assert 'class="for-4"' in page and 'class="against-' in page


def test_marks_are_graded_by_the_largest():
    marks = [Mark(0, 1, 2.0), Mark(2, 3, -1.0), Mark(4, 5, 0.0)]
    assert marked_text("a b c", marks) == (
        '<p class="marked"><mark class="for-4" title="+2.00">a</mark> '
        '<mark class="against-2" title="-1.00">b</mark> '
        '<mark class="against-0" title="+0.00">c</mark></p>'
    )
    assert marked_text("a", [Mark(0, 1, 0.0)]).count("against-0") == 1
