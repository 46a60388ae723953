"""Makes a clean picture look as a cheap CCTV camera would give it: the photometric half.

Every function takes and returns (H,W,3) uint8 BGR and moves no pixel far enough to move a box.
"""

from __future__ import annotations

import random

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["apply_look"]

Picture = NDArray[np.uint8]


def _jitter(image: Picture, draw: random.Random) -> Picture:
    """Hue a little, saturation down to nearly grey, gain and gamma a lot."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    steps = np.arange(256, dtype=np.float32)
    hue = ((steps + draw.uniform(-4, 4)) % 180).astype(np.uint8)
    saturation = np.clip(steps * draw.uniform(0.25, 1.5), 0, 255).astype(np.uint8)
    gain, gamma = draw.uniform(0.7, 1.3), draw.uniform(0.7, 1.45)
    value = np.clip(255 * gain * (steps / 255) ** gamma, 0, 255).astype(np.uint8)
    merged = cv2.merge(
        [
            cv2.LUT(hsv[..., 0], hue),
            cv2.LUT(hsv[..., 1], saturation),
            cv2.LUT(hsv[..., 2], value),
        ]
    )
    return np.asarray(cv2.cvtColor(merged, cv2.COLOR_HSV2BGR), np.uint8)


def _tint(image: Picture, draw: random.Random) -> Picture:
    """A white balance that missed: lift lamps are yellow, cheap sensors green or violet."""
    gains = np.array([draw.uniform(0.8, 1.2) for _ in range(3)], np.float32)
    table = np.clip(np.arange(256, dtype=np.float32)[:, None] * gains, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table.reshape(1, 256, 3)), np.uint8)


def _infrared(image: Picture, draw: random.Random) -> Picture:
    """Night mode: grey, its own contrast, lit from the lens outwards."""
    weights = np.array([[draw.uniform(0.05, 0.4), draw.uniform(0.2, 0.6), draw.uniform(0.2, 0.6)]])
    grey = cv2.transform(image, (weights / weights.sum()).astype(np.float32))
    if draw.random() < 0.4:
        grey = cv2.createCLAHE(draw.uniform(1.0, 3.0), (4, 4)).apply(grey)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _vignette(image: Picture, draw: random.Random) -> Picture:
    height, width = image.shape[:2]
    x = (np.arange(width, dtype=np.float32) - width * draw.uniform(0.4, 0.6)) / (width / 2)
    y = (np.arange(height, dtype=np.float32) - height * draw.uniform(0.4, 0.6)) / (height / 2)
    radius = x[None] ** 2 + y[:, None] ** 2
    fall = 1.0 / (1.0 + draw.uniform(0.1, 0.9) * radius)
    return np.asarray(image * fall[..., None], np.uint8)


def _coarse(image: Picture, draw: random.Random) -> Picture:
    """A sub-stream of few pixels, blown up again."""
    height, width = image.shape[:2]
    share = draw.uniform(0.25, 0.75)
    small = cv2.resize(
        image, (max(16, int(width * share)), max(16, int(height * share))),
        interpolation=cv2.INTER_AREA,
    )  # fmt: skip
    way = draw.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST])
    return np.asarray(cv2.resize(small, (width, height), interpolation=way), np.uint8)


def _blur(image: Picture, draw: random.Random) -> Picture:
    """Out of focus, or moved while the shutter was open."""
    if draw.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), draw.uniform(0.5, 2.2)), np.uint8)
    length = draw.randint(3, 11)
    kernel = np.zeros((length, length), np.float32)
    angle = draw.uniform(0, np.pi)
    middle, reach = (length - 1) / 2, (length - 1) / 2
    step = np.array([np.cos(angle), np.sin(angle)]) * reach
    low, high = np.round(middle - step).astype(int), np.round(middle + step).astype(int)
    cv2.line(kernel, tuple(low.tolist()), tuple(high.tolist()), 1.0)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def _noise(image: Picture, draw: random.Random) -> Picture:
    """Sensor noise, grey or coloured, one to a few pixels wide."""
    source = np.random.default_rng(draw.getrandbits(32))
    height, width = image.shape[:2]
    channels = 1 if draw.random() < 0.5 else 3
    grain = draw.choice([1, 1, 2])
    field = source.standard_normal(
        (-(-height // grain), -(-width // grain), channels), dtype=np.float32
    )
    field = np.repeat(np.repeat(field, grain, 0), grain, 1)[:height, :width]
    return np.clip(image + draw.uniform(3, 18) * field, 0, 255).astype(np.uint8)


def _compress(image: Picture, draw: random.Random) -> Picture:
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, draw.randint(12, 70)])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _clock(image: Picture, draw: random.Random) -> Picture:
    """Burned-in date, camera name, or the lift's own report."""
    height, width = image.shape[:2]
    text = (
        f"{draw.randint(2015, 2026)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02} "
        f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"
    )
    if draw.random() < 0.4:
        text = f"ID:{draw.randint(1000, 99999)}"
    at = (int(width * draw.uniform(0.01, 0.5)), int(height * draw.choice([0.06, 0.1, 0.93, 0.97])))
    scale = draw.uniform(0.4, 0.9) * width / 416
    copied = image.copy()
    cv2.putText(copied, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(copied, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (240, 240, 240), 1, cv2.LINE_AA)
    return copied


# In the order in which light, lens, sensor and encoder do it; (how often, what).
_CHAIN = (
    (0.80, _jitter),
    (0.30, _tint),
    (0.14, _infrared),
    (0.22, _vignette),
    (0.22, _blur),
    (0.25, _coarse),
    (0.25, _noise),
    (0.12, _clock),
    (0.35, _compress),
)


def apply_look(image: Picture, draw: random.Random, *, clean_share: float = 0.2) -> Picture:
    """Return the picture as some camera would give it; a `clean_share` only gets the jitter."""
    if draw.random() < clean_share:
        return _jitter(image, draw)
    for share, step in _CHAIN:
        if draw.random() < share:
            image = step(image, draw)
    return image
