"""The model card of what was learned: what it is, how good, made of what; in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.finetuning.card_words import COMMON, TASKS
from lexloom.finetuning.report import Report
from lexloom.reporting.tables import Table

__all__ = ["CARDS", "cards", "listed"]

CARDS = {"README.md": "en", "README.zh.md": "zh"}
"""The files of an artefact that hold its cards, and the language of each."""

_MOST_LABELS = 20


def cards(made: Any, report: Any, saying: str = "what", **filling: Any) -> dict[str, bytes]:
    """Write the cards of what was learned.

    Parameters
    ----------
    made
        It, with `kind`, `lineage` and `metrics`.
    report
        How good it is, or None.
    saying
        Which of the sentences of its kind says what it does.
    **filling
        What fills that sentence.

    Returns
    -------
    dict of str to bytes
        Markdown by the name of the file.
    """
    found = {}
    for name, language in CARDS.items():
        said = {**COMMON[language], **TASKS[made.kind][language]}
        what = said[saying].format(**filling)
        lines = [said["title"], "", what, *_learned(made, said), *_use(said)]
        if report is not None:
            unit = said[_data(made.lineage)[0]]
            lines += [said["worth"], "", *_worth(report, unit, said), *_seeds(made, said), ""]
        lines += [said["limits"], "", said["limit"], "", said["made"], ""]
        found[name] = "\n".join(lines).encode("utf-8", "surrogatepass")
    return found


def listed(names: Sequence[str]) -> dict[str, Any]:
    """Give the names of labels as they fill a sentence.

    Parameters
    ----------
    names
        The labels.

    Returns
    -------
    dict
        How many there are, and the first of them.
    """
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_LABELS])
    return {"n": len(names), "shown": shown + (", …" if len(names) > _MOST_LABELS else "")}


def _learned(made: Any, said: Mapping[str, str]) -> list[str]:
    """Say how it was learned, and from how much."""
    unit, sizes = _data(made.lineage)
    if not {"train", "dev"} <= sizes.keys():
        return []
    method = made.metrics.get("method", "full")
    kind, path = getattr(made, "model", made).kind, made.settings.get("model")
    model = f"{kind} {Path(path).name}" if path else kind
    how = (
        said["on" if made.lineage.get("model") else "anew"]
        + said["most" if sizes["dev"] else "all"]
        + (said["cut"] if made.metrics.get("n_cut") else "")
    )
    return ["", how.format(
        method=method, model=model, n_train=sizes["train"], n_dev=sizes["dev"], unit=said[unit],
        n_cut=made.metrics.get("n_cut"),
    )]  # fmt: skip


def _use(said: Mapping[str, str]) -> list[str]:
    """Show how it is asked."""
    return ["", said["using"], "", "```sh", said["use"], "```", ""]


def _worth(report: Any, unit: str, said: Mapping[str, str]) -> list[str]:
    """Say how good it is: a classifier in tables, others as on a terminal."""
    lines = [said[report.part].format(n=report.n, unit=unit), ""]
    lines += _table(report, said) if isinstance(report, Report) else _as_told(report, said)
    if report.n_shared:
        lines += ["", said["shared"].format(n=report.n_shared, unit=unit)]
    return lines


def _seeds(made: Any, said: Mapping[str, str]) -> list[str]:
    """Give the mean over seeds, where there were several."""
    if "mean_of_seeds" not in made.metrics:
        return []
    judged = [each for each in made.metrics["tries"] if each["figure"] is not None]
    mean = Estimate(**made.metrics["mean_of_seeds"])
    return ["", said["seeds"].format(n=len(judged), mean=mean)]


def _data(lineage: Mapping[str, Any]) -> tuple[str, Mapping[str, int]]:
    """Say what it was made from, and how many of it each part had."""
    for unit in ("texts", "sentences", "pairs"):
        if f"n_{unit}" in lineage:
            return unit, lineage[f"n_{unit}"]
    return "texts", {}


def _as_told(report: Any, said: Mapping[str, str]) -> list[str]:
    """Give a report as it is shown on a terminal."""
    told = (line.replace("```", "'''") for line in report.lines())
    return [*said["report"].splitlines(), "```text", *told, "```"]


def _table(report: Report, said: Mapping[str, str]) -> list[str]:
    """Give the figures of a classifier."""
    rows: list[tuple[Any, ...]] = [(said["ours"], *_cells(report.figure))]
    if report.tf_idf is not None:
        rows.append((said["tf_idf"], *_cells(report.tf_idf)))
        rows.append((said["simplest"], report.simplest, None))
    measure = said.get(report.measure, report.measure)
    columns = tuple(said["columns"].format(measure=measure).split("|"))
    lines = [Table(columns, tuple(rows)).to_markdown(), ""]
    others = ", ".join(f"{name} {value:.3f}" for name, value in report.others.items())
    lines.append(
        others if report.gain is None else said["gain"].format(gain=report.gain, others=others)
    )
    if 0 < len(report.labels) <= _MOST_LABELS:
        table = report.table()
        columns = tuple(said["table"].split("|"))[: len(table.columns)]
        lines += ["", Table(columns, table.rows).to_markdown()]
    return lines


def _cells(estimate: Estimate) -> tuple[Any, str]:
    """Give a figure, and its interval in words."""
    if estimate.low is None or estimate.high is None:
        return estimate.value, ""
    return estimate.value, f"{estimate.low:.3f} – {estimate.high:.3f}"
