"""Phrases are learned, joined and stored."""

import math

import numpy as np
import pytest

from lexloom.errors import SettingError
from lexloom.text.corpus import Corpus
from lexloom.text.phrases import Phrases, PhraseTable

SENTENCES = [["in", "new", "york"], ["a", "new", "york", "times"], ["new", "a", "in"]] * 9


@pytest.fixture(scope="module")
def corpus():
    return Corpus.from_sentences([*SENTENCES, [], ["york"]], min_count=1)


def test_scores_are_the_formulas():
    one = np.array([1])
    score = Phrases(min_count=2).scores(8 * one, 10 * one, 20 * one, 100)
    assert score.tolist() == [(8 - 2) * 100 / (10 * 20)]
    score = Phrases(score="npmi").scores(8 * one, 10 * one, 20 * one, 100)
    expected = math.log((8 / 100) / (10 / 100 * 20 / 100)) / -math.log(8 / 100)
    assert score[0] == pytest.approx(expected)
    assert Phrases(score="npmi").scores(one, one, one, 1).tolist() == [1.0]


def test_passes_make_longer_phrases(corpus):
    table = Phrases(min_count=2, threshold=2.0, passes=2).fit(corpus)
    first, second = ([pair[:2] for pair in pairs] for pairs in table.passes)
    assert first == [("york", "times"), ("new", "york")]
    assert ("new_york", "times") in second
    assert table.join(["x", "new", "york", "times"]) == ["x", "new_york_times"]
    assert table.join_spans([("new", 0, 3), ("york", 4, 8)]) == [("new_york", 0, 8)]
    once = Phrases(min_count=2, threshold=2.9, passes=1).fit(corpus)
    assert once.join(["york", "times", "times"]) == ["york_times", "times"]


def test_applying_makes_the_corpus_the_query_makes(corpus):
    table = Phrases(min_count=2, threshold=2.0).fit(corpus)
    joined = table.apply(corpus)
    expected = [table.join(sentence) for sentence in corpus]
    assert list(joined) == expected
    assert joined.n_documents == corpus.n_documents
    assert joined.phrases == table
    counts = {word: sum(s.count(word) for s in expected) for word in joined.vocabulary}
    assert joined.vocabulary.counts.tolist() == list(counts.values())
    with pytest.raises(SettingError, match="already"):
        table.apply(joined)


def test_table_survives_json(corpus, tmp_path):
    phrases = Phrases(min_count=2, threshold=2.0)
    built = Corpus.from_sentences(SENTENCES, min_count=1, phrases=phrases, out=tmp_path / "c")
    loaded = Corpus.load(tmp_path / "c")
    assert loaded.phrases == built.phrases
    assert len(loaded.phrases)
    assert PhraseTable.from_dict(built.phrases.as_dict()) == built.phrases


def test_no_phrases_is_an_empty_table(corpus):
    table = Phrases(threshold=1e9).fit(corpus)
    assert len(table) == 0
    assert table.join(["new", "york"]) == ["new", "york"]
    assert list(table.apply(corpus)) == list(corpus)
