"""Each verb does what the library does, and shows it to people and to machines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import lexloom
from lexloom.cli.app import VERBS
from lexloom.vectors.ngram_table import NgramTable
from lexloom.vectors.ngrams import Ngrams
from lexloom.vectors.subword_vectors import SubwordVectors
from tests.cli.conftest import ROOMS, Cli
from tests.conftest import Child

TRAINING = ["--width", "16", "--epochs", "3", "--threads", "1", "--min-count", "1"]


def names(folder: Path) -> set[str]:
    """Name what is in a folder, but for files that only locks use."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_corpus_reads_what_the_library_reads(cli: Cli, here: Path):
    answer = cli("corpus", "rooms.txt", "--out", "rooms.corpus", "--language", "en", "--json")
    corpus = lexloom.load("rooms.corpus")
    assert answer.code == 0
    assert answer.data["n_words"] == corpus.n_words == 600 * 8
    assert answer.data["fingerprint"] == corpus.fingerprint
    assert "kitchen" in corpus.vocabulary


def test_corpus_says_what_it_made(cli: Cli, here: Path):
    answer = cli("corpus", "rooms.txt", "--out", "rooms.corpus", "--language", "en")
    assert answer.out == "rooms.corpus: 4,800 words, 18 different, 600 sentences, 600 documents\n"


def test_corpus_says_which_language_it_chose(cli: Cli, here: Path):
    answer = cli("corpus", "rooms.txt", "--out", "rooms.corpus")
    assert "language: en" in answer.err
    assert cli("corpus", "rooms.txt", "--out", "b", "--quiet").err == ""


def test_corpus_reads_standard_input(lexloom: Child, tmp_path: Path):
    done = lexloom("corpus", "-", "--out", "c", "--min-count", "1", "--json", stdin=b"a b a\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_words"] == 3


def test_corpus_takes_a_user_dictionary(cli: Cli, here: Path):
    (here / "zh.txt").write_text("蓝瘦香菇真好\n" * 5, encoding="utf-8")
    (here / "words.txt").write_text("蓝瘦香菇 1000000\n", encoding="utf-8")
    answer = cli(
        "corpus", "zh.txt", "--out", "c", "--language", "zh", "--user-dictionary", "words.txt"
    )
    assert answer.code == 0, answer.err
    assert "蓝瘦香菇" in lexloom.load("c").vocabulary


def test_train_from_raw_text_keeps_the_corpus_beside(cli: Cli, here: Path):
    answer = cli("train", "word2vec", "rooms.txt", "--out", "v", *TRAINING, "--json")
    assert answer.code == 0, answer.err
    assert names(here) == {"rooms.txt", "v", "v.corpus"}
    assert answer.data["n_words"] == 18
    assert answer.data["width"] == lexloom.load("v").width == 16


def test_train_fasttext_knows_words_never_seen(cli: Cli, here: Path):
    flags = ["--buckets", "500", "--min-n", "2", "--max-n", "3"]
    answer = cli("train", "fasttext", "rooms.txt", "--out", "v", *TRAINING, *flags)
    assert answer.code == 0, answer.err
    assert lexloom.load("v").table.ngrams.buckets == 500
    answer = cli("neighbors", "v", "appples", "-n", "2", "--json")
    assert answer.code == 0 and len(answer.data["neighbors"]) == 2, answer.err
    assert cli("convert", "v", "v.bin").code == 0
    assert cli("neighbors", "v.bin", "appples", "-n", "2", "--json").data == answer.data
    assert (
        cli("train", "fasttext", "v.corpus", "--out", "w", "--start", "v.bin", *TRAINING[:6]).code
        == 0
    )
    answer = cli("train", "fasttext", "v.corpus", "--out", "x", "--min-n", "7")
    assert answer.code == 2
    assert answer.err == "error: min_n must be at most max_n, got min_n=7 and max_n=6.\n"


def test_train_from_a_corpus(cli: Cli, here: Path):
    assert cli("corpus", "rooms.txt", "--out", "c", "--language", "en").code == 0
    answer = cli("train", "word2vec", "c", "--out", "v", *TRAINING)
    assert answer.code == 0, answer.err
    assert names(here) == {"rooms.txt", "c", "v"}


def test_vectors_of_rooms_know_their_things(cli: Cli, here: Path):
    words = ["--width", "16", "--epochs", "20", "--threads", "1", "--min-count", "1"]
    assert cli("train", "word2vec", "rooms.txt", "--out", "v", *words).code == 0
    answer = cli("neighbors", "v", *ROOMS, "-n", "5", "--json")
    for found, (room, things) in zip(answer.data, ROOMS.items(), strict=True):
        assert found["word"] == room
        assert {near["word"] for near in found["neighbors"]} == set(things)


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--width", "0", "error: width must be at least 1, got 0.\n"),
        ("--epochs", "-1", "error: epochs must be at least"),
        ("--width", "wide", "error: Invalid value for --width: it must be a whole"),
    ],
)
def test_train_refuses_a_setting_out_of_range(
    cli: Cli, here: Path, flag: str, value: str, message: str
):
    answer = cli("train", "word2vec", "rooms.txt", "--out", "v", flag, value)
    assert answer.code == 2
    assert answer.err.startswith(message)
    assert names(here) == {"rooms.txt"}


def test_nothing_is_overwritten_without_force(cli: Cli, here: Path):
    assert cli("corpus", "rooms.txt", "--out", "c").code == 0
    before = (here / "c" / "manifest.json").read_bytes()
    again = cli("corpus", "rooms.txt", "--out", "c", "--min-count", "2")
    assert again.code == 1
    assert again.err.startswith("error: c: already exists. Choose another folder")
    assert (here / "c" / "manifest.json").read_bytes() == before
    assert cli("corpus", "rooms.txt", "--out", "c", "--min-count", "2", "--force").code == 0
    assert (here / "c" / "manifest.json").read_bytes() != before


@pytest.mark.parametrize(
    "words",
    [
        ["corpus", "rooms.txt", "--out", "made"],
        ["train", "word2vec", "rooms.txt", "--out", "made"],
        ["convert", "fruit.txt", "made"],
        ["convert", "fruit.txt", "made.bin"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_rehearsal_leaves_no_trace(cli: Cli, here: Path, vectors: Path, words: list[str]):
    answer = cli(*words, "--dry-run")
    assert answer.code == 0, answer.err
    assert answer.out
    assert {path.name for path in here.iterdir()} == {"rooms.txt", "fruit.txt"}


def test_a_rehearsal_of_training_says_what_it_would_take(cli: Cli, here: Path):
    answer = cli("train", "word2vec", "rooms.txt", "--out", "v", "--dry-run", "--json", *TRAINING)
    assert answer.code == 0, answer.err
    assert answer.data["settings"]["width"] == 16
    assert answer.data["estimate"]["n_words"] > 0


def test_a_rehearsal_finds_what_is_in_the_way(cli: Cli, here: Path):
    missing = cli("corpus", "nowhere.txt", "--out", "c", "--dry-run")
    assert missing.code == 1
    assert "nowhere.txt" in missing.err
    (here / "c").mkdir()
    (here / "c" / "mine.txt").write_text("mine", encoding="utf-8")
    taken = cli("corpus", "rooms.txt", "--out", "c", "--dry-run")
    assert taken.code == 1
    assert taken.err.startswith("error: c: already exists.")


def test_neighbors_for_people(cli: Cli, vectors: Path):
    answer = cli("neighbors", vectors, "apple", "汽车", "-n", "2")
    assert answer.out == (
        "apple\n   0.994  pear\n   0.110  bus\n\n汽车\n   0.994  bus\n   0.110  pear\n"
    )


def test_neighbors_of_a_word_that_is_missing_names_the_nearest(cli: Cli, vectors: Path):
    answer = cli("neighbors", vectors, "aple")
    assert answer.code == 1
    assert answer.err == "error: 'aple' is not among the 4 words. Nearest spellings: apple.\n"


def test_neighbors_names_all_missing_words_before_it_answers(cli: Cli, vectors: Path):
    answer = cli("neighbors", vectors, "apple", "aple", "buss", "aple", "zzz")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "error: 'aple', 'buss', 'zzz' are not among the 4 words. "
        "Nearest spellings: 'aple': apple; 'buss': bus.\n"
    )


def test_neighbors_passes_over_blank_lines(lexloom: Child, vectors: Path):
    done = lexloom("neighbors", "fruit.txt", "-", "-n", "1", stdin=b"apple\n\nbus\n")
    assert done.stdout == "apple\n   0.994  pear\n\nbus\n   0.994  汽车\n".encode()


@pytest.mark.parametrize(
    "words",
    [
        ["neighbors", "friut.txt", "apple"],
        ["analogy", "friut.txt", "apple", "pear", "bus"],
        ["evaluate", "friut.txt"],
        ["convert", "friut.txt", "out"],
        ["train", "word2vec", "friut.txt", "--out", "v"],
        ["train", "word2vec", "rooms.txt", "--out", "v", "--start", "friut.txt"],
        ["corpus", "friut.txt", "--out", "c"],
        ["check", "friut.txt"],
        ["show", "friut.txt"],
    ],
    ids=lambda words: f"{words[0]}-{len(words)}",
)
def test_every_verb_says_in_the_same_words_what_is_missing(
    cli: Cli, here: Path, vectors: Path, words: list[str]
):
    answer = cli(*words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "error: friut.txt: does not exist. Did you mean fruit.txt?\n"
    assert names(here) == {"rooms.txt", "fruit.txt"}


@pytest.mark.parametrize(
    "words",
    [
        ["corpus", "rooms.txt", "--out", "taken"],
        ["train", "word2vec", "rooms.txt", "--out", "taken"],
        ["convert", "fruit.txt", "taken"],
    ],
    ids=lambda words: words[0],
)
def test_every_verb_says_in_the_same_words_what_is_in_the_way(
    cli: Cli, here: Path, vectors: Path, words: list[str]
):
    assert cli("convert", vectors, "taken").code == 0
    answer = cli(*words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "error: taken: already exists. Choose another folder, or replace it with --force.\n"
    )
    assert names(here) == {"rooms.txt", "fruit.txt", "taken"}


def test_advice_is_given_in_options(cli: Cli, vectors: Path, here: Path):
    (here / "cut.txt").write_text("3 2\na 1.00 0.00\nb 0.00 1.00\n", encoding="utf-8")
    answer = cli("neighbors", "cut.txt", "a")
    assert answer.code == 1
    assert answer.err.endswith("read what is there (--limit 2).\n")
    answer = cli("corpus", "cut.txt", "--out", "c", "--min-count", "9", "--json")
    assert answer.fault["fix"] == "Lower it: --min-count 2 would keep the most frequent."


def test_analogy_asks_both_ways(cli: Cli, vectors: Path):
    sums = cli("analogy", vectors, "apple", "pear", "汽车", "--json").data
    products = cli(
        "analogy", vectors, "apple", "pear", "汽车", "--method", "3cosmul", "--json"
    ).data
    assert sums["question"] == ["apple", "pear", "汽车"]
    assert sums["answers"][0]["word"] == products["answers"][0]["word"] == "bus"


def test_evaluate_by_a_set_and_by_the_built_in_check(cli: Cli, vectors: Path, here: Path):
    (here / "pairs.tsv").write_text(
        "apple\tpear\t9\nbus\t汽车\t8\napple\t汽车\t1\n", encoding="utf-8"
    )
    answer = cli("evaluate", vectors, "--set", "pairs.tsv", "--set", "pairs.tsv", "--json")
    assert [each["n_known"] for each in answer.data["results"]] == [3, 3]
    assert "Spearman" in cli("evaluate", vectors, "--set", "pairs.tsv").out
    assert cli("evaluate", vectors).out.startswith(
        "of the 361 built-in Chinese and English words 2 are known, too few to ask; give --set FILE"
    )


def test_neighbors_warns_once_of_words_made_of_nothing(cli: Cli, here: Path):
    table = NgramTable(Ngrams(buckets=10**6), [0], np.ones((1, 2)))
    SubwordVectors(["a", "b"], np.eye(2), table=table).save("v")
    answer = cli("neighbors", "v", "xq", "a", "zv")
    assert answer.code == 0
    assert answer.err == (
        "warning: no n-gram of 2 unseen words has a row, so that the vector is zero: 'xq', 'zv'.\n"
    )


def test_convert_there_and_back(cli: Cli, vectors: Path, here: Path):
    assert cli("convert", vectors, "a.vectors").code == 0
    assert cli("convert", "a.vectors", "b.bin").code == 0
    assert cli("convert", "b.bin", "c.txt").code == 0
    assert cli("convert", "c.txt", "d", "--limit", "2").code == 0
    first, last = lexloom.load("a.vectors"), lexloom.load("d")
    assert list(last.words) == ["apple", "pear"]
    np.testing.assert_array_equal(last.matrix, first.matrix[:2])


def test_convert_reads_packed_files(cli: Cli, vectors: Path, here: Path):
    with gzip.open("fruit.vec.gz", "wb") as file:
        file.write(vectors.read_bytes())
    assert cli("convert", "fruit.vec.gz", "a").code == 0
    assert len(lexloom.load("a")) == 4


def test_convert_to_glove(cli: Cli, vectors: Path, here: Path):
    assert cli("convert", vectors, "g.txt", "--write-as", "glove").code == 0
    first = (here / "g.txt").read_text(encoding="utf-8").split()[0]
    assert cli("convert", "g.txt", "back", "--read-as", "glove").code == 0
    assert lexloom.load("back").words[0] == first == "apple"


def test_convert_to_a_name_nobody_knows(cli: Cli, vectors: Path, here: Path):
    assert cli("convert", vectors, "a.docx", "--dry-run").code == 2
    assert cli("convert", vectors, "a.floret", "--dry-run").code == 1
    answer = cli("convert", vectors, "a.docx")
    assert answer.code == 2
    assert "the name must end with one of .txt, .vec, .bin, .floret, got 'a.docx'." in answer.err
    assert names(here) == {"rooms.txt", "fruit.txt"}


def test_vectors_are_expected_and_a_corpus_is_found(cli: Cli, here: Path):
    assert cli("corpus", "rooms.txt", "--out", "c").code == 0
    answer = cli("neighbors", "c", "kitchen")
    assert answer.code == 1
    assert answer.err == (
        "error: c: expected word vectors, found a corpus. "
        "Train some: lexloom train word2vec c --out c.vectors\n"
    )


def test_show_tells_where_it_came_from(cli: Cli, here: Path):
    assert cli("corpus", "rooms.txt", "--out", "c", "--language", "en").code == 0
    value = cli("show", "c", "--json").data
    assert value["kind"] == "corpus"
    assert value["lineage"]["sources"] == ["rooms.txt"]
    assert value["verified"] is True
    told = cli("show", "c").out
    assert told.startswith("c: Corpus(4,800 words")
    assert "every file as it was written" in told


def test_show_notices_damage(cli: Cli, here: Path):
    assert cli("corpus", "rooms.txt", "--out", "c").code == 0
    path = here / "c" / "ids.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    answer = cli("show", "c")
    assert answer.code == 1
    assert "ids.safetensors" in answer.err


def test_check_looks_into_a_text(cli: Cli, here: Path):
    answer = cli("check", "rooms.txt")
    assert answer.code == 0
    assert "rooms.txt" in answer.out
    value = cli("check", "rooms.txt", "--json").data
    assert value["language"] == "en"


def test_completion_knows_every_verb(cli: Cli):
    for shell in ("bash", "zsh", "fish", "powershell"):
        script = cli("completion", shell)
        assert script.code == 0
        for verb in VERBS:
            assert verb.name.split()[-1] in script.out


def test_the_version_is_told(cli: Cli):
    assert cli("--version").out.strip() == lexloom.__version__


def test_train_begins_with_vectors_that_are_there(cli: Cli, here: Path):
    words = ["train", "word2vec", "rooms.txt", *TRAINING, "--quiet"]
    assert cli(*words, "--out", "first", "--keep-output").code == 0
    (here / "more.txt").write_text("kitchen pan attic\n" * 20, encoding="utf-8")
    words[2] = "more.txt"
    assert cli(*words, "--out", "second", "--start", "first", "--frozen", "pan").code == 0
    first, second = lexloom.load("first"), lexloom.load("second")
    assert "attic" in second.words and set(first.words) < set(second.words)
    assert np.array_equal(first["pan"], second["pan"])
    assert not np.array_equal(first["kitchen"], second["kitchen"])


def test_train_refuses_frozen_words_without_vectors(cli: Cli, here: Path):
    answer = cli("train", "word2vec", "rooms.txt", *TRAINING, "--out", "v", "--frozen", "pan")
    assert answer.code == 2
    assert "error: frozen words need vectors to keep, got none." in answer.err


@pytest.mark.parametrize("text", ["a a a a a a\n", "a\nb\n" * 9])
def test_training_that_is_refused_leaves_no_corpus(cli: Cli, here: Path, text: str):
    (here / "few.txt").write_text(text, encoding="utf-8")
    words = ["train", "word2vec", "few.txt", *TRAINING, "--out", "v"]
    assert cli(*words).err.splitlines()[-1].startswith("error: training needs a")
    assert names(here) == {"rooms.txt", "few.txt"}
    assert cli("corpus", "few.txt", "--out", "c", "--min-count", "1").code == 0
    assert cli("train", "word2vec", "c", "--out", "v").code == 1
    assert names(here) == {"rooms.txt", "few.txt", "c"}


def test_train_stops_by_the_set_it_is_scored_on(cli: Cli, here: Path):
    pairs = ["kitchen\tpan\t9", "garden\trose\t9", "kitchen\trose\t1", "garden\tpan\t1"]
    (here / "pairs.tsv").write_text("\n".join(pairs), encoding="utf-8")
    words = ["train", "word2vec", "rooms.txt", "--width", "16", "--threads", "1", "--out", "v"]
    judged = ["--epochs", "9", "--patience", "2", "--score-on", "pairs.tsv"]
    answer = cli(*words, *judged, "--min-count", "1", "--json")
    assert answer.code == 0, answer.err
    scores = answer.data["score_per_epoch"]
    assert all(-1 <= score <= 1 for score in scores)
    assert len(scores) == min(9, scores.index(max(scores)) + 3)


def test_train_refuses_half_an_epoch(cli: Cli, here: Path):
    answer = cli("train", "word2vec", "rooms.txt", "--out", "v", "--epochs", "2.5")
    assert answer.code == 2
    assert "--epochs: it must be a whole number, got 2.5." in answer.err
    (here / "half.toml").write_text("[train.word2vec]\nwindow = 2.5\n", encoding="utf-8")
    answer = cli("train", "word2vec", "rooms.txt", "--out", "v", "--config", "half.toml")
    assert answer.code == 2
    assert "must be a whole number, got 2.5." in answer.err


def test_train_svd_and_ask_it(cli: Cli, here: Path):
    words = ["train", "svd", "rooms.txt", "--out", "v", "--width", "8", "--min-count", "1"]
    answer = cli(*words, "--json")
    assert answer.code == 0, answer.err
    assert answer.data["n_words"] == 18
    assert cli(*words, "--dry-run").code == 1
    (near,) = cli("neighbors", "v", "kitchen", "-n", "5", "--json").data["neighbors"][:1]
    assert near["word"] in ROOMS["kitchen"]
    assert cli(*words, "--start", "v", "--force").code == 2


def test_train_a_bag_of_words_and_show_it(cli: Cli, here: Path):
    answer = cli("train", "bag-of-words", "rooms.txt", "--out", "b", "--max-n", "2", "--quiet")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("b: 18 words, width ")
    assert names(here) == {"rooms.txt", "b", "b.corpus"}
    assert cli("show", "b").out.startswith("b: BagOfWordsModel(18 words, ")
    asked = cli("neighbors", "b", "pan")
    assert (asked.code, asked.err) == (
        1,
        "error: b: expected word vectors, found a bag of words.\n",
    )
    rehearsed = cli("train", "bag-of-words", "b.corpus", "--out", "c", "--dry-run", "--json")
    assert rehearsed.data["estimate"]["n_words"] == 4800


def write_room_pairs(path: Path) -> None:
    """Write pairs of things, alike where they are of one room."""
    things = [(thing, room) for room in ROOMS for thing in ROOMS[room]]
    rows = [
        f"{a}\t{b}\t{int(x == y) * 9 + 1}" for n, (a, x) in enumerate(things) for b, y in things[:n]
    ]
    path.write_text("\n".join(rows), encoding="utf-8")


def test_tune_keeps_the_best_and_says_how_to_make_it_again(cli: Cli, here: Path):
    write_room_pairs(here / "pairs.tsv")
    words = ["tune", "svd", "rooms.txt", "--on", "pairs.tsv", "--out", "v", "--most-trials", "4"]
    planned = cli(*words, "--dry-run", "--json")
    assert planned.data["n_candidates"] == 287
    assert (planned.data["n_development"], planned.data["n_test"]) == (52, 53)
    assert planned.data["n_known"] is None  # the corpus is not there yet
    assert names(here) == {"rooms.txt", "pairs.tsv"}
    answer = cli(*words, "--json")
    assert answer.code == 0, answer.err
    assert len(answer.data["trials"]) == 5
    assert (answer.data["n_known"], answer.data["n_rows"]) == (105, 105)
    assert answer.data["tuned"]["value"] > 0.7
    command = answer.data["command"].split()
    assert command[:6] == ["lexloom", "train", "svd", "v.corpus", "--out", "v.again"]
    assert cli(*command[1:]).code == 0
    np.testing.assert_array_equal(lexloom.load("v.again").matrix, lexloom.load("v").matrix)
    assert cli(*words, "--resume", "--quiet").out.splitlines()[-1] == answer.data["command"]
    assert cli(*words).err.startswith("error: v: already exists.")


def test_tune_refuses_what_it_does_not_know(cli: Cli, here: Path):
    write_room_pairs(here / "pairs.tsv")
    answer = cli("tune", "glove2", "rooms.txt", "--on", "pairs.tsv", "--out", "v")
    assert answer.code == 2
    assert answer.err.startswith("error: family must be one of bag-of-words, fasttext, glove, ")
    answer = cli("tune", "svd", "rooms.txt", "--on", "pairs.tsv", "--out", "v", "--budget", "soon")
    assert answer.code == 2
    assert answer.err.startswith("error: budget must be text like")
    assert names(here) == {"rooms.txt", "pairs.tsv"}


def test_tune_is_told_how_labelled_texts_are_coded(cli: Cli, here: Path):
    words = (here / "rooms.txt").read_text(encoding="utf-8").split()
    rows = [f"{' '.join(words[n : n + 8])},{'好' if n % 2 else '差'}" for n in range(60)]
    (here / "gbk.csv").write_text("\n".join(["text,label", *rows]), encoding="gb18030")
    asked = ["tune", "svd", "rooms.txt", "--on", "gbk.csv", "--out", "v", "--dry-run"]
    told = cli(*asked)
    assert told.code == 1 and "Pass --on-encoding gb18030." in told.err
    assert cli(*asked, "--on-encoding", "gb18030").code == 0


def test_tune_says_how_much_of_a_set_the_corpus_knows(cli: Cli, here: Path):
    write_room_pairs(here / "pairs.tsv")
    with (here / "pairs.tsv").open("a", encoding="utf-8") as file:
        file.write("\n猫\t狗\t9\n")
    (here / "strange.tsv").write_text("猫\t狗\t9\n鸟\t鱼\t3\n", encoding="utf-8")
    assert cli("corpus", "rooms.txt", "--out", "c", "--min-count", "1").code == 0
    words = ["tune", "svd", "c", "--out", "v", "--most-trials", "1", "--on"]
    told = "105 of 106 rows are known to the corpus"
    assert told in cli(*words, "pairs.tsv", "--dry-run").out
    assert f"pairs: {told}\n" in cli(*words, "pairs.tsv").err
    for more in (["--force"], ["--force", "--dry-run"]):
        answer = cli(*words, "strange.tsv", *more)
        assert answer.code == 2
        assert answer.err.startswith("error: strange cannot judge: of its 2 rows the corpus knows")
