"""What stands in a zone and did not stand there in its reviewed clean picture."""

import math
from dataclasses import dataclass, field

__all__ = ["FOREIGN_CLASS", "Foreign", "ForeignRegion"]

#: What foreign matter is called where events and zones name classes.
FOREIGN_CLASS = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRegion:
    """One connected region of foreign matter, whatever it is.

    Attributes:
        zone_id: The zone whose clean reference it differs from.
        xyxy_norm: Bounding box as shares of the frame's width and height, in [0, 1].
        confidence: How surely it is matter, not light, shadow or noise, in [0, 1].
        area_norm: Area of its mask as a share of the frame, in (0, 1].

    Raises:
        ValueError: A figure is not finite or out of its range.
    """

    zone_id: str
    xyxy_norm: tuple[float, float, float, float]
    confidence: float
    area_norm: float

    def __post_init__(self) -> None:
        left, top, right, bottom = self.xyxy_norm
        if not (0.0 <= left < right <= 1.0 and 0.0 <= top < bottom <= 1.0):
            raise ValueError(
                f"xyxy_norm: expected 0 <= left < right <= 1 and the same downwards,"
                f" found {self.xyxy_norm}"
            )
        for name in ("confidence", "area_norm"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 <= value <= 1.0):
                raise ValueError(f"{name}: expected 0 to 1, found {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What the comparison with clean references says about one frame.

    Attributes:
        regions: What was found.
        judged: Ids of the zones that could be compared. A zone that is missing here (no
            reference for this light, the camera has moved) is one that nothing is known
            about: its foreign matter is neither seen nor gone.
    """

    regions: tuple[ForeignRegion, ...] = ()
    judged: frozenset[str] = field(default_factory=frozenset)
