"""Evidence pictures on disk, named by their content."""

import hashlib
import os
import time
from collections.abc import Container, Mapping
from pathlib import Path

from pipeline.errors import StateError

__all__ = ["PictureFolder"]


class PictureFolder:
    """A folder of pictures, each at ``<sha256[:2]>/<sha256>.jpg``.

    A picture is either there whole or not at all, also after a power cut.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the picture with this digest lies, whether or not it is there."""
        return self.folder / sha256[:2] / f"{sha256}.jpg"

    def write(self, pictures: Mapping[str, bytes]) -> None:
        """Write pictures so that they outlive a power cut; what is there already stays.

        Args:
            pictures: SHA-256 hex digest -> bytes.

        Raises:
            ValueError: A digest does not belong to its bytes.
            StateError: The disk refused.
        """
        for sha256, content in pictures.items():
            found = hashlib.sha256(content).hexdigest()
            if found != sha256:
                raise ValueError(f"pictures: expected sha256 {sha256!r}, the bytes have {found!r}")
            path = self.path(sha256)
            try:
                if not path.exists() or path.stat().st_size != len(content):
                    self._write_one(path, content)
            except OSError as error:
                raise StateError(
                    f"{path}: the picture cannot be written: {error.strerror}; free space on"
                    " that disk and check that the user that runs LifeLane may write there"
                ) from error

    def read(self, sha256: str) -> bytes | None:
        """Give the picture's bytes; None when it is missing, unreadable or damaged."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def delete(self, sha256: str) -> None:
        """Delete a picture; a missing one is fine.

        Raises:
            StateError: The disk refused.
        """
        try:
            self.path(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{self.path(sha256)}: cannot be deleted: {error}") from error

    def collect_orphans(self, known: Container[str], *, older_than_s: float) -> int:
        """Delete pictures that no event names, and half-written files.

        Args:
            known: Digests that must stay.
            older_than_s: Younger files stay, since their event may be on its way.

        Returns:
            How many files were deleted.

        Raises:
            StateError: The disk refused.
        """
        deleted = 0
        limit = time.time() - older_than_s
        try:
            for path in self.folder.glob("??/*"):
                if path.stem not in known and path.stat().st_mtime < limit:
                    path.unlink()
                    deleted += 1
        except OSError as error:
            raise StateError(f"{self.folder}: old pictures cannot be deleted: {error}") from error
        return deleted

    def _write_one(self, path: Path, content: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            _sync_folder(self.folder)
        half = path.with_suffix(f".{os.getpid()}.tmp")
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # A rename is on the disk only when its folder is.
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
