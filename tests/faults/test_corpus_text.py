"""Table A of the faults: what a corpus of text may throw at the reader, one golden message each."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import re
import tarfile
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from lexloom.errors import FormatError, LexloomError, SettingError, StorageError, UnsafeFileError
from lexloom.text import decompressing
from lexloom.text.inspection import inspect_text
from lexloom.text.reading import (
    MAX_LINE_BYTES,
    Reading,
    ReadingReport,
    blocks_from_texts,
    fingerprint,
    read_blocks,
)

ROWS: dict[str, list[str]] = {}
BY_THE_READER = {
    *("A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13"),
    *("A14", "A15", "A16", "A17", "A18", "A19", "A20", "A21", "A23"),
}
"""The rows that the reader answers; the corpus and the trainers answer the others."""


def row(*names: str) -> Callable[[Callable], Callable]:
    """Note which rows of the table a test covers."""

    def mark(test: Callable) -> Callable:
        for name in names:
            ROWS.setdefault(name, []).append(test.__name__)
        return test

    return mark


def test_every_row_of_the_reader_is_covered():
    assert set(ROWS) == BY_THE_READER
    assert sum(map(len, ROWS.values())) >= 30


def read(path: object, report: ReadingReport | None = None, **settings: object) -> bytes:
    blocks = read_blocks(path, Reading(**settings), report=report)  # type: ignore[arg-type]  # checked when they are made
    return b"".join(block.text for block in blocks)


def complaint(path: object, kind: type[LexloomError] = FormatError, **settings: object) -> str:
    with pytest.raises(kind) as caught:
        read(path, **settings)
    folder = str(path if isinstance(path, Path) and path.is_dir() else Path(str(path)).parent)
    return str(caught.value).replace(folder + os.sep, "")


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@row("A4")
def test_invalid_utf8_names_line_byte_and_bytes(tmp_path: Path):
    path = written(tmp_path, "corpus.txt", b"one\n\xe4\xb8\xad two \xff three\nfour\n")
    assert complaint(path) == (
        "corpus.txt, line 2, byte 12: not UTF-8: ff (hex). "
        "Mend the file, or pass --bad-lines skip or --bad-lines replace."
    )


@row("A4")
def test_bad_lines_are_skipped_or_mended_and_counted(tmp_path: Path):
    path = written(tmp_path, "corpus.txt", b"one\ntwo \xff\xfe x\nthree \xc3\n\xa9four\nfive\n")
    report = ReadingReport()
    assert read(path, report, bad_lines="skip") == b"one\nfive\n"
    assert (report.n_bad_lines, report.first_bad_line) == (3, f"{path}:2")
    assert report.notes == [f"skipped 3 bad of 2 lines, first: {path}:2"]
    report = ReadingReport()
    mended = read(path, report, bad_lines="replace").decode()
    assert mended == "one\ntwo \ufffd\ufffd x\nthree \ufffd\n\ufffdfour\nfive\n"
    assert report.n_bad_lines == 3


@row("A5")
def test_byte_order_mark_is_left_out_and_noted_once(tmp_path: Path):
    path = written(tmp_path, "a.txt", b"\xef\xbb\xbfword\n")
    report = ReadingReport()
    assert read(path, report) == b"word\n"
    assert report.notes == [f"{path} begins with a byte order mark; it is left out."]
    assert report.files[0].has_byte_order_mark


@row("A6")
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_wide_encodings_are_named(tmp_path: Path, encoding: str):
    text = "Some plain English text, 和一些中文。\n" * 30
    path = written(tmp_path, "a.txt", text.encode(encoding))
    told = (
        "by its byte order mark"
        if encoding in ("utf-16", "utf-32")
        else "by where its NUL bytes stand"
    )
    assert complaint(path) == (
        f"a.txt: this is {encoding.upper()} ({told}), not UTF-8. Pass --encoding {encoding}"
    )
    assert read(path, encoding=encoding).decode() == text


@row("A6")
def test_chinese_utf16_without_a_mark_is_named(tmp_path: Path):
    path = written(
        tmp_path, "a.txt", ("今天天气很好，我们去公园玩。" * 3 + "\n").encode("utf-16-le") * 20
    )
    assert "this is UTF-16-LE (by where its NUL bytes stand)" in complaint(path)


@row("A7")
@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "今天天气很好，我们去公园玩。\n房间很干净\n"),
        ("big5", "今天天氣很好，我們去公園玩。\n房間很乾淨\n"),
        ("shift_jis", "これは日本語のテキストです。\nとてもいい\n"),
        ("euc_kr", "오늘 날씨가 아주 좋습니다.\n우리는 공원에 갑니다\n"),
        ("cp1252", "Le café était très bon\n"),
    ],
)
def test_likely_encoding_is_suggested_with_a_sample(tmp_path: Path, encoding: str, text: str):
    path = written(tmp_path, "a.txt", text.encode(encoding) * 3)
    message = complaint(path)
    assert message.startswith("a.txt, line 1, byte ")
    assert f"As {encoding} it reads {' '.join((text * 3).split())[:24]!r}." in message
    assert message.endswith(f"Pass --encoding {encoding}, or --bad-lines skip.")
    assert read(path, encoding=encoding).decode() == text * 3


@row("A7")
@pytest.mark.parametrize("text", ["房间很好", "服务太差", "地点好", "早餐一般般", "下次还会来的"])
def test_a_few_chinese_characters_are_told_from_korean(tmp_path: Path, text: str):
    path = written(tmp_path, "a.txt", f"{text}\n".encode("gb18030"))
    assert f"As gb18030 it reads {text!r}." in complaint(path)


@row("A7")
def test_encoding_must_exist_and_be_of_text():
    with pytest.raises(SettingError, match="there is no encoding 'gbk2312'"):
        Reading(encoding="gbk2312")
    with pytest.raises(SettingError, match="'rot13' is no encoding of text"):
        Reading(encoding="rot13")


@row("A7")
def test_utf8_read_as_something_else_is_noted(tmp_path: Path):
    path = written(tmp_path, "a.txt", "今天天气\n")
    report = ReadingReport()
    read(path, report, encoding="gb18030", bad_lines="replace")
    assert report.notes[0] == f"{path} looks like UTF-8; it is read as gb18030, as asked."


@row("A8")
def test_line_ends_make_no_difference(tmp_path: Path):
    text = "one two\nthree\n\n第四行\nlast"
    texts = {
        read(written(tmp_path, "a.txt", text.replace("\n", end)), documents="paragraph")
        for end in ("\n", "\r\n", "\r", "\u2028", "\u0085")
    }
    assert texts == {(text + "\n").encode()}


@row("A9")
def test_nul_is_a_blank_and_counted(tmp_path: Path):
    report = ReadingReport()
    assert read(written(tmp_path, "a.txt", b"one\0two\n\0three\n" + b"x" * 99), report).startswith(
        b"one two\nthree\n"
    )
    assert report.n_nul == 2
    assert report.notes == ["2 NUL characters are read as blanks."]


@row("A10")
@pytest.mark.parametrize(
    "blank", "\t\x1c\x1f\u00a0\u1680\u2000\u200a\u200b\u202f\u205f\u3000\ufeff"
)
def test_every_blank_becomes_a_space(tmp_path: Path, blank: str):
    assert read(written(tmp_path, "a.txt", f"{blank}天气{blank}很好\n")).decode() == "天气 很好\n"


@row("A10")
@pytest.mark.parametrize("end", "\n\x0b\x0c\r\u0085\u2028\u2029")
def test_every_line_end_ends_a_line(tmp_path: Path, end: str):
    assert read(written(tmp_path, "a.txt", f"天气{end}很好")).decode() == "天气\n很好\n"


def test_other_characters_stay(tmp_path: Path):
    text = "a\x01\x7f\u200c\u200d\u2010\u2027\u202a\u2060\u3001\ufeee\U0001f600é\n"
    assert read(written(tmp_path, "a.txt", text)).decode() == text


@row("A11")
def test_endless_line_is_cut_in_constant_memory(tmp_path: Path):
    path = tmp_path / "long.txt.xz"
    n = 8_000_000
    with lzma.open(path, "wb", preset=0) as file:
        for _ in range(80):
            file.write(b"lorem ipsu" * (n // 800))
    report = ReadingReport()
    tracemalloc.start()
    n_letters = n_words = longest = 0
    for block in read_blocks(path, Reading(max_expansion=1e6), report=report):
        n_letters += len(block.text) - block.text.count(b" ") - block.text.count(b"\n")
        n_words += len(block.text.split())
        longest = max(longest, max(map(len, block.text.split(b"\n"))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_letters == n * 9 // 10
    assert n_words == n // 10 + 1
    assert longest <= MAX_LINE_BYTES
    assert report.n_documents == 1
    assert report.n_cut_lines == n // MAX_LINE_BYTES
    assert peak < 64 << 20


@row("A12")
def test_endless_word_is_cut_between_characters(tmp_path: Path):
    text = "字" * 1_000_000
    report = ReadingReport()
    cut = read(written(tmp_path, "a.txt", text), report).decode()
    assert cut.replace("\n", "") == text
    assert report.n_cut_lines == 2
    assert report.notes == ["lines longer than 1,048,576 bytes are cut into several: 2 cuts."]


@row("A13")
def test_text_that_looks_special_is_text(tmp_path: Path):
    text = "</s> <unk> [CLS] __label__x <pad>\n"
    path = written(tmp_path, "a.txt", text)
    assert read(path).decode() == text
    assert inspect_text(path).files[0].oddities == {
        "</s>": 1,
        "<unk>": 1,
        "[CLS]": 1,
        "__label__": 1,
    }


@row("A14")
def test_one_string_is_no_list_of_texts():
    with pytest.raises(SettingError) as caught:
        list(blocks_from_texts("one text"))
    assert str(caught.value) == "texts must be several strings, got one str. Pass a list: [text]."
    with pytest.raises(SettingError, match=r"item 1 of texts must be a string, got list. Lists of"):
        list(blocks_from_texts(["a", ["b"]]))  # type: ignore[list-item]  # the fault itself


@row("A15")
def test_generator_is_read_once():
    blocks = list(blocks_from_texts(text for text in ["one\ntwo", "", "three"]))
    assert [block.text for block in blocks] == [b"one\ntwo\nthree\n"]
    assert blocks[0].document_starts.tolist() == [0, 2, 2]


@row("A16")
def test_edit_changes_both_fingerprints(tmp_path: Path):
    path = written(tmp_path, "a.txt", b"one two\n" * 400_000)
    before, full = fingerprint(path), ReadingReport()
    read(path, full)
    with path.open("r+b") as file:
        file.write(b"One")
    after = ReadingReport()
    read(path, after)
    assert fingerprint(path) != before
    assert after.fingerprint != full.fingerprint


@row("A17")
@pytest.mark.parametrize("ending", [".gz", ".xz", ".bz2", ".zst"])
def test_packed_file_that_breaks_off_names_the_byte(tmp_path: Path, ending: str):
    packed = pack(os.urandom(30_000).hex().encode() + b"\n", ending)
    path = written(tmp_path, "a.txt" + ending, packed[: len(packed) // 2])
    name = decompressing.ENDINGS[ending]
    assert re.fullmatch(
        rf"a\.txt\{ending}, byte {len(packed) // 2:,}: the {name} data breaks off; [\d,]+ bytes of "
        r"text came out before that\. The file is incomplete: fetch or copy it again\.",
        complaint(path),
    )


def pack(text: bytes, ending: str) -> bytes:
    if ending == ".zst":
        return pa.Codec("zstd").compress(text, asbytes=True)
    return {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}[ending](text)


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


FOREIGN = {
    "zip": (zipped("a.txt", b"x"), "a zip archive, not text. Unpack it first: unzip '{}'"),
    "docx": (zipped("word/document.xml", b"x"), "an Office document (.docx, .xlsx: a zip archive)"),
    "tar": (tarred(), "a tar archive, not text. Unpack it first: tar -xf '{}'"),
    "tar.gz": (gzip.compress(tarred()), "a tar archive, not text."),
    "pdf": (b"%PDF-1.7\n", "a PDF, not text. Convert it first: pdftotext '{}' text.txt"),
    "html": (
        b"<!DOCTYPE html><html><title>404 Not Found</title>",
        "a web page (HTML) titled '404 Not Found': perhaps an error page that was saved as data.",
    ),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
        "a Git-LFS pointer, not the data itself. Fetch the data: git lfs pull --include '{}'",
    ),
    "parquet": (b"PAR1\0\0", "parquet, not text. Pass --format parquet and --field NAME."),
    "twice": (gzip.compress(gzip.compress(b"x")), "gzip data packed twice, not text."),
}


@row("A17")
@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_files_are_named(tmp_path: Path, kind: str):
    content, message = FOREIGN[kind]
    path = written(tmp_path, "a.txt", content)
    assert complaint(path).startswith("a.txt: " + message.format("a.txt"))


PICKLES = [
    b"(dp0\nVa\np1\n(lp2\nI1\nas.",
    b"cos\nsystem\n(S'true'\ntR.",
    b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01]q\x02K\x01as.",
    b"\x80\x03cos\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.",
    b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94]\x94K\x01as.",
    b"\x80\x05K\x01.",
    zipped("archive/data.pkl", b"\x80\x02K\x01."),
]


@row("A17")
def test_pickles_are_never_opened(tmp_path: Path):
    for content in PICKLES:
        for packed in (content, gzip.compress(content)):
            assert complaint(written(tmp_path, "a.txt", packed), UnsafeFileError) == (
                "a.txt: a pickle, which can run code when it is opened; lexloom never opens one. "
                "Ask for the text itself."
            )


@row("A17")
def test_ending_that_lies_about_packing(tmp_path: Path):
    assert complaint(written(tmp_path, "a.txt.gz", b"plain text\n")) == (
        "a.txt.gz: named as gzip, but it holds no compressed data at all. Rename it to what it is."
    )


@row("A18")
def test_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decompressing, "FREE_BYTES", 1 << 20)
    path = written(tmp_path, "a.txt.xz", lzma.compress(b"a b " * (2 << 20)))
    assert re.fullmatch(
        r"a\.txt\.xz, byte [\d,]+: [\d,]+ bytes of xz have grown to [\d,]+, more than 1000 times "
        r"as many\. If you trust the file, pass --max-expansion 100000\.",
        complaint(path),
    )
    assert len(read(path, max_expansion=1e5)) == (8 << 20) + 9 - 8


@row("A19")
def test_missing_file_names_those_near_it(tmp_path: Path):
    near = written(tmp_path, "reviews.txt", b"x\n")
    assert complaint(tmp_path / "reveiws.txt", StorageError) == (
        f"reveiws.txt: does not exist. Did you mean {near.name}?"
    )
    (tmp_path / "link.txt").symlink_to("gone.txt")
    assert complaint(tmp_path / "link.txt", StorageError) == (
        "link.txt: a link to 'gone.txt', which does not exist. Mend the link."
    )
    (tmp_path / "folder").mkdir()
    written(tmp_path / "folder", "picture.png", b"")
    with pytest.raises(
        StorageError,
        match=r"this folder holds no text file .*, but 1 of other kinds, first: .*png\.",
    ):
        read(tmp_path / "folder")
    (tmp_path / "empty").mkdir()
    written(tmp_path / "empty", ".hidden.txt", b"x\n")
    assert complaint(tmp_path / "empty", StorageError).endswith(
        "this folder holds no files (hidden ones are left out). Put text files into it (.txt .text "
        ".jsonl .ndjson .csv .tsv .tab .parquet), or name another."
    )
    with pytest.raises(StorageError, match="no file matches this pattern"):
        read(str(tmp_path / "*.csv"))
    with pytest.raises(SettingError, match="no file to read was given"):
        read([])


@row("A19")
def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path, "a.txt", b"x\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(decompressing, "open", refuse, raising=False)
    assert complaint(path, StorageError) == (
        f"a.txt: no permission to read it. Try: chmod u+r '{path.name}'"
    )


@row("A19")
def test_pipe_is_read_in_one_pass(tmp_path: Path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    packed = gzip.compress(b"one\ntwo\n" * 1000)
    writer = threading.Thread(target=path.write_bytes, args=[packed], daemon=True)
    writer.start()
    report = ReadingReport()
    assert read(path, report) == b"one\ntwo\n" * 1000
    writer.join(10)
    assert (report.n_lines, report.files[0].compression) == (2000, "gzip")


@row("A20")
def test_broken_jsonl(tmp_path: Path):
    lines = ['{"text": "one"}', '{"text": "tw', '{"body": 1, "title": "x"}', '{"text": 3}', "null"]
    for n, message in (
        (1, "column 10: no JSON (Unterminated string starting at): "),
        (2, "no field named, and none called 'text'; found 'body', 'title'. Name the field with"),
        (3, "column 1: the text must be a string, got int '3'. Name another field with --field,"),
    ):
        path = written(tmp_path, "a.jsonl", "\n".join([lines[0], lines[n]]))
        assert complaint(path).startswith("a.jsonl, line 2: " + message)
    path = written(tmp_path, "a.jsonl", "\n".join(lines))
    report = ReadingReport()
    assert read(path, report, bad_lines="skip") == b"one\n"
    assert (report.n_bad_lines, report.first_bad_line) == (3, f"{path}:2")


@row("A20")
def test_open_quote_in_csv(tmp_path: Path):
    path = written(tmp_path, "a.csv", 'label,text\n1,"a\nb"\n1,"open\n0,c\n0,d\n')
    assert complaint(path) == (
        "a.csv, line 4: broken quoting (unexpected end of data) in the row that begins '1,\"open'. "
        "Close the quote, or pass --bad-lines skip; --format tsv takes quotes as text."
    )
    report = ReadingReport()
    assert read(path, report, bad_lines="skip") == b"a\nb\nc\nd\n"
    assert (report.n_documents, report.n_bad_lines) == (3, 1)
    assert complaint(path, field="review") == (
        "a.csv, line 1: no field 'review'; found 'label', 'text'. The first row has 2 columns. "
        "Name the field with --field NAME, or by its number from 1."
    )


@row("A20", "A21")
def test_half_pairs_and_bad_bytes_in_records(tmp_path: Path):
    lines = [json.dumps({"text": "ok"}).encode(), b'{"text": "a\\ud800b"}', b'{"text": "c\xffd"}']
    path = written(tmp_path, "a.jsonl", b"\n".join(lines))
    assert complaint(path) == (
        "a.jsonl, record 2: half a surrogate pair in the text, which is no character. "
        "Mend it, or pass --bad-lines replace."
    )
    report = ReadingReport()
    assert read(path, report, bad_lines="skip") == b"ok\n"
    assert report.n_bad_lines == 2
    assert read(path, bad_lines="replace").decode() == "ok\na\ufffdb\nc\ufffdd\n"
    assert complaint(written(tmp_path, "a.jsonl", lines[2])).startswith(
        "a.jsonl, line 1, byte 11: not UTF-8: ff (hex)."
    )


@row("A21")
def test_half_pairs_in_memory_name_the_item():
    with pytest.raises(FormatError) as caught:
        list(blocks_from_texts(["fine", "a\ud800"]))
    assert str(caught.value).startswith(
        "item 1 of texts holds half a surrogate pair, which is no character. Mend it:"
    )


@row("A23")
def test_file_given_twice_and_copies(tmp_path: Path):
    a, b = written(tmp_path, "a.txt", b"one\ntwo\n"), written(tmp_path, "b.txt", b"one\ntwo\n")
    report = ReadingReport()
    assert read([a, tmp_path, b], report) == b"one\ntwo\n" * 2
    assert report.n_repeated_files == 1
    assert report.notes == [
        f"{a} is given twice (as {a}); it is read once.",
        f"{b} is given twice (as {b}); it is read once.",
        f"{b} holds the same bytes as {a}; both are read.",
    ]
    assert inspect_text([a, b]).overlaps == [(str(a), str(b), 2)]
