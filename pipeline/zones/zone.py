"""One zone: where it lies in the picture and how patient it is."""

import math
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Ground, Polygon
from pipeline.types import Connection, ZoneKind
from pipeline.zones.hours import Hours

__all__ = ["Zone"]

_LONGEST_S = 7 * 24 * 3600.0
_LONGEST_WINDOW = 1000
_LONGEST_ZONE_M = 300.0
_EDGE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon of one camera that one kind of rule watches.

    Attributes:
        id: Name of the zone, unique within its camera.
        kind: Chooses the rules.
        polygon_norm: Corners ``(x, y)`` as shares of the frame's width and height, in order
            around the zone, in either direction. Stored cleaned: repeated points dropped, a
            rounding error beyond the edge cut off.
        raise_after_s: Dwell in seconds after which a hazard is raised; 0 means as soon as the
            rule is sure.
        clear_after_s: Observed absence in seconds after which it ends.
        update_every_s: Seconds between updates of a hazard that goes on.
        k_of_n: For rules that count frames: ``k`` hits among the last ``n`` observed frames.
        min_confidence: In [0, 1]; weaker detections start nothing (a somewhat weaker one still
            counts as "it is still there").
        classes: Class names that count here, in place of the rules' own; ``None`` for these.
        allow_classes: Class names that never count here.
        warn_after_s: Dwell after which a hazard is announced at stage 1, before it is raised;
            ``None`` for no such warning.
        active: Hours in which hazards are raised; ``None`` for always. Dwell counts in them.
        grace: Hours in which ``grace_raise_after_s`` holds in place of ``raise_after_s``:
            loading and unloading, waste collection.
        area_norm: Least and greatest area of a box that counts, as shares of the frame.
        ground: The calibrated ground, if it is.
        required_width_m: Clear width that must be left, in metres.
        connected_to: What an overhead floor is open to; with none of them nothing there counts.
        shape: The polygon, prepared; derived from ``polygon_norm``.
        outline_m: ``(N, 2)`` the same on the ground in metres, where it is calibrated.
        real_sides: For each corner whether the side that begins there is an edge on the
            ground, not just the edge of the picture.

    Raises:
        ValueError: A field does not fit; the message starts with the field's name.
    """

    id: str
    kind: ZoneKind
    polygon_norm: tuple[tuple[float, float], ...]
    raise_after_s: float
    clear_after_s: float
    update_every_s: float
    k_of_n: tuple[int, int]
    min_confidence: float
    classes: tuple[str, ...] | None = None
    allow_classes: tuple[str, ...] = ()
    warn_after_s: float | None = None
    active: Hours | None = None
    grace: Hours | None = None
    grace_raise_after_s: float = 0.0
    area_norm: tuple[float, float] = (0.0, 1.0)
    ground: Ground | None = None
    required_width_m: float = 4.0
    connected_to: tuple[Connection, ...] = ()
    shape: Polygon = field(init=False, repr=False, compare=False)
    outline_m: NDArray[np.float64] | None = field(init=False, repr=False, compare=False)
    real_sides: tuple[bool, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("id: expected a name, found an empty text")
        try:
            shape = Polygon(self.polygon_norm)
        except ValueError as problem:
            raise ValueError(f"polygon: {problem}") from problem
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "polygon_norm", shape.points)
        object.__setattr__(self, "outline_m", self._on_ground())
        corners = shape.points
        sides = zip(corners, (*corners[1:], corners[0]), strict=True)
        object.__setattr__(self, "real_sides", tuple(not _at_edge(*side) for side in sides))
        for name in ("raise_after_s", "clear_after_s", "grace_raise_after_s", "warn_after_s"):
            value = getattr(self, name)
            if value is None:
                continue
            if not (math.isfinite(value) and 0 <= value <= _LONGEST_S):
                raise ValueError(
                    f"{name}: expected 0 to {_LONGEST_S:g} seconds (7 days), found {value}"
                )
        if not (math.isfinite(self.update_every_s) and 1 <= self.update_every_s <= _LONGEST_S):
            raise ValueError(
                f"update_every_s: expected 1 to {_LONGEST_S:g} seconds (7 days),"
                f" found {self.update_every_s}"
            )
        hits, window = self.k_of_n
        if not 1 <= hits <= window <= _LONGEST_WINDOW:
            raise ValueError(
                f"k_of_n: expected 1 <= k <= n <= {_LONGEST_WINDOW}, found {hits} of {window}"
            )
        if not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence: expected 0 to 1, found {self.min_confidence}")
        if self.classes is not None and not self.classes:
            raise ValueError("classes: expected at least one class name, or no such field at all")
        if self.warn_after_s is not None and self.warn_after_s >= self.raise_after_s:
            raise ValueError(
                f"warn_after_s: expected less than raise_after_s ({self.raise_after_s:g}),"
                f" found {self.warn_after_s:g}"
            )
        least, most = self.area_norm
        if not 0 <= least < most <= 1:
            raise ValueError(f"area_norm: expected 0 <= least < most <= 1, found {least}, {most}")
        if not (math.isfinite(self.required_width_m) and 0 < self.required_width_m <= 100):
            raise ValueError(
                f"required_width_m: expected above 0 to 100 m, found {self.required_width_m}"
            )

    def _on_ground(self) -> NDArray[np.float64] | None:
        if self.ground is None:
            return None
        outline = self.ground.on_ground(np.array(self.shape.points, np.float64))
        beyond = np.flatnonzero(~np.isfinite(outline).all(axis=1))
        if len(beyond):
            number = int(beyond[0]) + 1
            raise ValueError(
                f"ground: by this calibration point {number} of the zone lies on or above the"
                " horizon: draw the zone on the ground only, or calibrate again"
            )
        reach_m = float(np.ptp(outline, axis=0).max())
        if reach_m > _LONGEST_ZONE_M:
            raise ValueError(
                f"ground: by this calibration the zone is {reach_m:.0f} m long, expected at most"
                f" {_LONGEST_ZONE_M:g} m: draw it less far, or calibrate again"
            )
        return outline

    def raise_limit_s(self, at: datetime) -> float:
        """Dwell after which a hazard is raised at that moment."""
        in_grace = self.grace is not None and self.grace.covers(at)
        return max(self.grace_raise_after_s, self.raise_after_s) if in_grace else self.raise_after_s

    def is_active(self, at: datetime) -> bool:
        """Whether hazards are raised at that moment."""
        return self.active is None or self.active.covers(at)


def _at_edge(start: tuple[float, float], end: tuple[float, float]) -> bool:
    return any(
        abs(start[axis] - edge) < _EDGE and abs(end[axis] - edge) < _EDGE
        for axis in (0, 1)
        for edge in (0.0, 1.0)
    )
