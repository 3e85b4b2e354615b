"""What the verbs that make something share: a corpus from inputs, and the rehearsal of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lexloom import artefact
from lexloom.cli.flags import flags_of, given
from lexloom.cli.terminal import Terminal
from lexloom.text.phrases import Phrases
from lexloom.text.reading import Reading
from lexloom.text.segmenting import Segmentation
from lexloom.text.selecting import Selection

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

    CorpusFlags = SimpleNamespace
else:
    CorpusFlags = flags_of(
        Reading,
        Segmentation,
        Selection,
        without={"function"},
        instead={"user_dictionary": Path, "phrases": flags_of(Phrases)},
    )

__all__ = ["CorpusFlags", "build_corpus", "describe", "open_corpus", "options_of", "said"]


def build_corpus(
    inputs: Sequence[str],
    out: Path,
    flags: CorpusFlags,
    terminal: Terminal,
    *,
    force: bool,
    resume: bool,
) -> Corpus:
    """Build a corpus of files, showing how far it is."""
    from lexloom.text.corpus import Corpus

    with terminal.progress() as listener:
        corpus = Corpus.build(
            list(inputs),
            out=out,
            force=force,
            resume=resume,
            on_progress=listener,
            **options_of(flags),
        )
    if flags.language == "auto" and "language" in corpus.statistics:
        chosen = corpus.statistics["language"]
        terminal.say(f"language: {chosen['chosen']}, {chosen['why']}")
    return corpus


def open_corpus(inputs: Sequence[str]) -> Corpus | None:
    """Open the corpus that is the only input, or give None where the inputs are raw text."""
    if len(inputs) != 1 or not (Path(inputs[0]) / artefact.MANIFEST).is_file():
        return None
    from lexloom.text.corpus import Corpus

    return Corpus.load(inputs[0])


def describe(corpus: Corpus) -> dict[str, Any]:
    """Give the figures of a corpus for a machine."""
    return {
        "path": str(corpus.path),
        "n_words": corpus.n_words,
        "n_types": len(corpus.vocabulary),
        "n_sentences": corpus.n_sentences,
        "n_documents": corpus.n_documents,
        "fingerprint": corpus.fingerprint,
    }


def said(corpus: Corpus) -> str:
    """Give the figures of a corpus for a person."""
    return (
        f"{corpus.path}: {corpus.n_words:,} words, {len(corpus.vocabulary):,} different, "
        f"{corpus.n_sentences:,} sentences, {corpus.n_documents:,} documents"
    )


def options_of(flags: CorpusFlags) -> dict[str, Any]:
    """Give what was said on the command line by the names of the library."""
    options = dict(given(flags))
    phrases = options.pop("phrases")
    if phrases is not None:
        options["phrases"] = Phrases(**given(phrases))
    if options["user_dictionary"] is None:
        del options["user_dictionary"]
    return options
