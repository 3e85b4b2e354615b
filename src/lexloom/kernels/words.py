"""Cut text into words and number them, straight on UTF-8 bytes.

A block of text goes in as bytes; out come the number of words of each line, an id for each word
and the block's different words. `word_table` then gives the words of all blocks their ids.
"""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel
from lexloom.kernels.eight_bytes import bytes_before_zero, load_eight
from lexloom.kernels.utf8 import decode, encode
from lexloom.kernels.word_table import (
    BYTE,
    FULL,
    ONE,
    ZERO,
    copy_bytes,
    fill_slots,
    find_slot,
    long_key,
    mix,
)

__all__ = [
    "APOSTROPHE",
    "DIGIT",
    "LETTER",
    "MARK",
    "OTHER",
    "POINT",
    "SINGLE",
    "cut_words",
]

# What a character does to a word.
OTHER = 0  # ends it
LETTER = 1  # begins it or goes on with it
DIGIT = 2  # the same, and joins with POINT
MARK = 3  # goes on with it, never begins it
APOSTROPHE = 4  # goes on between two characters of a word
POINT = 5  # goes on between two digits
SINGLE = 6  # is a word by itself, with the marks behind it

_NEWLINE = 10


@kernel
def _goes_on(text, place, kind, classes):
    """Say whether an apostrophe or a point at `place` stands inside a word."""
    before = place - 1
    while text[before] & 0xC0 == 0x80:
        before -= 1
    follows = classes[decode(text, place + decode(text, place)[1])[0]]
    if kind == POINT:
        return follows == DIGIT and classes[decode(text, before)[0]] == DIGIT
    return follows in (LETTER, DIGIT)


@kernel
def _word_at(text, place, classes, folds, plain, blob, start):
    """Write the word that begins at `place` to the blob at `start`.

    Returns
    -------
    tuple
        The byte behind the word in the text, the byte behind it in the blob, and its key.
    """
    mixed = rest = shift = ZERO
    source = np.uint64(place)
    target = np.uint64(start)
    kind = OTHER
    if plain[text[source]] == 0:
        code, width = decode(text, place)
        kind = classes[code] if classes[code] < APOSTROPHE else SINGLE
    while True:
        if kind != OTHER:
            begin = target
            target += np.uint64(encode(folds[code], blob, np.int64(target)))
            source += np.uint64(width)
            for byte in range(begin, target):
                if shift == FULL:
                    mixed = mix(mixed, rest)
                    rest = shift = ZERO
                rest |= np.uint64(blob[byte]) << shift
                shift += BYTE
        folded = plain[text[source]]
        if folded != 0 and kind == SINGLE:
            break
        while folded != 0:
            if shift == FULL:
                mixed = mix(mixed, rest)
                rest = shift = ZERO
            rest |= np.uint64(folded) << shift
            shift += BYTE
            blob[target] = folded
            target += ONE
            source += ONE
            folded = plain[text[source]]
        code, width = decode(text, np.int64(source))
        follows = classes[code]
        if follows in (OTHER, SINGLE):
            break
        if follows != MARK:
            if kind == SINGLE:
                break
            if follows >= APOSTROPHE and not _goes_on(text, np.int64(source), follows, classes):
                break
            kind = follows
        elif kind != SINGLE:
            kind = MARK
    key = rest if target - np.uint64(start) <= BYTE else long_key(mixed, rest)
    return np.int64(source), np.int64(target), key


@kernel
def _begins_word(kind, punctuation):
    """Say whether a character of this class begins a word."""
    return kind in (LETTER, DIGIT, SINGLE) or (punctuation and kind >= APOSTROPHE)


@kernel
def _count(text, byte):
    """Count how often a byte stands in a text."""
    n_found = 0
    for place in range(len(text)):
        n_found += text[place] == byte
    return n_found


@kernel
def _simple_letters(text, classes, folds, plain):
    """Copy the letters that need no thought, as they are to be written; all else becomes 0.

    These are the letters and digits of one byte, and the longer letters that stay as they are.
    """
    simple = np.zeros(len(text) + 8, np.uint8)
    place = 0
    while place < len(text):
        byte = text[place]
        if byte < 0xC2:
            simple[place] = plain[byte]
            place += 1
            continue
        code, width = decode(text, place)
        if classes[code] == LETTER and folds[code] == code:
            for at in range(place, place + width):
                simple[at] = text[at]
        place += width
    return simple


@kernel
def _simple_word(simple, place):
    """Give the byte behind the run of simple letters at `place`, and its key as of a word."""
    rest = load_eight(simple, place)
    n_bytes, some = bytes_before_zero(rest)
    if n_bytes < 8:
        return place + n_bytes, some
    mixed = ZERO
    end = place + 8
    while simple[end] != 0:
        mixed = mix(mixed, rest)
        n_bytes, rest = bytes_before_zero(load_eight(simple, end))
        end += n_bytes
        if n_bytes < 8:
            break
    return end, rest if end - place == 8 else long_key(mixed, rest)


@kernel
def _ends_word(text, place, classes):
    """Say whether the character at `place` ends a simple word before it."""
    return classes[decode(text, place)[0]] in (OTHER, SINGLE)


@kernel
def cut_words(text, classes, folds, longest_bytes, punctuation, with_spans):
    """Cut a block into words by the class of each character, and number the different ones.

    Parameters
    ----------
    text
        uint8, valid UTF-8 that ends with a newline.
    classes
        uint8 (1,114,112), the class of each code point: what it does to a word.
    folds
        int32 (1,114,112), the code point to write in its place (its lower case).
    longest_bytes
        A longer word is left out and counted.
    punctuation
        Whether an apostrophe or a point that joins nothing is a word.
    with_spans
        Whether to say where words stand.

    Returns
    -------
    tuple
        ids int32 (T) in the order of first appearance; spans int32 (T, 2), or (0, 2), the first
        byte of each word and the one behind its last; line_lengths int64, words of each line; blob
        uint8 and offsets int64, the different words; keys uint64 of them; and the words left out.
    """
    n_bytes = len(text)
    most = n_bytes + 2
    ids = np.empty(most, np.int32)
    spans = np.empty((most if with_spans else 0, 2), np.int32)
    line_lengths = np.empty(_count(text, _NEWLINE), np.int64)
    blob = np.empty(n_bytes + n_bytes // 2 + 8, np.uint8)
    offsets = np.empty(most + 1, np.int64)
    keys = np.empty(most, np.uint64)
    plain = np.zeros(256, np.uint8)  # what to write for a letter or digit of one byte, else 0
    for byte in range(0x80):
        if classes[byte] == LETTER or classes[byte] == DIGIT:
            plain[byte] = folds[byte]
    n_slots = 1024
    while n_slots < n_bytes // 64:
        n_slots *= 2
    slot_keys = np.zeros(n_slots, np.uint64)
    slot_ids = np.empty(n_slots, np.int32)
    offsets[0] = 0
    n_words = n_different = n_too_long = n_lines = n_before = 0
    simple = _simple_letters(text, classes, folds, plain)
    place = 0
    while place < n_bytes:
        is_simple = simple[place] != 0
        if is_simple:
            behind, key = _simple_word(simple, place)
            length = behind - place
            is_simple = _ends_word(text, behind, classes)
        if not is_simple:
            code, width = decode(text, place)
            if not _begins_word(classes[code], punctuation):
                if code == _NEWLINE:
                    line_lengths[n_lines] = n_words - n_before
                    n_lines += 1
                    n_before = n_words
                place += width
                continue
            start = offsets[n_different]
            behind, end, key = _word_at(text, place, classes, folds, plain, blob, start)
            length = end - start
        if length > longest_bytes:
            n_too_long += 1
            place = behind
            continue
        if is_simple:
            slot = find_slot(simple, place, length, key, blob, offsets, slot_keys, slot_ids)
        else:
            slot = find_slot(blob, start, length, key, blob, offsets, slot_keys, slot_ids)
        if slot_keys[slot] == ZERO:
            slot_keys[slot] = key
            slot_ids[slot] = n_different
            keys[n_different] = key
            ids[n_words] = n_different
            if is_simple:
                copy_bytes(simple, place, blob, offsets[n_different], length)
            n_different += 1
            offsets[n_different] = offsets[n_different - 1] + length
            if 2 * n_different > n_slots:
                n_slots *= 4
                slot_keys = np.zeros(n_slots, np.uint64)
                slot_ids = np.empty(n_slots, np.int32)
                fill_slots(keys, n_different, slot_keys, slot_ids)
        else:
            ids[n_words] = slot_ids[slot]
        if with_spans:
            spans[n_words, 0] = place
            spans[n_words, 1] = behind
        n_words += 1
        place = behind
    return (
        ids[:n_words],
        spans[:n_words],
        line_lengths,
        blob[: offsets[n_different]],
        offsets[: n_different + 1],
        keys[:n_different],
        n_too_long,
    )
