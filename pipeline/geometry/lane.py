"""How much of a strip of ground is left: cross-sections of a polygon with things on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClearWay", "clear_way", "overlap_area"]

_Array = NDArray[np.float64]
_STEP_M = 0.25
_MOST_SECTIONS = 200
_HAIR_M = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearWay:
    """What is left of a strip of ground.

    Attributes:
        clear_width_m: Widest free gap at the narrowest cross-section.
        lane_width_m: Width of the strip at that cross-section.
        occupied_m2: Ground of the strip under the things.
        clear_share: Share of the strip's ground that is free, in [0, 1].
    """

    clear_width_m: float
    lane_width_m: float
    occupied_m2: float
    clear_share: float


def clear_way(outline: _Array, real_sides: Sequence[bool], things: Sequence[_Array]) -> ClearWay:
    """Measure what some things leave free.

    Args:
        outline: ``(N, 2)`` corners of the strip in metres, across and along.
        real_sides: For each corner whether the side that begins there is an edge of the strip,
            and not just the edge of the picture.
        things: Convex footprints ``(M, 2)`` in metres, at least one.
    """
    low = min(float(thing[:, 1].min()) for thing in things)
    high = max(float(thing[:, 1].max()) for thing in things)
    low, high = max(low, float(outline[:, 1].min())), min(high, float(outline[:, 1].max()))
    total_m2 = abs(_area(outline))
    occupied_m2 = min(sum(overlap_area(outline, thing) for thing in things), total_m2)
    left_m, right_m = _straight_edges(outline, real_sides)
    narrowest: tuple[float, float] | None = None
    if high > low:
        for at in _sections(outline, things, low, high):
            chord = _chord(outline, real_sides, float(at), left_m, right_m)
            if chord is None:
                continue
            gap = _widest_gap(chord, [_span(thing, float(at)) for thing in things])
            if narrowest is None or gap < narrowest[0]:
                narrowest = gap, chord[1] - chord[0]
    if narrowest is None:
        width = right_m - left_m
        narrowest = width, width
    return ClearWay(
        clear_width_m=narrowest[0],
        lane_width_m=narrowest[1],
        occupied_m2=occupied_m2,
        clear_share=1.0 - occupied_m2 / max(total_m2, 1e-9),
    )


def _sections(outline: _Array, things: Sequence[_Array], low: float, high: float) -> _Array:
    """Where to cut: at every corner, just before and behind it, and evenly between."""
    corners = np.concatenate([outline[:, 1], *(thing[:, 1] for thing in things)])
    count = int(min(max((high - low) / _STEP_M, 1), _MOST_SECTIONS))
    even = (np.arange(count) + 0.5) / count * (high - low) + low
    cuts: _Array = np.concatenate([even, corners - _HAIR_M, corners + _HAIR_M])
    return cuts[(cuts > low) & (cuts < high)]


def overlap_area(outline: _Array, convex: _Array) -> float:
    """Common area of any simple polygon with a convex one, in square metres."""
    if _area(convex) < 0:
        convex = convex[::-1]
    kept = [(float(x), float(y)) for x, y in outline]
    for (ax, ay), (bx, by) in zip(convex, np.roll(convex, -1, axis=0), strict=True):
        clipped: list[tuple[float, float]] = []
        for (px, py), (qx, qy) in zip(kept, [*kept[1:], *kept[:1]], strict=True):
            side_p = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            side_q = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
            if side_p >= 0:
                clipped.append((px, py))
            if (side_p >= 0) != (side_q >= 0):
                share = side_p / (side_p - side_q)
                clipped.append((float(px + share * (qx - px)), float(py + share * (qy - py))))
        kept = clipped
        if len(kept) < 3:
            return 0.0
    return abs(_area(np.array(kept)))


def _area(points: _Array) -> float:
    following = np.roll(points, -1, axis=0)
    return float(np.sum(points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1])) / 2


def _crossings(outline: _Array, at: float) -> list[tuple[float, int]]:
    """Where the cross-section at ``at`` meets the outline: across, and the side's number."""
    found = []
    for number, (start, end) in enumerate(zip(outline, np.roll(outline, -1, axis=0), strict=True)):
        if (start[1] <= at) != (end[1] <= at):
            share = (at - start[1]) / (end[1] - start[1])
            found.append((float(start[0] + share * (end[0] - start[0])), number))
    return sorted(found)


def _straight_edges(outline: _Array, real_sides: Sequence[bool]) -> tuple[float, float]:
    """Median of the strip's left and right edge where they are really seen."""
    low, high = float(outline[:, 1].min()), float(outline[:, 1].max())
    lefts, rights = [], []
    for at in np.linspace(low, high, 41)[1:-1]:
        found = _crossings(outline, float(at))
        if len(found) < 2:
            continue
        if real_sides[found[0][1]]:
            lefts.append(found[0][0])
        if real_sides[found[-1][1]]:
            rights.append(found[-1][0])
    left = float(np.median(lefts)) if lefts else float(outline[:, 0].min())
    right = float(np.median(rights)) if rights else float(outline[:, 0].max())
    return left, max(right, left)


def _chord(
    outline: _Array, real_sides: Sequence[bool], at: float, left_m: float, right_m: float
) -> tuple[float, float] | None:
    found = _crossings(outline, at)
    if len(found) < 2:
        return None
    left = found[0][0] if real_sides[found[0][1]] else min(found[0][0], left_m)
    right = found[-1][0] if real_sides[found[-1][1]] else max(found[-1][0], right_m)
    return left, right


def _span(thing: _Array, at: float) -> tuple[float, float] | None:
    found = _crossings(thing, at)
    return (found[0][0], found[-1][0]) if len(found) > 1 else None


def _widest_gap(chord: tuple[float, float], spans: Sequence[tuple[float, float] | None]) -> float:
    at, end = chord
    widest = 0.0
    for left, right in sorted(span for span in spans if span is not None):
        widest = max(widest, min(left, end) - at)
        at = max(at, right)
    return max(widest, end - at, 0.0)
