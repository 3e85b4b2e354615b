"""What `inspect_text` finds in files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lexloom.text import estimating, inspection
from lexloom.text.fingerprinting import LineSample, hash_lines, line_bounds
from lexloom.text.inspection import inspect_text
from lexloom.text.reading import Reading


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_findings_of_a_file(tmp_path: Path):
    text = "房间很干净。\r\n\r\n房间很干净。\r\n<p>服务\ufffd好</p>\r\n" + "长" * 5000 + "\r\n"
    report = inspect_text(written(tmp_path, "a.txt", text))
    found = report.files[0]
    assert (found.n_lines, found.n_documents, found.n_empty_lines) == (5, 4, 1)
    assert (found.n_long_lines, found.longest_line_bytes) == (1, 15_000)
    assert found.repeated_share == pytest.approx(1 / 4)
    assert found.repeated_is_exact
    assert found.line_ends == {"CR LF": 5}
    assert found.oddities == {"replacement characters (U+FFFD)": 1, "HTML tags": 2}
    assert report.language == "zh"
    assert json.loads(json.dumps(report.as_dict()))["language"] == "zh"
    assert ("a.txt", "lines", "5 in 4 documents") in [
        (Path(name).name, what, value) for name, what, value in report.rows()
    ]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path):
    bad, good = tmp_path / "bad.txt", written(tmp_path, "good.txt", "fine words\n" * 9)
    bad.write_bytes(b"%PDF-1.4")
    report = inspect_text([bad, good])
    assert report.problems == [
        f"{bad}: a PDF, not text. Convert it first: pdftotext '{bad}' text.txt"
    ]
    assert report.files[1].n_lines == 9


def test_estimate_scales_with_the_text(tmp_path: Path):
    rng = np.random.default_rng(1)
    words = [f"w{i}" for i in rng.zipf(1.3, 400_000) % 50_000]
    text = "\n".join(" ".join(words[i : i + 20]) for i in range(0, len(words), 20))
    estimate = inspect_text(written(tmp_path, "a.txt", text)).estimate
    assert estimate is not None
    assert estimate.n_words == pytest.approx(len(words), rel=0.05)
    assert estimate.n_types == pytest.approx(len(set(words)), rel=0.3)


def test_a_text_that_was_read_whole_is_counted(tmp_path: Path):
    often, enough, rare = "often " * 90, "enough " * 5, "rarely " * 4 + "once"
    paths = [
        written(tmp_path, "a.txt", often + "\n"),
        written(tmp_path, "b.txt", f"{enough}\n{rare}\n"),
    ]
    report = inspect_text(paths)
    found = report.estimate
    assert found is not None and found.is_counted
    assert (found.n_words, found.n_types, found.n_kept_types) == (100, 4, 2)
    rows = {what: value for _, what, value in report.rows()}
    assert rows["words"] == "100"
    assert rows["vocabulary"] == "4 words, 2 of them at least 5 times"


def test_a_longer_text_is_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path, "a.txt", "".join(f"w{i % 700} v{i}\n" for i in range(9_000)))
    counted = inspect_text(path).estimate
    for module in (estimating, inspection):
        monkeypatch.setattr(module, "SAMPLE_BYTES", 40_000)
    report = inspect_text(path)
    assert counted is not None and report.estimate is not None
    assert (counted.n_words, counted.n_types, counted.n_kept_types) == (18_000, 9_700, 700)
    assert not report.estimate.is_counted
    assert report.estimate.n_words == pytest.approx(18_000, rel=0.05)
    assert report.estimate.n_kept_types == round(report.estimate.n_types / 5)
    assert {what: value for _, what, value in report.rows()}["words"].startswith("about ")


@pytest.mark.parametrize("text", ["", "\n\n", "12 34 ... !\n"])
def test_a_text_without_letters_has_no_language(tmp_path: Path, text: str):
    report = inspect_text(written(tmp_path, "a.txt", text))
    rows = {what: value for _, what, value in report.rows()}
    assert report.language == report.files[0].language == ""
    assert rows["language"] == "unknown: no letters"
    if not text.strip():
        assert rows["words"] == "none: there is nothing to train on"


def test_overlap_of_train_and_dev(tmp_path: Path):
    train = written(tmp_path, "train.tsv", "".join(f"text {i}\t1\n" for i in range(100)))
    dev = written(tmp_path, "dev.tsv", "".join(f"text {i}\t0\n" for i in range(90, 120)))
    report = inspect_text([train, dev], Reading(field=1))
    assert report.overlaps == [(str(train), str(dev), 10)]


def test_line_sample_stays_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lexloom.text.fingerprinting.MAX_KEPT", 1000)
    text = b"".join(b"line %d\n" % (i % 20_000) for i in range(40_000))
    bounds = line_bounds(text)
    sample = LineSample()
    sample.add(hash_lines(text, *bounds))
    assert not sample.is_exact
    assert sample.hashes.size <= 1000
    assert sample.repeated_share == pytest.approx(0.5, abs=0.05)
    assert sample.shared_with(sample) == pytest.approx(20_000, rel=0.15)


def test_hashes_tell_lines_apart():
    text = b"ab\nba\n\nab\na\n\0\n"
    hashes = hash_lines(text, *line_bounds(text))
    assert hashes[0] == hashes[3]
    assert len(set(hashes.tolist())) == 5
