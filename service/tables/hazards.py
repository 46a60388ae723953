"""What can be wrong: the hazards that a camera sees, and those that only people see.

The inventory follows the authorities' papers; severities are proposed defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "CAMERA_KINDS",
    "HAZARDS",
    "REVIEW_ONLY_KINDS",
    "SEVERITIES",
    "HazardInfo",
    "HazardKind",
    "severity_of",
]


class HazardKind(StrEnum):
    """What is wrong; the words of the wire format and of the ledger."""

    FIRE_LANE_BLOCKED = "fire_lane_blocked"
    CLIMBING_SITE_BLOCKED = "climbing_site_blocked"
    EBIKE_IN_ELEVATOR = "ebike_in_elevator"
    EBIKE_INDOORS = "ebike_indoors"
    CORRIDOR_CLUTTER = "corridor_clutter"
    EXIT_BLOCKED = "exit_blocked"
    EXIT_LOCKED = "exit_locked"
    FLY_WIRE_CHARGING = "fly_wire_charging"
    UNAUTHORISED_WIRING = "unauthorised_wiring"
    AGEING_WIRING = "ageing_wiring"
    EBIKE_PARKING = "ebike_parking"
    WINDOW_GRILLE = "window_grille"
    PROTECTIVE_NET = "protective_net"
    RAILING = "railing"
    CANOPY = "canopy"
    SIGNBOARD = "signboard"
    ILLEGAL_STRUCTURE = "illegal_structure"
    FACADE_FALLING = "facade_falling"
    EXTERNAL_INSULATION = "external_insulation"
    EQUIPMENT_DAMAGED = "equipment_damaged"
    NO_FIRE_WATER = "no_fire_water"
    EMERGENCY_LIGHTING = "emergency_lighting"
    FLAMMABLES = "flammables"
    HOT_WORK = "hot_work"
    CABLE_SHAFT = "cable_shaft"
    SHELTERED_LIVING = "sheltered_living"
    LIFT_HAZARD = "lift_hazard"
    GAS_USE = "gas_use"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class HazardInfo:
    """What the ledger knows about a kind of hazard.

    Attributes:
        zh: Its name on Chinese pages and forms.
        en: Its name on English pages.
        severity: ``critical``, ``high`` or ``medium``.
        from_camera: Whether a camera may report it by itself.
        private_property: Whether it is by default a resident's own property, which nobody
            may order removed (防盗窗属于居民私有财产).
    """

    zh: str
    en: str
    severity: str
    from_camera: bool = False
    private_property: bool = False


#: A burning battery in a lift leaves seconds; a blocked lane or exit costs lives once a fire
#: has begun; clutter feeds one.
HAZARDS: Mapping[HazardKind, HazardInfo] = MappingProxyType(
    {
        HazardKind.FIRE_LANE_BLOCKED: HazardInfo(
            "消防车道被占用", "Fire lane blocked", "high", from_camera=True
        ),
        HazardKind.CLIMBING_SITE_BLOCKED: HazardInfo(
            "登高操作场地被占用", "Climbing site blocked", "high", from_camera=True
        ),
        HazardKind.EBIKE_IN_ELEVATOR: HazardInfo(
            "电动车进电梯", "E-bike in a lift", "critical", from_camera=True
        ),
        HazardKind.EBIKE_INDOORS: HazardInfo(
            "电动车进楼道", "E-bike indoors", "high", from_camera=True
        ),
        HazardKind.CORRIDOR_CLUTTER: HazardInfo(
            "楼道堆物", "Corridor clutter", "medium", from_camera=True
        ),
        HazardKind.EXIT_BLOCKED: HazardInfo(
            "安全出口被堵塞", "Exit blocked", "high", from_camera=True
        ),
        HazardKind.EXIT_LOCKED: HazardInfo("安全出口锁闭", "Exit locked", "high", from_camera=True),
        HazardKind.FLY_WIRE_CHARGING: HazardInfo(
            "飞线充电", "Fly-wire charging", "medium", from_camera=True
        ),
        HazardKind.UNAUTHORISED_WIRING: HazardInfo(
            "电气线路私拉乱接", "Unauthorised wiring", "high"
        ),
        HazardKind.AGEING_WIRING: HazardInfo("电气线路老化", "Ageing wiring", "medium"),
        HazardKind.EBIKE_PARKING: HazardInfo(
            "电动自行车违规停放充电", "E-bike parked or charged where it must not", "high"
        ),
        HazardKind.WINDOW_GRILLE: HazardInfo(
            "防盗窗影响逃生", "Window grille", "medium", private_property=True
        ),
        HazardKind.PROTECTIVE_NET: HazardInfo(
            "突出外墙防护网", "Protruding protective net", "medium", private_property=True
        ),
        HazardKind.RAILING: HazardInfo("铁栅栏障碍", "Iron railing", "medium"),
        HazardKind.CANOPY: HazardInfo("可燃雨棚", "Combustible canopy", "medium"),
        HazardKind.SIGNBOARD: HazardInfo(
            "广告牌遮挡门窗", "Signboard over windows or doors", "medium"
        ),
        HazardKind.ILLEGAL_STRUCTURE: HazardInfo(
            "私搭乱建占用通道", "Illegal structure in a passage", "high"
        ),
        HazardKind.FACADE_FALLING: HazardInfo("楼体外墙脱落", "Facade falling", "high"),
        HazardKind.EXTERNAL_INSULATION: HazardInfo("外墙保温隐患", "External insulation", "medium"),
        HazardKind.EQUIPMENT_DAMAGED: HazardInfo(
            "消防设施损坏缺失", "Fire equipment damaged or missing", "high"
        ),
        HazardKind.NO_FIRE_WATER: HazardInfo("消防给水无水无压", "No fire water", "high"),
        HazardKind.EMERGENCY_LIGHTING: HazardInfo(
            "应急照明和疏散指示缺损", "Emergency lighting or signs defective", "medium"
        ),
        HazardKind.FLAMMABLES: HazardInfo("易燃易爆物品堆放", "Flammables stored", "critical"),
        HazardKind.HOT_WORK: HazardInfo("违规动火作业", "Unsafe hot work", "critical"),
        HazardKind.CABLE_SHAFT: HazardInfo("电缆井隐患", "Cable shaft", "medium"),
        HazardKind.SHELTERED_LIVING: HazardInfo(
            "车棚、地下室住人", "People living in a shed or basement", "critical"
        ),
        HazardKind.LIFT_HAZARD: HazardInfo("电梯安全隐患", "Lift hazard", "medium"),
        HazardKind.GAS_USE: HazardInfo("用气不规范", "Unsafe use of gas", "high"),
        HazardKind.OTHER: HazardInfo("其他隐患", "Other", "medium"),
    }
)

#: What ``POST /api/v1/events`` takes.
CAMERA_KINDS: frozenset[HazardKind] = frozenset(
    kind for kind, info in HAZARDS.items() if info.from_camera
)

#: Hints of a camera that wait for a person's word (待人工复核): a picture seldom proves a lock
#: or a cable, so such an incident accuses nobody until somebody has confirmed it.
REVIEW_ONLY_KINDS: frozenset[HazardKind] = frozenset(
    {HazardKind.EXIT_LOCKED, HazardKind.FLY_WIRE_CHARGING}
)

SEVERITIES: Mapping[HazardKind, str] = MappingProxyType(
    {kind: info.severity for kind, info in HAZARDS.items()}
)

_RANKS = ("medium", "high", "critical")
#: A fire engine is 2.5 m wide, five eighths of the 4 m that a lane must have.
_TOO_NARROW = 0.625


def severity_of(kind: HazardKind, measures: Mapping[str, float]) -> str:
    """How severe a hazard is: its kind's usual, moved by the way that is left.

    Args:
        kind: What is wrong.
        measures: Of the newest event. Where ``clear_width_m`` and ``required_width_m`` are
            known, what leaves the required width is one step milder, and what leaves less than
            five eighths of it one step worse.
    """
    usual = SEVERITIES[kind]
    clear_m, required_m = measures.get("clear_width_m"), measures.get("required_width_m")
    if clear_m is None or not required_m:
        return usual
    step = -1 if clear_m >= required_m else int(clear_m < _TOO_NARROW * required_m)
    return _RANKS[min(max(_RANKS.index(usual) + step, 0), len(_RANKS) - 1)]
