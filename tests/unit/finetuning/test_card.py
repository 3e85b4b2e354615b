"""A classifier carries its own description, in two languages."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from lexloom import WordVectors
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning.card import CARDS, card
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.finetuning.examples import parted
from lexloom.finetuning.head import Head
from lexloom.finetuning.report import report_on


@pytest.fixture(scope="module")
def made() -> FittedClassifier:
    texts = LabelledTexts(tuple("abcdefgh"), ("x", "y|z") * 4)
    parts = parted(texts, texts.take(np.arange(4, dtype=np.int32)), None, dev_share=0.1, seed=1)
    given = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.9, 0.1]], np.float32)
    report = report_on(parts, given, np.eye(2, dtype=np.float32)[[0] * 4])
    return FittedClassifier(
        WordVectors(["a"], np.ones((1, 2), np.float32)),
        Head(np.ones((2, 2), np.float32), np.ones(2, np.float32)),
        parts.target,
        report=report,
        metrics={"method": "linear"},
        lineage={"n_texts": {"train": 8, "dev": 4}},
    )


@pytest.mark.filterwarnings("ignore:4 of 4 texts")
@pytest.mark.parametrize("language", CARDS.values())
def test_it_says_what_it_is_worth(made: FittedClassifier, language: str):
    text = card(made, language)
    assert "{" not in text and "None" not in text
    assert all(figure in text for figure in ("`x`", "`linear`", "0.750", "0.500", "0.733"))
    assert "y\\|z" in text  # a label breaks no table
    assert len(re.findall(r"^\| ", text, re.MULTILINE)) >= 6
    assert ("flatter" in text) == (language == "en")


def test_both_lie_in_the_folder(made: FittedClassifier, tmp_path: Path):
    made.save(tmp_path / "it")
    for name, language in CARDS.items():
        assert (tmp_path / "it" / name).read_text(encoding="utf-8") == card(made, language)
