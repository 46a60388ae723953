"""Shift handovers (交接班): what the shift leaves behind, who gave it, who took it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service.errors import NotFound, TransitionRefused
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.scope import Actor, Scope
from service.tables import OPEN_STATUSES, HandoverRow, IncidentRow, Status

__all__ = ["Handover", "Shift", "give_shift", "list_handovers", "read_shift", "take_shift"]

#: So many open cases are named; all are counted.
_MOST_OPEN = 200
#: Where nobody has ever handed over, a shift is so long.
_FIRST_SHIFT = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The shift that is running.

    Attributes:
        since: When it began: at the last handover, else twelve hours ago.
        figures: ``found``, ``false_alarms`` and ``closed`` in it; ``waiting`` and ``open`` now.
        open_ids: Open cases, the most urgent first, at most two hundred.
    """

    since: datetime
    figures: Mapping[str, int]
    open_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A shift that was given. ``taken_at`` is None until somebody has taken it."""

    id: int
    given_at: datetime
    given_by: str
    given_to: str
    note: str
    figures: Mapping[str, int]
    open_ids: tuple[int, ...]
    taken_at: datetime | None
    taken_by: str


def _view(row: HandoverRow) -> Handover:
    return Handover(
        id=row.id,
        given_at=row.given_at,
        given_by=row.given_by,
        given_to=row.given_to,
        note=row.note,
        figures=row.figures,
        open_ids=tuple(row.open_ids),
        taken_at=row.taken_at,
        taken_by=row.taken_by,
    )


def _is_seen(row: HandoverRow, scope: Scope) -> bool:
    """Whose scope holds all that the giver could see."""
    if scope.site is not None:
        return False
    if scope.compounds is None:
        return True
    return row.compounds is not None and set(row.compounds) <= scope.compounds


def list_handovers(database: Database, *, scope: Scope, limit: int = 50) -> list[Handover]:
    """Handovers within the scope, the newest first."""
    with database.read() as session:
        rows = session.scalars(select(HandoverRow).order_by(HandoverRow.id.desc()).limit(1000))
        return [_view(row) for row in rows if _is_seen(row, scope)][:limit]


def read_shift(database: Database, *, scope: Scope, now: datetime) -> Shift:
    """The running shift of whoever sees this scope."""
    last = list_handovers(database, scope=scope, limit=1)
    since = last[0].given_at if last else now - _FIRST_SHIFT
    with database.read() as session:
        return _shift(session, scope, since)


def _shift(session: Session, scope: Scope, since: datetime) -> Shift:
    seen = scope.conditions()
    still_open = IncidentRow.status.in_(sorted(status.value for status in OPEN_STATUSES))

    def count(*conditions: ColumnElement[bool]) -> int:
        wanted = select(func.count()).select_from(IncidentRow).where(*seen, *conditions)
        return session.scalar(wanted) or 0

    found = IncidentRow.raised_at >= since
    is_false = IncidentRow.status == Status.FALSE_ALARM.value
    rows = session.execute(
        select(IncidentRow.id, IncidentRow.severity)
        .where(*seen, still_open)
        .order_by(IncidentRow.raised_at.desc())
        .limit(_MOST_OPEN)
    )
    ranks = {"critical": 0, "high": 1}
    ordered = sorted(rows, key=lambda row: ranks.get(row.severity, 2))
    return Shift(
        since=since,
        figures={
            "found": count(found),
            "false_alarms": count(found, is_false),
            "closed": count(IncidentRow.closed_at >= since),
            "waiting": count(IncidentRow.status == Status.FOUND.value),
            "open": count(still_open),
        },
        open_ids=tuple(row.id for row in ordered),
    )


def give_shift(
    database: Database,
    *,
    given_to: str,
    note: str,
    actor: Actor,
    scope: Scope,
    now: datetime,
) -> Handover:
    """Hand the running shift over, with what stands open at this moment.

    Args:
        database: The ledger.
        given_to: Who takes over, in words.
        note: What the next shift should know.
        actor: Who gives it.
        scope: What that person may see.
        now: Aware.
    """
    last = list_handovers(database, scope=scope, limit=1)
    since = last[0].given_at if last else now - _FIRST_SHIFT

    def work(session: Session) -> Handover:
        shift = _shift(session, scope, since)
        row = HandoverRow(
            given_at=now,
            given_by=actor.person or actor.name,
            given_to=given_to,
            note=note,
            figures=dict(shift.figures),
            open_ids=list(shift.open_ids),
            compounds=None if scope.compounds is None else sorted(scope.compounds),
            taken_by="",
        )
        session.add(row)
        session.flush()
        audit(
            session,
            at=now,
            actor=actor,
            action="give_shift",
            note=note,
            detail={"handover_id": row.id, "to": given_to, **shift.figures},
        )
        return _view(row)

    return database.transact(work)


def take_shift(
    database: Database, handover_id: int, *, actor: Actor, scope: Scope, now: datetime
) -> Handover:
    """Take a shift over that was given; once only.

    Raises:
        NotFound: There is none, or it is out of the scope.
        TransitionRefused: Somebody has taken it already.
    """

    def work(session: Session) -> Handover:
        row = session.get(HandoverRow, handover_id, with_for_update=True)
        if row is None or not _is_seen(row, scope):
            raise NotFound(f"no handover has the number {handover_id}")
        if row.taken_at is not None:
            raise TransitionRefused(
                zh=f"已由 {row.taken_by} 接班", en=f"{row.taken_by} has taken it over already"
            )
        row.taken_at, row.taken_by = now, actor.person or actor.name
        audit(
            session,
            at=now,
            actor=actor,
            action="take_shift",
            detail={"handover_id": row.id},
        )
        session.flush()
        return _view(row)

    return database.transact(work)
