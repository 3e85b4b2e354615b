"""`lexloom doubts`: texts whose label is most likely wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from lexloom.cli.options import SETTINGS, Everywhere, Labelled, LabelledReading, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import SettingError

__all__ = ["doubts"]


def doubts(
    model: Path,
    texts: Path,
    /,
    *,
    reading: LabelledReading = Labelled(),
    folds: Annotated[int, Parameter(group=SETTINGS)] = 5,
    top: Annotated[int | None, Parameter(group=SETTINGS)] = None,
    everywhere: Reading = Everywhere(),
) -> None:
    """List texts whose label another seems likelier than, the most doubtful first.

    Parameters
    ----------
    model
        The folder of a classifier that has not learned from these texts, or of anything that gives
        texts vectors: then what is thought of some texts is learned from the others.
    texts
        A file of texts with one label each (csv, tsv, jsonl, parquet).
    reading
        How that file is read.
    folds
        Into how many parts the texts are parted, to learn about each from the others.
    top
        How many to list, at least 1; by default all.
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If none is to be listed, or there is no model.
    """
    from lexloom import artefact, catalog
    from lexloom.finetuning.bag_learning import FromNothing
    from lexloom.finetuning.classifier import FittedClassifier
    from lexloom.finetuning.doubting import find_doubts
    from lexloom.opening import open_text_embedder

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    if top is not None and top < 1:
        raise SettingError(f"top must be at least 1, got {top}.")
    if str(model) == FromNothing.name and not model.exists():
        raise SettingError(
            f"doubts need a model, and {FromNothing.name} begins with none.",
            "Give the folder of a classifier that learned from other texts, or of word vectors, a "
            "bag of words or an encoder.",
        )
    is_ours = (model / artefact.MANIFEST).is_file()
    is_classifier = is_ours and catalog.class_of(model) is FittedClassifier
    opened: Any = FittedClassifier.load(model) if is_classifier else open_text_embedder(model)
    found = find_doubts(
        opened, texts, folds=folds, text_field=reading.text_field,
        label_field=reading.label_field, encoding=reading.encoding,
    )  # fmt: skip
    terminal.say(f"{len(found):,} texts have a label that another seems likelier than")
    for doubt in found[:top]:
        line = (
            f"{doubt.row:>7,}  {doubt.label} {doubt.chance:.3f}, rather {doubt.likelier}: "
            f"{' '.join(doubt.text.split())}"
        )
        terminal.show(asdict(doubt), [line])
