"""Run pydoclint, and forgive a docstring the sections that its first sentence makes needless.

`./check docstrings` calls this. A public function whose sentence says all about its parameters and
its result may go without *both* sections, also when it has others (*Raises*, *Examples*); one that
has either must have it right.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPLAINT = re.compile(r"^ {4}(?P<line>\d+): (?P<code>DOC\d+): ")
FORGIVABLE = {"DOC101", "DOC103", "DOC201", "DOC402"}
SECTIONS = re.compile(r"^(Parameters|Returns|Yields)\n-+$", re.MULTILINE)


def docstrings(path: Path) -> dict[int, str]:
    """Give the docstring of every function by the line of its definition."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for line in (node.lineno, *(mark.lineno for mark in node.decorator_list)):
                found[line] = ast.get_docstring(node) or ""
    return found


def unforgiven(said: str) -> list[str]:
    """Keep the complaints about docstrings that have one of the sections."""
    kept, path, known = [], "", {}
    for row in said.splitlines():
        match = COMPLAINT.match(row)
        if match is None:
            if row.strip():
                path, known = row, docstrings(ROOT / row)
        elif match["code"] not in FORGIVABLE or SECTIONS.search(known.get(int(match["line"]), "")):
            kept.append(f"{path}:{row.strip()}")
    return kept


if __name__ == "__main__":
    done = subprocess.run(
        [sys.argv[1], "--quiet", "--config", "pyproject.toml", "src"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout if done.returncode == 0 else done.stderr
    if done.returncode != 0 and "DOC" not in said:
        sys.exit(said)
    complaints = unforgiven(said)
    sys.stdout.write("".join(f"{complaint}\n" for complaint in complaints))
    sys.exit(bool(complaints))
