"""The neural probabilistic language model: its network, what it foretells, what it refuses."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.reference import nplm_twin

import lexloom
from lexloom import artefact
from lexloom.errors import DivergedError, FormatError, MissingExtraError, SettingError, ShapeError
from lexloom.static import nplm_network
from lexloom.static.language_model import LanguageModel
from lexloom.static.nplm import NPLM
from lexloom.static.nplm_network import WORDS, Network, initial_weights, shapes_of
from lexloom.static.running_text import FIRST_WORD, RunningText
from lexloom.text.corpus import Corpus
from lexloom.text.vocabulary import Vocabulary
from lexloom.vectors.word_vectors import WordVectors

N_WORDS, WIDTH, HIDDEN, ORDER = 11, 4, 5, 3
WORDS_OF = [f"w{i}" for i in range(N_WORDS)]


def network(*, direct: bool = False, clusters: bool = False) -> Network:
    inputs = (ORDER - 1) * WIDTH
    features = HIDDEN + inputs * direct
    n_tokens = N_WORDS + FIRST_WORD
    shapes = shapes_of(n_tokens, inputs, HIDDEN, features, clusters=clusters)
    weights = {WORDS: np.zeros((n_tokens, WIDTH), np.float32), **initial_weights(shapes, seed=1)}
    draw = np.random.default_rng(0)
    return Network({n: draw.standard_normal(a.shape, np.float32) for n, a in weights.items()})


@pytest.fixture
def small_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nplm_network, "FIRST_CUTOFF", 4)
    monkeypatch.setattr(nplm_network, "CUTOFF_GROWTH", 2)
    monkeypatch.setattr(nplm_network, "MOST_TOKENS_OF_FULL_SOFTMAX", 8)


def text() -> RunningText:
    vocabulary = Vocabulary(WORDS_OF)
    return RunningText.of_words([WORDS_OF, WORDS_OF[::-1], ["zebra", "w3"]], vocabulary)


@pytest.mark.parametrize("direct", [False, True])
def test_the_network_is_equation_1(direct: bool):
    made, running = network(direct=direct), text()
    contexts = running.contexts(running.places, ORDER - 1)
    twins = np.array([nplm_twin.probabilities(made.weights, c) for c in contexts.tolist()])
    assert made.order == ORDER
    found = np.exp(made.log_probabilities(running))
    assert found == pytest.approx(twins[np.arange(len(twins)), running.tokens[1:]], rel=1e-4)
    for context, twin in zip(contexts, twins, strict=True):
        assert made.next_probabilities(context) == pytest.approx(twin, rel=1e-4)


def test_an_adaptive_softmax_is_one_too(small_clusters: None):
    made, running = network(clusters=True), text()
    contexts = running.contexts(running.places, ORDER - 1)
    cutoffs = nplm_network.cutoffs_of(N_WORDS + FIRST_WORD)
    assert cutoffs == [4, 8, 13]
    twins = np.array([nplm_twin.clustered(made.weights, c, cutoffs) for c in contexts.tolist()])
    assert twins.sum(axis=1) == pytest.approx(np.ones(len(twins)))
    found = np.exp(made.log_probabilities(running))
    assert found == pytest.approx(twins[np.arange(len(twins)), running.tokens[1:]], rel=1e-4)
    for context, twin in zip(contexts, twins, strict=True):
        assert made.next_probabilities(context) == pytest.approx(twin, rel=1e-4)


@pytest.mark.parametrize(
    "settings",
    [{}, {"direct": True}, {"output": "adaptive"}, {"output": "adaptive", "direct": True}],
    ids=str,
)
def test_torch_computes_what_the_arrays_say(small_clusters: None, settings: dict):
    from lexloom.static.nplm_model import NPLMModel

    corpus = Corpus.from_sentences([WORDS_OF, WORDS_OF[::-1]] * 9, min_count=1)
    trainer = NPLM(order=3, width=4, hidden=6, dropout=0.0, batch_size=1 << 20, **settings)
    begun = trainer.begin(corpus, None, ())
    model = trainer.model(corpus, begun, None, None)
    assert isinstance(model, NPLMModel)
    running = RunningText.of_sentences(corpus, begun.vocabulary)
    expected = -begun.network.log_probabilities(running).mean()
    assert model.train(0, 0).mean == pytest.approx(expected, rel=1e-5)
    model.close()


@pytest.mark.parametrize("output", ["full", "adaptive", "sampled"])
def test_it_learns_what_follows_what(small_clusters: None, output: str):
    corpus = Corpus.from_sentences([WORDS_OF, WORDS_OF[::-1]] * 20, min_count=1)
    model = NPLM(
        order=3, width=8, hidden=16, output=output, epochs=40, batch_size=32, dropout=0.0,
        learning_rate=0.02, threads=1,
    ).fit(corpus)  # fmt: skip
    assert model.perplexity(corpus) < 1.4
    assert model.generate(["w0", "w1"], temperature=0) == WORDS_OF[2:]
    assert model.generate("w9 w8", 4, temperature=0) == ["w7", "w6", "w5", "w4"]
    drawn = model.generate(n_words=30, seed=5)
    assert drawn == model.generate(n_words=30, seed=5)
    assert set(drawn) <= set(WORDS_OF)


def model_of(made: Network) -> LanguageModel:
    return LanguageModel(WORDS_OF, made, counts=[1] * N_WORDS)


def test_a_text_reads_alike_as_a_corpus_and_as_words():
    model = model_of(network())
    sentences = [WORDS_OF, ["zebra", "w3"]]
    corpus = Corpus.from_sentences(sentences, min_count=1)
    found = model.log_probabilities(corpus)
    assert len(found) == N_WORDS + 1 + 3
    assert np.array_equal(found, model.log_probabilities(sentences))
    lines = "\n\n".join(" ".join(words) for words in sentences)
    assert np.array_equal(found, model.log_probabilities([lines]))
    assert model.perplexity(corpus) == pytest.approx(np.exp(-found.mean()))


def test_words_too_rare_are_one():
    corpus = Corpus.from_sentences([["a", "b"]] * 5 + [["c", "d"]] * 3, min_count=1)
    model = NPLM(rare_below=4, width=3, hidden=3, epochs=1).fit(corpus)
    assert list(model.words) == ["a", "b"]
    with pytest.raises(FormatError) as caught:
        NPLM(rare_below=9, width=3).fit(corpus)
    assert str(caught.value) == (
        "every word of the corpus comes less than 9 times. Give more text, or a lower rare_below."
    )


def test_a_corpus_with_gaps_is_told(caplog: pytest.LogCaptureFixture):
    corpus = Corpus.from_sentences([["a", "b"]] * 5 + [["c"]], min_count=2)
    NPLM(width=3, hidden=3, epochs=1).fit(corpus)
    assert "the corpus has gaps where words came less than 2 times." in caplog.text


def test_what_is_saved_foretells_the_same(tmp_path: Path):
    model = model_of(network(direct=True))
    model.save(tmp_path / "m")
    loaded = lexloom.load(tmp_path / "m")
    assert repr(loaded) == "LanguageModel(11 words, width 4, order 3)"
    assert np.array_equal(loaded.log_probabilities([WORDS_OF]), model.log_probabilities([WORDS_OF]))
    assert loaded.generate("w1") == model.generate("w1")
    assert type(loaded.restrict(3)).__name__ == "WordVectors"


def saved_with(tmp_path: Path, layers: dict) -> Path:
    model = model_of(network())
    with artefact.create(tmp_path / "m", "nplm", settings={}) as draft:
        super(LanguageModel, model).write_into(draft)
        draft.write_tensors("network.safetensors", layers)
    return tmp_path / "m"


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("hidden.weight", lambda a: a[:, :-1].copy(), "do not make a network"),
        ("hidden.bias", lambda a: a[:-1].copy(), "do not make a network"),
        ("output.weight", lambda a: a[:-1].copy(), "do not make a network"),
        ("output.bias", lambda a: None, "do not make a network"),
        ("specials", lambda a: None, "expected specials (2, 4)"),
        ("specials", lambda a: a[:, :-1].copy(), "expected specials (2, 4)"),
        ("hidden.weight", lambda a: a.astype(np.float64), "is not float32"),
        ("hidden.weight", lambda a: a * np.float32("nan"), "has NaN or infinity"),
    ],
)
def test_layers_that_do_not_fit_are_refused(tmp_path: Path, name: str, change, what: str):
    layers = dict(model_of(network())._layers)
    changed = change(layers.pop(name))
    layers |= {} if changed is None else {name: changed}
    with pytest.raises(FormatError) as caught:
        lexloom.load(saved_with(tmp_path, layers))
    assert what in caught.value.what
    assert caught.value.path is not None


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"n_words": 0}, "n_words must be at least 1, got 0."),
        ({"temperature": -1.0}, "temperature must be a number from 0 on, got -1.0."),
        ({"temperature": float("nan")}, "temperature must be a number from 0 on, got nan."),
        ({"temperature": "x"}, "temperature must be a number from 0 on, got 'x'."),
        ({"seed": -1}, "seed must be a whole number from 0 on, got -1."),
        ({"prompt": 5}, "expected a text or a list of words, got 5."),
    ],
)
def test_what_cannot_be_generated_is_refused(arguments: dict, what: str):
    with pytest.raises(SettingError) as caught:
        model_of(network()).generate(**{"prompt": "w1", **arguments})
    assert caught.value.what == what


def test_one_text_is_no_list_of_texts():
    with pytest.raises(SettingError, match=r"^texts must be a list of texts, got one str\."):
        model_of(network()).perplexity("w1 w2")
    with pytest.raises(ShapeError, match="at least one token"):
        model_of(network()).perplexity([""])


def test_numbers_that_overflow_stop_it_and_never_reach_the_disk(tmp_path: Path):
    corpus = Corpus.from_sentences([WORDS_OF] * 9, min_count=1)
    poisoned = WordVectors(WORDS_OF, np.full((N_WORDS, 4), 3e38, np.float32))
    with pytest.raises(DivergedError, match="was not finite at step 1 of 5, at"):
        NPLM(width=4, hidden=4, dropout=0.5, checkpoint_minutes=0).fit(
            corpus, start=poisoned, out=tmp_path / "it"
        )
    assert list(tmp_path.iterdir()) == []


def test_an_accelerator_that_is_not_there_is_refused():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    corpus = Corpus.from_sentences([WORDS_OF] * 9, min_count=1)
    with pytest.raises(SettingError) as caught:
        NPLM(device="cuda").fit(corpus)
    assert str(caught.value) == (
        "device='cuda' needs an accelerator, torch finds none. Pass device='auto'."
    )


def test_without_torch_training_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    corpus = Corpus.from_sentences([["a", "b"]] * 9, min_count=1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        NPLM().fit(corpus)
    assert str(caught.value) == (
        "training a neural language model needs torch. pip install 'lexloom[neural]'"
    )


def test_a_loaded_model_is_asked_without_torch(tmp_path: Path):
    model_of(network()).save(tmp_path / "m")
    code = (
        "import sys, lexloom, lexloom.static.nplm\n"
        f"model = lexloom.load({str(tmp_path / 'm')!r})\n"
        "model.perplexity(['w1 w2']), model.generate('w1'), model.most_similar('w1')\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_large_network_takes_is_foretold():
    n_hidden = 19 * 4096 * 65536
    seconds, n_bytes = NPLM(width=4096, hidden=65536, order=20).cost(1_000_000, 10_000)
    assert n_bytes > 16 * n_hidden and seconds > 3600
    # A pass over 0.9 million words with 14,000 types took 45 to 450 s, as the machine was busy.
    assert 30 < NPLM(epochs=1).cost(900_000, 14_000)[0] < 450
