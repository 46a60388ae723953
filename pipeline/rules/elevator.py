"""An e-bike inside a lift car (电动自行车进梯)."""

from pipeline.rules.base import BoxRule, Presence
from pipeline.types import HazardKind

__all__ = ["ELEVATOR"]

#: In a lift the bike is turned and pushed about, and the camera hangs right above: the whole
#: box counts and the zone as a whole is occupied or not. Bicycles, wheelchairs, prams,
#: trolleys and luggage are allowed; where the model is surer of one of them, it is that.
#: People who leave pass in front of the bike, so a short hiding is forgiven.
ELEVATOR = BoxRule(
    name="elevator",
    number=1,
    kind=HazardKind.EBIKE_IN_ELEVATOR,
    classes=("ebike",),
    guards=("bicycle", "wheelchair", "pram", "trolley", "luggage"),
    presence=Presence.ZONE,
    footprint_share=1.0,
    hold_s=10.0,
)
