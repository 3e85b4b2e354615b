"""Whatever bytes stand in a manifest or a header, only FormatError or DamagedError comes out."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lexloom import artefact
from lexloom.artefact.manifest import MANIFEST, parse_manifest
from lexloom.artefact.strict_json import parse_json, plain_json
from lexloom.artefact.tables import map_table
from lexloom.artefact.tensors import map_tensors, write_tensors
from lexloom.errors import DamagedError, FormatError

SOMEWHERE = Path("somewhere")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)
NAMES = [
    *("format_version", "kind", "created", "versions", "settings", "lineage", "metrics", "files"),
    *("manifest_sha256", "surprise"),
]
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON))
TENSOR = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "I64", "U8", "F8", "BOOL"]) | JSON,
        "shape": st.lists(st.integers(-3, 1 << 70) | st.integers(0, 3), max_size=4) | JSON,
        "data_offsets": st.lists(st.integers(0, 64), min_size=2, max_size=2) | JSON,
    },
)
EXAMPLES = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EXAMPLES
@given(st.binary(max_size=500) | FIELDS.map(lambda fields: json.dumps(fields).encode()))
@example(b"\xff")
@example(b'{"format_version": 1' + b"[" * 2000)
def test_any_manifest_is_refused_in_one_of_two_ways(raw: bytes):
    with pytest.raises((FormatError, DamagedError)):
        parse_manifest(raw, SOMEWHERE)


@EXAMPLES
@given(FIELDS)
def test_any_manifest_with_a_right_checksum_is_refused_in_the_same_ways(
    tmp_path: Path, fields: dict
):
    import hashlib

    head = json.dumps({"a": 1, **fields}, indent=1).removesuffix("\n}").encode()
    head += b',\n "manifest_sha256": "'
    digest = hashlib.sha256(head + b"0" * 64 + b'"\n}\n').hexdigest().encode()
    (tmp_path / MANIFEST).write_bytes(head + digest + b'"\n}\n')
    with pytest.raises((FormatError, DamagedError)):
        artefact.open_artefact(tmp_path, "corpus")


@EXAMPLES
@given(
    st.binary(max_size=200)
    | st.tuples(
        st.binary(max_size=100) | st.dictionaries(st.text(max_size=3), TENSOR | JSON, max_size=3),
        st.integers(0, 64),
    )
)
@example(({"a": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}, 0))
@example(({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}, 16))
def test_any_tensor_file_gives_its_numbers_or_is_refused(tmp_path: Path, content: object):
    if isinstance(content, tuple):
        head, n_data = content
        text = head if isinstance(head, bytes) else json.dumps(head).encode()
        content = struct.pack("<Q", len(text)) + text + bytes(n_data)
    path = tmp_path / "t.safetensors"
    path.write_bytes(content)
    try:
        tensors = map_tensors(path)
    except DamagedError as error:
        assert error.path == str(path)
    else:
        assert sum(tensor.nbytes for tensor in tensors.values()) <= len(content)
        assert not any(tensor.any() for tensor in tensors.values())


@EXAMPLES
@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xff\xff\xff\0\0\0\0")
@example(b"\xff\xff\xff\xff\x10\0\0\0" + bytes(16))
def test_any_table_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "t.arrow"
    path.write_bytes(b"ARROW1\0\0" + content)
    with pytest.raises(DamagedError):
        map_table(path)


@EXAMPLES
@given(JSON)
def test_plain_json_comes_back(value: object):
    assert parse_json(plain_json(value, "it").encode(), SOMEWHERE) == value


@EXAMPLES
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,5}", fullmatch=True),
        arrays.arrays(
            st.sampled_from(["?", "u1", "<i4", ">i4", "<i8", "<f2", "<f4", "<f8", ">f8"]),
            arrays.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=4),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_tensors_come_back(tmp_path: Path, tensors: dict[str, np.ndarray], turned: bool):
    path = tmp_path / "t.safetensors"
    path.unlink(missing_ok=True)
    tensors = {name: tensor.T if turned else tensor for name, tensor in tensors.items()}
    write_tensors(path, tensors)
    found = map_tensors(path, {name: (t.dtype, t.ndim) for name, t in tensors.items()})
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)
        assert not found[name].flags.writeable
