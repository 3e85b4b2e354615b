"""N-grams and their hashes again, slow and plain, on Python's own whole numbers."""

from __future__ import annotations

MASK = 2**64 - 1
SEED = 2166136261


def fnv(text):
    """FNV-1a of 32 bits, over bytes taken as numbers from -128 to 127."""
    state = SEED
    for byte in text:
        signed = byte - 256 if byte > 127 else byte
        state = (state ^ signed % 2**32) * 16777619 % 2**32
    return state


def murmur(text):
    """MurmurHash3_x64_128 (Appleby 2011) as four numbers of 32 bits."""

    def turned(bits, left):
        return (bits << left | bits >> (64 - left)) & MASK

    def stirred(bits):
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 1):
            bits = (bits ^ bits >> 33) * factor & MASK
        return bits

    c, d = 0x87C37B91114253D5, 0x4CF5AD432745937F
    a = b = SEED
    for start in range(0, len(text) + 1, 16):
        block = text[start : start + 16]
        low, high = (int.from_bytes(part, "little") for part in (block[:8], block[8:]))
        a ^= turned(low * c & MASK, 31) * d & MASK
        if len(block) == 16:
            a = ((turned(a, 27) + b) * 5 + 0x52DCE729) & MASK
        b ^= turned(high * d & MASK, 33) * c & MASK
        if len(block) == 16:
            b = ((turned(b, 31) + a) * 5 + 0x38495AB5) & MASK
    a, b = a ^ len(text), b ^ len(text)
    a = (a + b) & MASK
    a, b = stirred(a), stirred((a + b) & MASK)
    a = (a + b) & MASK
    b = (a + b) & MASK
    return [a & 0xFFFFFFFF, a >> 32, b & 0xFFFFFFFF, b >> 32]


def buckets(word, min_n, max_n, n_buckets, n_hashes):
    """The buckets of a word: of its n-grams, and with floret's hashes first of itself."""
    marked = f"<{word}>"
    parts = [
        marked[i : i + n]
        for i in range(len(marked))
        for n in range(min_n, max_n + 1)
        if i + n <= len(marked) and not (n == 1 and i in (0, len(marked) - 1))
    ]
    if not n_hashes:
        return [fnv(part.encode()) % n_buckets for part in parts]
    return [h % n_buckets for part in [marked, *parts] for h in murmur(part.encode())[:n_hashes]]
