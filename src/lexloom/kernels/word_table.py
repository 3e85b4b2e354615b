"""A table of different words: open hashing over one run of UTF-8 bytes.

A word's key is a uint64. Up to eight bytes the key is the word itself, so equal keys are equal
words; beyond, it is a hash whose lowest byte is 0xFF, which no UTF-8 begins with. 0 is no word.
"""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = [
    "BYTE",
    "FULL",
    "ONE",
    "ZERO",
    "copy_bytes",
    "fill_slots",
    "find_slot",
    "long_key",
    "merge_words",
    "mix",
    "remap_ids",
    "word_keys",
]

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio
_MIX_AGAIN = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_LONG = np.uint64(0xFF)
ZERO = np.uint64(0)
ONE = np.uint64(1)
BYTE = np.uint64(8)
FULL = np.uint64(64)


@kernel
def mix(mixed, eight):
    """Stir eight more bytes into the hash of a long word."""
    mixed = (mixed ^ eight) * _MIX
    return mixed ^ (mixed >> _HALF)


@kernel
def long_key(mixed, rest):
    """Finish the hash of a long word with its last eight bytes or fewer."""
    return ((mix(mixed, rest) * _MIX_AGAIN) >> BYTE) << BYTE | _LONG


@kernel
def _key_of(blob, start, length):
    """Give the key of the word that stands at `start`."""
    mixed = rest = shift = ZERO
    for place in range(start, start + length):
        if shift == FULL:
            mixed = mix(mixed, rest)
            rest = shift = ZERO
        rest |= np.uint64(blob[place]) << shift
        shift += BYTE
    return rest if length <= 8 else long_key(mixed, rest)


@kernel
def _first_slot(key, n_slots):
    """Give the slot where the search for a key begins; `n_slots` is a power of two."""
    stirred = key * _MIX
    return (stirred ^ (stirred >> _HALF)) & np.uint64(n_slots - 1)


@kernel
def _same_bytes(source, start, other, begin, length):
    """Say whether two runs of bytes of one length are equal."""
    place = 0
    while place < length and source[start + place] == other[begin + place]:
        place += 1
    return place == length


@kernel
def copy_bytes(source, start, target, begin, length):
    """Copy so many bytes, first byte first."""
    for place in range(length):
        target[begin + place] = source[start + place]


@kernel
def fill_slots(keys, n_words, slot_keys, slot_ids):
    """Enter the first `n_words` keys into empty slots, in place; all words are different."""
    last = np.uint64(len(slot_ids) - 1)
    for word in range(n_words):
        slot = _first_slot(keys[word], len(slot_ids))
        while slot_keys[slot] != ZERO:
            slot = (slot + ONE) & last
        slot_keys[slot] = keys[word]
        slot_ids[slot] = word


@kernel
def find_slot(source, start, length, key, blob, offsets, slot_keys, slot_ids):
    """Give the slot of the word that stands in `source`, or the empty slot where it belongs."""
    last = np.uint64(len(slot_ids) - 1)
    slot = _first_slot(key, len(slot_ids))
    while slot_keys[slot] != ZERO:
        if slot_keys[slot] == key:
            if length <= 8:
                return slot
            begin = offsets[slot_ids[slot]]
            if offsets[slot_ids[slot] + 1] - begin == length and _same_bytes(
                source, start, blob, begin, length
            ):
                return slot
        slot = (slot + ONE) & last
    return slot


@kernel
def word_keys(blob, offsets):
    """Give the key of each word of a blob: uint64, 0 for an empty word."""
    keys = np.empty(len(offsets) - 1, np.uint64)
    for word in range(len(keys)):
        keys[word] = _key_of(blob, offsets[word], offsets[word + 1] - offsets[word])
    return keys


@kernel
def merge_words(words, table, n_known):
    """Enter a block's different words into the table of all words, in place.

    Parameters
    ----------
    words
        (blob uint8, offsets int64, keys uint64) of the block, no empty word among them.
    table
        (blob, offsets, keys, slot_keys, slot_ids) of all words, with room for these.
    n_known
        Words in the table so far.

    Returns
    -------
    tuple
        int32, the table's id of each word of the block; and the words in the table now.
    """
    blob, offsets, keys = words
    known_blob, known_offsets, known_keys, slot_keys, slot_ids = table
    ids = np.empty(len(keys), np.int32)
    end = known_offsets[n_known]
    for word in range(len(keys)):
        start = offsets[word]
        length = offsets[word + 1] - start
        slot = find_slot(
            blob, start, length, keys[word], known_blob, known_offsets, slot_keys, slot_ids
        )
        if slot_keys[slot] == ZERO:
            copy_bytes(blob, start, known_blob, end, length)
            slot_keys[slot] = keys[word]
            slot_ids[slot] = n_known
            known_keys[n_known] = keys[word]
            n_known += 1
            end += length
            known_offsets[n_known] = end
        ids[word] = slot_ids[slot]
    return ids, n_known


@kernel
def remap_ids(ids, line_lengths, new_ids):
    """Give ids their final numbers and drop those that have none (-1).

    Returns
    -------
    tuple
        int32, the ids that stay; int64, how many stay on each line.
    """
    kept = np.empty(len(ids), np.int32)
    lengths = np.zeros(len(line_lengths), np.int64)
    place = 0
    n_kept = 0
    for line in range(len(line_lengths)):
        before = n_kept
        for _ in range(line_lengths[line]):
            new = new_ids[ids[place]]
            place += 1
            if new >= 0:
                kept[n_kept] = new
                n_kept += 1
        lengths[line] = n_kept - before
    return kept[:n_kept].copy(), lengths
