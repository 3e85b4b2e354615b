"""Round trips of any vectors, numbers read as Python reads them, and any bytes at all."""

import gzip
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lexloom.errors import FormatError
from lexloom.vectors.formats import FORMATS, read_vectors, write_vectors
from lexloom.vectors.word_vectors import WordVectors

WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\v\f\r\0"), min_size=1
)
ANY_WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False)
quiet = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def some_vectors(draw, word=WORD):
    words = draw(st.lists(word, min_size=1, max_size=8, unique=True))
    width = draw(st.integers(1, 12))
    return WordVectors(words, draw(arrays(np.float32, (len(words), width), elements=FLOAT)))


@pytest.mark.parametrize("format", ["word2vec_text", "word2vec_binary", "glove", "fasttext_bin"])
@quiet
@given(vectors=some_vectors())
def test_what_is_written_is_read(tmp_path, format, vectors):
    path = tmp_path / "vectors"
    try:
        write_vectors(vectors, path, format=format, force=True)
    except FormatError:
        assert format == "glove" and (vectors.width == 1 or vectors.words[0].startswith("\ufeff"))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = read_vectors(path)
    assert list(again.words) == list(vectors.words)
    assert np.array_equal(again.matrix.view(np.uint32), vectors.matrix.view(np.uint32))


@quiet
@given(vectors=some_vectors(ANY_WORD))
def test_any_word_is_kept_or_refused_but_never_changed(tmp_path, vectors):
    path = tmp_path / "vectors.txt"
    try:
        write_vectors(vectors, path, force=True)
    except FormatError:
        assert any(set(word) & set(" \t\n\v\f\r") for word in vectors.words)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert list(read_vectors(path).words) == list(vectors.words)


DECIMAL = st.from_regex(
    r"\A[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?\Z"
)


@quiet
@given(st.lists(st.one_of(DECIMAL, FLOAT.map(repr), st.floats(-1e30, 1e30).map(repr)), min_size=1))
def test_numbers_are_read_as_python_reads_them(tmp_path, fields):
    path = tmp_path / "v.txt"
    path.write_text(f"1 {len(fields)}\nw {' '.join(fields)}\n", encoding="ascii")
    with np.errstate(over="ignore"):
        expected = np.array([float(field) for field in fields]).astype(np.float32)
    if not np.isfinite(expected).all():
        with pytest.raises(FormatError, match="NaN or infinity"):
            read_vectors(path)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = read_vectors(path).matrix[0]
    assert np.array_equal(read.view(np.uint32), expected.view(np.uint32))


def test_numbers_between_two_floats_are_read_as_python_reads_them(tmp_path):
    rng = np.random.default_rng(0)
    low = rng.integers(1 << 24, 254 << 23, 2000, dtype=np.uint32).view(np.float32)
    middle = (low.astype(np.float64) + np.nextafter(low, np.float32(np.inf))) / 2
    fields = []
    for value in middle.tolist():
        for beside in (np.nextafter(value, 0), value, np.nextafter(value, np.inf)):
            fields += [f"{beside:.17g}", f"{beside:.25e}"]
    path = tmp_path / "v.txt"
    path.write_text(f"1 {len(fields)}\nw {' '.join(fields)}\n", encoding="ascii")
    expected = np.array([float(field) for field in fields]).astype(np.float32)
    assert np.array_equal(read_vectors(path, format="word2vec_text").matrix[0], expected)


LINE = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"2 3", b"a 1 2 3", b"b 0.5 -1e3 nan", b"c 1 2", b"", b" ", b"1 2 3 4", b"a b c"]
    ),
)


@pytest.mark.parametrize("packing", [bytes, gzip.compress])
@quiet
@given(lines=st.lists(LINE, max_size=6), format=st.sampled_from([None, *FORMATS]))
def test_any_bytes_are_read_or_refused(tmp_path, packing, lines, format):
    path = tmp_path / "junk"
    path.write_bytes(packing(b"\n".join(lines)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            vectors = read_vectors(path, format=format, on_duplicate="first")
        except FormatError as error:
            assert error.path == str(path)
        else:
            assert np.isfinite(vectors.matrix).all()
