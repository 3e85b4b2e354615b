"""What word vectors are: fixed, checked, and quick to look at."""

import inspect

import numpy as np
import pytest

from lexloom.errors import MissingExtraError, MissingWordError, SettingError, ShapeError
from lexloom.vectors.word_vectors import WordVectors


def test_a_word_gives_its_row(fruit):
    assert fruit["banana"].tolist() == pytest.approx([-0.3, 0.7, 0.2])
    assert not fruit["banana"].flags.writeable
    assert fruit[["orange", "apple"]].shape == (2, 3)
    assert "apple" in fruit and "pear" not in fruit
    assert len(fruit) == 3 and fruit.width == 3
    assert list(fruit.words) == ["apple", "banana", "orange"]


def test_nothing_of_it_can_be_changed(fruit):
    with pytest.raises(ValueError, match="read-only"):
        fruit.matrix[0, 0] = 9
    with pytest.raises(AttributeError):
        fruit.matrix = None
    fruit.settings["width"] = 1
    assert fruit.settings == {}


def test_the_matrix_is_kept_and_a_view_is_copied():
    whole = np.ones((4, 2), np.float32)
    assert WordVectors(["a", "b", "c", "d"], whole).matrix is whole
    assert not whole.flags.writeable
    base = np.ones((4, 2), np.float32)
    half = WordVectors(["a", "b"], base[:2])
    base[:] = 7
    assert half.matrix.tolist() == [[1, 1], [1, 1]]


def test_a_missing_word_names_the_nearest_spellings(fruit):
    with pytest.raises(MissingWordError, match="'bananna' is not among the 3 words") as caught:
        fruit["bananna"]
    assert "banana" in caught.value.fix
    with pytest.raises(MissingWordError):
        fruit[["apple", "bananna"]]


def test_an_id_is_no_word(fruit):
    with pytest.raises(SettingError, match=r"use \.matrix"):
        fruit[0]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), r"expected a matrix of shape \(3, D\) for 3 words, got \(2, 3\)"),
        (np.zeros(3), r"got \(3,\)"),
        (np.zeros((3, 0)), r"got \(3, 0\)"),
        ([[1, 2], [np.nan, 0], [0, 0]], r"the vector of 'b' \(row 1\) has NaN or infinity"),
        ([[1, 2], [0, 0], [0, np.inf]], r"the vector of 'c' \(row 2\) has NaN or infinity"),
    ],
)
def test_a_wrong_matrix_is_refused(matrix, message):
    with pytest.raises(ShapeError, match=message):
        WordVectors(["a", "b", "c"], matrix)


def test_a_wrong_output_matrix_is_refused():
    with pytest.raises(ShapeError):
        WordVectors(["a"], [[1.0]], output_matrix=[[np.nan]])


def test_a_word_twice_is_refused():
    with pytest.raises(SettingError, match="'a' more than once"):
        WordVectors(["a", "a"], np.eye(2))


def test_restrict_keeps_the_most_frequent():
    matrix = np.arange(8, dtype=np.float32).reshape(4, 2)
    vectors = WordVectors(
        ["a", "b", "c", "d"], matrix, counts=[1, 9, 5, 9], output_matrix=matrix + 1
    )
    kept = vectors.restrict(2)
    assert list(kept.words) == ["b", "d"] and kept.counts.tolist() == [9, 9]
    assert kept.matrix.tolist() == [[2, 3], [6, 7]] and kept.output_matrix.tolist() == [
        [3, 4],
        [7, 8],
    ]
    chosen = vectors.restrict(["d", "a"])
    assert list(chosen.words) == ["d", "a"] and chosen["a"].tolist() == [0, 1]
    assert len(vectors.restrict(99)) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (0, "the number of words to keep must be at least 1, got 0."),
        (True, "the number of words to keep must be a whole number, got True."),
        (2.5, "the number of words to keep must be a whole number, got 2.5."),
        (None, "the number of words to keep must be a whole number, got None."),
        (
            "apple",
            "restrict takes how many words to keep, or a list of them, got the str 'apple'. "
            "Pass ['apple'].",
        ),
    ],
)
def test_restrict_says_what_it_takes(fruit, words, said):
    with pytest.raises(SettingError) as caught:
        fruit.restrict(words)
    assert str(caught.value) == said


def test_its_shows_are_short_and_escaped():
    hostile = '<img src=x onerror="alert(1)">'
    vectors = WordVectors([hostile, "a\x1b[31mb", "c\nd"], np.eye(3), counts=[3, 2, 1])
    shown = vectors._repr_html_()
    assert "<img" not in shown and "&lt;img" in shown
    assert "\x1b" not in shown and "\n" not in shown
    assert repr(vectors) == "WordVectors(3 words, width 3)"


def test_torch_is_asked_for_only_when_needed(fruit):
    torch = pytest.importorskip("torch", reason="torch is not installed") if _has_torch() else None
    if torch is None:
        with pytest.raises(MissingExtraError, match="pip install torch"):
            fruit.to_torch_embedding()
    else:
        layer = fruit.to_torch_embedding()
        assert layer(torch.tensor([1]))[0].tolist() == pytest.approx([-0.3, 0.7, 0.2])


def _has_torch() -> bool:
    import importlib.util

    return importlib.util.find_spec("torch") is not None


def test_public_methods_show_their_keywords():
    methods = {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(WordVectors, inspect.isroutine)
        if not name.startswith("_") or name == "__init__"
    }
    assert len(methods) > 20 and "lineage" in methods["__init__"].parameters
    hidden = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    for name, signature in methods.items():
        assert not [p for p in signature.parameters.values() if p.kind in hidden], name
