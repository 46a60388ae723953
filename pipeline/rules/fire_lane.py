"""Vehicles that stand in a fire lane (消防车道)."""

from pipeline.rules.base import BoxRule
from pipeline.types import HazardKind

__all__ = ["FIRE_LANE"]

#: The wheels and what is near them stand on the lane; a van's roof may hang over it in the
#: picture from far outside. The lowest 35 % of the box is a fair footprint from the usual
#: camera height of 3 to 6 m. Where a person has approved a clean picture of the lane, what the
#: model has no name for (bins, stalls, planters, a vehicle under a cover) counts, too.
FIRE_LANE = BoxRule(
    name="fire_lane",
    number=2,
    kind=HazardKind.FIRE_LANE_BLOCKED,
    classes=("car", "truck", "bus", "tricycle"),
    takes_foreign=True,
    queues=True,
    footprint_share=0.35,
)
