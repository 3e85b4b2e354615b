"""Tables: columns stay straight with Chinese in them, and no cell breaks out."""

import pytest

from lexloom.errors import ShapeError
from lexloom.reporting.tables import Table, printable, terminal_width

TABLE = Table(("word", "cosine", "n"), (("品质", 0.91, 12_345), ("café", None, 7)))
HOSTILE = "<img src=x onerror=alert(1)>|\x1b[31m\n`*_"


def test_text_is_aligned_by_width_on_a_terminal():
    assert TABLE.to_text().split("\n") == [
        "word  cosine       n",
        "品质   0.910  12,345",
        "café       –       7",
    ]
    assert len({terminal_width(line) for line in TABLE.to_text().split("\n")}) == 1


def test_markdown():
    assert TABLE.to_markdown().split("\n") == [
        "| word | cosine | n |",
        "| --- | --: | --: |",
        "| 品质 | 0.910 | 12,345 |",
        "| café | – | 7 |",
    ]


def test_rows_for_machines_keep_their_numbers():
    assert TABLE.as_dicts()[1] == {"word": "café", "cosine": None, "n": 7}


def test_a_hostile_word_stays_a_word():
    table = Table(("word",), ((HOSTILE,),))
    assert "\x1b" not in table.to_text()
    assert table.to_text().count("\n") == 1
    assert "<img" not in table.to_markdown()
    assert r"&gt;\|" in table.to_markdown()
    assert "<img" not in table.to_html()
    assert "&lt;img src=x onerror=alert(1)&gt;" in table.to_html()


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("词织", 4), ("e\u0301", 1), ("ｆ", 2), ("😀", 2)]
)
def test_width(text, width):
    assert terminal_width(text) == width


def test_control_characters_are_shown_not_obeyed():
    assert printable("a\x1b[2J\u202eb\u2028") == r"a\x1b[2J\u202eb\u2028"


def test_an_empty_table_is_its_header():
    assert Table(("a", "b"), ()).to_text() == "a  b"


def test_a_ragged_row_is_refused():
    with pytest.raises(ShapeError, match="row 2 must have 1 cells, got 2"):
        Table(("a",), (("x",), ("y", "z")))
