"""Finds the photo that another one repeats: saved again, smaller, or sent twice."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK_LEVELS_MOST", "HASH_BITS_MOST", "LikenessIndex", "is_same_sketch"]

#: Two pictures may be one if at most so many of the 64 bits of their pHash differ.
HASH_BITS_MOST: Final = 6
#: And if no block of their sketches differs by more grey levels than this, so that a carton that
#: was taken away is seen although the rest of the corridor stayed as it was.
BLOCK_LEVELS_MOST: Final = 10.0
_BLOCK = 4


class LikenessIndex:
    """The perceptual hashes of all photos so far: eight bytes each, compared all at once."""

    def __init__(self) -> None:
        self._hashes = np.zeros(1024, np.uint64)
        self._rows = np.zeros(1024, np.int64)
        self._count = 0

    def add(self, row: int, perceptual_hash: int) -> None:
        """Remember a photo under its row in the record."""
        if self._count == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._hashes[self._count] = perceptual_hash
        self._rows[self._count] = row
        self._count += 1

    def candidates(self, perceptual_hash: int) -> list[int]:
        """Rows of the photos that may be the same picture, the nearest first."""
        known = self._hashes[: self._count]
        apart = np.bitwise_count(known ^ np.uint64(perceptual_hash))
        near = np.flatnonzero(apart <= HASH_BITS_MOST)
        order = np.argsort(apart[near], kind="stable")
        return [int(row) for row in self._rows[near[order]]]


def is_same_sketch(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Tell whether two grey sketches ``(32, 32)`` show the same picture, everywhere in it."""
    apart = one.astype(np.float32) - other.astype(np.float32)
    apart -= apart.mean()  # another exposure of the same file
    side = len(apart) // _BLOCK
    blocks = np.abs(apart.reshape(side, _BLOCK, side, _BLOCK)).mean(axis=(1, 3))
    return bool(blocks.max() <= BLOCK_LEVELS_MOST)
