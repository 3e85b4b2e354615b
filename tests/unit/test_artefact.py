"""What a draft takes, an artefact gives back."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lexloom
from lexloom import artefact
from lexloom.catalog import CLASSES
from lexloom.errors import DamagedError, FormatError, SettingError, ShapeError, StorageError

KIND = "corpus"


def save(target: Path, write) -> artefact.Artefact:
    with artefact.create(target, KIND, settings={}) as draft:
        write(draft)
    return artefact.open_artefact(target, KIND)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.uint8])
@pytest.mark.parametrize("row", [(), (3,), (2, 3)], ids=str)
def test_a_streamed_tensor_is_its_rows(tmp_path: Path, dtype: type, row: tuple[int, ...]):
    rows = np.arange(10 * int(np.prod(row)), dtype=dtype).reshape(10, *row)

    def write(draft: artefact.Draft) -> None:
        with draft.open_tensor("t.safetensors", "rows", dtype) as stream:
            for first, last in ((0, 0), (0, 4), (4, 5), (5, 10)):
                stream.append(rows[first:last])
            assert stream.n_rows == 10

    found = save(tmp_path / "it", write).tensors("t.safetensors", {"rows": (dtype, rows.ndim)})
    np.testing.assert_array_equal(found["rows"], rows)


def test_a_stream_without_rows_is_an_empty_tensor(tmp_path: Path):
    def write(draft: artefact.Draft) -> None:
        with draft.open_tensor("t.safetensors", "rows", np.int32):
            pass

    assert save(tmp_path / "it", write).tensors("t.safetensors")["rows"].shape == (0,)


def test_a_large_stream_goes_through_in_blocks(tmp_path: Path):
    part = np.arange(700_000, dtype=np.int32)

    def write(draft: artefact.Draft) -> None:
        with draft.open_tensor("t.safetensors", "rows", np.int32) as stream:
            for rows in (part, part[:3], part[::2], part):
                stream.append(rows)

    found = save(tmp_path / "it", write).tensors("t.safetensors")["rows"]
    np.testing.assert_array_equal(found, np.concatenate([part, part[:3], part[::2], part]))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((2, 3), np.float64), "rows holds float32, got float64."),
        (np.zeros((2, 4), np.float32), r"rows has rows of shape \(3,\), got \(4,\)."),
        (np.float32(1), "rows takes rows of 1 to 8 dimensions, got 0."),
    ],
)
def test_rows_unlike_the_first_are_refused(tmp_path: Path, rows: np.ndarray, message: str):
    def write(draft: artefact.Draft) -> None:
        with draft.open_tensor("t.safetensors", "rows", np.float32) as stream:
            stream.append(np.zeros((1, 3), np.float32))
            stream.append(rows)

    with pytest.raises(ShapeError, match=message):
        save(tmp_path / "it", write)
    assert os.listdir(tmp_path) == []


def test_tensors_read_by_the_safetensors_library_are_the_same(tmp_path: Path):
    from safetensors.numpy import load_file, save_file

    tensors = {"b": np.eye(3, dtype=np.float32)[:, ::2], "a": np.array([True, False, True])}
    opened = save(tmp_path / "it", lambda draft: draft.write_tensors("t.safetensors", tensors))
    theirs = load_file(opened.path("t.safetensors"))
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(theirs[name], tensor)
    save_file({"c": np.arange(5)}, tmp_path / "theirs.safetensors", {"format": "np"})
    content = (tmp_path / "theirs.safetensors").read_bytes()
    again = save(tmp_path / "again", lambda draft: draft.write_bytes("t.safetensors", content))
    np.testing.assert_array_equal(again.tensors("t.safetensors")["c"], np.arange(5))


def test_mapped_tensors_are_read_only(tmp_path: Path):
    opened = save(
        tmp_path / "it", lambda draft: draft.write_tensors("t.safetensors", {"a": np.ones(3)})
    )
    tensor = opened.tensors("t.safetensors")["a"]
    assert isinstance(tensor, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        tensor[0] = 2


def test_a_tensor_of_objects_is_refused(tmp_path: Path):
    with pytest.raises(ShapeError, match="a has the type object; a tensor on disk has one of"):
        save(
            tmp_path / "it",
            lambda draft: draft.write_tensors("t.safetensors", {"a": np.array([{}])}),
        )


def test_tables_come_whole_or_in_batches_and_are_mapped(tmp_path: Path):
    table = pa.table({"word": pa.array(["苹果", "b"] * 50_000, pa.large_string())})

    def write(draft: artefact.Draft) -> None:
        draft.write_table("whole.arrow", table)
        with draft.open_table("batches.arrow", table.schema) as writer:
            for batch in table.to_batches(max_chunksize=30_000):
                writer.write(batch)

    opened = save(tmp_path / "it", write)
    allocated = pa.total_allocated_bytes()
    whole = opened.table("whole.arrow", table.schema)
    batches = opened.table("batches.arrow", table.schema)
    assert pa.total_allocated_bytes() - allocated < 10_000
    assert whole.equals(table)
    assert batches.equals(table)


def test_json_takes_numpy_numbers_and_mappings(tmp_path: Path):
    value = {"a": np.float32(0.5), "b": [np.int64(3), None, True], "词": {"c": "d"}}
    opened = save(tmp_path / "it", lambda draft: draft.write_json("a.json", value))
    assert opened.json("a.json") == {"a": 0.5, "b": [3, None, True], "词": {"c": "d"}}


def test_json_too_large_to_be_read_again_is_not_written(tmp_path: Path):
    with pytest.raises(SettingError, match=r"too large for JSON: about 1,000,000 values"):
        save(tmp_path / "it", lambda draft: draft.write_json("a.json", [0] * 1_000_000))


def test_a_file_that_is_not_there_is_named_with_those_that_are(tmp_path: Path):
    opened = save(tmp_path / "it", lambda draft: draft.write_json("a.json", 1))
    with pytest.raises(DamagedError, match=r"it: holds no file b\.json; it holds a\.json\."):
        opened.json("b.json")


def test_checkpoints_are_artefacts_beside_each_other(tmp_path: Path):
    for step in (1, 2):
        with artefact.create(tmp_path / f"step-{step:06}", "checkpoint", settings={}) as draft:
            draft.metrics["loss"] = 1 / step
    found = [artefact.read_manifest(path).metrics["loss"] for path in sorted(tmp_path.iterdir())]
    assert found == [1.0, 0.5]


def test_the_manifest_is_json_that_people_can_read(tmp_path: Path):
    with artefact.create(tmp_path / "it", KIND, settings={"language": "中文"}) as draft:
        draft.lineage["corpus"] = {"fingerprint": "ab"}
    text = (tmp_path / "it" / artefact.MANIFEST).read_text(encoding="utf-8")
    assert text.startswith('{\n "format_version": 1,\n "kind": "corpus",\n "created": "2')
    assert '"language": "中文"' in text
    assert artefact.read_manifest(tmp_path / "it").lineage == {"corpus": {"fingerprint": "ab"}}


def test_files_that_desktops_leave_are_not_ours_to_mind(tmp_path: Path):
    save(tmp_path / "it", lambda draft: draft.write_json("a.json", 1))
    (tmp_path / "it" / ".DS_Store").write_bytes(b"\0")
    assert artefact.open_artefact(tmp_path / "it", KIND).json("a.json") == 1


def test_structure_opens_without_reading_the_files(tmp_path: Path):
    save(tmp_path / "it", lambda draft: draft.path("a.bin").write_bytes(b"abc"))
    (tmp_path / "it" / "a.bin").write_bytes(b"xyz")
    artefact.open_artefact(tmp_path / "it", KIND, verify="structure")
    with pytest.raises(DamagedError, match="changed after it was written"):
        artefact.open_artefact(tmp_path / "it", KIND)
    with pytest.raises(SettingError, match="verify must be 'full' or 'structure', got 'none'"):
        artefact.open_artefact(tmp_path / "it", KIND, verify="none")  # type: ignore[arg-type]  # that is the point


def test_load_refuses_kinds_it_does_not_know(tmp_path: Path):
    with artefact.create(tmp_path / "it", "hologram", settings={}):
        pass
    with pytest.raises(FormatError) as caught:
        lexloom.load(tmp_path / "it")
    assert str(caught.value) == (
        f"{tmp_path / 'it'}: this is a hologram; this version of lexloom opens "
        f"{', '.join(sorted(CLASSES))}. pip install -U lexloom"
    )


def test_load_of_a_file_says_what_to_give_instead(tmp_path: Path):
    save(tmp_path / "it", lambda draft: draft.write_json("a.json", 1))
    with pytest.raises(FormatError, match=r"this is a file inside an artefact\. Give its folder\."):
        lexloom.load(tmp_path / "it" / artefact.MANIFEST)
    with pytest.raises(FormatError, match=rf"Did you mean {tmp_path / 'it'}\?"):
        lexloom.load(tmp_path)


def test_a_folder_inside_a_draft_is_refused(tmp_path: Path):
    with pytest.raises(StorageError, match="an artefact holds plain files only"):
        save(tmp_path / "it", lambda draft: draft.path("inner").mkdir())
