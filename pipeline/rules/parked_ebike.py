"""An e-bike parked indoors: corridor, stairwell, hall (楼道停放电动自行车)."""

from pipeline.rules.base import BoxRule
from pipeline.types import HazardKind

__all__ = ["PARKED_EBIKE"]

#: Somebody pushing a bike through is no case: each footprint has its own dwell, so a bike
#: that moves on never gets old anywhere.
PARKED_EBIKE = BoxRule(
    name="parked_ebike",
    number=1,
    kind=HazardKind.EBIKE_INDOORS,
    classes=("ebike",),
    catch_all=False,
    excused_by_charging=True,
    guards=("bicycle", "wheelchair", "pram", "trolley", "luggage"),
    footprint_share=0.5,
)
