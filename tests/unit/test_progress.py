"""Progress: what an update says, and what listeners make of it."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from lexloom.errors import StorageError
from lexloom.progress import Bar, JsonLines, Lines, Update, combine, described, duration


def update(done: int, seconds: float, **figures: float) -> Update:
    return Update("training", done, 100_000, "words", seconds, figures)


def test_an_update_knows_its_rate_and_what_is_left():
    half = update(50_000, 10.0)
    assert half.rate == 5_000
    assert half.left_seconds == 10.0
    assert not half.is_last
    assert update(100_000, 20.0).is_last


def test_nothing_is_promised_before_anything_is_known():
    assert update(0, 0.0).rate == 0
    assert update(0, 0.0).left_seconds is None
    assert Update("reading", 10, None, "bytes", 1.0).left_seconds is None


def test_more_done_than_announced_leaves_nothing_to_do():
    assert update(120_000, 10.0).left_seconds == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0:00"), (7, "0:07"), (59.6, "1:00"), (760, "12:40"), (11_100, "3:05:00")],
)
def test_times_are_said_as_on_a_clock(seconds: float, said: str):
    assert duration(seconds) == said


def test_an_update_in_words():
    said = described(update(42_000, 21.0, loss=2.3123, learning_rate=0.0145))
    assert said == "training 42 %  2 k words/s  loss 2.312  learning rate 0.0145  0:29 left"
    assert described(update(100_000, 50.0)) == "training 100 %  2 k words/s  in 0:50"
    assert (
        described(Update("reading", 1_500, None, "bytes", 1.0))
        == "reading 1,500 bytes  1.5 k bytes/s"
    )


def test_lines_come_now_and_then_and_at_the_end():
    stream = io.StringIO()
    lines = Lines(stream, every_seconds=10)
    for second in range(1, 26):
        lines(update(second * 4_000, second))
    told = stream.getvalue().splitlines()
    assert [line.split("  ")[0] for line in told] == [
        "training 40 %",
        "training 80 %",
        "training 100 %",
    ]
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_new_task_starts_a_new_count():
    stream = io.StringIO()
    lines = Lines(stream, every_seconds=10)
    lines(Update("reading", 1, None, "bytes", 11.0))
    lines(update(1_000, 1.0))
    lines(update(20_000, 12.0))
    assert len(stream.getvalue().splitlines()) == 2


def test_a_bar_shows_every_task_on_a_terminal():
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    with Bar(console) as bar:
        bar(Update("reading", 10, None, "bytes", 1.0))
        bar(update(50_000, 5.0, loss=2.5))
        bar(update(100_000, 10.0, loss=2.25))
    shown = stream.getvalue()
    assert "reading" in shown
    assert "100 %  10 k words/s  loss 2.25  in 0:10" in shown


def test_brackets_in_a_figure_are_no_markup():
    stream = io.StringIO()
    with Bar(Console(file=stream, force_terminal=True, width=120)) as bar:
        bar(Update("reading", 1, 2, "[/bold]", 1.0))
    assert "[/bold]/s" in stream.getvalue()


def test_json_lines_are_kept_and_added_to(tmp_path: Path):
    path = tmp_path / "progress.jsonl"
    for done in (50_000, 100_000):
        with JsonLines(path) as lines:
            lines(update(done, 1.0, loss=math.nan))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["done"] for row in rows] == [50_000, 100_000]
    assert rows[0] == {
        "task": "training",
        "done": 50_000,
        "total": 100_000,
        "unit": "words",
        "elapsed_seconds": 1.0,
        "figures": {"loss": None},
    }


def test_json_lines_name_the_place_they_cannot_write(tmp_path: Path):
    with pytest.raises(StorageError, match="cannot be opened"):
        JsonLines(tmp_path / "nowhere" / "progress.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told():
    lines = JsonLines("/dev/full")
    with pytest.raises(StorageError, match="No space left on device"):
        lines(update(1, 1.0))
    lines.close()  # what could not be written does not fail once more


def test_listeners_combine_and_none_is_left_out():
    heard: list[str] = []
    listener = combine(lambda _: heard.append("a"), None, lambda _: heard.append("b"))
    listener(update(1, 1.0))
    assert heard == ["a", "b"]
