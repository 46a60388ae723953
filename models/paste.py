"""Pastes cut-outs (things with a mask, from datasets/cut_outs.py) into training pictures."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["CutOut", "paste_cut_out", "read_cut_outs"]

HIDDEN = 0.7  # a box that a pasted thing covers so far loses its label


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOut:
    """bgra (H,W,4) uint8, cut tight; alpha 255 is the thing."""

    class_id: int
    bgra: NDArray[np.uint8]


def read_cut_outs(folder: Path, names: tuple[str, ...]) -> list[CutOut]:
    """Read <folder>/<class name>/*.png; an absent folder gives none."""
    return [
        CutOut(class_id=number, bgra=np.asarray(cv2.imread(str(p), cv2.IMREAD_UNCHANGED), np.uint8))
        for number, name in enumerate(names)
        for p in sorted((folder / name).glob("*.png"))
    ]


def _warp(cut: CutOut, frame: tuple[int, int, int, int], draw: random.Random) -> NDArray[np.uint8]:
    """Turn, scale and place the cut-out on an empty (h,w,4) frame, often partly outside."""
    x0, y0, x1, y1 = frame
    size = np.array([x1 - x0, y1 - y0], float)
    height, width = cut.bgra.shape[:2]
    scale = draw.uniform(0.4, 1.15) * size.mean() / max(height, width)
    angle = math.radians(draw.uniform(-180, 180) if draw.random() < 0.7 else draw.uniform(-15, 15))
    mirror = draw.choice([-1.0, 1.0])
    squeeze = draw.uniform(0.7, 1.3)
    linear = scale * np.array(
        [
            [math.cos(angle) * mirror * squeeze, -math.sin(angle)],
            [math.sin(angle) * mirror * squeeze, math.cos(angle)],
        ]
    )
    reach = 0.6 if draw.random() < 0.5 else 0.3  # how far from the middle, in sides
    middle = size * [0.5 + draw.uniform(-reach, reach), 0.5 + draw.uniform(-reach, reach)]
    matrix = np.hstack([linear, (middle - linear @ (width / 2, height / 2))[:, None]])
    source = cut.bgra
    if scale < 0.5:
        source = np.asarray(
            cv2.resize(source, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        matrix[:, :2] /= scale
    return np.asarray(
        cv2.warpAffine(source, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR), np.uint8
    )


def paste_cut_out(
    canvas: NDArray[np.uint8],
    frame: tuple[int, int, int, int],
    xyxy: NDArray[np.float32],
    class_id: NDArray[np.int64],
    *,
    cut: CutOut,
    draw: random.Random,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Paste `cut` into `frame` of `canvas` in place; returns boxes and classes with the new one.

    The thing takes on half of the place's brightness, throws a soft shadow and has soft edges.
    Nothing is pasted where less than a fifth of it would be inside the frame.
    """
    x0, y0, x1, y1 = frame
    layer = _warp(cut, frame, draw)
    alpha = layer[..., 3].astype(np.float32) / 255
    inside = alpha > 0.5
    whole = (cut.bgra[..., 3] > 127).mean() * cut.bgra.shape[0] * cut.bgra.shape[1]
    scale = max(1e-6, (layer.shape[0] * layer.shape[1]))
    if inside.sum() < max(0.004 * scale, 60) or not whole:
        return xyxy, class_id
    ys, xs = np.nonzero(inside)
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32)
    if min(box[2:] - box[:2]) < 0.07 * min(layer.shape[:2]):
        return xyxy, class_id
    view = canvas[y0:y1, x0:x1]
    thing = layer[..., :3].astype(np.float32)
    ratio = (view[inside].mean() + 10) / (thing[inside].mean() + 10)
    thing *= np.clip(ratio, 0.4, 2.0) ** draw.uniform(0.0, 0.8)
    soft = cv2.GaussianBlur(alpha, (0, 0), draw.uniform(0.6, 1.6))
    shade = cv2.GaussianBlur(alpha, (0, 0), draw.uniform(4, 14)) * draw.uniform(0.0, 0.45)
    ground = view * (1 - shade[..., None] * (1 - soft[..., None]))
    mixed = ground * (1 - soft[..., None]) + thing * soft[..., None]
    canvas[y0:y1, x0:x1] = np.clip(mixed, 0, 255).astype(np.uint8)
    keep = np.ones(len(xyxy), bool)
    local = xyxy - np.array([x0, y0, x0, y0], np.float32)
    for number, (left, top, right, bottom) in enumerate(local.round().astype(int)):
        covered = inside[max(top, 0) : bottom, max(left, 0) : right]
        keep[number] = not covered.size or covered.mean() < HIDDEN
    box += np.array([x0, y0, x0, y0], np.float32)
    return (
        np.vstack([xyxy[keep], box[None]]).astype(np.float32),
        np.append(class_id[keep], cut.class_id).astype(np.int64),
    )
