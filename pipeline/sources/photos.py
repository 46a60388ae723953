"""Photos: JPEG, PNG, WebP and HEIC, upright, with time and position of their taking."""

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from pipeline.errors import PhotoError

__all__ = [
    "PHOTO_SUFFIXES",
    "PIXEL_LIMIT",
    "Photo",
    "iter_photos",
    "load_photo",
    "read_photo",
]

#: Endings that are read; upper case counts too.
PHOTO_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
#: Pixels of the largest photo that is decoded; 300 MB of memory as BGR.
PIXEL_LIMIT: Final = 100_000_000

_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_ENDINGS = "JPEG (.jpg .jpeg), PNG (.png), WebP (.webp) or HEIC (.heic .heif)"
# EXIF orientations whose rows are the columns of the upright picture.
_LYING = (5, 6, 7, 8)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")

pillow_heif.register_heif_opener()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """One photo, ready for a detector.

    Attributes:
        path: The file.
        image: ``(H, W, 3)`` uint8 BGR, turned upright as its EXIF data says. Transparent parts
            are white.
        taken_at: When it was taken. Aware where the camera wrote its offset from UTC; *naive*
            where it wrote only local time, as most phones of before 2019 did: it then is the
            wall clock of the place, and whoever knows the place's timezone attaches it. None
            where nothing (or nonsense) is written.
        size_wh: Width and height of the upright original in pixels; ``image`` is smaller where
            a smaller one was asked for.
        position: Latitude and longitude in degrees (WGS 84, north and east positive); None
            where the phone wrote none.
    """

    path: Path
    image: NDArray[np.uint8]
    taken_at: datetime | None
    size_wh: tuple[int, int]
    position: tuple[float, float] | None


def load_photo(path: Path, *, long_side_px: int | None = None) -> Photo:
    """Read one photo.

    Args:
        path: The file; its ending must be one of `PHOTO_SUFFIXES`, its content may be any of
            the formats that they stand for.
        long_side_px: A picture with at least this on its longer side is enough; a JPEG is then
            decoded at a half, a quarter or an eighth where that suffices, several times faster.

    Raises:
        PhotoError: Missing, empty, no picture, cut short, of another format, or above
            `PIXEL_LIMIT` (found from the header, before anything is decoded). The message
            names the file and the fix.
    """
    _check_before_opening(path)
    try:
        with path.open("rb") as file:
            return read_photo(file, path, long_side_px=long_side_px)
    except OSError as error:
        raise PhotoError(
            f"{path}: cannot be read: {error.strerror}; check owner and rights"
        ) from None


def read_photo(file: BinaryIO, path: Path, *, long_side_px: int | None = None) -> Photo:
    """Read one photo out of an open file, such as a member of an archive.

    Args:
        file: Its bytes, seekable.
        path: What it is called, for the result and for messages.
        long_side_px: See `load_photo`.

    Raises:
        PhotoError: No picture, cut short, of another format, or above `PIXEL_LIMIT`.
    """
    with warnings.catch_warnings():
        # Pillow warns of odd metadata and of large pictures; the first does not matter to us,
        # the second is checked below with a limit and a message of our own.
        warnings.simplefilter("ignore")
        try:
            with Image.open(file, formats=_FORMATS) as picture:
                width, height = picture.size
                if width * height > PIXEL_LIMIT:
                    raise _too_large(path, width, height)
                taken_at, position = _taken_at(picture), _position(picture)
                lies = picture.getexif().get(ExifTags.Base.Orientation) in _LYING
                if long_side_px is not None:
                    share = min(long_side_px / max(width, height), 1.0)
                    picture.draft(None, (max(int(width * share), 1), max(int(height * share), 1)))
                image = _to_bgr(picture)
        except Image.DecompressionBombError as error:
            size = re.search(r"\((\d+) pixels\)", str(error))
            count = f"{int(size.group(1)) / 1e6:.0f} megapixels" if size else "too many pixels"
            raise PhotoError(_limit_text(path, count)) from None
        except UnidentifiedImageError:
            raise PhotoError(
                f"{path}: this is no {_ENDINGS} picture, whatever its ending says; save it as one"
                " of these and try again"
            ) from None
        except MemoryError:
            raise PhotoError(
                f"{path}: not enough memory to decode it; make it smaller and try again"
            ) from None
        except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
            # Pillow reports damage through all of these, depending on the format.
            raise PhotoError(
                f"{path}: the picture is damaged or was cut short ({error}); copy it again from"
                " the camera or phone"
            ) from None
    return Photo(
        path=path,
        image=image,
        taken_at=taken_at,
        size_wh=(height, width) if lies else (width, height),
        position=position,
    )


def iter_photos(paths: Iterable[Path]) -> Iterator[Photo | PhotoError]:
    """Read photos one after another; a bad one never stops the others.

    Args:
        paths: Files, and folders, whose photos are taken in the order of their names,
            subfolders included; other files in a folder are passed over.

    Yields:
        For each file its `Photo`, or the `PhotoError` that says why there is none.
    """
    for path in paths:
        for file in _files(path):
            try:
                yield load_photo(file)
            except PhotoError as error:
                yield error


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.suffix.lower() in PHOTO_SUFFIXES and file.is_file():
            yield file


def _check_before_opening(path: Path) -> None:
    try:
        if path.is_dir():
            raise PhotoError(f"{path}: expected a photo, found a folder; name the files in it")
        size = path.stat().st_size
    except FileNotFoundError:
        raise PhotoError(f"{path}: there is no such file; check the name") from None
    except OSError as error:
        raise PhotoError(
            f"{path}: cannot be read: {error.strerror}; check owner and rights"
        ) from None
    if path.suffix.lower() not in PHOTO_SUFFIXES:
        found = path.suffix or "no ending"
        raise PhotoError(f"{path}: expected {_ENDINGS}, found {found}; convert it first")
    if size == 0:
        raise PhotoError(f"{path}: the file is empty (0 bytes); copy it again")


def _limit_text(path: Path, size: str) -> str:
    return (
        f"{path}: {size}, the limit is {PIXEL_LIMIT / 1e6:.0f} megapixels;"
        " make it smaller and try again"
    )


def _too_large(path: Path, width: int, height: int) -> PhotoError:
    megapixels = width * height / 1e6
    return PhotoError(_limit_text(path, f"{width} x {height} pixels ({megapixels:.0f} megapixels)"))


def _to_bgr(picture: Image.Image) -> NDArray[np.uint8]:
    """Upright ``(H, W, 3)`` uint8 BGR of whatever mode the picture has."""
    turned = ImageOps.exif_transpose(picture)
    if turned.mode.startswith("I"):
        # Sixteen bits a pixel: Pillow's own conversion clips at 255, which turns all white.
        wide = np.asarray(turned).astype(np.float32)
        grey = np.clip(wide / 257.0 + 0.5, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    if "A" in turned.mode or "a" in turned.mode or "transparency" in turned.info:
        layers = turned.convert("RGBA")
        paper = Image.new("RGBA", layers.size, (255, 255, 255, 255))
        turned = Image.alpha_composite(paper, layers)
    rgb = np.asarray(turned.convert("RGB"), dtype=np.uint8)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _taken_at(picture: Image.Image) -> datetime | None:
    """EXIF DateTimeOriginal, with OffsetTimeOriginal where it is there; see `Photo`."""
    try:
        exif = picture.getexif().get_ifd(ExifTags.IFD.Exif)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return None  # damaged metadata do not make a photo useless
    written = str(exif.get(ExifTags.Base.DateTimeOriginal, "")).strip("\0 ")
    try:
        taken_at = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  (see Photo)
    except ValueError:
        return None
    offset = _OFFSET.fullmatch(str(exif.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 "))
    if offset is None:
        return taken_at
    sign = -1 if offset.group(1) == "-" else 1
    away = sign * timedelta(hours=int(offset.group(2)), minutes=int(offset.group(3)))
    try:
        return taken_at.replace(tzinfo=timezone(away))
    except ValueError:  # an offset of more than a day
        return taken_at


def _position(picture: Image.Image) -> tuple[float, float] | None:
    """EXIF GPS position in degrees; see `Photo`."""
    try:
        gps = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None
    # Phones without a fix write 0, 0, a point in the Atlantic.
    if not (0 < abs(latitude) <= 90 and 0 < abs(longitude) <= 180):
        return None
    return latitude, longitude


def _degrees(parts: tuple[float, float, float], reference: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = round(degrees + minutes / 60 + seconds / 3600, 7)
    return -value if str(reference).strip("\0 ").upper().startswith(negative) else value
