"""Pieces become text while they are drawn: never half a character, never a part of a stop text."""

from __future__ import annotations

from collections.abc import Sequence

from lexloom.contextual.tokenizing.tokenizer import Tokenizer

__all__ = ["Wording"]

_HALF = "\N{REPLACEMENT CHARACTER}"
"""What stands for the bytes of a character that are not all there."""


class Wording:
    """The text of pieces that come one by one.

    Parameters
    ----------
    tokenizer
        What puts them together.
    before
        The piece before them, if the text goes on with it: it decides about a blank between them.
    stop
        Texts that end it.
    """

    def __init__(
        self, tokenizer: Tokenizer, before: Sequence[int] = (), stop: Sequence[str] = ()
    ) -> None:
        self._tokenizer, self._stop = tokenizer, stop
        self._given, self._waiting = list(before), list[int]()
        self._held = ""
        self.is_over = False

    def feed(self, piece: int) -> str:
        """Take a piece.

        Parameters
        ----------
        piece
            Its id.

        Returns
        -------
        str
            The text that is settled by it, and was not given before; often empty.
        """
        self._waiting.append(piece)
        fresh = self._fresh()
        if fresh.endswith(_HALF):
            return ""
        self._given, self._waiting = self._waiting, []
        return self._released(fresh)

    def rest(self) -> str:
        """Give what was held back, once no more pieces come; half a character is left out."""
        if self.is_over:
            return ""
        fresh = self._released(self._fresh().rstrip(_HALF)) if self._waiting else ""
        self._waiting, rest, self._held = [], fresh + self._held, ""
        self.is_over = True
        return rest

    def _fresh(self) -> str:
        """Give the text of the pieces that wait, as it is behind the last that were given."""
        n_before = len(self._tokenizer.decode(self._given))
        return self._tokenizer.decode([*self._given, *self._waiting])[n_before:]

    def _released(self, fresh: str) -> str:
        """Hold back what a stop text may begin with; end at one."""
        text = self._held + fresh
        places = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if places:
            self._held, self.is_over = "", True
            return text[: min(places)]
        n_held = max((_n_begun(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - n_held :]
        return text[: len(text) - n_held]


def _n_begun(text: str, stop: str) -> int:
    """Give how many characters at the end of a text are the beginning of another."""
    longest = min(len(stop) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
