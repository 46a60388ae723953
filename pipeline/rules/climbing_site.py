"""Whatever stands where ladder trucks must stand (消防车登高操作场地)."""

from pipeline.rules.base import BoxRule
from pipeline.types import HazardKind

__all__ = ["CLIMBING_SITE"]

#: A ladder truck needs the whole ground, so vehicles count as well as bins, stalls, planters
#: and parked two-wheelers.
CLIMBING_SITE = BoxRule(
    name="climbing_site",
    number=2,
    kind=HazardKind.CLIMBING_SITE_BLOCKED,
    classes=(
        "car",
        "truck",
        "bus",
        "tricycle",
        "ebike",
        "bicycle",
        "trolley",
        "carton",
        "furniture",
        "bundle",
    ),
    takes_foreign=True,
    queues=True,
    footprint_share=0.35,
)
