"""Reading the ledger: pages, one incident with its history, pictures, everything in bulk."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.repository.database import Database
from service.repository.filters import (
    IncidentFilter,
    after_cursor,
    count_incidents,
    encode_cursor,
)
from service.repository.scope import EVERYWHERE, Scope
from service.repository.views import (
    Audit,
    Event,
    Evidence,
    Incident,
    IncidentHistory,
    IncidentPage,
)
from service.tables import (
    OPEN_STATUSES,
    AuditRow,
    EventRow,
    EvidenceRow,
    IncidentRow,
    Source,
    Status,
    TallyRow,
)

__all__ = [
    "audit_view",
    "count_open",
    "evidence_view",
    "find_incident",
    "get_evidence",
    "get_incident",
    "incident_view",
    "iter_incidents",
    "list_incidents",
    "newest_incident",
]

_FIELDS = tuple(each.name for each in fields(Incident))
_BULK = 1000


def incident_view(row: IncidentRow) -> Incident:
    """The row as a plain value, detached from its session."""
    found: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    found["status"], found["source"] = Status(row.status), Source(row.source)
    return Incident(**found)


def audit_view(row: AuditRow) -> Audit:
    """The row as a plain value."""
    return Audit(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        from_status=None if row.from_status is None else Status(row.from_status),
        to_status=None if row.to_status is None else Status(row.to_status),
        note=row.note,
        actor_role=row.actor_role,
        incident_id=row.incident_id,
        detail=row.detail,
    )


def evidence_view(row: EvidenceRow, sequence: int | None) -> Evidence:
    """The row as a plain value."""
    return Evidence(
        id=row.id,
        incident_id=row.incident_id,
        sequence=sequence,
        role=row.role,
        sha256=row.sha256,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
        taken_by=row.taken_by,
        note=row.note,
        removed_at=row.removed_at,
    )


def list_incidents(
    database: Database,
    which: IncidentFilter | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> IncidentPage:
    """A page of incidents, the newest raised first.

    Args:
        database: Where they are.
        which: Narrows the list; None is everything.
        limit: Incidents a page, 1 or more.
        cursor: ``next_cursor`` of the page before; None begins with the newest.

    Raises:
        InvalidRequest: The cursor is none of ours.
    """
    wanted = which or IncidentFilter()
    page = select(IncidentRow).where(*wanted.conditions())
    if cursor is not None:
        page = page.where(after_cursor(cursor))
    page = page.order_by(IncidentRow.raised_at.desc(), IncidentRow.id.desc()).limit(limit + 1)
    with database.read() as session:
        total, exact = count_incidents(session, wanted)
        rows = list(session.scalars(page))
    return IncidentPage(
        items=tuple(incident_view(row) for row in rows[:limit]),
        total=total,
        total_is_exact=exact,
        next_cursor=encode_cursor(rows[limit - 1]) if len(rows) > limit else None,
    )


def newest_incident(database: Database, *, scope: Scope = EVERYWHERE) -> Incident | None:
    """The untouched one that came last, whenever it was raised; None when none waits."""
    found = IncidentRow.status == Status.FOUND.value
    wanted = select(IncidentRow).where(found, *scope.conditions()).order_by(IncidentRow.id.desc())
    with database.read() as session:
        row = session.scalar(wanted.limit(1))
        return None if row is None else incident_view(row)


def iter_incidents(database: Database, which: IncidentFilter | None = None) -> Iterator[Incident]:
    """Every incident that fits, the newest raised first, read a thousand at a time.

    What begins while it runs may be missing; nothing comes twice, and no transaction is held
    open between two reads.
    """
    cursor = None
    while True:
        page = list_incidents(database, which, limit=_BULK, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def find_incident(session: Session, incident_id: int, scope: Scope, **options: Any) -> IncidentRow:
    """The row of an incident within the scope.

    Raises:
        NotFound: There is none, or it is out of the scope.
    """
    row = session.get(IncidentRow, incident_id, **options)
    # One answer for both, so that nobody learns about what is not theirs.
    if row is None or not scope.sees(site=row.site, compound_id=row.compound_id):
        raise NotFound(f"no incident has the number {incident_id}")
    return row


def get_incident(
    database: Database, incident_id: int, *, scope: Scope = EVERYWHERE
) -> IncidentHistory:
    """One incident with its whole history.

    Args:
        database: Where it is.
        incident_id: Its number.
        scope: What the asker may see.

    Raises:
        NotFound: There is none, or it is out of the scope.
    """
    with database.read() as session:
        incident = find_incident(session, incident_id, scope)
        events = list(
            session.scalars(
                select(EventRow)
                .where(EventRow.incident_id == incident_id)
                .order_by(EventRow.sequence)
            )
        )
        sequences: dict[int | None, int] = {event.id: event.sequence for event in events}
        evidence = session.scalars(
            select(EvidenceRow)
            .where(EvidenceRow.incident_id == incident_id)
            .order_by(EvidenceRow.id)
        )
        audit = session.scalars(
            select(AuditRow).where(AuditRow.incident_id == incident_id).order_by(AuditRow.id)
        )
        return IncidentHistory(
            incident=incident_view(incident),
            events=tuple(
                Event(
                    id=row.id,
                    event_id=row.event_id,
                    sequence=row.sequence,
                    phase=row.phase,
                    occurred_at=row.occurred_at,
                    received_at=row.received_at,
                    body=row.body,
                )
                for row in events
            ),
            evidence=tuple(evidence_view(row, sequences.get(row.event_id)) for row in evidence),
            audit=tuple(audit_view(row) for row in audit),
            returned_of_id=_returned_of(session, events, scope),
        )


def _returned_of(session: Session, events: list[EventRow], scope: Scope) -> int | None:
    named = {str(row.body.get("previous_incident_key") or "") for row in events} - {""}
    if not named:
        return None
    rows = session.scalars(select(IncidentRow).where(IncidentRow.incident_key.in_(named)))
    # Whoever may not see the one must not learn of it from the other.
    seen = [row.id for row in rows if scope.sees(site=row.site, compound_id=row.compound_id)]
    return max(seen, default=None)


def get_evidence(
    database: Database, incident_id: int, evidence_id: int, *, scope: Scope = EVERYWHERE
) -> Evidence:
    """One picture of an incident.

    Raises:
        NotFound: The incident has no such picture, or is out of the scope.
    """
    with database.read() as session:
        find_incident(session, incident_id, scope)
        row = session.get(EvidenceRow, evidence_id)
        if row is None or row.incident_id != incident_id:
            raise NotFound(f"incident {incident_id} has no picture with the number {evidence_id}")
        sequence = None
        if row.event_id is not None:
            sequence = session.get_one(EventRow, row.event_id).sequence
        return evidence_view(row, sequence)


def count_open(database: Database) -> dict[Status, int]:
    """How many incidents still want attention, by status."""
    with database.read() as session:
        found = session.execute(
            select(TallyRow.status, func.sum(TallyRow.found)).group_by(TallyRow.status)
        )
        counts = {Status(status): int(count) for status, count in found}
    return {status: counts.get(status, 0) for status in Status if status in OPEN_STATUSES}
