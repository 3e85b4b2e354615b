"""Files to learn from in other encodings than UTF-8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lexloom.errors import FormatError, SettingError

pytest.importorskip("transformers", reason="needs lexloom[contextual]")
pytest.importorskip("sacrebleu", reason="needs lexloom[translate]")
from lexloom import Matcher, Tagger, TextClassifier, Translator
from lexloom.finetuning.examples import examples_of
from lexloom.finetuning.generating.passages import passages_of
from lexloom.finetuning.generating.template import Template
from lexloom.finetuning.matching.match_report import evaluate_matches, report_of
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
    assert caught.value.fix.startswith("Pass encoding='")


def test_utf8_that_is_read_as_something_else_is_told(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\n房间很好,1\n", encoding="utf-8")
    with pytest.warns(UserWarning, match=r"a\.csv looks like UTF-8; it is read as gb18030"):
        examples_of(path, encoding="gb18030")


def test_an_encoding_that_is_none_of_the_file_is_told(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes("text,label\n房,好\n".encode("gb18030") + b"\xff\xff\n")
    with pytest.raises(FormatError) as caught:
        examples_of(path, encoding="gb18030")
    assert caught.value.fix == (
        "Mend it, or convert it: all files are read in the encoding that was passed."
    )
    path.write_text('text,label\n"a,b\n', encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        examples_of(path)
    assert caught.value.fix == "Mend it, or leave the record out."


# What was taught by a file in another encoding, with other fields, is judged by such a file.


def gbk(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([*lines, ""]), encoding="gb18030")
    return path


@pytest.mark.filterwarnings("ignore")
def test_every_task_reads_what_it_is_judged_by_as_what_taught_it(tmp_path: Path):
    from tests import small_encoders

    encoder = str(small_encoders.save(tmp_path / "encoder", "characters"))
    quick: dict[str, Any] = {"epochs": 1, "threads": 1, "encoding": "gb18030"}
    letters = "苹果公司发布了新手机价格很贵我喜"
    rows = [(letters[n % 15] + letters[n % 7], letters[n % 11], n % 2) for n in range(120)]

    texts = gbk(tmp_path / "t.csv", ["评论,星", *(f"{a},{c}" for a, _, c in rows)])
    fields = {"text_field": "评论", "label_field": "星"}
    classifier = TextClassifier(model="fasttext", **fields, **quick).fit(texts, test=texts)
    assert classifier.evaluate(texts).figure == classifier.report.figure

    tags = gbk(tmp_path / "t.bio", [f"{'BO'[c]}-X {a[0]}\nO {b}\n" for a, b, c in rows])
    tags.write_text(tags.read_text("gb18030").replace("O-X", "O"), encoding="gb18030")
    columns = {"unit_column": 2, "tag_column": 1}
    tagger = Tagger(model=encoder, **columns, **quick).fit(tags, test=tags)
    assert tagger.evaluate(tags).figure == tagger.report.figure

    numbered = [f"{a}{n},{b}{n}" for n, (a, b, _) in enumerate(rows)]
    pairs = gbk(tmp_path / "p.csv", ["问,答", *numbered])
    fields = {"text_field": "问", "other_field": "答"}
    matched = Matcher(model=encoder, batch=16, **fields, **quick).fit(pairs, test=pairs)
    report = report_of(matched)
    assert report is not None and evaluate_matches(matched, pairs).figure == report.figure

    fields = {"source_field": "问", "target_field": "答"}
    small: dict[str, Any] = {"width": 16, "layers": 1, "heads": 2, "pieces": 300}
    translator = Translator(**small, **fields, **quick).fit(pairs, test=pairs)
    assert translator.evaluate(pairs).figures == translator.report.figures

    for judge in (classifier.evaluate, tagger.evaluate, translator.evaluate):
        with pytest.raises(SettingError, match="there is no score_field to read its examples by"):
            judge(pairs, score_field="x")
    utf8 = tmp_path / "8.csv"
    utf8.write_text(texts.read_text("gb18030"), encoding="utf-8")
    assert classifier.evaluate(utf8, encoding="utf-8").figure == classifier.report.figure
