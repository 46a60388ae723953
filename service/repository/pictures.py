"""Evidence files: named by their digest, whole or absent, on the disk before they count."""

import os
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from service.errors import StorageUnavailable
from service.tables import MEDIA_TYPES, PHOTO_TYPES

__all__ = ["PictureStore"]

_LEFTOVER_AGE_S = 3600.0
_ENDINGS = {**PHOTO_TYPES, **MEDIA_TYPES}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class PictureStore:
    """A folder of pictures, ``ab/ab12….jpg``.

    Args:
        folder: Made when absent. Halves of writes that a crash left behind are removed.

    Raises:
        StorageUnavailable: The folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep(folder.glob("*/*.part"))
        except OSError as error:
            raise StorageUnavailable(
                f"{folder}: the evidence folder cannot be used: {error.strerror}"
            ) from error

    @staticmethod
    def _sweep(leftovers: Iterable[Path]) -> None:
        # Only old ones: another process may be writing into the same folder right now.
        for path in leftovers:
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _LEFTOVER_AGE_S:
                    path.unlink()

    def path(self, sha256: str, media_type: str) -> Path:
        """Where the picture with this digest lies."""
        return self._folder / sha256[:2] / f"{sha256}.{_ENDINGS[media_type]}"

    def save(self, content: IO[bytes], *, sha256: str, media_type: str, size_bytes: int) -> None:
        """Write a checked picture; returns once it is on the disk. Known ones are left alone.

        Raises:
            StorageUnavailable: The disk is full or refuses; nothing half-written stays.
        """
        target = self.path(sha256, media_type)
        try:
            if target.exists() and target.stat().st_size == size_bytes:
                return
            fresh = not target.parent.exists()
            target.parent.mkdir(exist_ok=True)
            if fresh:
                _sync_folder(self._folder)
            part = target.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
            try:
                with part.open("xb") as file:
                    content.seek(0)
                    shutil.copyfileobj(content, file)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            _sync_folder(target.parent)
        except OSError as error:
            raise StorageUnavailable(
                f"the picture {sha256} could not be written: {error.strerror}; free the disk of"
                " the service's data folder, the camera side will try again by itself"
            ) from error

    def remove(self, sha256: str, media_type: str) -> None:
        """Take the picture's file away; one that is gone already is no trouble.

        Raises:
            StorageUnavailable: The disk refuses.
        """
        try:
            self.path(sha256, media_type).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(
                f"the picture {sha256} could not be removed: {error.strerror}"
            ) from error
