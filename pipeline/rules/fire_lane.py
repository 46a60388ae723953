"""Vehicles that stand in a fire lane (消防车道)."""

from pipeline.rules.base import BoxRule
from pipeline.types import HazardKind

__all__ = ["FIRE_LANE"]

#: The wheels and what is near them stand on the lane; a van's roof may hang over it in the
#: picture from far outside. The lowest 35 % of the box is a fair footprint from the usual
#: camera height of 3 to 6 m.
FIRE_LANE = BoxRule(
    name="fire_lane",
    number=1,
    kind=HazardKind.FIRE_LANE_BLOCKED,
    classes=("car", "truck", "bus", "tricycle"),
    footprint_share=0.35,
)
