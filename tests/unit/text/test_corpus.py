"""Corpora: made of files, texts, sentences and columns; the same whatever makes them."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lexloom
from lexloom import progress
from lexloom.errors import (
    DamagedError,
    FormatError,
    MissingWordError,
    SettingError,
    StorageError,
)
from lexloom.text import assembling, building, planning
from lexloom.text.corpus import Corpus
from lexloom.text.phrases import Phrases

ENGLISH = [
    f"The cat number {i % 7} sat on mat {i % 11}, didn’t it?\nYes: é{i % 3}." for i in range(900)
]
CHINESE = [f"今天天气很好，我们去公园散步。第{i % 7}次。" for i in range(300)]
TENSORS = ("ids.safetensors", "sentences.safetensors", "documents.safetensors", "vocabulary.arrow")


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(planning, "_BLOCK_BYTES", 4096)


def files_of(corpus: Corpus) -> dict[str, bytes]:
    return {name: (corpus.path / name).read_bytes() for name in TENSORS}


def test_ids_boundaries_and_vocabulary():
    corpus = Corpus.from_texts(
        ["A cat sat.\nThe cat ran.", "...", "a dog\n\n\nran"], language="en", min_count=1
    )
    assert list(corpus) == [["a", "cat", "sat"], ["the", "cat", "ran"], ["a", "dog"], ["ran"]]
    assert list(corpus.documents())[1] == []
    assert (len(corpus), corpus.n_documents, corpus.n_words) == (4, 3, 9)
    assert list(corpus.vocabulary) == ["a", "cat", "ran", "dog", "sat", "the"]
    assert corpus.vocabulary.counts.tolist() == np.bincount(corpus.ids).tolist()
    assert corpus.ids.dtype == np.int32
    assert corpus.sentence_offsets.dtype == corpus.document_offsets.dtype == np.int64
    assert corpus[-1] == ["ran"]
    assert corpus[1:3] == list(corpus)[1:3]
    assert corpus[::2] == list(corpus)[::2]
    assert "9 words" in repr(corpus) and "9" in corpus._repr_html_()


def test_text_i_is_document_i():
    texts = ["", "a b", "  ", "\n", "c", "", "..."]
    corpus = Corpus.from_texts(texts, language="en", min_count=1)
    expected = [[], [["a", "b"]], [], [], [["c"]], [], []]
    assert list(corpus.documents()) == expected
    table = pa.table({"text": [None, "a b", None, "", "c", "", "?"]})
    columns = Corpus.from_column(table, "text", language="en", min_count=1)
    assert list(columns.documents()) == expected


def test_rare_words_are_dropped_and_empty_sentences_go():
    corpus = Corpus.from_sentences([["a", "b"], ["c"], ["a", "d", "b"]], min_count=2)
    assert list(corpus) == [["a", "b"], ["a", "b"]]
    assert corpus.document_offsets.tolist() == [0, 1, 1, 2]
    assert list(Corpus.from_sentences([["b", "a", "a"]], min_count=1, max_words=1)) == [["a", "a"]]


@pytest.mark.parametrize(("texts", "language"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_same_bytes_for_any_number_of_threads(texts, language, small_blocks):
    corpora = [
        Corpus.from_texts(texts, language=language, min_count=2, threads=threads)
        for threads in (1, 2, 3)
    ]
    assert corpora[0].n_words > 2000
    assert files_of(corpora[0]) == files_of(corpora[1]) == files_of(corpora[2])


def test_small_blocks_make_the_same_corpus(monkeypatch):
    whole = files_of(Corpus.from_texts(ENGLISH, language="en"))
    monkeypatch.setattr(planning, "_BLOCK_BYTES", 1000)
    assert files_of(Corpus.from_texts(ENGLISH, language="en")) == whole


def test_line_ends_make_no_difference(tmp_path):
    text = "\n".join(ENGLISH)
    made = []
    for name, end in (("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")):
        (tmp_path / f"{name}.txt").write_bytes(text.replace("\n", end).encode())
        made.append(
            files_of(Corpus.build(tmp_path / f"{name}.txt", out=tmp_path / name, language="en"))
        )
    assert made[0] == made[1] == made[2]


def test_language_is_chosen_and_told():
    corpus = Corpus.from_texts(CHINESE, min_count=1)
    assert corpus.segmentation.language == "zh"
    assert corpus.statistics["language"]["chosen"] == "zh"
    assert "Han" in corpus.statistics["language"]["why"]


def test_language_is_told_without_runs_of_nothing():
    corpus = Corpus.from_texts(["a cat"], min_count=1)
    assert corpus.statistics["language"]["why"] == (
        "of the first 6 characters 4 are Latin letters and no Han"
    )


def test_saved_and_loaded_is_the_same(tmp_path):
    corpus = Corpus.from_texts(ENGLISH, language="en", lowercase=False)
    corpus.save(tmp_path / "copy")
    loaded = lexloom.load(tmp_path / "copy")
    assert files_of(loaded) == files_of(corpus)
    assert loaded.segmentation == corpus.segmentation
    assert loaded.fingerprint == corpus.fingerprint
    with pytest.raises(StorageError):
        corpus.save(tmp_path / "copy")


def test_temporary_folder_goes_with_the_object():
    corpus = Corpus.from_sentences([["a"]], min_count=1)
    path = corpus.path
    assert path.exists()
    del corpus
    assert not path.exists()


def test_column_of_a_table():
    table = pa.table({"text": ["a cat", None, "a dog"], "n": [1, 2, 3]})
    assert list(Corpus.from_column(table, "text", min_count=1)) == [["a", "cat"], ["a", "dog"]]
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a cat", float("nan"), "a dog"]})
    assert len(Corpus.from_column(frame, "text", min_count=1)) == 2
    with pytest.raises(SettingError, match="no column 'x'; it has text, n"):
        Corpus.from_column(table, "x")


def test_function_and_pattern_cut():
    corpus = Corpus.from_texts(["a-b c", "a-b"], language=str.split, min_count=1)
    assert list(corpus) == [["a-b", "c"], ["a-b"]]
    with pytest.raises(SettingError, match="not stored"):
        corpus.segmentation.words("x")
    assert corpus.segmentation.with_function(str.split).words("x y") == ["x", "y"]
    assert list(Corpus.from_texts(["a-b"], pattern="[a-z]", min_count=1)) == [["a", "b"]]


def test_user_dictionary_may_be_a_file(tmp_path):
    (tmp_path / "words.txt").write_text("杭研大厦 100 n\n\n", encoding="utf-8")
    corpus = Corpus.from_texts(
        ["网易杭研大厦"], language="zh", min_count=1, user_dictionary=tmp_path / "words.txt"
    )
    assert list(corpus) == [["网易", "杭研大厦"]]
    assert corpus.segmentation.words("杭研大厦") == ["杭研大厦"]
    with pytest.raises(StorageError):
        Corpus.from_texts(["x"], user_dictionary=tmp_path / "none.txt")


def test_concordance_aligns_the_word():
    corpus = Corpus.from_sentences(
        [["我", "爱", "cats", "x"], ["cats"], ["a", "cats"]], min_count=1
    )
    found = corpus.concordance("cats", n=2, window=1)
    assert [(line.sentence, line.left, line.right) for line in found] == [
        (0, ("爱",), ("x",)),
        (1, (), ()),
    ]
    assert str(found) == "爱  cats  x\n    cats  "
    assert found.n_in_corpus == 3
    assert "<b>cats</b>" in found._repr_html_()
    with pytest.raises(MissingWordError, match="cats"):
        corpus.concordance("cat")


def test_split_is_by_documents_and_the_same_each_time():
    corpus = Corpus.from_texts(ENGLISH, language="en", min_count=1)
    first, rest = corpus.split(0.25, seed=3)
    assert (first.n_documents, rest.n_documents) == (225, 675)
    assert first.n_words + rest.n_words == corpus.n_words
    assert first.vocabulary == rest.vocabulary == corpus.vocabulary
    assert files_of(first) == files_of(corpus.split(0.25, seed=3)[0])
    assert files_of(first) != files_of(corpus.split(0.25, seed=4)[0])
    documents = list(corpus.documents())
    assert all(document in documents for document in first.documents())
    with pytest.raises(SettingError, match="between 0 and 1"):
        corpus.split(1.0)


def test_pruning_warns_and_is_recorded(small_blocks):
    texts = [f"common word{i}" for i in range(4000)]
    with pytest.warns(UserWarning, match="more than 1,000 different words: dropped"):
        corpus = Corpus.from_texts(texts, language="en", min_count=1, max_types=1000, threads=1)
    assert corpus.statistics["prunings"]
    assert corpus.vocabulary.word(0) == "common"
    assert corpus.vocabulary.counts.tolist() == np.bincount(corpus.ids).tolist()
    assert corpus.vocabulary.counts[0] == 4000
    assert corpus[0] == ["common"]


class _Stop(BaseException):
    """Stands for a kill."""


def _stop_after(n_updates: int, error: type[BaseException]):
    updates = []

    def listen(update):
        updates.append(update)
        if len(updates) == n_updates:
            raise error

    return listen


@pytest.mark.parametrize("error", [_Stop, KeyboardInterrupt])
def test_interrupted_build_goes_on(error, tmp_path: Path, small_blocks, monkeypatch):
    monkeypatch.setattr(building, "_CHECKPOINT_SECONDS", 0.0)
    source, out = tmp_path / "text.txt", tmp_path / "out"
    source.write_text("\n".join(ENGLISH), encoding="utf-8")
    whole = files_of(Corpus.build(source, out=tmp_path / "whole", language="en"))
    with pytest.raises(error):
        Corpus.build(source, out=out, language="en", on_progress=_stop_after(4, error))
    assert not out.exists() and (tmp_path / "out.building").exists()
    with pytest.raises(SettingError, match=r"selection\.min_count was 5, is 6"):
        Corpus.build(source, out=out, language="en", min_count=6, resume=True)
    updates = []
    resumed = Corpus.build(source, out=out, language="en", resume=True, on_progress=updates.append)
    assert files_of(resumed) == whole
    assert updates[0].done > 4096 * 3
    assert updates[0].total == source.stat().st_size
    assert updates[-1].done == updates[-1].total
    assert not (tmp_path / "out.building").exists()


def test_the_end_of_reading_is_told_once(tmp_path: Path, small_blocks):
    source = tmp_path / "text.txt"
    source.write_text("\n".join(ENGLISH), encoding="utf-8")
    updates, lines = [], io.StringIO()
    told = progress.combine(updates.append, progress.Lines(lines))
    Corpus.build(source, out=tmp_path / "out", language="en", on_progress=told)
    assert len(updates) > 9
    assert [update.is_last for update in updates] == [False] * (len(updates) - 1) + [True]
    assert lines.getvalue().count("reading 100 %") == 1


def test_phrases_are_not_joined_in_a_resumed_build(tmp_path: Path):
    with pytest.raises(SettingError, match="joins phrases cannot be resumed"):
        Corpus.from_texts(ENGLISH, out=tmp_path / "out", phrases=Phrases(), resume=True)


def test_resume_refuses_a_changed_text(tmp_path: Path, small_blocks, monkeypatch):
    monkeypatch.setattr(building, "_CHECKPOINT_SECONDS", 0.0)
    source, out = tmp_path / "text.txt", tmp_path / "out"
    source.write_text("\n".join(ENGLISH), encoding="utf-8")
    with pytest.raises(_Stop):
        Corpus.build(source, out=out, language="en", on_progress=_stop_after(4, _Stop))
    source.write_text("x" + "\n".join(ENGLISH), encoding="utf-8")
    with pytest.raises(DamagedError, match="the text changed"):
        Corpus.build(source, out=out, language="en", resume=True)


def test_faults_of_text(tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text(" \n \n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"empty\.txt: no word was found in it\. Read .* bytes"):
        Corpus.build(empty, out=tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.txt"]
    words = [[f"w{i}"] * (1 + i // 50) for i in range(200)]
    with pytest.raises(FormatError, match=r"all 200 different words .* min_count=3 would keep 100"):
        Corpus.from_sentences(words, min_count=5)
    with pytest.raises(SettingError, match=r"a str as item 0.*split"):
        Corpus.from_sentences(["a b"])
    with pytest.raises(SettingError, match="must be a str, got 1"):
        Corpus.from_sentences([[1]])
    with pytest.raises(SettingError, match="NUL"):
        Corpus.from_sentences([["a\0b"]])
    with pytest.raises(SettingError, match="lone surrogate"):
        Corpus.from_sentences([["\ud800"]])


def test_a_setting_that_does_not_exist_names_the_one_that_was_meant(tmp_path: Path):
    source = tmp_path / "a.txt"
    source.write_text("a b a\n", encoding="utf-8")
    with pytest.raises(SettingError) as caught:
        Corpus.build(source, out=tmp_path / "out", mincount=3)
    assert str(caught.value) == (
        "a corpus has no setting 'mincount'; did you mean min_count? It has bad_lines, documents, "
        "encoding, field, force, format, language, lowercase, max_expansion, max_types, max_words, "
        "min_count, normal_form, on_progress, pattern, phrases, punctuation, resume, simplified, "
        "threads, user_dictionary."
    )
    with pytest.raises(SettingError, match=r"no setting 'zzz'; it has .*, phrases, "):
        Corpus.from_texts(["a"], zzz=3)


def test_phrases_are_given_as_settings(tmp_path: Path):
    with pytest.raises(SettingError) as caught:
        Corpus.from_texts(["a b"], phrases=True)
    assert str(caught.value) == (
        "phrases must be Phrases or None, got True. "
        "Pass phrases=Phrases(), from lexloom.text.phrases."
    )


def test_words_that_look_special_are_words():
    words = ["</s>", "<unk>", "[CLS]", "__label__x", "new york"]
    corpus = Corpus.from_sentences([words, ["x" * 1001, "y"]], min_count=1)
    assert corpus[0] == words
    assert corpus.statistics["n_words_too_long"] == 1
    assert corpus[1] == ["y"]


def test_statistics_tell_what_was_read(tmp_path):
    assert assembling.KIND == "corpus"
    (tmp_path / "a.txt").write_text("\n".join(ENGLISH), encoding="utf-8")
    corpus = Corpus.build(tmp_path / "a.txt", out=tmp_path / "out")
    statistics = corpus.statistics
    assert statistics["n_words_read"] >= statistics["n_words"] == corpus.n_words
    assert statistics["reading"]["files"][0]["name"].endswith("a.txt")
    assert set(statistics["seconds"]) == {"read", "choose", "write"}
    assert corpus.manifest.metrics["n_words"] == corpus.n_words
