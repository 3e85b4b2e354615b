"""The kernels `words`, `members`, `word_table` and `phrases` again, slow and plain."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import numpy as np

LETTERS = "OLDMAPS"
"""A letter for each class of `lexloom.kernels.words`, in their order."""
WORD = r"SM*|[LD](?:[LDM]|A(?=[LD])|(?<=D)P(?=D))*"
MARK_TOO = "|[AP]M*"


def cut(
    text: str, classes: np.ndarray, folds: np.ndarray, longest: int, punctuation: bool
) -> list[list[str]]:
    """Cut each line of a text into words: a pattern over the classes of its characters."""
    pattern = re.compile(WORD + MARK_TOO * punctuation)
    lines = []
    for line in text.removesuffix("\n").split("\n"):
        kinds = "".join(LETTERS[classes[ord(character)]] for character in line)
        words = [
            "".join(chr(folds[ord(character)]) for character in line[match.start() : match.end()])
            for match in pattern.finditer(kinds)
        ]
        lines.append([word for word in words if len(word.encode()) <= longest])
    return lines


def merge(blocks: list[list[bytes]]) -> tuple[list[bytes], list[list[int]]]:
    """Number the words of all blocks in the order of their first appearance."""
    ids: dict[bytes, int] = {}
    return_ids = [[ids.setdefault(word, len(ids)) for word in block] for block in blocks]
    return list(ids), return_ids


def remap(lines: list[list[int]], new_ids: list[int]) -> list[list[int]]:
    """Give ids new numbers and drop those that have none."""
    return [[new_ids[word] for word in line if new_ids[word] >= 0] for line in lines]


def pairs(lines: list[list[int]]) -> Counter[tuple[int, int]]:
    """Count the pairs of neighbours."""
    return Counter(pair for line in lines for pair in itertools.pairwise(line))


def join(lines: list[list[int]], joined: dict[tuple[int, int], int]) -> list[list[int]]:
    """Join pairs from left to right; a word is used once."""
    result = []
    for line in lines:
        out, place = [], 0
        while place < len(line):
            pair = tuple(line[place : place + 2])
            out.append(joined.get(pair, line[place]))
            place += 2 if pair in joined else 1
        result.append(out)
    return result


def lines_with(text: str, members: str) -> list[str]:
    """Give the lines that hold one of these characters."""
    return [line for line in text.split("\n") if any(member in line for member in members)]
