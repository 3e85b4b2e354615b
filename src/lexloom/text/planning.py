"""What a corpus is made from: files, texts, lists of words, a column of a table."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from lexloom.errors import FormatError, SettingError
from lexloom.settings import as_dict
from lexloom.text.assembling import Making
from lexloom.text.building import CutBlock, cut_blocks
from lexloom.text.cutting import number_words
from lexloom.text.decoding import checked_encoding
from lexloom.text.decompressing import ENDINGS
from lexloom.text.language import count_scripts, guess_language
from lexloom.text.reading import Block, Reading, ReadingReport, blocks_from_texts, read_blocks
from lexloom.text.segmenting import Segmentation
from lexloom.text.selecting import Selection
from lexloom.text.sources import Source, SourcesLike, resolve_sources, storage_error
from lexloom.threads import n_threads_of

__all__ = ["from_files", "from_sentences", "from_texts", "texts_of_column"]

_CONTROLS = ("force", "resume", "threads", "on_progress")
_WORDS_AT_ONCE = 1 << 18
_SAMPLE_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 19
"""Small enough that the table of a block's words stays near the core."""


@dataclasses.dataclass
class Options:
    """What a person passed, sorted by what it is for."""

    groups: dict[str, Any]
    controls: dict[str, Any]
    function: Callable[[str], Iterable[str]] | None = None


def sort_options(options: Mapping[str, Any], classes: Mapping[str, type]) -> Options:
    """Give each settings class the options that are its fields, and refuse the rest.

    Raises
    ------
    SettingError
        If an option is unknown or out of its range.
    """
    rest = dict(options)
    function = None
    if callable(rest.get("language")):
        function = rest.pop("language")
    controls = {name: rest.pop(name) for name in _CONTROLS if name in rest}
    if "user_dictionary" in rest:
        rest["user_dictionary"] = read_user_dictionary(rest["user_dictionary"])
    groups: dict[str, Any] = {}
    for group, cls in classes.items():
        names = {each.name for each in dataclasses.fields(cls)}
        groups[group] = cls(**{name: rest.pop(name) for name in names & rest.keys()})
    if rest:
        fields = [each.name for cls in classes.values() for each in dataclasses.fields(cls)]
        # A function is given as the language; `function` only notes its name.
        known = {*fields, *_CONTROLS, "phrases"} - {"function"}
        raise _unknown(sorted(rest), sorted(known))
    if function is not None:
        groups["segmentation"] = groups["segmentation"].with_function(function)
    return Options(groups, controls, function)


def _unknown(names: Sequence[str], known: Sequence[str]) -> SettingError:
    """Say which settings do not exist, which were probably meant, and which there are."""
    near = [name for each in names for name in difflib.get_close_matches(each, known, 1)]
    hint = f"did you mean {' and '.join(near)}? It has " if near else "it has "
    return SettingError(
        f"a corpus has no setting {', '.join(map(repr, names))}; {hint}{', '.join(known)}."
    )


def read_user_dictionary(given: str | os.PathLike[str] | Iterable[str]) -> tuple[str, ...]:
    """Give the entries of a user dictionary: those of a UTF-8 file, one a line, or as they are.

    Raises
    ------
    StorageError
        If the file cannot be read.
    FormatError
        If it is no UTF-8.
    """
    if isinstance(given, str | os.PathLike):
        try:
            lines = Path(given).read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise storage_error(error, given) from error
        except UnicodeDecodeError as error:
            raise FormatError("not UTF-8.", "Save it as UTF-8.", path=given) from error
    else:
        lines = list(given)
    return tuple(line.strip() for line in lines if line.strip())


def from_files(sources: SourcesLike, options: Mapping[str, Any]) -> Making:
    """Plan a corpus of files."""
    classes = {"reading": Reading, "segmentation": Segmentation, "selection": Selection}
    sorted_options = sort_options(options, classes)
    resolved = resolve_sources(sources)
    report = ReadingReport()
    blocks = read_blocks(
        resolved, sorted_options.groups["reading"], report=report, block_bytes=_BLOCK_BYTES
    )
    making = _planned(blocks, report, sorted_options, [source.name for source in resolved])
    making.n_bytes_expected = _n_bytes_expected(resolved, sorted_options.groups["reading"])
    return making


def _n_bytes_expected(sources: Sequence[Source], reading: Reading) -> int | None:
    """Give the bytes of text in files where their sizes tell: plain text in UTF-8."""
    sizes = [source.n_bytes for source in sources]
    plain = all(
        reading.format == "txt" or (reading.format == "auto" and source.path.endswith(".txt"))
        for source in sources
    )
    packed = any(source.path.endswith(tuple(ENDINGS)) for source in sources)
    if not plain or packed or None in sizes or checked_encoding(reading.encoding) != "utf-8":
        return None
    return sum(size for size in sizes if size is not None)


def from_texts(texts: Iterable[str], options: Mapping[str, Any]) -> Making:
    """Plan a corpus of texts in memory."""
    sorted_options = sort_options(options, {"segmentation": Segmentation, "selection": Selection})
    report = ReadingReport()
    blocks = blocks_from_texts(texts, report=report, block_bytes=_BLOCK_BYTES)
    return _planned(blocks, report, sorted_options, [])


def from_sentences(sentences: Iterable[Sequence[str]], options: Mapping[str, Any]) -> Making:
    """Plan a corpus of lists of words."""
    sorted_options = sort_options(options, {"selection": Selection})
    controls = dict(sorted_options.controls)
    controls.pop("threads", None)
    return Making(
        lambda _: _sentence_blocks(sentences),
        {"selection": as_dict(sorted_options.groups["selection"])},
        sorted_options.groups["selection"],
        **controls,
    )


def texts_of_column(frame: Any, column: str) -> Iterable[str]:
    """Give the texts of a column of a pandas, polars or pyarrow table; missing ones are empty.

    Raises
    ------
    SettingError
        If the table has no such column.
    """
    names = getattr(frame, "column_names", None) or list(getattr(frame, "columns", ()))
    if column not in names:
        raise SettingError(
            f"the table has no column {column!r}; it has {', '.join(map(str, names))}."
        )
    return ("" if _is_missing(value) else value for value in _values(frame[column]))


def _values(column: Any) -> Iterator[Any]:
    """Give the values of a column as Python objects."""
    if hasattr(column, "to_pylist"):
        return iter(column.to_pylist())
    return iter(column.to_list() if hasattr(column, "to_list") else column)


def _is_missing(value: Any) -> bool:
    """Say whether a value of a table stands for none: None, NaN or pandas' NA."""
    return value is None or value != value or type(value).__name__ == "NAType"


def _planned(
    blocks: Iterable[Block], report: ReadingReport, options: Options, sources: list[str]
) -> Making:
    """Choose the language and lay out how the blocks are cut."""
    controls = dict(options.controls)
    threads = n_threads_of(controls.pop("threads", None))
    segmentation = options.groups["segmentation"]
    statistics: dict[str, Any] = {"language": {"chosen": segmentation.language, "why": "asked for"}}
    if segmentation.is_open:
        blocks, sample = _looked_ahead(blocks)
        segmentation = dataclasses.replace(segmentation, language=guess_language(sample))
        statistics["language"] = {"chosen": segmentation.language, "why": _why(sample)}
    groups = {**options.groups, "segmentation": segmentation}
    return Making(
        lambda n_known: cut_blocks(blocks, segmentation, threads, n_known),
        {name: as_dict(group) for name, group in groups.items()},
        groups["selection"],
        lineage={"sources": sources},
        statistics=statistics,
        report=report.as_dict,
        **controls,
    )


def _looked_ahead(blocks: Iterable[Block]) -> tuple[Iterator[Block], str]:
    """Look at the beginning of the text without using it up."""
    iterator = iter(blocks)
    first = next(iterator, None)
    if first is None:
        return iterator, ""
    return chain([first], iterator), first.text[:_SAMPLE_BYTES].decode("utf-8", "ignore")


def _why(sample: str) -> str:
    """Say what in a sample speaks for the language that was guessed."""
    scripts = count_scripts(sample)
    han = f"{scripts.han:,} Han, in runs of {scripts.mean_han_run:.1f}" if scripts.han else "no Han"
    return f"of the first {len(sample):,} characters {scripts.latin:,} are Latin letters and {han}"


def _sentence_blocks(sentences: Iterable[Sequence[str]]) -> Iterator[CutBlock]:
    """Give the words of some sentences at a time, numbered."""
    if isinstance(sentences, str):
        raise SettingError(_NOT_SENTENCES.format("str"), _FIX_SENTENCES)
    waiting: list[Sequence[str]] = []
    n_words = 0
    for place, sentence in enumerate(sentences):
        if isinstance(sentence, str | bytes):
            raise SettingError(_NOT_SENTENCES.format(f"a str as item {place}"), _FIX_SENTENCES)
        waiting.append(sentence if isinstance(sentence, list | tuple) else list(sentence))
        n_words += len(waiting[-1])
        if n_words >= _WORDS_AT_ONCE:
            yield _sentence_block(waiting)
            waiting, n_words = [], 0
    yield _sentence_block(waiting)


_NOT_SENTENCES = "sentences must be an iterable of lists of words, got {}."
_FIX_SENTENCES = (
    "For raw text use Corpus.from_texts, or split it: [text.split() for text in texts]."
)


def _sentence_block(sentences: Sequence[Sequence[str]]) -> CutBlock:
    """Give the words of sentences, each a document, numbered."""
    cut = number_words(sentences)
    digest = hashlib.sha256()
    for array in (cut.ids, cut.line_lengths, cut.blob, cut.offsets):
        digest.update(np.ascontiguousarray(array).data)
    starts = np.arange(len(sentences), dtype=np.int64)
    return CutBlock(cut, starts, int(cut.blob.nbytes), digest.hexdigest())
