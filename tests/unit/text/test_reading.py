"""Reading the layouts that people have."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexloom.errors import FormatError, SettingError, StorageError
from lexloom.text import decompressing
from lexloom.text.reading import Reading, ReadingReport, read_blocks, read_texts, resolve_sources


def lines(path: object, report: ReadingReport | None = None, **settings: object) -> list[str]:
    blocks = read_blocks(path, Reading(**settings), report=report)  # type: ignore[arg-type]  # checked when they are made
    return b"".join(block.text for block in blocks).decode().splitlines()


def test_folder_is_read_in_order(tmp_path: Path):
    for name in ("b.txt", "a/z.txt", ".hidden.txt", ".git/x.txt", "a/c.jsonl", "pic.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"text": "c"}' if "json" in name else name, encoding="utf-8")
    report = ReadingReport()
    assert lines(tmp_path, report) == ["c", "a/z.txt", "b.txt"]
    assert report.notes == [
        f"{tmp_path}: 1 files of other kinds left out, first: {tmp_path / 'pic.png'}"
    ]
    assert lines(str(tmp_path / "**" / "*.txt")) == ["a/z.txt", "b.txt"]
    assert [Path(source.path).name for source in resolve_sources(tmp_path)] == [
        "c.jsonl",
        "z.txt",
        "b.txt",
    ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch):
    stdin = SimpleNamespace(buffer=io.BytesIO(b"one\ntwo"))
    monkeypatch.setattr(decompressing.sys, "stdin", stdin)
    report = ReadingReport()
    assert lines("-", report) == ["one", "two"]
    assert report.files[0].name == "<stdin>"


def test_fields_by_name_and_number(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('label,review\n1,"a ""b"", c"\n0,"d\ne"\n\n1,f\n', encoding="utf-8")
    assert lines(path, field="review") == ['a "b", c', "d", "e", "f"]
    assert lines(path, field="2") == lines(path, field=2)
    assert lines(path, field=2) == ["review", 'a "b", c', "d", "e", "f"]
    with pytest.raises(FormatError, match="found 'label', 'review'"):
        lines(path)
    with pytest.raises(SettingError, match="field must be a name or a number from 1, got 0"):
        Reading(field=0)
    table = tmp_path / "a.tsv"
    table.write_text('x "y\t1\nz\t2\n', encoding="utf-8")
    assert lines(table, field=1) == ['x "y', "z"]
    assert lines(table, field="1") == ['x "y', "z"]
    records = tmp_path / "a.jsonl"
    records.write_text('{"title": "t", "text": "a\\nb"}\n{"text": null}\n\n', encoding="utf-8")
    report = ReadingReport()
    assert lines(records, report) == ["a", "b"]
    assert (report.n_documents, report.n_empty_records) == (1, 1)
    assert lines(records, field="title", bad_lines="skip") == ["t"]


def test_parquet(tmp_path: Path):
    path = tmp_path / "a.parquet"
    words = pa.array(["x", None, "y\nz"])
    pq.write_table(pa.table({"n": [1, 2, 3], "body": words.dictionary_encode()}), path)
    assert lines(path, field="body") == ["x", "y", "z"]
    (tmp_path / "a.parquet.gz").write_bytes(__import__("gzip").compress(path.read_bytes()))
    assert lines(tmp_path / "a.parquet.gz", field=2) == ["x", "y", "z"]
    with pytest.raises(FormatError, match="field 'n' must hold text, it holds int64"):
        lines(path, field="n")
    with pytest.raises(FormatError, match="none called 'text'; found 'n', 'body'"):
        lines(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FormatError, match="damaged parquet"):
        lines(path, field="body")


def test_utf16_with_damage(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\xfe" + "one\n".encode("utf-16-le") + b"\x00\xd8x\0\n\0t\0w\0o\0")
    assert lines(path, encoding="utf-16", bad_lines="skip") == ["one", "two"]
    assert lines(path, encoding="utf-16", bad_lines="replace") == ["one", "\ufffdx", "two"]
    with pytest.raises(FormatError, match=r"line 2, byte 10: not UTF-16: 00 d8 \(hex\)"):
        lines(path, encoding="utf-16")


def test_a_document_for_each_file(tmp_path: Path):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(f"{name}\n\n{name}", encoding="utf-8")
    (block,) = read_blocks(tmp_path, Reading(documents="file"))
    assert block.text == b"a\n\na\nb\n\nb\n"
    assert block.document_starts.tolist() == [0, 3]


def test_stopping_early_ends_the_reading_thread(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"some words\n" * 2_000_000)
    blocks = read_blocks(path)
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]  # it is a generator
    assert "lexloom-read-ahead" not in [t.name for t in __import__("threading").enumerate()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "field", "n_documents"),
    [
        ("classification/chnsenticorp_hotels.csv", "review", 7_765),
        ("classification/online_shopping_10_cats.csv.xz", "review", 62_773),
        ("classification/agnews_10k.tsv", 1, 10_001),
        ("classification/thucnews_10k.tsv", 1, 10_000),
        ("classification/sst2_train.tsv", 1, 6_920),
        ("generation/bbc_news_summary.jsonl.xz", None, 2_225),
    ],
)
def test_real_files(real_data: Callable[[str], Path], name: str, field: object, n_documents: int):
    report = ReadingReport()
    lines(real_data(name), report, field=field)
    assert (report.n_documents, report.n_bad_lines) == (n_documents, 0)


def test_texts_are_lines_or_fields_as_they_stand(tmp_path):
    plain = tmp_path / "a.txt"
    plain.write_bytes("\ufeffone  two\r\n\n三 \n".encode())
    packed = tmp_path / "b.txt.gz"
    packed.write_bytes(gzip.compress("四\n".encode()))
    table = tmp_path / "c.csv"
    table.write_text("label,review\n1,very good\n0,\n", encoding="utf-8")
    found = list(read_texts([plain, packed, table], Reading(field="review")))
    assert found == ["one  two", "", "三 ", "四", "very good", ""]
    plain.write_bytes(b"good\nbad \xff byte\nlast\n")
    with pytest.raises(FormatError, match=r"a\.txt, line 2"):
        list(read_texts(plain, Reading()))
    assert list(read_texts(plain, Reading(bad_lines="skip"))) == ["good", "", "last"]
    assert list(read_texts(plain, Reading(bad_lines="replace"))) == ["good", "bad � byte", "last"]
    with pytest.raises(StorageError):
        list(read_texts(tmp_path / "nowhere.txt", Reading()))
