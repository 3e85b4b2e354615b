"""The neural probabilistic language model in training: torch's part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from lexloom.arrays import Counts, Ids
from lexloom.static.nplm_network import NARROWING, WORDS, cutoffs_of, has_clusters
from lexloom.static.running_text import RunningText
from lexloom.training.devices import device_of
from lexloom.training.gradient_descent import Descent, GradientDescent
from lexloom.training.history import Tally
from lexloom.training.holding_out import held_out_share

if TYPE_CHECKING:
    from lexloom.static.nplm import NPLM, Begun

__all__ = ["NPLMModel"]

STEPS_OF_STRETCH = 64
"""Batches between two looks at the clock, at signals and at what came out."""

_HELD_OUT, _ORDER = 2, 3
_LARGEST_GRADIENT = 5.0
_DRAWN_WORDS = 1_024
_DRAWN_EXPONENT = 0.75


class _Sampled(torch.nn.Linear):
    """A softmax over all tokens that is trained against drawn ones (Bengio and Senécal 2003)."""

    chances: torch.Tensor

    def __init__(self, n_features: int, counts: Counts) -> None:
        super().__init__(n_features, len(counts))
        weights = torch.from_numpy(np.maximum(counts, 1) ** _DRAWN_EXPONENT)
        self.register_buffer("chances", weights / weights.sum(), persistent=False)

    def loss(self, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Give the mean of -ln P(target) among the target and the drawn tokens.

        A score stands for the logarithm of how often its token was to be expected among the
        drawn: taken off, all tokens compete as if all were there.
        """
        drawn = torch.multinomial(self.chances, _DRAWN_WORDS, replacement=True)
        expected = torch.log(self.chances.float() * _DRAWN_WORDS)
        own = (features * self.weight[targets]).sum(1) + self.bias[targets] - expected[targets]
        noise = functional.linear(features, self.weight[drawn], self.bias[drawn] - expected[drawn])
        noise = noise.masked_fill(drawn[None, :] == targets[:, None], -torch.inf)
        return (torch.logsumexp(torch.cat([own[:, None], noise], 1), 1) - own).mean()


class _Full(torch.nn.Linear):
    """A softmax over all tokens."""

    def loss(self, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Give the mean of -ln P(target)."""
        return functional.cross_entropy(self(features), targets)


class _Adaptive(torch.nn.AdaptiveLogSoftmaxWithLoss):
    """A softmax over frequent tokens and clusters of rarer ones (Grave et al. 2017)."""

    def loss(self, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Give the mean of -ln P(target)."""
        return self(features, targets).loss


class _Network(torch.nn.Module):
    """What `nplm_network.Network` computes, with a gradient."""

    def __init__(self, settings: NPLM, counts: Counts) -> None:
        super().__init__()
        inputs = (settings.order - 1) * settings.width
        features = settings.hidden + inputs * settings.direct
        self.words = torch.nn.Embedding(len(counts), settings.width, sparse=True)
        self.hidden = torch.nn.Linear(inputs, settings.hidden)
        self.dropout = torch.nn.Dropout(settings.dropout)
        self.direct = settings.direct
        if has_clusters(settings.output, len(counts)):
            cutoffs = cutoffs_of(len(counts))[:-1]
            self.output = _Adaptive(features, len(counts), cutoffs, NARROWING, head_bias=True)
        elif settings.output == "sampled":
            self.output = _Sampled(features, counts)
        else:
            self.output = _Full(features, len(counts))

    def forward(self, contexts: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Give the mean loss of a batch: -ln softmax(b + W x + U tanh(d + H x)), equation 1."""
        x = self.dropout(self.words(contexts).flatten(1))
        features = self.dropout(torch.tanh(self.hidden(x)))
        if self.direct:
            features = torch.cat([features, x], 1)
        return self.output.loss(features, targets)


class NPLMModel:
    """A network in training; what `begun` holds is changed in place."""

    unit = "words"

    def __init__(self, settings: NPLM, text: RunningText, begun: Begun) -> None:
        self._settings = settings
        self._text = text
        self._begun = begun
        self._device = device_of(settings.device)
        self._threads_before = torch.get_num_threads()
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        aside = self._chosen_aside()
        self._places, self._held_out = text.places[~aside], text.places[aside]
        self.n_units = len(self._places)
        self.stretch_units = settings.batch_size * STEPS_OF_STRETCH
        self.n_stretches = -(-self.n_units // self.stretch_units)
        self._n_steps = -(-self.n_units // settings.batch_size)
        self._frozen = torch.from_numpy(begun.frozen_tokens).to(self._device)
        self._module = self._make_module()
        self._descent = GradientDescent(
            self._module,
            Descent(
                learning_rate=settings.learning_rate,
                n_steps=settings.epochs * self._n_steps,
                weight_decay=settings.weight_decay,
                by_row=frozenset({WORDS}),
                largest_gradient=_LARGEST_GRADIENT,
                seed=settings.seed,
            ),
        )
        self._order: tuple[int, Any] = (-1, None)

    def _make_module(self) -> torch.nn.Module:
        """Make the module; the arrays of `begun` become views of its parameters where they can."""
        with torch.random.fork_rng(devices=[]):  # what torch draws for it is not used
            module = _Network(self._settings, self._begun.token_counts)
        weights = self._begun.network.weights
        module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        module.words.weight.register_hook(self._without_frozen)
        return module.to(self._device)

    def _without_frozen(self, gradient: torch.Tensor) -> torch.Tensor:
        """Let words be that keep their vectors."""
        if not len(self._frozen):
            return gradient
        found = gradient.coalesce()
        rows = found.indices()
        learns = ~torch.isin(rows[0], self._frozen)
        return torch.sparse_coo_tensor(rows[:, learns], found.values()[learns], gradient.shape)

    def _chosen_aside(self) -> np.ndarray:
        """Mark the places of the sentences that are set aside: bool (T)."""
        text, n_sentences = self._text, len(self._text.starts) - 1
        generator = np.random.Generator(np.random.Philox(key=[self._settings.seed, _HELD_OUT]))
        share = held_out_share(self._settings.held_out, n_sentences)
        return np.repeat(generator.random(n_sentences) < share, np.diff(text.starts))

    def _order_of(self, epoch: int) -> np.ndarray:
        """Shuffle the places for an epoch, the same way each time it is asked for."""
        if self._order[0] != epoch:
            key = [self._settings.seed, (epoch << 8) + _ORDER]
            generator = np.random.Generator(np.random.Philox(key=key))
            self._order = (epoch, generator.permutation(self._places))
        return self._order[1]

    def train(self, epoch: int, stretch: int) -> Tally:
        """Train on one stretch of an epoch."""
        order = self._order_of(epoch)
        tally = Tally()
        self._module.train()
        first = stretch * STEPS_OF_STRETCH
        for batch in range(first, min(first + STEPS_OF_STRETCH, self._n_steps)):
            begin = batch * self._settings.batch_size
            places = order[begin : begin + self._settings.batch_size]
            contexts = self._tensor(self._text.contexts(places, self._settings.order - 1))
            targets = self._tensor(self._text.tokens[places])
            loss = self._descent.step(
                epoch * self._n_steps + batch,
                lambda c=contexts, t=targets: self._module(c, t),
                rows={WORDS: contexts},
            )
            tally = tally + Tally(loss * len(places), len(places))
        self._show()
        return tally

    def _tensor(self, ids: Ids) -> torch.Tensor:
        return torch.from_numpy(ids.astype(np.int64)).to(self._device)

    def _show(self) -> None:
        """Let the arrays of `begun` hold what the module has learned."""
        self._descent.catch_up()
        for name, array in self._descent.arrays().items():
            if name in self._begun.network.weights:
                self._begun.network.weights[name] = array

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a stretch."""
        step = min(stretch * STEPS_OF_STRETCH, self._n_steps)
        return self._descent.rate(epoch * self._n_steps + step)

    def held_out_loss(self) -> float | None:
        """Give the mean loss of the sentences set aside, or None when there are none."""
        if not len(self._held_out):
            return None
        found = self._begun.network.log_probabilities(self._text, self._held_out)
        return -float(found.mean())

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the weights, and what gradient descent keeps of each."""
        return self._descent.arrays()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back."""
        self._descent.restore(arrays)
        self._show()

    def close(self) -> None:
        """Give torch back the threads it had."""
        torch.set_num_threads(self._threads_before)
