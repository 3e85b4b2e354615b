"""Tables as aligned text, Markdown, HTML or plain values; Chinese keeps its columns."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass
from typing import NewType, TypeAlias

from lexloom.errors import ShapeError

__all__ = ["Cell", "Markup", "Table", "printable", "terminal_width"]

Cell: TypeAlias = str | int | float | None
Markup = NewType("Markup", str)
"""Text that is HTML already: whatever came from outside has been escaped."""

GAP = "  "
NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes
    ----------
    columns
        The names.
    rows
        One cell a column: text, a number, or None where there is nothing to say.

    Raises
    ------
    ShapeError
        If a row has more or fewer cells than there are columns.

    Examples
    --------
    >>> print(Table(("word", "cosine"), (("品质", 0.91), ("price", 0.8))).to_text())
    word   cosine
    品质    0.910
    price   0.800
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Check that the table is whole."""
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ShapeError(
                    f"row {number} must have {len(self.columns)} cells, got {len(row)}."
                )

    def as_dicts(self) -> list[dict[str, Cell]]:
        """Give each row as a dict from column to cell, ready for JSON."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_text(self) -> str:
        """Write the table for a terminal: aligned, numbers to the right, no control characters."""
        lines = [[printable(name) for name in self.columns]]
        lines += [[printable(_written(cell)) for cell in row] for row in self.rows]
        widths = [max(map(terminal_width, column)) for column in zip(*lines, strict=True)]
        is_number = [self._is_number(column) for column in range(len(self.columns))]
        return "\n".join(GAP.join(map(_padded, line, widths, is_number)).rstrip() for line in lines)

    def to_markdown(self) -> str:
        """Write the table as Markdown; nothing in a cell can break out of it."""
        rules = ["--:" if self._is_number(column) else "---" for column in range(len(self.columns))]
        lines = [[_markdown(name) for name in self.columns], rules]
        lines += [[_markdown(_written(cell)) for cell in row] for row in self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def to_html(self) -> Markup:
        """Write the table as one HTML element; every cell is escaped."""
        classes = [
            ' class="number"' if self._is_number(column) else ""
            for column in range(len(self.columns))
        ]
        head = "".join(
            f'<th scope="col"{mark}>{html.escape(printable(name))}</th>'
            for name, mark in zip(self.columns, classes, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{mark}>{html.escape(printable(_written(cell)))}</td>"
                for cell, mark in zip(row, classes, strict=True)
            )
            + "</tr>\n"
            for row in self.rows
        )
        return Markup(
            '<div class="table"><table>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
        )

    def _is_number(self, column: int) -> bool:
        """Say whether a column holds numbers and gaps only."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and not any(isinstance(cell, str) for cell in cells)


def terminal_width(text: str) -> int:
    """Count the columns a text takes on a terminal.

    Parameters
    ----------
    text
        Any text of one line.

    Returns
    -------
    int
        2 for each wide character (Chinese, most emoji), 0 for each combining mark, 1 for others.

    Examples
    --------
    >>> terminal_width("词织 ok")
    7
    """
    width = 0
    for character in text:
        if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
            continue
        width += 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
    return width


def printable(text: str) -> str:
    r"""Replace control characters, which could steer a terminal, by their escapes.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        The text, with ESC as ``\x1b``, a line break as ``\n``, and the like.
    """
    return "".join(
        character
        if unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        and not _turns_text_around(character)
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _turns_text_around(character: str) -> bool:
    """Say whether a character changes the direction of the text behind it."""
    return "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"


def _written(cell: Cell) -> str:
    """Write a cell: three decimals, thousands apart."""
    if cell is None:
        return NOTHING
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.3f}"


def _padded(text: str, width: int, is_number: bool) -> str:
    """Fill a cell up with spaces, numbers from the left."""
    space = " " * (width - terminal_width(text))
    return space + text if is_number else text + space


def _markdown(text: str) -> str:
    """Escape what Markdown or the HTML in it would read as markup."""
    escaped = html.escape(printable(text), quote=False).replace("\\", "\\\\")
    for mark in "|`*_[]~":
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped
