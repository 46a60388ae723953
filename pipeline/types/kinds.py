"""Closed vocabularies: what kinds of place, zone and hazard there are, and the phases."""

from enum import StrEnum

__all__ = [
    "REVIEW_ONLY_KINDS",
    "Connection",
    "HazardKind",
    "Phase",
    "PlaceKind",
    "Sight",
    "ZoneKind",
]


class HazardKind(StrEnum):
    """What is wrong. The values are part of the wire format and of the command line."""

    FIRE_LANE_BLOCKED = "fire_lane_blocked"
    CLIMBING_SITE_BLOCKED = "climbing_site_blocked"
    EBIKE_IN_ELEVATOR = "ebike_in_elevator"
    EBIKE_INDOORS = "ebike_indoors"
    CORRIDOR_CLUTTER = "corridor_clutter"
    EXIT_BLOCKED = "exit_blocked"
    EXIT_LOCKED = "exit_locked"
    FLY_WIRE_CHARGING = "fly_wire_charging"


#: Hints that a person has to look at first (待人工复核): no rule of a camera raises them by
#: itself, because a picture seldom proves a lock or a cable and a wrong accusation costs trust.
REVIEW_ONLY_KINDS: frozenset[HazardKind] = frozenset(
    {HazardKind.EXIT_LOCKED, HazardKind.FLY_WIRE_CHARGING}
)


class Phase(StrEnum):
    """What the camera sees of a hazard; what people do about it is a status, not a phase."""

    START = "start"
    UPDATE = "update"
    END = "end"
    UNKNOWN = "unknown"


class PlaceKind(StrEnum):
    """What kind of place a camera looks at; it chooses the sampling profile."""

    FIRE_LANE = "fire_lane"
    CLIMBING_SITE = "climbing_site"
    ELEVATOR = "elevator"
    CORRIDOR = "corridor"
    STAIRWELL = "stairwell"
    HALL = "hall"
    UNIT_DOOR = "unit_door"
    OVERHEAD_FLOOR = "overhead_floor"
    EXIT = "exit"


class ZoneKind(StrEnum):
    """What a zone protects; it chooses the rules that judge the zone.

    A ``charging_place`` protects nothing: it is an approved place where e-bikes may stand, and
    excuses those that do from the other zones of its camera.
    """

    FIRE_LANE = "fire_lane"
    CLIMBING_SITE = "climbing_site"
    ELEVATOR = "elevator"
    CORRIDOR = "corridor"
    STAIRWELL = "stairwell"
    HALL = "hall"
    UNIT_DOOR = "unit_door"
    OVERHEAD_FLOOR = "overhead_floor"
    EXIT = "exit"
    CHARGING_PLACE = "charging_place"


class Connection(StrEnum):
    """What an overhead floor is open to (与之连通的公共区域).

    The papers forbid e-bikes on overhead floors that are connected with one of these; smoke
    goes that way. An overhead floor connected with none of them is no hazard.
    """

    HALL = "hall"
    CORRIDOR = "corridor"
    STAIRWELL = "stairwell"
    EXIT = "exit"
    LIGHT_WELL = "light_well"
    COURTYARD = "courtyard"


class Sight(StrEnum):
    """Whether a camera can judge its place right now.

    Only ``CLEAR`` sight may end a hazard: a camera that sees nothing knows nothing.
    """

    CLEAR = "clear"
    NONE = "none"
