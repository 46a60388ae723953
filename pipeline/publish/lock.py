"""One watcher a state folder: an exclusive lock that ends with its process."""

import fcntl
import os
import weakref
from pathlib import Path

from pipeline.errors import StateError

__all__ = ["FolderLock"]

_LOCK_NAME = "lifelane.lock"


class FolderLock:
    """Hold a folder for this process; the kernel gives it back even after kill -9.

    Args:
        folder: The folder, which must exist.

    Raises:
        StateError: Another process holds it (the message names its pid), or the lock file
            cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / _LOCK_NAME
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StateError(
                f"{path}: cannot be opened: {error.strerror}; give the user that runs LifeLane"
                " write permission for the folder"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._fd, 32).decode("ascii", errors="replace").strip() or "unknown"
            os.close(self._fd)
            raise StateError(
                f"{folder}: another LifeLane process (pid {holder}) already uses this state"
                " folder; end that process, or give this site its own state_dir"
            ) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode("ascii"), 0)
        _open_locks.add(self)

    def release(self) -> None:
        """Give the folder back; releasing twice is fine."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


_open_locks: "weakref.WeakSet[FolderLock]" = weakref.WeakSet()


def _release_in_child() -> None:
    # A forked child shares the lock: a camera's child that outlives a killed watcher would
    # keep the next watcher out.
    for lock in list(_open_locks):
        lock.release()


os.register_at_fork(after_in_child=_release_in_child)
