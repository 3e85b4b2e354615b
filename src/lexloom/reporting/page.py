"""Reports as one HTML file: nothing is fetched, nothing but our own script runs.

Everything is inlined. A content security policy names the hash of the one style sheet and the one
script, so that even a word which slipped through the escaping could run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lexloom.reporting.tables import Markup, printable

__all__ = ["Markup", "Section", "data_block", "items", "paragraph", "render_page"]

_SCRIPTS = ("page.js", "heat.js")


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    heading
        Plain text.
    body
        HTML.
    """

    heading: str
    body: Sequence[Markup]


def render_page(title: str, sections: Sequence[Section], *, language: str = "en") -> str:
    """Write a whole page that needs no network and no other file.

    Parameters
    ----------
    title
        Plain text.
    sections
        What the page holds, in order.
    language
        The page's language as a tag (``"en"``, ``"zh"``): it decides the shapes of characters.

    Returns
    -------
    str
        The HTML; write it with ``encoding="utf-8"``.
    """
    style, script = _asset("page.css"), "".join(map(_asset, _SCRIPTS))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(
        "\n".join(
            ["<section>", f"<h2>{escaped(section.heading)}</h2>", *section.body, "</section>"]
        )
        for section in sections
    )
    return (
        f'<!doctype html>\n<html lang="{escaped(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escaped(title)}</h1>\n{body}\n</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def escaped(text: str) -> Markup:
    """Make plain text safe inside HTML, in an element or a quoted attribute.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    Markup
        The same text for a reader, without control characters.
    """
    return Markup(html.escape(printable(text)))


def paragraph(text: str, *, is_note: bool = False) -> Markup:
    """Write plain text as a paragraph.

    Parameters
    ----------
    text
        Plain text.
    is_note
        Set it small and pale.

    Returns
    -------
    Markup
        One element.
    """
    kind = ' class="note"' if is_note else ""
    return Markup(f"<p{kind}>{escaped(text)}</p>")


def items(texts: Sequence[str]) -> Markup:
    """Write plain texts as a list.

    Parameters
    ----------
    texts
        Plain texts.

    Returns
    -------
    Markup
        One element.
    """
    return Markup("<ul>" + "".join(f"<li>{escaped(text)}</li>" for text in texts) + "</ul>")


def data_block(kind: str, value: Any) -> Markup:
    """Write plain JSON values where the page's script finds them.

    Parameters
    ----------
    kind
        What the script knows them by: letters and hyphens.
    value
        What JSON can hold; no NaN.

    Returns
    -------
    Markup
        A data element that is never run; no text in it can end it.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(f'<script type="application/json" data-kind="{escaped(kind)}">{text}</script>')


def _asset(name: str) -> str:
    """Read one of the page's own files."""
    folder = importlib.resources.files("lexloom.reporting") / "assets"
    return (folder / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Name a text for the content security policy."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
