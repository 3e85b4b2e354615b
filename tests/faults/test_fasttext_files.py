"""fastText's `.bin`, cut off, lied in and mistaken (B10, B11): one message each, and no memory."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.faults.test_vector_files import LIMITED

from lexloom.errors import FormatError
from lexloom.vectors.formats import read_vectors, write_vectors
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors

SETTINGS_AT, DICTIONARY_AT = 8, 64
MODEL_AT, DIM_AT, BUCKET_AT, MAXN_AT = (SETTINGS_AT + 4 * n for n in (7, 0, 8, 10))
ENTRY_BYTES = len(b"cat\0") + 9 + len("熊猫\0".encode()) + 9
INPUTS_AT = DICTIONARY_AT + 28 + ENTRY_BYTES


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    table = NgramTable(Ngrams(buckets=4), [0, 1, 3], np.arange(1.0, 7).reshape(3, 2))
    vectors = SubwordVectors(["cat", "熊猫"], np.eye(2), table=table, counts=[7, 5])
    path = tmp_path_factory.mktemp("whole") / "m.bin"
    write_vectors(vectors, path)
    return path.read_bytes()


def message(path: Path, content: bytes, **arguments: object) -> str:
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_vectors(path, **arguments)
    return str(caught.value).replace(f"{path.parent}/", "")


def put(content: bytes, at: int, layout: str, *values: float) -> bytes:
    packed = struct.pack(layout, *values)
    return content[:at] + packed + content[at + len(packed) :]


def test_the_tiny_model_is_read(whole: bytes, tmp_path: Path):
    (tmp_path / "m.bin").write_bytes(whole)
    read = read_vectors(tmp_path / "m.bin")
    assert (list(read.words), read.matrix.tolist()) == (["cat", "熊猫"], np.eye(2).tolist())
    assert read.counts.tolist() == [7, 5]


@pytest.mark.parametrize("packed", [False, True])
def test_every_cut_is_told(whole: bytes, tmp_path: Path, packed: bool):
    told = set()
    for end in range(len(whole)):
        content = whole[:end]
        said = message(tmp_path / "m.bin", gzip.compress(content) if packed else content)
        if end >= SETTINGS_AT:
            assert "cut off" in said and "Get it again." in said
            told.add(said.partition(": ")[2].split(" announces")[0].split(";")[0])
    for part in ("the settings", "the dictionary", "the input vectors", "the output vectors"):
        assert any(part in said for said in told)


def test_every_changed_byte_is_survived(whole: bytes, tmp_path: Path):
    path, n_refused = tmp_path / "m.bin", 0
    for place in range(len(whole)):
        for byte in (0, 1, 127, 128, 255):
            path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
            try:
                read = read_vectors(path)
            except FormatError:
                n_refused += 1
            else:
                assert np.isfinite(read.matrix).all() and len(read) == 2
    assert n_refused > len(whole)


WRONG = {
    "supervised": (
        (MODEL_AT, "<i", 3),
        "m.bin, byte 64: this is a fastText model that classifies texts (supervised), not word "
        "vectors. Give a model trained with skipgram or cbow.",
    ),
    "newer": (
        (4, "<i", 13),
        "m.bin, byte 8: this is version 13 of fastText's format, expected 11 or 12.",
    ),
    "no such model": (
        (MODEL_AT, "<i", 9),
        "m.bin, byte 64: the settings make no sense; the file is damaged. Get it again.",
    ),
    "a sample that is no number": (
        (SETTINGS_AT + 48, "<d", float("nan")),
        "m.bin, byte 64: the settings make no sense; the file is damaged. Get it again.",
    ),
    "too wide": (
        (DIM_AT, "<i", 1 << 30),
        "m.bin, byte 64: vectors have a width from 1 to 65,536, found 1,073,741,824.",
    ),
    "too long n-grams": (
        (MAXN_AT, "<i", 5000),
        "m.bin, byte 64: max_n must be at most 100, got 5000.",
    ),
    "labels": (
        (DICTIONARY_AT + 8, "<i", 1),
        "m.bin, byte 92: found labels in a model of word vectors; the file is damaged. "
        "Get it again.",
    ),
    "pruned": (
        (DICTIONARY_AT + 20, "<q", 3),
        "m.bin, byte 92: this model is pruned: n-grams were taken out of it. Export it again "
        "without quantising, or convert the .vec file that came with it.",
    ),
    "no words": (
        (DICTIONARY_AT, "<2i", 0, 0),
        "m.bin, byte 92: there is not a single word.",
    ),
    "many words": (
        (DICTIONARY_AT, "<2i", 2_000_000_000, 2_000_000_000),
        "m.bin, byte 92: the dictionary announces 22,000,000,000 bytes, the file has 127 more; it "
        "is damaged or cut off. Get it again.",
    ),
    "quantised": (
        (INPUTS_AT, "<b", 1),
        f"m.bin, byte {INPUTS_AT + 17}: this model is quantised (.ftz): its vectors are packed. "
        "Export it again without quantising, or convert the .vec file that came with it.",
    ),
    "another shape": (
        (INPUTS_AT + 1, "<2q", 1 << 40, 2),
        f"m.bin, byte {INPUTS_AT + 17}: the input vectors are 1,099,511,627,776 × 2 numbers, "
        "expected 6 × 2; the file is damaged. Get it again.",
    ),
    "NaN": (
        (INPUTS_AT + 17, "<f", float("nan")),
        f"m.bin, byte {INPUTS_AT + 33}: the input vectors hold NaN or infinity; every number must "
        "be finite.",
    ),
    "not UTF-8": (
        (DICTIONARY_AT + 28, "<B", 0xFF),
        "m.bin, byte 105: the word b'\\xffat' is not utf-8. Pass the encoding it has, or "
        "errors='replace' (invalid start byte).",
    ),
    "no word": (
        (DICTIONARY_AT + 28, "<B", 0),
        "m.bin, byte 102: the word '' is empty, comes twice, or is no word.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(whole: bytes, tmp_path: Path, name: str):
    (at, layout, *values), expected = WRONG[name]
    assert message(tmp_path / "m.bin", put(whole, at, layout, *values)) == expected


def test_more_than_a_model_is_refused(whole: bytes, tmp_path: Path):
    expected = f"m.bin, byte {len(whole)}: found more bytes than the file announces. Get it again."
    assert message(tmp_path / "m.bin", whole + b"\n") == expected


def test_another_format_is_named(whole: bytes, tmp_path: Path):
    said = message(tmp_path / "m.bin", b"1 2\na 0.5 0.5 \n", format="fasttext_bin")
    assert said == (
        "m.bin: expected fastText .bin, found fastText .vec. Pass format='fasttext', or leave it "
        "out."
    )
    said = message(tmp_path / "m.vec", whole, format="fasttext")
    assert said == (
        "m.vec: expected fastText .vec, found fastText .bin. Pass format='fasttext_bin', or leave "
        "it out."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_lies_cost_little_memory_and_time(whole: bytes, tmp_path: Path):
    rows = put(whole, BUCKET_AT, "<i", 1_000_000_000)
    rows = put(rows, INPUTS_AT + 1, "<q", 1_000_000_002)
    words = put(whole, DICTIONARY_AT, "<2i", 2_000_000_000, 2_000_000_000)
    wide = put(whole, DIM_AT, "<i", 65_536)
    no_end = whole[: DICTIONARY_AT + 28] + b"a" * (100 << 20)
    good = tmp_path / "good.bin"
    good.write_bytes(whole)
    bombs = []
    for n, content in enumerate((rows, words, wide, no_end)):
        for packed in (False, True):
            bombs.append(tmp_path / f"{n}-{packed}")
            bombs[-1].write_bytes(gzip.compress(content, 1) if packed else content)
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, good, *bombs], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
