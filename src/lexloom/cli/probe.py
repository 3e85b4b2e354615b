"""`lexloom probe`: how much of a label the vectors of texts hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from lexloom.cli.encoders import EncoderFlags, EncoderReading, chosen
from lexloom.cli.options import SETTINGS, Everywhere, Labelled, LabelledReading, Reading
from lexloom.cli.terminal import Terminal
from lexloom.comparison.judging import LabelsJudge
from lexloom.comparison.probing import Probed
from lexloom.comparison.probing import probe as compare
from lexloom.evaluation.labelled import read_labelled
from lexloom.opening import open_text_embedder
from lexloom.reporting.tables import Table

__all__ = ["probe"]


def probe(
    models: Annotated[list[Path], Parameter(negative=())],
    /,
    *,
    on: Path,
    reading: LabelledReading = Labelled(),
    seed: Annotated[int, Parameter(group=SETTINGS)] = 1,
    encoder: EncoderReading = EncoderFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Compare models by how well logistic regression reads labels off their vectors of texts.

    Parameters
    ----------
    models
        Folders of encoders, word vectors or bags of words, or files of other programs: as a model
        before it was trained on, and after.
    on
        A file of texts with labels (csv, tsv, jsonl, parquet): four in five of the texts are
        learned from, the rest asked about.
    reading
        How that file is read.
    seed
        Which texts are learned from.
    encoder
        How encoders are read; other models have no such settings.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    texts = read_labelled(on, reading.text_field, reading.label_field, encoding=reading.encoding)
    judge = LabelsJudge(texts, on.stem, seed)
    # All are opened before the first is asked: what is no model shows before the work is done.
    opened = [(str(model), open_text_embedder(model, **chosen(encoder))) for model in models]
    found = []
    for each in compare(opened, judge):
        terminal.say(f"{each.name}: {each.result.accuracy}")
        found.append(each)
    value = {"models": [_as_dict(each) for each in found]}
    terminal.show(value, _table(found).to_text().splitlines())


def _as_dict(probed: Probed) -> dict[str, Any]:
    """Give what was found for a machine."""
    gain = None if probed.gain is None else probed.gain.as_dict()
    return {**probed.result.as_dict(), "name": probed.name, "gain": gain}


def _table(found: Iterable[Probed]) -> Table:
    """Give what was found for a person."""
    rows = [
        (each.name, str(each.result.accuracy), "" if each.gain is None else str(each.gain))
        for each in found
    ]
    return Table(("model", "accuracy", "more than the first"), tuple(rows))
