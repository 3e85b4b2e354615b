"""Whatever bytes a file holds, reading it gives clean text or one of our errors."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.reference.cleaning import clean_lines

from lexloom.errors import FormatError, StorageError
from lexloom.text.cleaning import Cleaner
from lexloom.text.reading import Block, Reading, ReadingReport, blocks_from_texts, read_blocks

ENDINGS = ["", ".gz", ".xz", ".bz2", ".zst"]
SPECIAL = (
    "\0\t\n\x0b\x0c\r\x1c\x1e \u0085\u00a0\u1680\u2000\u200b\u200c\u2028\u2029\u202f\u3000\ufeff"
)
texts = st.text(
    st.one_of(
        st.sampled_from(SPECIAL),
        st.sampled_from("ab中文é，\U0001f600"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=200,
)
HEADS = [
    *(b"", b"PAR1", b"\x1f\x8b\x08\0", b"\xfd7zXZ\0", b"BZh91AY&SY", b"\x28\xb5\x2f\xfd"),
    *(b"\xff\xfe", b"\x80\x04\x95", b"PK\x03\x04", b"\xef\xbb\xbf"),
    *(b'{"text": "a', b"text,b\n", b'"'),
]
heads = st.sampled_from(HEADS)


def pack(text: bytes, ending: str) -> bytes:
    if not ending:
        return text
    if ending == ".zst":
        return pa.Codec("zstd").compress(text, asbytes=True)
    return {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}[ending](text)


def read(name: str, content: bytes, block_bytes: int = 1 << 16, **settings: object) -> list[Block]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        return list(read_blocks(path, Reading(**settings), block_bytes=block_bytes))  # type: ignore[arg-type]  # checked when they are made


def whole(blocks: list[Block]) -> tuple[bytes, list[int]]:
    """Join blocks: their text, and the lines at which documents begin."""
    starts, n_lines = [], 0
    for block in blocks:
        block.text.decode()
        assert block.text.endswith(b"\n") or not block.text
        starts += (block.document_starts + n_lines).tolist()
        n_lines += block.n_lines
    return b"".join(block.text for block in blocks), starts


@examples(max_examples=300)
@given(
    st.sampled_from(["a.txt", "a.jsonl", "a.csv", "a.tsv", "a.parquet", "a.txt.gz", "a"]),
    heads,
    st.binary(max_size=400),
    st.sampled_from(["utf-8", "gb18030", "utf-16", "shift_jis", "iso2022_jp", "utf-7"]),
    st.sampled_from(["stop", "skip", "replace"]),
    st.sampled_from(["line", "paragraph", "file"]),
)
def test_any_bytes(name: str, head: bytes, body: bytes, encoding: str, bad: str, documents: str):
    try:
        blocks = read(
            name, head + body, encoding=encoding, bad_lines=bad, documents=documents, field=1
        )
    except (FormatError, StorageError) as error:
        assert name in str(error)
        return
    text, starts = whole(blocks)
    assert not set(text.decode()) & set(
        SPECIAL.replace("\n", "").replace(" ", "").replace("\u200c", "")
    )
    assert starts == sorted(set(starts))


@examples(max_examples=200)
@given(
    texts, st.sampled_from(["line", "paragraph", "file"]), st.integers(1, 64), st.integers(8, 40)
)
@example("a\r\n", "line", 1, 8)
def test_kernel_is_its_slow_twin(text: str, documents: str, block_bytes: int, max_line_bytes: int):
    cleaner = Cleaner(block_bytes, max_line_bytes)
    cleaner.begin("a", documents)
    parts = [
        part for i in range(0, len(text), 7) for part in cleaner.feed(text[i : i + 7].encode())
    ]
    parts += cleaner.finish()
    blocks = [Block(*part) for part in parts]
    assert whole(blocks) == clean_lines(text, documents, max_line_bytes)


@examples(max_examples=60)
@given(texts, st.sampled_from(ENDINGS), st.integers(1, 300))
def test_packing_and_blocks_change_nothing(text: str, ending: str, block_bytes: int):
    plain = whole(read("a.txt", b"x\n" + text.encode(), documents="paragraph"))
    content = pack(b"x\n" + text.encode(), ending)
    packed = read("a.txt" + ending, content, block_bytes, documents="paragraph")
    assert whole(packed) == plain


@examples(max_examples=60)
@given(st.lists(st.text("ab中 \té,'\\é", max_size=20), max_size=20))
def test_line_ends_change_nothing(lines: list[str]):
    read_by_end = [
        whole(
            read(
                "a.txt",
                ("x\n" + "\n".join(lines)).replace("\n", end).encode(),
                documents="paragraph",
            )
        )
        for end in ("\n", "\r", "\r\n")
    ]
    assert read_by_end[0] == read_by_end[1] == read_by_end[2]


@examples(max_examples=100)
@given(st.lists(texts, min_size=1, max_size=10), st.sampled_from(["jsonl", "csv", "parquet"]))
def test_records_are_read_as_from_memory(records: list[str], layout: str):
    import csv
    import io
    import json

    buffer = io.BytesIO()
    if layout == "parquet":
        pq.write_table(pa.table({"n": range(len(records)), "text": records}), buffer)
    elif layout == "jsonl":
        buffer.write(
            "".join(json.dumps({"text": r}, ensure_ascii=False) + "\n" for r in records).encode()
        )
    else:
        sheet = io.StringIO(newline="")
        csv.writer(sheet, quoting=csv.QUOTE_ALL).writerows(
            [["n", "text"], *[[1, r] for r in records]]
        )
        buffer.write(sheet.getvalue().encode())
    text, starts = whole(read("a." + layout, buffer.getvalue()))
    from_memory, all_starts = whole(list(blocks_from_texts(records)))
    assert text == from_memory
    assert len(all_starts) == len(records)
    ends = [*all_starts[1:], text.count(b"\n")]
    lines = text.split(b"\n")
    held = [s for s, end in zip(all_starts, ends, strict=True) if any(lines[s:end])]
    assert len(held) == len(starts)


@given(st.lists(st.sampled_from(["", " ", "\n", "a", "b\nc", "\x1e"]), min_size=1, max_size=30))
def test_text_i_is_document_i_in_blocks_of_any_size(texts: list[str]):
    for block_bytes in (1, 4, 1 << 16):
        text, starts = whole(list(blocks_from_texts(texts, block_bytes=block_bytes)))
        ends = [*starts[1:], text.count(b"\n")]
        lines = text.decode().split("\n")
        documents = [[*filter(None, lines[s:e])] for s, e in zip(starts, ends, strict=True)]
        assert documents == [each.replace("\x1e", " ").split() for each in texts]


@pytest.mark.parametrize("ending", ENDINGS[1:])
def test_every_cut_of_a_packed_file(tmp_path: Path, ending: str):
    content = pack(b"some text that is packed, \xe4\xb8\xad\xe6\x96\x87\n" * 3, ending)
    path = tmp_path / ("a.txt" + ending)
    refused = 0
    for n in range(1, len(content)):
        path.write_bytes(content[:n])
        with pytest.raises(FormatError, match=r"a\.txt"):
            list(read_blocks(path))
        refused += 1
    assert refused == len(content) - 1 > 40


def test_paragraphs_across_blocks(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("a\nb\n\n\nc\n \nd", encoding="utf-8")
    report = ReadingReport()
    blocks = list(read_blocks(path, Reading(documents="paragraph"), report=report, block_bytes=1))
    assert [block.first_line for block in blocks] == [1, 2, 3, 4, 5, 6, 7]
    assert whole(blocks) == (b"a\nb\n\n\nc\n\nd\n", [0, 4, 6])
    assert (report.n_documents, report.n_lines) == (3, 7)
    assert all(block.document_starts.dtype == np.int64 for block in blocks)
