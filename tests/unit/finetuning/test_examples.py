"""Texts with labels are looked at before anything is learned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexloom.errors import FormatError, MissingFieldError, SettingError
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.finetuning.examples import examples_of, with_text
from lexloom.finetuning.labelled_parts import parted


def texts(*labels: str, name: str = "text") -> LabelledTexts:
    return LabelledTexts(tuple(f"{name} {n}" for n in range(len(labels))), labels)


def parts(train: LabelledTexts, dev=None, test=None, share: float = 0.25):
    return parted(train, dev, test, dev_share=share, seed=1)


def test_files_pairs_and_labelled_texts_are_taken(tmp_path: Path):
    expected = LabelledTexts(("good", "bad"), ("1", "0"))
    (tmp_path / "a.tsv").write_text("text\tlabel\ngood\t1\nbad\t0\n", encoding="utf-8")
    assert examples_of(tmp_path / "a.tsv") == expected
    assert examples_of([("good", "1"), ["bad", 0]]) == expected
    assert examples_of([("good", 10**400)]).labels == (str(10**400),)
    several = examples_of([("good", ["a", "b"]), ("bad", ()), ("so", 0.5)], may_lack=True)
    assert several.labels == ('["a", "b"]', "[]", "0.5")
    (tmp_path / "a.jsonl").write_text('{"text": "good", "label": ["a", "b"]}', encoding="utf-8")
    assert examples_of(tmp_path / "a.jsonl", may_lack=True).labels == several.labels[:1]
    assert examples_of(expected) is expected
    with pytest.raises(MissingFieldError):
        examples_of(tmp_path / "a.tsv", "review")


def test_records_are_taken_by_their_fields(tmp_path: Path):
    rows = [{"id": 1, "review": "good", "label": True}, {"id": 2, "review": "bad", "label": False}]
    expected = LabelledTexts(("good", "bad"), ("true", "false"))
    assert examples_of(rows, "review") == expected
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for ending in ("jsonl", "parquet"):
        assert examples_of(tmp_path / f"a.{ending}", "review") == expected, ending
    with pytest.raises(SettingError, match="record 1 has no field 'text'; it has 'id', 'review'"):
        examples_of(rows)


def test_texts_with_more_than_one_label_are_told():
    given = LabelledTexts(("a", "a", "a", "b", "c", "d"), ("1", "2", "1", "1", "2", "1"))
    with pytest.warns(UserWarning, match="1 texts of train come with more than one label: 'a'"):
        parts(given, dev=texts("1", "2", name="dev"))


def test_a_file_without_records_is_told(tmp_path: Path):
    (tmp_path / "it.csv").write_text("text,label\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"it\.csv: holds no records"):
        examples_of(tmp_path / "it.csv")


def test_an_empty_label_may_be_none(tmp_path: Path):
    (tmp_path / "it.csv").write_text('text,label\na,"x,y"\nb,\n,x\n', encoding="utf-8")
    with pytest.warns(UserWarning, match="1 of 3 records lack"):
        several = examples_of(tmp_path / "it.csv", may_lack=True)
    assert (several.texts, several.labels) == (("a", "b"), ("x,y", ""))
    with pytest.warns(UserWarning, match="2 of 3 records lack"):
        assert examples_of(tmp_path / "it.csv").texts == ("a",)


def test_an_empty_label_is_left_out_from_memory_too():
    given = [("a", "x"), ("b", ""), ("c", "y")]
    for each in (given, LabelledTexts(*zip(*given, strict=True))):
        with pytest.warns(UserWarning, match="1 of 3 texts lack a label and were left out"):
            made = examples_of(each)
        assert (made.texts, made.labels, tuple(made.rows)) == (("a", "c"), ("x", "y"), (1, 3))
        assert examples_of(each, may_lack=True).labels == ("x", "", "y")


def test_what_is_missing_in_records_is_left_out_as_in_files(tmp_path: Path):
    rows = [{"text": "a", "label": "x"}, {"text": "b", "label": None}, {"text": None, "label": "y"}]
    with pytest.warns(UserWarning, match="1 of 3 texts lack a label and were left out"):
        made = examples_of(rows)
    assert (made.texts, made.labels) == (("a", ""), ("x", "y"))
    with pytest.warns(UserWarning, match="1 texts of train are empty and were left out"):
        assert with_text("train", made).texts == ("a",)


def test_a_list_is_no_single_label(tmp_path: Path):
    (tmp_path / "it.jsonl").write_text('{"text": "a", "label": ["x"]}\n', encoding="utf-8")
    for given in (tmp_path / "it.jsonl", [("a", ["x"])], [("a", '["x"]')]):
        with pytest.raises(
            FormatError, match=r'record 1: a text must have one label, got .* \["x"'
        ):
            examples_of(given)
    assert examples_of([("a", "[x]"), ("b", "[")]).labels == ("[x]", "[")


@pytest.mark.parametrize("label", [float("nan"), np.float32("nan"), float("inf")])
def test_what_is_no_number_is_no_label(label: float):
    with pytest.raises(SettingError, match=r"as number 1.* None is no label"):
        examples_of([("a", 1.5), ("b", label)])


@pytest.mark.parametrize("given", [[("a",)], ["ab"], [("a", "b", "c")], 3])
def test_what_is_no_pair_is_refused(given):
    with pytest.raises(SettingError, match="examples must be pairs of a text and its label, got "):
        examples_of(given)


def test_labels_nobody_learns_are_listed_with_what_was_meant():
    with pytest.raises(FormatError) as caught:
        parts(texts("positive", "negative"), texts("postive", "postive", "unsure"))
    assert str(caught.value) == (
        "dev has labels that no text of train has: 'postive' (2 texts; 'positive'?), "
        "'unsure' (1 texts). Those of train are 'positive' (1), 'negative' (1)."
    )


@pytest.mark.parametrize(("labels", "told"), [(("a", "a"), r"'a' \(2 texts\)"), ((), "no text")])
def test_one_label_is_nothing_to_learn(labels, told):
    with pytest.raises(FormatError, match=f"needs at least two labels to learn, got {told}"):
        parts(texts(*labels))


def test_empty_texts_are_left_out_and_counted():
    given = LabelledTexts(("a", " ", "b", "\n"), ("1", "1", "0", "0"))
    with pytest.warns(UserWarning, match="2 texts of train are empty and were left out"):
        made = parts(given, texts("1", "0"))
    assert made.train.texts == ("a", "b")


def test_a_label_of_one_text_may_be_a_slip():
    with pytest.warns(
        UserWarning, match=r"1 of 3 labels have a single text: 'goood' \('good'\?\)\. A slip"
    ):
        parts(texts(*["good", "bad"] * 4, "goood"), texts("good"))


def test_each_label_gives_its_share_and_texts_that_come_again_stay_on_one_side():
    labels = ["a"] * 40 + ["b"] * 12
    names = [f"text {n // 2}" for n in range(52)]
    made = parts(LabelledTexts(tuple(names), tuple(labels)))
    assert not set(made.train.texts) & set(made.dev.texts)
    assert made.n_shared == {"dev": 0}
    assert [int((made.dev.targets == n).sum()) for n in (0, 1)] == [10, 4]
    assert sorted(made.train.texts + made.dev.texts) == sorted(names)
    again = parts(LabelledTexts(tuple(names), tuple(labels)))
    assert again.dev.texts == made.dev.texts and again.digest() == made.digest()
    assert parted(
        LabelledTexts(tuple(names), tuple(labels)), None, None, dev_share=0.25, seed=2
    ).dev.texts != made.dev.texts  # fmt: skip


def test_texts_learned_from_that_are_judged_by_are_counted():
    with pytest.warns(UserWarning, match="1 of 2 texts of test are among those learned from"):
        made = parts(
            texts("a", "b"), texts("a", name="dev"), LabelledTexts(("text 1", "x"), ("a", "b"))
        )
    assert made.n_shared == {"dev": 0, "test": 1}
    assert made.judged == ("test", made.test)


def test_too_few_texts_are_told():
    with pytest.raises(FormatError, match="to choose by: 2 different texts are too few"):
        parts(texts("a", "b"))


@pytest.mark.filterwarnings("ignore:1 of 2 labels")
def test_something_of_each_label_is_always_learned_from():
    made = parts(texts("a", "a", "a", "b"), share=0.9)
    assert (len(made.train), len(made.dev)) == (2, 2)
    assert sorted(made.train.targets) == [0, 1]
    # All that is known of b is a text of a, too, and may go where that goes.
    for seed in range(20):
        given = LabelledTexts(("x", "y", "z", "x"), ("a", "a", "a", "b"))
        try:
            made = parted(given, None, None, dev_share=0.9, seed=seed)
        except FormatError as error:
            assert error.what == "no text is left to learn 'b' from."
            return
    raise AssertionError


@pytest.mark.parametrize(
    ("written", "fields", "told"),
    [
        ("text,label\ngood,pos\n", ("text", "2"), "named or numbered, not both, got 'text', '2'"),
        (
            "label,text\npos,good, and cheap\n",
            (),
            r"line 2: the row has 3 columns, and there are 2",
        ),
        (
            "text,label\ngood, and cheap,pos\n",
            (),
            r"line 2: the row has 3 columns, and there are 2",
        ),
    ],
)
def test_columns_that_do_not_fit_the_names_are_told(
    tmp_path: Path, written: str, fields: tuple[str, ...], told: str
):
    (tmp_path / "it.csv").write_text(written, encoding="utf-8")
    with pytest.raises(FormatError, match=told):
        examples_of(tmp_path / "it.csv", *fields)


def test_empty_columns_beside_the_names_are_nothing(tmp_path: Path):
    (tmp_path / "it.csv").write_text("text,label\ngood,pos,,\nbad,neg\n", encoding="utf-8")
    assert examples_of(tmp_path / "it.csv").texts == ("good", "bad")
