"""`lexloom convert`: vectors from and to the formats of other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from lexloom.cli.flags import given
from lexloom.cli.options import SETTINGS, Everywhere, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_file, check_folder
from lexloom.cli.terminal import Terminal
from lexloom.opening import open_vectors

__all__ = ["convert"]

FOLDER_SUFFIXES = {"", ".vectors"}


@dataclass(frozen=True, kw_only=True)
class ForeignFile:
    """How a file of another program is read.

    Attributes
    ----------
    limit
        Keep only so many of the first words.
    read_as
        The format of the file; told by its content if not said.
    encoding
        How the bytes of its words stand for characters.
    errors
        What to do with bytes that stand for none.
    on_duplicate
        What to do with a word that comes twice.
    """

    limit: int | None = None
    read_as: (
        Literal["word2vec_text", "word2vec_binary", "glove", "fasttext", "fasttext_bin", "floret"]
        | None
    ) = None
    encoding: str = "utf-8"
    errors: Literal["strict", "replace", "ignore"] = "strict"
    on_duplicate: Literal["error", "first", "last"] = "error"


def convert(
    vectors: Path,
    out: Path,
    /,
    *,
    write_as: (
        Literal["folder", "word2vec_text", "word2vec_binary", "glove", "fasttext_bin", "floret"]
        | None
    ) = None,
    replace_blanks: str | None = None,
    foreign: Annotated[ForeignFile, Parameter(name="*", group=SETTINGS)] = ForeignFile(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Convert vectors to or from the formats of other programs.

    Parameters
    ----------
    vectors
        A folder of word vectors, or a file in word2vec's text or binary format, GloVe's, floret's,
        or fastText's ``.vec`` or ``.bin``, packed or not.
    out
        What to make.
    write_as
        By the name of OUT if not said: ``.txt`` and ``.vec`` are word2vec's text, ``.bin`` its
        binary format, or fastText's if the vectors have n-grams, ``.floret`` floret's;
        ``.vectors``, or no ending, is a folder of ours. ``glove`` is text without a header.
    replace_blanks
        What to put for blanks within words, which other programs' formats cannot keep.
    foreign
        How a file of another program is read.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.
    """
    from lexloom.vectors.formats import write_vectors

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    as_folder = write_as == "folder" or (write_as is None and out.suffix in FOLDER_SUFFIXES)
    (check_folder if as_folder else check_file)(out, force=writing.force)
    opened = open_vectors(vectors, **_reading(foreign))
    if not as_folder:
        write_vectors(
            opened,
            out,
            format=None if write_as == "folder" else write_as,
            replace_blanks=replace_blanks,
            force=writing.force,
            dry_run=writing.dry_run,
        )
    elif not writing.dry_run:
        opened.save(out, force=writing.force)
    told = "would be written" if writing.dry_run else "written"
    value = {
        "path": str(out),
        "n_words": len(opened),
        "width": opened.width,
        "dry_run": writing.dry_run,
    }
    terminal.show(value, [f"{out}: {len(opened):,} words, width {opened.width}, {told}"])


def _reading(foreign: ForeignFile) -> dict[str, Any]:
    """Give the settings of reading by the names of the library."""
    values = dict(given(foreign))
    values["format"] = values.pop("read_as")
    return values
