"""Imports point down only, and each heavy library stays in its room."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "cyclopts",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "rich",
    "rjieba",
    "safetensors",
    "scipy",
    "sklearn",
    "torch",
}


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_lexloom_loads_nothing_heavy():
    assert not HEAVY & modules_after("import lexloom")


def test_a_public_name_loads_only_what_it_needs():
    assert not (HEAVY - {"numpy"}) & modules_after("import lexloom; lexloom.LexloomError")


def test_help_loads_neither_kernels_nor_tables():
    shown = modules_after(
        "from lexloom.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass"
    )
    assert not {"numba", "pyarrow", "scipy", "sklearn", "torch", "rjieba"} & shown


def test_the_walls_hold(repository: Path):
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.skip("needs import-linter: make setup")
    done = subprocess.run(
        [command],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert "0 broken" in done.stdout, done.stdout + done.stderr


# S301 sees pickle by name only; these open pickles or run code by other ways.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_KEYWORDS = {"allow_pickle", "trust_remote_code"}


def test_loading_never_runs_code(repository: Path):
    found = []
    for path in sorted((repository / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            unsafe = {
                k.arg
                for k in node.keywords
                if k.arg in FORBIDDEN_KEYWORDS and not is_false(k.value)
            }
            if name in FORBIDDEN_CALLS or unsafe:
                found.append(f"{path}:{node.lineno}")
    assert found == []


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
