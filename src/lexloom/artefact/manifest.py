"""The manifest: what an artefact is, where it came from, and the SHA-256 of each of its files.

Its last line is the SHA-256 of the manifest itself, counted with 64 zeros in that place, so that a
change of any byte is noticed. Later format versions keep this line where it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lexloom
from lexloom.artefact.strict_json import parse_json, plain_json
from lexloom.errors import DamagedError, FormatError, SettingError

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST",
    "FileEntry",
    "Manifest",
    "check_name",
    "parse_manifest",
    "write_manifest",
]

MANIFEST = "manifest.json"
FORMAT_VERSION = 1

_MAX_NAME_BYTES = 120
_TAIL = re.compile(rb',\n "manifest_sha256": "([0-9a-f]{64})"\n}\n')
_TAIL_BYTES = len(b',\n "manifest_sha256": ""\n}\n') + 64
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BAD_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class FileEntry:
    """The size and the SHA-256 of one file, as 64 hexadecimal digits."""

    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an artefact says of itself.

    Attributes
    ----------
    kind
        What it is: ``"corpus"``, ``"word_vectors"``, …
    format_version
        Version of the layout on disk, counted from 1.
    settings
        The settings it was made with.
    lineage
        What it was made from.
    metrics
        Figures about it.
    versions
        Versions of lexloom, Python and the libraries that wrote it.
    files
        Size and SHA-256 of every file beside the manifest, and of those of its parts, artefacts in
        folders of their own: ``"model/words.arrow"``.
    created
        When it was written, UTC: ``"2026-01-31T12:00:00Z"``.
    """

    kind: str
    format_version: int
    settings: Mapping[str, Any]
    lineage: Mapping[str, Any]
    metrics: Mapping[str, Any]
    versions: Mapping[str, str]
    files: Mapping[str, FileEntry]
    created: str = field(default="")


def check_name(name: str) -> None:
    """Refuse a file name that leads elsewhere or that some system cannot hold.

    Raises
    ------
    SettingError
        If it is such a name.
    """
    fault = _fault_of_name(name)
    if fault:
        raise SettingError(f"a file of an artefact cannot be called {name!r}: {fault}.")


def _fault_of_path(path: str) -> str:
    """Say what is wrong with the path of a file, in the folder or in that of a part."""
    part, separator, name = path.rpartition("/")
    if not separator:
        return _fault_of_name(name)
    return _fault_of_name(part) or ("" if name == MANIFEST else _fault_of_name(name))


def _fault_of_name(name: str) -> str:
    """Say what is wrong with a file name; empty if nothing is."""
    if name in {"", ".", ".."} or _BAD_IN_NAMES.search(name):
        return "it must be a plain name without separators"
    if name.casefold() == MANIFEST:
        return "this name is taken"
    if name[-1] in ". " or _WINDOWS_DEVICES.fullmatch(name):
        return "Windows cannot hold it"
    if len(name.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES:
        return f"it must have at most {_MAX_NAME_BYTES} bytes"
    return ""


def write_manifest(manifest: Manifest) -> bytes:
    """Write a manifest down, with its own SHA-256 as the last line.

    Raises
    ------
    SettingError
        If its kind is no plain word, or its fields are not plain JSON.
    """
    files = {
        name: {"bytes": entry.n_bytes, "sha256": entry.sha256}
        for name, entry in manifest.files.items()
    }
    fields = {
        "format_version": manifest.format_version,
        "kind": manifest.kind,
        "created": manifest.created,
        "versions": manifest.versions,
        "settings": manifest.settings,
        "lineage": manifest.lineage,
        "metrics": manifest.metrics,
        "files": files,
    }
    if not _KIND.fullmatch(manifest.kind):
        raise SettingError(f"kind must be a word of a-z, 0-9 and _, got {manifest.kind!r}.")
    body = plain_json(fields, "the manifest (settings, lineage and metrics)").encode("utf-8")
    head = body.removesuffix(b"\n}") + b',\n "manifest_sha256": "'
    digest = hashlib.sha256(head + b"0" * 64 + b'"\n}\n').hexdigest()
    return head + digest.encode("ascii") + b'"\n}\n'


def parse_manifest(raw: bytes, path: Path) -> Manifest:
    """Check a manifest, byte for byte and field for field.

    Raises
    ------
    FormatError
        If it is another program's, a newer version's, or holds what a manifest does not.
    DamagedError
        If a byte of it changed.
    """
    fields = parse_json(raw, path)
    if not isinstance(fields, dict) or not {"format_version", "manifest_sha256"} & fields.keys():
        raise FormatError("this is another program's manifest, not an artefact's.", path=path)
    tail = _TAIL.fullmatch(raw[-_TAIL_BYTES:])
    if tail is None:
        raise DamagedError("its last line, the SHA-256 of itself, is missing.", path=path)
    start = len(raw) - _TAIL_BYTES + tail.start(1)
    digest = hashlib.sha256(raw[:start] + b"0" * 64 + raw[start + 64 :]).hexdigest()
    if digest != fields.pop("manifest_sha256", None):
        raise DamagedError(
            "it changed after it was written: its SHA-256 differs.",
            "Restore the folder from a copy, or make it again.",
            path=path,
        )
    return _check_fields(fields, path)


def _check_fields(fields: dict[str, Any], path: Path) -> Manifest:
    """Turn the parsed fields of a manifest into a `Manifest`, or say which is at fault."""
    version = fields.get("format_version")
    if type(version) is not int or version < 1:
        raise FormatError("format_version must be a whole number from 1 on.", path=path)
    if version > FORMAT_VERSION:
        versions = fields.get("versions")
        writer = versions.get("lexloom") if isinstance(versions, dict) else None
        raise FormatError(
            f"written by lexloom {str(writer)[:20]} in format {version}; this is lexloom "
            f"{lexloom.__version__}, which reads formats up to {FORMAT_VERSION}.",
            "pip install -U lexloom",
            path=path,
        )
    types = {"kind": str, "created": str, "format_version": int} | dict.fromkeys(
        ("versions", "settings", "lineage", "metrics", "files"), dict
    )
    for name in sorted(types.keys() ^ fields.keys()):
        fault = f"has no {name}" if name in types else f"holds {name[:40]!r}, which it must not"
        raise FormatError(f"this manifest {fault}.", path=path)
    for name, kind in types.items():
        if not isinstance(fields[name], kind):
            wanted = {str: "text", int: "a number", dict: "an object"}[kind]
            raise FormatError(f"{name} must be {wanted}, got {fields[name]!r:.60}.", path=path)
    if not _KIND.fullmatch(fields["kind"]):
        raise FormatError(f"kind must be a plain word, got {fields['kind']!r:.60}.", path=path)
    for name, text in fields["versions"].items():
        if not isinstance(text, str):
            raise FormatError(f"the version of {name!r:.40} must be text.", path=path)
    fields["files"] = {name: _entry(name, entry, path) for name, entry in fields["files"].items()}
    return Manifest(**fields)


def _entry(name: str, entry: Any, path: Path) -> FileEntry:
    """Check what a manifest says of one file."""
    fault = _fault_of_path(name)
    if fault:
        raise FormatError(f"lists a file called {name!r:.60}: {fault}.", path=path)
    if not isinstance(entry, dict) or entry.keys() != {"bytes", "sha256"}:
        raise FormatError(f"{name} must have bytes and sha256, got {entry!r:.60}.", path=path)
    n_bytes, digest = entry["bytes"], entry["sha256"]
    if type(n_bytes) is not int or not 0 <= n_bytes < 1 << 63:
        raise FormatError(f"the bytes of {name} must be a count, got {n_bytes!r:.60}.", path=path)
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise FormatError(f"the sha256 of {name} must be 64 hex digits.", path=path)
    return FileEntry(n_bytes, digest)
