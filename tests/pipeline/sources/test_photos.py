"""Photos: upright, with their time, and one message for each way of being broken."""

import struct
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from pipeline.errors import PhotoError
from pipeline.sources.photos import PIXEL_LIMIT, Photo, iter_photos, load_photo

# Top left red, top right green, bottom left blue, bottom right white; RGB.
CORNERS = [(200, 20, 20), (20, 200, 20), (20, 20, 200), (240, 240, 240)]


def _picture(size_wh: tuple[int, int] = (48, 32)) -> Image.Image:
    width, height = size_wh
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = CORNERS[0]
    pixels[: height // 2, width // 2 :] = CORNERS[1]
    pixels[height // 2 :, : width // 2] = CORNERS[2]
    pixels[height // 2 :, width // 2 :] = CORNERS[3]
    return Image.fromarray(pixels)


def _check_corners(photo: Photo, tolerance: int = 12) -> None:
    height, width = photo.image.shape[:2]
    assert (width, height) == (48, 32)
    assert photo.image.dtype == np.uint8
    assert photo.image.flags.c_contiguous
    for index, (red, green, blue) in enumerate(CORNERS):
        row = height // 4 + index // 2 * height // 2
        column = width // 4 + index % 2 * width // 2
        found = photo.image[row, column].astype(int)
        assert np.abs(found - (blue, green, red)).max() <= tolerance, (index, found)


@pytest.mark.parametrize("ending", ["jpg", "JPEG", "png", "webp", "heic"])
def test_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"photo.{ending}"
    kind = {"jpg": "JPEG", "jpeg": "JPEG", "heic": "HEIF"}.get(ending.lower(), ending.upper())
    _picture().save(path, format=kind, quality=95)
    photo = load_photo(path)
    assert photo.path == path
    assert photo.taken_at is None
    _check_corners(photo)


# How a picture lies in the file when the camera was held so; EXIF 2.3, table 6.
LYING = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", LYING)
@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_pictures_come_upright(tmp_path: Path, ending: str, orientation: int) -> None:
    turn = LYING[orientation]
    picture = _picture() if turn is None else _picture().transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / f"turned.{ending}"
    picture.save(path, exif=exif, quality=95)
    _check_corners(load_photo(path))


LOCAL = datetime(2026, 5, 1, 8, 30, 15)  # noqa: DTZ001  (what a phone writes: no zone)
TIMES = [
    ("2026:05:01 08:30:15", "+08:00", LOCAL, timedelta(hours=8)),
    ("2026:05:01 08:30:15", "-03:30", LOCAL, -timedelta(hours=3.5)),
    ("2026:05:01 08:30:15", None, LOCAL, None),
    ("2026:05:01 08:30:15", "+99:99", LOCAL, None),
    ("2026:05:01 08:30:15", "local", LOCAL, None),
    ("0000:00:00 00:00:00", "+08:00", None, None),
    ("    :  :     :  :  ", None, None, None),
    (None, None, None, None),
]


@pytest.mark.parametrize(("written", "offset", "local", "away"), TIMES)
def test_the_time_of_taking(
    tmp_path: Path,
    written: str | None,
    offset: str | None,
    local: datetime | None,
    away: timedelta | None,
) -> None:
    exif = Image.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    if written is not None:
        details[ExifTags.Base.DateTimeOriginal] = written
    if offset is not None:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    path = tmp_path / "photo.jpg"
    _picture().save(path, exif=exif, quality=95)
    taken_at = load_photo(path).taken_at
    if local is None or away is None:
        assert taken_at == local
        assert taken_at is None or taken_at.tzinfo is None
    else:
        assert taken_at == local.replace(tzinfo=timezone(away))
        assert taken_at.utcoffset() == away


def _grey16(path: Path) -> None:
    pixels = np.zeros((32, 48), np.uint16)
    pixels[:, :24], pixels[:, 24:] = 65535 // 4, 65535 // 2
    Image.fromarray(pixels).save(path)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    _grey16(tmp_path / "deep.png")
    image = load_photo(tmp_path / "deep.png").image
    assert image.shape == (32, 48, 3)
    assert image[5, 5].tolist() == [64, 64, 64]
    assert image[5, 40].tolist() == [127, 127, 127] or image[5, 40].tolist() == [128, 128, 128]


def test_palette_cmyk_and_grey_pictures(tmp_path: Path) -> None:
    _picture().quantize(16).save(tmp_path / "palette.png")
    _check_corners(load_photo(tmp_path / "palette.png"))
    _picture().convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    _check_corners(load_photo(tmp_path / "cmyk.jpg"), tolerance=25)
    _picture().convert("L").save(tmp_path / "grey.jpg", quality=95)
    grey = load_photo(tmp_path / "grey.jpg").image
    assert grey.shape == (32, 48, 3)
    assert np.ptp(grey.astype(int), axis=2).max() == 0
    Image.new("1", (48, 32), 1).save(tmp_path / "bits.png")
    assert load_photo(tmp_path / "bits.png").image.min() == 255


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    picture = _picture().convert("RGBA")
    picture.putpixel((0, 0), (0, 0, 0, 0))
    picture.save(tmp_path / "alpha.png")
    photo = load_photo(tmp_path / "alpha.png")
    _check_corners(photo)
    assert photo.image[0, 0].tolist() == [255, 255, 255]
    palette = _picture().quantize(16)
    palette.save(tmp_path / "holes.png", transparency=palette.getpixel((0, 0)))
    assert load_photo(tmp_path / "holes.png").image[2, 2].tolist() == [255, 255, 255]


def _png_of(width: int, height: int) -> bytes:
    """A whole PNG of one colour that takes kilobytes here and gigabytes when decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    packer = zlib.compressobj(1)
    row = bytes(1 + width // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("size_wh", "words"),
    [((20000, 20000), "400 megapixels"), ((10008, 10000), "10008 x 10000 pixels")],
)
def test_a_giant_is_refused_before_it_is_decoded(
    tmp_path: Path,
    size_wh: tuple[int, int],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
) -> None:
    path = tmp_path / "giant.png"
    path.write_bytes(_png_of(*size_wh))

    def load(self: object) -> None:
        raise AssertionError("decoded a giant")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(PhotoError) as caught:
        load_photo(path)
    assert words in str(caught.value)
    assert f"the limit is {PIXEL_LIMIT // 1_000_000} megapixels; make it smaller" in str(
        caught.value
    )
    assert str(path) in str(caught.value)
    assert not recwarn.list


def _broken(folder: Path) -> dict[Path, str]:
    """One file of each broken kind, with what its message must say."""
    whole = folder / "whole.jpg"
    noise = np.random.default_rng(7).integers(0, 256, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(whole, quality=95)
    files: dict[Path, str] = {}

    def add(name: str, data: bytes | str, words: str) -> None:
        path = folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        files[path] = words

    jpeg = whole.read_bytes()
    add("empty.jpg", b"", "the file is empty (0 bytes)")
    add("text.jpg", "a shopping list " * 100, "this is no JPEG")
    add("cut.jpg", jpeg[: len(jpeg) // 2], "damaged or was cut short")
    add("header.jpg", jpeg[:20], "")
    add("scan.bmp", b"BM", "expected JPEG (.jpg .jpeg), PNG (.png), WebP (.webp) or HEIC")
    add("noending", jpeg, "found no ending")
    files[folder / "missing.jpg"] = "there is no such file"
    for kind, ending in (("PNG", "png"), ("WEBP", "webp"), ("HEIF", "heic")):
        path = folder / f"cut.{ending}"
        Image.fromarray(noise).save(path, format=kind)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        files[path] = ""
    # A GIF is a picture, but none that a camera or phone makes.
    path = folder / "really-a-gif.png"
    _picture().save(path, format="GIF")
    files[path] = "this is no JPEG"
    whole.unlink()
    return files


def test_each_broken_photo_says_what_is_wrong(tmp_path: Path) -> None:
    for path, words in _broken(tmp_path).items():
        with pytest.raises(PhotoError) as caught:
            load_photo(path)
        assert str(path) in str(caught.value)
        assert words in str(caught.value)


def test_a_broken_photo_never_stops_the_others(tmp_path: Path) -> None:
    broken = _broken(tmp_path)
    _picture().save(tmp_path / "a-good.jpg", quality=95)
    _picture().save(tmp_path / "z-good.png")
    (tmp_path / "more").mkdir()
    _picture().save(tmp_path / "more" / "deeper.WEBP", quality=95)
    (tmp_path / "notes.txt").write_text("not a photo")
    found = list(iter_photos([tmp_path, *broken]))
    photos = [item for item in found if isinstance(item, Photo)]
    assert {photo.path.name for photo in photos} == {"a-good.jpg", "z-good.png", "deeper.WEBP"}
    readable_endings = [
        path for path in broken if path.is_file() and path.suffix not in (".bmp", "")
    ]
    assert len(found) - len(photos) == len(broken) + len(readable_endings)


def test_a_folder_is_no_photo(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="found a folder"):
        load_photo(tmp_path)
