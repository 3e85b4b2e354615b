"""A causal language model: how surprised it is by a text, and how it goes on with one."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.arrays import Floats
from lexloom.contextual.language_models.packing import Stream
from lexloom.contextual.language_models.transformer_model import TransformerModel
from lexloom.errors import SettingError

if TYPE_CHECKING:
    from lexloom.contextual.language_models.foretelling import Surprise

__all__ = ["CausalModel", "continued"]

_COLDEST = 1e-6
_MOST_PIECES = 100_000


class CausalModel(TransformerModel):
    """A model that foretells the next piece; made by `CausalPretraining`."""

    kind = "causal_model"

    def _opening(self) -> list[int]:
        """Give the end of another text, which stands before each."""
        last = self.tokenizer.id_of("eos_token", "sep_token")
        return [] if last is None else [last]

    def _foretold(self, stream: Stream, *, whole_words: bool) -> Surprise:
        from lexloom.contextual.language_models.foretelling import causal_surprise

        return causal_surprise(self.module, stream, self.positions)

    def generate(
        self,
        prompt: str = "",
        n_pieces: int = 50,
        *,
        temperature: float = 1.0,
        top_p: float = 1.0,
        seed: int = 1,
    ) -> str:
        """Go on with a text, drawing piece after piece, up to its end.

        Parameters
        ----------
        prompt
            How it begins.
        n_pieces
            The most pieces to draw, at least 1.
        temperature
            Below 1 likely pieces become likelier; 0 takes the likeliest each time.
        top_p
            Draw among the likeliest pieces only, which together have this chance (Holtzman et al.
            2020); above 0 and up to 1.
        seed
            Another seed draws other pieces; the same draws the same.

        Returns
        -------
        str
            What comes behind the prompt.

        Raises
        ------
        SettingError
            If the prompt is no text, or a number is out of its range.
        """
        _check_number("n_pieces", n_pieces, 1, _MOST_PIECES)
        _check_number("seed", seed, 0, 2**63 - 1)
        if not isinstance(temperature, Real) or not 0 <= temperature < np.inf:
            raise SettingError(f"temperature must be a number from 0 on, got {temperature!r}.")
        if not isinstance(top_p, Real) or not 0 < top_p <= 1:
            raise SettingError(f"top_p must be above 0 and at most 1, got {top_p!r}.")
        before = [*self._opening(), *self.tokenizer.encode(prompt)]
        drawn = continued(self, before, n_pieces, float(temperature), float(top_p), seed)
        return self.tokenizer.decode(drawn)


def continued(
    model: CausalModel,
    before: list[int],
    n_pieces: int,
    temperature: float,
    top_p: float,
    seed: int,
) -> list[int]:
    """Draw pieces behind others, up to the one that ends a text.

    Parameters
    ----------
    model
        The model.
    before
        The pieces it goes on from, at least one.
    n_pieces
        The most to draw.
    temperature
        Below 1 likely pieces become likelier; 0 takes the likeliest.
    top_p
        The chance of the likeliest pieces that are drawn among.
    seed
        What the draws hang on.

    Returns
    -------
    list of int
        The pieces drawn, without the end.
    """
    import torch

    from lexloom.contextual.language_models.architectures import body_of, head_of

    body, head = body_of(model.module), head_of(model.module)
    device = next(model.module.parameters()).device
    generator = np.random.Generator(np.random.Philox(key=seed))
    ends = model.tokenizer.id_of("eos_token", "sep_token")
    ids = list(before)
    with torch.inference_mode():
        for _ in range(n_pieces):
            seen = torch.tensor([ids[-model.positions :]], device=device)
            scores = head(body(seen)[0, -1:])[0].double().cpu().numpy()[: len(model)]
            chances = _chances(scores, temperature, top_p)
            place = int(np.searchsorted(np.cumsum(chances), generator.random(), "right"))
            piece = min(place, len(chances) - 1)
            if piece == ends:
                break
            ids.append(piece)
    return ids[len(before) :]


def _chances(scores: Floats, temperature: float, top_p: float) -> Floats:
    """Turn scores into chances that add up to 1: float64 (V)."""
    if temperature < _COLDEST:
        return (np.arange(len(scores)) == scores.argmax()).astype(np.float64)
    raised = np.exp((scores - scores.max()) / temperature)
    chances = raised / raised.sum()
    if top_p < 1:
        order = np.argsort(-chances, kind="stable")
        # The piece that reaches the sum belongs to them.
        enough = np.cumsum(chances[order]) - chances[order] >= top_p
        chances[order[enough]] = 0.0
        chances /= chances.sum()
    return chances


def _check_number(name: str, value: Any, least: int, most: int) -> None:
    """Refuse what is no whole number in its range."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or not least <= int(value) <= most:
        raise SettingError(
            f"{name} must be a whole number from {least:,} to {most:,}, got {value!r}."
        )
