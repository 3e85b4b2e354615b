"""Learning rates are chosen without the texts to be judged by; figures of seeds are averaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexloom
from lexloom import TextClassifier
from lexloom.errors import DivergedError, SettingError, StorageError
from lexloom.evaluation.metrics.intervals import mean_of_runs
from lexloom.finetuning import baseline, repeating

WORDS = {"good": ["fine", "warm", "clean", "quiet"], "bad": ["cold", "loud", "dirty", "dark"]}


def examples(n: int, seed: int, noise: float = 0.3) -> list[tuple[str, str]]:
    draw = np.random.default_rng(seed)
    found = []
    for number in range(n):
        label = ("good", "bad")[number % 2]
        other = ("bad", "good")[number % 2]
        kind = [other if draw.random() < noise else label for _ in range(4)]
        found.append((" ".join(str(draw.choice(WORDS[each])) for each in kind), label))
    return found


def trainer(**settings: Any) -> TextClassifier:
    return TextClassifier(model="fasttext", epochs=2, threads=1, **settings)


def test_the_best_on_dev_is_kept_and_judged_once(monkeypatch: pytest.MonkeyPatch):
    seen: list[Any] = []
    usual = TextClassifier._learned

    def learned(self: Any, lesson: Any) -> Any:
        seen.append((self.learning_rate, lesson.parts.test))
        return usual(self, lesson)

    monkeypatch.setattr(TextClassifier, "_learned", learned)
    baselines: list[Any] = []
    learn = baseline._learned
    monkeypatch.setattr(baseline, "_learned", lambda *a, **k: baselines.append(a) or learn(*a, **k))
    told: list[Any] = []
    given, test = examples(300, 1), examples(100, 2)
    made = trainer(search=True, learning_rate=1e-3).fit(given, test=test, on_choice=told.append)
    assert [rate for rate, _ in seen] == [1e-3, pytest.approx(1e-3 / 3), pytest.approx(3e-3)]
    assert {each for _, each in seen} == {None}
    assert [each["learning rate"] for each in told] == [rate for rate, _ in seen]
    tries = made.metrics["tries"]
    assert tries[0]["dev"] == max(each["dev"] for each in tries)
    assert made.metrics["learning_rate"] == tries[0]["learning_rate"]
    assert [each["figure"] is None for each in tries] == [False, True, True]
    assert made.report is not None and made.report.part == "test" and made.report.n == 100
    assert tries[0]["figure"] == made.report.figure.value
    assert made.lineage["n_texts"]["test"] == 100 and len(baselines) == 1
    alone = trainer(learning_rate=tries[0]["learning_rate"]).fit(given, test=test)
    assert alone.report == made.report


def test_a_rate_that_is_too_high_is_no_loss(monkeypatch: pytest.MonkeyPatch):
    usual = TextClassifier._learned

    def learned(self: Any, lesson: Any) -> Any:
        if self.learning_rate > 2e-3:
            raise DivergedError("a number stopped being finite.")
        return usual(self, lesson)

    monkeypatch.setattr(TextClassifier, "_learned", learned)
    with pytest.warns(UserWarning, match=r"learning rate 0\.003: a number stopped"):
        made = trainer(search=True, learning_rate=1e-3).fit(examples(300, 1), test=examples(100, 2))
    assert [each["dev"] is None for each in made.metrics["tries"]] == [False, False, True]
    assert made.report is not None


def test_figures_of_seeds_are_averaged(tmp_path: Path):
    given, test = examples(300, 1), examples(100, 2)
    made = trainer(seeds=3, seed=7).fit(given, test=test, out=tmp_path / "made")
    tries = made.metrics["tries"]
    assert [each["seed"] for each in tries] == [7, 8, 9]
    figures = [each["figure"] for each in tries]
    assert made.metrics["mean_of_seeds"] == mean_of_runs(figures).as_dict()
    assert made.report is not None and made.report.figure.value == figures[0]
    kept = lexloom.load(tmp_path / "made")
    assert kept.metrics["tries"] == tries and kept.report == made.report
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["made"]
    texts = [text for text, _ in test]
    assert np.array_equal(kept.predict_proba(texts), made.predict_proba(texts))
    assert np.array_equal(
        trainer(seed=7).fit(given, test=test).predict_proba(texts), made.predict_proba(texts)
    )


def test_an_interrupted_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    given, test, out = examples(300, 1), examples(100, 2), tmp_path / "made"
    asked = trainer(search=True, seeds=2)
    whole = asked.fit(given, test=test)
    begun: list[int] = []
    usual = TextClassifier._learned

    def learned(self: Any, lesson: Any) -> Any:
        begun.append(self.seed)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return usual(self, lesson)

    monkeypatch.setattr(TextClassifier, "_learned", learned)
    with pytest.raises(KeyboardInterrupt):
        asked.fit(given, test=test, out=out)
    assert not out.exists()
    with pytest.raises(SettingError, match="holds an unfinished run"):
        asked.fit(given, test=test, out=out)
    with pytest.raises(SettingError, match="an unfinished run of other settings or data"):
        trainer(search=True, seeds=3).fit(given, test=test, out=out, resume=True)
    made = asked.fit(given, test=test, out=out, resume=True)
    assert len(begun) == 5  # two tries were done, and are not learned again
    assert made.metrics["tries"] == whole.metrics["tries"] and made.report == whole.report
    assert asked.fit(given, test=test, out=out, resume=True).report == whole.report
    assert len(begun) == 5
    with pytest.raises(StorageError, match="already exists"):
        asked.fit(given, test=test, out=out)
    kept = lexloom.load(out)
    assert (kept.settings["search"], kept.settings["seeds"]) == (True, 2)
    assert kept.settings["learning_rate"] is None
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "Mean over 2 seeds: 0." in card
    assert not out.with_name("made.tries").exists()


def test_what_has_nothing_to_search_by_says_so(tmp_path: Path):
    with pytest.raises(SettingError, match="tries learning rates, and method 'linear' has none"):
        TextClassifier(model="it", method="linear", search=True)
    with pytest.raises(SettingError, match="'linear' learns the same from every seed"):
        TextClassifier(model="it", method="linear", seeds=2)
    words = [word for kind in WORDS.values() for word in kind]
    matrix = np.random.default_rng(1).standard_normal((8, 5)).astype(np.float32)
    lexloom.WordVectors(words, matrix).save(tmp_path / "vectors")
    asked = TextClassifier(model=str(tmp_path / "vectors"), search=True)
    with pytest.warns(UserWarning, match="tries learning rates, and method 'linear' has none"):
        made = asked.fit(examples(300, 1))
    (only,) = made.metrics["tries"]
    assert only["dev"] is only["learning_rate"] is None and made.report is not None
    with pytest.warns(UserWarning, match="the same from every seed"):
        once = TextClassifier(model=str(tmp_path / "vectors"), seeds=3).fit(examples(300, 1))
    assert len(once.metrics["tries"]) == 1 and "mean_of_seeds" not in once.metrics


def test_the_mean_of_runs_has_students_interval():
    found = mean_of_runs([0.8, 0.9, 0.85])
    half = 4.302653 * 0.05 / 3**0.5
    assert found.value == pytest.approx(0.85)
    assert (found.low, found.high) == (
        pytest.approx(0.85 - half, abs=1e-6), pytest.approx(0.85 + half, abs=1e-6)
    )  # fmt: skip
    assert mean_of_runs([0.8]).low is None


def test_no_rate_is_tried_twice():
    assert len({1.0, *repeating._TIMES_RATE}) == 3
