"""Pictures of a corridor, clean and with things in it, in changing light.

The clean pictures are frames of the shipped rendered clip or real photographs; the things that are
put in are cut out of real photographs or of the same clip; only the light is computed.
"""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter import CleanReference, LightMode

__all__ = [
    "CLIP",
    "NOW",
    "frames_of",
    "infrared",
    "make_reference",
    "noisy_jpeg",
    "relit",
    "shaken",
]

Image = NDArray[np.uint8]

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
CLIP = Path(__file__).resolve().parents[1] / "datasets" / "clips" / "corridor.mp4"


def frames_of(clip: Path, *numbers: int) -> list[Image]:
    """Frames of a video by number."""
    video = cv2.VideoCapture(str(clip))
    found = []
    for number in numbers:
        video.set(cv2.CAP_PROP_POS_FRAMES, number)
        done, image = video.read()
        assert done, f"{clip}: no frame {number}"
        found.append(np.asarray(image, np.uint8))
    return found


def make_reference(
    image: Image, *, camera_id: str = "cam", mode: LightMode = LightMode.DAY, approved: bool = True
) -> CleanReference:
    """A reference of this picture."""
    return CleanReference(
        id="0123456789ab",
        camera_id=camera_id,
        mode=mode,
        size_wh=(image.shape[1], image.shape[0]),
        sha256="0" * 64,
        taken_at=NOW,
        origin="test",
        approved_by="王工" if approved else "",
        approved_at=NOW if approved else None,
        image=image,
    )


def relit(
    image: Image,
    *,
    gain: float = 1.0,
    gamma: float = 1.0,
    slope: tuple[float, float] = (0.0, 0.0),
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Image:
    """The same scene in another light: exposure, tone curve, a slope across, white balance."""
    height, width = image.shape[:2]
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    lit = (image.astype(np.float32) / 255) ** gamma * gain
    shade = 1 + slope[0] * (across / width - 0.5) + slope[1] * (down / height - 0.5)
    lit = lit * shade[..., None] * np.array(balance, np.float32)
    return np.clip(lit * 255, 0, 255).astype(np.uint8)


def shaken(image: Image, x_px: float, y_px: float) -> Image:
    """The picture moved by some pixels, as a camera in the wind sees it."""
    way = np.array([[1, 0, x_px], [0, 1, y_px]], np.float32)
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, way, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def noisy_jpeg(image: Image, seed: int, *, deviation: float = 2.5, quality: int = 70) -> Image:
    """Sensor noise and compression, as every real stream has them."""
    noise = np.random.default_rng(seed).normal(0, deviation, image.shape)
    noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def infrared(image: Image) -> Image:
    """The picture without colour, as under infrared lamps."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
