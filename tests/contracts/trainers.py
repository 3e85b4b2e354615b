"""The trainers that keep the contract; a new one is a few lines in `TRAINERS`."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lexloom import artefact
from lexloom.static import glove_model, nplm_model, word2vec_model
from lexloom.static.fasttext import FastText
from lexloom.static.glove import GloVe
from lexloom.static.nplm import NPLM
from lexloom.static.svd import SVD
from lexloom.static.word2vec import Word2Vec

LEAST_SHARE_FOUND = 0.9
N_STRETCHES = 12


@dataclasses.dataclass(frozen=True)
class Trainer:
    """A trainer of the contract.

    `settings` make it learn the planted language; `in_order` are those with which it gives the same
    bytes again, none for one that always does; `look_up_often` makes two epochs `N_STRETCHES`
    steps. What a family does not have, it is not asked for: `iterates` is false for a trainer
    without epochs, `has_kernels` where the number of threads must not matter, `has_outputs` if it
    keeps a second matrix. `reach` is the setting that says how far a context goes.
    """

    cls: type
    settings: dict[str, Any]
    in_order: dict[str, Any] = dataclasses.field(default_factory=lambda: {"deterministic": True})
    look_up_often: Callable[[pytest.MonkeyPatch], None] = lambda patch: None
    iterates: bool = True
    has_kernels: bool = True
    has_outputs: bool = True
    reach: str = "window"
    common: dict[str, Any] = dataclasses.field(
        default_factory=lambda: {"width": 12, "seed": 3, "threads": 2}
    )

    def __call__(self, **changes: Any) -> Any:
        return self.cls(**{**self.common, **self.settings, **changes})


def short_stretches(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(word2vec_model, "SPAN", 256)
    patch.setattr(word2vec_model, "SPANS_OF_STRETCH", 8)


def few_strata(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(glove_model, "STRATA", N_STRETCHES // 2)


def few_steps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(nplm_model, "STEPS_OF_STRETCH", 18)


WORD2VEC = {
    f"word2vec {objective} {loss}": Trainer(
        Word2Vec,
        {
            "objective": objective,
            "loss": loss,
            "epochs": 12,
            "sample": 0.0,
            "learning_rate": 0.05,
            "held_out": 0.02,
        },
        look_up_often=short_stretches,
    )
    for objective, loss in itertools.product(
        ("skip_gram", "cbow"), ("negative_sampling", "hierarchical_softmax", "full_softmax")
    )
}
COUNTS = {
    "svd": Trainer(SVD, {}, in_order={}, iterates=False, has_kernels=False, has_outputs=False)
}
FASTTEXT = {
    f"fasttext {objective}": Trainer(
        FastText,
        {
            "objective": objective,
            "buckets": 2000,
            "epochs": 12,
            "sample": 0.0,
            "learning_rate": 0.05,
            "held_out": 0.02,
        },
        look_up_often=short_stretches,
    )
    for objective in ("skip_gram", "cbow")
}
NETWORKS = {
    "nplm": Trainer(
        NPLM,
        {
            "order": 4,
            "hidden": 16,
            "epochs": 6,
            "batch_size": 128,
            "learning_rate": 0.02,
            "held_out": 0.02,
            "threads": 1,
        },
        in_order={},
        look_up_often=few_steps,
        has_kernels=False,
        has_outputs=False,
        reach="order",
    )
}
GLOVE = {
    "glove": Trainer(
        GloVe,
        {"epochs": 12, "learning_rate": 0.2, "held_out": 0.05},
        in_order={},
        look_up_often=few_strata,
    )
}
TRAINERS = WORD2VEC | FASTTEXT | GLOVE | COUNTS | NETWORKS
ITERATING = {name: trainer for name, trainer in TRAINERS.items() if trainer.iterates}
WITH_KERNELS = {name: trainer for name, trainer in TRAINERS.items() if trainer.has_kernels}
STEPPING = [
    "word2vec skip_gram negative_sampling",
    "word2vec cbow hierarchical_softmax",
    "fasttext skip_gram",
    "nplm",
    "glove",
]
"""The trainers that are stopped after every step: one of each way to train."""

CLASSES = sorted({trainer.cls for trainer in TRAINERS.values()}, key=lambda cls: cls.__name__)


def trace(folder: Path) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Sum up a result on disk: its matrices, what was told and measured, but for the seconds."""
    matrices = sorted(folder.glob("*.safetensors"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in matrices)).hexdigest()
    told = [
        json.loads(line)
        for line in (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for update in told:
        del update["elapsed_seconds"]
    metrics = dict(artefact.read_manifest(folder).metrics)
    del metrics["seconds"], metrics["words_per_second"]
    return digest, told, metrics
