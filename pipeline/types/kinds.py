"""Closed vocabularies: what kinds of place, zone and hazard there are, and the phases."""

from enum import StrEnum

__all__ = ["HazardKind", "Phase", "PlaceKind", "Sight", "ZoneKind"]


class HazardKind(StrEnum):
    """What is wrong. The values are part of the wire format and of the command line."""

    FIRE_LANE_BLOCKED = "fire_lane_blocked"
    CLIMBING_SITE_BLOCKED = "climbing_site_blocked"
    EBIKE_IN_ELEVATOR = "ebike_in_elevator"
    EBIKE_INDOORS = "ebike_indoors"
    CORRIDOR_CLUTTER = "corridor_clutter"
    EXIT_BLOCKED = "exit_blocked"


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
    """What a zone protects; it chooses the rules that judge the zone."""

    FIRE_LANE = "fire_lane"
    ELEVATOR = "elevator"
    CORRIDOR = "corridor"


class Sight(StrEnum):
    """Whether a camera can judge its place right now.

    Only ``CLEAR`` sight may end a hazard: a camera that sees nothing knows nothing.
    """

    CLEAR = "clear"
    NONE = "none"
