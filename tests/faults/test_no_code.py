"""Promise P3: no line of the source opens a pickle, runs a string or guesses an encoding."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "joblib",
    "torch.hub",
}
NAMES = {"eval", "exec", "compile", "__import__"}
METHODS = {"torch.load", "torch.save", "pd.read_pickle"}
MUST_SAY_NO = {"np.save", "np.savez", "np.load"}
KEYWORDS = {"allow_pickle", "trust_remote_code"}
TEXT = {"open", "read_text", "write_text", "TextIOWrapper"}


def dotted(node: ast.expr) -> str:
    """Give the name a call is made by, as written."""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def faults(tree: ast.AST) -> Iterator[str]:
    """Name what a module must not do, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            names = set()
        yield from (f"{node.lineno} imports {name}" for name in names & MODULES)
        if isinstance(node, ast.Call):
            yield from (f"{node.lineno} {fault}" for fault in faults_of_call(node))


def faults_of_call(call: ast.Call) -> Iterator[str]:
    name = dotted(call.func)
    keywords = {keyword.arg for keyword in call.keywords}
    if name in NAMES | METHODS:
        yield f"calls {name}"
    said_no = {k.arg for k in call.keywords if ast.unparse(k.value) == "False"}
    yield from (f"passes {keyword}" for keyword in (keywords & KEYWORDS) - said_no)
    if name in MUST_SAY_NO and "allow_pickle" not in said_no:
        yield f"{name} without allow_pickle=False"
    short = name.rpartition(".")[2]
    modes = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
    binary = any(
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "b" in mode.value
        for mode in modes[-2:]
    )
    from_os = name.startswith(("os.", "pa."))
    if short in TEXT and not from_os and "encoding" not in keywords and not binary:
        yield f"{short} without an encoding"


def test_no_source_line_runs_code_or_guesses_an_encoding(repository: Path):
    paths = sorted((repository / "src").rglob("*.py"))
    assert len(paths) > 20
    found = [
        f"{path.relative_to(repository)}:{fault}"
        for path in paths
        for fault in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_the_search_finds_what_it_looks_for():
    bad = (
        "import pickle\nfrom marshal import loads\neval('1')\nnp.load(f, allow_pickle=True)\n"
        "open('a')\np.read_text()\nopen('a', 'rb')\np.open('rb')\nopen('a', encoding='utf-8')\n"
    )
    assert [int(fault.split()[0]) for fault in faults(ast.parse(bad))] == [1, 2, 3, 4, 4, 5, 6]
