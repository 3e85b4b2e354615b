"""What pretraining begins with: a model from scratch, with vectors of words, or another's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom.arrays import Vectors
from lexloom.contextual.language_models.architectures import (
    CAUSAL,
    MASKED,
    build,
    new_config,
    set_dropout,
    usable_positions,
)
from lexloom.contextual.language_models.sizes import Shape, shape_of
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.errors import FormatError, SettingError
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.contextual.pretraining import Pretraining

__all__ = ["Beginning", "begin", "start_embeddings"]

_SPREAD = 0.02
_PROJECTION = 5


@dataclass(frozen=True)
class Beginning:
    """Where pretraining begins.

    Attributes
    ----------
    module
        The model, changed in place.
    tokenizer
        What cuts text for it.
    goes_on
        Whether it has learned before.
    has_new_head
        Whether its body has learned before and its head has not.
    lineage
        What it was made from.
    """

    module: Any
    tokenizer: Tokenizer
    goes_on: bool
    has_new_head: bool
    lineage: dict[str, Any]


def begin(
    settings: Pretraining,
    tokenizer: Tokenizer | None,
    start: WordVectors | None,
    origin: str | os.PathLike[str] | None,
) -> Beginning:
    """Make or open what is trained.

    Parameters
    ----------
    settings
        How to train.
    tokenizer
        What cuts the text; None with `origin`.
    start
        Vectors of words, or None.
    origin
        The folder of a model to go on with, or None.

    Returns
    -------
    Beginning
        The model and its tokenizer.

    Raises
    ------
    SettingError
        If a sequence is longer than the model can read, or a setting is that of the model to go
        on with.
    FormatError
        If `origin` is no model of the kind wanted.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(settings.seed)
        if origin is not None:
            return _opened(settings, origin)
        assert tokenizer is not None
        sized = settings.sized
        shape = Shape(
            architecture=getattr(settings, "architecture"),  # noqa: B009  # a subclass has it
            width=sized.width,
            layers=sized.layers,
            heads=sized.heads,
            n_pieces=len(tokenizer),
            positions=settings.longest,
            dropout=settings.dropout,
        )
        ids = {
            "pad": tokenizer.id_of("pad_token"),
            "first": tokenizer.id_of("cls_token", "bos_token"),
            "last": tokenizer.id_of("sep_token", "eos_token"),
        }
        module = build(new_config(shape, ids))
    lineage: dict[str, Any] = {}
    if start is not None:
        n_started = start_embeddings(module, tokenizer, start, settings.seed)
        lineage["pieces_from_words"] = n_started
    if settings.kind == "causal_model":
        tokenizer = tokenizer.without_frame()
    return Beginning(module, tokenizer, False, False, lineage)


def _opened(settings: Pretraining, origin: str | os.PathLike[str]) -> Beginning:
    """Open a model to go on with."""
    from lexloom.contextual.language_models.folder_opening import open_folder

    module, tokenizer, is_new = open_folder(origin)
    kind: str = module.config.model_type
    wanted = MASKED if settings.kind == "masked_model" else CAUSAL
    if kind not in wanted:
        raise FormatError(
            f"expected a model of {', '.join(wanted)}; this is a {kind}.", path=origin
        )
    if settings.longest > usable_positions(module.config):
        raise SettingError(
            f"the model reads {usable_positions(module.config):,} pieces, a sequence would have "
            f"{settings.longest:,}.",
            f"Pass positions={usable_positions(module.config)}.",
        )
    shape = shape_of(module.config)
    for name in ("architecture", "width", "layers", "heads"):
        said, plain = getattr(settings, name), getattr(type(settings)(), name)
        if said not in (plain, getattr(shape, name)):
            raise SettingError(
                f"{name} is {getattr(shape, name)} in the model to go on with, got {said}.",
                f"Leave out {name}.",
            )
    set_dropout(module, settings.dropout)
    return Beginning(module, tokenizer, True, is_new, {})


def start_embeddings(module: Any, tokenizer: Tokenizer, start: WordVectors, seed: int) -> int:
    """Give pieces that are words the vectors of those words, in place.

    The vectors are brought to the width of the model and to the spread that its own have.

    Parameters
    ----------
    module
        The model.
    tokenizer
        Its tokenizer.
    start
        The vectors.
    seed
        What the projection to a larger width hangs on.

    Returns
    -------
    int
        How many pieces were given one.

    Raises
    ------
    SettingError
        If no piece is a word of the vectors.
    """
    table = module.get_input_embeddings().weight
    special = {tokenizer.id_of(role) for role in tokenizer.roles}
    ordinary = [piece for piece in range(len(tokenizer)) if piece not in special]
    words = [_word_of(tokenizer, piece) for piece in ordinary]
    known = start.vocabulary.ids(words)
    rows = np.flatnonzero(known >= 0)
    if not len(rows):
        raise SettingError(
            "no piece of the tokenizer is a word of the given vectors.",
            "Give vectors of the same language and case.",
        )
    found = _brought_to(start.matrix[known[rows]], table.shape[1], seed)
    with torch.no_grad():
        places = torch.from_numpy(np.array(ordinary)[rows])
        table[places] = torch.from_numpy(found).to(table.dtype)
    return len(rows)


def _word_of(tokenizer: Tokenizer, piece: int) -> str:
    """Give the word that a piece is by itself; nothing for one that goes on with a word."""
    written = tokenizer.pieces([piece])[0]
    return "" if written.startswith("##") else tokenizer.decode([piece]).strip()


def _brought_to(vectors: Vectors, width: int, seed: int) -> Vectors:
    """Bring vectors to a width: along their main directions, or turned into a larger space."""
    given = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    if given.shape[1] > width:
        _, _, directions = np.linalg.svd(given, full_matrices=False)
        given = given @ directions[:width].T
        given = np.pad(given, ((0, 0), (0, width - given.shape[1])))
    elif given.shape[1] < width:
        generator = np.random.Generator(np.random.Philox(key=[seed, _PROJECTION]))
        turned, _ = np.linalg.qr(generator.standard_normal((width, given.shape[1])))
        given = given @ turned.T
    spread = float(given.std()) or 1.0
    return (given * (_SPREAD / spread)).astype(np.float32)
