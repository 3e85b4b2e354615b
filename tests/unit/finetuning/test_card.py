"""A classifier carries its own description, in two languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lexloom import WordVectors, catalog
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning.card import CARDS, cards
from lexloom.finetuning.card_words import COMMON, TASKS
from lexloom.finetuning.classifier import FittedClassifier
from lexloom.finetuning.head import Head
from lexloom.finetuning.labelled_parts import parted
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
        lineage={"n_texts": {"train": 8, "dev": 4}, "model": "of a hash"},
    )


@pytest.mark.filterwarnings("ignore:4 of 4 texts")
@pytest.mark.parametrize("name", CARDS)
def test_it_says_what_it_is_worth(made: FittedClassifier, tmp_path: Path, name: str):
    made.save(tmp_path / "it")
    text = (tmp_path / "it" / name).read_text(encoding="utf-8")
    assert "{" not in text and "None" not in text
    assert all(figure in text for figure in ("`x`", "`linear`", "0.750", "0.500", "0.733"))
    assert "y\\|z" in text  # a label breaks no table
    assert len(re.findall(r"^\| ", text, re.MULTILINE)) >= 6
    assert ("flatter" in text) == (CARDS[name] == "en")


@pytest.mark.parametrize(
    ("model", "n_dev", "told"),
    [
        (None, 5, "Begun with nothing; learned from 8 pairs, chosen by 5 others."),
        ("of a hash", 0, "Method `lora` on `t5`; learned from all of 8 pairs."),
    ],
)
def test_it_says_what_it_was_learned_on(model: str | None, n_dev: int, told: str):
    lineage = {"n_pairs": {"train": 8, "dev": n_dev}, "model": model}
    made = SimpleNamespace(
        kind="translator", lineage=lineage, metrics={"method": "lora"}, settings={},
        model=SimpleNamespace(kind="t5"),
    )  # fmt: skip
    assert told in cards(made, None)["README.md"].decode()


def test_all_that_is_learned_has_cards_in_both_languages():
    kinds = set(catalog.CLASSES) & TASKS.keys()
    assert kinds == TASKS.keys()
    assert COMMON["en"].keys() <= COMMON["zh"].keys()
    for words in TASKS.values():
        assert words.keys() == set(CARDS.values())
        assert words["en"].keys() == words["zh"].keys()


def test_a_report_that_quotes_a_fence_stays_in_its_own():
    class Report:
        part, n, n_shared = "test", 3, 1

        def lines(self) -> Iterator[str]:
            yield "```"

    made = SimpleNamespace(kind="translator", lineage={"n_pairs": {}}, metrics={})
    for text in cards(made, Report()).values():
        assert re.findall("```.*", text.decode()) == ["```sh", "```", "```text", "```"]
