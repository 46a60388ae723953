"""Pictures in memory that a capture process and its parent share.

One anonymous file a capture process, which the parent makes and the child inherits. It is as
large as can be and as small on the machine as what has been written into it: only pages that hold
pictures exist. Each channel (one attempt at one source) has a region of its own that is never
used again, so a picture that somebody still looks at is never overwritten by the next attempt.
Nothing has to be cleaned up: when both processes are gone, however they went, so is the memory.
"""

import contextlib
import mmap
import os
import tempfile
import threading
import weakref

import numpy as np
from numpy.typing import NDArray

__all__ = ["REGION_BYTES", "SLOTS", "ReadRegion", "WriteRegion", "make_arena"]

#: Pictures of one channel at a time: in the queue, in judgement, being written.
SLOTS = 8
#: 8K BGR is 100 MB; the address space is free.
_SLOT_BYTES = 128 << 20
_HEAD_BYTES = 4096
REGION_BYTES = _HEAD_BYTES + SLOTS * _SLOT_BYTES
_FREE, _TAKEN = 0, 1


def make_arena() -> int:
    """A file descriptor of a new, empty, anonymous arena; the caller closes it."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("lifelane-pictures", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _map(fd: int, region: int) -> mmap.mmap:
    end = (region + 1) * REGION_BYTES
    if os.fstat(fd).st_size < end:
        os.ftruncate(fd, end)
    return mmap.mmap(fd, REGION_BYTES, offset=region * REGION_BYTES)


class WriteRegion:
    """The child's side: puts pictures into free slots.

    Args:
        fd: The arena.
        region: Number of the channel's region.
    """

    def __init__(self, fd: int, region: int) -> None:
        self._memory = _map(fd, region)

    def free_slot(self) -> int | None:
        """The lowest free slot, None while the parent holds all of them."""
        for slot in range(SLOTS):
            if self._memory[slot] == _FREE:
                return slot
        return None

    def view(self, slot: int, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
        """The slot as a writable picture ``(H, W, 3)`` uint8; taken from now on.

        Raises:
            ValueError: The picture is larger than a slot.
        """
        count = shape[0] * shape[1] * shape[2]
        if count > _SLOT_BYTES:
            raise ValueError(f"a picture of {shape[1]}x{shape[0]} is larger than 8K")
        self._memory[slot] = _TAKEN
        offset = _HEAD_BYTES + slot * _SLOT_BYTES
        return np.frombuffer(self._memory, np.uint8, count, offset).reshape(shape)


class ReadRegion:
    """The parent's side: lends pictures without copying them.

    Args:
        fd: The arena.
        region: Number of the channel's region.
    """

    def __init__(self, fd: int, region: int) -> None:
        self._memory = _map(fd, region)
        self._changed = threading.Lock()
        self._lent = 0
        self._is_closed = False

    @property
    def lent(self) -> int:
        """Pictures that somebody still holds."""
        return self._lent

    def picture(self, slot: int, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
        """The picture in a slot, ``(H, W, 3)`` uint8, read-only.

        The slot is free again once nobody holds the array or a view of it any more. Where
        nearly all slots are lent to somebody who keeps them, a copy is given instead, so that
        a careless holder never brings a camera to a halt.
        """
        count = shape[0] * shape[1] * shape[2]
        flat = np.frombuffer(self._memory, np.uint8, count, _HEAD_BYTES + slot * _SLOT_BYTES)
        flat.flags.writeable = False
        with self._changed:
            is_scarce = self._lent >= SLOTS - 2
            self._lent += not is_scarce
        if is_scarce:
            copied = flat.reshape(shape).copy()
            del flat
            self._memory[slot] = _FREE
            return copied
        weakref.finalize(flat, self._give_back, slot).atexit = False
        return flat.reshape(shape)

    def drop(self, slot: int) -> None:
        """Free a slot whose picture nobody wants."""
        self._memory[slot] = _FREE

    def close(self) -> None:
        """No more pictures will be asked for; memory goes back once none is lent."""
        with self._changed:
            self._is_closed = True
            is_last = self._lent == 0
        if is_last:
            self._discard()

    def _give_back(self, slot: int) -> None:
        self._memory[slot] = _FREE
        with self._changed:
            self._lent -= 1
            is_last = self._is_closed and self._lent == 0
        if is_last:
            self._discard()

    def _discard(self) -> None:
        """Give the pages back to the machine; the file would keep them to its end."""
        if hasattr(mmap, "MADV_REMOVE"):
            with contextlib.suppress(OSError, ValueError):  # not on every file system
                self._memory.madvise(mmap.MADV_REMOVE)
        with contextlib.suppress(BufferError):  # the last picture is just being let go
            self._memory.close()
