"""`lexloom perplexity`: how surprised a language model is."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lexloom import artefact, catalog
from lexloom.cli.making import open_corpus
from lexloom.cli.options import SWITCH, Everywhere, Inputs, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError, SettingError
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from lexloom.static.yardstick import Measured
    from lexloom.text.corpus import Corpus

__all__ = ["open_language_model", "perplexity"]

KINDS = {"nplm", "causal_model", "masked_model", "generator"}


def perplexity(
    model: Path,
    inputs: Inputs,
    /,
    *,
    beside: Path | None = None,
    encoding: Annotated[str | None, SWITCH] = None,
    everywhere: Reading = Everywhere(),
) -> None:
    """Measure how surprised a language model is by text: the lower, the better it knew it.

    Parameters
    ----------
    model
        The folder of a language model.
    inputs
        The folder of a corpus; or files, folders or patterns of raw text, or ``-`` for standard
        input, which are cut into words as the model's own corpus was; a transformer reads them as
        they stand; a generator reads the records of one file.
    beside
        The corpus, or a file of text, that the model learned from: what counting alone makes of it
        (modified Kneser-Ney) is measured too, and a mixture of both, whose weight is chosen on the
        first half of the inputs; all three are judged on the second.
    encoding
        How files are coded, as ``gb18030``; by default as UTF-8, of a generator as those that it
        learned from.
    everywhere
        What every verb understands.

    Raises
    ------
    FormatError
        If `beside` is given for a transformer.
    """
    from lexloom.static.yardstick import measure_beside

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    opened = open_language_model(model)
    coded = {} if encoding is None else {"encoding": encoding}
    if opened.kind != "nplm":
        if beside is not None:
            raise FormatError(
                "--beside is for models of words, whose tokens Kneser-Ney counts; got "
                f"{catalog.in_words(opened.kind)}.",
            )
        _show_of_pieces(terminal, model, opened, inputs, coded)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "corpus")
        corpus = open_corpus(inputs) or _corpus_of(inputs, opened, place, coded)
        n_tokens = corpus.n_words + corpus.n_sentences
        value = {
            "model": str(model),
            "perplexity": opened.perplexity(corpus),
            "n_tokens": n_tokens,
        }
        lines = [f"{value['perplexity']:.1f} over {n_tokens:,} words and ends of sentences"]
        if beside is not None:
            read, place = [str(beside)], Path(folder, "beside")
            counted = open_corpus(read) or _corpus_of(read, opened, place, coded)
            measured = measure_beside(opened, counted, corpus)
            value["beside"] = {"corpus": str(beside), **measured.as_dict()}
            lines += _compared(measured)
    terminal.show(value, lines)


def _show_of_pieces(
    terminal: Terminal, path: Path, model: Any, inputs: list[str], coded: Mapping[str, Any]
) -> None:
    """Show how surprised a transformer is by a corpus, or by text as it stands."""
    from lexloom.text.reading import Reading as TextReading
    from lexloom.text.reading import read_texts

    if model.kind == "generator":
        if len(inputs) > 1:
            raise SettingError(f"a generator reads one file of records, got {len(inputs)}.")
        found = model.surprise(inputs[0], **coded)
    else:
        corpus = open_corpus(inputs)
        texts = list(read_texts(inputs, TextReading(**coded))) if corpus is None else corpus
        found = model.surprise(texts)
    value = {
        "model": str(path),
        "perplexity": found.perplexity,
        "bits_per_byte": found.bits_per_byte,
        "n_pieces": found.n_pieces,
        "n_foretold": found.n_foretold,
        "unknown_share": found.unknown_share,
    }
    line = f"{found.perplexity:.1f} over {found.n_foretold:,} pieces"
    line += " that were hidden" if model.kind == "masked_model" else ""
    line += f", {found.bits_per_byte:.3f} bits a byte"
    line += " (pseudo)" if model.kind == "masked_model" else ""
    if found.n_unknown:
        line += f"; too low, {found.unknown_share:.1%} of the pieces are unknown"
    terminal.show(value, [line])


def _compared(measured: Measured) -> list[str]:
    """Set the perplexities of a model, of Kneser-Ney and of both one below the other."""
    return [
        f"the second half, {measured.n_judged:,} of them:",
        f"  model       {measured.model:.1f}",
        f"  Kneser-Ney  {measured.kneser_ney:.1f}",
        f"  mixture     {measured.mixture:.1f}, {measured.weight:.2f} of it the model: "
        "chosen on the first half",
    ]


def _corpus_of(inputs: list[str], model: Any, out: Path, coded: Mapping[str, str]) -> Corpus:
    """Make a corpus of raw text, cut into words as the corpus of a model was; all are kept."""
    from lexloom.text.corpus import Corpus

    cut = {"language": "spaces"} if model.segmentation is None else as_dict(model.segmentation)
    given = {name: value for name, value in cut.items() if value not in (None, ())}
    corpus = Corpus.build(inputs, out=out, min_count=1, **given, **coded)
    return corpus if model.phrases is None else model.phrases.apply(corpus, min_count=1)


def open_language_model(path: Path) -> Any:
    """Open a language model, of whatever kind; of another program a causal one.

    Parameters
    ----------
    path
        Its folder.

    Returns
    -------
    Any
        What was opened.

    Raises
    ------
    FormatError
        If it is none.
    """
    if (path / "config.json").is_file() and not (path / artefact.MANIFEST).exists():
        from lexloom.contextual.language_models.causal_model import CausalModel

        return CausalModel.of_folder(path)
    cls = catalog.class_of(path)
    if cls.kind not in KINDS:
        raise FormatError(
            f"expected a language model, found {catalog.in_words(cls.kind)}.",
            catalog.asked_by(cls.kind, path)
            or "Train one: lexloom train nplm, or lexloom pretrain gpt",
            path=path,
        )
    return cls.load(path)
