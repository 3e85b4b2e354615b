"""A language model: word vectors, and the network that foretells words with them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np

from lexloom import artefact
from lexloom.arrays import Floats, Vectors
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.metrics.perplexity import perplexity
from lexloom.static.nplm_network import WORDS, Network
from lexloom.static.running_text import BOUNDARY, FIRST_WORD, UNKNOWN, RunningText
from lexloom.text.corpus import Corpus
from lexloom.text.sentences import Sentences
from lexloom.text.vocabulary import Vocabulary
from lexloom.training.checking import warn_of_gaps
from lexloom.vectors import storing
from lexloom.vectors.checking import check_number
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["LanguageModel"]

NETWORK = "network.safetensors"
SPECIALS = "specials"
_COLDEST = 1e-6

Texts = Sentences | Iterable[str | Sequence[str]]


class LanguageModel(WordVectors):
    """Word vectors that know what comes next; made by `NPLM`, asked without torch.

    The word space holds words only: the end of a sentence and the unknown word, which the network
    foretells too, have no place in it.

    Parameters
    ----------
    words
        A `Vocabulary`, or V different words.
    network
        The weights; the rows of `WORDS` behind the first two are the vectors. They are kept, not
        copied, and made read-only in place.
    **parts
        ``counts`` and what else `WordVectors` takes.

    Raises
    ------
    SettingError
        If a word comes twice, is empty or holds a NUL.
    ShapeError
        If the vectors do not fit the words, or a number is not finite.
    FormatError
        If the layers do not fit together.
    """

    kind = "nplm"

    def __init__(self, words: Sequence[str] | Vocabulary, network: Network, **parts: Any) -> None:
        network.check()
        for array in network.weights.values():
            array.flags.writeable = False
        super().__init__(words, network.weights[WORDS][FIRST_WORD:], **parts)
        self._layers = _layers_of(network)

    def _like(self, parts: storing.Parts) -> WordVectors:
        """Make plain word vectors: the network foretells the words it was made for, or none."""
        return WordVectors._of(parts)

    def __repr__(self) -> str:
        return f"LanguageModel({len(self):,} words, width {self.width}, order {self.order})"

    @property
    def order(self) -> int:
        """n: a word is foretold from the n - 1 words before it."""
        return 1 + self._layers["hidden.weight"].shape[1] // self.width

    @cached_property
    def _network(self) -> Network:
        """The network, its vectors those of this space."""
        vectors = np.concatenate([self._layers[SPECIALS], self.matrix])
        return _network_of(self._layers, vectors)

    def log_probabilities(self, texts: Texts) -> Floats:
        """Give the natural logarithm of the probability of each token of a text.

        Parameters
        ----------
        texts
            A corpus; or raw texts, each of whose lines is a sentence and is cut into words as the
            corpus was; or sentences that are lists of words.

        Returns
        -------
        Floats
            float64 (T): the words of each sentence, known or not, and its end.

        Raises
        ------
        SettingError
            If `texts` holds anything else.
        """
        return self._network.log_probabilities(self._read(texts))

    def perplexity(self, texts: Texts) -> float:
        """Measure how surprised the model is: exp of the mean of -ln P over all tokens.

        Parameters
        ----------
        texts
            As of `log_probabilities`.

        Returns
        -------
        float
            From 1 up; the number of equally likely tokens that surprises as much.

        Raises
        ------
        SettingError
            If `texts` holds anything but texts.
        ShapeError
            If there is no word in them.
        """
        return perplexity(self.log_probabilities(texts))

    def generate(
        self,
        prompt: str | Sequence[str] = "",
        n_words: int = 20,
        *,
        temperature: float = 1.0,
        seed: int = 1,
    ) -> list[str]:
        """Go on with a sentence, drawing word after word, up to its end.

        Parameters
        ----------
        prompt
            How the sentence begins: raw text or a list of words.
        n_words
            The most words to draw, at least 1.
        temperature
            Below 1 likely words become likelier; 0 takes the likeliest each time.
        seed
            Another seed draws other words; the same draws the same.

        Returns
        -------
        list of str
            The words behind the prompt; unknown ones are never drawn.

        Raises
        ------
        SettingError
            If `prompt` is neither text nor words, or a number is out of its range.
        """
        check_number(n_words, "n_words")
        if not isinstance(temperature, Real) or not 0 <= temperature < np.inf:
            raise SettingError(f"temperature must be a number from 0 on, got {temperature!r}.")
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise SettingError(f"seed must be a whole number from 0 on, got {seed!r}.")
        generator = np.random.Generator(np.random.Philox(key=int(seed)))
        words = self._cutter().words(prompt) if isinstance(prompt, str) else _listed(prompt)
        n_before = self.order - 1
        tokens = [BOUNDARY] * n_before + (self.vocabulary.ids(words) + FIRST_WORD).tolist()
        for _ in range(n_words):
            context = np.array(tokens[: -n_before - 1 : -1], np.int32)
            chances = _tempered(self._network.next_probabilities(context), temperature)
            token = int(np.searchsorted(np.cumsum(chances), generator.random(), "right"))
            tokens.append(min(token, len(chances) - 1))
            if tokens[-1] == BOUNDARY:
                break
        drawn = tokens[n_before + len(words) :]
        return [self.vocabulary.word(t - FIRST_WORD) for t in drawn if t != BOUNDARY]

    def _read(self, texts: Texts) -> RunningText:
        """Read texts in the words of this model."""
        if isinstance(texts, Sentences):
            if isinstance(texts, Corpus):
                warn_of_gaps(texts)
            return RunningText.of_sentences(texts, self.vocabulary)
        if isinstance(texts, str) or not isinstance(texts, Iterable):
            raise SettingError(
                f"texts must be a list of texts, got one {type(texts).__name__}.", "Pass [text]."
            )
        cut = self._cutter().words
        sentences = (
            words
            for text in texts
            for words in (map(cut, text.splitlines()) if isinstance(text, str) else [_listed(text)])
        )
        return RunningText.of_words(sentences, self.vocabulary)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write the files of the artefact into one that is being made.

        Parameters
        ----------
        draft
            The artefact, made with `kept_settings`.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        super().write_into(draft)
        draft.write_tensors(NETWORK, dict(self._layers))

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full"
    ) -> LanguageModel:
        """Open an artefact; the matrices stay on disk, mapped into memory.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares every hash and looks for numbers that are not finite;
            ``"structure"`` compares names, sizes and shapes only.

        Returns
        -------
        LanguageModel
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no artefact of a language model, or its layers do not fit together.
        DamagedError
            If it differs from its manifest.
        """
        model = super().load(path, verify=verify)
        assert isinstance(model, LanguageModel)
        # Every hash has just been compared.
        layers = artefact.open_artefact(path, cls.kind, verify="structure").tensors(NETWORK)
        _check_layers(layers, model, path, verify)
        model._layers = layers
        return model


def _listed(words: object) -> list[str]:
    """Take a list of words."""
    if not isinstance(words, Iterable) or not all(isinstance(word, str) for word in words):
        raise SettingError(f"expected a text or a list of words, got {words!r}.")
    return list(words)


def _layers_of(network: Network) -> dict[str, Vectors]:
    """Give what is kept of a network besides the vectors of the words."""
    layers = {name: array for name, array in network.weights.items() if name != WORDS}
    return {**layers, SPECIALS: network.weights[WORDS][:FIRST_WORD]}


def _network_of(layers: Mapping[str, Vectors], vectors: Vectors) -> Network:
    """Make the network of what was kept of it and all its vectors."""
    rest = {name: np.asarray(array) for name, array in layers.items() if name != SPECIALS}
    return Network({WORDS: vectors, **rest})


def _check_layers(
    layers: Mapping[str, Vectors], model: WordVectors, path: Any, verify: artefact.Verify
) -> None:
    """Refuse layers that are not float32, do not fit the vectors, or hold numbers that are none."""
    if any(array.dtype != np.float32 for array in layers.values()):
        raise FormatError("a layer of the network is not float32.", path=path)
    if SPECIALS not in layers or layers[SPECIALS].shape != (FIRST_WORD, model.width):
        raise FormatError(f"expected {SPECIALS} ({FIRST_WORD}, {model.width}).", path=path)
    # An empty array of the shape that the vectors have: nothing is copied to be looked at.
    vectors = np.broadcast_to(np.float32(0), (len(model) + FIRST_WORD, model.width))
    try:
        _network_of(layers, vectors).check()
    except FormatError as error:
        raise FormatError(error.what, path=path) from error
    if verify == "full" and not all(np.isfinite(array).all() for array in layers.values()):
        raise FormatError("a layer of the network has NaN or infinity.", path=path)


def _tempered(chances: Vectors, temperature: float) -> Floats:
    """Raise the chances of tokens to the power 1 / temperature; the unknown word has none."""
    known = chances.astype(np.float64)
    known[UNKNOWN] = 0.0
    if temperature < _COLDEST:
        return (np.arange(len(known)) == known.argmax()).astype(np.float64)
    with np.errstate(divide="ignore"):
        scores = np.log(known) / temperature
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()
