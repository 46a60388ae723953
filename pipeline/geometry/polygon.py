"""A simple polygon that knows how much of it lies under each of many boxes, exactly."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Polygon"]

Point = tuple[float, float]

_OUTSIDE_TOLERANCE = 1e-6
_SAME_POINT = 1e-9
_FLAT = 1e-7


class Polygon:
    """A simple polygon in normalised coordinates, convex or not, in either direction.

    Attributes:
        points: The corners, cleaned: cut to [0, 1], repeated points dropped.
        area: Share of the frame, in (0, 1].

    Raises:
        ValueError: Fewer than three corners, a corner that is not finite or outside the
            picture, sides that cross or touch, or an area below ``min_area``. The message
            counts corners from 1, as a person does.
    """

    __slots__ = ("_end_x", "_high", "_low", "_slope", "_start_x", "_start_y", "area", "points")

    def __init__(self, points: Sequence[Point], *, min_area: float = 1e-4) -> None:
        self.points = _cleaned(points)
        _refuse_crossing(self.points)
        corners = np.array(self.points, np.float64)
        following = np.roll(corners, -1, axis=0)
        self._start_x, self._start_y = corners[:, 0].copy(), corners[:, 1].copy()
        self._end_x = following[:, 0].copy()
        run = self._end_x - self._start_x
        rise = following[:, 1] - self._start_y
        # A vertical side adds nothing to the integral over x, so its slope is never used.
        self._slope = np.divide(rise, run, out=np.zeros_like(run), where=run != 0.0)
        twice = self._start_x * following[:, 1] - self._end_x * self._start_y
        self.area = abs(float(twice.sum())) / 2
        self._low, self._high = corners.min(axis=0), corners.max(axis=0)
        if self.area < min_area:
            raise ValueError(
                f"the area is {self.area:.6f} of the picture, expected at least {min_area:g};"
                " draw the zone larger"
            )

    def may_touch(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which boxes ``(N, 4)`` meet the polygon's own box: all others lie outside for sure."""
        meets: NDArray[np.bool_] = np.all(boxes[:, :2] < self._high, axis=1)
        meets &= np.all(boxes[:, 2:] > self._low, axis=1)
        return meets

    def overlap_areas(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Exact common area of the polygon with each box.

        By Green's theorem the area under a box is the integral along the polygon's sides of
        the height above the box's top edge, cut to the box, over x cut to the box. That holds
        for concave polygons too and needs no clipping of corners, so all boxes go at once.

        Args:
            boxes: ``(N, 4)`` float64, normalised.

        Returns:
            ``(N,)`` float64, shares of the frame, in [0, min(box area, polygon area)] up to
            rounding.
        """
        left, top = boxes[:, 0:1], boxes[:, 1:2]
        right = np.maximum(boxes[:, 2:3], left)
        bottom = np.maximum(boxes[:, 3:4], top)
        from_x = np.minimum(np.maximum(self._start_x, left), right)
        to_x = np.minimum(np.maximum(self._end_x, left), right)
        from_y = self._start_y + self._slope * (from_x - self._start_x)
        to_y = self._start_y + self._slope * (to_x - self._start_x)
        height = bottom - top
        from_cut = np.minimum(np.maximum(from_y - top, 0.0), height)
        to_cut = np.minimum(np.maximum(to_y - top, 0.0), height)
        # Mean of the cut height along a side = difference of its antiderivative / rise.
        rise = to_y - from_y
        flat = np.abs(rise) < _FLAT
        below_from = height * np.maximum(from_y - bottom, 0.0)
        below_to = height * np.maximum(to_y - bottom, 0.0)
        integral = (to_cut * to_cut - from_cut * from_cut) / 2 + below_to - below_from
        mean = np.where(flat, (from_cut + to_cut) / 2, integral / np.where(flat, 1.0, rise))
        areas: NDArray[np.float64] = np.abs(((to_x - from_x) * mean).sum(axis=1))
        return areas


def _cleaned(points: Sequence[Point]) -> tuple[Point, ...]:
    kept: list[Point] = []
    for number, (x, y) in enumerate(points, start=1):
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"point {number} is ({x}, {y}), expected two finite numbers")
        low, high = -_OUTSIDE_TOLERANCE, 1 + _OUTSIDE_TOLERANCE
        if not (low <= x <= high and low <= y <= high):
            raise ValueError(
                f"point {number} is ({x:g}, {y:g}), expected both from 0 to 1:"
                " shares of the picture's width and height, not pixels"
            )
        point = (min(max(float(x), 0.0), 1.0), min(max(float(y), 0.0), 1.0))
        # Drawing tools repeat a point on a double click and close the ring with the first.
        if not kept or math.dist(kept[-1], point) > _SAME_POINT:
            kept.append(point)
    if len(kept) > 1 and math.dist(kept[0], kept[-1]) <= _SAME_POINT:
        kept.pop()
    if len(kept) < 3:
        raise ValueError(f"expected at least 3 different points, found {len(kept)}")
    return tuple(kept)


def _refuse_crossing(points: tuple[Point, ...]) -> None:
    count = len(points)
    for i in range(count):
        a, b = points[i], points[(i + 1) % count]
        c = points[(i + 2) % count]
        if (
            _turn(a, b, c) == 0.0
            and (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0
        ):
            raise ValueError(f"the outline turns back on itself at point {(i + 1) % count + 1}")
        for j in range(i + 2, count):
            if (j + 1) % count == i:
                continue
            if _segments_meet(a, b, points[j], points[(j + 1) % count]):
                raise ValueError(
                    f"the side from point {i + 1} to {i + 2} crosses the side from point"
                    f" {j + 1} to {(j + 1) % count + 1}; list the corners in order around the zone"
                )


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(a: Point, b: Point, p: Point) -> bool:
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def _segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    ta, tb = _turn(c, d, a), _turn(c, d, b)
    tc, td = _turn(a, b, c), _turn(a, b, d)
    if ((ta > 0) != (tb > 0)) and ((tc > 0) != (td > 0)) and ta and tb and tc and td:
        return True
    return (
        (ta == 0 and _within(c, d, a))
        or (tb == 0 and _within(c, d, b))
        or (tc == 0 and _within(a, b, c))
        or (td == 0 and _within(a, b, d))
    )
