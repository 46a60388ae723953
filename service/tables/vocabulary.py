"""Closed vocabularies. ``phase`` is what a camera sees, ``status`` is what people have done."""

from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "MEDIA_TYPES",
    "OPEN_STATUSES",
    "REVIEW_ONLY_KINDS",
    "SEVERITIES",
    "Action",
    "HazardKind",
    "Phase",
    "Role",
    "Status",
]


class HazardKind(StrEnum):
    """What is wrong; the words of the wire format."""

    FIRE_LANE_BLOCKED = "fire_lane_blocked"
    CLIMBING_SITE_BLOCKED = "climbing_site_blocked"
    EBIKE_IN_ELEVATOR = "ebike_in_elevator"
    EBIKE_INDOORS = "ebike_indoors"
    CORRIDOR_CLUTTER = "corridor_clutter"
    EXIT_BLOCKED = "exit_blocked"
    EXIT_LOCKED = "exit_locked"
    FLY_WIRE_CHARGING = "fly_wire_charging"


class Phase(StrEnum):
    """What the camera saw last."""

    START = "start"
    UPDATE = "update"
    END = "end"
    UNKNOWN = "unknown"


#: A burning battery in a lift leaves seconds; a blocked lane or exit costs lives once a fire
#: has begun; clutter feeds one.
SEVERITIES = MappingProxyType(
    {
        HazardKind.FIRE_LANE_BLOCKED: "high",
        HazardKind.CLIMBING_SITE_BLOCKED: "high",
        HazardKind.EBIKE_IN_ELEVATOR: "critical",
        HazardKind.EBIKE_INDOORS: "high",
        HazardKind.CORRIDOR_CLUTTER: "medium",
        HazardKind.EXIT_BLOCKED: "high",
        HazardKind.EXIT_LOCKED: "high",
        HazardKind.FLY_WIRE_CHARGING: "medium",
    }
)

#: Hints that wait for a person's word (待人工复核): a picture seldom proves a lock or a cable,
#: so such an incident accuses nobody until somebody has confirmed it.
REVIEW_ONLY_KINDS: frozenset[HazardKind] = frozenset(
    {HazardKind.EXIT_LOCKED, HazardKind.FLY_WIRE_CHARGING}
)

#: Media type -> file extension of the pictures that may be evidence.
MEDIA_TYPES = MappingProxyType({"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"})


class Status(StrEnum):
    """What people have done about an incident. No camera ever changes it."""

    FOUND = "found"
    ACKNOWLEDGED = "acknowledged"
    FALSE_ALARM = "false_alarm"


#: An incident in one of these still wants somebody's attention.
OPEN_STATUSES: frozenset[Status] = frozenset({Status.FOUND, Status.ACKNOWLEDGED})


class Action(StrEnum):
    """What a person may do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    FALSE_ALARM = "false_alarm"
    REOPEN = "reopen"


class Role(StrEnum):
    """What an API key or an account may do."""

    CAMERA = "camera"
    OPERATOR = "operator"
