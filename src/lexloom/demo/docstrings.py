"""English from the machine itself: the documentation strings of the installed Python packages.

Files are parsed, never imported. A text's label is the package it documents.
"""

from __future__ import annotations

import ast
import re
import sysconfig
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lexloom.demo.material import Material
from lexloom.errors import FormatError
from lexloom.evaluation.labelled import LabelledTexts

__all__ = ["read_docstrings"]

MOST_FILES = 2_500
MOST_BYTES = 32 * 2**20
MOST_FILE_BYTES = 2**20
SHORTEST = 80
"""Characters below which a documentation string says too little to be told apart."""

N_READ = 12
N_LABELS = 5
"""Packages that are read, the largest there are, and those whose texts get a label."""

STANDARD_LIBRARY = "python"
SKIPPED = {"__pycache__", "site-packages", "dist-packages", "test", "tests", "testing", "_vendor"}
EXAMPLE = re.compile(r"^\s*(>>>|\.\.\.).*$", re.MULTILINE)
TELLING_WORDS = ("array", "file", "string", "error", "matrix", "thread", "column", "maximum")


def read_docstrings(folder: Path | None = None) -> Material:
    """Collect documentation strings, and label those of the largest packages.

    Parameters
    ----------
    folder
        A folder of packages; without it, the standard library and this environment's packages.

    Returns
    -------
    Material
        Texts without their package's name; those of the five packages with the most are labelled.

    Raises
    ------
    FormatError
        If fewer than two packages have documentation strings.
    """
    roots = [folder] if folder else _installed()
    seen: dict[str, str] = {}
    n_files = n_bytes = n_unread = 0
    for package, path in _sources(roots):
        size = path.stat().st_size
        if n_files == MOST_FILES or n_bytes + size > MOST_BYTES:
            break
        n_files, n_bytes = n_files + 1, n_bytes + size
        found = _docstrings(path)
        n_unread += found is None
        for text in found or ():
            seen.setdefault(_without_name(text, package), package)
    largest = [name for name, _ in Counter(seen.values()).most_common(N_LABELS)]
    if len(largest) < 2:
        raise FormatError("expected documentation strings of at least two packages.", path=folder)
    labelled = [(text, package) for text, package in seen.items() if package in largest]
    notes = (
        f"parsed {n_files:,} Python files ({n_bytes / 2**20:.0f} MB, {n_unread:,} unreadable) and "
        f"found {len(seen):,} different documentation strings; the {len(labelled):,} of "
        f"{', '.join(largest)} are labelled",
    )
    texts, labels = zip(*labelled, strict=True)
    return Material(
        language="en",
        what="documentation strings of the installed Python packages",
        task=f"which package it documents: {', '.join(largest)}",
        texts=LabelledTexts(texts, labels),
        more_texts=tuple(text for text, package in seen.items() if package not in largest),
        notes=notes,
        telling_words=TELLING_WORDS,
    )


def _installed() -> list[Path]:
    """Find the standard library and the packages of this environment."""
    paths = sysconfig.get_paths()
    return [Path(paths["stdlib"]), *dict.fromkeys([Path(paths["purelib"]), Path(paths["platlib"])])]


def _sources(roots: list[Path]) -> Iterator[tuple[str, Path]]:
    """Give files of the largest packages, in turns, so that a limit cuts all of them alike."""
    standard = Path(sysconfig.get_paths()["stdlib"])
    by_package: dict[str, list[Path]] = {}
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).parts
            if SKIPPED.isdisjoint(parts[:-1]) and path.stat().st_size <= MOST_FILE_BYTES:
                package = STANDARD_LIBRARY if root == standard else parts[0].removesuffix(".py")
                by_package.setdefault(package, []).append(path)
    sizes = {name: sum(path.stat().st_size for path in paths) for name, paths in by_package.items()}
    read = sorted(sizes, key=lambda name: (-sizes[name], name))[:N_READ]
    turns = {name: iter(by_package[name]) for name in read}
    while turns:
        for name, paths in list(turns.items()):
            path = next(paths, None)
            if path is None:
                del turns[name]
            else:
                yield name, path


def _docstrings(path: Path) -> list[str] | None:
    """Parse a file and give its longer documentation strings; None where it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        return None
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)]
    return [_prose(text) for text in texts if text and len(_prose(text)) >= SHORTEST]


def _prose(text: str) -> str:
    """Leave the examples' code out and make one paragraph of the rest."""
    return " ".join(textwrap.dedent(EXAMPLE.sub("", text)).split())


def _without_name(text: str, package: str) -> str:
    """Take the package's own name out, which would give the label away."""
    kept = re.sub(rf"\b{re.escape(package)}\b", "", text, flags=re.IGNORECASE)
    return " ".join(kept.split())
