"""Summaries are sentences of the text, the telling ones, whatever model gives the vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from lexloom.errors import SettingError
from lexloom.finetuning.summarizer import FittedSummarizer, Summarizer, _rank

TEXT = "Birds sleep. The dog chased the cat. It rained. A dog saw a cat sleep.\n狗追猫。"


class Sparse:
    """Counts of five words."""

    def embed_texts(self, texts: Any) -> Any:
        words = ("cat", "dog", "sleep", "rain", "猫")
        return scipy.sparse.csr_matrix(
            [[t.lower().count(w) for w in words] for t in texts], dtype="f4"
        )


class Dense(Sparse):
    def embed_texts(self, texts: Any) -> Any:
        return super().embed_texts(texts).toarray()


def made(model: Any = None, **changes: Any) -> FittedSummarizer:
    return FittedSummarizer(model or Sparse(), Summarizer(model="it", **changes))


@pytest.mark.parametrize("method", ["textrank", "centroid"])
def test_what_is_like_the_rest_is_chosen_in_order(method: Any):
    found = made(method=method, sentences=2, novelty=0.0).summarize(TEXT)
    assert found.text == "The dog chased the cat.\nA dog saw a cat sleep."
    assert [TEXT[slice(*span)] for span in found.spans] == found.text.split("\n")
    assert found.n_sentences == 5
    dense = made(Dense(), method=method, sentences=2, novelty=0.0).summarize(TEXT)
    assert dense.spans == found.spans
    np.testing.assert_allclose(dense.weights, found.weights, rtol=1e-6)


def test_novelty_passes_over_what_was_said():
    text = "The dog saw the cat. The dog saw the cat. A cat sleeps. It rained."
    assert made(sentences=2, novelty=0.0).summarize(text).text.count("saw") == 2
    assert made(sentences=2, novelty=1.0).summarize(text).text.count("saw") == 1


def test_so_many_as_were_asked_for():
    assert made(method="lead", sentences=2).summarize(TEXT).text == (
        "Birds sleep.\nThe dog chased the cat."
    )
    assert len(made(share=0.6).summarize(TEXT).spans) == 3
    assert len(made(share=0.01).summarize(TEXT).spans) == 1
    assert made(sentences=9).summarize(TEXT).text.count("\n") == 4
    assert made().summarize("").text == "" and made().summarize(" 好 ").text == "好"


def test_the_rank_is_the_solution_of_its_equation():
    alike = np.array([[1, 0.5, 0], [0.5, 1, 0.25], [0, 0.25, 1]])
    links = np.array([[0, 1, 0], [2 / 3, 0, 1 / 3], [0, 1, 0]])
    exact = np.linalg.solve(np.eye(3) - 0.85 * links.T, np.full(3, 0.05))
    np.testing.assert_allclose(_rank(alike), exact / exact.max(), rtol=1e-8)
    np.testing.assert_allclose(_rank(np.eye(4)), np.ones(4))


def test_what_is_no_text_is_told():
    with pytest.raises(SettingError, match="text must be a str, got list"):
        made().summarize([TEXT])  # type: ignore[arg-type]  # what is refused
    with pytest.raises(SettingError, match="at most 5,000 sentences, it has 5,001"):
        made().summarize("好。" * 5_001)


def test_it_opens_the_model_it_was_told(tmp_path: Path):
    from lexloom import BagOfWords, Corpus

    BagOfWords().fit(Corpus.from_texts([TEXT], language="en", min_count=1), out=tmp_path / "bag")
    summarizer = Summarizer(model=str(tmp_path / "bag"), sentences=1).prepare()
    assert summarizer.summarize(TEXT).text
