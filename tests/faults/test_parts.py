"""An artefact within another is checked with it, file for file, and goes when it goes."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from lexloom import artefact
from lexloom.errors import DamagedError, FormatError, SettingError, StorageError

sys.path.insert(0, str(Path(__file__).parent))
import tiny_artefact as tiny  # beside this file, not installed


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    tiny.save(tmp_path / "it", 1)
    return tmp_path / "it"


def opened(saved: Path) -> artefact.Artefact:
    return artefact.open_artefact(saved, tiny.KIND, verify="structure")


def test_a_part_is_an_artefact_by_itself(saved: Path):
    assert artefact.open_artefact(saved / tiny.PART, "corpus").json("within.json") == {"value": 1}
    files = artefact.read_manifest(saved).files
    assert {"part/within.json", "part/manifest.json"} < files.keys()


def test_a_missing_part_is_named(saved: Path):
    with pytest.raises(DamagedError, match=r"holds no file model/manifest\.json"):
        opened(saved).part("model").__enter__()


def test_a_stranger_in_a_part_is_noticed_and_never_removed(saved: Path):
    stranger = saved / tiny.PART / "thesis.txt"
    stranger.write_text("mine", encoding="utf-8")
    with pytest.raises(DamagedError, match=r"holds part/thesis\.txt, which its manifest does not"):
        opened(saved)
    with pytest.raises(StorageError, match=r"it also holds part/thesis\.txt"):
        tiny.save(saved, 2)
    assert stranger.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("there", [True, False], ids=["elsewhere", "nowhere"])
def test_a_part_is_no_link(saved: Path, there: bool):
    part = saved / tiny.PART
    part.rename(saved.parent / "moved")
    part.symlink_to(saved.parent / ("moved" if there else "lost"))
    with pytest.raises(DamagedError):
        opened(saved)


def test_what_desktops_leave_in_a_part_is_no_fault(saved: Path):
    (saved / tiny.PART / ".DS_Store").write_bytes(b"x")
    assert opened(saved)


@pytest.mark.parametrize("name", ["a/b", "..", "", "manifest.json", "a\\b", "con"])
def test_a_part_has_a_plain_name(tmp_path: Path, name: str):
    with (
        pytest.raises(SettingError, match="a file of an artefact cannot be called"),
        artefact.create(tmp_path / "it", "corpus", settings={}) as draft,
    ):
        artefact.write_part(draft, name, tiny.Small(1))
    assert not (tmp_path / "it").exists()


@pytest.mark.parametrize("name", ["../x", "a/../x", "a/b/c", "/x", "a//x", "a/", "./x", "a/con"])
def test_a_manifest_leads_nowhere_else(saved: Path, name: str):
    path = saved / artefact.MANIFEST
    fields = json.loads(path.read_bytes())
    fields.pop("manifest_sha256")
    fields["files"][name] = {"bytes": 1, "sha256": "0" * 64}
    head = json.dumps(fields, ensure_ascii=False, indent=1).encode().removesuffix(b"\n}")
    head += b',\n "manifest_sha256": "'
    digest = hashlib.sha256(head + b"0" * 64 + b'"\n}\n').hexdigest().encode()
    path.write_bytes(head + digest + b'"\n}\n')
    with pytest.raises(FormatError, match="lists a file called"):
        artefact.read_manifest(saved)
