"""A tiny artefact with a file of every sort and a part, and what it must hold when read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lexloom import artefact

KIND = "word_vectors"
WORDS = ["apple", "苹果", "🍎"]
PART = "part"


class Small(artefact.Kept):
    """What is kept within the other."""

    kind = "corpus"

    def __init__(self, value: int) -> None:
        self._settings = {"value": value}

    @property
    def settings(self) -> dict[str, Any]:
        return self._settings

    def write_into(self, draft: artefact.Draft) -> None:
        draft.write_json("within.json", self.settings)


def save(target: Path, value: int, *, force: bool = True) -> None:
    """Write an artefact whose every file depends on `value`."""
    with artefact.create(target, KIND, settings={"value": value}, force=force) as draft:
        matrix = np.full((3, 4), value, np.float32)
        draft.write_tensors("vectors.safetensors", {"matrix": matrix})
        with draft.open_tensor("ids.safetensors", "ids", np.int32) as stream:
            for _ in range(3):
                stream.append(np.full(5, value, np.int32))
        table = pa.table({"word": pa.array(WORDS, pa.large_string()), "n": pa.array([value] * 3)})
        draft.write_table("words.arrow", table)
        draft.write_json("notes.json", {"value": value})
        draft.path("by_hand.json").write_text(str(value), encoding="utf-8")
        artefact.write_part(draft, PART, Small(value))
        draft.metrics["value"] = value


def files_of(target: Path) -> list[Path]:
    """List the files of an artefact, those of its part too."""
    return sorted(path for path in target.rglob("*") if path.is_file())


def read(target: Path, verify: artefact.Verify = "full") -> dict[str, Any]:
    """Load everything an artefact of `save` holds."""
    opened = artefact.open_artefact(target, KIND, verify=verify)
    tensors = opened.tensors("vectors.safetensors", {"matrix": (np.float32, 2)})
    table = opened.table("words.arrow")
    with opened.part(PART) as folder:
        within = artefact.open_artefact(folder, Small.kind, verify=verify).json("within.json")
    return {
        "matrix": tensors["matrix"].tolist(),
        "ids": opened.tensors("ids.safetensors", {"ids": (np.int32, 1)})["ids"].tolist(),
        "table": table.to_pydict(),
        "notes": opened.json("notes.json"),
        "by hand": opened.json("by_hand.json"),
        "within": within,
        "settings": opened.manifest.settings,
        "metrics": opened.manifest.metrics,
    }


def expected(value: int) -> dict[str, Any]:
    """What `read` gives after `save(…, value)`."""
    return {
        "matrix": [[float(value)] * 4] * 3,
        "ids": [value] * 15,
        "table": {"word": WORDS, "n": [value] * 3},
        "notes": {"value": value},
        "by hand": value,
        "within": {"value": value},
        "settings": {"value": value},
        "metrics": {"value": value},
    }
