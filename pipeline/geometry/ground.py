"""The ground in metres, seen by a camera: from four points of known distances to a pinhole.

Pictures are in shares of width and height; the ground has ``x`` across the lane and ``y`` along
it, in metres, from the first calibration point. The lens is taken for free of distortion, the
ground for flat, the pixels for square and the optical axis for the picture's middle: what holds
for most fixed cameras, and what four points can tell.
Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., 4.1 (DLT) and 8.6 (focal length
from a plane's circular points).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ground", "Pinhole"]

Point = tuple[float, float]
_Array = NDArray[np.float64]

_SMALLEST_TRIANGLE = 1e-4
_SHORTEST_M, _LONGEST_M = 0.1, 200.0
#: Half of the usual horizontal field of view, where the points leave the focal length open.
_USUAL_HALF_VIEW = math.radians(38.0)


class Pinhole:
    """A camera over the ground: where a point at a height appears in the picture.

    Attributes:
        height_m: Of the camera above the ground.
    """

    __slots__ = ("_aspect", "_rise", "_to_view", "height_m")

    def __init__(self, to_picture: _Array, aspect: float) -> None:
        shift = np.array([[aspect, 0.0, -aspect / 2], [0.0, 1.0, -0.5], [0.0, 0.0, 1.0]])
        view = shift @ to_picture
        focal = _focal_length(view, aspect)
        rays = np.diag([1 / focal, 1 / focal, 1.0]) @ view
        scale = (np.linalg.norm(rays[:, 0]) + np.linalg.norm(rays[:, 1])) / 2
        rays = rays / scale
        up = np.cross(rays[:, 0], rays[:, 1])
        up = up / max(float(np.linalg.norm(up)), 1e-12)
        turn = np.column_stack([rays[:, 0], rays[:, 1], up])
        centre = -np.linalg.solve(turn, rays[:, 2])
        if centre[2] < 0:
            up = -up
        self.height_m = abs(float(centre[2]))
        self._aspect = aspect
        self._to_view = view / scale
        self._rise = np.diag([focal, focal, 1.0]) @ up

    def project(self, points: _Array) -> _Array:
        """Where points ``(..., 3)`` in metres (across, along, up) appear.

        Returns:
            ``(..., 2)`` as shares of width and height; NaN for what lies behind the camera.
        """
        flat = points[..., :2] @ self._to_view[:, :2].T + self._to_view[:, 2]
        rays = flat + points[..., 2:3] * self._rise
        depth = np.where(rays[..., 2:3] > 1e-6, rays[..., 2:3], np.nan)
        seen: _Array = rays[..., :2] / depth + np.array([self._aspect / 2, 0.5])
        seen[..., 0] /= self._aspect
        return seen


class Ground:
    """A calibrated piece of ground.

    Args:
        points: Four points of the picture, in order around, as shares of width and height.
        metres: The same four points on the ground, in metres.

    Raises:
        ValueError: Three of the points lie on one line or the order crosses itself, in the
            picture or on the ground; the message counts points from 1.
    """

    __slots__ = ("_pinholes", "points", "to_ground", "to_picture")

    def __init__(self, points: Sequence[Point], metres: Sequence[Point]) -> None:
        self.points = tuple((float(x), float(y)) for x, y in points)
        if len(self.points) != 4:
            raise ValueError(f"expected four points, found {len(self.points)}")
        picture = np.array(self.points, np.float64)
        ground = np.array(metres, np.float64)
        _refuse_flat(picture, "in the picture", _SMALLEST_TRIANGLE)
        _refuse_flat(ground, "on the ground", 1e-3)
        to_ground = _homography(picture, ground)
        weight = np.column_stack([picture, np.ones(4)]) @ to_ground[2]
        if not (np.all(weight > 0) or np.all(weight < 0)):
            raise ValueError(
                "the four points cannot lie on one flat ground: check their order and lengths"
            )
        # Positive weight shall mean this side of the horizon.
        self.to_ground: _Array = to_ground * np.sign(weight[0])
        to_picture = np.linalg.inv(self.to_ground)
        depth = np.column_stack([ground, np.ones(4)]) @ to_picture[2]
        self.to_picture: _Array = to_picture * np.sign(depth[0])
        self._pinholes: dict[float, Pinhole] = {}

    @classmethod
    def of_rectangle(cls, points: Sequence[Point], *, width_m: float, length_m: float) -> "Ground":
        """Four corners of a rectangle on the ground.

        Args:
            points: Corners in order around: from the first to the second runs across the lane.
            width_m: Between the first and the second corner, across.
            length_m: Between the second and the third, along.

        Raises:
            ValueError: See :class:`Ground`; or a length is out of range.
        """
        for name, value in (("width_m", width_m), ("length_m", length_m)):
            _check_length(name, value)
        return cls(points, ((0, 0), (width_m, 0), (width_m, length_m), (0, length_m)))

    @classmethod
    def of_lengths(
        cls, points: Sequence[Point], *, sides_m: Sequence[float], diagonal_m: float
    ) -> "Ground":
        """Four points whose distances were taken with a tape.

        Args:
            points: In order around: from the first to the second runs across the lane.
            sides_m: From the first point to the second, second to third, third to fourth and
                fourth to first.
            diagonal_m: From the first to the third.

        Raises:
            ValueError: See :class:`Ground`; or the lengths form no quadrilateral.
        """
        if len(sides_m) != 4:
            raise ValueError(f"sides_m: expected four lengths, found {len(sides_m)}")
        for index, value in enumerate(sides_m, start=1):
            _check_length(f"sides_m {index}", value)
        _check_length("diagonal_m", diagonal_m)
        first, second, third, fourth = sides_m
        p3 = _apex((0, 0), (first, 0), diagonal_m, second, "points 1, 2 and 3")
        p4 = _apex((0, 0), p3, fourth, third, "points 1, 3 and 4")
        metres = np.array([(0, 0), (first, 0), p3, p4])
        # The lane runs as the second and the fourth side do on average.
        along = (metres[2] - metres[1]) / second + (metres[3] - metres[0]) / fourth
        angle = math.atan2(along[1], along[0]) - math.pi / 2
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        return cls(points, [(float(x), float(y)) for x, y in metres @ turn])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ground):
            return NotImplemented
        return self.points == other.points and bool(np.allclose(self.to_ground, other.to_ground))

    def __hash__(self) -> int:
        return hash(self.points)

    def on_ground(self, picture: _Array) -> _Array:
        """From shares of the picture ``(..., 2)`` to metres; NaN on or above the horizon."""
        carried = picture @ self.to_ground[:, :2].T + self.to_ground[:, 2]
        weight = np.where(carried[..., 2:3] > 1e-9, carried[..., 2:3], np.nan)
        metres: _Array = carried[..., :2] / weight
        return metres

    def pinhole(self, aspect: float) -> Pinhole:
        """The camera, for pictures whose width is ``aspect`` times their height."""
        key = round(aspect, 3)
        if key not in self._pinholes:
            self._pinholes[key] = Pinhole(self.to_picture, aspect)
        return self._pinholes[key]


def _check_length(name: str, value: float) -> None:
    if not (math.isfinite(value) and _SHORTEST_M <= value <= _LONGEST_M):
        raise ValueError(f"{name}: expected {_SHORTEST_M} to {_LONGEST_M:g} m, found {value}")


def _refuse_flat(points: _Array, where: str, smallest: float) -> None:
    turns = []
    for index in range(4):
        a, b, c = points[index], points[(index + 1) % 4], points[(index + 2) % 4]
        turn = float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
        if abs(turn) < 2 * smallest:
            numbers = [(index + step) % 4 + 1 for step in range(3)]
            raise ValueError(
                f"points {numbers[0]}, {numbers[1]} and {numbers[2]} lie on one line {where}:"
                " take four corners of a piece of ground that is as large as possible"
            )
        turns.append(turn > 0)
    if len(set(turns)) > 1:
        raise ValueError(
            f"the four points do not go around {where}: list them in the order in which you"
            " would walk around"
        )


def _homography(source: _Array, target: _Array) -> _Array:
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
    *_, right = np.linalg.svd(np.array(rows))
    found: _Array = right[-1].reshape(3, 3)
    return found / np.linalg.norm(found)


def _apex(a: Point, b: Point, from_a: float, from_b: float, who: str) -> Point:
    """The third corner of a triangle, left of the way from ``a`` to ``b``."""
    base = math.dist(a, b)
    along = (from_a**2 - from_b**2 + base**2) / (2 * base)
    square = from_a**2 - along**2
    if square <= 1e-6 * base**2:
        raise ValueError(
            f"the lengths between {who} form no triangle"
            f" ({base:.2f}, {from_a:.2f} and {from_b:.2f} m): measure again"
        )
    away = math.sqrt(square)
    way_x, way_y = (b[0] - a[0]) / base, (b[1] - a[1]) / base
    return a[0] + along * way_x - away * way_y, a[1] + along * way_y + away * way_x


def _focal_length(view: _Array, aspect: float) -> float:
    """In heights of the picture, from the two vanishing points; the usual lens if they fail."""
    first, second = view[:, 0], view[:, 1]
    scale = (np.linalg.norm(first) + np.linalg.norm(second)) / 2
    first, second = first / scale, second / scale
    # Both conditions are linear in 1 / f^2: the sides are square to each other, and as long.
    factors = np.array(
        [
            first[0] * second[0] + first[1] * second[1],
            first[0] ** 2 + first[1] ** 2 - second[0] ** 2 - second[1] ** 2,
        ]
    )
    rest = np.array([first[2] * second[2], first[2] ** 2 - second[2] ** 2])
    inverse_square = -float(factors @ rest) / max(float(factors @ factors), 1e-15)
    usual = aspect / 2 / math.tan(_USUAL_HALF_VIEW)
    if inverse_square <= 0:
        return usual
    focal = 1 / math.sqrt(inverse_square)
    return focal if usual / 4 <= focal <= usual * 8 else usual
