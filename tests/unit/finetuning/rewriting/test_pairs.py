"""Pairs are read from records or from two files, and what is odd about them is told first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.finetuning.rewriting.pairs import PairParts, Pairs, pairs_of, parted_pairs

PAIRS = [("good room", "gutes Zimmer"), ("bad food", "schlechtes Essen")]
FIELDS = ("source", "target")


def parted(train: Any, dev: Any = None, test: Any = None, **other: Any) -> PairParts:
    made = [None if part is None else pairs_of(part, *FIELDS) for part in (train, dev, test)]
    return parted_pairs(*made, **{"dev_share": 0.25, "most_apart": None, "seed": 1, **other})


def test_pairs_come_from_records_by_name_and_number(tmp_path: Path):
    (tmp_path / "a.tsv").write_text(
        "target\tsource\n" + "\n".join(f"{b}\t{a}" for a, b in PAIRS), encoding="utf-8"
    )
    (tmp_path / "b.tsv").write_text("".join(f"{b}\t{a}\n" for a, b in PAIRS), encoding="utf-8")
    by_name = pairs_of(tmp_path / "a.tsv", *FIELDS)
    assert by_name == pairs_of(PAIRS, *FIELDS) == pairs_of(tmp_path / "b.tsv", "2", "1")
    with pytest.raises(MissingFieldError, match="source_field"):
        pairs_of(tmp_path / "a.tsv", "english", "target")


def test_pairs_come_from_records_in_memory():
    rows = [{"id": n, "source": a, "target": b} for n, (a, b) in enumerate(PAIRS)]
    assert pairs_of(rows, *FIELDS) == pairs_of(PAIRS, *FIELDS)
    with pytest.raises(SettingError, match="record 1 has no field 'english'"):
        pairs_of(rows, "english", "target")


@pytest.mark.parametrize("how", ["tuple", "comma"])
def test_pairs_come_from_two_files(tmp_path: Path, how: str):
    files = (tmp_path / "a.en", tmp_path / "a.de")
    for file, side in zip(files, zip(*PAIRS, strict=True), strict=True):
        file.write_text("\n".join(side) + "\n", encoding="utf-8")
    given = files if how == "tuple" else ",".join(map(str, files))
    assert pairs_of(given, *FIELDS) == pairs_of(PAIRS, *FIELDS)
    files[1].write_text("gutes Zimmer\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"has 1 lines, .*a\.en has 2"):
        pairs_of(given, *FIELDS)


def test_a_name_may_have_a_comma(tmp_path: Path):
    (tmp_path / "a,b.tsv").write_text("".join(f"{b}\t{a}\n" for a, b in PAIRS), encoding="utf-8")
    assert pairs_of(tmp_path / "a,b.tsv", "2", "1") == pairs_of(PAIRS, *FIELDS)


@pytest.mark.parametrize("given", [["good"], [("a", "b", "c")], [("a", 1)], [("a", "\ud800")]])
def test_what_is_no_pair_is_refused(given: Any):
    with pytest.raises(SettingError):
        pairs_of(given, *FIELDS)


def test_oddities_are_counted_and_told():
    train = [*PAIRS, ("", "nichts"), ("same", "same"), ("a" * 200, "b")]
    with pytest.warns(UserWarning) as told:
        parts = parted(train, PAIRS, [("bad food", "x"), ("new", "neu")])
    counts = parts.counts
    assert counts["n_empty_train"] == counts["n_same_train"] == counts["n_apart"] == 1
    assert parts.n_shared == {"dev": 2, "test": 1}
    assert len(parts.train) == 4
    assert len(told) == 5


def test_pairs_of_unequal_lengths_are_left_out_if_asked():
    train = [*PAIRS, ("a" * 200, "b")]
    with pytest.warns(UserWarning, match="left out"):
        parts = parted(train, [("c", "d")], most_apart=3.0)
    assert parts.train == pairs_of(PAIRS, *FIELDS)


def test_a_source_set_aside_is_not_learned_from():
    pairs = [(f"text {n % 10}", f"Text {n}") for n in range(40)]
    parts = parted(pairs)
    assert len(parts.train) + len(parts.dev) == 40
    assert 4 <= len(parts.dev) <= 12
    assert not set(parts.train.sources) & set(parts.dev.sources)
    assert parts.n_shared == {"dev": 0}


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(FormatError, match="train has no pairs"):
        parted(Pairs((), ()), PAIRS)
    with pytest.raises(FormatError, match=r"dev has no pairs\. Give more"):
        parted(PAIRS[:1])


def test_one_file_of_lines_is_told_to_be_two(tmp_path: Path):
    (tmp_path / "a.en").write_text("a\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"one file of lines\. Give both, as a\.txt,b\.txt\."):
        pairs_of(tmp_path / "a.en", *FIELDS)
