"""Similarity, analogies and the self-check on vectors whose answers are known."""

import json

import numpy as np
import pytest
import scipy.stats
from tests.reference import evaluation_twins

from lexloom.errors import SettingError
from lexloom.evaluation import self_check
from lexloom.evaluation.analogies import answer
from lexloom.evaluation.intrinsic import (
    AnalogyQuestions,
    EvaluationSettings,
    WordCategories,
    WordPairs,
    evaluate,
    evaluate_analogies,
    evaluate_similarity,
)
from lexloom.evaluation.scoring import score_on
from lexloom.vectors.index import unit_rows
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors


@pytest.fixture(scope="module")
def royals() -> WordVectors:
    """Words on a grid of sex and rank, so that analogies hold exactly."""
    words = {
        "man": [1, 0, 0.2],
        "woman": [0, 1, 0.2],
        "king": [1, 0, 2.2],
        "queen": [0, 1, 2.2],
        "boy": [1, 0, -1.8],
        "girl": [0, 1, -1.8],
    }
    return WordVectors(list(words), np.array(list(words.values()), np.float32))


PAIRS = WordPairs(
    "four",
    (("man", "woman"), ("king", "queen"), ("boy", "queen"), ("Man", "king"), ("man", "Mars")),
    (3.0, 9.0, 0.5, 4.0, 1.0),
)


def test_similarity_is_the_rank_correlation_of_cosines(royals):
    result = evaluate_similarity(royals, PAIRS)
    cosines = [royals.similarity(a.lower(), b) for a, b in PAIRS.pairs[:4]]
    expected = scipy.stats.spearmanr(cosines, PAIRS.scores[:4]).statistic
    assert result.spearman.value == pytest.approx(expected)
    assert result.pearson.value == pytest.approx(
        scipy.stats.pearsonr(cosines, PAIRS.scores[:4]).statistic
    )
    both = scipy.stats.spearmanr([*cosines, 0.0], PAIRS.scores).statistic
    assert result.spearman_all.value == pytest.approx(both)
    assert (result.n_pairs, result.n_known) == (5, 4)
    assert result.missing_words == ("Mars",)
    assert result.lowered_words == ("Man",)


def test_words_are_taken_as_written_on_request(royals):
    result = evaluate_similarity(royals, PAIRS, EvaluationSettings(lower_case=False))
    assert (result.n_known, result.missing_words) == (3, ("Man", "Mars"))
    assert result.lowered_words == ()


QUESTIONS = AnalogyQuestions(
    "grid",
    (
        ("man", "king", "woman", "queen"),
        ("man", "woman", "boy", "girl"),
        ("man", "woman", "boy", "king"),
        ("man", "woman", "pope", "abbess"),
        ("man", "woman", "boy", "boy"),
    ),
    ("rank", "sex", "sex", "church", "church"),
)


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_analogies_are_counted_by_section(royals, method):
    result = evaluate_analogies(royals, QUESTIONS, EvaluationSettings(analogy_method=method))
    assert (result.total.n_right, result.total.n_known, result.total.n_questions) == (2, 4, 5)
    assert result.total.accuracy.value == 0.5
    assert result.total.accuracy_all.value == 0.4
    sections = {part.section: (part.n_right, part.n_known) for part in result.sections}
    assert sections == {"rank": (1, 1), "sex": (1, 2), "church": (0, 1)}
    assert result.missing_words == ("pope", "abbess")
    assert result.n_impossible == 1


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
@pytest.mark.parametrize("n_words", [5, 64, 700])
def test_many_questions_at_once_are_answered_as_one_by_one(monkeypatch, method, n_words):
    monkeypatch.setattr("lexloom.evaluation.analogies.SCORES_AT_ONCE", 1 << 12)
    monkeypatch.setattr("lexloom.evaluation.analogies.FEWEST_WORDS", 100)
    draw = np.random.default_rng(n_words)
    unit = unit_rows(draw.standard_normal((n_words, 12), np.float32))
    questions = draw.integers(0, n_words, (200, 3)).astype(np.int32)
    expected = evaluation_twins.complete_analogies(unit, questions, method)
    assert np.array_equal(answer(unit, questions, method), expected)


def test_no_fourth_word_is_no_answer():
    assert answer(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32)).tolist() == [-1]


def test_analogies_agree_with_the_vectors_own(royals):
    assert royals.analogy("man", "king", "woman")[0][0] == "queen"


def test_restrict_keeps_the_most_frequent_words_whatever_their_order():
    words, counts = ["rare", "often", "middle"], [1, 100, 10]
    vectors = WordVectors(words, np.eye(3, dtype=np.float32), counts=counts)
    pairs = WordPairs("p", (("often", "middle"), ("often", "rare")), (1.0, 2.0))
    result = evaluate_similarity(vectors, pairs, EvaluationSettings(restrict=2))
    assert result.missing_words == ("rare",)
    questions = AnalogyQuestions("q", (("often", "middle", "often", "rare"),), ("",))
    restricted = evaluate_analogies(vectors, questions, EvaluationSettings(restrict=2))
    assert restricted.total.n_known == 0
    assert restricted.total.accuracy.value is None


def subword_vectors():
    """Make vectors of `cat` and `dog` with n-grams of three characters, most of them of `cat`."""
    ngrams = Ngrams(min_n=3, max_n=3, buckets=1000)
    buckets = np.unique(ngrams.buckets_of(["cat"])[0])
    table = NgramTable(ngrams, buckets, np.tile(np.float32([1, 0]), (len(buckets), 1)))
    return SubwordVectors(["cat", "dog"], np.eye(2, dtype=np.float32), table=table)


def test_unseen_words_are_made_of_n_grams_when_asked_for():
    pairs = WordPairs("p", (("cat", "Catty"), ("cat", "dog"), ("dog", "xyzzy")), (3.0, 2.0, 1.0))
    plain = evaluate_similarity(subword_vectors(), pairs)
    assert (plain.n_known, plain.missing_words) == (1, ("Catty", "xyzzy"))
    found = evaluate_similarity(subword_vectors(), pairs, EvaluationSettings(unseen=True))
    assert (found.n_known, found.composed_words, found.missing_words) == (2, ("Catty",), ("xyzzy",))
    as_written = EvaluationSettings(unseen=True, lower_case=False)
    assert evaluate_similarity(subword_vectors(), pairs, as_written).composed_words == ()
    notes = evaluate(subword_vectors(), [pairs], EvaluationSettings(unseen=True)).notes()
    assert notes == ("p: 1 word without a vector: xyzzy", "p: 1 word made of n-grams: Catty")


def test_vectors_without_n_grams_make_no_unseen_words(royals):
    pairs = WordPairs("p", (("king", "kingly"),), (1.0,))
    assert evaluate_similarity(royals, pairs, EvaluationSettings(unseen=True)).missing_words


def test_restrict_must_be_at_least_one():
    with pytest.raises(SettingError, match="restrict"):
        EvaluationSettings(restrict=0)


def test_one_table_for_all_sets(royals, tmp_path):
    path = tmp_path / "grid.txt"
    path.write_text(": rank\nman king woman queen\n", encoding="utf-8")
    found = evaluate(royals, [PAIRS, path])
    rows = found.table().as_dicts()
    assert [row["set"] for row in rows] == ["four", "four", "four", "grid", "· rank"]
    assert found.notes() == (
        "four: 1 word without a vector: Mars",
        "four: 1 word found in lower case only: Man",
    )
    plain = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert plain["results"][1]["total"]["accuracy"]["value"] == 1.0
    assert evaluate(royals, path).results == found.results[1:]


def vectors_of(language: str, keep: float = 1.0) -> WordVectors:
    """Vectors in which the words of a pair are alike and all else is chance."""
    pairs, groups, analogies = self_check._read(language)
    draw = np.random.default_rng(0)
    matrix = {}
    for items in (pairs, groups):
        for words in items:
            centre = draw.standard_normal(30)
            for word in words if items is pairs else words[:-1]:
                matrix.setdefault(word, centre + 0.1 * draw.standard_normal(30))
    for word in {word for words in (*groups, *analogies) for word in words}:
        matrix.setdefault(word, draw.standard_normal(30))
    words = list(matrix)[: int(keep * len(matrix))]
    return WordVectors(words, np.array([matrix[word] for word in words], np.float32))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_self_check_needs_no_file_and_knows_the_language(language):
    found = evaluate(vectors_of(language))
    (result,) = found.results
    assert result.language == language
    closer = result.parts[0]
    assert closer.n_known == closer.n_items >= 60
    assert closer.accuracy.low > 0.9
    json.dumps(found.as_dict(), allow_nan=False)


def test_vectors_of_chance_get_the_score_of_chance():
    known = vectors_of("zh")
    matrix = np.random.default_rng(1).standard_normal((len(known), 50), np.float32)
    (result,) = evaluate(WordVectors(list(known.words), matrix)).results
    for part in result.parts:
        assert part.accuracy.low <= part.chance + 0.05
        assert part.accuracy.value <= part.chance + 0.2


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["qwxz"], "none of the 361 built-in Chinese and English words is known"),
        (["king"], "of the 361 built-in Chinese and English words 1 is known, too few to ask"),
        (
            ["king", "质量"],
            "of the 361 built-in Chinese and English words 2 are known, too few to ask",
        ),
    ],
)
def test_vectors_that_know_nothing_of_it_say_so_in_one_line(words, known):
    found = evaluate(WordVectors(words, np.ones((len(words), 2), np.float32)))
    said = f"{known}; give --set FILE (sets=FILE in Python)"
    assert [*found.table().to_text().splitlines(), *found.notes()] == [said]
    plain = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert plain["note"] == said
    assert [each["language"] for each in plain["results"]] == ["zh", "en"]
    for each in plain["results"]:
        assert [part["n_known"] for part in each["parts"]] == [0, 0, 0]
        assert each["n_words"] - len(each["missing_words"]) <= 1


def test_vectors_that_know_a_little_are_checked_in_that_language(royals):
    (english,) = evaluate(royals).results
    assert english.language == "en" and "note" not in evaluate(royals).as_dict()
    pairs, groups, _ = self_check._read("en")
    in_pairs = {word for words in pairs for word in words}
    group = next(words for words in groups if len(in_pairs & set(words)) < 2)
    (english,) = evaluate(WordVectors(list(group), np.eye(4))).results
    assert english.language == "en" and english.parts[1].n_known == 1


def test_two_languages_are_both_checked():
    both = [vectors_of("zh"), vectors_of("en")]
    words = [word for vectors in both for word in vectors.words]
    matrix = np.concatenate([vectors.matrix for vectors in both])
    assert [r.language for r in evaluate(WordVectors(words, matrix)).results] == ["zh", "en"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_self_checks_words_are_sound(language):
    pairs, groups, analogies = self_check._read(language)
    assert {len(words) for words in pairs} == {2}
    assert {len(words) for words in (*groups, *analogies)} == {4}
    for items in (pairs, groups, analogies):
        assert len(set(items)) == len(items)
        assert all(len(set(words)) == len(words) for words in items)
    seconds = [second for _, second in pairs]
    assert len(set(seconds)) == len(seconds)


def test_words_of_a_category_lie_together():
    draw = np.random.default_rng(3)
    kinds = np.repeat(np.arange(3), 8)
    words = [f"w{i}" for i in range(24)]
    near = np.eye(3, 6)[kinds] + draw.normal(0, 0.1, (24, 6))
    asked = WordCategories("kinds", (*words, "W0x"), tuple("abc"[kind] for kind in (*kinds, 0)))
    vectors = WordVectors(words, near.astype(np.float32))
    found = evaluate(vectors, asked).results[0]
    assert (found.purity.value, found.n_known, found.n_words) == (1.0, 24, 25)
    assert found.missing_words == ("W0x",)
    assert found.rows()[0][:2] == ("kinds", "purity of 3")
    assert score_on(asked)(vectors) == 1.0
    chance = WordVectors(words, draw.standard_normal((24, 6)).astype(np.float32))
    assert evaluate(chance, asked).results[0].purity.value < 0.8
    alone = WordVectors(words[:8], near[:8].astype(np.float32))
    assert evaluate(alone, asked).results[0].purity.value is None
