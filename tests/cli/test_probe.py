"""`lexloom probe`: labels read off the vectors of several models, with the same texts."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from lexloom.comparison.judging import LabelsJudge
from lexloom.evaluation.labelled import read_labelled
from tests.cli.conftest import Cli

GOOD, BAD = ["fine", "clean", "warm"], ["cold", "loud", "dirty"]


@pytest.fixture
def rooms(here: Path) -> Path:
    """Reviews whose label is the kind of their words, two of them without one."""
    draw = random.Random(1)
    rows = [(label, draw.choices(kind, k=4)) for kind, label in ((GOOD, 1), (BAD, 0)) * 100]
    draw.shuffle(rows)
    lines = [f"{label},{' '.join(words)} {number}" for number, (label, words) in enumerate(rows)]
    (here / "rooms.csv").write_text("\n".join(["stars,review", *lines, ",a", "1,", ""]))
    words = [*GOOD, *BAD]
    for name, knows in (("kinds", 1.0), ("noise", 0.0)):
        vectors = [f"{word} {knows * (word in GOOD)} {draw.gauss(0, 0.01)}" for word in words]
        (here / f"{name}.vec").write_text("\n".join([f"{len(words)} 2", *vectors, ""]))
    return here


def asked(*models: str) -> list[str]:
    return [
        *("probe", *models, "--on", "rooms.csv"),
        *("--text-field", "review", "--label-field", "stars", "--seed", "3"),
    ]


def test_labels_are_read_off_the_vectors_that_hold_them(cli: Cli, rooms: Path):
    answer = cli(*asked("noise.vec", "kinds.vec"), "--json")
    assert answer.code == 0, answer.err
    noise, kinds = answer.data["models"]
    assert (noise["n_train"], noise["n_test"], noise["classes"]) == (160, 40, ["0", "1"])
    assert kinds["accuracy"]["value"] == 1 > 0.8 > noise["accuracy"]["value"]
    assert noise["gain"] is None
    assert kinds["gain"]["value"] == pytest.approx(1 - noise["accuracy"]["value"])
    assert 0 < kinds["gain"]["low"] < kinds["gain"]["value"] < kinds["gain"]["high"]
    lines = cli(*asked("noise.vec", "kinds.vec")).out.splitlines()
    assert lines[0].split() == ["model", "accuracy", "more", "than", "the", "first"]
    assert lines[2].startswith("kinds.vec  1.000 [")


def test_the_same_texts_are_held_out_for_all(rooms: Path):
    texts = read_labelled(rooms / "rooms.csv", "review", "stars")
    assert len(texts) == 200
    seen = []

    class Watching:
        def embed_texts(self, given):
            seen.append(given)
            return np.ones((len(given), 2))

    for _ in range(2):
        assert LabelsJudge(texts, "rooms", 3).probe(Watching()).n_test == 40
    assert seen[:2] == seen[2:] and not set(seen[0]) & set(seen[1])


def test_what_cannot_be_probed_is_named(cli: Cli, rooms: Path):
    answer = cli("probe", "kinds.vec", "--on", "rooms.csv")
    assert answer.code == 1
    assert answer.err == (
        "error: rooms.csv, line 1: no field 'text'; found 'stars', 'review'. The first row has 2 "
        "columns. Pass --text-field NAME, or its number from 1.\n"
    )
    answer = cli(*asked("kinds.vec", "nothing"))
    assert (answer.code, answer.out) == (1, "") and answer.err.splitlines()[-1].startswith(
        "error: nothing"
    )
    (rooms / "one.csv").write_text("label,text\n1,fine\n1,warm\n1,clean\n1,fine warm\n")
    answer = cli("probe", "kinds.vec", "--on", "one.csv")
    assert (answer.code, "at least 2 labels" in answer.err) == (2, True)
