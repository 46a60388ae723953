"""Photos of a patrol for tests: cut out of the repository's own clips, spoilt in many ways."""

import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image

pillow_heif.register_heif_opener()

CLIPS = Path(__file__).resolve().parents[1] / "datasets" / "clips"
#: At this share of its length each clip shows its hazard.
SHOWS = {"lift": 0.5, "lane": 0.5, "corridor": 0.6}


def clip_picture(clip: str, number: int = 0) -> Image.Image:
    """A part of a clip's frame; another number is another part of another frame."""
    capture = cv2.VideoCapture(str(CLIPS / f"{clip}.mp4"))
    length = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.set(cv2.CAP_PROP_POS_FRAMES, int(length * SHOWS[clip]) + number)
    read, frame = capture.read()
    capture.release()
    assert read
    cut = 7 * (number % 12)
    part = frame[cut : frame.shape[0] - cut // 2, 2 * cut : frame.shape[1] - cut]
    large = cv2.resize(part, (1280, 720), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(np.ascontiguousarray(large[:, :, ::-1]))


def noise(number: int, size_wh: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture like no other: blurred noise."""
    random = np.random.default_rng(number)
    coarse = random.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC))


def exif(
    *,
    orientation: int = 1,
    taken: str = "2026:05:01 08:30:15",
    position: tuple[float, float] | None = None,
) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.Base.Orientation] = orientation
    found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    if position is not None:
        gps = found.get_ifd(ExifTags.IFD.GPSInfo)
        for tag, value, words in (
            ("Latitude", position[0], "NS"),
            ("Longitude", position[1], "EW"),
        ):
            minutes = abs(value) % 1 * 60
            gps[ExifTags.GPS[f"GPS{tag}Ref"]] = words[value < 0]
            gps[ExifTags.GPS[f"GPS{tag}"]] = (
                float(int(abs(value))),
                float(int(minutes)),
                minutes % 1 * 60,
            )
    return found


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of that size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def jpeg(picture: Image.Image, path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, format="JPEG", **({"quality": 90} | options))
    return path


def grey_sketch(picture: Image.Image) -> NDArray[np.uint8]:
    small = picture.convert("L").resize((32, 32), Image.Resampling.BOX)
    return np.asarray(small, np.uint8)


def make_mixed_patrol(folder: Path, count: int) -> dict[str, str]:
    """Fill a folder with photos of every kind.

    Args:
        folder: Empty.
        count: How many files, at least 30.

    Returns:
        The expected outcome by path below the folder (``archive.zip!/name`` inside one).
    """
    expected: dict[str, str] = {}

    def put(name: str, outcome: str) -> Path:
        expected[name] = outcome
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    jpeg(clip_picture("lift"), put("3号楼/电梯/a.jpg", "done"))
    jpeg(clip_picture("lane"), put("消防车道/a.jpg", "done"))
    jpeg(clip_picture("corridor"), put("3号楼/楼道/a.jpg", "done"))
    # Lies on its side, and stands up when it is read.
    jpeg(
        clip_picture("lift", 5).transpose(Image.Transpose.ROTATE_90),
        put("3号楼/电梯/rotated.jpg", "done"),
        exif=exif(orientation=6),
    )
    clip_picture("lane", 9).save(put("消防车道/iphone.HEIC", "done"), format="HEIF", quality=80)
    noise(1).save(put("other/plain.png", "done"))
    noise(2).save(put("other/plain.webp", "done"), quality=80)
    jpeg(noise(3), put("other/with-position.jpg", "done"), exif=exif(position=(31.2304, 121.4737)))
    # The same bytes, and the same picture saved smaller.
    first = (folder / "3号楼/电梯/a.jpg").read_bytes()
    put("重复/sent-twice.jpg", "duplicate").write_bytes(first)
    jpeg(clip_picture("lane").resize((800, 450)), put("重复/smaller.jpg", "duplicate"), quality=75)
    put("bad/empty.jpg", "unreadable").touch()
    put("bad/half.jpg", "unreadable").write_bytes(first[: len(first) // 2])
    put("bad/text.jpg", "unreadable").write_text("no picture", encoding="utf-8")
    put("bad/huge.png", "unreadable").write_bytes(png_that_claims(20_000, 20_000))
    put("bad/notes.txt", "unreadable").write_text("seen at night", encoding="utf-8")
    put("bad/broken.zip", "unreadable").write_bytes(b"PK\x03\x04 no archive")
    with zipfile.ZipFile(folder / "sent.zip", "w") as archive:
        for number in range(3):
            path = jpeg(noise(50 + number), folder / "part.jpg")
            archive.write(path, f"楼梯/{number}.jpg")
            expected[f"sent.zip!/楼梯/{number}.jpg"] = "done"
        archive.write(path, "again.jpg")
        expected["sent.zip!/again.jpg"] = "duplicate"
        archive.writestr("../../outside.jpg", path.read_bytes())
        expected["sent.zip!/../../outside.jpg"] = "unreadable"
        archive.writestr("bomb.png", bytes(5_000_000), zipfile.ZIP_DEFLATED)
        expected["sent.zip!/bomb.png"] = "unreadable"
        archive.writestr("cut.jpg", path.read_bytes()[:900])
        expected["sent.zip!/cut.jpg"] = "unreadable"
        path.unlink()
    for number in range(count - len(expected)):
        name = f"more/{number:04}.jpg"
        jpeg(noise(1000 + number), put(name, "done"), exif=exif())
    return expected
