"""Where a thing stands, in metres: the solid that would fill its box, found by least squares."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry.boxes import Box
from pipeline.geometry.ground import Ground, Pinhole

__all__ = ["Footprint", "Solid", "fit_footprint"]

_Array = NDArray[np.float64]

_EDGE = 0.004
_ROUNDS = 8
_STEP = 1e-4
#: Things are put down along or across a way; a tenth of a radian is six degrees.
_TURN_SPREAD = 0.1
#: How closely a detector's box is believed, as a share of its longer side.
_BOX_SPREAD = 0.015


@dataclass(frozen=True, slots=True, kw_only=True)
class Solid:
    """What is known beforehand about the shape of a class of things.

    Attributes:
        length_m, width_m, height_m: Usual size.
        spread: Usual deviation of each of the three, as the natural logarithm's.
        corners: ``(N, 3)`` points of its hull: along, across (both in [-0.5, 0.5]) and up (in
            [0, 1]), as shares of the size.
    """

    length_m: float
    width_m: float
    height_m: float
    spread: tuple[float, float, float]
    corners: _Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """A rectangle on the ground.

    Attributes:
        corners: ``(4, 2)`` metres, across and along the lane.
        area_m2: Its area.
        misfit: Root mean square difference between its box and the seen one, as a share of
            the longer side of the box; near 0 for a good fit.
    """

    corners: _Array
    area_m2: float
    misfit: float


def fit_footprint(box: Box, solid: Solid, ground: Ground, *, aspect: float) -> Footprint | None:
    """Find the ground under a box.

    The solid is tried along and across the lane, each turned and stretched a little, and the
    one whose picture agrees best with the box is taken. Sides of the box at the picture's edge
    say nothing and are left out.

    Args:
        box: As shares of width and height.
        solid: What the class of the thing is usually like.
        ground: The calibrated ground.
        aspect: Width of the picture over its height.

    Returns:
        The footprint, or ``None`` where the box stands on or above the horizon.
    """
    left, top, right, bottom = box
    middle = np.array([(left + right) / 2, bottom])
    stand = ground.on_ground(middle)
    if not np.isfinite(stand).all():
        return None
    camera = ground.pinhole(aspect)
    seen = np.array(box)
    side = max((right - left) * aspect, bottom - top)
    scale = np.array([aspect, 1.0, aspect, 1.0]) / (side * _BOX_SPREAD)
    trusted = np.array([left > _EDGE, top > _EDGE, right < 1 - _EDGE, bottom < 1 - _EDGE])
    best: tuple[float, _Array, float] | None = None
    for heading in (math.pi / 2, 0.0):
        found = _fit(camera, solid, heading, stand=stand, seen=seen, scale=scale * trusted)
        if found is not None and (best is None or found[0] < best[0]):
            best = (*found, heading)
    if best is None:
        return None
    _, guess, heading = best
    boxed = _boxes(camera, solid, heading, guess[None])[0]
    off = (boxed - seen) * scale * trusted * _BOX_SPREAD
    corners = _rectangle(solid, heading, guess)
    length, width = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[1])
    return Footprint(
        corners=corners,
        area_m2=float(length * width),
        misfit=float(np.sqrt(np.mean(off**2))) if np.isfinite(off).all() else math.inf,
    )


def _fit(
    camera: Pinhole,
    solid: Solid,
    heading: float,
    *,
    stand: _Array,
    seen: _Array,
    scale: _Array,
) -> tuple[float, _Array] | None:
    """Gauss-Newton over place, turn and the logarithms of the size; cost and solution."""
    prior = np.array([0.0, 0.0, 1 / _TURN_SPREAD, *(1 / spread for spread in solid.spread)])
    guess = np.array([stand[0], stand[1], 0.0, 0.0, 0.0, 0.0])
    guess = _settle(camera, solid, heading, guess, seen)
    cost = math.inf
    for _ in range(_ROUNDS):
        trial = np.repeat(guess[None], 7, axis=0)
        trial[1:] += _STEP * np.eye(6)
        boxes = _boxes(camera, solid, heading, trial)
        if not np.isfinite(boxes).all():
            return None
        rest = np.concatenate([(boxes[0] - seen) * scale, guess * prior])
        slope = np.vstack([((boxes[1:] - boxes[0]) / _STEP * scale).T, np.diag(prior)])
        square = slope.T @ slope
        step = np.linalg.solve(square + 1e-6 * np.diag(np.diag(square) + 1e-9), -slope.T @ rest)
        # A bold step may carry the thing behind the camera.
        step[:2] = np.clip(step[:2], -3.0, 3.0)
        step[2:] = np.clip(step[2:], -0.5, 0.5)
        guess = guess + step
        cost = float(rest @ rest)
        if float(np.abs(step).max()) < 1e-3:
            break
    return cost, guess


def _settle(camera: Pinhole, solid: Solid, heading: float, guess: _Array, seen: _Array) -> _Array:
    """Begin where the usual solid's picture has its lower edge on that of the box."""
    for _ in range(3):
        boxes = _boxes(camera, solid, heading, guess[None])
        if not np.isfinite(boxes).all():
            return guess
        nearer = guess + np.array([0.0, 0.5, 0.0, 0.0, 0.0, 0.0])
        sideways = guess + np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.0])
        moved = _boxes(camera, solid, heading, np.stack([nearer, sideways]))
        if not np.isfinite(moved).all():
            return guess
        centre, aim = _foot(boxes[0]), _foot(seen)
        slope = np.column_stack([_foot(moved[1]) - centre, _foot(moved[0]) - centre]) / 0.5
        step = np.linalg.solve(slope + 1e-9 * np.eye(2), aim - centre)
        guess = guess + np.concatenate([np.clip(step, -5.0, 5.0), np.zeros(4)])
    return guess


def _foot(box: _Array) -> _Array:
    return np.array([(box[0] + box[2]) / 2, box[3]])


def _sizes(solid: Solid, guesses: _Array) -> _Array:
    usual = np.array([solid.length_m, solid.width_m, solid.height_m])
    sizes: _Array = usual * np.exp(guesses[:, 3:6])
    return sizes


def _boxes(camera: Pinhole, solid: Solid, heading: float, guesses: _Array) -> _Array:
    """Boxes ``(G, 4)`` of the solid under each of the guesses ``(G, 6)``."""
    sizes = _sizes(solid, guesses)
    body = solid.corners[None] * sizes[:, None]
    turn = heading + guesses[:, 2]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    across = guesses[:, 0:1] + cos * body[..., 0] - sin * body[..., 1]
    along = guesses[:, 1:2] + sin * body[..., 0] + cos * body[..., 1]
    seen = camera.project(np.stack([across, along, body[..., 2]], axis=-1))
    return np.concatenate([seen.min(axis=1), seen.max(axis=1)], axis=1)


def _rectangle(solid: Solid, heading: float, guess: _Array) -> _Array:
    length, width, _ = _sizes(solid, guess[None])[0]
    turn = heading + guess[2]
    ahead = np.array([math.cos(turn), math.sin(turn)]) * length / 2
    aside = np.array([-math.sin(turn), math.cos(turn)]) * width / 2
    return np.stack([ahead + aside, -ahead + aside, -ahead - aside, ahead - aside]) + guess[:2]
