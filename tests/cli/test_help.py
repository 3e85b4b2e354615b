"""Every help has an example, and every example runs, in the order of the verbs."""

from __future__ import annotations

import itertools
import json
import random
import shlex
from pathlib import Path

import pytest

from lexloom.cli.app import VERBS, Verb
from tests import small_encoders
from tests.cli.conftest import Cli

WORDS = ["quality", "price", "good", "bad", "cheap", "dear", "room", "phone", "screen", "late"]
SLOW = {"demo"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples: a later verb uses what an earlier one made."""
    folder = tmp_path_factory.mktemp("shop")
    draw = random.Random(1)
    lines = [" ".join(draw.choices(WORDS, k=10)) for _ in range(400)]
    (folder / "reviews.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pairs = [f"{a}\t{b}\t{n}" for n, (a, b) in enumerate(itertools.pairwise(WORDS))]
    rows = [f"{'bad' in line},{line}" for line in lines]
    (folder / "labelled.csv").write_text("\n".join(["label,text", *rows, ""]), encoding="utf-8")
    (folder / "pairs.tsv").write_text("\n".join(pairs) + "\n", encoding="utf-8")
    tagged = [f"{word}\t{'B-A' if word == 'price' else 'O'}" for word in WORDS]
    sentences = ["\n".join(tagged[place:]) for place in range(5)]
    (folder / "tagged.txt").write_text("\n\n".join(sentences), encoding="utf-8")
    small_encoders.save(folder / "encoder")
    both = [f"{line[:20]}\t{line[20:40].upper()}" for line in lines[:60]]
    (folder / "en-de.tsv").write_text("\n".join(["source\ttarget", *both, ""]), encoding="utf-8")
    summed = [json.dumps({"text": line, "summary": line[:10]}) for line in lines[:60]]
    (folder / "summed.jsonl").write_text("\n".join(summed) + "\n", encoding="utf-8")
    return folder


def test_the_list_of_verbs_shows_all_of_them(cli: Cli):
    answer = cli("--help")
    assert answer.code == 0
    for verb in VERBS:
        assert verb.name.split()[0] in answer.out


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_every_help_has_its_example(cli: Cli, verb: Verb):
    answer = cli(*verb.name.split(), "--help")
    assert answer.code == 0
    shown = " ".join(answer.out.split())
    assert verb.told in shown
    assert f"Example: {verb.example}" in shown
    assert "--json" in shown


def test_every_example_runs(cli: Cli, shop: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(shop)
    ran = []
    for verb in VERBS:
        program, *words = shlex.split(verb.example)
        assert program == "lexloom"
        if verb.name in SLOW:
            continue
        answer = cli(*words)
        assert answer.code == 0, f"{verb.example}\n{answer.err}"
        ran.append(verb.name)
    assert len(ran) == len(VERBS) - len(SLOW)


def test_an_example_is_short_enough_to_copy():
    assert [verb.example for verb in VERBS if len(verb.example) > 70] == []
