"""Files of vectors that are not what they should be: one message each (FAULTS B1–B9, B11, B15)."""

import bz2
import gzip
import io
import lzma
import pickle  # noqa: TID251  # to make what must be refused
import resource
import subprocess
import sys
import time
import warnings
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from lexloom.errors import FormatError, LexloomError, SettingError, StorageError, UnsafeFileError
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.formats import FORMATS, detect, read_vectors, write_vectors
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors

TITLES = "fastText .vec, word2vec text, word2vec binary, GloVe text, fastText .bin, floret"
WRITTEN = ["word2vec_text", "word2vec_binary", "glove", "fasttext_bin"]
READ_ABOVE = "Re-export the file, or read the rows above only (limit={})."


@pytest.fixture
def file(tmp_path):
    """A function that puts bytes into a file."""

    def write(content: bytes | str, name: str = "v.txt"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def message(path, **options) -> str:
    """Give the message of reading a file, without its folder."""
    with pytest.raises(LexloomError) as caught:
        read_vectors(path, **options)
    return str(caught.value).replace(f"{path.parent}/", "")


def binary(rows: int = 3, width: int = 2, announced: int | None = None) -> bytes:
    body = b"".join(
        f"w{i} ".encode() + np.arange(i, i + width, dtype="<f4").tobytes() + b"\n"
        for i in range(1, rows + 1)
    )
    return f"{announced or rows} {width}\n".encode() + body


TEXT_FAULTS = {
    "more rows announced (B1)": (
        "3 2\na 1 2\nb 3 4\n",
        "v.txt: the header announces 3 rows, found 2; the last one is on line 3. "
        "Download it again, or read what is there (limit=2).",
    ),
    "no rows at all (B1)": (
        "3 2\n                    \n",
        "v.txt: the header announces 3 rows, none follows. Download it again.",
    ),
    "fewer rows announced (B2)": (
        "1 2\na 1 2\nb 3 4\n",
        "v.txt, line 3: the header announces 1 rows, found more. "
        "Correct the first line, or read those rows only (limit=1).",
    ),
    "one value (B3)": (
        "2 3\na 1 2 3\nb 7\n",
        "v.txt, line 3: expected 3 numbers, found 1. " + READ_ABOVE.format(1),
    ),
    "row too short (B4)": (
        "2 3\na 1 2 3\nb 1 2\n",
        "v.txt, line 3: expected 3 numbers, found 2. " + READ_ABOVE.format(1),
    ),
    "first row too short (B4)": (
        "2 3\na 1 2\nb 1 2 3\n",
        "v.txt, line 2: expected 3 numbers, found 2. Re-export the file.",
    ),
    "row too long (B4)": (
        "2 3\na 1 2 3\nb 1 2 3 4\n",
        "v.txt, line 3: expected 3 numbers, found 4. " + READ_ABOVE.format(1),
    ),
    "no number (B4)": (
        "2 3\na 1 2 3\nb 1 x 3\n",
        "v.txt, line 3: expected 3 numbers, found 'x' as number 2. " + READ_ABOVE.format(1),
    ),
    "a number only Python reads (B4)": (
        "2 3\na 1 2 3\nb 1 2_0 3\n",
        "v.txt, line 3: expected 3 numbers, found '2_0' as number 2. " + READ_ABOVE.format(1),
    ),
    "no word (B4)": (
        "2 2\na 1 2\n 1 2\n",
        "v.txt, line 3: expected a word at the start of the line, found a blank.",
    ),
    "empty line within": ("2 2\na 1 2\n\nb 1 2\n", "v.txt, line 3: the line is empty."),
    "header bomb (B6)": (
        "9999999999 300\na 1 2\n",
        "v.txt, line 1: the header announces 9,999,999,999 rows of 300 numbers, at least "
        "6,009,999,999,399 bytes; the file has 21. Download it again, or correct the first line.",
    ),
    "width bomb (B6)": (
        "1 99999999999\na 1 2\n",
        "v.txt, line 1: expected vectors of 1 to 1,048,576 numbers, the first line says "
        "99,999,999,999.",
    ),
    "nan (B7)": (
        "2 2\na 1 2\nb nan 2\n",
        "v.txt, line 3: the vector of 'b' has NaN or infinity; every number must be finite. "
        "Export the vectors again without it.",
    ),
    "duplicate (B9)": (
        "3 1\na 1\nb 2\na 3\n",
        "v.txt, line 4: the word 'a' comes twice, first in row 1 and again in row 3. "
        "Pass on_duplicate='first' to keep the first of them.",
    ),
    "GloVe row too short (B5)": (
        "a 1 2 3\nb 1 2\nc 1 2 3\n",
        "v.txt, line 2: expected 3 numbers, found 2. " + READ_ABOVE.format(1),
    ),
    "invalid UTF-8": (
        b"2 1\na 1\nb\xff\xfec 2\n",
        "v.txt, line 3: the word b'b\\xff\\xfec' is not utf-8: bytes ff. "
        "Pass the encoding it has, as encoding='gb18030', or errors='replace'.",
    ),
    "NUL in a word": ("2 1\na 1\nb\0c 2\n", "v.txt, line 3: expected a word, found 'b\\x00c'."),
    "empty file": ("", f"v.txt: expected word vectors ({TITLES}), found empty."),
    "no vectors": (
        "once upon a time\n",
        f"v.txt: expected word vectors ({TITLES}), found plain text. "
        "Text becomes a corpus by lexloom corpus.",
    ),
    "web page (B11)": (
        "<!DOCTYPE html>\n<html>404</html>\n",
        f"v.txt: expected word vectors ({TITLES}), found an HTML page, perhaps an error page "
        "saved by a download. Download it again.",
    ),
    "Git LFS pointer (B11)": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n",
        f"v.txt: expected word vectors ({TITLES}), found a Git LFS pointer, not the file itself. "
        "Run git lfs pull.",
    ),
    "UTF-16": (
        "2 1\na 1\n".encode("utf-16"),
        f"v.txt: expected word vectors ({TITLES}), found UTF-16 text. "
        "Convert it: iconv -f utf-16 -t utf-8 FILE > NEW",
    ),
}


@pytest.mark.parametrize("name", TEXT_FAULTS)
def test_what_is_wrong_is_said(file, name):
    content, expected = TEXT_FAULTS[name]
    assert message(file(content)) == expected


@pytest.mark.parametrize("spelling", ["NaN", "-nan", "inf", "-Infinity", "1e39", "-1e999"])
def test_numbers_that_are_not_finite_are_refused_in_any_spelling(file, spelling):
    expected = "v.txt, line 3: the vector of 'b' has NaN or infinity"
    assert message(file(f"2 2\na 1 2\nb 1 {spelling}\n")).startswith(expected)
    assert "line 2: the vector of 'b'" in message(file(f"a 1 2\nb 1 {spelling}\nc 1 2\n"))


BINARY_FAULTS = {
    "cut off (B1)": (
        binary()[:-8],
        "v.bin, byte 32: the header announces 3 rows of 2 numbers, found 2 whole ones; the file is "
        "cut off. Download it again, or read what is there (limit=2).",
    ),
    "more behind (B2)": (
        binary(3, announced=2),
        "v.bin: the header announces 2 rows, found more bytes behind them. "
        "Correct the first line, or read fewer rows (limit=1).",
    ),
    "more behind a single row (B2)": (
        binary(2, announced=1),
        "v.bin: the header announces 1 rows, found more bytes behind them. Correct the first line.",
    ),
    "header bomb (B6)": (
        b"9999999999 300\na " + bytes(12),
        "v.bin, byte 29: the header announces 9,999,999,999 rows of 300 numbers, found 0 whole "
        "ones; the file is cut off. Download it again.",
    ),
    "width bomb (B6)": (
        b"1 99999999999\na \0\0\0\0",
        "v.bin, line 1: expected vectors of 1 to 1,048,576 numbers, the first line says "
        "99,999,999,999.",
    ),
    "nan (B7)": (
        b"1 1\na " + np.array([np.nan], "<f4").tobytes(),
        "v.bin: the vector of 'a' has NaN or infinity; every number must be finite. "
        "Export the vectors again without it.",
    ),
    "empty word": (
        b"2 1\n " + np.array([1.5], "<f4").tobytes() + b"a \0\0\0\0",
        "v.bin: expected a word, found ''.",
    ),
}


@pytest.mark.parametrize("name", BINARY_FAULTS)
def test_what_is_wrong_in_a_binary_file_is_said(file, name):
    content, expected = BINARY_FAULTS[name]
    assert message(file(content, "v.bin"), format="word2vec_binary") == expected


def test_a_limit_reads_what_is_good(file):
    assert len(read_vectors(file("3 2\na 1 2\nb 3 4\n"), limit=2)) == 2
    assert len(read_vectors(file("1 2\na 1 2\nb 3 4\n"), limit=1)) == 1
    assert len(read_vectors(file("2 3\na 1 2 3\nb 1 2\n"), limit=1)) == 1
    assert len(read_vectors(file(binary()[:-8], "v.bin"), limit=2)) == 2
    with pytest.raises(SettingError, match="limit must be"):
        read_vectors(file("1 1\na 1\n"), limit=0)


def test_words_with_blanks_are_read_from_the_right(file):
    vectors = read_vectors(file("the 1 2\n. . . 3 4\nat name@domain.com 5 6\nb 7 8\n"))
    assert list(vectors.words) == ["the", ". . .", "at name@domain.com", "b"]
    assert vectors[". . ."].tolist() == [3, 4]


def test_all_zero_vectors_are_counted_once(file):
    path = file("3 2\na 1 2\nb 0 0\nc 0 -0\n")
    with pytest.warns(
        UserWarning, match="2 of 3 vectors are all zero, the first is that of 'b'"
    ) as w:
        vectors = read_vectors(path)
    assert len(w) == 1 and vectors.similarity("a", "b") == 0.0


def test_duplicates_keep_what_is_asked_for(file):
    path = file("4 1\na 1\nb 2\na 3\nc 4\n")
    first, last = (read_vectors(path, on_duplicate=policy) for policy in ("first", "last"))
    assert list(first.words) == ["a", "b", "c"] and first["a"] == [1]
    assert list(last.words) == ["b", "a", "c"] and last["a"] == [3]


def test_words_equal_after_normalisation_are_noted(file):
    with pytest.warns(UserWarning, match="1 words are equal to others after Unicode normalisation"):
        vectors = read_vectors(file("2 1\ncaf\u00e9 1\ncafe\u0301 2\n"))
    assert len(vectors) == 2


def test_bytes_that_are_no_text_go_by_the_policy(file):
    path = file(b"2 1\na 1\nb\xff 2\n")
    assert list(read_vectors(path, errors="replace").words) == ["a", "b\ufffd"]
    assert list(read_vectors(path, errors="ignore").words) == ["a", "b"]
    chinese = file("1 1\n苹果 1\n".encode("gb18030"))
    assert list(read_vectors(chinese, encoding="gb18030").words) == ["苹果"]
    with pytest.raises(SettingError, match="encoding must be one Python knows, got 'klingon'"):
        read_vectors(path, encoding="klingon")


def test_one_format_given_as_another_is_named(file):
    text, packed = file("1 2\na 1 2\n", "v.bin"), file(binary(), "v.vec")
    assert detect(text) == "word2vec_text" and detect(packed) == "word2vec_binary"
    assert list(read_vectors(text).words) == ["a"] and len(read_vectors(packed)) == 3
    assert message(text, format="word2vec_binary") == (
        "v.bin: expected word2vec binary, found word2vec text. "
        "Pass format='word2vec_text', or leave it out."
    )
    assert message(packed, format="fasttext") == (
        "v.vec: expected fastText .vec, found word2vec binary. "
        "Pass format='word2vec_binary', or leave it out."
    )
    assert message(text, format="glove").startswith(
        "v.bin: expected GloVe text, found word2vec text"
    )
    with pytest.raises(SettingError, match="format must be one of"):
        read_vectors(text, format="word2vec")


PACKINGS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packed_files_are_read_and_cut_ones_are_named(file, packing):
    rows = "".join(f"w{i} {i}.25 {hash(i) % 97} 3\n" for i in range(20_000))
    data = PACKINGS[packing](f"20000 3\n{rows}".encode())
    vectors = read_vectors(file(data, "any.name"))
    assert len(vectors) == 20_000 and vectors["w777"][0] == 777.25
    for n_bytes in (40, len(data) // 2):
        said = message(file(data[:n_bytes]))
        assert said.startswith(f"v.txt, byte {n_bytes:,}: the {packing} data breaks off; ")
        assert said.endswith("The file is incomplete: fetch or copy it again.")


def test_a_packed_file_with_a_wrong_check_sum_is_damaged(file):
    data = gzip.compress(b"2 2\na 1 2\nb 3 4\n")
    said = message(file(data[:-8] + bytes(8)))
    assert said.startswith("v.txt, byte ") and "the gzip data is damaged (" in said
    assert said.endswith("Fetch or copy the file again.")


@pytest.mark.parametrize("packing", PACKINGS)
def test_files_packed_in_several_members_are_read_whole(file, packing):
    pack = PACKINGS[packing]
    vectors = read_vectors(file(pack(b"2 2\na 1 2\n") + pack(b"b 3 4\n")))
    assert list(vectors.words) == ["a", "b"]


class Harmful:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was opened')",))


def harmful_files():
    torch = io.BytesIO()
    with zipfile.ZipFile(torch, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Harmful()))
    objects = io.BytesIO()
    np.save(objects, np.array([Harmful()], dtype=object), allow_pickle=True)
    for protocol in range(6):
        yield f"pickle {protocol}", pickle.dumps(Harmful(), protocol)
    yield "torch", torch.getvalue()
    yield "npy of objects", objects.getvalue()
    yield "hdf5", b"\x89HDF\r\n\x1a\n" + bytes(100)
    yield "packed pickle", gzip.compress(pickle.dumps(Harmful()))


HARMFUL_FILES = dict(harmful_files())


@pytest.mark.parametrize("name", HARMFUL_FILES)
def test_pickles_in_any_disguise_are_refused(file, name):
    content = HARMFUL_FILES[name]
    for options in ({}, *({"format": known} for known in FORMATS)):
        with pytest.raises(UnsafeFileError, match="opening it can run code, so it is never opened"):
            read_vectors(file(content, "model.txt"), **options)


def test_a_model_that_gensim_saved_is_refused(tmp_path):
    models = pytest.importorskip("gensim.models", reason="gensim is the peer")
    keyed = models.KeyedVectors(2)
    keyed.add_vectors(["a"], np.ones((1, 2), np.float32))
    keyed.save(str(tmp_path / "gensim.model"))
    with pytest.raises(UnsafeFileError, match="export the vectors in word2vec format"):
        read_vectors(tmp_path / "gensim.model")


def test_paths_that_are_no_files_are_named(tmp_path, fruit_folder):
    assert "cannot be opened: No such file or directory" in message(tmp_path / "none")
    assert "expected a file, found a folder. Open a folder that lexloom saved" in message(
        fruit_folder
    )
    with pytest.raises(StorageError):
        read_vectors("nul\0byte")


@pytest.fixture
def fruit_folder(tmp_path):
    WordVectors(["a"], [[1.0]]).save(tmp_path / "folder")
    return tmp_path / "folder"


def test_every_cut_of_a_binary_file_is_noticed(file):
    whole = binary(4, 3)
    n_refused = 0
    for stop in range(len(whole) - 1):  # the last newline may be missing, as gensim leaves it out
        with pytest.raises(FormatError):
            read_vectors(file(whole[:stop], "v.bin"))
        n_refused += 1
    assert n_refused == len(whole) - 1 > 60
    assert len(read_vectors(file(whole[:-1], "v.bin"))) == 4


def test_every_cut_of_a_text_file_is_noticed_or_a_shorter_last_number(file):
    whole = b"3 2\nab 1.5 2\ncd 3 4\nef 5 6.25\n"
    outcomes = []
    for stop in range(len(whole)):
        try:
            outcomes.append(len(read_vectors(file(whole[:stop]))))
        except FormatError:
            outcomes.append(0)
    assert len(outcomes) == len(whole) and set(outcomes) == {0, 3}
    assert outcomes.count(3) == len(".25\n") + 1 - 1  # "6", "6.", "6.2", "6.25" all are numbers


def test_every_changed_byte_of_a_header_is_survived(file):
    for whole in (binary(2, 2), b"2 2\na 1 2\nb 3 4\n"):
        n_refused = 0
        for place in range(4):
            for byte in range(0, 256, 3):
                changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
                try:
                    found = read_vectors(file(changed))
                except FormatError:
                    n_refused += 1
                else:
                    assert len(found) <= 3 and np.isfinite(found.matrix).all()
        assert 0 < n_refused < 4 * 86


LIMITED = """
import resource, sys, time
from lexloom.errors import LexloomError
from lexloom.vectors.formats import read_vectors
read_vectors(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    begin = time.monotonic()
    try:
        read_vectors(path)
    except LexloomError as error:
        assert time.monotonic() - begin < 5, path
        continue
    raise SystemExit(f"{path} was read")
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert grown < 160 << 10, f"{grown} KiB more"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_hostile_files_cost_little_memory_and_time(file):
    good = file("1 1\na 1\n", "good.txt")
    bombs = [
        file("9999999999 300\na 1 2\n", "rows"),
        file("1 1048576\na 1 2\n", "width"),
        file(b"9999999999 1048576\na " + bytes(100), "both"),
        file(gzip.compress(b"9999999999 1000000\n" + bytes(100 << 20)), "zeros.gz"),
        file(gzip.compress(b"9999999999 1000000\na" + b"1" * (100 << 20)), "ones.gz"),
        file(gzip.compress(b"a 1 " + b" " * (100 << 20)), "blanks.gz"),
    ]
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, good, *bombs], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0


@pytest.mark.parametrize("word", ["a b", "a\nb", "a\tb", "a\rb", "\x0b", "\x0c", "new york"])
@pytest.mark.parametrize("format", WRITTEN)
def test_words_a_format_cannot_keep_are_refused(tmp_path, word, format):
    vectors = WordVectors(["x", word, "y", "an other", "z"], np.eye(5))
    path = tmp_path / "v"
    for dry_run in (True, False):
        with pytest.raises(FormatError) as caught:
            write_vectors(vectors, path, format=format, dry_run=dry_run)
        assert str(caught.value) == (
            "2 of 5 words hold a blank, an end of line or a NUL, which this format cannot keep; "
            f"the first is {word!r}. Pass replace_blanks='_', or save the vectors as a folder, "
            "which keeps any word."
        )
    assert not list(tmp_path.iterdir())
    write_vectors(vectors, path, format=format, replace_blanks="_")
    assert read_vectors(path).words[1] == "".join("_" if c in " \t\r\n\v\f" else c for c in word)


def test_a_nul_of_an_artefact_reaches_no_other_program(tmp_path):
    # An artefact may have been written by anybody, and its words are not all looked at.
    words = Vocabulary.from_table(pa.table({"word": pa.array(["a\0b"], pa.large_string())}))
    for format in WRITTEN:
        with pytest.raises(FormatError, match=r"1 of 1 words .* is 'a.x00b'"):
            write_vectors(WordVectors(words, [[1.0]]), tmp_path / "v", format=format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("word", "number", "said"),
    [
        ("7", 3.0, "the first row, '7 3', would be read as a header, which this format has none"),
        ("\ufeffa", 0.5, "the first word, '\\ufeffa', begins with a byte order mark, which at the"),
    ],
)
def test_a_first_row_that_glove_cannot_hold_is_refused(tmp_path, word, number, said):
    path = tmp_path / "v.txt"
    with pytest.raises(FormatError) as caught:
        write_vectors(WordVectors([word, "b"], [[number], [0.5]]), path, format="glove")
    assert str(caught.value).startswith(said) and not list(tmp_path.iterdir())
    write_vectors(WordVectors(["b", word], [[number], [0.5]]), path, format="glove")
    assert read_vectors(path).words == ["b", word]


def test_words_without_place_in_floret_are_refused_too(tmp_path):
    table = NgramTable(Ngrams(buckets=4, hashes=2), range(4), np.eye(4))
    vectors = SubwordVectors(["a b"], np.eye(4)[:1], table=table)
    with pytest.raises(FormatError, match="1 of 1 words hold a blank"):
        write_vectors(vectors, tmp_path / "v.floret")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format", WRITTEN)
def test_other_control_characters_are_kept(tmp_path, format):
    kept = [chr(code) for code in (*range(1, 9), *range(0x0E, 0x20), *range(0x7F, 0xA1))]
    words = [word for char in kept for word in (char, f"a{char}", f"{char}a", f"a{char}b")]
    vectors = WordVectors(words, np.ones((len(words), 2)))
    write_vectors(vectors, tmp_path / "v", format=format)
    assert read_vectors(tmp_path / "v").words == words


def test_nothing_is_overwritten_or_left_half_written(tmp_path, monkeypatch):
    vectors = WordVectors(["a", "b"], np.eye(2))
    path = tmp_path / "v.txt"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError, match="already exists"):
        write_vectors(vectors, path)
    assert path.read_text(encoding="utf-8") == "mine"
    write_vectors(vectors, path, force=True)
    assert len(read_vectors(path)) == 2

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("lexloom.vectors.formats.word2vec_text.write_text_rows", fail)
    with pytest.raises(MemoryError):
        write_vectors(vectors.restrict(1), path, force=True)
    assert len(read_vectors(path)) == 2
    assert [found.name for found in tmp_path.iterdir()] == ["v.txt"]


def test_formats_that_are_not_written_are_named(tmp_path):
    vectors = WordVectors(["a"], [[1.0]])
    with pytest.raises(SettingError) as caught:
        write_vectors(vectors, tmp_path / "v.txt", format="fasttext")
    assert str(caught.value) == (
        "format 'fasttext' is read but not written. Pass format= with one of 'word2vec_text', "
        "'word2vec_binary', 'glove', 'fasttext_bin', 'floret'."
    )
    with pytest.raises(
        SettingError, match=r"the name must end with one of \.txt, \.vec, \.bin, \.floret, got"
    ):
        write_vectors(vectors, tmp_path / "v.gz")


def test_a_hostile_line_is_refused_quickly(file):
    begin = time.monotonic()
    assert "expected 9 numbers" in message(file("1 9\n" + "a " * 500_000 + "\n"))
    assert time.monotonic() - begin < 20
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_vectors(file("\ufeff1 1\r\na 1\r\n\r\n"))
