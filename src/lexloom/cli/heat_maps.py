"""`lexloom attention` and `lexloom similarity`: what a transformer makes of texts, as pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lexloom import artefact
from lexloom.cli.encoders import EncoderFlags, EncoderReading, chosen
from lexloom.cli.options import Everywhere, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_file
from lexloom.cli.terminal import Terminal
from lexloom.opening import open_encoder

__all__ = ["attention", "similarity", "write_page"]


def attention(
    model: Path,
    text: str,
    /,
    *,
    out: Path,
    language: str | None = None,
    layers: tuple[int, ...] = (),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Show which words a transformer looks at from each word, as a page with layers and heads.

    Parameters
    ----------
    model
        The folder of a transformer.
    text
        A text that it reads at once.
    out
        The HTML file to make, which needs no network and no other file.
    language
        How the text is cut into words, as ``zh``; by default as it looks.
    layers
        A layer to show, counted from 1; may be given several times. By default all.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    from lexloom.contextual.attending import attend
    from lexloom.contextual.heat_pages import attention_page

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    check_file(out, force=writing.force)
    seen = attend(open_encoder(model), text, language=language, layers=layers or None)
    value = {
        "path": str(out),
        "units": list(seen.units),
        "pieces": [list(own) for own in seen.pieces],
        "layers": list(seen.layers),
        "n_heads": seen.weights.shape[1],
        "attention": seen.weights,
    }
    told = f"{out}: {len(seen.units):,} words and marks, {len(seen.layers)} layers"
    write_page(attention_page(seen, text), out, writing, terminal, value, told)


def similarity(
    model: Path,
    text: str,
    other: str | None = None,
    /,
    *,
    out: Path,
    language: str | None = None,
    encoder: EncoderReading = EncoderFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Show how alike the words of two texts, or of one, are in their sentences, as one page.

    Parameters
    ----------
    model
        The folder of a transformer.
    text
        A text.
    other
        Another text to compare it with; by default the text itself.
    out
        The HTML file to make, which needs no network and no other file.
    language
        How the texts are cut into words, as ``zh``; by default as they look.
    encoder
        How the transformer is read.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    from lexloom.contextual.heat_pages import similarity_page, word_similarity

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    check_file(out, force=writing.force)
    texts = [text] if other is None else [text, other]
    opened = open_encoder(model, **chosen(encoder))
    embedded = list(opened.embed_words(texts, language=language))
    value = {
        "path": str(out),
        "rows": list(embedded[0].words),
        "columns": list(embedded[-1].words),
        "cosines": word_similarity(embedded[0], embedded[-1]),
    }
    told = f"{out}: {len(embedded[0].words):,} by {len(embedded[-1].words):,} words"
    page = similarity_page(embedded[0], embedded[-1], texts)
    write_page(page, out, writing, terminal, value, told)


def write_page(
    page: str,
    out: Path,
    writing: Rehearsal,
    terminal: Terminal,
    value: dict[str, Any],
    told: str,
) -> None:
    """Write a page, or say that it would be written.

    Parameters
    ----------
    page
        HTML.
    out
        The file to make.
    writing
        Whether to replace what is there, or only to say what would be done.
    terminal
        Where to show what was done.
    value
        That, for a machine.
    told
        The same for a person.

    Raises
    ------
    StorageError
        If the file exists or cannot be written.
    """
    if writing.dry_run:
        terminal.show({**value, "dry_run": True}, [f"would write {told}"])
        return
    with artefact.replace_file(out, force=writing.force) as file:
        file.write(page.encode())
    terminal.show(value, [told])
