"""What is in these files: the report of `lexloom check`."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lexloom.errors import LexloomError
from lexloom.text import decompressing
from lexloom.text.estimating import SAMPLE_BYTES, Estimate, Sample, estimate_training
from lexloom.text.fingerprinting import LineSample, hash_lines, line_bounds
from lexloom.text.language import count_scripts, guess_language
from lexloom.text.reading import Reading, ReadingReport, read_blocks
from lexloom.text.sources import Source, SourcesLike, resolve_sources

__all__ = ["FileFindings", "TextReport", "inspect_text"]

LONG_LINE_BYTES = 10_000
MAX_COMPARED_FILES = 50
_ODDITIES = {
    "replacement characters (U+FFFD)": "\ufffd",
    "</s>": "</s>",
    "<unk>": "<unk>",
    "[CLS]": "[CLS]",
    "[UNK]": "[UNK]",
    "__label__": "__label__",
    "mojibake (锟斤拷)": "锟斤拷",
    "mojibake (â€)": "â€",
    "mojibake (Ã©, Ã¤, Ã¼)": re.compile("Ã[©¤¼¶¨§±]".encode()),
    "HTML tags": re.compile(
        rb"</?(?:p|br|div|span|a|b|i|li|ul|td|tr|h[1-6])(?:\s[^<>]{0,200})?/?>", re.I
    ),
    "HTML entities": re.compile(rb"&(?:amp|lt|gt|nbsp|quot|#\d{1,5});"),
}


@dataclass
class FileFindings:
    """What one file holds. Counts are exact; scripts and line ends are those of a sample."""

    name: str
    format: str = ""
    compression: str | None = None
    encoding: str = ""
    has_byte_order_mark: bool = False
    line_ends: dict[str, int] = field(default_factory=dict)
    n_bytes_on_disk: int = 0
    n_bytes: int = 0
    n_lines: int = 0
    n_documents: int = 0
    language: str = ""
    scripts: dict[str, float] = field(default_factory=dict)
    n_empty_lines: int = 0
    n_long_lines: int = 0
    longest_line_bytes: int = 0
    repeated_share: float = 0.0
    repeated_is_exact: bool = True
    n_bad_lines: int = 0
    first_bad_line: str | None = None
    oddities: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problem: str | None = None


@dataclass(frozen=True)
class TextReport:
    """What files hold, which lines they share, and what training on them will take.

    Attributes
    ----------
    files
        Findings by file; `problem` says why one could not be read.
    language
        The guess for all files together: ``"zh"``, ``"en"`` or ``"spaces"``; empty if they hold no
        letters.
    overlaps
        Pairs of files and how many different lines they share.
    estimate
        Counted in a text of up to 1 MiB, scaled up from a sample of a longer one; None if there is
        no text, or none that can be read.
    """

    files: list[FileFindings]
    language: str
    overlaps: list[tuple[str, str, int]]
    estimate: Estimate | None

    @property
    def problems(self) -> list[str]:
        """Why files could not be read."""
        return [file.problem for file in self.files if file.problem]

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain JSON values."""
        return dataclasses.asdict(self) | {"problems": self.problems}

    def rows(self) -> list[tuple[str, str, str]]:
        """Give (file, what, value) for a table."""
        found = [(file.name, what, value) for file in self.files for what, value in _rows_of(file)]
        found += [(b, "lines also in " + a, f"{n:,}") for a, b, n in self.overlaps]
        if self.estimate is not None:
            found += [("all files", what, value) for what, value in self.estimate.rows()]
        elif not self.problems:
            found.append(("all files", "words", "none: there is nothing to train on"))
        return found


def inspect_text(sources: SourcesLike, reading: Reading | None = None) -> TextReport:
    """Read files once and say what is in them.

    Parameters
    ----------
    sources
        What `resolve_sources` takes.
    reading
        How to read them. A file that cannot be read so is reported, and the next one is read.

    Returns
    -------
    TextReport
        Findings by file, overlaps between files, and an estimate.

    Raises
    ------
    SettingError
        If nothing is given.
    StorageError
        If a file is missing.
    """
    inspections = [_Inspection(source, reading or Reading()) for source in resolve_sources(sources)]
    for inspection in inspections:
        inspection.run()
    n_bytes = sum(inspection.sample.n_bytes for inspection in inspections)
    is_whole = n_bytes <= SAMPLE_BYTES
    most = SAMPLE_BYTES if is_whole else SAMPLE_BYTES // len(inspections)
    sample = b"".join(inspection.sample.text[:most] for inspection in inspections).decode(
        "utf-8", "ignore"
    )
    return TextReport(
        files=[inspection.findings for inspection in inspections],
        language=guess_language(sample) if count_scripts(sample).n_letters else "",
        overlaps=_overlaps(inspections),
        estimate=estimate_training(sample, n_bytes, is_whole=is_whole) if sample.strip() else None,
    )


class _Inspection:
    """One file, read once."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self.source = source
        self.reading = reading
        self.findings = FileFindings(source.name)
        self.lines = LineSample()
        self.sample = Sample()
        self._oddities: Counter[str] = Counter()

    def run(self) -> None:
        """Read the file and note what is in it."""
        report = ReadingReport()
        try:
            self.findings.line_ends = _line_ends(self.source)
            for block in read_blocks(self.source, self.reading, report=report):
                self._look_at(block.text)
        except LexloomError as error:
            self.findings.problem = str(error)
        found = self.findings
        found.n_bytes, found.n_lines = report.n_bytes, report.n_lines
        found.n_documents = report.n_documents
        found.n_bad_lines, found.first_bad_line = report.n_bad_lines, report.first_bad_line
        found.notes = report.notes
        found.repeated_share = self.lines.repeated_share
        found.repeated_is_exact = self.lines.is_exact
        found.oddities = {"NUL": report.n_nul, **self._oddities}
        found.oddities = {what: n for what, n in found.oddities.items() if n}
        for file in report.files:
            found.format, found.compression = file.format, file.compression
            found.encoding, found.has_byte_order_mark = file.encoding, file.has_byte_order_mark
            found.n_bytes_on_disk = file.n_bytes
        self._tell_scripts()

    def _look_at(self, text: bytes) -> None:
        starts, ends = line_bounds(text)
        lengths = ends - starts
        self.findings.n_empty_lines += int(np.count_nonzero(lengths == 0))
        self.findings.n_long_lines += int(np.count_nonzero(lengths > LONG_LINE_BYTES))
        self.findings.longest_line_bytes = max(
            self.findings.longest_line_bytes, int(lengths.max(initial=0))
        )
        self.lines.add(hash_lines(text, starts, ends)[lengths > 0])
        for what, pattern in _ODDITIES.items():
            if isinstance(pattern, str):
                self._oddities[what] += text.count(pattern.encode())
            else:
                self._oddities[what] += sum(1 for _ in pattern.finditer(text))
        data = np.frombuffer(text, np.uint8)
        n_controls = int(np.count_nonzero(data < ord(" "))) - lengths.size
        self._oddities["control characters"] += n_controls
        self.sample.add(text)

    def _tell_scripts(self) -> None:
        text = self.sample.text.decode("utf-8", "ignore")
        scripts = count_scripts(text)
        total = max(scripts.n_letters, 1)
        counts = {
            name: getattr(scripts, name) for name in ("han", "kana", "hangul", "latin", "other")
        }
        self.findings.scripts = {name: round(n / total, 4) for name, n in counts.items() if n}
        self.findings.language = guess_language(text) if scripts.n_letters else ""


def _line_ends(source: Source) -> dict[str, int]:
    """Count the line ends in the first MiB of a file; a pipe cannot be read twice."""
    if source.n_bytes is None:
        return {}
    with closing(decompressing.RawFile(source)) as raw:
        packing = decompressing.compression_of(raw.peek(decompressing.PIECE_BYTES))
        text = next(decompressing.unpack(raw, packing, float("inf")), b"")
    n_both, n_cr = text.count(b"\r\n"), text.count(b"\r")
    counts = {"LF": text.count(b"\n") - n_both, "CR LF": n_both, "CR": n_cr - n_both}
    return {name: n for name, n in counts.items() if n}


def _overlaps(inspections: list[_Inspection]) -> list[tuple[str, str, int]]:
    """Count the lines that pairs of files share."""
    pairs = itertools.combinations(inspections[:MAX_COMPARED_FILES], 2)
    found = [(a.source.name, b.source.name, a.lines.shared_with(b.lines)) for a, b in pairs]
    return [overlap for overlap in found if overlap[2]]


def _rows_of(file: FileFindings) -> list[tuple[str, str]]:
    """Say what is worth knowing of one file."""
    if file.problem:
        return [("problem", file.problem)]
    packed = f", {file.compression}" if file.compression else ""
    mark = ", byte order mark" if file.has_byte_order_mark else ""
    told = "exact" if file.repeated_is_exact else "sampled"
    lines = max(file.n_lines, 1)
    language = f"{file.language} {_shares(file.scripts)}" if file.scripts else "unknown: no letters"
    rows = [
        ("format", f"{file.format}{packed}, {file.encoding}{mark}"),
        ("size", f"{file.n_bytes_on_disk:,} bytes on disk, {file.n_bytes:,} of text"),
        ("lines", f"{file.n_lines:,} in {file.n_documents:,} documents"),
        ("line ends (first MiB)", _counts(file.line_ends)),
        ("language", language),
        ("empty lines", f"{file.n_empty_lines:,} ({file.n_empty_lines / lines:.1%})"),
        ("repeated lines", f"{file.repeated_share:.1%} ({told})"),
        (
            f"lines over {LONG_LINE_BYTES:,} bytes",
            f"{file.n_long_lines:,}; longest {file.longest_line_bytes:,} bytes",
        ),
    ]
    if file.n_bad_lines:
        rows.append(("bad lines", f"{file.n_bad_lines:,}, first: {file.first_bad_line}"))
    rows += [(what, f"{n:,}") for what, n in file.oddities.items()]
    return rows + [("note", note) for note in file.notes]


def _counts(line_ends: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {end}" for end, n in line_ends.items()) or "none"


def _shares(scripts: dict[str, float]) -> str:
    listed = sorted(scripts.items(), key=lambda pair: -pair[1])
    return "(" + ", ".join(f"{name} {share:.1%}" for name, share in listed) + ")"
