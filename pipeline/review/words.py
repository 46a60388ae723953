"""The reports' words: Chinese first, English second, as the glossary has them."""

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.types import HazardKind, PlaceKind

__all__ = ["CLASS_WORDS", "HAZARD_WORDS", "ORIGIN_WORDS", "PLACE_WORDS"]

HAZARD_WORDS: Mapping[HazardKind, tuple[str, str]] = MappingProxyType(
    {
        HazardKind.FIRE_LANE_BLOCKED: ("消防车道被占用", "fire lane blocked"),
        HazardKind.CLIMBING_SITE_BLOCKED: ("登高操作场地被占用", "climbing site blocked"),
        HazardKind.EBIKE_IN_ELEVATOR: ("电动车进电梯", "e-bike in a lift"),
        HazardKind.EBIKE_INDOORS: ("电动车进楼道", "e-bike indoors"),
        HazardKind.CORRIDOR_CLUTTER: ("楼道堆物", "corridor clutter"),
        HazardKind.EXIT_BLOCKED: ("安全出口被堵塞", "exit blocked"),
        HazardKind.EXIT_LOCKED: ("安全出口锁闭", "exit locked"),
        HazardKind.FLY_WIRE_CHARGING: ("飞线充电", "fly-wire charging"),
    }
)

PLACE_WORDS: Mapping[PlaceKind, tuple[str, str]] = MappingProxyType(
    {
        PlaceKind.FIRE_LANE: ("消防车道", "fire lane"),
        PlaceKind.CLIMBING_SITE: ("消防车登高操作场地", "climbing site"),
        PlaceKind.ELEVATOR: ("电梯轿厢", "lift"),
        PlaceKind.CORRIDOR: ("楼道", "corridor"),
        PlaceKind.STAIRWELL: ("楼梯间", "stairwell"),
        PlaceKind.HALL: ("门厅", "hall"),
        PlaceKind.UNIT_DOOR: ("单元口", "unit door"),
        PlaceKind.OVERHEAD_FLOOR: ("架空层", "overhead floor"),
        PlaceKind.EXIT: ("安全出口", "safety exit"),
    }
)

ORIGIN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "choice": "人工指定",
        "csv": "表格",
        "qr": "二维码",
        "pattern": "路径",
        "folder": "文件夹",
        "": "未知",
    }
)

#: Names of the taxonomy's classes; a model of another vocabulary keeps its own words.
CLASS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "person": "人",
        "bicycle": "自行车",
        "ebike": "电动自行车",
        "tricycle": "三轮车",
        "car": "小汽车",
        "truck": "货车",
        "bus": "客车",
        "wheelchair": "轮椅",
        "pram": "婴儿车",
        "trolley": "手推车",
        "luggage": "行李箱",
        "carton": "纸箱",
        "furniture": "家具",
        "bundle": "杂物",
        "motorcycle": "电动自行车",
    }
)
