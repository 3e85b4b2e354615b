"""Bytes in any encoding to valid UTF-8, with every byte that is no text accounted for."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lexloom.errors import EncodingError, SettingError

__all__ = [
    "BadBytes",
    "bad_bytes_error",
    "checked_encoding",
    "decode",
    "likely_encoding",
    "looks_like_utf8",
    "valid_pieces",
]

_NOT_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}


class BadBytes(bytes):
    """Bytes of a file that are no text in its encoding.

    Attributes
    ----------
    byte
        Where in the (unpacked) file they begin, counted from 0.
    context
        The bytes around them from the start of a line, for telling the likely encoding.
    """

    byte: int
    context: bytes


def checked_encoding(encoding: str) -> str:
    """Give Python's own name of an encoding of text, or raise `SettingError`."""
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError) as error:
        raise SettingError(
            f"there is no encoding {encoding!r}.", "Common ones: utf-8, gb18030, big5, utf-16."
        ) from error
    name = "utf-8" if info.name == "utf-8-sig" else info.name
    if not info._is_text_encoding or name.replace("-", "_") in _NOT_TEXT:
        raise SettingError(f"{encoding!r} is no encoding of text.", "Try utf-8 or gb18030.")
    return name


def valid_pieces(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes | BadBytes]:
    """Give the text of `pieces` as UTF-8, in whole characters, and the bad bytes apart."""
    if encoding == "utf-8":
        yield from _checked_utf8(pieces)
        return
    for piece in decode(pieces, encoding):
        yield piece if isinstance(piece, bytes) else piece.encode()


def decode(pieces: Iterator[bytes], encoding: str) -> Iterator[str | BadBytes]:
    """Give the text of `pieces` as strings, and the bad bytes apart."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    n_bytes = 0
    for piece, is_last in _marking_the_last(pieces):
        waiting = piece
        while True:
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(waiting, is_last)
                n_bytes += len(waiting)
            except UnicodeDecodeError as error:
                whole = bytes(error.object)
                begin, end = error.start, max(error.end, error.start + 1)
                text, bad, waiting = _around(decoder, whole, begin, end)
                bad.byte = n_bytes - len(pending) + begin
                n_bytes += end - len(pending)
                if text:
                    yield text
                yield bad
                continue
            if text:
                yield text
            break


def _around(
    decoder: codecs.IncrementalDecoder, whole: bytes, begin: int, end: int
) -> tuple[str, BadBytes, bytes]:
    """Split `whole` into the text before its bad bytes, the bad bytes, and the rest."""
    state = decoder.getstate()[1]
    decoder.setstate((b"", state))
    text = decoder.decode(whole[:begin])
    decoder.setstate((b"", decoder.getstate()[1]))
    bad = _bad_bytes(whole, begin, end)
    return text, bad, whole[end:]


def _checked_utf8(pieces: Iterator[bytes]) -> Iterator[bytes | BadBytes]:
    left = b""
    n_bytes = 0
    for piece, is_last in _marking_the_last(pieces):
        data = left + piece if left else piece
        keep = 0 if is_last else _unfinished(data)
        left = data[len(data) - keep :]
        whole = data[: len(data) - keep] if keep else data
        if _is_utf8(whole):
            if whole:
                yield whole
        else:
            yield from _split_at_bad(whole, n_bytes)
        n_bytes += len(whole)


def _split_at_bad(data: bytes, offset: int) -> Iterator[bytes | BadBytes]:
    """Cut `data` at each place that is not UTF-8."""
    begin = 0
    while begin < len(data):
        try:
            is_last = begin + _STEP_BYTES >= len(data)
            codecs.utf_8_decode(memoryview(data)[begin : begin + _STEP_BYTES], "strict", is_last)
            end = _character_end(data, begin + _STEP_BYTES)
            yield data[begin:end]
            begin = end
        except UnicodeDecodeError as error:
            if error.start:
                yield data[begin : begin + error.start]
            bad = _bad_bytes(data, begin + error.start, begin + error.end)
            bad.byte = offset + begin + error.start
            yield bad
            begin += error.end


def _bad_bytes(data: bytes, begin: int, end: int) -> BadBytes:
    """Take bad bytes out of `data`, with what stands around them."""
    bad = BadBytes(data[begin:end])
    first = max(data.rfind(b"\n", 0, begin) + 1, begin - _CONTEXT_BYTES)
    bad.context = data[first : begin + _CONTEXT_BYTES]
    return bad


_CONTEXT_BYTES = 2000
_STEP_BYTES = 4096
"""After a bad byte the rest of a piece is checked in steps, so that many bad bytes stay cheap."""


def _character_end(data: bytes, at: int) -> int:
    """Move `at` back to where a character begins, unless it is at the end."""
    if at >= len(data):
        return len(data)
    return at - _unfinished(data[at - 4 : at])


def _is_utf8(data: bytes) -> bool:
    """Check in bulk; Arrow's check is several times faster than decoding."""
    if data.isascii():
        return True
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    array = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def looks_like_utf8(head: bytes) -> bool:
    """Whether the first bytes of a file are UTF-8 beyond ASCII."""
    return not head.isascii() and _is_utf8(head[: len(head) - _unfinished(head)])


def _unfinished(data: bytes) -> int:
    """Give how many bytes at the end of `data` begin a character that goes on behind it."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else (3 if byte < 0xF0 else 4)
            return back if length > back else 0
        if byte < 0x80:
            return 0
    return 0


def _marking_the_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Give each piece as it is, and at the end an empty one that is marked."""
    for piece in pieces:
        yield piece, False
    yield b"", True


def bad_bytes_error(bad: BadBytes, encoding: str, path: str, line: int) -> EncodingError:
    """Say where bytes are no text, which they are, and what they may be."""
    what = f"not {encoding.upper()}: {bytes(bad[:4]).hex(' ')} (hex)."
    fix = "Mend the file, or pass --bad-lines skip or --bad-lines replace."
    likely = likely_encoding(bad.context)
    if likely is not None and likely[0] != encoding:
        sample = " ".join(likely[1].split())[:24]
        what += f" As {likely[0]} it reads {sample!r}."
        fix = f"Pass --encoding {likely[0]}, or --bad-lines skip."
    error = EncodingError(what, fix, path=path, line=line, byte=bad.byte)
    error.likely = None if likely is None or likely[0] == encoding else likely[0]
    return error


def likely_encoding(sample: bytes) -> tuple[str, str] | None:
    """Guess the encoding of bytes that are not UTF-8; give its name and what it reads there.

    None where it cannot be told, or where most of it is UTF-8 with some damage.
    """
    n_high = sum(byte >= 0x80 for byte in sample)
    valid = [character for character in sample.decode("utf-8", "ignore") if character >= "\x80"]
    n_valid = len("".join(valid).encode())
    n_wide = len("".join(character for character in valid if character >= "\u0800").encode())
    if n_valid > 0.9 * n_high or n_wide > 0.5 * n_high:
        return None
    scores = [(*_score(sample, name), name) for name in _FREQUENT]
    plausible, _, name = max(scores, key=lambda score: score[0] + score[1])
    if plausible < _MIN_SCORE:
        name = "cp1252" if _are_lone(sample) else ""
    return (name, sample.decode(name, "replace")) if name else None


_KANA = frozenset(map(chr, range(0x3041, 0x30FF)))
_FREQUENT = {
    "gb18030": frozenset(
        "的一是不了在有人我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
        "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样心她本前开但因只从想实日"
        "很最间点样给住买店书新高非常真太差服务"
    ),
    "euc_kr": frozenset(
        "이다는에을가의하고지를은한로도기사어리아자시인니나으서해정대부수그일전보장들있스게라제주면만상여원과와"
        "거연것할구안신생적유우소했성공동조마화습요"
    ),
    "big5": frozenset(
        "的一是不了在有人我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
        "用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣心她本前開但因只從想實日"
        "很最間點樣給住買店書新高非常真太差服務"
    ),
    "shift_jis": _KANA,
    "euc_jp": _KANA,
}
"""Encodings that are guessed, and the characters that their language has most of.

Much of one is plausible in another: Korean reads as rare Chinese, short Chinese as rare Korean.
"""
_MIN_SCORE = 0.5


def _score(sample: bytes, encoding: str) -> tuple[float, float]:
    """Give the share of characters that its language has, and of those that it has most of."""
    wide = [character for character in sample.decode(encoding, "replace") if character >= "\u00a1"]
    common = sum(_is_common(character, encoding) for character in wide)
    frequent = sum(character in _FREQUENT[encoding] for character in wide)
    return common / max(len(wide), 1), frequent / max(len(wide), 1)


def _is_common(character: str, encoding: str) -> bool:
    if character == "\ufffd":
        return False
    raw = character.encode(encoding, "replace")
    if len(raw) != 2:
        return False
    lead, trail = raw
    if encoding == "gb18030":
        return trail >= 0xA1 and (0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3))
    if encoding == "big5":
        return 0xA4 <= lead <= 0xC6 or lead == 0xA1
    if encoding == "shift_jis":
        return lead in (0x82, 0x83) or character in "、。「」"
    if encoding == "euc_kr":
        return 0xB0 <= lead <= 0xC8 and "\uac00" <= character <= "\ud7a3"
    return lead in (0xA4, 0xA5) or character in "、。「」"


def _are_lone(sample: bytes) -> bool:
    """Whether bytes above ASCII stand alone among letters, as in Western encodings."""
    high = [i for i, byte in enumerate(sample) if byte >= 0x80]
    lone = sum(
        (i == 0 or sample[i - 1] < 0x80) and (i + 1 == len(sample) or sample[i + 1] < 0x80)
        for i in high
    )
    return bool(high) and lone > 0.6 * len(high)
