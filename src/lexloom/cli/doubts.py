"""`lexloom doubts`: texts whose label is most likely wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from lexloom.cli.options import SETTINGS, Everywhere, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import SettingError
from lexloom.evaluation.labelled import LABEL, TEXT

__all__ = ["doubts"]


def doubts(
    model: Path,
    texts: Path,
    /,
    *,
    text_field: Annotated[str, Parameter(group=SETTINGS)] = TEXT,
    label_field: Annotated[str, Parameter(group=SETTINGS)] = LABEL,
    encoding: Annotated[str, Parameter(group=SETTINGS)] = "utf-8",
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
    text_field
        The field that holds the text, by name or number from 1.
    label_field
        The field that holds the label.
    encoding
        How the file is coded, as ``gb18030``.
    folds
        Into how many parts the texts are parted, to learn about each from the others.
    top
        How many to list, at least 1; by default all.
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If none is to be listed.
    """
    from lexloom import artefact, catalog
    from lexloom.finetuning.classifier import FittedClassifier
    from lexloom.finetuning.doubting import find_doubts
    from lexloom.opening import open_text_embedder

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    if top is not None and top < 1:
        raise SettingError(f"top must be at least 1, got {top}.")
    is_ours = (model / artefact.MANIFEST).is_file()
    is_classifier = is_ours and catalog.class_of(model) is FittedClassifier
    opened: Any = FittedClassifier.load(model) if is_classifier else open_text_embedder(model)
    found = find_doubts(
        opened, texts, folds=folds, text_field=text_field, label_field=label_field,
        encoding=encoding,
    )  # fmt: skip
    terminal.say(f"{len(found):,} texts have a label that another seems likelier than")
    for doubt in found[:top]:
        line = (
            f"{doubt.row:>7,}  {doubt.label} {doubt.chance:.3f}, rather {doubt.likelier}: "
            f"{' '.join(doubt.text.split())}"
        )
        terminal.show(asdict(doubt), [line])
