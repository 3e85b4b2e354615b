"""A masked language model: which pieces it would put into the gaps of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lexloom.contextual.language_models.masking import Masking
from lexloom.contextual.language_models.packing import Stream
from lexloom.contextual.language_models.transformer_model import TransformerModel
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.errors import FormatError, SettingError, ShapeError

if TYPE_CHECKING:
    from lexloom.contextual.language_models.foretelling import Surprise

__all__ = ["MaskedModel", "masking_of"]


class MaskedModel(TransformerModel):
    """A model that foretells hidden pieces from both sides; made by `MaskedPretraining`."""

    kind = "masked_model"

    def _foretold(self, stream: Stream, *, whole_words: bool) -> Surprise:
        from lexloom.contextual.language_models.foretelling import masked_surprise

        n_rows = self.module.config.vocab_size
        masking = masking_of(self.tokenizer, n_rows, whole_words=whole_words)
        first = self.tokenizer.id_of("cls_token", "bos_token")
        found = masked_surprise(self.module, stream, self.positions, first, masking)
        if not found.n_foretold:
            raise ShapeError("the text is so short that no piece of it was hidden.")
        return found

    def fill(self, text: str, n: int = 5) -> list[list[tuple[str, float]]]:
        """Say which pieces would best fill the gaps of a text.

        Parameters
        ----------
        text
            A text with the mask of the tokenizer (``[MASK]``) for each piece that is missing.
        n
            How many to give for each gap, at least 1.

        Returns
        -------
        list of list of tuple
            For each gap the likeliest pieces, best first, each with its chance.

        Raises
        ------
        SettingError
            If it is no text, has no gap or is too long, or `n` is no number from 1 on.
        """
        import torch

        from lexloom.contextual.language_models.architectures import body_of, head_of

        if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
            raise SettingError(f"n must be a whole number from 1 on, got {n!r}.")
        ids = self.tokenizer.encode(text, special=True)
        mask_id = self.tokenizer.id_of("mask_token")
        gaps = [place for place, piece in enumerate(ids) if piece == mask_id]
        if not gaps:
            mask = self.tokenizer.roles.get("mask_token", "a mask")
            raise SettingError(f"the text has no gap; write {mask} where a piece is missing.")
        if len(ids) > self.positions:
            raise SettingError(
                f"the text has {len(ids):,} pieces, this model reads {self.positions:,}."
            )
        device = next(self.module.parameters()).device
        with torch.inference_mode():
            vectors = body_of(self.module)(torch.tensor([ids], device=device))[0, gaps]
            scores = head_of(self.module)(vectors)[:, : len(self)]
            best = torch.softmax(scores.double(), -1).topk(min(n, len(self)))
        return [
            list(zip(map(self._written, found), chances, strict=True))
            for found, chances in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]

    def _written(self, piece_id: int) -> str:
        """Write a piece as text; one that no text shows as the vocabulary has it."""
        return self.tokenizer.decode([piece_id]) or self.tokenizer.pieces([piece_id])[0]


def masking_of(
    tokenizer: Tokenizer,
    n_rows: int,
    *,
    share: float = 0.15,
    seed: int = 1,
    whole_words: bool = True,
) -> Masking:
    """Say how the pieces of a tokenizer are masked.

    Parameters
    ----------
    tokenizer
        The tokenizer.
    n_rows
        V, the pieces the model has, at least those of the tokenizer.
    share
        The share of words that are hidden.
    seed
        What the choice hangs on.
    whole_words
        Whether the pieces of a word are hidden together.

    Returns
    -------
    Masking
        With the special pieces left alone.

    Raises
    ------
    FormatError
        If the tokenizer has no mask.
    """
    mask_id = tokenizer.id_of("mask_token")
    if mask_id is None:
        raise FormatError("the tokenizer has no mask_token, which a masked model needs.")
    is_special = np.zeros(n_rows, np.bool_)
    for role in tokenizer.roles:
        is_special[tokenizer.id_of(role)] = True
    ordinary = np.flatnonzero(~is_special[: len(tokenizer)]).astype(np.int32)
    # What the tokenizer does not know can be foretold like any piece, but stands in for none.
    unknown = tokenizer.id_of("unk_token")
    if unknown is not None:
        is_special[unknown] = False
    return Masking(share, mask_id, ordinary, is_special, seed, whole_words)
