"""Arithmetic of axis-parallel boxes, many at once.

Every array of boxes is ``(N, 4)`` float64: left, top, right, bottom, origin at the top left, as
shares of the frame's width and height. Shares of areas do not depend on the frame's shape, so
nothing here needs the size in pixels except :func:`normalise_boxes`.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Box",
    "box_areas",
    "footprints",
    "intersection_areas",
    "normalise_boxes",
    "pairwise_iou",
]

Box = tuple[float, float, float, float]
"""One box: left, top, right, bottom as shares of width and height."""


def normalise_boxes(
    xyxy_px: NDArray[np.float32], frame_size_wh: tuple[int, int]
) -> NDArray[np.float64]:
    """Turn pixels into shares of the frame and cut what sticks out of it.

    Args:
        xyxy_px: ``(N, 4)`` float32 in pixels of a frame of ``frame_size_wh``.
        frame_size_wh: Width and height in pixels, both at least 1.

    Returns:
        ``(N, 4)`` float64 in [0, 1]. A box that was not finite keeps its NaN.

    Raises:
        ValueError: The frame has no area.
    """
    width_px, height_px = frame_size_wh
    if width_px < 1 or height_px < 1:
        raise ValueError(f"frame_size_wh: expected both at least 1 px, got {frame_size_wh}")
    scale = np.array([width_px, height_px, width_px, height_px], np.float64)
    return np.clip(xyxy_px / scale, 0.0, 1.0)


def box_areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas ``(N,)`` as shares of the frame; 0 for a box turned inside out."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0)
    areas: NDArray[np.float64] = sides[:, 0] * sides[:, 1]
    return areas


def intersection_areas(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Common area of each of ``first`` (N, 4) with each of ``second`` (M, 4): ``(N, M)``."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    sides = np.minimum(first[:, None, 2:], second[None, :, 2:]) - top_left
    np.maximum(sides, 0.0, out=sides)
    areas: NDArray[np.float64] = sides[..., 0] * sides[..., 1]
    return areas


def pairwise_iou(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each of ``first`` with each of ``second``: ``(N, M)`` in [0, 1].

    Two boxes without any area have an IoU of 0.
    """
    common = intersection_areas(first, second)
    union = box_areas(first)[:, None] + box_areas(second)[None, :] - common
    # A denormal area divided by a denormal union may leave [0, 1] by rounding.
    return np.clip(common / np.maximum(union, 1e-15), 0.0, 1.0)


def footprints(boxes: NDArray[np.float64], height_share: float) -> NDArray[np.float64]:
    """The part of each box that stands on the ground: its lowest ``height_share``.

    Args:
        boxes: ``(N, 4)``.
        height_share: In (0, 1]; 1 keeps the whole box.

    Returns:
        ``(N, 4)``: same sides and bottom, top lowered.
    """
    lowered = boxes.copy()
    lowered[:, 1] = boxes[:, 3] - height_share * (boxes[:, 3] - boxes[:, 1])
    return lowered
