"""Which rules watch which kind of zone, and how patient they are unless told otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.rules.base import HazardRule
from pipeline.rules.classes import missing_names
from pipeline.rules.clutter import CLUTTER
from pipeline.rules.elevator import ELEVATOR
from pipeline.rules.fire_lane import FIRE_LANE
from pipeline.rules.parked_ebike import PARKED_EBIKE
from pipeline.types import ZoneKind

__all__ = ["ZoneDefaults", "defaults_for", "missing_classes", "rules_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneDefaults:
    """Limits of a zone whose site file says nothing about them; see ``zones.Zone``."""

    raise_after_s: float
    clear_after_s: float
    update_every_s: float
    k_of_n: tuple[int, int]
    min_confidence: float


_RULES: Mapping[ZoneKind, tuple[HazardRule, ...]] = MappingProxyType(
    {
        ZoneKind.FIRE_LANE: (FIRE_LANE,),
        ZoneKind.ELEVATOR: (ELEVATOR,),
        ZoneKind.CORRIDOR: (PARKED_EBIKE, CLUTTER),
    }
)

_DEFAULTS: Mapping[ZoneKind, ZoneDefaults] = MappingProxyType(
    {
        ZoneKind.FIRE_LANE: ZoneDefaults(
            raise_after_s=180.0,
            clear_after_s=30.0,
            update_every_s=300.0,
            k_of_n=(3, 5),
            min_confidence=0.35,
        ),
        ZoneKind.ELEVATOR: ZoneDefaults(
            raise_after_s=0.0,
            clear_after_s=5.0,
            update_every_s=30.0,
            k_of_n=(3, 5),
            min_confidence=0.4,
        ),
        ZoneKind.CORRIDOR: ZoneDefaults(
            raise_after_s=60.0,
            clear_after_s=30.0,
            update_every_s=300.0,
            k_of_n=(3, 5),
            min_confidence=0.35,
        ),
    }
)


def rules_for(kind: ZoneKind) -> tuple[HazardRule, ...]:
    """The rules that watch this kind of zone, each with its own incidents."""
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
