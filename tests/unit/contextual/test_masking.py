"""Which pieces are hidden: whole words, about the share asked for, others in each pass."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tokenizers", reason="needs lexloom[contextual]")

from tests.unit.contextual.small import corpus, tokenizer  # the same

from lexloom.contextual.language_models.masked_model import masking_of  # the same
from lexloom.contextual.language_models.masking import Masking  # the same
from lexloom.contextual.language_models.packing import Rows, Stream, stream_of  # the same
from lexloom.contextual.language_models.streams import (  # the same
    closed_portions,
    closing_ids,
)
from lexloom.errors import FormatError  # the same

LENGTH = 24


@pytest.fixture(scope="module")
def stream() -> Stream:
    cutter = tokenizer()
    breaks = closing_ids(cutter, "masked_model")
    return stream_of(cutter.engine, closed_portions(corpus(), breaks))


@pytest.fixture(scope="module")
def masking() -> Masking:
    return masking_of(tokenizer(), len(tokenizer()))


def test_the_words_of_the_stream_are_those_of_the_corpus(stream: Stream):
    closing = tokenizer().id_of("sep_token")
    n_words = int(stream.begins.sum()) - int((stream.ids == closing).sum())
    assert n_words == corpus().n_words
    assert len(stream) - len(corpus()) > 1.2 * n_words


def test_masked_pieces_form_whole_words(stream: Stream, masking: Masking):
    rows = Rows(stream, LENGTH, first=2)
    numbers = np.arange(rows.n_rows)
    ids, begins = rows.take(numbers)
    _, chosen = masking.choose(ids, begins, 0, numbers)
    word = np.cumsum(begins, axis=1)
    n_words = n_split = 0
    for row in range(len(ids)):
        for number in np.unique(word[row][chosen[row]]):
            pieces = word[row] == number
            n_words += 1
            n_split += pieces.sum() > 1
            assert chosen[row][pieces].all()
    assert n_words > 100
    assert n_split > 50
    assert not chosen[masking.is_special[ids]].any()


def test_the_share_is_about_what_was_asked_for(stream: Stream, masking: Masking):
    rows = Rows(stream, LENGTH, first=2)
    numbers = np.arange(rows.n_rows)
    ids, begins = rows.take(numbers)
    counted = []
    for number_of_pass in range(20):
        inputs, chosen = masking.choose(ids, begins, number_of_pass, numbers)
        ordinary = ~masking.is_special[ids]
        counted.append(
            [
                chosen.sum() / ordinary.sum(),
                (inputs[chosen] == masking.mask_id).mean(),
                (inputs[chosen] == ids[chosen]).mean(),
            ]
        )
        assert np.array_equal(inputs[~chosen], ids[~chosen])
    share, hidden, kept = np.mean(counted, axis=0)
    assert share == pytest.approx(0.15, abs=0.01)
    assert hidden == pytest.approx(0.8, abs=0.02)
    # One in ten stays, and a drawn piece is now and then the one that stood there.
    assert kept == pytest.approx(0.1, abs=0.02)


def test_masks_are_a_function_of_seed_pass_and_place(stream: Stream, masking: Masking):
    rows = Rows(stream, LENGTH, first=2)
    numbers = np.arange(rows.n_rows)
    ids, begins = rows.take(numbers)
    whole = masking.choose(ids, begins, 3, numbers)
    some = numbers[7:3:-1]
    alone = masking.choose(ids[some], begins[some], 3, some)
    for all_rows, some_rows in zip(whole, alone, strict=True):
        assert np.array_equal(all_rows[some], some_rows)
    assert not np.array_equal(whole[1], masking.choose(ids, begins, 4, numbers)[1])
    other = masking_of(tokenizer(), len(tokenizer()), seed=2)
    assert not np.array_equal(whole[1], other.choose(ids, begins, 3, numbers)[1])


def test_pieces_are_chosen_one_by_one_if_asked(stream: Stream):
    masking = masking_of(tokenizer(), len(tokenizer()), whole_words=False)
    rows = Rows(stream, LENGTH, first=2)
    numbers = np.arange(rows.n_rows)
    ids, begins = rows.take(numbers)
    _, chosen = masking.choose(ids, begins, 0, numbers)
    # A piece that goes on with a word is chosen without the one before it.
    goes_on = ~begins[:, 1:] & chosen[:, 1:]
    assert (goes_on & ~chosen[:, :-1]).any()


def test_a_tokenizer_without_a_mask_is_refused():
    from lexloom.contextual.tokenizing.tokenizer import Tokenizer

    with pytest.raises(FormatError, match="has no mask_token"):
        masking_of(Tokenizer(tokenizer().engine, {}), 60)


@pytest.mark.parametrize("n_pieces", [5, 16, 17, 100, 101])
@pytest.mark.parametrize(("first", "overlap"), [(None, 0), (9, 0), (None, 1)])
def test_packing_loses_no_piece(n_pieces: int, first: int | None, overlap: int):
    stream = Stream(np.arange(10, 10 + n_pieces, dtype=np.int32), np.ones(n_pieces, np.bool_), 0)
    rows = Rows(stream, 5 - overlap, first=first, overlap=overlap)
    numbers = np.arange(rows.n_rows)
    ids, begins = rows.take(numbers)
    assert ids.shape == begins.shape == (rows.n_rows, 5)
    assert set(ids.flatten().tolist()) - {first} == set(stream.ids.tolist())
    fresh = rows.is_fresh(numbers)
    if overlap:
        # Each piece but the first is foretold once: its place is one behind.
        assert ids[:, 1:][fresh[:, :-1]].tolist() == stream.ids[1:].tolist()
    else:
        assert ids[fresh].tolist() == stream.ids.tolist()
    if first is not None:
        assert (ids[:, 0] == first).all()


def test_a_text_shorter_than_a_sequence_is_refused():
    stream = Stream(np.arange(5, dtype=np.int32), np.ones(5, np.bool_), 5)
    with pytest.raises(FormatError, match="a sequence takes 7 pieces, the text has 5"):
        Rows(stream, 7)
