"""The words of a vocabulary as a sequence, without a str for each of them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import pyarrow as pa

__all__ = ["Words"]


class Words(Sequence[str]):
    """The words of a vocabulary as a sequence of str that makes each str when it is asked for.

    Parameters
    ----------
    array
        The V words: ``large_string``, no nulls.
    """

    __slots__ = ("array",)

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return self.array.slice(start, max(stop - start, 0)).to_pylist()
            return self.array.take(pa.array(range(start, stop, step), pa.int64())).to_pylist()
        position = int(index)
        if position < 0:
            position += len(self)
        if not 0 <= position < len(self):
            raise IndexError(f"word {index} of {len(self)}")
        return self.array[position].as_py()

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), 65_536):
            yield from self.array.slice(start, 65_536).to_pylist()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Words):
            return self.array.equals(other.array)
        if isinstance(other, Sequence) and not isinstance(other, str | bytes):
            return len(other) == len(self) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # equal to lists, which have no hash either

    def __repr__(self) -> str:
        shown = ", ".join(repr(word) for word in self[:5])
        return f"Words([{shown}{', …' if len(self) > 5 else ''}], {len(self):,} words)"
