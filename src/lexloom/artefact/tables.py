"""Arrow tables, mapped and checked."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from lexloom.artefact import disk
from lexloom.errors import DamagedError

__all__ = ["map_table"]

_MAGIC = b"ARROW1\0\0"
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3


def map_table(path: Path, expect: pa.Schema | None = None) -> pa.Table:
    """Map an Arrow IPC file into memory as a table; look at every value, but copy none.

    Parameters
    ----------
    path
        The file.
    expect
        The schema it must have, metadata aside.

    Returns
    -------
    pyarrow.Table
        The table over the mapped file.

    Raises
    ------
    StorageError
        If it cannot be read.
    DamagedError
        If it is no sound table, or one with another schema.
    """
    try:
        with pa.memory_map(str(path)) as source:
            if source.read(len(_MAGIC)) != _MAGIC:
                raise DamagedError("not an Arrow file.", path=path)
            if any(map(_is_compressed, _messages(source))):
                # A compressed table may claim any size, and is not mapped but copied.
                raise DamagedError("a compressed Arrow table, which is never written.", path=path)
            source.seek(len(_MAGIC))
            # Read as a stream, so that the batches read are the ones just looked at.
            with pa.ipc.open_stream(source) as reader:
                _check_schema(reader.schema, expect, path)
                table = reader.read_all()
        table.validate(full=True)
    except DamagedError:
        raise
    except (pa.ArrowException, OSError, struct.error, MemoryError, ValueError) as error:
        # Arrow reports a broken message as an OSError too, but without a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise disk.storage_error(error, path) from error
        what = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise DamagedError(
            f"not a sound Arrow table: {what[0].rstrip('.'):.200}.", path=path
        ) from error
    return table


def _messages(source: pa.MemoryMappedFile) -> Iterator[bytes]:
    """Give the head of every message from here on, without reading the bodies."""
    for message in pa.ipc.MessageReader.open_stream(source):
        yield message.metadata.to_pybytes()


def _is_compressed(head: bytes) -> bool:
    """Tell whether a message is a batch whose columns are compressed.

    The head is a flatbuffer: `Message` {version, header_type, header, …}, its header either a
    `RecordBatch` {length, nodes, buffers, compression, …} or a `DictionaryBatch` {id, data, …}
    whose data is a `RecordBatch`.
    """
    message = struct.unpack_from("<I", head)[0]
    kind_place = _field(head, message, 1)
    kind = head[kind_place] if kind_place else 0
    if kind not in {_RECORD_BATCH, _DICTIONARY_BATCH}:
        return False
    batch = _follow(head, _field(head, message, 2))
    if kind == _DICTIONARY_BATCH:
        batch = _follow(head, _field(head, batch, 1))
    return bool(_field(head, batch, 3))


def _field(head: bytes, table: int, number: int) -> int:
    """Find a field of a flatbuffer's table; 0 if the table has none."""
    fields = table - struct.unpack_from("<i", head, table)[0]
    place = 4 + 2 * number
    if place >= struct.unpack_from("<H", head, fields)[0]:
        return 0
    offset = struct.unpack_from("<H", head, fields + place)[0]
    return table + offset if offset else 0


def _follow(head: bytes, place: int) -> int:
    """Follow the offset at a place of a flatbuffer."""
    return place + struct.unpack_from("<I", head, place)[0]


def _check_schema(found: pa.Schema, expect: pa.Schema | None, path: Path) -> None:
    """Refuse a table with other columns than expected."""
    if expect is not None and not found.equals(expect):
        raise DamagedError(
            f"expected the columns {_columns(expect)}; found {_columns(found)}.", path=path
        )


def _columns(schema: pa.Schema) -> str:
    """Name the columns of a schema and their types."""
    return ", ".join(f"{field.name} ({field.type})" for field in schema)[:200] or "none"
