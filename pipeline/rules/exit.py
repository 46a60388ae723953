"""Anything that stands in front of a safety exit (安全出口堵塞)."""

from pipeline.rules.base import BoxRule
from pipeline.types import HazardKind

__all__ = ["EXIT"]

#: Only people may stand in a door, and they move on: everything else blocks it, a wheelchair
#: that somebody has left there included.
EXIT = BoxRule(
    name="exit",
    number=2,
    kind=HazardKind.EXIT_BLOCKED,
    classes=(
        "ebike",
        "bicycle",
        "tricycle",
        "car",
        "truck",
        "bus",
        "wheelchair",
        "pram",
        "trolley",
        "luggage",
        "carton",
        "furniture",
        "bundle",
    ),
    takes_foreign=True,
    footprint_share=0.5,
)
