"""Formats beside the programs they come from."""

import json
import os
import struct
import subprocess
import sys
import warnings

import numpy as np
import pytest

from lexloom.errors import FormatError
from lexloom.static.fasttext import FastText
from lexloom.text.corpus import Corpus
from lexloom.vectors.formats import detect, read_vectors, text_rows, write_vectors
from lexloom.vectors.formats.fasttext_arguments import CBOW, HIERARCHICAL_SOFTMAX, Arguments
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from lexloom.vectors.word_vectors import WordVectors


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    scale = 10.0 ** rng.integers(-12, 12, (500, 1))
    words = [f"词{i}" for i in range(498)] + ["na\u00efve", "\u00a0"]
    return WordVectors(words, rng.standard_normal((500, 17)) * scale)


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v.bin"])
def test_gensim_reads_what_is_written(tmp_path, vectors, name):
    models = pytest.importorskip("gensim.models", reason="gensim is the peer")
    write_vectors(vectors, tmp_path / name)
    read = models.KeyedVectors.load_word2vec_format(tmp_path / name, binary=name == "v.bin")
    assert read.index_to_key == list(vectors.words)
    assert np.array_equal(read.vectors, vectors.matrix)


def test_gensim_reads_what_is_written_as_glove(tmp_path, vectors):
    models = pytest.importorskip("gensim.models", reason="gensim is the peer")
    path = tmp_path / "v.txt"
    write_vectors(vectors, path, format="glove")
    read = models.KeyedVectors.load_word2vec_format(path, no_header=True)
    assert read.index_to_key == list(vectors.words)
    assert np.array_equal(read.vectors, vectors.matrix)
    assert detect(path) == "glove" and read_vectors(path).words == vectors.words


@pytest.mark.parametrize("is_binary", [False, True])
def test_what_gensim_writes_is_read(tmp_path, vectors, is_binary):
    models = pytest.importorskip("gensim.models", reason="gensim is the peer")
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(list(vectors.words), vectors.matrix)
    peer.save_word2vec_format(str(tmp_path / "peer"), binary=is_binary)
    assert detect(tmp_path / "peer") == ("word2vec_binary" if is_binary else "word2vec_text")
    read = read_vectors(tmp_path / "peer")
    assert read.words == vectors.words and np.array_equal(read.matrix, vectors.matrix)
    peer.save_word2vec_format(str(tmp_path / "glove"), write_header=False)
    assert detect(tmp_path / "glove") == "glove"
    read = read_vectors(tmp_path / "glove")
    assert read.words == vectors.words and np.array_equal(read.matrix, vectors.matrix)


TRAIN_FASTTEXT = """
import fasttext, json, sys
settings = {"dim": 5, "minCount": 1, "epoch": 1, "thread": 1, "bucket": 1000, "lr": 0.01}
settings |= json.loads(sys.argv[3])
fasttext.train_unsupervised(sys.argv[1], **settings).save_model(sys.argv[2])
"""


def train_fasttext(text, model, **settings):
    """Train in a process whose fresh memory is zero: fastText reads some that it has not set.

    With what it finds there it now and then stops and says "Encountered NaN".
    """
    command = [sys.executable, "-c", TRAIN_FASTTEXT, str(text), str(model), json.dumps(settings)]
    zeroed = os.environ | {"MALLOC_PERTURB_": "255"}
    subprocess.run(command, env=zeroed, check=True, capture_output=True)


def test_what_fasttext_writes_is_read(tmp_path):
    fasttext = pytest.importorskip("fasttext", reason="fastText is the peer")
    text = tmp_path / "text"
    text.write_text("the cat sat on the mat . the dog sat on the log .\n" * 50, encoding="utf-8")
    train_fasttext(text, tmp_path / "model.bin")
    model = fasttext.load_model(str(tmp_path / "model.bin"))
    path = tmp_path / "model.vec"
    with path.open("w", encoding="utf-8") as file:  # as fastText's own C++ writes it
        file.write(f"{len(model.words)} {model.get_dimension()}\n")
        for word in model.words:
            numbers = " ".join(f"{x:.5g}" for x in model.get_word_vector(word))
            file.write(f"{word} {numbers} \n")
    assert detect(path) == "fasttext"
    read = read_vectors(path)
    assert list(read.words) == model.words and "</s>" in read
    assert read["cat"] == pytest.approx(model.get_word_vector("cat"), rel=1e-4)


UNSEEN = ["catty", "dogged", "猫", "naïve", "🙂"]


@pytest.mark.parametrize("lengths", [(3, 6), (1, 2), (0, 0)])
def test_models_of_fasttext_come_and_go(tmp_path, lengths):
    fasttext = pytest.importorskip("fasttext", reason="fastText is the peer")
    text = tmp_path / "text"
    text.write_text("the cat sat on the mat . 中国 人民 🙂🙂 été\n" * 50, encoding="utf-8")
    train_fasttext(text, tmp_path / "model.bin", minn=lengths[0], maxn=lengths[1])
    model = fasttext.load_model(str(tmp_path / "model.bin"))
    assert detect(tmp_path / "model.bin") == "fasttext_bin"
    read = read_vectors(tmp_path / "model.bin")
    asked = [*model.words, *(UNSEEN if lengths[1] else [])]
    assert list(read.words) == model.words and "</s>" in read
    assert read.counts.tolist() == model.get_words(include_freq=True)[1].tolist()
    theirs = np.array([model.get_word_vector(word) for word in asked])
    assert read[asked] == pytest.approx(theirs, abs=1e-5)
    assert np.array_equal(read.output_matrix, model.get_output_matrix())
    write_vectors(read, tmp_path / "ours.bin", format="fasttext_bin")
    again = fasttext.load_model(str(tmp_path / "ours.bin"))
    assert again.words == model.words
    said, written = (arguments_of(tmp_path / name) for name in ("model.bin", "ours.bin"))
    assert written == said._replace(minn=max(said.minn, 1) if lengths[1] else 0)
    ours = np.array([again.get_word_vector(word) for word in asked])
    assert ours == pytest.approx(theirs, abs=1e-5)


def arguments_of(path):
    return Arguments(*struct.unpack("<12id", path.read_bytes()[8:64]))


@pytest.mark.parametrize("through_a_folder", [False, True])
def test_the_arguments_of_a_model_of_fasttext_are_written_again(tmp_path, through_a_folder):
    table = NgramTable(Ngrams(min_n=2, max_n=4, buckets=4), [0, 1, 3], np.ones((3, 2)))
    write_vectors(SubwordVectors(["cat", "熊猫"], np.eye(2), table=table), tmp_path / "said.bin")
    said = Arguments(2, 9, 13, 7, 11, 2, HIERARCHICAL_SOFTMAX, CBOW, 4, 2, 4, 333, 0.0375)
    content = (tmp_path / "said.bin").read_bytes()
    changed = content[:8] + struct.pack("<12id", *said) + content[64:]
    (tmp_path / "said.bin").write_bytes(changed)
    read = read_vectors(tmp_path / "said.bin")
    if through_a_folder:
        read.save(tmp_path / "kept")
        read = SubwordVectors.load(tmp_path / "kept")
    write_vectors(read, tmp_path / "again.bin")
    assert arguments_of(tmp_path / "again.bin") == said
    write_vectors(
        WordVectors(read.words, read.matrix, settings=read.settings),
        tmp_path / "w",
        format="fasttext_bin",
    )  # what the file holds is said of the file alone
    without = said._replace(bucket=0, minn=0, maxn=0)
    assert arguments_of(tmp_path / "w") == without


def test_the_settings_of_a_trainer_here_are_told_to_fasttext(tmp_path):
    made = {"window": 3, "epochs": 2, "noise_words": 7, "objective": "cbow", "sample": 0.25}
    vectors = WordVectors(["a"], [[1, 2]], settings={**made, "loss": "hierarchical_softmax"})
    write_vectors(vectors, tmp_path / "v", format="fasttext_bin")
    said = arguments_of(tmp_path / "v")
    assert (said.ws, said.epoch, said.neg, said.model, said.t) == (3, 2, 7, CBOW, 0.25)
    assert said.loss == HIERARCHICAL_SOFTMAX
    assert read_vectors(tmp_path / "v").output_matrix is None


@pytest.mark.parametrize("value", [2**31, "many", None, 0.5])
def test_arguments_that_fasttext_never_wrote_are_refused(tmp_path, value):
    vectors = WordVectors(["a"], [[1, 2]], settings={"fasttext": {"epoch": value}})
    with pytest.raises(FormatError, match="settings of fastText that it could not have written"):
        write_vectors(vectors, tmp_path / "v", format="fasttext_bin")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("hashes", "keeper"), [(0, "fastText .bin"), (2, "floret")])
@pytest.mark.parametrize(
    ("format", "title"),
    [
        ("word2vec_text", "word2vec text"),
        ("word2vec_binary", "word2vec binary"),
        ("glove", "GloVe text"),
    ],
)
def test_lost_ngrams_are_told_once(tmp_path, hashes, keeper, format, title):
    table = NgramTable(Ngrams(buckets=4, hashes=hashes), range(4), np.eye(4))
    vectors = SubwordVectors(["a", "b"], np.eye(4)[:2], table=table)
    with pytest.warns(UserWarning) as told:
        write_vectors(vectors, tmp_path / "v", format=format)
    assert [str(warning.message) for warning in told] == [
        f"{title} does not keep n-grams: words outside the vocabulary will have no vector. "
        f"{keeper} keeps them, and so does a folder."
    ]
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_vectors(vectors, tmp_path / "w", format="floret" if hashes else "fasttext_bin")
        write_vectors(WordVectors(["a"], [[1.0]]), tmp_path / "u", format=format)


def test_ngrams_without_words_are_not_written_as_words(tmp_path):
    table = NgramTable(Ngrams(buckets=4, hashes=2), range(4), np.eye(4))
    vectors = SubwordVectors([], np.empty((0, 4)), table=table)
    with pytest.raises(FormatError) as caught:
        write_vectors(vectors, tmp_path / "v.txt")
    assert str(caught.value) == (
        "word2vec text keeps vectors of words only, and there is not a single word. Write it as "
        "floret, or as a folder."
    )
    assert not list(tmp_path.iterdir())


def test_fasttext_loads_what_was_trained_here(tmp_path):
    fasttext = pytest.importorskip("fasttext", reason="fastText is the peer")
    corpus = Corpus.from_sentences([["the", "cat", "sat", "大熊猫"]] * 60, min_count=1)
    vectors = FastText(width=7, sample=0.0, threads=1, keep_output=True).fit(corpus)
    write_vectors(vectors, tmp_path / "ours.bin")  # the name and the n-grams say which format
    model = fasttext.load_model(str(tmp_path / "ours.bin"))
    assert model.words == list(vectors.words)
    for word in [*vectors.words, *UNSEEN, "熊猫"]:
        assert model.get_word_vector(word) == pytest.approx(vectors[word], abs=1e-5)
    read = read_vectors(tmp_path / "ours.bin", limit=2)
    assert isinstance(read, SubwordVectors) and len(read) == 2
    assert read.table.buckets.tolist() == vectors.table.buckets.tolist()
    assert read[UNSEEN] == pytest.approx(vectors[UNSEEN], abs=1e-6)


def binary_row(word, numbers):
    return word + b" " + np.array(numbers, "<f4").tobytes() + b"\n"


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b"1 8\n" + b"C " + b"(C)\\" * 8 + b"\n", "word2vec_binary"),
        (b"1 8\n" + b"C " + b"(C)\\" * 8, "word2vec_binary"),
        (b"2 1\n" + binary_row(b"a", [1]) + binary_row(b"b", [-0.25]), "word2vec_binary"),
        (b"1 1\n" + binary_row(b"7", [2e-38]), "word2vec_binary"),
        (b"1 1\nw 0.25\n", "word2vec_text"),
        (b"1 2\nw 1,2 3,4\n", "word2vec_text"),
        (b"1 1\nw nan\n", "word2vec_text"),
        (b"1 1\nw 0.25 \n", "fasttext"),
        (b"2 1\nw 0.25\nv 0.5", "word2vec_text"),
    ],
)
def test_tiny_files_are_told_apart(tmp_path, content, format):
    (tmp_path / "tiny").write_bytes(content)
    assert detect(tmp_path / "tiny") == format


def test_a_binary_file_of_readable_bytes_is_read(tmp_path):
    row = np.frombuffer(b"(C)\\" * 8, "<f4")
    write_vectors(WordVectors(["C"], row[None]), tmp_path / "v.bin")
    assert np.array_equal(read_vectors(tmp_path / "v.bin").matrix[0], row)


@pytest.mark.parametrize("before", [b"", b"a", b"abc", b"a b "])
def test_a_line_end_among_its_first_numbers_makes_no_text_of_a_binary_file(tmp_path, before):
    numbers = np.random.default_rng(0).standard_normal((900, 100)).astype(np.float32)
    begin = np.frombuffer(before + b"\n", np.uint8)
    numbers[0].view(np.uint8)[: len(begin)] = begin
    write_vectors(WordVectors([f"w{i}" for i in range(900)], numbers), tmp_path / "v.bin")
    assert detect(tmp_path / "v.bin") == "word2vec_binary"


def test_small_chunks_change_nothing(tmp_path, vectors, monkeypatch):
    lines = [
        f"{w} " + " ".join(map(repr, row))
        for w, row in zip(vectors.words, vectors.matrix.astype(float).tolist(), strict=True)
    ]
    lines[7] = lines[7].replace(" ", "  ", 3)
    lines[9] = "two words " + lines[9].split(" ", 1)[1]
    path = tmp_path / "v.txt"
    path.write_text(f"500 17\n{chr(10).join(lines)}", encoding="utf-8")
    whole = read_vectors(path)
    assert whole.words[9] == "two words" and len(whole) == 500
    for n_bytes in (1, 7, 1000, 70_000):
        monkeypatch.setattr(text_rows, "CHUNK_BYTES", n_bytes)
        again = read_vectors(path, limit=60 if n_bytes < 1000 else None)
        assert list(again.words) == list(whole.words)[: len(again)]
        assert np.array_equal(again.matrix, whole.matrix[: len(again)])


def test_small_chunks_change_nothing_in_a_binary_file(tmp_path, vectors, monkeypatch):
    write_vectors(vectors, tmp_path / "v.bin")
    for n_bytes in (5, 1000):
        monkeypatch.setattr("lexloom.vectors.formats.word2vec_binary.CHUNK_BYTES", n_bytes)
        again = read_vectors(tmp_path / "v.bin")
        assert again.words == vectors.words and np.array_equal(again.matrix, vectors.matrix)


def test_headers_are_two_whole_numbers():
    assert text_rows.header_of(b"12 300\r") == (12, 300)
    for line in (
        b"",
        b"12",
        b"1 2 3",
        b"a 2",
        b"1.0 2",
        b"-1 2",
        "１ ２".encode(),
        b"9" * 30 + b" 2",
    ):
        assert text_rows.header_of(line) is None
