"""The model card of a classifier: what it is, how good, made of what; in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.finetuning.report import Report
from lexloom.reporting.tables import Table

if TYPE_CHECKING:
    from lexloom.finetuning.classifier import FittedClassifier

__all__ = ["CARDS", "card"]

CARDS = {"README.md": "en", "README.zh.md": "zh"}
"""The files of an artefact that hold its cards, and the language of each."""

_SAID: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "# A text classifier",
        "label": "Gives a text one of {n} labels: {labels}.",
        "labels_of": "Gives a text any of {n} labels: {labels}.",
        "number": "Gives a text a number.",
        "how": "Method `{method}` on `{model}`; learned from {n_train:,} texts, chosen by "
        "{n_dev:,} others.",
        "use": "## Use",
        "worth": "## What it is worth",
        "test": "On {n:,} texts that were looked at once, at the end:",
        "dev": "On {n:,} texts that were looked at while learning; the figures flatter:",
        "shared": "{n:,} of them are among the texts learned from.",
        "columns": "|{measure}|95 % interval",
        "ours": "this classifier",
        "tf_idf": "tf-idf of words and pairs, linear",
        "simplest": "one answer for all",
        "gain": "Better than tf-idf by {gain}. {others}.",
        "labels": "label|texts|precision|recall|F1|mostly taken for",
        "limits": "## Limits",
        "limit": "It knows texts like those it learned from, and always answers with one of its "
        "labels. Let it abstain with `--least`. Look at what it gets wrong before you rely on it.",
        "made": "Settings, texts and versions: `manifest.json`. The report: `report.json`.",
    },
    "zh": {
        "title": "# 文本分类器",
        "label": "给每段文本打上 {n} 个标签之一：{labels}。",
        "labels_of": "给每段文本打上 {n} 个标签中的任意几个：{labels}。",
        "number": "给每段文本一个数值。",
        "how": "方法 `{method}`，建立在 `{model}` 之上；从 {n_train:,} 段文本学习，"
        "用另外 {n_dev:,} 段挑选。",
        "use": "## 使用",
        "worth": "## 好坏",
        "test": "在 {n:,} 段只在最后看过一次的文本上：",
        "dev": "在 {n:,} 段学习过程中看过的文本上，因此数字偏乐观：",
        "shared": "其中 {n:,} 段也在学习用的文本里。",
        "columns": "|{measure}|95 % 区间",
        "accuracy": "准确率",
        "F1 of a text": "每段文本的 F1",
        "error": "误差",
        "ours": "本分类器",
        "tf_idf": "词与词对的 tf-idf 加线性模型",
        "simplest": "对所有文本给同一个答案",
        "gain": "比 tf-idf 好 {gain}。{others}。",
        "labels": "标签|文本数|精确率|召回率|F1|最常误为",
        "limits": "## 局限",
        "limit": "它只熟悉与学习时相似的文本，并且总会给出一个标签。"
        "用 `--least` 可以让它在没有把握时弃权。在依赖它之前，请先看看它答错的例子。",
        "made": "设置、文本与版本见 `manifest.json`，完整报告见 `report.json`。",
    },
}
_MOST_LABELS = 20
_WHAT = {"label": "label", "labels": "labels_of", "number": "number"}


def card(made: FittedClassifier, language: str) -> str:
    """Write the card of a classifier.

    Parameters
    ----------
    made
        The classifier.
    language
        ``"en"`` or ``"zh"``.

    Returns
    -------
    str
        Markdown.
    """
    said = _SAID[language]
    shown = [f"`{label}`" for label in made.labels[:_MOST_LABELS]]
    more = ", …" if len(made.labels) > _MOST_LABELS else ""
    lines = [
        said["title"],
        "",
        said[_WHAT[made.target.name]].format(n=len(made.labels), labels=", ".join(shown) + more),
    ]
    n_texts = made.lineage.get("n_texts", {})
    if {"train", "dev"} <= n_texts.keys():
        lines += ["", said["how"].format(
            method=made.metrics.get("method"), model=made.model.kind,
            n_train=n_texts["train"], n_dev=n_texts["dev"],
        )]  # fmt: skip
    lines += ["", said["use"], "", "```sh", "lexloom predict FOLDER texts.txt", "```", ""]
    if made.report is not None:
        lines += [said["worth"], "", *_worth(made.report, said), ""]
    return "\n".join([*lines, said["limits"], "", said["limit"], "", said["made"], ""])


def _worth(report: Report, said: Mapping[str, str]) -> list[str]:
    """Give the figures of a report."""
    rows = [
        (said["ours"], *_cells(report.figure)),
        (said["tf_idf"], *_cells(report.tf_idf)),
        (said["simplest"], report.simplest, None),
    ]
    lines = [said[report.part].format(n=report.n), ""]
    measure = said.get(report.measure, report.measure)
    columns = tuple(said["columns"].format(measure=measure).split("|"))
    lines += [Table(columns, tuple(rows)).to_markdown(), ""]
    others = ", ".join(f"{name} {value:.3f}" for name, value in report.others.items())
    lines.append(said["gain"].format(gain=report.gain, others=others))
    if report.n_shared:
        lines.append(said["shared"].format(n=report.n_shared))
    if 0 < len(report.labels) <= _MOST_LABELS:
        table = report.table()
        columns = tuple(said["labels"].split("|"))[: len(table.columns)]
        lines += ["", Table(columns, table.rows).to_markdown()]
    return lines


def _cells(estimate: Estimate) -> tuple[Any, str]:
    """Give a figure, and its interval in words."""
    if estimate.low is None or estimate.high is None:
        return estimate.value, ""
    return estimate.value, f"{estimate.low:.3f} – {estimate.high:.3f}"
