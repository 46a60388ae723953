"""What there is to review: every file of the named folders and archives, each accounted for."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PhotoError
from pipeline.review.archives import list_members
from pipeline.sources.photos import PHOTO_SUFFIXES

__all__ = ["Item", "list_items"]

_ARCHIVE_SUFFIX = ".zip"
_SYSTEM_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file to be accounted for.

    Attributes:
        file: What it is called to the user: the path as named, ``archive.zip!/name`` inside one.
        key: The same with the absolute path; names it in the record.
        below: Its path below the named folder or inside its archive, with ``/``.
        path: The file, or its archive.
        member: Its place in the archive's directory; None outside of one.
        mark: Changes when the file changes.
        refusal: Why it is not read; empty where it is.
        is_system: A file that computers leave in folders by themselves; no failure.
    """

    file: str
    key: str
    below: str
    path: Path
    member: int | None = None
    mark: str = ""
    refusal: str = ""
    is_system: bool = False


def list_items(paths: Sequence[Path], *, leave_out: Collection[Path] = ()) -> Iterator[Item]:
    """Walk files, folders and archives in the order of their names; nothing is passed over.

    Args:
        paths: Photos, zip archives, and folders of both, subfolders included.
        leave_out: Files and folders that are none of the photos, such as the result's own.

    Yields:
        One item a file. A file that comes in by two ways is listed once.
    """
    hidden = {path.resolve() for path in leave_out}
    seen: set[str] = set()
    for path in paths:
        for item in _walk(path, hidden):
            if item.key not in seen:
                seen.add(item.key)
                yield item


def _walk(path: Path, hidden: Collection[Path]) -> Iterator[Item]:
    try:
        is_folder = path.is_dir()
    except OSError as error:
        yield _refused(path, path.name, f"cannot be read: {error.strerror}")
        return
    if not is_folder:
        yield from _items_of(path, path.name)
        return
    troubles: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=troubles.append):
        folders[:] = sorted(
            name for name in folders if not hidden or Path(folder, name).resolve() not in hidden
        )
        for name in sorted(names):
            file = Path(folder, name)
            if not hidden or file.resolve() not in hidden:
                yield from _items_of(file, file.relative_to(path).as_posix())
    for trouble in troubles:
        where = Path(trouble.filename or path)
        yield _refused(where, where.name, f"cannot be read: {trouble.strerror}")


def _items_of(path: Path, below: str) -> Iterator[Item]:
    if path.suffix.lower() == _ARCHIVE_SUFFIX:
        yield from _archived(path)
        return
    try:
        stat = path.stat()
    except FileNotFoundError:
        yield _refused(path, below, "there is no such file; check the name")
        return
    except OSError as error:
        yield _refused(path, below, f"cannot be read: {error.strerror}; check owner and rights")
        return
    refusal = ""
    if not path.is_file():
        refusal = "no ordinary file"
    elif path.suffix.lower() not in PHOTO_SUFFIXES:
        refusal = f"no photo: {path.suffix or 'no ending'}"
    yield Item(
        file=_shown(path),
        key=_shown(_absolute(path)),
        below=_clean(below),
        path=path,
        mark=f"{stat.st_size}-{stat.st_mtime_ns}",
        refusal=refusal,
        is_system=_is_system(below),
    )


def _archived(path: Path) -> Iterator[Item]:
    shown, key = _shown(path), _shown(_absolute(path))
    try:
        for member in list_members(path):
            yield Item(
                file=f"{shown}!/{member.name}",
                key=f"{key}!/{member.name}",
                below=member.name.replace("\\", "/").lstrip("/"),
                path=path,
                member=member.index,
                mark=member.mark,
                refusal=member.refusal,
                is_system=_is_system(member.name),
            )
    except PhotoError as error:
        yield _refused(path, path.name, str(error).removeprefix(f"{path}: "))


def _refused(path: Path, below: str, refusal: str) -> Item:
    return Item(
        file=_shown(path),
        key=_shown(_absolute(path)),
        below=_clean(below),
        path=path,
        refusal=refusal,
    )


def _is_system(below: str) -> bool:
    parts = below.replace("\\", "/").lower().split("/")
    return parts[-1] in _SYSTEM_NAMES or parts[-1].startswith("._") or "__macosx" in parts[:-1]


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve() would follow links)


def _shown(path: Path) -> str:
    """Return the path as text that can always be printed, bytes that are no UTF-8 replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def _clean(below: str) -> str:
    return os.fsencode(below).decode("utf-8", "replace")
