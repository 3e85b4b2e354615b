"""Where the sentences of a running text begin and end, in Chinese and in languages with points."""

from __future__ import annotations

import re

__all__ = ["sentence_spans"]

_END = re.compile(r"[。！？；!?…]+|\.+(?=\s|[\"'”’)\]]|$)|\n")
_CLOSING = "\"'”’」』）)]】》"
_OPENS = re.compile(r"\s*[\"'“‘(\[]*([a-z,;:])")
"""What follows a point that ends no sentence: a small letter, or a mark within a sentence."""

_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)$")
_NEVER_LAST = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "messrs", "gen", "sen", "rep", "gov", "col", "lt", "sgt",
    "capt", "rev", "hon", "no", "nos", "vol", "fig", "e.g", "i.e", "vs", "cf",
})  # fmt: skip
"""Shortened words behind which something always comes."""

_SELDOM_LAST = frozenset({
    "jr", "sr", "etc", "al", "inc", "ltd", "co", "corp", "dept", "est", "approx", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "u.n",
    "a.m", "p.m",
})  # fmt: skip
"""Those that end a sentence only if a new one seems to begin."""

_BEGINS = re.compile(r"\s+[\"“‘(]?[A-Z\u4e00-\u9fff]")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Cut a running text into sentences.

    A sentence ends with ``。！？；!?…`` or an end of line; with a point, if a blank or a closing
    quote follows, no small letter behind that, and the point belongs to no shortened word or
    initial. Closing quotes and brackets go with the sentence they close.

    Parameters
    ----------
    text
        The text.

    Returns
    -------
    list of tuple
        For each sentence its first character and the one behind its last, blanks around it left
        out.

    Examples
    --------
    >>> text = "“今天很好。”他说！ Mr. Smith paid 3.5 dollars. Fine."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['“今天很好。”', '他说！', 'Mr. Smith paid 3.5 dollars.', 'Fine.']
    """
    spans, start = [], 0
    for found in _END.finditer(text):
        end = found.end()
        if found.group().startswith(".") and _goes_on(text, found.start(), end):
            continue
        while end < len(text) and text[end] in _CLOSING:
            end += 1
        spans.append((start, end))
        start = end
    spans.append((start, len(text)))
    stripped = [_without_blanks(text, start, end) for start, end in spans]
    return [(start, end) for start, end in stripped if start < end]


def _goes_on(text: str, point: int, behind: int) -> bool:
    """Tell whether a sentence goes on behind a point."""
    if _OPENS.match(text, behind):
        return True
    last = _LAST_WORD.search(text, max(0, point - 20), point)
    if last is None:
        return False
    word = last[1].lower()
    if word in _NEVER_LAST or (len(word) == 1 and last[1].isupper()):
        return True
    return word in _SELDOM_LAST and not _BEGINS.match(text, behind)


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    """Take the blanks off both ends of a stretch."""
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), end - len(stretch) + len(stretch.rstrip())
