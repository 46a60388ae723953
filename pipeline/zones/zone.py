"""One zone: where it lies in the picture and how patient it is."""

import math
from dataclasses import dataclass, field

from pipeline.geometry import Polygon
from pipeline.types import Connection, ZoneKind

__all__ = ["Zone"]

_LONGEST_S = 7 * 24 * 3600.0
_LONGEST_WINDOW = 1000


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
        connected_to: What an overhead floor is open to; with none of them nothing there counts.
        shape: The polygon, prepared; derived from ``polygon_norm``.

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
    connected_to: tuple[Connection, ...] = ()
    shape: Polygon = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("id: expected a name, found an empty text")
        try:
            shape = Polygon(self.polygon_norm)
        except ValueError as problem:
            raise ValueError(f"polygon: {problem}") from problem
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "polygon_norm", shape.points)
        for name in ("raise_after_s", "clear_after_s"):
            value = getattr(self, name)
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
