"""The decoder of photos, in a process of its own: file to small picture, hashes, QR code."""

import hashlib
import sys
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.errors import PhotoError
from pipeline.evidence.drawing import limit_size
from pipeline.review.archives import MEMBER_LIMIT_BYTES, read_member
from pipeline.sources.photos import read_photo

__all__ = ["DECODE_LONG_SIDE_PX", "SKETCH_PX", "DecodeJob", "Decoded", "Refused", "decode", "main"]

#: A JPEG is decoded at the smallest scale whose longer side still has this.
DECODE_LONG_SIDE_PX = 960
#: And no picture is kept larger than this.
_KEPT_LONG_SIDE_PX = 1280
#: Side of the grey sketch that near-duplicates are compared by.
SKETCH_PX = 32
_HASHED_PX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeJob:
    """One photo to decode.

    Attributes:
        file: What it is called in messages.
        path: The file, or its archive.
        member: Its place in the archive's directory; None outside of one.
        look_for_qr: Whether to look for QR codes in the picture.
    """

    file: str
    path: Path
    member: int | None
    look_for_qr: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """A photo, ready for a detector.

    Attributes:
        image: ``(H, W, 3)`` uint8 BGR, upright, 1280 px on its longer side at most.
        size_wh: Width and height of the upright original in pixels.
        taken_at: See `pipeline.sources.photos.Photo`.
        position: Latitude and longitude in degrees, or None.
        sha256: Of the file's bytes, hex.
        perceptual_hash: 64 bits (pHash) that stay nearly the same when a picture is saved
            smaller or with another quality.
        sketch: ``(32, 32)`` uint8, the picture in grey.
        qr_texts: What the QR codes in it say.
    """

    image: NDArray[np.uint8]
    size_wh: tuple[int, int]
    taken_at: datetime | None
    position: tuple[float, float] | None
    sha256: str
    perceptual_hash: int
    sketch: NDArray[np.uint8]
    qr_texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A photo that cannot be used, and why."""

    reason: str


def decode(job: DecodeJob) -> Decoded | Refused:
    """Read and decode one photo; whatever is wrong with it becomes a reason."""
    try:
        content = _content(job)
        photo = read_photo(content, Path(job.file), long_side_px=DECODE_LONG_SIDE_PX)
    except PhotoError as error:
        return Refused(reason=str(error).removeprefix(f"{Path(job.file)}: "))
    image = photo.image
    if max(image.shape) > _KEPT_LONG_SIDE_PX:
        image = limit_size(image, _KEPT_LONG_SIDE_PX)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (_HASHED_PX, _HASHED_PX), interpolation=cv2.INTER_AREA)
    bits = imagehash.phash(Image.fromarray(small)).hash
    return Decoded(
        image=image,
        size_wh=photo.size_wh,
        taken_at=photo.taken_at,
        position=photo.position,
        sha256=hashlib.sha256(content.getbuffer()).hexdigest(),
        perceptual_hash=int.from_bytes(np.packbits(bits).tobytes(), "big"),
        sketch=cv2.resize(small, (SKETCH_PX, SKETCH_PX), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        ),
        qr_texts=_qr_texts(grey.astype(np.uint8, copy=False)) if job.look_for_qr else (),
    )


def _content(job: DecodeJob) -> BytesIO:
    if job.member is not None:
        return read_member(job.path, job.member, job.file)
    try:
        with job.path.open("rb") as file:
            content = file.read(MEMBER_LIMIT_BYTES + 1)
    except OSError as error:
        raise PhotoError(f"{job.file}: cannot be read: {error.strerror}") from None
    if not content:
        raise PhotoError(f"{job.file}: the file is empty (0 bytes); copy it again")
    if len(content) > MEMBER_LIMIT_BYTES:
        raise PhotoError(
            f"{job.file}: more than {MEMBER_LIMIT_BYTES / 2**20:.0f} MB; make it smaller"
        )
    return BytesIO(content)


def _qr_texts(grey: NDArray[np.uint8]) -> tuple[str, ...]:
    try:
        _, texts, _, _ = cv2.QRCodeDetectorAruco().detectAndDecodeMulti(grey)
    except cv2.error:  # OpenCV trips over some pictures that hold no code
        return ()
    return tuple(text for text in texts if text)


def main(descriptor: int) -> None:
    """Serve jobs over an inherited socket until the parent closes it."""
    cv2.setNumThreads(1)
    connection = Connection(descriptor)
    try:
        # Ready: imports take their time, some of them on first use, and are no photo's fault.
        imagehash.phash(Image.new("L", (_HASHED_PX, _HASHED_PX)))
        connection.send(None)
        while True:
            job: DecodeJob = connection.recv()
            try:
                answer = decode(job)
            except Exception as error:  # noqa: BLE001  (one photo never stops the others)
                answer = Refused(reason=f"cannot be decoded: {type(error).__name__}: {error}")
            connection.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        sys.exit(0)
