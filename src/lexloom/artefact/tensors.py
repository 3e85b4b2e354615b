"""safetensors files, written in a stream and read by mapping; nothing of a header is trusted."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from lexloom.artefact import disk
from lexloom.artefact.strict_json import parse_json
from lexloom.errors import DamagedError, SettingError, ShapeError

__all__ = ["Expected", "TensorStream", "map_tensors", "write_tensors"]

Expected = Mapping[str, tuple[Any, int]]
"""Name of a tensor → its NumPy type and its number of dimensions."""

_TYPES: Final = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("V2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "F32": np.dtype("<f4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F64": np.dtype("<f8"),
}
"""A bfloat16, for which NumPy has no type, is two bytes that NumPy does not look into."""

_NAMES: Final = {dtype: name for name, dtype in _TYPES.items()}
_MAX_HEADER_BYTES = 1 << 20
_STREAM_HEAD_BYTES = 512
_TENSOR_NAME = re.compile(r"[\w.\-]{1,120}", re.ASCII)
_SOME_ROWS_BYTES = 8 << 20


@dataclass(frozen=True)
class _Place:
    """Where a tensor lies in its file, and how."""

    dtype: np.dtype
    shape: tuple[int, ...]
    start: int


def _type_name(name: str, dtype: np.dtype) -> str:
    """Give the name safetensors has for a type."""
    if not _TENSOR_NAME.fullmatch(name):
        raise SettingError(f"a tensor cannot be called {name!r}: letters, digits, . _ - only.")
    if dtype.newbyteorder("<") not in _NAMES:
        kinds = ", ".join(str(kind) for kind in _TYPES.values())
        raise ShapeError(f"{name} has the type {dtype}; a tensor on disk has one of {kinds}.")
    return _NAMES[dtype.newbyteorder("<")]


def _head(fields: dict[str, Any], n_bytes: int | None = None) -> bytes:
    """Write the header of a safetensors file, padded so that the data start on 8 bytes."""
    text = json.dumps(fields, separators=(",", ":")).encode("ascii")
    length = n_bytes - 8 if n_bytes else -(-len(text) // 8) * 8
    return length.to_bytes(8, "little") + text.ljust(length)


def write_tensors(path: Path, tensors: Mapping[str, np.ndarray]) -> disk.NewFile:
    """Write arrays as one safetensors file; give the closed file.

    Raises
    ------
    SettingError
        If a name cannot be used, or there are too many.
    ShapeError
        If an array holds other things than numbers or booleans.
    StorageError
        If it cannot be written.
    """
    arrays = {name: np.asarray(array) for name, array in tensors.items()}
    # Wide numbers first: then each starts at a multiple of its own size.
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    fields, end = {}, 0
    for name in order:
        array, start = arrays[name], end
        end += array.nbytes
        fields[name] = {
            "dtype": _type_name(name, array.dtype),
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    head = _head(fields)
    if len(head) > _MAX_HEADER_BYTES:
        raise SettingError("too many tensors for one file.", "Write several files.", path=path)
    with disk.NewFile(path, expected_bytes=len(head) + end) as file:
        file.write(head)
        for name in order:
            _write_rows(file, arrays[name])
    return file


def _write_rows(file: disk.NewFile, array: np.ndarray) -> None:
    """Write the numbers of an array, little end first; copy some rows at a time if need be."""
    stored = array.dtype.newbyteorder("<")
    if array.ndim == 0 or (array.flags.c_contiguous and array.dtype == stored):
        file.write(np.ascontiguousarray(array, stored).reshape(-1).view(np.uint8))
        return
    step = max(1, _SOME_ROWS_BYTES // max(1, array.nbytes // max(1, len(array))))
    for first in range(0, len(array), step):
        rows = np.ascontiguousarray(array[first : first + step], stored)
        file.write(rows.reshape(-1).view(np.uint8))


class TensorStream:
    """One tensor written row by row, of a length that shows at the end.

    Parameters
    ----------
    path
        The file to make.
    name
        The tensor's name in it.
    dtype
        The type of its numbers.
    """

    def __init__(self, path: Path, name: str, dtype: Any) -> None:
        self.name = name
        self.dtype = np.dtype(dtype)
        self.n_rows = 0
        self._row_shape: tuple[int, ...] | None = None
        self._type_name = _type_name(name, self.dtype)
        self.file = disk.NewFile(path, head_bytes=_STREAM_HEAD_BYTES)

    def append(self, array: np.ndarray) -> None:
        """Write further rows.

        Parameters
        ----------
        array
            Rows of the type and the row shape of the others: (N,) or (N, …).

        Raises
        ------
        ShapeError
            If its type or row shape is another.
        StorageError
            If it cannot be written.
        """
        array = np.asarray(array)
        if array.dtype != self.dtype:
            raise ShapeError(f"{self.name} holds {self.dtype}, got {array.dtype}.")
        if array.ndim == 0 or array.ndim > 8:
            raise ShapeError(f"{self.name} takes rows of 1 to 8 dimensions, got {array.ndim}.")
        if self._row_shape is None:
            self._row_shape = array.shape[1:]
        if array.shape[1:] != self._row_shape:
            raise ShapeError(
                f"{self.name} has rows of shape {self._row_shape}, got {array.shape[1:]}."
            )
        self.n_rows += len(array)
        _write_rows(self.file, array)

    def close(self) -> None:
        """Write the header, now that the length is known."""
        shape = [self.n_rows, *(self._row_shape or ())]
        field = {
            "dtype": self._type_name,
            "shape": shape,
            "data_offsets": [0, self.file.n_bytes - _STREAM_HEAD_BYTES],
        }
        self.file.close(_head({self.name: field}, _STREAM_HEAD_BYTES))


def map_tensors(path: Path, expect: Expected | None = None) -> dict[str, np.ndarray]:
    """Map the tensors of a safetensors file into memory, read-only.

    Parameters
    ----------
    path
        The file.
    expect
        The tensors it must hold, all and no others, with type and number of dimensions.

    Returns
    -------
    dict of str to numpy.ndarray
        Read-only arrays over the mapped file.

    Raises
    ------
    StorageError
        If it cannot be read.
    DamagedError
        If its header is not exactly what safetensors asks for, or not what is expected.
    """
    with disk.reporting(path), path.open("rb") as file:
        n_bytes = os.fstat(file.fileno()).st_size
        places = _read_places(file, n_bytes, path)
        if expect is not None:
            _check_expected(places, expect, path)
        if not any(math.prod(place.shape) for place in places.values()):
            # Nothing to map. A broadcast array is read-only, as a mapped one is.
            return {
                name: np.broadcast_to(np.empty((), place.dtype), place.shape)
                for name, place in places.items()
            }
        whole = np.memmap(file, np.uint8, "r")
    if len(whole) != n_bytes:
        raise DamagedError("its size changed while it was opened.", path=path)
    arrays = {}
    for name, place in places.items():
        end = place.start + math.prod(place.shape) * place.dtype.itemsize
        arrays[name] = whole[place.start : end].view(place.dtype).reshape(place.shape)
        arrays[name].flags.writeable = False
    return arrays


def _read_places(file: Any, n_bytes: int, path: Path) -> dict[str, _Place]:
    """Read and check the header of a safetensors file of `n_bytes`."""
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(n_bytes - 8, _MAX_HEADER_BYTES):
        raise DamagedError(
            f"its header claims {length:,} bytes; the file has {n_bytes:,}, "
            f"and {_MAX_HEADER_BYTES:,} are the most.",
            path=path,
        )
    fields = parse_json(file.read(length), path)
    if not isinstance(fields, dict):
        raise DamagedError("its header is not an object.", path=path)
    fields.pop("__metadata__", None)
    spans = [_check_field(name, field, path) for name, field in fields.items()]
    end = 0
    for first, last, name in sorted((first, last, name) for name, _, first, last in spans):
        if first != end:
            fault = "overlaps the one before" if first < end else "leaves a hole before it"
            raise DamagedError(f"the tensor {name} {fault}, at byte {first:,}.", path=path)
        end = last
    if 8 + length + end != n_bytes:
        raise DamagedError(
            f"its tensors end at byte {8 + length + end:,}, the file at byte {n_bytes:,}.",
            path=path,
        )
    return {
        name: _Place(place.dtype, place.shape, 8 + length + place.start)
        for name, place, _, _ in spans
    }


def _check_field(name: str, field: Any, path: Path) -> tuple[str, _Place, int, int]:
    """Check what a header says of one tensor; give its place, first byte and last."""
    if not _TENSOR_NAME.fullmatch(name):
        raise DamagedError(f"a tensor is called {name!r:.60}.", path=path)
    if not isinstance(field, dict) or field.keys() != {"dtype", "shape", "data_offsets"}:
        raise DamagedError(f"the tensor {name} needs dtype, shape and data_offsets.", path=path)
    kind, shape, offsets = field["dtype"], field["shape"], field["data_offsets"]
    if not isinstance(kind, str) or kind not in _TYPES:
        raise DamagedError(f"the tensor {name} has the unknown type {kind!r:.40}.", path=path)
    for what, numbers in (("shape", shape), ("data_offsets", offsets)):
        if not isinstance(numbers, list) or not all(
            type(number) is int and 0 <= number < 1 << 62 for number in numbers
        ):
            raise DamagedError(f"the {what} of {name} must be counts: {numbers!r:.60}.", path=path)
    if len(shape) > 8 or len(offsets) != 2:
        raise DamagedError(f"the tensor {name} has too many dimensions or offsets.", path=path)
    first, last = offsets
    needed = math.prod(shape) * _TYPES[kind].itemsize
    if math.prod(filter(None, shape)) >= 1 << 59:
        raise DamagedError(f"the tensor {name} has the impossible shape {shape}.", path=path)
    if last - first != needed:
        raise DamagedError(
            f"the tensor {name} of shape {shape} needs {needed:,} bytes, its offsets span "
            f"{last - first:,}.",
            path=path,
        )
    return name, _Place(_TYPES[kind], tuple(shape), first), first, last


def _check_expected(places: Mapping[str, _Place], expect: Expected, path: Path) -> None:
    """Refuse a file whose tensors are not the expected ones."""
    if places.keys() != expect.keys():
        found, wanted = (", ".join(sorted(names)) or "none" for names in (places, expect))
        raise DamagedError(f"expected the tensors {wanted}; found {found:.200}.", path=path)
    for name, (dtype, n_dimensions) in expect.items():
        place = places[name]
        if place.dtype != np.dtype(dtype).newbyteorder("<") or len(place.shape) != n_dimensions:
            raise DamagedError(
                f"expected {name} as {np.dtype(dtype)} with {n_dimensions} dimensions, found "
                f"{place.dtype} with {len(place.shape)}.",
                path=path,
            )
