"""Figures of the ledger from counters that the database keeps, never from a million rows."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, case, cast, delete, func, insert, select
from sqlalchemy.orm import Session

from service.repository.database import Database
from service.repository.filters import overdue_condition, today_in_shanghai
from service.repository.scope import EVERYWHERE, Scope
from service.tables import (
    HAZARDS,
    OPEN_STATUSES,
    SOURCE_WORDS,
    BuildingRow,
    CommunityRow,
    CompoundRow,
    HazardKind,
    IncidentRow,
    Status,
    TallyRow,
)

__all__ = ["Dimension", "StatRow", "compact_tally", "statistics"]

Dimension = Literal["total", "community", "compound", "building", "kind", "source", "month"]

_COUNTERS = (
    "found",
    "registered",
    "rechecked",
    "failed_rechecks",
    "rebounds",
    "transfers",
    "dissuasions",
    "removed_weight_kg",
)
_GROUPS = ("compound_id", "building_id", "kind", "source", "status", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatRow:
    """Figures of one community, compound, building, kind, source or month.

    Attributes:
        key: Its id or word.
        name: Its name; for a kind or a source the Chinese word.
        found: Incidents found, false alarms among them.
        false_alarms: Those that were none.
        registered: Cases with a number.
        closed: 销号.
        open: Neither closed nor a false alarm.
        overdue: Open and past their deadline today.
        rechecked: Rechecked at least once.
        failed_rechecks: 复查不合格, times.
        rebounds: Closed ones that came back.
        transfers: Given to an authority.
        dissuasions: Attempts.
        removed_weight_kg: Carried away, in kilograms.
    """

    key: str
    name: str
    found: int
    false_alarms: int
    registered: int
    closed: int
    open: int
    overdue: int
    rechecked: int
    failed_rechecks: int
    rebounds: int
    transfers: int
    dissuasions: int
    removed_weight_kg: float

    @property
    def rectified_share(self) -> float | None:
        """Closed as a share of registered, in [0, 1]; None with nothing registered."""
        return None if self.registered == 0 else self.closed / self.registered


def _key(by: Dimension) -> tuple[Any, Any]:
    """The grouping column, on the counters and on the incidents."""
    if by == "community":
        own = select(CompoundRow.community_id)
        return (
            own.where(CompoundRow.id == TallyRow.compound_id).scalar_subquery(),
            own.where(CompoundRow.id == IncidentRow.compound_id).scalar_subquery(),
        )
    if by == "total":
        return cast(0, Integer), cast(0, Integer)
    if by == "building":
        return TallyRow.building_id, func.coalesce(IncidentRow.building_id, 0)
    name = {"compound": "compound_id", "month": "found_month"}.get(by, by)
    counters = {"compound": "compound_id"}.get(by, by)
    return getattr(TallyRow, counters), getattr(IncidentRow, name)


def _names(session: Session, by: Dimension) -> dict[str, str]:
    if by == "kind":
        return {kind.value: HAZARDS[kind].zh for kind in HazardKind}
    if by == "source":
        return {word: zh for word, (zh, _) in SOURCE_WORDS.items()}
    if by == "building":
        rows = session.execute(
            select(BuildingRow.id, CompoundRow.name, BuildingRow.name).join(
                CompoundRow, CompoundRow.id == BuildingRow.compound_id
            )
        )
        return {str(number): f"{compound} {name}" for number, compound, name in rows}
    if by in ("community", "compound"):
        table = CommunityRow if by == "community" else CompoundRow
        return {str(number): name for number, name in session.execute(select(table.id, table.name))}
    return {}


def statistics(
    database: Database,
    *,
    by: Dimension,
    scope: Scope = EVERYWHERE,
    since_month: str | None = None,
    until_month: str | None = None,
) -> list[StatRow]:
    """Figures by one dimension; their sums are those of the ledger.

    Args:
        database: The ledger.
        by: What to group by.
        scope: What the asker may see.
        since_month: Found in this month (``2026-01``, Asia/Shanghai) or later.
        until_month: Found in this month or earlier.
    """
    counted, listed = _key(by)
    where: list[ColumnElement[bool]] = []
    late = [overdue_condition(today_in_shanghai()), *scope.conditions()]
    if scope.site is not None or scope.compounds is not None:
        own = select(CompoundRow.id).where(*scope.conditions(CompoundRow.site, CompoundRow.id))
        where.append(TallyRow.compound_id.in_(own))
    if since_month is not None:
        where.append(TallyRow.month >= since_month)
        late.append(IncidentRow.found_month >= since_month)
    if until_month is not None:
        where.append(TallyRow.month <= until_month)
        late.append(IncidentRow.found_month <= until_month)
    sums = [func.sum(getattr(TallyRow, name)) for name in _COUNTERS]

    def of(*statuses: Status) -> Any:
        words = sorted(status.value for status in statuses)
        return func.sum(case((TallyRow.status.in_(words), TallyRow.found), else_=0))

    counts = [of(Status.FALSE_ALARM), of(Status.CLOSED), of(*OPEN_STATUSES)]
    with database.read() as session:
        key = counted.label("key")
        rows = session.execute(select(key, *sums, *counts).where(*where).group_by(key)).all()
        grouped = listed.label("key")
        counted_late = session.execute(select(grouped, func.count()).where(*late).group_by(grouped))
        overdue: dict[Any, int] = {row[0]: row[1] for row in counted_late}
        names = _names(session, by)
    found = []
    for row in rows:
        figures = dict(zip(_COUNTERS, row[1 : 1 + len(_COUNTERS)], strict=True))
        false_alarms, closed, still_open = row[1 + len(_COUNTERS) :]
        word = "" if row[0] in (None, 0) else str(row[0])
        found.append(
            StatRow(
                key=word,
                name=names.get(word, word),
                false_alarms=int(false_alarms),
                closed=int(closed),
                open=int(still_open),
                overdue=int(overdue.get(row[0], 0)),
                removed_weight_kg=float(figures.pop("removed_weight_kg")),
                **{name: int(value) for name, value in figures.items()},
            )
        )
    return sorted((row for row in found if row.found), key=lambda row: (-row.found, row.key))


def compact_tally(database: Database) -> int:
    """Sum the counters' differences up; returns how many rows became fewer.

    Reading gives the same before, while and after.
    """
    groups = [getattr(TallyRow, name) for name in _GROUPS]
    columns = [*_GROUPS, *_COUNTERS]

    def work(session: Session) -> int:
        before = session.scalar(select(func.count()).select_from(TallyRow)) or 0
        if session.get_bind().dialect.name == "sqlite":
            # One writer: between these statements nothing can come.
            sums = [func.sum(getattr(TallyRow, name)).label(name) for name in _COUNTERS]
            rows = session.execute(select(*groups, *sums).group_by(*groups)).all()
            session.execute(delete(TallyRow))
            if rows:
                session.execute(insert(TallyRow), [row._asdict() for row in rows])
        else:
            # One statement: what others commit meanwhile is neither taken nor lost.
            gone = delete(TallyRow).returning(*(getattr(TallyRow, c) for c in columns)).cte("gone")
            kept = [gone.c[name] for name in _GROUPS]
            totals = [func.sum(gone.c[name]) for name in _COUNTERS]
            session.execute(
                insert(TallyRow).from_select(columns, select(*kept, *totals).group_by(*kept))
            )
        after = session.scalar(select(func.count()).select_from(TallyRow)) or 0
        return before - after

    return database.transact(work)
