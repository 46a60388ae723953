"""Unblurred pictures and clips, kept on the site under lock for those who have a right to them."""

import os
import time
from pathlib import Path

from pipeline.errors import StateError

__all__ = ["LockedFolder"]


class LockedFolder:
    """A folder that only the user who runs LifeLane can read; files leave it by age alone.

    Args:
        folder: Made where it is missing, mode 0700; its files have mode 0600.
        keep_days: Age in days at which a file is deleted; 0 keeps nothing at all.
    """

    def __init__(self, folder: Path, *, keep_days: float) -> None:
        self.folder = folder
        self.keep_days = keep_days

    def write(self, sha256: str, content: bytes) -> None:
        """Keep an original by the digest that stands in the picture made from it.

        Raises:
            StateError: The disk refused.
        """
        if self.keep_days <= 0:
            return
        path = self.folder / f"{sha256}.jpg"
        half = self.folder / f".{sha256}.{os.getpid()}.tmp"
        try:
            self._make()
            fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except OSError as error:
            raise StateError(
                f"{path}: the original cannot be kept: {error.strerror}; free space on that disk"
            ) from error

    def clip_path(self, incident_key: str) -> Path | None:
        """Where a clip of this incident goes; None where nothing is kept.

        Raises:
            StateError: The disk refused.
        """
        if self.keep_days <= 0:
            return None
        try:
            self._make()
        except OSError as error:
            raise StateError(f"{self.folder}: cannot be made: {error.strerror}") from error
        return self.folder / f"{incident_key}.mp4"

    def clean_up(self) -> int:
        """Delete what is older than `keep_days`.

        Returns:
            How many files were deleted.
        """
        limit_s = time.time() - self.keep_days * 86_400
        deleted = 0
        for path in self.folder.glob("*"):
            try:
                if path.stat().st_mtime < limit_s:
                    path.unlink()
                    deleted += 1
            except OSError:
                continue  # another process has just deleted it
        return deleted

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
