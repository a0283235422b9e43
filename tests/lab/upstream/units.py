"""Sizes in the lists, and bytes that are the same on every machine."""

import hashlib
import random
import re

_FACTOR = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def size_bytes(text):
    """`1536B`, `40MiB`, `2GiB` as a number of bytes."""
    match = re.fullmatch(r"(\d+)(B|KiB|MiB|GiB)", text)
    if not match:
        raise ValueError(f"not a size: '{text}' (want a number and B, KiB, MiB or GiB)")
    return int(match[1]) * _FACTOR[match[2]]


class NoiseFile:
    """`size` incompressible bytes that follow from `seed` alone; a file object without seek."""

    _BLOCK = 1 << 20

    def __init__(self, seed, size):
        self._random = random.Random(hashlib.sha256(seed.encode()).digest())
        self._left = size  # not yet in the block
        self._block = memoryview(b"")

    def read(self, count=-1):
        parts = []
        wanted = count if count >= 0 else self._left + len(self._block)
        while wanted:
            if not self._block and not self._next_block():
                break
            parts.append(self._block[:wanted])
            self._block = self._block[wanted:]
            wanted -= len(parts[-1])
        return b"".join(parts)

    def _next_block(self):
        # Whole blocks only, so that the bytes do not depend on how they are asked for.
        self._block = memoryview(self._random.randbytes(self._BLOCK))[: self._left]
        self._left -= len(self._block)
        return len(self._block)
