"""The training arguments in fastText's ``.bin``: read, kept with the vectors, and written again."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from lexloom.errors import FormatError
from lexloom.vectors.formats.measured import Measured
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["NAME", "NEGATIVE_SAMPLING", "Arguments", "argument_bytes", "read_arguments"]

NAME = "fasttext"
"""The setting of word vectors that keeps them."""

HIERARCHICAL_SOFTMAX, NEGATIVE_SAMPLING, SOFTMAX = 1, 2, 3
CBOW, SKIP_GRAM, SUPERVISED = 1, 2, 3
LOSSES = {
    "hierarchical_softmax": HIERARCHICAL_SOFTMAX,
    "negative_sampling": NEGATIVE_SAMPLING,
    "full_softmax": SOFTMAX,
}
LAZY = 100
"""Words after which fastText's threads compare how far they are; its default."""

MOST_BUCKETS = 10**9
MAX_WIDTH = 1 << 16


class Arguments(NamedTuple):
    """The settings that fastText writes, by its own names."""

    dim: int
    ws: int
    epoch: int
    minCount: int
    neg: int
    wordNgrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lrUpdateRate: int
    t: float


LAYOUT = struct.Struct("<12id")
OF_TRAINING = ("ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "lrUpdateRate", "t")
"""Those that say how vectors were made; the others say what the file holds."""


def read_arguments(file: Measured) -> Arguments:
    """Read the arguments.

    Raises
    ------
    FormatError
        If they are those of a model that is no word vectors, or of none.
    """
    arguments = Arguments(*file.unpack(LAYOUT, "the settings"))
    if arguments.model == SUPERVISED:
        file.fail(
            "this is a fastText model that classifies texts (supervised), not word vectors.",
            "Give a model trained with skipgram or cbow.",
        )
    if (
        arguments.model not in (CBOW, SKIP_GRAM)
        or not 0 <= arguments.bucket <= MOST_BUCKETS
        or not math.isfinite(arguments.t)
    ):
        file.fail("the settings make no sense; the file is damaged.", "Get it again.")
    if not 1 <= arguments.dim <= MAX_WIDTH:
        file.fail(f"vectors have a width from 1 to {MAX_WIDTH:,}, found {arguments.dim:,}.")
    return arguments


def argument_bytes(vectors: WordVectors) -> bytes:
    """Give the bytes of what fastText wants to know of vectors.

    Parameters
    ----------
    vectors
        Those read from a file of fastText keep what it said of their training; of others it is told
        in fastText's terms, and what is not known has fastText's default.

    Returns
    -------
    bytes
        As `read_arguments` takes them.

    Raises
    ------
    FormatError
        If the vectors keep arguments that fastText could not have written.
    """
    arguments = _made_here(vectors)._replace(**_said_before(vectors.settings.get(NAME)))
    try:
        return LAYOUT.pack(*arguments)
    except struct.error as error:
        raise FormatError(
            f"the vectors keep settings of fastText that it could not have written: {error}.",
            "Convert the fastText file anew.",
        ) from error


def _made_here(vectors: WordVectors) -> Arguments:
    """Tell the settings of a trainer of ours by fastText's names."""
    made = vectors.settings
    ngrams = None if vectors.table is None else vectors.table.ngrams
    return Arguments(
        dim=vectors.width,
        ws=made.get("window", 5),
        epoch=made.get("epochs", 5),
        minCount=1,
        neg=made.get("noise_words", 5),
        wordNgrams=1,
        loss=LOSSES.get(made.get("loss", ""), NEGATIVE_SAMPLING),
        model=CBOW if made.get("objective") == "cbow" else SKIP_GRAM,
        bucket=0 if ngrams is None else ngrams.buckets,
        minn=0 if ngrams is None else ngrams.min_n,
        maxn=0 if ngrams is None else ngrams.max_n,
        lrUpdateRate=LAZY,
        t=made.get("sample", 1e-4),
    )


def _said_before(kept: Any) -> dict[str, Any]:
    """Give what a file of fastText said of training, if the vectors come from one."""
    if not isinstance(kept, Mapping):
        return {}
    return {name: kept[name] for name in OF_TRAINING if name in kept}
