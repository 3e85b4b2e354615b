"""B16: a `tokenizer.json` of anybody is refused in our own words, or read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.contextual.tokenizing.tokenizer_json import (
    fault_of_pattern,
    parse_tokenizer,
    read_tokenizer,
)
from lexloom.errors import FormatError, UnsafeFileError

pytest.importorskip("tokenizers", reason="needs lexloom[contextual]")

GOOD: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {"id": 0, "content": "[UNK]", "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True},
    ],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "b": 2}, "unk_token": "[UNK]"},
}  # fmt: skip


def written(path: Path, **changes: Any) -> Path:
    parts = {**copy.deepcopy(GOOD), **changes}
    path.write_text(json.dumps(parts), encoding="utf-8")
    return path


def test_the_good_one_is_read(tmp_path: Path):
    assert read_tokenizer(written(tmp_path / "t.json")).encode("b a").ids == [2, 1]


MODEL = GOOD["model"]
ADDED = GOOD["added_tokens"][0]
SPLIT = {"type": "Split", "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": {**MODEL, "vocab": {"[UNK]": 0, "a": 1, "b": 1}}}, "1 comes twice"),
        ({"model": {**MODEL, "vocab": {"[UNK]": 0, "a": 1, "b": 9}}}, "9 comes after a gap"),
        ({"model": {**MODEL, "vocab": {"[UNK]": 0, "a": -1}}}, "-1 comes after a gap"),
        ({"model": {**MODEL, "vocab": {"[UNK]": 0, "a": 1.5}}}, "must be a whole number"),
        ({"model": {**MODEL, "vocab": {"[UNK]": True}}}, "must be a whole number"),
        ({"model": {**MODEL, "vocab": []}}, "vocab of WordLevel"),
        ({"model": {"type": "Unigram", "vocab": [["a", 0.0], ["a", 0.0]]}}, "there twice"),
        ({"model": {"type": "Unigram", "vocab": ["a"]}}, "has no score"),
        ({"model": {**MODEL, "type": "Magic"}}, "expected a model of BPE, Unigram"),
        ({"model": []}, "expected an object with a model"),
        ({"model": {"type": "WordLevel", "vocab": {}}, "added_tokens": []}, "no pieces"),
        ({"added_tokens": [{**ADDED, "id": 7}]}, "has two ids"),
        ({"added_tokens": [{**ADDED, "content": "<x>", "id": 9}]}, "9 comes after a gap"),
        ({"added_tokens": ["x"]}, "must be an object"),
        ({"added_tokens": [{"id": 3}]}, "needs content and id"),
        ({"pre_tokenizer": {"type": "Magic"}}, "tokenizers cannot read it"),
        ({"code": "import os"}, "a tokenizer has no 'code'"),
    ],
)  # fmt: skip
def test_b16_faults_are_named(tmp_path: Path, changes: dict[str, Any], told: str):
    path = written(tmp_path / "t.json", **changes)
    with pytest.raises(FormatError, match=told) as caught:
        read_tokenizer(path)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(?:a*)*", "((ab)*c){2,}", "(a|a)*b", r"(\w+\s?)*x"])
def test_b16_a_pattern_that_takes_for_ever_is_refused(tmp_path: Path, pattern: str):
    split = {**SPLIT, "pattern": {"Regex": pattern}}
    nested = {"type": "Sequence", "pretokenizers": [split]}
    with pytest.raises(UnsafeFileError, match="could take for ever"):
        read_tokenizer(written(tmp_path / "t.json", pre_tokenizer=nested))


@pytest.mark.parametrize(
    "pattern",
    [
        r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s*[\r\n]+",
        " {2,}",
        r"[(a+)+]+",
        r"\p{Han}",
    ],
)
def test_patterns_of_well_known_models_are_taken(pattern: str):
    assert fault_of_pattern(pattern) == ""


def test_b16_other_faults_of_patterns():
    assert "refers back" in fault_of_pattern(r"(a)\1")
    assert "1,001 characters" in fault_of_pattern("a" * 1_001)


@pytest.mark.parametrize("depth", [40, 10_000, 200_000])
def test_b16_deep_nesting_is_refused(tmp_path: Path, depth: int):
    path = tmp_path / "t.json"
    path.write_text('{"model": ' + "[" * depth + "]" * depth + "}", encoding="utf-8")
    with pytest.raises(FormatError):
        read_tokenizer(path)


def test_b16_a_huge_file_is_not_read_whole(tmp_path: Path):
    path = tmp_path / "t.json"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(FormatError, match="too large"):
        read_tokenizer(path)


@given(st.binary(max_size=200))
def test_b16_any_bytes_are_refused(raw: bytes):
    with pytest.raises(FormatError):
        parse_tokenizer(raw, Path("t.json"))


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
)
JSON = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(part=st.sampled_from([*sorted(GOOD), "vocab", "merges", "type"]), value=JSON)
def test_b16_any_part_is_read_or_refused(part: str, value: Any, tmp_path_factory: Any):
    parts = copy.deepcopy(GOOD)
    (parts if part in parts else parts["model"])[part] = value
    path = tmp_path_factory.mktemp("t") / "t.json"
    path.write_text(json.dumps(parts), encoding="utf-8")
    try:
        read_tokenizer(path)
    except FormatError as error:
        assert error.path == str(path)
