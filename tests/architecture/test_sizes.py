"""Alarms, not aims: files, functions and signatures stay small; suppressions say why."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

LONGEST_FILE = 400
LONG_FUNCTION, LONGEST_FUNCTION = 40, 80
MOST_PARAMETERS, MOST_KERNEL_PARAMETERS = 7, 12
CROWDED_FOR_A_REASON = {
    "embed.embed": "the options of a verb",
    "streaming.embed_into": "what goes on when it was interrupted, by keyword",
    "distill.distill": "the options of a verb",
    "iterating.fit": "what a run begins with, and whom it tells, by keyword",
    "pretraining.fit": "what a run begins with, and whom it tells, by keyword",
    "task_trainer.fit": "what a run begins with, and whom it tells, by keyword",
    "questions.analogy": "the options of a verb",
    "heat_maps.similarity": "the options of a verb",
    "tune.tune": "the options of a verb",
    "senses.senses": "the options of a verb",
    "word_vectors.__init__": "the parts of the artefact, by keyword",
}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}
SUPPRESSION = re.compile(
    r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore|fmt:\s*off)[^#]*(#\s*\w+.*)?$"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def trees(repository: Path) -> dict[Path, ast.Module]:
    paths = sorted((repository / "src").rglob("*.py"))
    assert len(paths) > 20
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def code_lines(function: Function) -> int:
    """Count the lines of a function below its docstring, or the whole of one that has none."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = first.end_lineno if is_docstring else function.lineno - 1
    return (function.end_lineno or 0) - (start or 0)


def test_files_are_short(trees: dict[Path, ast.Module]):
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in trees}
    assert {name: n for name, n in lines.items() if n > LONGEST_FILE} == {}


def test_functions_are_short(trees: dict[Path, ast.Module]):
    lengths = {
        f"{path.name}:{node.lineno} {node.name}": code_lines(node)
        for path, tree in trees.items()
        for node in functions(tree)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}
    long = {name: n for name, n in lengths.items() if n > LONG_FUNCTION}
    assert len(long) <= len(lengths) / 10, long


def test_signatures_are_short(trees: dict[Path, ast.Module]):
    crowded = []
    for path, tree in trees.items():
        most = MOST_KERNEL_PARAMETERS if "kernels" in path.parts else MOST_PARAMETERS
        for node in functions(tree):
            names = [
                a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            ]
            n = len([name for name in names if name not in {"self", "cls"}])
            if n > most and f"{path.stem}.{node.name}" not in CROWDED_FOR_A_REASON:
                crowded.append(f"{path.name}:{node.lineno} {node.name} has {n}")
    assert crowded == []


def test_no_drawers(trees: dict[Path, ast.Module]):
    assert [path for path in trees if path.stem in DRAWERS or path.parent.name in DRAWERS] == []


def test_suppressions_give_a_reason(repository: Path):
    bare = [
        f"{path}:{number}"
        for folder in ("src", "tests", "benchmarks")
        for path in sorted((repository / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := SUPPRESSION.search(line)) and not match.group(2)
    ]
    assert bare == []
