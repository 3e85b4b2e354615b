"""Pairs to learn from, to choose by and to be judged by, looked at before all else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lexloom.errors import FormatError
from lexloom.finetuning.matching.known_pairs import KnownPairs
from lexloom.finetuning.matching.text_pairs import TextPairs
from lexloom.finetuning.parts import Parts, count_shared
from lexloom.finetuning.targets.known_labels import known_labels
from lexloom.oddities import tell_oddity

__all__ = ["MatchParts", "halves_of", "match_parts", "pairs_to_look_at"]

_FEWEST_TO_LOOK_AT = 3
_MOST_TOGETHER = 0.5


@dataclass(frozen=True, kw_only=True)
class MatchParts(Parts[TextPairs]):
    """All that an encoder is taught with.

    Attributes
    ----------
    labels
        The labels in order, where pairs to learn from, or else to look at, have labels.
    """

    labels: tuple[str, ...] = ()


def match_parts(
    given: dict[str, TextPairs], *, batch: int, dev_share: float, seed: int
) -> MatchParts:
    """Set some pairs aside to look at while learning, and refuse what cannot work.

    Parameters
    ----------
    given
        ``train``, and ``dev`` and ``test`` if there are any.
    batch
        How many pairs a step learns from.
    dev_share
        The share of the texts of ``train`` to set aside, if there is no ``dev``.
    seed
        What is drawn for it.

    Returns
    -------
    MatchParts
        With a warning for each oddity.

    Raises
    ------
    FormatError
        If parts do not go together, or hold too little to learn from or to look at.
    """
    made = {name: _whole(name, part) for name, part in given.items()}
    train = made["train"]
    for name, part in made.items():
        if part.kind != train.kind and train.kind != "texts":
            raise FormatError(f"train has {train.kind}, {name} has {part.kind}: give the same.")
    _check_values(train)
    labels = ()
    if train.kind == "labels":
        labels = known_labels({name: part.values for name, part in made.items()})
    elif "dev" in made and made["dev"].kind == "labels":
        labels = tuple(sorted(set(made["dev"].values)))
    if "dev" not in made:
        made["train"], made["dev"] = _aside(train, dev_share, seed)
    _check_train(made["train"], labels, batch)
    for name in ("dev", "test"):
        if name in made and (told := _too_little(made[name])):
            raise FormatError(f"{name} {told}.", "Give more of them, or a larger dev_share.")
    if "test" in made and made["test"].kind == "labels" != made["dev"].kind:
        raise FormatError("test has labels, for which dev must have some too.", "Give dev.")
    others = {name: part for name, part in made.items() if name != "train"}
    n_shared = count_shared(
        {name: _known(part, made["train"]) for name, part in others.items()},
        "texts" if made["train"].kind == "texts" else "pairs",
    )
    return MatchParts(**made, labels=labels, n_shared=n_shared)


def pairs_to_look_at(given: TextPairs) -> TextPairs:
    """Take pairs that an encoder is to be judged by, by themselves.

    Parameters
    ----------
    given
        Pairs.

    Returns
    -------
    TextPairs
        Those of which nothing is missing; a warning tells of others.

    Raises
    ------
    FormatError
        If there are too few, or they say nothing about an encoder.
    """
    part = _whole("those given", given)
    if told := _too_little(part):
        raise FormatError(f"it {told}.", "Give more pairs.")
    return part


def halves_of(part: TextPairs) -> TextPairs:
    """Cut texts in the middle: two halves of a text belong together, and nobody had to say so.

    Parameters
    ----------
    part
        Texts by themselves.

    Returns
    -------
    TextPairs
        The halves of each that has two.
    """
    halves = []
    for text in dict.fromkeys(map(str.strip, part.texts)):
        middle = len(text) // 2
        blanks = [place for place, letter in enumerate(text) if letter.isspace()]
        near = min(blanks, key=lambda place: abs(place - middle), default=middle)
        # Where words stand apart, none is cut; a text of a script without blanks may have a few.
        cut = near if abs(near - middle) <= len(text) // 4 else middle
        if text[:cut].strip() and text[cut:].strip():
            halves.append((text[:cut].strip(), text[cut:].strip()))
    texts, others = (tuple(pair[side] for pair in halves) for side in (0, 1))
    return TextPairs("pairs", texts, others)


def _whole(name: str, part: TextPairs) -> TextPairs:
    """Leave out pairs of which something is missing, and say so."""
    values = part.values or ("",) * len(part)
    rows = [
        row
        for row, (text, other, value) in enumerate(
            zip(part.texts, part.others, values, strict=True)
        )
        if text.strip() and other.strip() and (not part.values or value not in (None, ""))
    ]
    if len(rows) < len(part):
        what = "texts of {} are empty" if part.kind == "texts" else "pairs of {} lack something"
        told = f"{len(part) - len(rows):,} {what.format(name)}"
        if not rows:
            raise FormatError(f"{told}, and there are no others.")
        tell_oddity(f"{told} and were left out.")
    n_same = sum(part.texts[row] == part.others[row] for row in rows)
    if part.kind == "pairs" and n_same:
        tell_oddity(
            f"{n_same:,} of {len(rows):,} pairs of {name} are the same text twice, which says "
            "nothing."
        )
    return part.take(rows)


def _aside(train: TextPairs, share: float, seed: int) -> tuple[TextPairs, TextPairs]:
    """Set a share of the pairs aside, all that share a text on one side.

    Where nearly all pairs hang together by their texts, those with the same first text do.
    """
    pairs = KnownPairs(train)
    n = len(pairs.texts)
    links = coo_array((np.ones(len(train)), (pairs.left, pairs.right)), (n, n))
    groups = connected_components(links, directed=False)[1][pairs.left]
    hang_together = np.bincount(groups).max() > _MOST_TOGETHER * len(train)
    kinds = np.unique(pairs.left if hang_together else groups, return_inverse=True)[1]
    draw = np.random.Generator(np.random.Philox(key=[seed, len(train)]))
    order, sizes = draw.permutation(kinds.max() + 1), np.bincount(kinds)
    n_kinds = 1 + int(np.searchsorted(sizes[order].cumsum(), share * len(train)))
    is_aside = np.isin(kinds, order[: min(n_kinds, len(order) - 1)])
    return train.take(np.flatnonzero(~is_aside)), train.take(np.flatnonzero(is_aside))


def _check_train(train: TextPairs, labels: tuple[str, ...], batch: int) -> None:
    """Refuse pairs from which nothing can be learned."""
    _check_values(train)
    if train.kind == "labels" and (lost := sorted(set(labels) - set(train.values))):
        raise FormatError(
            f"no pair is left to learn {lost[0]!r} from.", "Give more pairs, or dev= (--dev)."
        )
    if train.kind in ("pairs", "texts"):
        if len(train) < batch:
            raise FormatError(
                f"train has {len(train):,} {train.kind} to learn from, fewer than a batch of "
                f"{batch:,}: each is to be found among the others of its batch.",
                f"Give more, or pass batch={len(train)} (--batch {len(train)}).",
            )
        if len(set(train.others)) < 2:
            raise FormatError("there is nothing to tell apart: all pairs have the same text.")


def _check_values(train: TextPairs) -> None:
    """Refuse pairs of which nothing, or the same, is said."""
    if not len(train):
        raise FormatError("nothing is left to learn from.", "Give more, or dev= (--dev).")
    if train.values and len(set(train.values)) < 2:
        raise FormatError(
            f"there is nothing to learn: all {len(train):,} pairs of train have the "
            f"{train.kind[:-1]} {train.values[0]}."
        )


def _too_little(part: TextPairs) -> str:
    """Say why pairs say nothing about a model; nothing where they do."""
    looked = halves_of(part) if part.kind == "texts" else part
    if len(looked) < _FEWEST_TO_LOOK_AT:
        return f"has {len(looked):,} pairs to look at, fewer than {_FEWEST_TO_LOOK_AT}"
    if looked.values and len(set(looked.values)) < 2:
        return f"has pairs of one {looked.kind[:-1]} only"
    if not looked.values and len(set(looked.others)) < 2:
        return "has the same text in all pairs"
    return ""


def _known(part: TextPairs, train: TextPairs) -> list[bool]:
    """Say of each pair whether it, either way, or a text that stands alone is learned from."""
    known = set(zip(train.texts, train.others, strict=True))
    texts = set(train.texts) if train.kind == "texts" else set()
    return [
        bool({pair, pair[::-1]} & known or texts.intersection(pair))
        for pair in zip(part.texts, part.others, strict=True)
    ]
