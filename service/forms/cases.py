"""What a form knows about a hazard: plain values, already in the offices' words."""

from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["FormCase", "FormPhoto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPhoto:
    """A picture for a form. Whoever makes one gives the blurred copy, never the original.

    Attributes:
        name: For people, such as ``证据 12``.
        sha256: Hex digest of the original evidence, for tracing.
        content: JPEG or PNG bytes; empty when the file is lost, the form then says so.
        taken_at: Aware time, None when not known.
    """

    name: str
    sha256: str
    content: bytes = b""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCase:
    """One hazard of the ledger (隐患台账), all fields of an office's ledger.

    Times are aware, days are of the offices' zone. An empty text means not known yet.

    Attributes:
        number: 编号, of the ledger.
        source: 来源, such as 摄像机 or 巡查照片.
        community: 社区.
        compound: 小区.
        building: 楼栋.
        spot: 部位 within the building or compound.
        kind: Word of the wire, such as ``fire_lane_blocked``.
        kind_zh: 隐患类型.
        content: 隐患内容.
        found_at: 发现时间.
        responsible_unit: 责任单位.
        responsible_person: 整改责任人.
        measure: 整改措施.
        deadline: 整改期限, the last good day.
        status_zh: 状态.
        is_closed: 已销号.
        is_overdue: 逾期.
        before: 整改前照片.
        after: 整改后照片.
        rechecked_by: 复查人.
        rechecked_at: 复查时间.
        recheck_result: 复查结论.
        closed_at: 销号时间.
        acknowledged_at: When somebody took notice (确认).
        warned_at: When the warning was given (警示).
        dispatched_at: When somebody was sent (派员).
        reported_at: When it was reported to the sub-district or others (报告).
        dissuasions: 劝阻次数.
        rebound_of: Number of the closed case that came back (反弹); empty for a new one.
        assigned: Whether it stands on an assignment list (交办).
        removed_kg: Clutter carried away, in kilograms.
        height_m: Height of the building in metres, None when not known.
        is_home: Whether the building is one of homes.
        is_private: Whether the thing belongs to a home's owner (防盗窗), so that it may be
            asked away, never ordered away.
    """

    number: str
    source: str
    community: str
    compound: str
    building: str
    spot: str
    kind: str
    kind_zh: str
    content: str
    found_at: datetime
    responsible_unit: str = ""
    responsible_person: str = ""
    measure: str = ""
    deadline: date | None = None
    status_zh: str = ""
    is_closed: bool = False
    is_overdue: bool = False
    before: tuple[FormPhoto, ...] = ()
    after: tuple[FormPhoto, ...] = ()
    rechecked_by: str = ""
    rechecked_at: datetime | None = None
    recheck_result: str = ""
    closed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    warned_at: datetime | None = None
    dispatched_at: datetime | None = None
    reported_at: datetime | None = None
    dissuasions: int = 0
    rebound_of: str = ""
    assigned: bool = False
    removed_kg: float = 0.0
    height_m: float | None = None
    is_home: bool = True
    is_private: bool = False

    @property
    def place(self) -> str:
        """楼栋/部位, as one column."""
        return "".join((self.building, " " if self.building and self.spot else "", self.spot))
