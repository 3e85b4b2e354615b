"""What kinds of artefacts are called, and which verb asks them."""

from __future__ import annotations

import pytest

from lexloom.catalog import CLASSES, asked_by, in_words, kinds_asked_by
from lexloom.cli.app import VERBS


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("encoder", "an encoder"),
        ("abstractive_summarizer", "an abstractive summarizer"),
        ("corpus", "a corpus"),
        ("bag_vectors", "a bag of words"),
        ("text_classifier", "a classifier"),
        ("word_vectors", "word vectors"),
        ("hologram", "a hologram"),
    ],
)
def test_kinds_are_called_what_people_call_them(kind: str, called: str):
    assert in_words(kind) == called


def test_no_kind_is_called_by_a_name_of_ours():
    assert not [kind for kind in CLASSES if "_" in in_words(kind)]


def test_what_is_asked_by_a_verb_names_one_there_is():
    verbs = {verb.name for verb in VERBS}
    asked = {kind: asked_by(kind, "it") for kind in CLASSES}
    told = {each for each in asked.values() if each}
    assert {each.removeprefix("Ask it: lexloom ").partition(" it ")[0] for each in told} <= verbs
    assert asked["generator"] == "Ask it: lexloom generate it TEXT" and asked["corpus"] == ""
    assert asked_by("tagger", "my names") == "Ask it: lexloom predict 'my names' FILE"
    assert kinds_asked_by("generate") == {"generator", "causal_model", "nplm"}
