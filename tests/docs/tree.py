"""The tree in the README: a line for each file, taken from its docstring.

`make tree` writes it; a test compares.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START, END = "<!-- tree -->\n", "<!-- /tree -->\n"
ROOMS = {
    "lexloom": "",
    "artefact": "one result = one folder that appears whole or not at all",
    "kernels": "numba, and only here: arrays in, arrays out",
    "reporting": "tables, plots, one-file pages",
    "text": "raw text → words → ids",
    "vectors": "what you do with vectors",
    "formats": "one file for each foreign format",
    "evaluation": "how good vectors are",
    "metrics": "pure functions",
    "static": "one vector a word",
    "contextual": "one vector a word in its sentence",
    "tokenizing": "text → pieces",
    "language_models": "transformers that foretell pieces, and how they learn it",
    "finetuning": "a model made good at a task, by texts that have labels",
    "matching": "which texts belong together",
    "encoder_decoders": "transformers that read one text and write another",
    "rewriting": "one text written for another: translations, summaries",
    "generating": "texts written as one's own are",
    "tagging": "one tag a word, or spans of words",
    "targets": "what is wanted of a text: labels or a number",
    "comparison": "what suits one person's data, within a budget",
    "demo": "the whole way on real text, from one command",
    "training": "what every trainer shares",
    "cli": "verb → library call; no logic of its own",
}


def tree(folder: Path, indent: str = "") -> list[str]:
    """Draw a folder: its files, then its folders, each with what it is for."""
    rows = []
    files = sorted(path for path in folder.glob("*.py") if path.stat().st_size)
    folders = sorted(path.parent for path in folder.glob("*/__init__.py"))
    entries = [*files, *folders]
    for entry in entries:
        last = entry is entries[-1]
        name = f"{indent}{'└── ' if last else '├── '}{entry.name}{'/' if entry.is_dir() else ''}"
        told = ROOMS[entry.name] if entry.is_dir() else first_sentence(entry)
        rows.append(f"{name:<34}  {told}".rstrip())
        if entry.is_dir():
            rows += tree(entry, indent + ("    " if last else "│   "))
    return rows


def first_sentence(path: Path) -> str:
    """Give what a file says of itself, in one line."""
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(told.split("\n\n")[0].split()).removesuffix(".")


def drawn() -> str:
    """Give the whole block as it stands in the README."""
    rows = ["src/lexloom/", *tree(ROOT / "src" / "lexloom")]
    return START + "```text\n" + "\n".join(rows) + "\n```\n" + END


def written(readme: str) -> str:
    """Give the block that a README has now."""
    return readme[readme.index(START) : readme.index(END) + len(END)]


if __name__ == "__main__":
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(written(text), drawn()), encoding="utf-8")
    sys.exit(0)
