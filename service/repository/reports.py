"""Monthly reports, Annex 2's tasks, Annex 1's rows and the figures of property firms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import NotFound, TransitionRefused
from service.forms import (
    BuildingRow as AnnexRow,
)
from service.forms import (
    CampaignTask,
    MonthlyPeriod,
    MonthlySnapshot,
    date_text,
    day_of,
    seeded_tasks,
    snapshot_digest,
    tally_all,
)
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.filters import IncidentFilter
from service.repository.form_cases import iter_form_cases
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.tables import (
    HAZARDS,
    OPEN_STATUSES,
    BuildingRow,
    CommunityRow,
    CompoundRow,
    ContactRow,
    HazardKind,
    IncidentRow,
    LookBackRow,
    MonthlyReportRow,
    TaskCaseRow,
    TaskRow,
    TownRow,
)

__all__ = [
    "MonthlyReport",
    "annex1_rows",
    "draft_report",
    "finish_task",
    "get_report",
    "list_tasks",
    "period_words",
    "send_report",
    "snapshot_month",
]

_OPEN_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyReport:
    """A month's report as it is kept."""

    year: int
    month: int
    snapshot: Mapping[str, Any]
    sha256: str
    taken_at: datetime
    sent_at: datetime | None
    sent_by: str


def snapshot_month(
    database: Database, period: MonthlyPeriod, *, area: str, now: datetime, scope: Scope
) -> MonthlySnapshot:
    """Count the ledger for the period's report, as it is now."""
    month, groups = tally_all(
        iter_form_cases(
            database,
            IncidentFilter(scope=scope, since=period.begins_at, until=period.draft_at),
        )
    )
    whole, _ = tally_all(iter_form_cases(database, IncidentFilter(scope=scope)))
    still_open = IncidentFilter(scope=scope, status=tuple(each.value for each in OPEN_STATUSES))
    listed: list[Mapping[str, str]] = []
    open_total = 0
    for case in iter_form_cases(database, still_open):
        open_total += 1
        if len(listed) < _OPEN_LISTED:
            listed.append(
                {
                    "number": case.number,
                    "place": f"{case.compound} {case.place}".strip(),
                    "kind": case.kind_zh,
                    "deadline": date_text(case.deadline),
                    "status": case.status_zh + ("（逾期）" if case.is_overdue else ""),
                }
            )
    return MonthlySnapshot(
        period=period,
        area=area,
        taken_at=now,
        month=month,
        whole=whole,
        groups=groups,
        open_cases=tuple(listed),
        open_total=open_total,
        look_backs=_look_backs(database, period, scope),
    )


def _look_backs(database: Database, period: MonthlyPeriod, scope: Scope) -> dict[str, int]:
    query = (
        select(LookBackRow.result, func.count())
        .join(IncidentRow, IncidentRow.id == LookBackRow.incident_id)
        .where(
            LookBackRow.answered_at >= period.begins_at,
            LookBackRow.answered_at < period.draft_at,
            *scope.conditions(),
        )
        .group_by(LookBackRow.result)
    )
    with database.read() as session:
        counts = dict(session.execute(query).all())
    return {
        "checked": sum(counts.values()),
        "kept": counts.get("clear", 0),
        "rebound": counts.get("rebound", 0),
    }


def _report(row: MonthlyReportRow) -> MonthlyReport:
    return MonthlyReport(
        year=row.year,
        month=row.month,
        snapshot=row.snapshot,
        sha256=row.sha256,
        taken_at=row.taken_at,
        sent_at=row.sent_at,
        sent_by=row.sent_by,
    )


def _find(
    session: Session, period: MonthlyPeriod, *, lock: bool = False
) -> MonthlyReportRow | None:
    query = select(MonthlyReportRow).where(
        MonthlyReportRow.year == period.year,
        MonthlyReportRow.month == period.month,
        MonthlyReportRow.area == 0,
    )
    return session.scalar(query.with_for_update() if lock else query)


def get_report(database: Database, period: MonthlyPeriod) -> MonthlyReport | None:
    """The month's report; None where there is no draft yet."""
    with database.read() as session:
        row = _find(session, period)
        return None if row is None else _report(row)


def draft_report(
    database: Database, snapshot: MonthlySnapshot, *, actor: Actor, now: datetime
) -> MonthlyReport:
    """Keep the snapshot as the month's draft, in place of an earlier draft.

    Raises:
        TransitionRefused: The report has been sent: it stays as it is.
    """
    kept = snapshot.to_json()
    period = snapshot.period

    def work(session: Session) -> MonthlyReport:
        row = _find(session, period, lock=True)
        if row is None:
            row = MonthlyReportRow(year=period.year, month=period.month, area=0, sent_by="")
            session.add(row)
        elif row.sent_at is not None:
            raise TransitionRefused(
                zh=f"{period.year}年{period.month}月月报已报送，不能修改",
                en=f"the report of {period.year}-{period.month:02d} is sent and stays as it is",
            )
        row.snapshot, row.sha256, row.taken_at = kept, snapshot_digest(kept), now
        audit(session, at=now, actor=actor, action="draft_report", note=row.sha256)
        session.flush()
        return _report(row)

    return database.transact(work)


def send_report(
    database: Database, period: MonthlyPeriod, *, actor: Actor, now: datetime
) -> MonthlyReport:
    """Freeze the draft: who sent it, when. Nothing changes it afterwards.

    Raises:
        NotFound: There is no draft yet.
        TransitionRefused: It has been sent already.
    """

    def work(session: Session) -> MonthlyReport:
        row = _find(session, period, lock=True)
        if row is None:
            raise NotFound(
                f"there is no draft of {period.year}-{period.month:02d} yet: draft it first"
            )
        if row.sent_at is not None:
            raise TransitionRefused(
                zh=f"已由 {row.sent_by} 报送", en=f"{row.sent_by} has sent it already"
            )
        row.sent_at, row.sent_by = now, actor.person or actor.name
        audit(session, at=now, actor=actor, action="send_report", note=row.sha256)
        session.flush()
        return _report(row)

    return database.transact(work)


def list_tasks(
    database: Database, year: int, *, seed: bool = True
) -> list[tuple[int, CampaignTask]]:
    """Annex 2 of the year as ``(id, task)``.

    Args:
        database: Where the tasks are.
        year: Of the campaign.
        seed: Make the paper's seven rows where the year has none yet.
    """

    def make(session: Session) -> None:
        if session.scalar(select(TaskRow.id).where(TaskRow.year == year).limit(1)) is None:
            session.add_all(
                TaskRow(
                    year=year,
                    number=task.number,
                    stage=task.stage,
                    content=task.content,
                    units=list(task.units),
                    due=task.due,
                    due_words=task.due_words,
                    done_by="",
                )
                for task in seeded_tasks(year)
            )
            session.flush()

    if seed:
        database.transact(make)
    with database.read() as session:
        rows = list(
            session.scalars(select(TaskRow).where(TaskRow.year == year).order_by(TaskRow.number))
        )
        numbers: dict[int, list[str]] = {}
        for task_id, number in session.execute(
            select(TaskCaseRow.task_id, IncidentRow.number)
            .join(IncidentRow, IncidentRow.id == TaskCaseRow.incident_id)
            .where(TaskCaseRow.task_id.in_([row.id for row in rows]))
            .order_by(IncidentRow.id)
        ):
            numbers.setdefault(task_id, []).append(number or "")
    return [
        (
            row.id,
            CampaignTask(
                number=row.number,
                stage=row.stage,
                content=row.content,
                units=tuple(row.units),
                due=row.due,
                due_words=row.due_words,
                case_numbers=tuple(numbers.get(row.id, ())),
                done_on=row.done_on,
            ),
        )
        for row in rows
    ]


def finish_task(
    database: Database,
    task_id: int,
    *,
    done_on: date | None,
    incident_ids: Sequence[int],
    actor: Actor,
    now: datetime,
) -> None:
    """Report a task done (or not, with None), and link cases to it.

    Raises:
        NotFound: There is no such task or case.
    """

    def work(session: Session) -> None:
        row = session.get(TaskRow, task_id, with_for_update=True)
        if row is None:
            raise NotFound(f"no task has the number {task_id}")
        row.done_on, row.done_by = done_on, (actor.person or actor.name) if done_on else ""
        for each in incident_ids:
            if session.get(IncidentRow, each) is None:
                raise NotFound(f"no incident has the number {each}")
            if session.get(TaskCaseRow, (task_id, each)) is None:
                session.add(TaskCaseRow(task_id=task_id, incident_id=each))
        audit(
            session,
            at=now,
            actor=actor,
            action="task",
            note=f"{row.year}-{row.number}",
            detail={
                "done_on": done_on.isoformat() if done_on else None,
                "cases": list(incident_ids),
            },
        )

    database.transact(work)


def annex1_rows(database: Database, scope: Scope = EVERYWHERE) -> list[AnnexRow]:
    """One row a building, with its building head and its open hazards."""
    with database.read() as session:
        found: list[Any] = list(
            session.execute(
                select(BuildingRow, CompoundRow, CommunityRow, TownRow)
                .join(CompoundRow, CompoundRow.id == BuildingRow.compound_id)
                .outerjoin(CommunityRow, CommunityRow.id == CompoundRow.community_id)
                .outerjoin(TownRow, TownRow.id == CommunityRow.town_id)
                .where(*scope.conditions(CompoundRow.site, CompoundRow.id))
                .order_by(TownRow.name, CommunityRow.name, CompoundRow.name, BuildingRow.id)
            )
        )
        heads: dict[tuple[str, int], ContactRow] = {}
        for contact in session.scalars(
            select(ContactRow).where(ContactRow.kind.in_(("building_head", "fire_safety_manager")))
        ):
            if contact.building_id is not None:
                heads.setdefault(("building", contact.building_id), contact)
            elif contact.compound_id is not None:
                heads.setdefault(("compound", contact.compound_id), contact)
        hazards: dict[int, list[tuple[str, date | None]]] = {}
        for building_id, kind, content, deadline in session.execute(
            select(
                IncidentRow.building_id,
                IncidentRow.kind,
                IncidentRow.content,
                IncidentRow.deadline,
            )
            .where(
                IncidentRow.building_id.is_not(None),
                IncidentRow.number.is_not(None),
                IncidentRow.status.in_([each.value for each in OPEN_STATUSES]),
                *scope.conditions(),
            )
            .order_by(IncidentRow.id)
        ):
            text = content or HAZARDS[HazardKind(kind)].zh
            hazards.setdefault(building_id or 0, []).append((text, deadline))
    rows = []
    for building, compound, community, town in found:
        head = heads.get(("building", building.id)) or heads.get(("compound", compound.id))
        open_here = hazards.get(building.id, [])
        deadlines = [deadline for _, deadline in open_here if deadline is not None]
        rows.append(
            AnnexRow(
                town=town.name if town is not None else "",
                community=community.name if community is not None else compound.name,
                compound=compound.name,
                address=compound.address,
                building=building.name,
                manager=head.name if head is not None else "",
                phone=head.phone if head is not None else "",
                height_m=building.height_m,
                floors=building.floors,
                hazards=tuple(text for text, _ in open_here),
                # The nearest day: the building is in order when the last one is, not before.
                deadline=date_text(min(deadlines)) if deadlines else "",
            )
        )
    return rows


def period_words(since: datetime, until: datetime) -> str:
    """Such as 2026年1月1日至2026年3月19日, the last day included."""
    return f"{date_text(day_of(since))}至{date_text(day_of(until - timedelta(microseconds=1)))}"
