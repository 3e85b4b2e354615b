"""Writing by beams: the likeliest beginnings of a text are gone on with, piece by piece."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from lexloom.arrays import Offsets

__all__ = ["BeamSearch"]

_FIVE = 5.0


class BeamSearch:
    """What a batch of texts has come to so far: K beginnings of each, and those that ended.

    A beginning is worth its log-probability over ((5 + pieces) / 6) to the power of `alpha` (Wu et
    al. 2016, *Google's Neural Machine Translation System*, equation 14). A text is done when K of
    its beginnings have ended; what has been read of it is dropped then.

    Parameters
    ----------
    module
        A model that transformers opens as `AutoModelForSeq2SeqLM`.
    last_id
        The piece that ends a text.
    beams
        K.
    alpha
        The length penalty; 0 is none.
    """

    def __init__(self, module: Any, *, last_id: int, beams: int, alpha: float) -> None:
        self._module, self._last_id, self._beams, self._alpha = module, last_id, beams, alpha
        # Older versions of transformers call it otherwise.
        parameters = inspect.signature(module.forward).parameters
        self._cache_name = "cache" if "cache" in parameters else "past_key_values"

    def write(
        self, ids: torch.Tensor, mask: torch.Tensor, begun: torch.Tensor, longest: int
    ) -> list[Offsets]:
        """Write a text for each of a batch.

        Parameters
        ----------
        ids
            int64 (B, S), the pieces read.
        mask
            int64 (B, S), 1 where a piece is.
        begun
            int64 (T), what each text begins with.
        longest
            The most pieces to write behind that.

        Returns
        -------
        list of Offsets
            B times int64, without `begun` and without the end.
        """
        from transformers import DynamicCache, EncoderDecoderCache

        n_texts, beams = len(ids), self._beams
        encoder = self._module.get_encoder()
        read = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        config = self._module.config
        self._cache: Any = EncoderDecoderCache(
            DynamicCache(config=config), DynamicCache(config=config)
        )
        self._read, self._mask = (x.repeat_interleave(beams, 0) for x in (read, mask))
        self._rows = torch.arange(n_texts, device=ids.device)
        self._written = begun.new_empty((n_texts, beams, 0))
        # All beams of a text begin alike: only the first may be gone on with.
        self._worth = read.new_full((n_texts, beams), -torch.inf, dtype=torch.float32)
        self._worth[:, 0] = 0.0
        self._ended: list[list[tuple[float, Offsets]]] = [[] for _ in range(n_texts)]
        given = begun.repeat(n_texts * beams, 1)
        for length in range(1, longest + 1):
            given = self._step(given, length)
            if not len(self._rows):
                break
        self._end_all(longest)
        return [max(ended, key=lambda one: one[0])[1] for ended in self._ended]

    def _step(self, given: torch.Tensor, length: int) -> torch.Tensor:
        """Go on by a piece; give the last one of each beginning."""
        scores = self._module(
            encoder_outputs=(self._read,), attention_mask=self._mask, decoder_input_ids=given,
            use_cache=True, **{self._cache_name: self._cache},
        ).logits[:, -1]  # fmt: skip
        beams, n_pieces = self._beams, scores.shape[-1]
        likely, pieces = scores.float().log_softmax(-1).topk(min(2 * beams, n_pieces))
        worth = (self._worth[..., None] + likely.view(len(self._rows), beams, -1)).flatten(1)
        # Of twice as many as are gone on with, at most half end.
        best, places = worth.topk(2 * beams)
        chosen = pieces.view(len(self._rows), -1).gather(1, places)
        parents = places // likely.shape[-1]
        is_end = chosen == self._last_id
        self._note_ended(best, parents, is_end, length)
        order = (2 * beams * is_end + torch.arange(2 * beams, device=is_end.device)).argsort(1)[
            :, :beams
        ]
        self._worth, parents, chosen = (x.gather(1, order) for x in (best, parents, chosen))
        self._written = torch.cat(
            [self._written.gather(1, parents[..., None].expand(-1, -1, length - 1)),
             chosen[..., None]], -1,
        )  # fmt: skip
        return self._carry_on(parents, chosen)

    def _note_ended(
        self, best: torch.Tensor, parents: torch.Tensor, is_end: torch.Tensor, length: int
    ) -> None:
        """Keep the beginnings that ended, if they are among the K best."""
        for row, place in is_end[:, : self._beams].nonzero().tolist():
            written = self._written[row, parents[row, place]].cpu().numpy().copy()
            value = float(best[row, place]) / self._penalty(length)
            self._ended[int(self._rows[row])].append((value, written))

    def _carry_on(self, parents: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """Bring what was read and seen in line with the beginnings that are gone on with."""
        rows, beams, device = self._rows.tolist(), self._beams, chosen.device
        goes_on = torch.tensor([len(self._ended[row]) < beams for row in rows], device=device)
        first = torch.arange(0, len(rows) * beams, beams, device=device)[:, None]
        places = (first + parents)[goes_on].flatten()
        if not goes_on.all():
            same = (first + torch.arange(beams, device=device))[goes_on].flatten()
            self._cache.cross_attention_cache.reorder_cache(same)
            self._read, self._mask = self._read[same], self._mask[same]
            self._rows, self._worth, self._written, chosen = (
                x[goes_on] for x in (self._rows, self._worth, self._written, chosen)
            )
        self._cache.self_attention_cache.reorder_cache(places)
        return chosen.reshape(-1, 1)

    def _end_all(self, longest: int) -> None:
        """Take the beginnings as they are of texts that came to no end."""
        for row, best in enumerate(self._worth.tolist() if len(self._rows) else []):
            ended = self._ended[int(self._rows[row])]
            if not ended:
                ended.append(
                    (best[0] / self._penalty(longest), self._written[row, 0].cpu().numpy())
                )

    def _penalty(self, length: int) -> float:
        """Give what a log-probability is divided by."""
        return float(((_FIVE + length) / (_FIVE + 1)) ** self._alpha)
