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
    "hard_light",
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


def hard_light(image: Image, seed: int) -> Image:
    """The scene under a hard shadow or a patch of sun: bars of a window, an edge, a shape.

    A shadow is lit by the sky alone, so it is bluer than what the sun lights; the border is a
    pixel or two wide. The light multiplies what was there and keeps its texture.
    """
    dice = np.random.default_rng(seed)
    height, width = image.shape[:2]
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    kind = seed % 3
    mask = np.zeros((height, width), np.float32)
    if kind == 0:
        turn = dice.uniform(0, np.pi)
        middle = dice.uniform(0.3, 0.7, 2) * (width, height)
        side = (across - middle[0]) * np.cos(turn) + (down - middle[1]) * np.sin(turn)
        mask[side > 0] = 1
    elif kind == 1:
        period, left, top = dice.uniform(50, 110), dice.uniform(0.2, 0.5), dice.uniform(0.3, 0.5)
        lit = np.mod(across, period) < period / 2
        lit &= (across > left * width) & (across < (left + 0.45) * width)
        mask[lit & (down > top * height) & (down < (top + 0.5) * height)] = 1
    else:
        middle = np.array([dice.uniform(0.35, 0.65) * width, dice.uniform(0.5, 0.8) * height])
        angles = np.linspace(0, 2 * np.pi, 9, endpoint=False)
        radius = dice.uniform(0.1, 0.2) * width * dice.uniform(0.6, 1.3, 9)
        corners = middle + np.stack([np.cos(angles), 0.7 * np.sin(angles)], 1) * radius[:, None]
        cv2.fillPoly(mask, [corners.astype(np.int32)], (1.0,))
    mask = cv2.GaussianBlur(mask, (0, 0), dice.uniform(0.6, 2.0))[..., None]
    strength, sky = dice.uniform(0.35, 0.7), dice.uniform(0, 0.22)
    light = strength * np.exp(sky * np.array([1, 0.3, -0.25], np.float32))
    if dice.random() < 0.4:
        light = 1 / np.sqrt(light)
    return np.clip(image * (1 - mask + mask * light), 0, 255).astype(np.uint8)


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
