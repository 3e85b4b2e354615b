"""Senses: a word that is two words is found to be, one that is one is not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.contextual.small import aligned

import lexloom
from lexloom import Corpus
from lexloom.contextual.grouping import group, silhouette
from lexloom.contextual.occurrences import as_written, beside, rejoined, sample_places_of
from lexloom.contextual.senses import SenseSearch, more_beside
from lexloom.errors import DamagedError, FormatError, MissingWordError, SettingError
from lexloom.evaluation.metrics.clustering import v_measure
from lexloom.text.reading import Reading

FRUIT = [f"fruit{number}" for number in range(40)]
DOORS = [f"door{number}" for number in range(40)]


class Company:
    """An encoder whose vector of a word is what stands around it, and a little of its own."""

    width = 32
    precision = "float32"
    fingerprint = "0" * 64

    def of(self, word: str) -> np.ndarray:
        return self._drawn(word) + 0.5 * self._drawn(word.rstrip("0123456789"))

    def _drawn(self, text: str) -> np.ndarray:
        seed = int.from_bytes(text.encode()[:8], "little")
        return np.random.default_rng(seed).standard_normal(self.width)

    def embed_spans(self, texts: Any, spans: Any) -> Any:
        for text, places in zip(texts, spans, strict=True):
            around = np.mean([self.of(word) for word in text.split()], axis=0)
            own = [self.of(text[start:stop]) for start, stop in places]
            yield (
                (around + 0.2 * np.array(own)).astype(np.float32),
                aligned(np.ones(len(own), bool)),
            )


def sentences(word: str, company: list[str], n: int, seed: int) -> list[list[str]]:
    generator = np.random.default_rng(seed)
    return [
        [*(words := generator.choice(company, 8).tolist())[:2], word, *words[2:]] for _ in range(n)
    ]


def pseudo_word(seed: int) -> tuple[Corpus, np.ndarray]:
    """A corpus in which `bananadoor` stands for two words, and which it is at each place."""
    both = [*sentences("bananadoor", FRUIT, 60, seed), *sentences("bananadoor", DOORS, 40, seed)]
    order = np.random.default_rng(seed).permutation(len(both))
    classes = np.repeat([0, 1], [60, 40])[order]
    return Corpus.from_sentences([both[place] for place in order], min_count=1), classes


def test_a_word_that_is_two_words_is_parted():
    values = []
    for seed in range(3):
        corpus, classes = pseudo_word(seed)
        found = SenseSearch().find(Company(), corpus, "bananadoor")
        assert len(found.groups) == len(classes) == found.n_in_corpus
        values.append(v_measure(found.groups, classes).value)
        first, second = found.senses[:2]
        assert {word for word, _ in first.beside[:3]} <= set(FRUIT)
        assert {word for word, _ in second.beside[:3]} <= set(DOORS)
        assert first.n_places == 60 and first.share == pytest.approx(0.6)
    assert np.mean(values) >= 0.8


def test_a_word_of_one_sense_is_not_parted():
    n_senses = []
    for seed in range(4):
        corpus = Corpus.from_sentences(sentences("banana", FRUIT, 80, seed), min_count=1)
        n_senses.append(len(SenseSearch().find(Company(), corpus, "banana").senses))
    # Three standard deviations above one cloud are seldom met by chance.
    assert np.mean(np.array(n_senses) == 1) >= 0.75


@pytest.mark.parametrize("n_groups", [1, 2, 4])
def test_as_many_groups_are_found_as_there_are(n_groups: int):
    right = []
    for seed in range(3):
        generator = np.random.default_rng(seed)
        centres = generator.standard_normal((n_groups, 24))
        classes = generator.integers(0, n_groups, 160)
        points = centres[classes] + 0.35 * generator.standard_normal((160, 24)) + 2.0
        found = group(points.astype(np.float32), 6, certainty=3.0, seed=1)
        right.append(found.groups.max() + 1 == n_groups)
        assert (found.silhouette == 0) == (found.groups.max() == 0)
    assert sum(right) >= 2


@pytest.mark.parametrize(
    "vectors",
    [
        np.ones((1, 4)),
        np.ones((2, 4)),
        np.ones((50, 4)),
        np.zeros((50, 4)),
        np.repeat(np.eye(4)[:1], 20, axis=0) + 1e-9,
        np.concatenate([np.ones((49, 4)), [[1, 2, 3, 4]]]),
    ],
)
def test_what_cannot_be_parted_is_one_group(vectors: np.ndarray):
    found = group(vectors.astype(np.float32), 5, certainty=3.0, seed=1)
    assert found.groups.tolist() == [0] * len(vectors)
    assert np.isfinite(found.points).all() and np.isfinite(found.certainty)


def test_the_silhouette_is_that_of_another():
    metrics = pytest.importorskip("sklearn.metrics", reason="needs lexloom[demo]")
    generator = np.random.default_rng(1)
    points = generator.standard_normal((40, 3)).astype(np.float32)
    groups = generator.integers(0, 3, 40).astype(np.int32)
    groups[groups == 2] = 1
    groups[5] = 2  # one that is alone
    assert silhouette(points, groups) == pytest.approx(
        metrics.silhouette_score(points, groups), abs=1e-6
    )
    assert silhouette(points, np.zeros(40, np.int32)) == 0


def test_words_beside_are_rated_by_the_log_likelihood_ratio():
    inside, elsewhere = np.array([10, 5, 1, 0, 4]), np.array([10, 50, 0, 9, 0])
    found = more_beside(inside, elsewhere, 5)
    assert [word for word, _ in found] == [4, 0]
    n_inside, n_elsewhere = 20, 69
    e, f = 20 * n_inside / 89, 20 * n_elsewhere / 89
    assert found[1][1] == pytest.approx(2 * (10 * np.log(10 / e) + 10 * np.log(10 / f)))
    assert found[0][1] == pytest.approx(2 * 4 * np.log(4 / (4 * n_inside / 89)))
    assert more_beside(inside, elsewhere, 1) == found[:1]
    assert more_beside(np.zeros(5, int), elsewhere, 5) == []


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Corpus]:
    """Raw text with blank lines, capitals and two scripts, and its corpus."""
    folder = tmp_path_factory.mktemp("text")
    lines = ["The Cat, sat!  On a mat.", "", "no words for you", "!!!",
             "我喜欢吃苹果，苹果很贵 but the cat", " cat cat"] * 9  # fmt: skip
    (folder / "it.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = folder / "it.corpus"
    return folder / "it.txt", Corpus.build([folder / "it.txt"], out=out, min_count=1, language="zh")


@pytest.mark.parametrize("word", ["cat", "苹果"])
@pytest.mark.parametrize("context", [1, 3, 100])
def test_places_are_those_of_the_word(text: tuple[Path, Corpus], word: str, context: int):
    path, corpus = text
    places, n_found = sample_places_of(corpus, corpus.vocabulary.id(word), 20, seed=1)
    assert n_found == corpus.vocabulary.counts[corpus.vocabulary.id(word)]
    assert len(places) == min(n_found, 20) and sorted(set(places.tolist())) == places.tolist()
    for one in rejoined(corpus, places, context):
        assert one.text[one.start : one.stop] == word
    written = as_written(corpus, places, context, [path], Reading())
    assert {one.text[one.start : one.stop].lower() for one in written} == {word}
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(any(one.text.strip() in line for line in lines) for one in written)
    if context == 100 and word == "cat":
        assert any("Cat, sat!" in one.text for one in written)


def test_words_beside_stay_in_the_sentence(text: tuple[Path, Corpus]):
    corpus = text[1]
    places, _ = sample_places_of(corpus, corpus.vocabulary.id("sat"), 2, seed=1)
    near = [[corpus.vocabulary.word(int(i)) for i in ids] for ids in beside(corpus, places, 2)]
    assert near == [["the", "cat", "on", "a"]] * 2


def test_text_that_changed_is_told(text: tuple[Path, Corpus], tmp_path: Path):
    (tmp_path / "other.txt").write_text("the dog sat\n" * 60, encoding="utf-8")
    places, _ = sample_places_of(text[1], text[1].vocabulary.id("cat"), 2, seed=1)
    with pytest.raises(DamagedError, match="no longer what the corpus was built from"):
        as_written(text[1], places, 3, [tmp_path / "other.txt"], Reading())


def test_one_vector_a_sense(tmp_path: Path):
    corpus, _ = pseudo_word(1)
    found = SenseSearch().find(Company(), corpus, "bananadoor")
    vectors = found.vectors()
    vectors.save(tmp_path / "it")
    loaded = lexloom.load(tmp_path / "it")
    assert list(loaded.words)[:2] == ["bananadoor/1", "bananadoor/2"]
    assert np.array_equal(loaded.matrix, vectors.matrix)
    assert loaded.counts.tolist() == [sense.n_places for sense in found.senses]
    assert loaded.most_similar("bananadoor/1", n=1)[0][0] == "bananadoor/2"
    assert loaded.lineage["encoder"]["fingerprint"] == "0" * 64


def test_it_gives_the_same_twice_and_looks_at_no_more_than_asked():
    corpus, _ = pseudo_word(1)
    search = SenseSearch(occurrences=30)
    once, twice = (search.find(Company(), corpus, "bananadoor") for _ in range(2))
    assert len(once.groups) == 30 and np.array_equal(once.groups, twice.groups)
    assert once.as_dict() == twice.as_dict()


def test_what_cannot_be_asked_is_refused():
    corpus = Corpus.from_texts(["the good cat sat"] * 3, language="en", min_count=1)
    search = SenseSearch()
    with pytest.raises(MissingWordError, match="Nearest spellings: cat"):
        search.find(Company(), corpus, "cats")
    with pytest.raises(SettingError, match="'good cat' is cut into 2: good, cat"):
        search.find(Company(), corpus, "good cat")
    for bad in ("", "  ", 3):
        with pytest.raises(SettingError, match="word must be a word"):
            search.find(Company(), corpus, bad)  # type: ignore[arg-type]  # that is the point
    assert search.find(Company(), corpus, "Cat").word == "cat"

    class Deaf(Company):
        def embed_spans(self, texts: Any, spans: Any) -> Any:
            for _ in texts:
                yield np.empty((0, 32), np.float32), aligned(np.zeros(1, bool))

    with pytest.raises(FormatError, match="tokenizer drops 'cat'"):
        search.find(Deaf(), corpus, "cat")


@pytest.mark.slow
def test_words_of_news_are_found_again(real_data: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks"))
    model = real_data("models/multilingual-e5-small-enzh-trim")
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs lexloom[contextual]")
    import senses

    encoder = lexloom.Encoder.load(model, prefix="query: ", precision="float32")
    texts = senses.news(real_data("classification").parent)
    values = [
        senses.run_pair(encoder, texts, pair, SenseSearch(occurrences=200))[0]
        for pair in senses.pairs_of(texts, 1)
    ]
    assert len(values) == 6 and np.mean(values) >= 0.8
