"""Chinese words by rjieba: what one process does.

Run as ``python -m lexloom.text.chinese_words`` it cuts blocks that come in on stdin. It imports
little, so that a process is there soon, and makes no Python object that it can avoid: a block goes
back as text with a NUL between words, and a kernel numbers them.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

from lexloom.errors import LexloomError
from lexloom.text.simplifying import simplify

__all__ = ["WordMarker", "read_message", "write_message"]

_CHARACTERS_AT_ONCE = 2000


class WordMarker:
    """Puts a NUL between the words of Chinese text.

    Parameters
    ----------
    user_dictionary
        Entries ``word [frequency [tag]]``.
    simplified
        Whether traditional characters are made simplified ones first.
    is_child
        Whether this process does nothing else.
    """

    def __init__(
        self, user_dictionary: Sequence[str], *, simplified: bool, is_child: bool = False
    ) -> None:
        import rjieba

        # Loading the dictionary takes a while: a child, where nobody else adds words, has it.
        segmenter: Any = rjieba._DEFAULT_JIEBA if is_child else rjieba.Jieba()
        for entry in user_dictionary:
            word, *rest = (simplify(entry) if simplified else entry).split()
            frequency = int(rest.pop(0)) if rest and rest[0].isdigit() else None
            segmenter.add_word(word, frequency, rest[0] if rest else None)
        self.cut = segmenter.cut
        self._simplified = simplified

    def mark(self, text: bytes) -> bytes:
        """Give valid UTF-8 text with a NUL between words, and some around line ends.

        Some lines are cut at once, which is cheaper than one by one and gives the same words: no
        word of rjieba goes over a line end.
        """
        lines = text.decode("utf-8")
        if self._simplified:
            lines = simplify(lines)
        cut, parts, begin = self.cut, [], 0
        while begin < len(lines):
            end = lines.find("\n", begin + _CHARACTERS_AT_ONCE) + 1 or len(lines)
            parts.append("\0".join(cut(lines[begin:end])).encode("utf-8"))
            begin = end
        return b"\0".join(parts)


def write_message(stream: IO[bytes], message: bytes) -> None:
    """Write bytes, their number first."""
    stream.write(struct.pack("<q", len(message)))
    stream.write(message)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes:
    """Read what `write_message` wrote; `EOFError` when the stream ends."""
    header = stream.read(8)
    n_bytes = struct.unpack("<q", header)[0] if len(header) == 8 else 0
    message = stream.read(n_bytes)
    if len(header) < 8 or len(message) < n_bytes:
        raise EOFError
    return message


def _messages(stream: IO[bytes]) -> Iterator[bytes]:
    """Give the messages of a stream until it ends."""
    try:
        while True:
            yield read_message(stream)
    except EOFError:
        return


def main() -> None:
    """Mark blocks that come in on stdin until it ends."""
    messages = _messages(sys.stdin.buffer)
    marker = WordMarker(**json.loads(next(messages)), is_child=True)
    for text in messages:
        write_message(sys.stdout.buffer, marker.mark(text))


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError, StopIteration):
        sys.exit(130)
    except LexloomError as error:
        sys.exit(str(error))
