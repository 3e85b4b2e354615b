"""A report of few labels says what each was taken for, of many what is needed, and is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexloom import WordVectors
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning import report as reporting
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.finetuning.head import Head
from lexloom.finetuning.labelled_parts import LabelledParts, parted
from lexloom.finetuning.report import Report, report_on


def labelled(n_labels: int, n_texts: int, name: str = "") -> LabelledTexts:
    """Texts, so many of each label."""
    labels = tuple(f"label {n:04}" for n in range(n_labels)) * n_texts
    return LabelledTexts(tuple(f"{name} {n}" for n in range(len(labels))), labels)


def some_parts(n_labels: int, n_texts: int) -> LabelledParts:
    test = labelled(n_labels, 3, "test")
    return parted(labelled(n_labels, n_texts), None, test, dev_share=0.1, seed=1)


def report_of(parts: LabelledParts, given: np.ndarray) -> Report:
    chances = np.eye(len(parts.target.names), dtype=np.float32)[given]
    return report_on(parts, chances, chances)


def test_two_thousand_labels_are_kept(tmp_path: Path):
    parts = some_parts(2_000, 10)
    assert parts.test is not None
    given = parts.test.targets.copy()
    given[[0, 2_000]] = 7  # two of three
    given[4_000] = 8
    report = report_of(parts, given)
    made = FittedClassifier(
        WordVectors(["a"], np.ones((1, 2), np.float32)),
        Head(np.ones((2_000, 2), np.float32), np.ones(2_000, np.float32)),
        parts.target,
        report=report,
    )
    made.save(tmp_path / "it")
    kept = FittedClassifier.load(tmp_path / "it").report
    assert kept == report
    rows = kept.table().as_dicts()
    assert rows[0]["mostly taken for"] == "label 0007 (2)" and rows[0]["recall"] == 0
    assert rows[1]["F1"] == 1 and rows[7]["precision"] == 3 / 5 and not rows[7]["mostly taken for"]


def test_many_labels_have_the_figures_of_few(monkeypatch: pytest.MonkeyPatch):
    parts = some_parts(6, 10)
    assert parts.test is not None
    given = np.random.default_rng(1).integers(0, 5, len(parts.test))
    few = report_of(parts, given)
    assert np.shape(few.counts) == (6, 6)
    monkeypatch.setattr(reporting, "_MOST_IN_FULL", 5)
    many = report_of(parts, given)
    assert np.shape(many.counts) == (6, 5)
    assert many.table() == few.table() and many.others == few.others
    monkeypatch.setattr(reporting, "_MOST_KEPT", 5)
    most = report_of(parts, given)
    assert (most.labels, most.counts, most.others) == ((), (), few.others)
    assert most.table().rows == () and list(most.lines())
