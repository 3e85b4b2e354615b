"""A causal model goes on with texts, several at once, each piece read once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Floats
from lexloom.contextual.language_models.architectures import head_of
from lexloom.contextual.language_models.drawing import Drawing
from lexloom.contextual.language_models.wording import Wording
from lexloom.oddities import tell_oddity

if TYPE_CHECKING:
    from lexloom.contextual.language_models.causal_model import CausalModel

__all__ = ["Begun", "go_on"]

_KEPT_IN_SIGHT = 0.75


class Begun:
    """A text that is being written.

    Parameters
    ----------
    opening
        Pieces before its first: they are no text, and may come again.
    prompt
        The pieces it begins with.
    wording
        Makes text of those that follow.
    generator
        What they are drawn with.
    """

    def __init__(
        self,
        opening: Sequence[int],
        prompt: Sequence[int],
        wording: Wording,
        generator: np.random.Generator,
    ) -> None:
        self.ids = [*opening, *prompt]
        self._n_opening, self._n_begun = len(opening), len(self.ids)
        self._wording, self._generator = wording, generator
        self.fresh = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return self._wording.is_over

    def take(self, scores: Floats, drawing: Drawing, end: int | None) -> None:
        """Draw a piece; `fresh` is the text that it settles.

        Parameters
        ----------
        scores
            float64 (V).
        drawing
            How to draw.
        end
            The piece that ends a text.
        """
        piece = drawing.draw(scores, self.ids[self._n_opening :], self._generator)
        if piece == end:
            self.fresh = self._wording.rest()
            return
        self.ids.append(piece)
        self.fresh = self._wording.feed(piece)
        if len(self.ids) - self._n_begun == drawing.n_pieces:
            self.fresh += self._wording.rest()


def go_on(
    model: CausalModel, texts: Sequence[Begun], drawing: Drawing
) -> Iterator[tuple[int, str]]:
    """Go on with texts until each has ended; one warning says if a text outgrew the model's sight.

    Parameters
    ----------
    model
        The model.
    texts
        Those that were begun; change in place.
    drawing
        How to draw.

    Yields
    ------
    tuple
        The number of a text, and what follows in it, never empty.
    """
    sight = _Sight(model)
    end = model.tokenizer.id_of("eos_token", "sep_token")
    while live := [number for number, text in enumerate(texts) if not text.is_over]:
        scores = sight.scores(live, [texts[number].ids for number in live])
        for number, row in zip(live, scores, strict=True):
            texts[number].take(row, drawing, end)
            if texts[number].fresh:
                yield number, texts[number].fresh
    if sight.has_slid:
        tell_oddity(
            f"a text grew longer than the {model.positions:,} pieces that the model reads at "
            "once: its end was written without sight of its beginning."
        )


class _Sight:
    """What a model has seen of some texts: keys and values, so that no piece is read twice.

    Shorter texts are filled up on their left. Where there is no room for a piece more, the last
    pieces are read anew, with room behind them.
    """

    def __init__(self, model: CausalModel) -> None:
        self._model = model
        self._body, self._head = model.module.base_model, head_of(model.module)
        self._device = next(model.module.parameters()).device
        # The library has renamed what it calls its cache.
        known = inspect.signature(self._body.forward).parameters
        self._name = "cache" if "cache" in known else "past_key_values"
        self._cache: Any = None
        self._live: list[int] = []
        self._is_piece = np.zeros((0, 0), np.bool_)
        self.has_slid = False

    def scores(self, live: list[int], texts: Sequence[list[int]]) -> Floats:
        """Score what comes next in each text: float64 (B, V); only the last piece may be new."""
        with torch.inference_mode():
            if self._cache is None or self._is_piece.shape[1] == self._model.positions:
                given = self._anew(texts)
            else:
                if live != self._live:
                    kept = [self._live.index(number) for number in live]
                    self._cache.batch_select_indices(torch.tensor(kept, device=self._device))
                    self._is_piece = self._is_piece[kept]
                given = np.array([text[-1:] for text in texts])
                self._is_piece = np.pad(self._is_piece, ((0, 0), (0, 1)), constant_values=True)
            self._live = live
            return self._read(given)

    def _anew(self, texts: Sequence[list[int]]) -> np.ndarray:
        """Begin to read: whole texts, or as much of their ends as leaves room."""
        from transformers import DynamicCache

        positions = self._model.positions
        kept = max(1, int(_KEPT_IN_SIGHT * positions))
        seen = [text if len(text) <= positions else text[-kept:] for text in texts]
        self.has_slid |= any(len(text) > positions for text in texts)
        width = max(map(len, seen))
        given = np.zeros((len(seen), width), np.int64)
        self._is_piece = np.arange(width) >= width - np.array([len(text) for text in seen])[:, None]
        given[self._is_piece] = np.concatenate(seen)
        self._cache = DynamicCache(config=self._model.module.config)
        return given

    def _read(self, given: np.ndarray) -> Floats:
        """Read pieces behind those that were seen."""
        places = np.maximum(np.cumsum(self._is_piece, 1) - 1, 0)[:, -given.shape[1] :]
        mask = None if self._is_piece.all() else self._tensor(self._is_piece.astype(np.int64))
        hidden = self._body(
            input_ids=self._tensor(given), attention_mask=mask, position_ids=self._tensor(places),
            use_cache=True, **{self._name: self._cache},
        ).last_hidden_state  # fmt: skip
        scores = self._head(hidden[:, -1]).double().cpu().numpy()
        return scores[:, : len(self._model)]

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)
