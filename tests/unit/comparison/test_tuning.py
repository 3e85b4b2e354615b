"""Tuning: what it tries, what it judges by, when it ends, and that it goes on where it stopped."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.contracts import planted

import lexloom
from lexloom.comparison import searching
from lexloom.comparison import trials as trials_module
from lexloom.comparison.judging import LabelsJudge, WordsJudge, judge_on
from lexloom.comparison.knowing import Known
from lexloom.comparison.searching import TuningResult
from lexloom.comparison.trials import (
    AS_IT_IS,
    Trial,
    best_of,
    candidates_of,
    rungs_of,
    survivors_of,
)
from lexloom.comparison.tuning import Tuning, tune
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.labelled import LabelledTexts, read_labelled
from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.evaluation.sets import AnalogyQuestions, WordCategories, WordPairs
from lexloom.static.bag_of_words import BagOfWords
from lexloom.static.fasttext import FastText
from lexloom.static.svd import SVD
from lexloom.static.word2vec import Word2Vec
from lexloom.training.signals import Interrupted


def synonyms() -> WordPairs:
    """Planted synonyms are alike, words of two topics are not."""
    words = [f"{letter}{topic}" for topic in range(planted.N_PAIRS) for letter in "ab"]
    pairs = list(itertools.combinations(words, 2))
    return WordPairs("synonyms", tuple(pairs), tuple(float(a[1:] == b[1:]) for a, b in pairs))


@pytest.fixture
def judge() -> WordsJudge:
    return WordsJudge(synonyms(), seed=1)


def trial(number: int, rung: int, score: float | None, **changes: Any) -> Trial:
    return Trial(number, rung, 1.0, changes, score, 1.0)


def test_a_third_survives_and_the_highest_rung_wins():
    trials = [
        trial(1, AS_IT_IS, 0.5),
        *(trial(2 + i, 0, i / 10, width=i, epochs=3) for i in range(7)),
        trial(9, 0, None, width=9, epochs=3),
    ]
    assert survivors_of(trials, 0) == [{"width": 6}, {"width": 5}, {"width": 4}]
    assert best_of(trials).number == 8
    assert best_of([*trials, trial(10, 1, 0.4, width=6, epochs=9)]).rung == AS_IT_IS
    assert best_of([*trials, trial(10, 1, 0.55, width=6, epochs=9)]).number == 10


def test_candidates_are_all_of_the_grid_once_in_an_order_of_the_seed():
    found = candidates_of(SVD(), seed=1)
    assert len(found) == len({json.dumps(one) for one in found}) == 4 * 3 * 2 * 2 * 3 * 2 - 1
    assert {} not in found and candidates_of(Word2Vec(), seed=1)[0] == {}
    assert found == candidates_of(SVD(), seed=1) != candidates_of(SVD(), seed=2)
    assert all("epochs" not in one for one in candidates_of(Word2Vec(), seed=1))
    for one in found[:20]:
        SVD(**one)


def test_rungs_are_epochs_or_documents():
    assert rungs_of(Word2Vec(), 10) == [(1.0, {"epochs": n}) for n in (3, 9, 27)]
    assert rungs_of(SVD(), 100_000_000) == [(1 / 9, {}), (1 / 3, {}), (1.0, {})]
    assert rungs_of(SVD(), 5_000_000) == [(1 / 3, {}), (1.0, {})]
    assert rungs_of(SVD(), 50) == [(1.0, {})]


def test_what_was_tried_is_kept_with_the_best_model(tmp_path: Path, judge: WordsJudge):
    told: list[Trial] = []
    tuning = Tuning(budget="1h", most_trials=5)
    found = tune(
        SVD(threads=1), planted.language(), judge, tmp_path / "it", tuning, on_trial=told.append
    )
    assert tuple(told) == found.trials
    assert [one.number for one in told] == list(range(1, len(told) + 1))
    assert [one.rung for one in told] == [AS_IT_IS, *[0] * 5]
    assert told[0].changes == {} and found.best.order == max(one.order for one in told)
    vectors = lexloom.load(tmp_path / "it")
    assert TuningResult.from_dict(vectors.metrics["tuning"]) == found
    made = SVD(threads=1, **found.best.changes).fit(planted.language())
    assert np.array_equal(made.matrix, vectors.matrix)
    assert found.tuned == judge.test(vectors)
    assert found.untuned == judge.test(SVD(threads=1).fit(planted.language()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]
    assert len(found.table().rows) == len(told)


def test_documents_grow_in_number(
    tmp_path: Path, judge: WordsJudge, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trials_module, "_ENOUGH", 100)
    tuning = Tuning(budget="1h", most_trials=4)
    found = tune(SVD(width=8), planted.language(400), judge, tmp_path / "it", tuning)
    shares = [one.share for one in found.trials]
    assert shares == [1.0, *[1 / 9] * 4, *[1 / 3] * 2, 1.0]
    survivors = sorted(found.trials[1:5], key=lambda one: -one.order)[:2]
    assert [one.changes for one in survivors] == [one.changes for one in found.trials[5:7]]
    assert lexloom.load(tmp_path / "it").lineage["corpus"]["n_words"] == 400 * 6


def test_the_time_is_kept_within_a_trial(
    tmp_path: Path, judge: WordsJudge, monkeypatch: pytest.MonkeyPatch
):
    seconds = itertools.count(step=0.5)
    monkeypatch.setattr(searching.time, "monotonic", lambda: next(seconds))
    trainer = Word2Vec(width=4, threads=1, deterministic=True)
    found = tune(trainer, planted.language(100), judge, tmp_path / "it", Tuning(budget="60s"))
    spent = np.cumsum([one.seconds * (one.rung != AS_IT_IS) for one in found.trials])
    assert spent[-2] < 60 <= spent[-1] or {one.rung for one in found.trials} == {AS_IT_IS, 0, 1, 2}
    for rung in (0, 1):
        last = max(place for place, one in enumerate(found.trials) if one.rung <= rung)
        assert spent[last - 1] < 20 * (rung + 1)


class Stop(Exception):
    """What a listener raises to break a search off as a kill would."""


@pytest.mark.parametrize("step", [1, 2, 4])
def test_killed_after_any_trial_it_goes_on_as_if_nothing_had_been(
    tmp_path: Path, judge: WordsJudge, step: int
):
    tuning = Tuning(budget="1h", most_trials=5)
    corpus = planted.language(300)
    whole = tune(SVD(), corpus, judge, tmp_path / "whole", tuning)

    def stop(done: Trial) -> None:
        if done.number == step:
            raise Stop

    with pytest.raises(Stop):
        tune(SVD(), corpus, judge, tmp_path / "it", tuning, on_trial=stop)
    assert not (tmp_path / "it").exists()
    with pytest.raises(SettingError, match="holds an unfinished run"):
        tune(SVD(), corpus, judge, tmp_path / "it", tuning)
    told: list[Trial] = []
    found = tune(SVD(), corpus, judge, tmp_path / "it", tuning, resume=True, on_trial=told.append)
    assert told[0].number == step + 1
    assert [(t.changes, t.score) for t in found.trials] == [
        (t.changes, t.score) for t in whole.trials
    ]
    assert (found.tuned, found.untuned) == (whole.tuned, whole.untuned)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it", "whole"]


def test_interrupted_in_training_it_says_how_to_go_on(tmp_path: Path, judge: WordsJudge):
    told: list[Trial] = []

    def interrupt(update: Any) -> None:
        if told:
            os.kill(os.getpid(), signal.SIGTERM)

    trainer = Word2Vec(width=4, threads=1, deterministic=True)
    run = (trainer, planted.language(300), judge, tmp_path / "it", Tuning(most_trials=2))
    with pytest.raises(Interrupted) as caught:
        tune(*run, on_trial=told.append, on_progress=interrupt)
    assert caught.value.exit_code == 143
    assert str(caught.value) == (
        f"{tmp_path / 'it.training'} holds 1 finished trials: the same command with --resume "
        "(resume=True) goes on."
    )
    found = tune(*run, resume=True)
    assert found.trials[0] == told[0]


def test_another_search_is_not_gone_on_with(tmp_path: Path, judge: WordsJudge):
    def stop(done: Trial) -> None:
        raise Stop

    corpus = planted.language(300)
    with pytest.raises(Stop):
        tune(SVD(), corpus, judge, tmp_path / "it", on_trial=stop)
    with pytest.raises(SettingError, match=r"the run in .* is another: settings was"):
        tune(SVD(iterations=1), corpus, judge, tmp_path / "it", resume=True)


class EverBetter:
    """A judge to whom each model is better than the one before."""

    name, measure, digest, n_development, n_test = "it", "its taste", "ever better", 1, 1

    def __init__(self) -> None:
        self._scores = itertools.count(1)

    def known(self, corpus: Any) -> Known:
        return Known(1, 1)

    def score(self, model: Any) -> float:
        return next(self._scores)

    def test(self, model: Any) -> Estimate:
        return Estimate(0.5)


def test_what_is_kept_has_learned_from_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trials_module, "_ENOUGH", 100)
    corpus = planted.language(1000)
    found = tune(SVD(), corpus, EverBetter(), tmp_path / "it", Tuning(budget="0.001s"))
    assert [trial.share for trial in found.trials] == [1.0, pytest.approx(1 / 9), 1.0]
    assert found.best == found.trials[2] and found.best.changes == found.trials[1].changes
    again = dataclasses.replace(SVD(), **found.best.changes).fit(corpus)
    assert np.array_equal(lexloom.load(tmp_path / "it").matrix, again.matrix)


def test_what_is_kept_answers_for_unseen_words_as_before(tmp_path: Path, judge: WordsJudge):
    corpus, settings = planted.language(300), {"epochs": 1, "width": 8, "max_n": 2, "min_n": 1}
    tune(FastText(**settings), corpus, judge, tmp_path / "kept", Tuning(budget="0.001s"))
    kept = lexloom.load(tmp_path / "kept")
    assert (kept.table.ngrams.min_n, kept.table.ngrams.max_n) == (1, 2)
    assert np.abs(kept["a0a0"]).max() > 0


def test_settings_that_do_not_go_together_are_passed_over(tmp_path: Path, judge: WordsJudge):
    trainer = Word2Vec(width=8, objective="cbow", min_learning_rate=0.03, deterministic=True)
    found = tune(trainer, planted.language(300), judge, tmp_path / "it", Tuning(budget="1s"))
    assert found.best.score is not None


@pytest.mark.parametrize("trainer", ["svd", SVD])
def test_what_is_no_trainer_is_refused(tmp_path: Path, judge: WordsJudge, trainer: Any):
    with pytest.raises(SettingError, match="trainer must be one, such as Word2Vec"):
        tune(trainer, planted.language(300), judge, tmp_path / "it")


def test_labels_judge_bags_and_vectors_alike(tmp_path: Path):
    corpus = planted.language(600)
    texts = tuple(" ".join(sentence) for sentence in corpus)
    labels = tuple(str(int(text.split()[0][4:].split("-")[0]) % 2) for text in texts)
    judge = LabelsJudge(LabelledTexts(texts, labels), "topics", seed=1)
    n_different = len(set(texts))
    for n_rows in (judge.n_development, judge.n_test):
        assert n_rows == pytest.approx(0.2 * n_different, abs=1)
    for trainer in (SVD(width=12), BagOfWords()):
        out = tmp_path / trainer.family
        found = tune(trainer, corpus, judge, out, Tuning(most_trials=2))
        assert found.measure == "accuracy"
        assert found.tuned.value is not None and found.tuned.value > 0.9
        assert type(lexloom.load(out)).__name__ in {"WordVectors", "BagOfWordsModel"}


def test_no_pair_of_an_analogy_is_in_both_halves():
    pairs = [(f"a{i}", f"b{i}") for i in range(20)]
    questions = tuple((*one, *other) for one, other in itertools.permutations(pairs, 2))
    judge = WordsJudge(AnalogyQuestions("q", questions, ("",) * len(questions)), seed=1)
    halves = [
        {pair for a, b, c, d in half.questions for pair in ((a, b), (c, d))}
        for half in (judge._development, judge._test)
    ]
    assert not halves[0] & halves[1] and len(halves[0] | halves[1]) == 20
    assert (judge.n_development, judge.n_test) == (90, 90)


def test_a_set_without_questions_has_two_empty_halves():
    judge = WordsJudge(AnalogyQuestions("q", (), ()), seed=1)
    assert (judge.n_development, judge.n_test) == (0, 0)


def test_a_text_that_comes_again_counts_once():
    texts = LabelledTexts(("a", "b", "a", "c", "d", "b"), ("1", "0", "1", "0", "1", "0"))
    judge = LabelsJudge(texts, "it", seed=1)
    parts = [judge._train.texts, judge._development.texts, judge._test.texts]
    assert sorted(itertools.chain(*parts)) == ["a", "b", "c", "d"]


def test_what_the_corpus_knows_is_told_before_anything_is_trained(
    tmp_path: Path, judge: WordsJudge
):
    told: list[Any] = []
    corpus = planted.language(300)
    out = tmp_path / "it"
    tune(
        SVD(), corpus, judge, out, Tuning(most_trials=1), on_known=told.append, on_trial=told.append
    )
    n_pairs = len(synonyms().pairs)
    assert told[0] == Known(n_pairs, n_pairs) and len(told) == 3
    assert str(told[0]) == f"{n_pairs} of {n_pairs} rows are known to the corpus"


CORPUS_OF_THREE = [["cat", "dog", "mat"]] * 3


@pytest.mark.parametrize(
    ("asked", "n_known"),
    [
        (WordPairs("it", (("cat", "dog"), ("Cat", "MAT"), ("cat", "猫")), (1.0, 2.0, 3.0)), 2),
        (
            AnalogyQuestions("it", (("cat", "dog", "mat", "cat"), ("a", "b", "c", "d")), ("",) * 2),
            1,
        ),
        (WordCategories("it", ("cat", "cow", "Dog"), ("pet", "farm", "pet")), 2),
    ],
)
def test_rows_are_known_when_all_their_words_are(asked: Any, n_known: int):
    corpus = lexloom.Corpus.from_sentences(CORPUS_OF_THREE, min_count=1)
    assert WordsJudge(asked, seed=1).known(corpus) == Known(n_known, len(asked))


def test_texts_are_known_when_any_word_of_them_is():
    corpus = lexloom.Corpus.from_texts(["A cat, a dog."] * 3, language="en", min_count=1)
    texts = LabelledTexts(("The CAT!", "no such thing", "dog", "", "cow"), tuple("aabba"))
    assert LabelsJudge(texts, "it", seed=1).known(corpus) == Known(2, 5)


@pytest.mark.parametrize(
    "judge",
    [
        WordsJudge(WordPairs("it", (("猫", "狗"), ("cat", "狗")), (1.0, 2.0)), seed=1),
        LabelsJudge(LabelledTexts(("猫", "狗"), ("a", "b")), "it", seed=1),
    ],
)
def test_a_set_of_which_nothing_is_known_is_refused_before_training(tmp_path: Path, judge: Any):
    corpus = lexloom.Corpus.from_sentences(CORPUS_OF_THREE, min_count=1)
    told: list[Any] = []
    with pytest.raises(SettingError) as caught:
        tune(Word2Vec(), corpus, judge, tmp_path / "it", on_progress=told.append)
    assert str(caught.value) == (
        "it cannot judge: of its 2 rows the corpus knows none. Give a set in the corpus's "
        "language, with words that the corpus has."
    )
    assert told == [] and list(tmp_path.iterdir()) == []


def test_bags_have_no_vectors_of_words(tmp_path: Path, judge: WordsJudge):
    with pytest.raises(SettingError) as caught:
        tune(BagOfWords(), planted.language(300), judge, tmp_path / "it")
    assert str(caught.value) == (
        "synonyms asks for vectors of words, a bag of words has none. "
        "Judge it on texts with labels."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_judge_is_told_by_its_file(tmp_path: Path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("word1,word2,score\n" + "cat,dog,7\n" * 9, encoding="utf-8")
    labelled = tmp_path / "reviews.csv"
    rows = "".join(f'1,"good, very\nmuch {i}"\n0,bad {i}\n' for i in range(5))
    labelled.write_text(f"label,review\n{rows}", encoding="utf-8")
    assert isinstance(judge_on(pairs, seed=1), WordsJudge)
    found = judge_on(labelled, seed=1, text="review")
    assert isinstance(found, LabelsJudge)
    assert (found.n_development, found.n_test) == (2, 2)
    assert read_labelled(labelled, "review").texts[:2] == ("good, very\nmuch 0", "bad 0")
    with pytest.raises(FormatError, match="no field 'text'; found 'label', 'review'"):
        judge_on(labelled, seed=1)
    lines = tmp_path / "some.jsonl"
    lines.write_text('{"text": "good", "label": "a"}\n{"text": "", "label": "b"}\n')
    with pytest.warns(UserWarning, match="1 of 2 records lack 'text' or 'label'"):
        assert read_labelled(lines) == LabelledTexts(("good",), ("a",))
    lines.write_text('{"text": "good", "label": 1}\n{"text": "bad", "label": 0}\n')
    assert read_labelled(lines) == LabelledTexts(("good", "bad"), ("1", "0"))
    table = pa.table({"text": ["good", "bad"], "label": [1, 0]})
    pq.write_table(table, tmp_path / "some.parquet")
    assert read_labelled(tmp_path / "some.parquet").labels == ("1", "0")
    (tmp_path / "a.txt").write_text("good\n")
    with pytest.raises(FormatError, match="expected records with fields, found lines of text"):
        read_labelled(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("budget", "seconds"), [("90s", 90), ("1.5min", 90), ("2h", 7200), ("0s", 0)]
)
def test_budgets(budget: str, seconds: float):
    assert Tuning(budget=budget).budget_seconds == seconds


@pytest.mark.parametrize("budget", ["10", "ten min", "-1s", "10 min", "1d"])
def test_what_is_no_time_is_refused(budget: str):
    with pytest.raises(SettingError, match="budget must be text like"):
        Tuning(budget=budget)
