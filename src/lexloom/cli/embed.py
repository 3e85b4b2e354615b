"""`lexloom embed`: one vector a word in its sentence, or one a text, shown or kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from lexloom.cli.encoders import EncoderFlags, EncoderReading, chosen
from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SWITCH, Everywhere, Inputs, Reading, Rehearsal, Writing
from lexloom.cli.rehearsing import check_folder
from lexloom.cli.terminal import Terminal
from lexloom.contextual.encoder_settings import OF_THE_MACHINE
from lexloom.errors import FormatError, SettingError
from lexloom.opening import identity_of, open_embedder
from lexloom.text import reading

if TYPE_CHECKING:
    from types import SimpleNamespace

    from lexloom.embedder import Embedder

    FileFlags = SimpleNamespace
else:
    FileFlags = flags_of(reading.Reading, without={"documents"})

__all__ = ["embed"]

SHOWN = 4
"""How many numbers of a vector a person sees."""

FILE = Group("Texts of a file", sort_key=2)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be had of which model.

    Attributes
    ----------
    words
        One vector a word; by default one a text.
    language
        How texts are cut into words, as ``zh``; by default as their language asks.
    hub
        MODEL is the name of a model on the hub, to be fetched if it is not in the cache.
    compiled
        Compile the encoder first: ``onnx-int8`` is faster and gives nearly the same.
    """

    words: Annotated[bool, SWITCH] = False
    language: str | None = None
    hub: Annotated[bool, SWITCH] = False
    compiled: Annotated[Literal["onnx-int8"] | None, SWITCH] = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Where vectors go.

    Attributes
    ----------
    out
        A folder to write the vectors into; by default they are shown.
    resume
        Go on with a run into ``--out`` that was interrupted.
    """

    out: Annotated[Path | None, SWITCH] = None
    resume: Annotated[bool, SWITCH] = False


def embed(
    model: Path,
    texts: Inputs,
    /,
    *,
    asked: Annotated[Asked, Parameter(name="*")] = Asked(),
    kept: Annotated[Kept, Parameter(name="*")] = Kept(),
    encoder: EncoderReading = EncoderFlags(),
    file: Annotated[bool, SWITCH] = False,
    reading: Annotated[FileFlags, Parameter(name="*", group=FILE)] = FileFlags(),
    writing: Writing = Rehearsal(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Embed texts: one vector a word in its sentence, or one a text.

    Parameters
    ----------
    model
        The folder of an encoder or of word vectors.
    texts
        The texts; ``-`` reads them from standard input, one a line. With ``--file`` the name of a
        file, of which each line or record is one.
    asked
        What is to be had of which model.
    kept
        Where vectors go.
    encoder
        How an encoder is read.
    file
        Read the texts from a file.
    reading
        How a file is read.
    writing
        What every verb understands that writes.
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If options do not go together.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    if asked.language is not None and not asked.words:
        raise SettingError("--language is for --words: whole texts are not cut into words.")
    if kept.out is None and (kept.resume or writing.dry_run):
        raise SettingError("--resume and --dry-run need --out, the folder to write.")
    if kept.out is not None and (writing.dry_run or not kept.resume):
        check_folder(kept.out, force=writing.force)
    settings = chosen(encoder)
    embedder = _opened(model, settings, asked)
    read = _texts(texts, reading, is_file=file)
    if not file and len(texts) == 1 and Path(texts[0]).is_file():
        terminal.say(f"{texts[0]} is taken as a text; with --file its lines or records are.")
    if kept.out is None:
        _show(terminal, embedder, list(read), words=asked.words)
    elif writing.dry_run:
        n_texts = sum(1 for _ in read)
        value = {"path": str(kept.out), "n_texts": n_texts}
        terminal.show(value, [f"{kept.out}: {n_texts:,} texts"])
    else:
        from lexloom.contextual.streaming import embed_into

        with terminal.progress() as listener:
            made = embed_into(
                embedder, read, kept.out,
                words=asked.words,
                run=_run(embedder, settings, asked),
                resume=kept.resume, force=writing.force, on_progress=listener,
            )  # fmt: skip
        value = {"path": str(kept.out), "n_texts": len(made), "n_vectors": len(made.vectors)}
        terminal.show({**value, "width": made.width}, [f"{kept.out}: {made!r}"])


def _opened(model: Path, settings: dict[str, Any], asked: Asked) -> Embedder:
    """Open what embeds, cut words as asked, and compile it if that was asked for."""
    from lexloom.contextual.encoder import Encoder
    from lexloom.text.segmenting import Segmentation

    cutting = {}
    if asked.language is not None:
        cutting["segmentation"] = Segmentation(language=asked.language)
    embedder = open_embedder(model, hub=asked.hub, settings={**settings, **cutting})
    if asked.compiled is None:
        return embedder
    if not isinstance(embedder, Encoder):
        raise SettingError(f"--compiled is for encoders; {model} holds word vectors.")
    return embedder.compile(asked.compiled)


def _run(embedder: Embedder, settings: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """Describe a run: what must be the same for it to go on."""
    # The precision that was chosen counts in the place of settings of the machine.
    same = {name: value for name, value in settings.items() if name not in OF_THE_MACHINE}
    return {
        "model": identity_of(embedder),
        "precision": getattr(embedder, "precision", "float32"),
        **same,
        "language": asked.language,
        "compiled": asked.compiled,
    }


def _texts(texts: list[str], flags: Any, *, is_file: bool) -> Iterable[str]:
    """Give the texts: as they were typed, of standard input, or of files."""
    if is_file or texts == ["-"]:
        from lexloom.text.reading import Reading, read_texts

        return _at_least_one(read_texts(texts, Reading(**given(flags))), texts[0])
    return texts


def _at_least_one(texts: Iterable[str], source: str) -> Iterator[str]:
    """Give texts, and refuse to end without any."""
    is_empty = True
    for text in texts:
        is_empty = False
        yield text
    if is_empty:
        raise FormatError("no text was found in it.", path=source)


def _show(terminal: Terminal, embedder: Embedder, texts: list[str], *, words: bool) -> None:
    """Show vectors: whole to a machine, the first numbers to a person."""
    if not words:
        for text, vector in zip(texts, embedder.embed_texts(texts), strict=True):
            terminal.show({"text": text, "vector": vector}, [f"{_brief(vector)}  {text}"])
        return
    for text, found in zip(texts, embedder.embed_words(texts), strict=True):
        rows = [
            {"word": word, "start": start, "end": end, "vector": vector}
            for word, (start, end), vector in zip(
                found.words, found.spans, found.vectors, strict=True
            )
        ]
        terminal.show({"text": text, "words": rows}, _lines(text, rows))


def _lines(text: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Lay out the words of a text for a person."""
    yield text
    for row in rows:
        yield f"  {_brief(row['vector'])}  {row['start']:>4}-{row['end']:<4} {row['word']}"


def _brief(vector: Any) -> str:
    """Show the first numbers of a vector, and its length."""
    first = " ".join(f"{number:7.3f}" for number in vector[:SHOWN])
    more = f" … ({len(vector):,})" if len(vector) > SHOWN else ""
    return f"[{first}{more}]"
