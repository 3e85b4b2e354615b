"""The demo's report: one page with the loss, the neighbours, the figures and a map of the words."""

from __future__ import annotations

from pathlib import Path

from lexloom.demo.findings import Findings
from lexloom.demo.folder import write_file
from lexloom.demo.mapping import map_of_words
from lexloom.reporting.curves import Curve, draw_curves
from lexloom.reporting.page import Markup, Section, items, paragraph, render_page
from lexloom.reporting.tables import Cell, Table
from lexloom.vectors.word_vectors import WordVectors

__all__ = ["write_report"]

CHINESE = {
    "Word vectors from shop reviews": "从商品评论到词向量",
    "What was read": "读入的文本",
    "A map of the words": "词图",
    "Neighbours": "近邻词",
    "How good the vectors are": "向量的质量",
    "Reading the labels of unseen texts": "对未见评论分类",
    "How training went": "训练过程",
}


def write_report(findings: Findings, path: Path) -> Path:
    """Write the report as one HTML file that needs no network.

    Parameters
    ----------
    findings
        What to show.
    path
        The file; it is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    is_chinese = findings.material.language == "zh"
    title = "Word vectors from shop reviews" if is_chinese else "Word vectors from documentation"
    sections = [
        Section("What was read", _read(findings)),
        Section("A map of the words", map_of_words(findings)),
        Section("Neighbours", [_neighbors(findings)]),
        Section("Reading the labels of unseen texts", _labels(findings)),
        Section("How good the vectors are", _quality(findings)),
        Section("How training went", [_losses(findings.vectors)]),
    ]
    if is_chinese:
        title = _bilingual(title)
        sections = [Section(_bilingual(each.heading), each.body) for each in sections]
    return write_file(path, render_page(title, sections, language=findings.material.language))


def _bilingual(text: str) -> str:
    """Put the Chinese before the English."""
    return f"{CHINESE[text]} · {text}"


def _read(findings: Findings) -> list[Markup]:
    """Tell what the words come from."""
    corpus, settings = findings.corpus, findings.vectors.settings
    told = (
        f"{findings.material.what[0].upper()}{findings.material.what[1:]}.",
        f"The corpus has {corpus.n_documents:,} texts and {corpus.n_words:,} words of a vocabulary "
        f"of {len(corpus.vocabulary):,}.",
    )
    trainer = ", ".join(
        f"{name} = {value}" for name, value in settings.items() if value is not None
    )
    notes = (f"{note[0].upper()}{note[1:]}." for note in findings.material.notes)
    return [
        *(paragraph(text) for text in told),
        *(paragraph(note, is_note=True) for note in notes),
        paragraph(f"Word2Vec: {trainer}", is_note=True),
    ]


def _neighbors(findings: Findings) -> Markup:
    """List the nearest words of the telling ones."""
    rows = tuple(
        (word, " · ".join(f"{name} {cosine:.2f}" for name, cosine in near))
        for word, near in findings.neighbors.items()
    )
    return Table(("word", "nearest words and their cosines"), rows).to_html()


def _labels(findings: Findings) -> list[Markup]:
    """Compare the classifiers."""
    first = findings.probes[0]
    rows: list[tuple[Cell, ...]] = [("always the most frequent label", first.majority, "")]
    for probe in findings.probes:
        low, high = probe.accuracy.low, probe.accuracy.high
        rows.append((probe.name, probe.accuracy.value, f"{low:.3f} … {high:.3f}"))
    return [
        paragraph(
            f"The task: {findings.material.task}. Logistic regression learnt it from "
            f"{first.n_train:,} texts and was tried on {first.n_test:,} others, which neither it "
            "nor the word vectors had seen."
        ),
        Table(("classifier", "accuracy", "95 % interval"), tuple(rows)).to_html(),
    ]


def _quality(findings: Findings) -> list[Markup]:
    """Show the evaluation and what it could not ask."""
    return [
        findings.evaluation.table().to_html(),
        items(findings.evaluation.notes()),
    ]


def _losses(vectors: WordVectors) -> Markup:
    """Draw the loss."""
    curves = [
        Curve("training", vectors.metrics["loss_per_epoch"]),
        Curve("held out", vectors.metrics.get("held_out_loss_per_epoch", ())),
    ]
    return draw_curves(curves, x_name="epoch", y_name="Mean loss of a pair of words")
