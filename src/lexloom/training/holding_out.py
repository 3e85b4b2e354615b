"""How much of a text is set aside to measure the loss on."""

from __future__ import annotations

__all__ = ["held_out_share"]

_LEAST_SENTENCES = 1_000


def held_out_share(wanted: float, n_sentences: int) -> float:
    """Give the share of sentences to set aside: none of a short text, which needs all it has.

    Parameters
    ----------
    wanted
        The share that is asked for, from 0 on and below 1.
    n_sentences
        How many sentences there are.

    Returns
    -------
    float
        `wanted`, or 0 where a share would be too few to measure on.
    """
    return wanted if n_sentences >= _LEAST_SENTENCES else 0.0
