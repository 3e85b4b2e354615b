"""Promise P2: a change of any byte and a cut at any place of an artefact is noticed."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lexloom import artefact
from lexloom.errors import DamagedError, FormatError, LexloomError

sys.path.insert(0, str(Path(__file__).parent))
import tiny_artefact as tiny  # beside this file, not installed

LARGEST_BYTES = 8192
FLIPS_OF_THE_MANIFEST = 4
"""A manifest is also parsed, so that more than one change of each of its bytes is worth a try."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("damage") / "it"
    tiny.save(target, 1)
    assert sum(path.stat().st_size for path in tiny.files_of(target)) <= LARGEST_BYTES
    return target


def changed(path: Path, per_byte: int) -> Iterator[tuple[str, bytes]]:
    """Give versions of a file with one byte changed."""
    draw = random.Random(0)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for flip in draw.sample(range(1, 256), per_byte):
            yield (
                f"byte {place} ^ {flip}",
                whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :],
            )


def cut(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give every beginning of a file."""
    whole = path.read_bytes()
    for length in range(len(whole)):
        yield f"cut at {length}", whole[:length]


def test_every_changed_byte_and_every_cut_is_noticed(saved: Path):
    n_tried = 0
    for path in tiny.files_of(saved):
        whole = path.read_bytes()
        per_byte = FLIPS_OF_THE_MANIFEST if path.name == artefact.MANIFEST else 1
        for what, content in itertools.chain(changed(path, per_byte), cut(path)):
            path.write_bytes(content)
            with pytest.raises((DamagedError, FormatError)) as caught:
                artefact.open_artefact(saved, tiny.KIND)
            assert path.name in str(caught.value), what
            n_tried += 1
        path.write_bytes(whole)
    assert tiny.read(saved) == tiny.expected(1)
    assert n_tried > 5000


def test_what_structure_lets_through_never_fails_in_another_way(saved: Path):
    n_refused = 0
    for path in tiny.files_of(saved):
        whole = path.read_bytes()
        for _, content in changed(path, 1) if path.name != artefact.MANIFEST else ():
            path.write_bytes(content)
            try:
                tiny.read(saved, "structure")
            except LexloomError:
                n_refused += 1
        path.write_bytes(whole)
    assert n_refused > 100


@pytest.mark.parametrize("name", ["vectors.safetensors", "words.arrow", "by_hand.json"])
def test_a_changed_file_is_named_with_both_hashes(saved: Path, name: str):
    path = saved / name
    whole = path.read_bytes()
    expected = artefact.read_manifest(saved).files[name].sha256[:16]
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DamagedError) as caught:
        artefact.open_artefact(saved, tiny.KIND)
    path.write_bytes(whole)
    assert str(caught.value).startswith(f"{path}: changed after it was written: its SHA-256 is ")
    assert str(caught.value).endswith(
        f"the manifest says {expected}…. Restore the folder from a copy, or make it again."
    )


def test_a_changed_manifest_is_noticed_in_its_white_space_too(saved: Path):
    path = saved / artefact.MANIFEST
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"value": 1', b'"value":\t1', 1))
    with pytest.raises(DamagedError) as caught:
        artefact.read_manifest(saved)
    path.write_bytes(whole)
    assert str(caught.value) == (
        f"{path}: it changed after it was written: its SHA-256 differs. "
        "Restore the folder from a copy, or make it again."
    )
