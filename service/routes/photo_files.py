"""Files of an upload, each looked at by itself: photos kept, everything else refused by name."""

import hashlib
import re
import threading
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Final

import pillow_heif
from PIL import Image, UnidentifiedImageError

from service.repository import NewPhoto, PictureStore
from service.settings import Settings

__all__ = ["PIXEL_LIMIT", "FileOutcome", "keep_photos"]

#: Pixels of the largest photo that is taken, the same as the review decodes.
PIXEL_LIMIT: Final = 100_000_000
_FORMATS: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
_CHUNK_BYTES = 1024 * 1024
# Photos are compressed already: a member that shrank more than this is a bomb.
_RATIO_MOST = 40
_ENCRYPTED = 0x1
_UTF8 = 0x800
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME_MOST = 300
# Pillow's warnings are switched for the whole process.
_LOOKING = threading.Lock()

pillow_heif.register_heif_opener()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """One file of the upload: ``photo`` where it is kept, else ``reason`` why it is not."""

    file: str
    reason: str = ""
    photo: NewPhoto | None = None


class _Refused(Exception):  # noqa: N818  (reads as the state it reports)
    """Why a file is not taken; never leaves this module."""


@dataclass(slots=True)
class _Room:
    """What is left of the upload's limits."""

    files: int
    size_bytes: int
    settings: Settings

    def take_file(self) -> None:
        if not self.files:
            raise _Refused(
                f"beyond the {self.settings.max_photos} photos of one upload; send it in another"
            )
        self.files -= 1

    def take_bytes(self, count: int) -> None:
        self.size_bytes -= count
        if self.size_bytes < 0:
            raise _Refused(
                f"the upload unpacks to more than {_mb(self.settings.max_upload_bytes)};"
                " send the rest in another"
            )


def keep_photos(
    uploads: Sequence[tuple[str, IO[bytes]]], *, settings: Settings, store: PictureStore
) -> list[FileOutcome]:
    """Bring the photos among these files, and in the archives among them, to the disk.

    Args:
        uploads: Name, as the browser says it, and seekable content of each file. Names are only
            ever shown: nothing on the disk is called by them.
        settings: The limits.
        store: Where photos go, named by their content.

    Returns:
        One outcome a file in order, members of archives as ``archive.zip!/name``.

    Raises:
        StorageUnavailable: The disk refuses; nothing of the upload is queued then.
    """
    room = _Room(settings.max_photos, settings.max_upload_bytes, settings)
    found: list[FileOutcome] = []
    for given, content in uploads:
        name = _shown(given)
        if PurePosixPath(name).suffix.lower() == ".zip":
            found.extend(_members(name, content, room, store))
        else:
            found.append(_keep(name, name, content, room, store))
    return found


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.0f} MB"


def _shown(name: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", name.replace("\\", "/"))[-_NAME_MOST:]


def _check_name(name: str) -> None:
    place = PurePosixPath(name)
    if not place.name:
        raise _Refused("the file has no name")
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        raise _Refused("its path leads out of the folder; send it without such a path")


def _keep(
    file: str, name: str, content: IO[bytes], room: _Room, store: PictureStore
) -> FileOutcome:
    try:
        _check_name(name)
        room.take_file()
        with TemporaryFile() as copy:
            photo = _copy(file, content, copy, room)
            store.save(
                copy,
                sha256=photo.sha256,
                media_type=photo.media_type,
                size_bytes=photo.size_bytes,
            )
    except _Refused as refusal:
        return FileOutcome(file=file, reason=str(refusal))
    return FileOutcome(file=file, photo=photo)


def _copy(file: str, content: IO[bytes], copy: IO[bytes], room: _Room) -> NewPhoto:
    """Copy at most a photo's worth, whatever the archive's directory promises."""
    most, size, digest = room.settings.max_photo_bytes, 0, hashlib.sha256()
    while chunk := content.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > most:
            raise _Refused(f"more than {_mb(most)}; make the photo smaller")
        room.take_bytes(len(chunk))
        digest.update(chunk)
        copy.write(chunk)
    if not size:
        raise _Refused("the file is empty (0 bytes); copy it again")
    copy.seek(0)
    return NewPhoto(
        file=file, sha256=digest.hexdigest(), media_type=_media_type(copy), size_bytes=size
    )


def _media_type(content: IO[bytes]) -> str:
    """Read the picture's head only; nothing is decoded here."""
    with _LOOKING, warnings.catch_warnings():
        # Of odd metadata and of large pictures; the second is checked below.
        warnings.simplefilter("ignore")
        try:
            with Image.open(content, formats=tuple(_FORMATS)) as picture:
                width, height = picture.size
                kind = _FORMATS[picture.format or ""]
        except Image.DecompressionBombError:
            width, height, kind = PIXEL_LIMIT, 2, ""
        except UnidentifiedImageError:
            raise _Refused(
                "no JPEG, PNG, WebP or HEIC picture, whatever its ending says; save it as one of"
                " these"
            ) from None
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError):
            raise _Refused("the picture's head is damaged; copy it again from the phone") from None
    if width * height > PIXEL_LIMIT:
        raise _Refused(
            f"above {PIXEL_LIMIT / 1e6:.0f} megapixels once decoded; make the photo smaller"
        )
    return kind


def _members(
    name: str, content: IO[bytes], room: _Room, store: PictureStore
) -> Iterator[FileOutcome]:
    try:
        archive = zipfile.ZipFile(content)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield FileOutcome(file=name, reason="no zip archive, or a damaged one; pack it again")
        return
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        # A directory of millions of names would be millions of lines of answer.
        if not entries or len(entries) > 4 * room.settings.max_photos:
            most = room.settings.max_photos
            reason = f"{len(entries)} files; expected from 1 to {most}: pack several archives"
            yield FileOutcome(file=name, reason=reason)
            return
        for entry in entries:
            inner = _shown(_name_of(entry))
            file = f"{name}!/{inner}"[-_NAME_MOST:]
            try:
                _check_member(entry, inner)
                with archive.open(entry) as member:
                    yield _keep(file, inner, member, room, store)
            except _Refused as refusal:
                yield FileOutcome(file=file, reason=str(refusal))
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
                yield FileOutcome(file=file, reason="damaged inside its archive; pack it again")


def _check_member(entry: zipfile.ZipInfo, name: str) -> None:
    _check_name(name)
    if PurePosixPath(name).suffix.lower() == ".zip":
        raise _Refused("an archive inside an archive; unpack it and send it by itself")
    if entry.flag_bits & _ENCRYPTED:
        raise _Refused("locked with a password; pack it again without one")
    if entry.file_size > _CHUNK_BYTES and entry.file_size > _RATIO_MOST * entry.compress_size:
        raise _Refused(
            f"{entry.compress_size} bytes that unpack to {entry.file_size}: no photo shrinks like"
            " that, so it is not unpacked"
        )


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Give the name as it was meant: old archivers write GBK and say it is code page 437."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename
