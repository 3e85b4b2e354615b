"""The public names, their docstrings, and the words the project does not use."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import lexloom

PUBLIC = [
    "NPLM",
    "SVD",
    "AbstractiveSummarizer",
    "BagOfWords",
    "Corpus",
    "Encoder",
    "FastText",
    "Generator",
    "GloVe",
    "LexloomError",
    "Matcher",
    "Summarizer",
    "Tagger",
    "TextClassifier",
    "Translator",
    "Word2Vec",
    "WordVectors",
    "distill",
    "load",
]
MOST_PUBLIC_NAMES = 20

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(repository: Path) -> list[Path]:
    found = sorted((repository / "src" / "lexloom").rglob("*.py"))
    assert len(found) > 20
    return found


def test_the_public_names_are_these():
    assert lexloom.__all__ == PUBLIC
    assert len(lexloom.__all__) <= MOST_PUBLIC_NAMES


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_can_be_had(name: str):
    assert getattr(lexloom, name).__name__.lower() == name.lower()
    assert name in dir(lexloom)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Word3Vec'"):
        _ = lexloom.Word3Vec  # type: ignore[attr-defined]  # that is the point


def public_definitions(tree: ast.Module) -> Iterator[ast.ClassDef | Function]:
    """Yield public classes, functions and methods that a module defines."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    inner
                    for inner in node.body
                    if isinstance(inner, Function) and not inner.name.startswith("_")
                )


def test_everything_public_is_documented(repository: Path):
    bare = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in sources(repository)
        for node in public_definitions(ast.parse(path.read_text(encoding="utf-8")))
        if not ast.get_docstring(node) and not overloads(node) and not is_stub(node)
    ]
    assert bare == []


def test_every_module_says_what_it_is(repository: Path):
    silent = [
        str(path)
        for path in sources(repository)
        if path.stat().st_size
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_raise_of_a_public_function_is_documented(repository: Path):
    missing = []
    for path in sources(repository):
        for node in public_definitions(ast.parse(path.read_text(encoding="utf-8"))):
            # What stands in for compiled code raises only where nobody may call it.
            if isinstance(node, ast.ClassDef) or "kernels" in path.parts:
                continue
            told = ast.get_docstring(node) or ""
            missing += [
                f"{path.name}:{node.lineno} {node.name} raises {name}"
                for name in raised(node)
                if name not in told
            ]
    assert missing == []


def raised(function: Function) -> set[str]:
    """Name the exceptions made in the body itself: `raise X(…)`."""
    return {
        node.exc.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id[0].isupper()
    }


def is_stub(node: ast.AST) -> bool:
    """Tell whether a function is `...` only: its class, a protocol, says what it means."""
    body = getattr(node, "body", [])
    return len(body) == 1 and ast.unparse(body[0]) == "..."


def overloads(node: ast.AST) -> bool:
    """Tell whether a definition is a typing overload, which the last one documents."""
    return any(
        ast.unparse(mark).endswith("overload") for mark in getattr(node, "decorator_list", [])
    )


# In these one name stands for the same question, answered in each file in its own way.
ALIKE_ON_PURPOSE = {"formats", "kernels", "metrics"}


def test_one_name_means_one_function_in_a_room(repository: Path):
    homes: dict[tuple[str, str], list[str]] = {}
    for path in sources(repository):
        if path.parent.name not in ALIKE_ON_PURPOSE:
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, Function) and not node.name.startswith("_"):
                    homes.setdefault((path.parent.name, node.name), []).append(path.name)
    assert len(homes) > 100
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


# Names that say nothing of what a class is, and paths of one machine.
VAGUE = re.compile(r"(Manager|Helper|Handler|Processor|Wrapper|Util)s?$")
ONE_MACHINE = re.compile(r"(?<![\w.])/(work|root|home|Users)/\w")


def test_classes_are_named_for_what_they_are(repository: Path):
    vague = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in sources(repository)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    assert vague == []


def test_no_file_knows_the_machine_it_was_written_on(repository: Path):
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=False
    ).stdout.decode()
    if not listed:
        pytest.skip("not a git checkout")
    own = [
        name
        for name in listed.split("\0")
        if name.endswith((".py", ".md", ".toml", ".sh", ".yml", ".txt"))
        or name in {"check", "Makefile"}
    ]
    assert len(own) > 20
    told = [
        f"{name}:{number}"
        for name in own
        for number, line in enumerate(
            (repository / name).read_text(encoding="utf-8").splitlines(), start=1
        )
        if ONE_MACHINE.search(line)
    ]
    assert told == []
