"""What a file really is, whatever its name says: told by its first bytes, never by opening it."""

from __future__ import annotations

import re

from lexloom.errors import EncodingError, FormatError, UnsafeFileError

__all__ = ["SNIFF_BYTES", "byte_order_mark", "guess_wide_encoding", "refuse_foreign", "refuse_wide"]

SNIFF_BYTES = 1 << 16

_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF", "Convert it first: pdftotext '{path}' text.txt"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first: 7z x '{path}'"),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it first: unrar x '{path}'"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office file (.doc, .xls)",
        "Save it as text first.",
    ),
    (b"{\\rtf", "an RTF document", "Save it as plain text first."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Export its text first."),
    (b"SQLite format 3\0", "an SQLite database", "Export the column of text as CSV first."),
    (b"ARROW1\0\0", "an Arrow IPC file", "Write it as parquet first."),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", "Name a text file."),
    (b"\xff\xd8\xff", "a JPEG image", "Name a text file."),
    (b"GIF8", "a GIF image", "Name a text file."),
    (b"\x7fELF", "a program (ELF)", "Name a text file."),
    (b"\xba\x16O/", "a fastText .bin model", "Name a text file; models are no text."),
    (b"\x04\x22\x4d\x18", "LZ4 data", "Unpack it first: lz4 -d '{path}'"),
    (b"\x1f\x9d", "a .Z file", "Unpack it first: uncompress '{path}'"),
    (b"PAR1", "parquet", "Pass --format parquet and --field NAME."),
    (b"\x1f\x8b", "gzip data packed twice", "Unpack it once: gzip -d '{path}'"),
    (b"\xfd7zXZ\0", "xz data packed twice", "Unpack it once: xz -d '{path}'"),
)
_LFS = b"version https://git-lfs.github.com/spec/"
_HTML = re.compile(rb"\s*(<!--.{0,500}?-->\s*)?<(!doctype\s+html|html[\s>]|head>)", re.I | re.S)
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95(}\]c\x8cXKJMGNI\x88\x89)U]")
_OLD_PICKLE = re.compile(rb"(\(dp0|\(lp0|c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n)")
_TITLE = re.compile(rb"<title[^>]*>\s*(.{1,80}?)\s*</title>", re.I | re.S)
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MIN_NUL, _MIN_NUL_SHARE = 4, 0.01
_OFTEN = 0.4
_STRAY = 0.3


def refuse_foreign(head: bytes, path: str, *, read_as: str) -> None:
    """Raise `FormatError` if a file beginning with `head` is no text: what it is, how to unpack it.

    `read_as` is the format asked for: ``"auto"``, ``"txt"``, …; a page of HTML is read as text only
    when ``"txt"`` is asked for, a parquet file only as ``"parquet"``.
    """
    _refuse_pickle(head, path)
    _refuse_archive(head, path)
    if head.startswith(_LFS):
        raise FormatError(
            "a Git-LFS pointer, not the data itself.",
            f"Fetch the data: git lfs pull --include '{path}'",
            path=path,
        )
    if read_as != "txt" and _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        title = _TITLE.search(head)
        named = f" titled {title[1].decode('utf-8', 'replace')!r}" if title else ""
        raise FormatError(
            f"a web page (HTML){named}: perhaps an error page that was saved as data.",
            "Fetch the data again, or pass --format txt to read the page as text.",
            path=path,
        )
    for magic, what, fix in _FOREIGN:
        if head.startswith(magic) and not (magic == b"PAR1" and read_as == "parquet"):
            raise FormatError(f"{what}, not text.", fix.format(path=path), path=path)


def _refuse_pickle(head: bytes, path: str) -> None:
    inside_zip = head.startswith(b"PK\x03\x04") and b"data.pkl" in head[:4096]
    numpy_objects = head.startswith(b"\x93NUMPY") and b"'|O'" in head[:256]
    if inside_zip or numpy_objects or _PICKLE.match(head) or _OLD_PICKLE.match(head):
        raise UnsafeFileError(
            "a pickle, which can run code when it is opened; lexloom never opens one.",
            "Ask for the text itself.",
            path=path,
        )


def _refuse_archive(head: bytes, path: str) -> None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        what = "a zip archive"
        if b"word/" in head or b"[Content_Types].xml" in head:
            what = "an Office document (.docx, .xlsx: a zip archive)"
        raise FormatError(f"{what}, not text.", f"Unpack it first: unzip '{path}'", path=path)
    if head[257:262] == b"ustar":
        raise FormatError(
            "a tar archive, not text.", f"Unpack it first: tar -xf '{path}'", path=path
        )
    if head.startswith(b"\x93NUMPY"):
        raise FormatError("a NumPy array, not text.", "Name a text file.", path=path)


def byte_order_mark(head: bytes) -> str | None:
    """Name the wide encoding whose byte order mark `head` begins with, or None."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    return None


def guess_wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 without a mark by where NUL bytes stand, or None."""
    sample = head[: min(len(head), 4096) // 4 * 4]
    n_nul = sample.count(0)
    if n_nul < max(_MIN_NUL, len(sample) * _MIN_NUL_SHARE) or n_nul == len(sample):
        return None
    places = [sample[i::4].count(0) for i in range(4)]
    often = [n > _OFTEN * len(sample) / 4 for n in places]
    if often[2] and often[3]:
        return "utf-32-le"
    if often[0] and often[1]:
        return "utf-32-be"
    if places[0] + places[2] <= _STRAY * n_nul:
        return "utf-16-le"
    if places[1] + places[3] <= _STRAY * n_nul:
        return "utf-16-be"
    return None


def refuse_wide(head: bytes, path: str, *, encoding: str) -> None:
    """Raise `EncodingError` where UTF-16 or UTF-32 would be taken for something else."""
    if encoding in ("utf-16", "utf-32"):
        if head and byte_order_mark(head) != encoding:
            other = guess_wide_encoding(head) or f"{encoding}-le"
            raise _coded(other, f"no byte order mark of {encoding.upper()} at its start.", path)
        return
    if encoding.startswith(("utf-16", "utf-32")):
        return
    wide = byte_order_mark(head)
    told = "by its byte order mark"
    if wide is None:
        wide, told = guess_wide_encoding(head), "by where its NUL bytes stand"
    if wide is not None:
        raise _coded(wide, f"this is {wide.upper()} ({told}), not {encoding.upper()}.", path)


def _coded(likely: str, what: str, path: str) -> EncodingError:
    """Say which encoding a file has."""
    error = EncodingError(what, f"Pass --encoding {likely}", path=path)
    error.likely = likely
    return error
