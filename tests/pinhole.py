"""A camera of its own making: an independent reference for everything in metres."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ASPECT", "LookAt", "block", "rectangle", "shaped"]

ASPECT = 16 / 9
Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LookAt:
    """A pinhole that stands somewhere and looks at a point; metres: across, along, up."""

    stands: tuple[float, float, float] = (1.0, -6.0, 4.5)
    looks_at: tuple[float, float, float] = (3.0, 12.0, 0.0)
    focal: float = 1.2  # in heights of the picture

    def see(self, points: Any) -> Array:
        """Points ``(..., 3)`` as shares of width and height."""
        stands = np.array(self.stands, np.float64)
        ahead = np.array(self.looks_at, np.float64) - stands
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        rays = (np.asarray(points, np.float64) - stands) @ np.stack(
            [right, np.cross(ahead, right), ahead]
        ).T
        flat = rays[..., :2] / rays[..., 2:] * self.focal
        return np.stack([flat[..., 0] / ASPECT + 0.5, flat[..., 1] + 0.5], axis=-1)

    def box(self, solid: Array) -> tuple[float, float, float, float]:
        """The box around points ``(N, 3)``, cut to the picture."""
        seen = self.see(solid)
        left, top = np.clip(seen.min(axis=0), 0, 1)
        right, bottom = np.clip(seen.max(axis=0), 0, 1)
        return float(left), float(top), float(right), float(bottom)

    def marks(self, *points: tuple[float, float]) -> list[tuple[float, float]]:
        """Points on the ground as a person would click them."""
        seen = self.see([(x, y, 0.0) for x, y in points])
        return [(float(x), float(y)) for x, y in seen]


def rectangle(x: float, y: float, length: float, width: float, turn: float = math.pi / 2) -> Array:
    """Corners on the ground of something whose length lies ``turn`` from the across axis."""
    ahead = np.array([math.cos(turn), math.sin(turn)]) * length / 2
    aside = np.array([-math.sin(turn), math.cos(turn)]) * width / 2
    around = np.stack([ahead + aside, -ahead + aside, -ahead - aside, ahead - aside])
    return around + np.array([x, y])


def block(footprint: Array, height: float) -> Array:
    """A box-shaped solid over a footprint."""
    return np.concatenate([np.column_stack([footprint, np.full(4, up)]) for up in (0.0, height)])


def shaped(
    corners: Array,
    size: tuple[float, float, float],
    *,
    x: float,
    y: float,
    turn: float = math.pi / 2,
) -> Array:
    """A solid given by its corners as shares of length, width and height, put on the ground."""
    scaled = corners * np.array(size)
    return np.column_stack(
        [
            x + math.cos(turn) * scaled[:, 0] - math.sin(turn) * scaled[:, 1],
            y + math.sin(turn) * scaled[:, 0] + math.cos(turn) * scaled[:, 1],
            scaled[:, 2],
        ]
    )
