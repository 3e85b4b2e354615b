"""Tokenizers: what they keep whole, what they do not know, and that others open them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexloom
from lexloom import Corpus
from lexloom.contextual.tokenizing.coverage import cover
from lexloom.contextual.tokenizing.fingerprint import FINGERPRINT
from lexloom.contextual.tokenizing.piecing import pieces_of
from lexloom.contextual.tokenizing.rejoining import Rejoiner
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_training import SPECIAL, TokenizerTraining
from lexloom.errors import FormatError, SettingError, StorageError

pytest.importorskip("tokenizers", reason="needs lexloom[contextual]")

METHODS = ("bpe", "byte_bpe", "wordpiece", "unigram")
SENTENCES = [
    ["今天", "天气", "很", "好", "good", "days", "are", "naïve"],
    ["天气", "不", "好", "isn't", "good", ",", "he", "said"],
    ["we", "go", "to", "公园", "(", "today", ")", "3.14"],
]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.from_sentences(SENTENCES * 40, min_count=1)


@pytest.fixture(scope="module", params=METHODS)
def tokenizer(corpus: Corpus, request: pytest.FixtureRequest) -> Tokenizer:
    return TokenizerTraining(method=request.param, size=400).fit(corpus)


def test_words_join_as_their_scripts_do(corpus: Corpus):
    (portion,) = Rejoiner(corpus).portions()
    assert portion.texts[:3] == [
        "今天天气很好good days are naïve",
        "天气不好isn't good, he said",
        "we go to公园(today) 3.14",
    ]
    whole = "".join(portion.texts)
    cut = [whole[a:b].strip() for a, b in itertools.pairwise([0, *portion.ends.tolist()])]
    assert cut == [word for sentence in SENTENCES * 40 for word in sentence]


def test_some_sentences_keep_their_words(corpus: Corpus):
    chosen = np.arange(corpus.n_sentences) % 3 == 1
    (portion,) = Rejoiner(corpus).portions()
    some = portion.only(chosen)
    whole = "".join(some.texts)
    cut = [whole[a:b].strip() for a, b in itertools.pairwise([0, *some.ends.tolist()])]
    assert cut == SENTENCES[1] * 40
    assert list(Rejoiner(corpus).texts(chosen)) == some.texts


def test_every_han_character_is_a_piece_of_its_own(tokenizer: Tokenizer):
    pieces = [tokenizer.decode([i]) for i in tokenizer.encode("今天天气很好")]
    assert pieces == list("今天天气很好")


def test_text_comes_back(tokenizer: Tokenizer):
    text = "we go today good days"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_special_tokens_frame_a_text(tokenizer: Tokenizer):
    ids = tokenizer.encode("今天", special=True)
    assert tokenizer.pieces([ids[0], ids[-1]]) == ["[CLS]", "[SEP]"]
    assert tokenizer.without_frame().encode("今天", special=True) == ids[1:-1]
    assert len({tokenizer.engine.token_to_id(token) for token in SPECIAL.values()}) == 5


def test_what_is_saved_is_what_transformers_opens(tokenizer: Tokenizer, tmp_path: Path):
    transformers = pytest.importorskip("transformers", reason="needs lexloom[contextual]")
    tokenizer.save(tmp_path / "it")
    ours = lexloom.load(tmp_path / "it")
    assert isinstance(ours, Tokenizer)
    text = "今天 good 龘 isn't"
    auto = transformers.AutoTokenizer.from_pretrained(tmp_path / "it")
    plain = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "it/tokenizer.json"))
    expected = tokenizer.encode(text, special=True)
    assert ours.encode(text, special=True) == expected
    assert auto(text).input_ids == expected
    assert plain(text).input_ids == expected
    assert (auto.mask_token, auto.pad_token_id) == ("[MASK]", ours.id_of("pad_token"))
    assert ours.metrics == tokenizer.metrics
    with pytest.raises(StorageError, match="already exists"):
        tokenizer.save(tmp_path / "it")


def test_a_tokenizer_follows_how_its_corpus_is_written():
    corpus = Corpus.from_texts(["The Cat", "the cat sat"] * 30, language="en", min_count=1)
    tokenizer = TokenizerTraining(size=60).fit(corpus)
    assert tokenizer.encode("THE CAT") == tokenizer.encode("the cat")


@pytest.mark.parametrize("method", [method for method in METHODS if method != "unigram"])
def test_the_same_seed_learns_the_same(corpus: Corpus, method: Any):
    made = {
        TokenizerTraining(method=method, size=280, seed=seed).fit(corpus).engine.to_str()
        for seed in (1, 1, 1)
    }
    assert len(made) == 1


def test_coverage_counts_what_a_slow_count_finds(corpus: Corpus):
    tokenizer = TokenizerTraining(method="bpe", size=60).fit(corpus)
    strange = Corpus.from_sentences(
        [["今天", "good", "zq", "龘气"], ["days", "公园", "goodx"]], min_count=1
    )
    found = cover(tokenizer, Rejoiner(strange).portions())
    characters = whole = pieces = unknown = whole_words = words = n_bytes = 0
    for sentence, text in zip(strange, next(Rejoiner(strange).portions()).texts, strict=True):
        encoded = tokenizer.engine.encode(text, add_special_tokens=False)
        spans = list(zip(encoded.tokens, encoded.offsets, strict=True))
        pieces += len(spans)
        unknown += encoded.tokens.count("[UNK]")
        n_bytes += len(text.encode())
        for place, character in enumerate(text):
            over = [token for token, (a, b) in spans if a <= place < b]
            characters += character != " "
            whole += character != " " and len(over) == 1 and over[0] != "[UNK]"
        begin = 0
        for word in sentence:
            begin = text.index(word, begin)
            over = [(token, b) for token, (a, b) in spans if a < begin + len(word) and b > begin]
            words += 1
            whole_words += (
                len(over) == 1 and over[0][0] != "[UNK]" and over[0][1] == begin + len(word)
            )
            begin += len(word)
    assert 0 < unknown < pieces
    assert found.whole_characters == whole / characters
    assert found.unknown == unknown / pieces
    assert found.bytes_per_piece == n_bytes / pieces
    assert found.pieces_per_word == pieces / words
    assert found.whole_words == whole_words / words


def test_pieces_know_their_words(tokenizer: Tokenizer, corpus: Corpus):
    (portion,) = Rejoiner(corpus).portions()
    pieces = pieces_of(tokenizer.engine, portion)
    begins = pieces.begins_word(portion.ends)
    text = "".join(portion.texts)
    assert begins.sum() == corpus.n_words
    starts = np.flatnonzero(begins)
    ends = [*pieces.ends[starts[1:] - 1].tolist(), int(pieces.ends[-1])]
    found = [text[a:b].strip() for a, b in zip(pieces.starts[starts].tolist(), ends, strict=True)]
    assert found == [word for sentence in corpus for word in sentence]


def test_another_library_that_cuts_otherwise_is_told(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        Tokenizer, "fingerprint", lambda self: {"ids": [1], "text": "x", "tokenizers": "0.1"}
    )
    tokenizer.save(tmp_path / "it")
    monkeypatch.undo()
    assert json.loads((tmp_path / "it" / FINGERPRINT).read_text(encoding="utf-8"))["ids"] == [1]
    with pytest.raises(FormatError, match=r"cuts text otherwise than 0\.1.*tokenizers==0\.1"):
        Tokenizer.load(tmp_path / "it")


def test_what_cannot_be_learned_from_is_refused(corpus: Corpus):
    one = Corpus.from_sentences([["a", "b"]], min_count=1)
    with pytest.raises(FormatError, match="at least 2 sentences"):
        TokenizerTraining().fit(one)
    with pytest.raises(SettingError, match="corpus must be a Corpus, got list"):
        TokenizerTraining().fit([])  # type: ignore[arg-type]  # that is the point
    with pytest.raises(SettingError, match="size must be at least 16"):
        TokenizerTraining(size=3)
    with pytest.raises(SettingError, match="size must be at least 261 for byte_bpe"):
        TokenizerTraining(method="byte_bpe", size=260)


def test_what_is_no_text_is_refused(tokenizer: Tokenizer):
    with pytest.raises(SettingError, match="text must be a str, got bytes"):
        tokenizer.encode(b"a")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(SettingError, match="half a character at place 1"):
        tokenizer.encode("a\ud800")
    with pytest.raises(SettingError, match="ids must be from 0 to"):
        tokenizer.decode([10**6])
    with pytest.raises(SettingError, match="which is no piece"):
        Tokenizer(tokenizer.engine, {"mask_token": "<none>"})
