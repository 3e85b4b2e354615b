"""What is to become small while an encoder learns what belongs together: losses of a whole batch.

All of them look at cosines, or at vectors one long, so that what is learned is what a search asks.
"""

from __future__ import annotations

import torch
from torch.nn import functional

__all__ = ["cosine_error", "label_surprise", "order_error", "search_surprise"]


def cosine_error(one: torch.Tensor, other: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Give the mean squared distance of cosines from what they should be.

    Parameters
    ----------
    one
        (B, D), the vectors of the first text of each pair.
    other
        (B, D), those of the second.
    wanted
        (B), -1 to 1.

    Returns
    -------
    torch.Tensor
        A number.
    """
    return functional.mse_loss(functional.cosine_similarity(one, other), wanted)


def order_error(
    one: torch.Tensor, other: torch.Tensor, is_alike: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Tell how far cosines of pairs that belong together are not above all others.

    ln(1 + Σ exp((cos(other pair) - cos(pair)) / τ)) over all pairs that belong together and all
    others of the batch (Su 2022, *CoSENT*): nobody need say where to draw the line.

    Parameters
    ----------
    one
        (B, D), the vectors of the first text of each pair.
    other
        (B, D), those of the second.
    is_alike
        bool (B), whether they belong together.
    temperature
        τ.

    Returns
    -------
    torch.Tensor
        A number; 0 where a batch has pairs of one sort only.
    """
    cosines = functional.cosine_similarity(one, other) / temperature
    gaps = (cosines[~is_alike][:, None] - cosines[is_alike]).reshape(-1)
    return torch.logsumexp(torch.cat([cosines.new_zeros(1), gaps]), 0)


def label_surprise(
    one: torch.Tensor,
    other: torch.Tensor,
    labels: torch.Tensor,
    layer: torch.nn.Linear,
    smoothing: float,
) -> torch.Tensor:
    """Give how surprising labels are, read off (u, v, |u - v|) (Reimers and Gurevych 2019).

    Parameters
    ----------
    one
        (B, D), the vectors of the first text of each pair, or their first numbers.
    other
        (B, D), those of the second.
    labels
        int64 (B).
    layer
        From 3 times the whole width to K; of fewer numbers its first columns of each third count.
    smoothing
        The share of a label that is spread over all labels.

    Returns
    -------
    torch.Tensor
        A number.
    """
    thirds = layer.weight.unflatten(1, (3, -1))[:, :, : one.shape[1]]
    both = torch.stack([one, other, (one - other).abs()], 1)
    scores = both.flatten(1) @ thirds.flatten(1).T + layer.bias
    return functional.cross_entropy(scores, labels, label_smoothing=smoothing)


def search_surprise(
    one: torch.Tensor, other: torch.Tensor, is_known: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Give how surprising it is to find each text's other one among those of the batch.

    The mean of -ln softmax(cos / τ), both ways (van den Oord, Li and Vinyals 2018).

    Parameters
    ----------
    one
        (B, D), the vectors of the first text of each pair.
    other
        (B, D), those of the second.
    is_known
        bool (B, B), which others of other pairs are no wrong answer and do not count.
    temperature
        τ.

    Returns
    -------
    torch.Tensor
        A number.
    """
    cosines = functional.normalize(one) @ functional.normalize(other).T / temperature
    cosines = cosines.masked_fill(is_known, -torch.inf)
    wanted = torch.arange(len(one), device=one.device)
    there, back = (functional.cross_entropy(each, wanted) for each in (cosines, cosines.T))
    return (there + back) / 2
