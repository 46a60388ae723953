"""Which rules watch which kind of zone, and how patient they are unless told otherwise."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from pipeline.rules.base import HazardRule
from pipeline.rules.classes import missing_names
from pipeline.rules.climbing_site import CLIMBING_SITE
from pipeline.rules.clutter import CLUTTER
from pipeline.rules.elevator import ELEVATOR
from pipeline.rules.exit import EXIT
from pipeline.rules.fire_lane import FIRE_LANE
from pipeline.rules.parked_ebike import PARKED_EBIKE
from pipeline.types import Connection, ZoneKind

__all__ = ["ZoneDefaults", "defaults_for", "missing_classes", "rules_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneDefaults:
    """Limits of a zone whose site file says nothing about them; see ``zones.Zone``."""

    raise_after_s: float
    clear_after_s: float
    update_every_s: float
    k_of_n: tuple[int, int]
    min_confidence: float
    required_width_m: float


_INDOORS = (PARKED_EBIKE, CLUTTER)
_RULES: Mapping[ZoneKind, tuple[HazardRule, ...]] = MappingProxyType(
    {
        ZoneKind.FIRE_LANE: (FIRE_LANE,),
        ZoneKind.CLIMBING_SITE: (CLIMBING_SITE,),
        ZoneKind.ELEVATOR: (ELEVATOR,),
        ZoneKind.CORRIDOR: _INDOORS,
        ZoneKind.STAIRWELL: _INDOORS,
        ZoneKind.HALL: _INDOORS,
        ZoneKind.UNIT_DOOR: _INDOORS,
        # The papers name e-bikes there, and nothing else: goods may be kept on such a floor.
        ZoneKind.OVERHEAD_FLOOR: (PARKED_EBIKE,),
        ZoneKind.EXIT: (EXIT,),
        ZoneKind.CHARGING_PLACE: (),
    }
)

# Fire lanes: clear width at least 4.0 m (GB 50016-2014, 7.1.8). Ways out in homes: 1.1 m (GB
# 50016-2014, 5.5.30). Editions differ, so a site may set its own figure.
_OUTDOORS_DEFAULTS = ZoneDefaults(
    raise_after_s=180.0,
    clear_after_s=30.0,
    update_every_s=300.0,
    k_of_n=(3, 5),
    min_confidence=0.35,
    required_width_m=4.0,
)
_INDOORS_DEFAULTS = replace(_OUTDOORS_DEFAULTS, raise_after_s=60.0, required_width_m=1.1)
_DEFAULTS: Mapping[ZoneKind, ZoneDefaults] = MappingProxyType(
    {
        ZoneKind.FIRE_LANE: _OUTDOORS_DEFAULTS,
        # Nobody loads or turns round on it by right: a shorter patience than on a lane.
        ZoneKind.CLIMBING_SITE: replace(_OUTDOORS_DEFAULTS, raise_after_s=120.0),
        ZoneKind.ELEVATOR: ZoneDefaults(
            raise_after_s=0.0,
            clear_after_s=5.0,
            update_every_s=30.0,
            k_of_n=(3, 5),
            min_confidence=0.4,
            required_width_m=1.1,
        ),
        ZoneKind.CORRIDOR: _INDOORS_DEFAULTS,
        ZoneKind.STAIRWELL: _INDOORS_DEFAULTS,
        ZoneKind.HALL: _INDOORS_DEFAULTS,
        # People wait, unload and talk at the door for minutes.
        ZoneKind.UNIT_DOOR: replace(_INDOORS_DEFAULTS, raise_after_s=180.0),
        ZoneKind.OVERHEAD_FLOOR: replace(_INDOORS_DEFAULTS, raise_after_s=300.0),
        ZoneKind.EXIT: _INDOORS_DEFAULTS,
        ZoneKind.CHARGING_PLACE: _INDOORS_DEFAULTS,
    }
)


def rules_for(
    kind: ZoneKind, connected_to: Collection[Connection] | None = None
) -> tuple[HazardRule, ...]:
    """The rules that watch a zone, each with its own incidents.

    Args:
        kind: The zone's kind.
        connected_to: What an overhead floor is open to; empty means that nothing there is a
            hazard. ``None`` asks for what the kind may have at all. Other kinds ignore it.
    """
    if kind is ZoneKind.OVERHEAD_FLOOR and connected_to is not None and not connected_to:
        return ()
    return _RULES[kind]


def defaults_for(kind: ZoneKind) -> ZoneDefaults:
    """The limits of this kind of zone where the site file gives none."""
    return _DEFAULTS[kind]


def missing_classes(kind: ZoneKind, classes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What a model cannot see in this kind of zone.

    Args:
        kind: The zone's kind.
        classes: The model's class names.

    Returns:
        Rule name to the names of its classes that the model lacks, stand-ins considered;
        rules that lack nothing are left out. A rule that lacks all of its classes is blind.
    """
    found = {rule.name: missing_names(classes, rule.classes) for rule in rules_for(kind)}
    return {name: missing for name, missing in found.items() if missing}
