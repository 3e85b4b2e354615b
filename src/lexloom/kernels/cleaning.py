"""Valid UTF-8 to clean lines in one pass: tell blanks from line ends, cut, count.

The white-space table is here and nowhere else; what comes out holds no blank but the space and no
line end but LF.

===========  =======================================================================================
becomes      these characters
===========  =======================================================================================
a line end   LF, VT, FF, CR, CR LF (one), U+0085, U+2028, U+2029
a space      NUL, TAB, U+001C to U+001F, U+00A0, U+1680, U+2000 to U+200B, U+202F, U+205F, U+3000,
             U+FEFF
===========  =======================================================================================

Spaces at the start of a line are dropped, so that a blank line is an empty one.
"""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["MODES", "STATE", "clean"]

MODES = {"line": 0, "paragraph": 1, "file": 2, "record": 3, "text": 4}
"""Where a document begins; ``"record"``: after each U+001E; ``"text"``: so too, and empty ones."""

STATE = (
    "position",
    "n_bytes_out",
    "line_start",
    "n_lines_out",
    "n_starts",
    "document_due",
    "after_cr",
    "skipping",
    "n_source_lines",
    "n_nul",
    "n_cuts",
    "n_documents",
)
"""The places of the state array."""

POSITION = STATE.index("position")
OUT = STATE.index("n_bytes_out")
LINE_START = STATE.index("line_start")
LINES = STATE.index("n_lines_out")
STARTS = STATE.index("n_starts")
DUE = STATE.index("document_due")
AFTER_CR = STATE.index("after_cr")
SKIPPING = STATE.index("skipping")
SOURCE_LINES = STATE.index("n_source_lines")
NULS = STATE.index("n_nul")
CUTS = STATE.index("n_cuts")
DOCUMENTS = STATE.index("n_documents")

_BY_LINE = MODES["line"]
_BY_PARAGRAPH = MODES["paragraph"]
_BY_RECORD = MODES["record"]
_BY_TEXT = MODES["text"]

_PLAIN, _BLANK, _BREAK, _RECORD_END = 0, 1, 2, 3
_STRIDE = 32
_LF, _CR, _SPACE, _RS = 0x0A, 0x0D, 0x20, 0x1E


@kernel(inline="always")
def _is_special(first, second, third):
    """Whether a blank other than the space, a line end or a control begins here."""
    general = ((second == 0x80) & ((third <= 0x8B) | ((third >= 0xA8) & (third <= 0xAF)))) | (
        (second == 0x81) & (third == 0x9F)
    )
    return (
        (first < 0x20)
        | ((first == 0xC2) & ((second == 0x85) | (second == 0xA0)))
        | ((first == 0xE1) & (second == 0x9A) & (third == 0x80))
        | ((first == 0xE2) & general)
        | ((first == 0xE3) & (second == 0x80) & (third == 0x80))
        | ((first == 0xEF) & (second == 0xBB) & (third == 0xBF))
    )


@kernel
def _length(lead):
    """Give the bytes of the character that begins with `lead`."""
    if lead < 0x80:
        return 1
    if lead < 0xE0:
        return 2
    return 3 if lead < 0xF0 else 4


@kernel
def _classify_control(byte, mode):
    if byte == _RS and mode >= _BY_RECORD:
        return _RECORD_END
    if 0x0A <= byte <= 0x0D:
        return _BREAK
    if byte == 0x00 or byte == 0x09 or byte >= 0x1C:
        return _BLANK
    return _PLAIN


@kernel
def _classify(data, at, mode):
    """Say what the character at `at` is."""
    lead = data[at]
    if lead < 0x20:
        return _classify_control(lead, mode)
    if lead == _SPACE:
        return _BLANK
    if lead < 0xC2 or lead >= 0xF0:
        return _PLAIN
    second = data[at + 1]
    if lead < 0xE0:
        if lead == 0xC2 and (second == 0x85 or second == 0xA0):
            return _BREAK if second == 0x85 else _BLANK
        return _PLAIN
    third = data[at + 2]
    if not _is_special(lead, second, third):
        return _PLAIN
    if lead == 0xE2 and second == 0x80 and third >= 0xA8 and third < 0xAF:
        return _BREAK if third <= 0xA9 else _PLAIN
    return _BLANK


@kernel
def _may_be_special(data, at):
    """Whether a special character may begin in the next `_STRIDE` bytes; a loop of plain SIMD."""
    odd = np.uint8(0)
    one, two = np.uint64(1), np.uint64(2)
    for i in range(_STRIDE):
        place = np.uint64(at) + np.uint64(i)
        first = data[place]
        odd |= (
            np.uint8(first < 0x20)
            | np.uint8(first == 0xC2)
            | np.uint8(first == 0xE1)
            | np.uint8(first == 0xE2)
            | np.uint8((first == 0xE3) & (data[place + one] == 0x80) & (data[place + two] == 0x80))
            | np.uint8((first == 0xEF) & (data[place + one] == 0xBB))
        )
    return odd != 0


@kernel
def _plain_run(data, at, end):
    """Give where the characters from `at` on stop being plain, spaces counted as plain."""
    while at < end:
        stop = end
        if at + _STRIDE + 2 <= end:
            stop = at + _STRIDE
            if not _may_be_special(data, at):
                at = stop
                continue
        while at < stop:
            byte = data[at]
            if byte < 0x20:
                return at
            if byte >= 0xC2 and at + 1 < data.size:
                third = data[at + 2] if at + 2 < data.size else 0
                if _is_special(byte, data[at + 1], third):
                    return at
            at += 1
    return at


@kernel
def _finish_line(out, state):
    out[state[OUT]] = _LF
    state[OUT] += 1
    state[LINE_START] = state[OUT]
    state[LINES] += 1


@kernel
def _end_line(out, state, mode):
    """End the line where the source ends one."""
    state[SOURCE_LINES] += mode < _BY_RECORD
    if state[SKIPPING]:
        state[SKIPPING] = 0
        return
    blank = state[OUT] == state[LINE_START]
    if mode == _BY_LINE or (mode == _BY_PARAGRAPH and blank):
        state[DUE] = 1
    _finish_line(out, state)


@kernel
def _begin_text(starts, state):
    """Note the document that begins with the first character of this line, if one does."""
    if state[DUE]:
        starts[state[STARTS]] = state[LINES]
        state[STARTS] += 1
        state[DOCUMENTS] += 1
        state[DUE] = 0


@kernel
def _end_record(out, starts, state, mode):
    state[SOURCE_LINES] += 1
    if mode == _BY_TEXT:
        _begin_text(starts, state)
    state[DUE] = 1
    if state[OUT] > state[LINE_START]:
        _finish_line(out, state)


@kernel
def _cut_line(out, state):
    """End a line that grew too long: at its last space, or else before the next character."""
    state[CUTS] += 1
    space = state[OUT] - 1
    while space >= state[LINE_START] and out[space] != _SPACE:
        space -= 1
    if space < state[LINE_START]:
        _finish_line(out, state)
        return
    out[space] = _LF
    state[LINE_START] = space + 1
    state[LINES] += 1


@kernel
def _take_blank(out, state, byte, max_line_bytes):
    state[NULS] += byte == 0
    if state[SKIPPING] or state[OUT] == state[LINE_START]:
        return
    if state[OUT] - state[LINE_START] >= max_line_bytes:
        _cut_line(out, state)
        if state[OUT] == state[LINE_START]:
            return
    out[state[OUT]] = _SPACE
    state[OUT] += 1


@kernel
def _take_plain(data, at, out, starts, state, max_line_bytes):
    """Copy the character at `at` and the plain ones behind it; give the bytes taken."""
    length = _length(data[at])
    if state[SKIPPING]:
        return length
    if state[OUT] == state[LINE_START]:
        _begin_text(starts, state)
    if length > max_line_bytes - (state[OUT] - state[LINE_START]):
        _cut_line(out, state)
        return 0
    room = max_line_bytes - (state[OUT] - state[LINE_START])
    end = min(at + room, data.size)
    while end < data.size and data[end] & 0xC0 == 0x80:
        end -= 1
    end = _plain_run(data, at + length, end) if end > at + length else at + length
    to = state[OUT]
    out[to : to + end - at] = data[at:end]
    state[OUT] = to + end - at
    return end - at


@kernel
def clean(data, out, starts, state, mode, max_line_bytes, block_bytes):
    """Append the clean form of `data` to `out`; say whether a block is full before it is used up.

    `data` is valid UTF-8 and ends with a whole character. Changes `out`, `starts` and `state` in
    place. `out` must hold `block_bytes` + 2 `max_line_bytes` + 64, `starts` one place for each two
    bytes of it.
    """
    at = state[POSITION]
    while at < data.size:
        if state[LINE_START] >= block_bytes or state[STARTS] == len(starts):
            state[POSITION] = at
            return True
        kind = _classify(data, at, mode)
        follows_cr = state[AFTER_CR]
        state[AFTER_CR] = 0
        if kind == _PLAIN:
            at += _take_plain(data, at, out, starts, state, max_line_bytes)
            continue
        if kind == _BREAK:
            if not (follows_cr and data[at] == _LF):
                _end_line(out, state, mode)
            state[AFTER_CR] = data[at] == _CR
        elif kind == _BLANK:
            _take_blank(out, state, data[at], max_line_bytes)
        else:
            _end_record(out, starts, state, mode)
        at += _length(data[at])
    state[POSITION] = at
    return False
