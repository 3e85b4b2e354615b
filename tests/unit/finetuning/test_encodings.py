"""Files to learn from in other encodings than UTF-8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lexloom.errors import FormatError

pytest.importorskip("torch")
from lexloom.finetuning.examples import examples_of
from lexloom.finetuning.generating.passages import passages_of
from lexloom.finetuning.generating.template import Template
from lexloom.finetuning.matching.text_pairs import pairs_of as matches_of
from lexloom.finetuning.rewriting.pairs import pairs_of
from lexloom.finetuning.tagging.marked_texts import read_marked
from lexloom.finetuning.tagging.tagged_sentences import sentences_of

FIELDS = {"text": "text", "other": "other", "score": "score", "label": "label"}
TEMPLATES = Template.of("", "prompt"), Template.of("{text}", "answer")
Take = Callable[..., Any]
READERS: dict[str, tuple[Take, str, str]] = {
    "classify": (examples_of, "a.csv", "text,label\n房间很好,好\n"),
    "tag": (sentences_of, "a.bio", "张\tB-PER\n三\tI-PER\n来\tO\n"),
    "spans": (
        lambda path, **said: read_marked(path, "text", "spans", **said),
        "a.jsonl",
        '{"text": "张三来了", "spans": [[0, 2, "PER"]]}\n',
    ),
    "match": (
        lambda path, **said: matches_of(path, "auto", FIELDS, **said),
        "a.tsv",
        "text\tother\n房间很好\t酒店不错\n",
    ),
    "lines": (lambda path, **said: matches_of(path, "texts", FIELDS, **said), "a.txt", "好\n"),
    "translate": (
        lambda path, **said: pairs_of(path, "source", "target", **said),
        "a.csv",
        "source,target\n房间很好,good room\n",
    ),
    "two files": (
        lambda path, **said: pairs_of((path, path), "source", "target", **said),
        "a.txt",
        "房间很好\n早餐一般\n",
    ),
    "generate": (
        lambda path, **said: passages_of(path, *TEMPLATES, **said),
        "a.txt",
        "床前明月光\n",
    ),
}


@pytest.mark.parametrize("task", READERS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_file_is_read_as_it_is_coded(tmp_path: Path, task: str, encoding: str):
    take, name, text = READERS[task]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    expected = repr(take(path))
    path.write_text(text, encoding=encoding)
    assert repr(take(path, encoding=encoding)) == expected
    # A guess may be mistaken of a single character, but is always one that can be followed.
    with pytest.raises(FormatError) as caught:
        take(path)
    assert "Pass --encoding " in caught.value.fix and "--bad-lines" not in caught.value.fix
