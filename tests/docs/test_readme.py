"""The README is true: its snippets run, and its tree shows every file."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import tree

SNIPPET = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXTS = {
    "README.md": (
        "reviews.txt",
        "quality price good bad cheap dear arrived late phone case",
        " ",
    ),
    "README.zh.md": ("评论.txt", "质量 价格 好 差 便宜 贵 物流 慢 手机 外壳", ""),
}
LABELLED = {"README.md": ("labelled.csv", "last.csv"), "README.zh.md": ("标注.csv", "测试.csv")}


def snippets(readme: Path) -> list[tuple[str, str]]:
    found = SNIPPET.findall(readme.read_text(encoding="utf-8"))
    assert {language for language, _ in found} == {"python", "sh"}
    return found


def write_text(folder: Path, readme: str) -> None:
    """Write what the snippets of a README read."""
    name, words, space = TEXTS[readme]
    draw = random.Random(1)
    lines = [space.join(draw.choices(words.split(), k=12)) for _ in range(400)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    good, bad = words.split()[2:4]
    labelled = [f"{line}{space}{(good, bad)[n % 2]},{n % 2}" for n, line in enumerate(lines)]
    for file, rows in zip(LABELLED[readme], (labelled[:300], labelled[300:]), strict=True):
        (folder / file).write_text("\n".join(["text,label", *rows, ""]), encoding="utf-8")


@pytest.mark.parametrize("readme", TEXTS)
def test_the_snippets_run(repository: Path, tmp_path: Path, readme: str):
    commands = {
        "python": [sys.executable, "-"],
        "sh": ["bash", "-euo", "pipefail"],
    }
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    for number, (language, code) in enumerate(snippets(repository / readme)):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_text(folder, readme)
        done = subprocess.run(
            commands[language],
            input=code.encode(),
            cwd=folder,
            env={**environment, "PYTHONUTF8": "1"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{code}\n{done.stderr.decode()}"


def test_the_tree_shows_every_file(repository: Path):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    assert tree.written(readme) == tree.drawn(), "run: make tree"


def test_every_file_says_what_it_is_in_one_line():
    long = [row for row in tree.drawn().splitlines() if len(row) > 150]
    assert long == []


@pytest.mark.parametrize("readme", TEXTS)
def test_what_the_readme_points_at_exists(repository: Path, readme: str):
    text = (repository / readme).read_text(encoding="utf-8")
    targets = [
        target.split("#")[0]
        for target in re.findall(r"\]\(([^)]+)\)", text)
        if not target.startswith(("http", "#"))
    ]
    assert len(targets) > 5
    assert [target for target in targets if not (repository / target).exists()] == []


def test_measured_figures_name_their_command(repository: Path):
    text = (repository / "README.md").read_text(encoding="utf-8")
    table = text[text.index("<!-- measured -->") : text.index("<!-- /measured -->")]
    rows = [row for row in table.splitlines() if row.startswith("|")][2:]
    assert [row for row in rows if "`" not in row.rstrip(" |").split("|")[-1]] == []
