"""Zip archives of photos: read in place, never unpacked, with their tricks refused by name."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.errors import PhotoError
from pipeline.sources.photos import PHOTO_SUFFIXES

__all__ = ["MEMBER_LIMIT_BYTES", "Member", "list_members", "read_member"]

#: Bytes of the largest member that is read; larger than any photo below the pixel limit.
MEMBER_LIMIT_BYTES: Final = 256 * 1024 * 1024
_MEMBERS_MOST = 100_000
# Photos are compressed already: a member that shrank more than this is a bomb.
_RATIO_MOST = 40
_RATIO_FROM_BYTES = 1024 * 1024
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive.

    Attributes:
        name: Its path in the archive as people see it, Chinese names of old archivers included.
        index: Its place in the archive's directory.
        mark: Changes when its content changes.
        refusal: Why it is not read; empty where it is.
    """

    name: str
    index: int
    mark: str
    refusal: str


def list_members(path: Path) -> Iterator[Member]:
    """List the files of an archive in their order, folders left out.

    Raises:
        PhotoError: It is no zip archive, damaged, empty, or has more than 100,000 members.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except FileNotFoundError:
        raise PhotoError(f"{path}: there is no such file; check the name") from None
    except zipfile.BadZipFile as error:
        raise PhotoError(
            f"{path}: no zip archive, damaged or cut short ({error}); pack or copy it again"
        ) from None
    except (OSError, ValueError, NotImplementedError) as error:
        raise PhotoError(f"{path}: the archive cannot be read: {error}") from None
    if len(entries) > _MEMBERS_MOST:
        raise PhotoError(
            f"{path}: {len(entries)} files, the limit is {_MEMBERS_MOST}; pack several archives"
        )
    if all(entry.is_dir() for entry in entries):
        raise PhotoError(f"{path}: the archive is empty; pack it again")
    taken: set[str] = set()
    for index, entry in enumerate(entries):
        if entry.is_dir():
            continue
        name = _name_of(entry)
        refusal = _refusal(entry, name)
        if name in taken:
            refusal = refusal or "a second file of this name in the archive; give it another name"
            name = f"{name}#{index}"
        taken.add(name)
        mark = f"{entry.CRC:08x}-{entry.file_size}"
        yield Member(name=name, index=index, mark=mark, refusal=refusal)


def read_member(path: Path, index: int, shown: str) -> BytesIO:
    """Read one member into memory, `MEMBER_LIMIT_BYTES` at most.

    Args:
        path: The archive.
        index: The member's place in the archive's directory.
        shown: What it is called in messages.

    Raises:
        PhotoError: It cannot be read, or holds more than its directory entry says.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(archive.infolist()[index]) as member:
            content = member.read(MEMBER_LIMIT_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise PhotoError(f"{shown}: damaged inside its archive ({error}); pack it again") from None
    except (OSError, ValueError, IndexError, NotImplementedError, RuntimeError) as error:
        raise PhotoError(f"{shown}: cannot be read from its archive: {error}") from None
    if len(content) > MEMBER_LIMIT_BYTES:
        raise PhotoError(f"{shown}: {_too_large(len(content))}")
    if not content:
        raise PhotoError(f"{shown}: the file is empty (0 bytes); copy it again")
    return BytesIO(content)


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Give the name as it was meant: old archivers write GBK and say that it is code page 437."""
    if entry.flag_bits & 0x800:
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


def _refusal(entry: zipfile.ZipInfo, name: str) -> str:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or (place.parts and ":" in place.parts[0]):
        return "its path leads out of the archive; pack the folder again without such paths"
    if place.suffix.lower() == ".zip":
        return "an archive inside an archive; unpack it and name it by itself"
    if place.suffix.lower() not in PHOTO_SUFFIXES:
        return f"no photo: {place.suffix or 'no ending'}"
    if entry.flag_bits & _ENCRYPTED:
        return "locked with a password; pack it again without one"
    if entry.file_size > MEMBER_LIMIT_BYTES:
        return _too_large(entry.file_size)
    packed = max(entry.compress_size, 1)
    if entry.file_size > _RATIO_FROM_BYTES and entry.file_size / packed > _RATIO_MOST:
        return (
            f"{entry.compress_size} bytes that unpack to {entry.file_size}: no photo shrinks like"
            " that, so it is not unpacked"
        )
    return ""


def _too_large(size_bytes: int) -> str:
    return (
        f"{size_bytes / 2**20:.0f} MB unpacked, the limit is {MEMBER_LIMIT_BYTES / 2**20:.0f} MB;"
        " make it smaller"
    )
