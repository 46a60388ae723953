"""Shows a labelled picture from other viewpoints: turned, cut off, bent by a fisheye lens.

The geometric half of the augmentation. Boxes are followed by points on an oval inside them, so
that a turned box stays tight around the thing instead of around the corners of its old box.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Picture", "bend", "cut_off_view", "place", "random_view", "trace_boxes"]

LEAST_VISIBLE = 0.15  # the taxonomy's rule: labelled from about 15 % of the thing on
GREY = (114, 114, 114)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """image (H,W,3) uint8 BGR; xyxy (N,4) float32 in its pixels; class_id (N,) int64."""

    image: NDArray[np.uint8]
    xyxy: NDArray[np.float32]
    class_id: NDArray[np.int64]


def trace_boxes(xyxy: NDArray[np.float32], *, points: int = 24) -> NDArray[np.float32]:
    """Return (N,points,2): a rounded rectangle (superellipse of power 4) inside each box."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    oval = np.stack([np.sign(c) * np.abs(c) ** 0.5, np.sign(s) * np.abs(s) ** 0.5], -1)
    middle = (xyxy[:, None, :2] + xyxy[:, None, 2:]) / 2
    half = (xyxy[:, None, 2:] - xyxy[:, None, :2]) / 2
    return np.asarray(middle + oval[None] * half, np.float32)


def _clip(
    traced: NDArray[np.float32], class_id: NDArray[np.int64], frame: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Boxes (xyxy) of traced outlines inside `frame` (x0, y0, x1, y1), slivers left out."""
    low, high = traced.min(axis=1), traced.max(axis=1)
    whole = np.prod(high - low, axis=1)
    x0, y0, x1, y1 = frame
    low = np.clip(low, (x0, y0), (x1, y1))
    high = np.clip(high, (x0, y0), (x1, y1))
    size = high - low
    seen = np.prod(size, axis=1) / np.maximum(whole, 1e-6)
    keep = (seen >= LEAST_VISIBLE) & (size.min(axis=1) >= 4)
    return np.hstack([low, high]).astype(np.float32)[keep], class_id[keep]


def random_view(
    picture: Picture,
    frame: tuple[int, int, int, int],
    draw: random.Random,
    *,
    degrees: float,
    zoom: tuple[float, float],
    flip: bool = True,
) -> NDArray[np.float64]:
    """Return the (2,3) affine map that fits `picture` into `frame`, turned, zoomed and shifted."""
    height, width = picture.image.shape[:2]
    x0, y0, x1, y1 = frame
    scale = min((x1 - x0) / width, (y1 - y0) / height) * math.exp(
        draw.uniform(math.log(zoom[0]), math.log(zoom[1]))
    )
    angle = math.radians(degrees)
    stretch = draw.uniform(0.88, 1.12)
    mirror = -1.0 if flip and draw.random() < 0.5 else 1.0
    turn = np.array(
        [
            [math.cos(angle) * mirror * stretch, -math.sin(angle)],
            [math.sin(angle) * mirror * stretch, math.cos(angle)],
        ]
    )
    matrix = np.zeros((2, 3))
    matrix[:, :2] = scale * turn
    spare = np.maximum(0.1, np.abs(scale * np.array([width, height]) / (x1 - x0, y1 - y0) - 1) / 2)
    shift = [draw.uniform(-min(s, 0.35), min(s, 0.35)) for s in spare]
    middle = np.array([(x0 + x1) / 2 + shift[0] * (x1 - x0), (y0 + y1) / 2 + shift[1] * (y1 - y0)])
    matrix[:, 2] = middle - matrix[:, :2] @ np.array([width / 2, height / 2])
    return matrix


def cut_off_view(
    picture: Picture,
    index: int,
    frame: tuple[int, int, int, int],
    draw: random.Random,
    *,
    degrees: float,
) -> NDArray[np.float64]:
    """Return an affine map under which the frame's edge leaves 25-60 % of box `index`."""
    x0, y0, x1, y1 = frame
    box = picture.xyxy[index]
    side = float(max(box[2:] - box[:2]))
    # The thing fills much of the frame, as in a lift of 1.1 m by 1.4 m.
    scale = draw.uniform(0.4, 1.0) * (x1 - x0) / max(side, 8.0)
    angle = math.radians(degrees)
    mirror = draw.choice([-1.0, 1.0])
    matrix = np.zeros((2, 3))
    matrix[:, :2] = scale * np.array(
        [
            [math.cos(angle) * mirror, -math.sin(angle)],
            [math.sin(angle) * mirror, math.cos(angle)],
        ]
    )
    traced = trace_boxes(box[None]) @ matrix[:, :2].T.astype(np.float32)
    low, high = traced[0].min(axis=0), traced[0].max(axis=0)
    span = high - low
    free = [draw.uniform(x0, max(x0, x1 - span[0])), draw.uniform(y0, max(y0, y1 - span[1]))]
    axis = 0 if draw.random() < 0.5 else 1
    visible = draw.uniform(0.25, 0.6) * span[axis]
    edge_low, edge_high = ((x0, x1), (y0, y1))[axis]
    free[axis] = edge_low + visible - span[axis] if draw.random() < 0.5 else edge_high - visible
    matrix[:, 2] = np.array(free) - low
    return matrix


def place(
    picture: Picture,
    matrix: NDArray[np.float64],
    canvas: NDArray[np.uint8],
    frame: tuple[int, int, int, int],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw `picture` through `matrix` into `frame` of `canvas`; returns its boxes there."""
    x0, y0, x1, y1 = frame
    local = matrix.copy()
    local[:, 2] -= (x0, y0)
    area = float(abs(np.linalg.det(matrix[:, :2])))
    source = picture.image
    if area < 0.35:  # shrink in steps, or fine structure turns into noise
        factor = math.sqrt(area) * 1.3
        source = np.asarray(
            cv2.resize(source, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
        )
        local[:, :2] = local[:, :2] / factor
    canvas[y0:y1, x0:x1] = cv2.warpAffine(
        source, local, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderValue=GREY
    )
    traced = trace_boxes(picture.xyxy)
    moved = traced @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
    return _clip(moved, picture.class_id, frame)


def bend(picture: Picture, strength: float, centre: tuple[float, float]) -> Picture:
    """Return the picture through a barrel lens: `strength` 0.1 (mild) to 1.0 (fisheye).

    A pixel at distance r from `centre` (0..1 of the sides), r measured in half sides, shows what
    lay at r * (1 + strength * r * r) / (1 + strength): the middle grows, the rim is squeezed.
    """
    height, width = picture.image.shape[:2]
    middle = np.array([centre[0] * width, centre[1] * height], np.float32)
    half = max(width, height) / 2
    xs, ys = np.meshgrid(
        (np.arange(width, dtype=np.float32) - middle[0]) / half,
        (np.arange(height, dtype=np.float32) - middle[1]) / half,
    )
    factor = (1 + strength * (xs**2 + ys**2)) / (1 + strength)
    image = cv2.remap(
        picture.image,
        xs * factor * half + middle[0],
        ys * factor * half + middle[1],
        cv2.INTER_LINEAR,
        borderValue=GREY,
    )
    if not len(picture.xyxy):
        return Picture(
            image=np.asarray(image, np.uint8), xyxy=picture.xyxy, class_id=picture.class_id
        )
    wanted = (trace_boxes(picture.xyxy) - middle) / half
    source = np.linalg.norm(wanted, axis=-1, keepdims=True)
    radius = source.copy()
    for _ in range(12):  # invert source = radius * (1 + strength * radius^2) / (1 + strength)
        value = radius * (1 + strength * radius**2) / (1 + strength) - source
        radius -= value * (1 + strength) / (1 + 3 * strength * radius**2)
    moved = wanted * (radius / np.maximum(source, 1e-6)) * half + middle
    boxes, classes = _clip(moved.astype(np.float32), picture.class_id, (0, 0, width, height))
    return Picture(image=np.asarray(image, np.uint8), xyxy=boxes, class_id=classes)
