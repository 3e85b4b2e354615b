"""The slow twin of the cleaning kernel."""

from __future__ import annotations

import re

ENDS = re.compile("\r\n|[\n\x0b\x0c\r\u0085\u2028\u2029]")
BLANKS = re.compile("[\0\t\x1c-\x1f\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]")


def clean_lines(text: str, documents: str, max_line_bytes: int) -> tuple[bytes, list[int]]:
    """Give the clean text and the lines at which documents begin."""
    lines: list[str] = []
    starts: list[int] = []
    due = True
    source_lines = ENDS.split(text)
    if not BLANKS.sub(" ", source_lines[-1]).lstrip(" "):
        source_lines.pop()
    for line in source_lines:
        line = BLANKS.sub(" ", line).lstrip(" ")
        if line and due:
            starts.append(len(lines))
            due = False
        due = due or documents == "line" or (documents == "paragraph" and not line)
        lines += cut(line, max_line_bytes)
    return "".join(line + "\n" for line in lines).encode(), starts


def cut(line: str, max_line_bytes: int) -> list[str]:
    """Cut a line that is too long at its last space, or else before the next character."""
    done: list[str] = []
    now = ""
    for character in line:
        while len((now + character).encode()) > max_line_bytes:
            head, space, tail = now.rpartition(" ")
            done.append(head if space else now)
            now = tail if space else ""
        now = (now + character) if now or character != " " else ""
    return [*done, now] if now or not done else done
