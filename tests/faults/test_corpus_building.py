"""Table A of the faults, the rows that a corpus answers; and builds that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from lexloom.errors import FormatError
from lexloom.text import planning
from lexloom.text.corpus import Corpus

SETTINGS = {"language": "en", "min_count": 2, "threads": 2}
KILLED = """
import os, signal, sys
from lexloom.text import building, planning
from lexloom.text.corpus import Corpus
planning._BLOCK_BYTES = 4096
building._CHECKPOINT_SECONDS = 0.0
left = int(sys.argv[3])
def listen(update):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
Corpus.build(sys.argv[1], out=sys.argv[2], resume=True, on_progress=listen, language="en",
             min_count=2, threads=2)
"""


def contents(corpus: Corpus) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in corpus.path.iterdir()
        if path.suffix in (".arrow", ".safetensors")
    }


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n\u3000\n", "... !\n"])
def test_a1_text_without_words(tmp_path: Path, text: str):
    source = tmp_path / "empty.txt"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"empty\.txt: no word was found in it\. Read ") as caught:
        Corpus.build(source, out=tmp_path / "out", language="en")
    assert "bytes and 0 words. Check the text and the language." in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["empty.txt"]


def test_a2_all_words_are_rare(tmp_path: Path):
    source = tmp_path / "rare.txt"
    words = [f"w{i} " * (1 + i // 50) for i in range(2000)]
    source.write_text("\n".join(words), encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        Corpus.build(source, out=tmp_path / "out", language="en", min_count=50)
    assert str(caught.value) == (
        f"{source}: all 2,000 different words occur less than min_count=50 times. "
        f"Read {len(' '.join(words)) + 1:,} bytes and 41,000 words. "
        "Lower it: min_count=21 would keep 1,000; min_count=39 would keep 100."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["rare.txt"]


def test_a22_counts_have_64_bits_and_pruning_is_told():
    texts = [f"common word{i}" for i in range(4000)]
    with pytest.warns(
        UserWarning, match=r"more than 1,000 different words: dropped [\d,]+ seen \d+ "
    ):
        corpus = Corpus.from_texts(texts * 3, language="en", min_count=1, max_types=1000)
    assert corpus.vocabulary.counts.dtype == np.int64
    assert corpus.sentence_offsets.dtype == np.int64
    assert corpus.vocabulary.counts[corpus.vocabulary.id("common")] == 12_000
    assert corpus.statistics["prunings"][0]["largest_count"] >= 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Corpus.from_texts(texts, language="en", min_count=1)


@pytest.mark.parametrize("n_blocks", [[1], [3, 9], [40]])
def test_killed_build_goes_on(tmp_path: Path, n_blocks: list[int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(planning, "_BLOCK_BYTES", 4096)
    source = tmp_path / "text.txt"
    lines = [f"The cat number {i % 77} sat on mat {i % 11}, didn’t it?" for i in range(4000)]
    source.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out"
    for n in n_blocks:
        command = [sys.executable, "-c", KILLED, str(source), str(out), str(n)]
        assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
        assert not out.exists()
    resumed = Corpus.build(source, out=out, resume=True, **SETTINGS)
    whole = Corpus.build(source, out=tmp_path / "whole", **SETTINGS)
    assert contents(resumed) == contents(whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "text.txt", "whole"]
