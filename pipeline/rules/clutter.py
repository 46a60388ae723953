"""Things left in an escape route (楼道堆物)."""

from pipeline.rules.base import BoxRule
from pipeline.types import HazardKind

__all__ = ["CLUTTER"]

#: A parked bicycle narrows the way like any other thing, so it is clutter; where the model is
#: surer that it is an e-bike, the other rule has it. A wheelchair is left out: its user is
#: usually in it or near, and an automatic accusation would be wrong far more often than right.
CLUTTER = BoxRule(
    name="clutter",
    number=2,
    kind=HazardKind.CORRIDOR_CLUTTER,
    classes=("carton", "furniture", "bundle", "trolley", "luggage", "pram", "bicycle"),
    leaves=("ebike",),
    guards=("ebike",),
    takes_foreign=True,
    footprint_share=0.5,
)
