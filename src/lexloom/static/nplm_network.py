"""The network of a neural probabilistic language model as arrays, and what it foretells."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from lexloom.arrays import Floats, Ids, Offsets, Vectors
from lexloom.errors import FormatError
from lexloom.static.running_text import RunningText

__all__ = ["WORDS", "Network", "cutoffs_of", "has_clusters", "initial_weights", "shapes_of"]

Shapes = dict[str, tuple[int, ...]]

WORDS = "words.weight"
"""The vectors of the boundary, the unknown word and the words: (V + 2, D)."""

MOST_TOKENS_OF_FULL_SOFTMAX = 10_000
FIRST_CUTOFF, CUTOFF_GROWTH = 2_000, 5
NARROWING = 2.0
"""How much narrower each cluster of an adaptive softmax sees the hidden layer than the last."""

_SCORES_AT_ONCE = 1 << 23
_WEIGHTS = 1


def has_clusters(output: str, n_tokens: int) -> bool:
    """Say whether the tokens are parted in clusters: if asked for, or if there are many."""
    is_large = n_tokens > MOST_TOKENS_OF_FULL_SOFTMAX
    return n_tokens > FIRST_CUTOFF and (output == "adaptive" or (output == "auto" and is_large))


def cutoffs_of(n_tokens: int) -> list[int]:
    """Give the first token of each cluster behind the head, and the number of tokens."""
    cutoffs = [FIRST_CUTOFF]
    while cutoffs[-1] * CUTOFF_GROWTH < n_tokens:
        cutoffs.append(cutoffs[-1] * CUTOFF_GROWTH)
    return [*cutoffs, n_tokens]


def shapes_of(n_tokens: int, inputs: int, hidden: int, features: int, *, clusters: bool) -> Shapes:
    """Give the shapes of the layers behind the word vectors, by the names that torch gives them.

    Parameters
    ----------
    n_tokens
        The words, and the tokens that are none.
    inputs
        (n - 1) D, the numbers of a context.
    hidden
        H.
    features
        What the output layer sees: H, or H and the inputs.
    clusters
        Whether the tokens are parted in clusters.

    Returns
    -------
    dict
        Name → shape.
    """
    shapes = {"hidden": (hidden, inputs)}
    if clusters:
        cutoffs = cutoffs_of(n_tokens)
        shapes["output.head"] = (cutoffs[0] + len(cutoffs) - 1, features)
        for place, (first, end) in enumerate(itertools.pairwise(cutoffs)):
            narrow = int(features // NARROWING ** (place + 1))
            shapes[f"output.tail.{place}.0"] = (narrow, features)
            shapes[f"output.tail.{place}.1"] = (end - first, narrow)
    else:
        shapes["output"] = (n_tokens, features)
    found: Shapes = {}
    for name, shape in shapes.items():
        found[f"{name}.weight"] = shape
        if "tail" not in name:
            found[f"{name}.bias"] = shape[:1]
    return found


def initial_weights(shapes: Shapes, seed: int) -> dict[str, Vectors]:
    """Draw weights, evenly from ±1 / √n for n numbers coming in; what is added begins at 0."""
    generator = np.random.Generator(np.random.Philox(key=[seed, _WEIGHTS]))
    weights = {}
    for name, shape in shapes.items():
        weights[name] = np.zeros(shape, np.float32)
        if len(shape) > 1:
            drawn = generator.random(shape, np.float32) * 2 - 1
            weights[name] = drawn / np.float32(np.sqrt(shape[1]))
    return weights


@dataclass(frozen=True)
class Network:
    """The weights of the network, and the network itself, without torch.

    Attributes
    ----------
    weights
        Name → float32: `WORDS`; ``hidden``, (H, (n - 1) D); ``output``, the rows of all tokens, or
        of a head and of clusters of rare ones.
    """

    weights: dict[str, Vectors]

    def check(self) -> None:
        """Refuse weights that make no network.

        Raises
        ------
        FormatError
            If one is missing or too many, or their shapes do not fit together.
        """
        shapes = {name: array.shape for name, array in self.weights.items()}
        n_tokens, width = shapes[WORDS]
        hidden, inputs = shapes.get("hidden.weight", (0, 0))
        output = shapes.get(self._output + ".weight", (0, 0))
        wanted = shapes_of(n_tokens, inputs, hidden, output[-1], clusters=self._has_clusters)
        is_whole = inputs and inputs % width == 0 and output[-1] in {hidden, hidden + inputs}
        if not is_whole or wanted | {WORDS: (n_tokens, width)} != shapes:
            raise FormatError(f"the layers {shapes} do not make a network.")

    @property
    def order(self) -> int:
        """n: a token is foretold from the n - 1 tokens before it."""
        return 1 + self.weights["hidden.weight"].shape[1] // self.weights[WORDS].shape[1]

    def log_probabilities(self, text: RunningText, places: Offsets | None = None) -> Floats:
        """Give ln P of each token of a text, or of those at some places: float64 (T)."""
        places = text.places if places is None else places
        at_once = max(_SCORES_AT_ONCE // len(self.weights[WORDS]), 1)
        found = np.empty(len(places))
        for first in range(0, len(places), at_once):
            some = slice(first, first + at_once)
            contexts = text.contexts(places[some], self.order - 1)
            found[some] = self._of_tokens(self._features(contexts), text.tokens[places[some]])
        return found

    def next_probabilities(self, context: Ids) -> Vectors:
        """Give the probability of every token behind a context, int32 (n - 1): float32 (V + 2)."""
        features = self._features(context[None])
        if not self._has_clusters:
            return np.exp(_log_softmax(self._linear("output", features)))[0]
        head = _log_softmax(self._linear("output.head", features))
        n_frequent, *ends = cutoffs_of(len(self.weights[WORDS]))
        rare = (
            head[:, n_frequent + place, None] + self._of_cluster(place, features)
            for place in range(len(ends))
        )
        return np.exp(np.concatenate([head[:, :n_frequent], *rare], axis=1))[0]

    def _features(self, contexts: Ids) -> Vectors:
        """Give what the output layer sees of contexts: tanh(d + H x) and, if direct, x itself."""
        x = self.weights[WORDS][contexts].reshape(len(contexts), -1)
        hidden = np.tanh(self._linear("hidden", x))
        is_direct = self.weights[self._output + ".weight"].shape[1] > hidden.shape[1]
        return np.concatenate([hidden, x], axis=1) if is_direct else hidden

    @property
    def _has_clusters(self) -> bool:
        return "output.head.weight" in self.weights

    @property
    def _output(self) -> str:
        return "output.head" if self._has_clusters else "output"

    def _linear(self, name: str, inputs: Vectors) -> Vectors:
        """Give inputs · Wᵀ + b of a layer; tails have no b."""
        scores = inputs @ self.weights[f"{name}.weight"].T
        if f"{name}.bias" in self.weights:
            scores += self.weights[f"{name}.bias"]
        return scores

    def _of_cluster(self, place: int, features: Vectors) -> Vectors:
        """Give ln P of each token of a cluster, if it is one of these."""
        narrow = self._linear(f"output.tail.{place}.0", features)
        return _log_softmax(self._linear(f"output.tail.{place}.1", narrow))

    def _of_tokens(self, features: Vectors, tokens: Ids) -> Floats:
        """Give ln P of one token for each row: float64 (B)."""
        rows = np.arange(len(tokens))
        if not self._has_clusters:
            return _log_softmax(self._linear("output", features))[rows, tokens].astype(np.float64)
        head = _log_softmax(self._linear("output.head", features))
        cutoffs = cutoffs_of(len(self.weights[WORDS]))
        # A rare token has the probability of its cluster, times its own within the cluster.
        cluster = np.searchsorted(cutoffs, tokens, "right")
        found = head[rows, np.where(cluster, cutoffs[0] + cluster - 1, tokens)].astype(np.float64)
        for place, first in enumerate(cutoffs[:-1]):
            inside = np.flatnonzero(cluster == place + 1)
            if len(inside):
                scores = self._of_cluster(place, features[inside])
                found[inside] += scores[np.arange(len(inside)), tokens[inside] - first]
        return found


def _log_softmax(scores: Vectors) -> Vectors:
    """Turn rows of scores into logarithms of probabilities, in place."""
    scores -= scores.max(axis=1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True, dtype=np.float32))
    return scores
