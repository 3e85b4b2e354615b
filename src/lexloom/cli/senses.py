"""`lexloom senses`: what a word means here and there in a text."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom.cli.encoders import EncoderFlags, EncoderReading, chosen
from lexloom.cli.flags import flags_of, given
from lexloom.cli.making import open_corpus
from lexloom.cli.options import (
    SETTINGS,
    STANDARD_INPUT,
    Everywhere,
    Reading,
    Rehearsal,
    Writing,
)
from lexloom.cli.rehearsing import check_folder
from lexloom.cli.terminal import Terminal
from lexloom.cli.train import TEXT
from lexloom.contextual.senses import SenseSearch, WordSenses
from lexloom.errors import SettingError
from lexloom.opening import open_encoder
from lexloom.text.reading import Reading as TextReading
from lexloom.text.segmenting import Segmentation

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder

    SearchFlags = TextFlags = SimpleNamespace
else:
    SearchFlags = flags_of(SenseSearch)
    TextFlags = flags_of(TextReading, Segmentation, without={"function", "user_dictionary"})

__all__ = ["senses"]

MARK = "*"


def senses(
    model: Path,
    word: str,
    /,
    *,
    corpus: str,
    out: Path | None = None,
    flags: Annotated[SearchFlags, Parameter(name="*", group=SETTINGS)] = SearchFlags(),
    encoder: EncoderReading = EncoderFlags(),
    text: Annotated[TextFlags, Parameter(name="*", group=TEXT)] = TextFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Find the senses of a word: groups of its places, what stands beside it, examples.

    Parameters
    ----------
    model
        The folder of a transformer.
    word
        The word.
    corpus
        The folder of a corpus, or a file or folder of raw text.
    out
        A folder for one vector a sense: ``word/1``, ``word/2``, ….
    flags
        How senses are found.
    encoder
        How the transformer is read.
    text
        How raw text is read and cut into words.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    search = SenseSearch(**given(flags))
    if out is not None:
        check_folder(out, force=writing.force)
    opened = open_encoder(model, **chosen(encoder))
    found = _search(search, opened, word, corpus, given(text))
    if out is not None and not writing.dry_run:
        found.vectors().save(out, force=writing.force)
    terminal.show(found.as_dict(), _lines(found))


def _search(
    search: SenseSearch, encoder: Encoder, word: str, corpus: str, text: Mapping[str, Any]
) -> WordSenses:
    """Look for senses in a corpus, or in raw text by way of one that is kept for the moment."""
    from lexloom.text.corpus import Corpus

    made = open_corpus([corpus])
    if made is not None:
        return search.find(encoder, made, word)
    if corpus in {"-", STANDARD_INPUT}:
        raise SettingError(
            "the text is read twice, which standard input cannot be.", "Save it in a file."
        )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "corpus")
        built = Corpus.build([corpus], out=place, min_count=1, **text)
        names = {field.name for field in dataclasses.fields(TextReading)}
        reading = TextReading(**{name: text[name] for name in names})
        return search.find(encoder, built, word, sources=[corpus], reading=reading)


def _lines(found: WordSenses) -> Iterator[str]:
    """Lay the senses out for a person."""
    n = len(found.senses)
    yield (
        f"{found.word}: {n} sense{'s' if n > 1 else ''} in {len(found.groups):,} of "
        f"{found.n_in_corpus:,} places"
    )
    for number, sense in enumerate(found.senses, start=1):
        yield ""
        yield f"{found.word}/{number}  {sense.share:.0%}"
        if sense.beside:
            yield f"  beside it: {', '.join(word for word, _ in sense.beside)}"
        for example in sense.examples:
            yield f"  {_marked(vars(example))}"


def _marked(example: dict[str, Any]) -> str:
    """Mark the word in an example."""
    text, start, stop = example["text"], example["start"], example["stop"]
    return f"{text[:start]}{MARK}{text[start:stop]}{MARK}{text[stop:]}"
