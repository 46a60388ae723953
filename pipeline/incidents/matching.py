"""Which box stands on which known footprint: decided by place alone, never by track id."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Box, box_areas, intersection_areas

__all__ = ["MIN_IOU", "likeness", "match_boxes", "most_covered"]

#: IoU from which two boxes are of the same place, both whole.
MIN_IOU = 0.5
_MIN_INSIDE = 0.8
_MIN_SIZE_RATIO = 0.25
_GROUND_LINE = 0.15


def likeness(anchors: Sequence[Box], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """How well each box fits each anchor.

    Two boxes are of the same place when their IoU is at least 0.5, or when one lies inside the
    other by 0.8, they stand on about the same line and are not too different in size: that is
    a thing partly hidden behind another.

    Returns:
        ``(A, B)`` float64: the IoU; or below 0.5 for a match by containment; or 0 for none.
    """
    first = np.array(anchors, np.float64).reshape(-1, 4)
    second = np.array(boxes, np.float64).reshape(-1, 4)
    common = intersection_areas(first, second)
    if not common.any():
        return common
    area_first, area_second = box_areas(first)[:, None], box_areas(second)[None, :]
    iou = common / np.maximum(area_first + area_second - common, 1e-15)
    smaller, larger = np.minimum(area_first, area_second), np.maximum(area_first, area_second)
    height = np.maximum(
        (first[:, 3] - first[:, 1])[:, None], (second[:, 3] - second[:, 1])[None, :]
    )
    level = np.abs(first[:, 3][:, None] - second[:, 3][None, :]) <= _GROUND_LINE * height
    inside = common / np.maximum(smaller, 1e-15)
    part = level & (inside >= _MIN_INSIDE) & (smaller >= _MIN_SIZE_RATIO * larger)
    return np.where(iou >= MIN_IOU, iou, np.where(part, 0.99 * MIN_IOU * inside, 0.0))


def match_boxes(scores: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Best first, each anchor and each box at most once; only scores above 0 match."""
    rows, columns = np.nonzero(scores)
    pairs = sorted(
        zip(rows.tolist(), columns.tolist(), strict=True),
        key=lambda pair: (-scores[pair], pair),
    )
    taken_rows: set[int] = set()
    taken_columns: set[int] = set()
    matched = []
    for row, column in pairs:
        if row not in taken_rows and column not in taken_columns:
            taken_rows.add(row)
            taken_columns.add(column)
            matched.append((row, column))
    return matched


def most_covered(anchors: Sequence[Box], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest share of each anchor that one single box in front of it covers.

    In front means that the box ends no higher in the picture than the anchor does, within a
    tenth of the anchor's height: what stands behind hides nothing.

    Args:
        anchors: ``A`` boxes, shares of the frame.
        boxes: ``(B, 4)`` float64, likewise.

    Returns:
        ``(A,)`` float64 in [0, 1].
    """
    own = np.array(anchors, np.float64).reshape(-1, 4)
    if not len(own) or not len(boxes):
        return np.zeros(len(own))
    common = intersection_areas(own, boxes)
    nearest = own[:, 3] - 0.1 * (own[:, 3] - own[:, 1])
    common[boxes[None, :, 3] < nearest[:, None]] = 0.0
    shares: NDArray[np.float64] = common.max(axis=1) / np.maximum(box_areas(own), 1e-15)
    return np.minimum(shares, 1.0)
