"""Reading incidents, and writing down what people do about them."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.repository.database import Database
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
    Action,
    AuditRow,
    EventRow,
    EvidenceRow,
    IncidentRow,
    Phase,
    Status,
)

__all__ = [
    "IncidentFilter",
    "count_open",
    "get_evidence",
    "get_incident",
    "list_incidents",
    "record_action",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds since the epoch and an id, both within what a database takes.
_CURSOR = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents to list; an empty field does not narrow.

    Attributes:
        site: Only of this site.
        camera_id: Only of this camera.
        status: In one of these statuses.
        phase: In one of these phases.
        kind: Of one of these kinds.
        since: Raised at this aware time or later.
        until: Raised before this aware time.
    """

    site: str | None = None
    camera_id: str | None = None
    status: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL conditions."""
        found: list[ColumnElement[bool]] = []
        if self.site is not None:
            found.append(IncidentRow.site == self.site)
        if self.camera_id is not None:
            found.append(IncidentRow.camera_id == self.camera_id)
        if self.status:
            found.append(IncidentRow.status.in_(self.status))
        if self.phase:
            found.append(IncidentRow.phase.in_(self.phase))
        if self.kind:
            found.append(IncidentRow.kind.in_(self.kind))
        if self.since is not None:
            found.append(IncidentRow.raised_at >= self.since)
        if self.until is not None:
            found.append(IncidentRow.raised_at < self.until)
        return found


def _encode_cursor(row: IncidentRow) -> str:
    # Whole microseconds: a float would lose the last digits.
    place = f"{(row.raised_at - _EPOCH) // timedelta(microseconds=1)}.{row.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        match = _CURSOR.fullmatch(text.decode("ascii"))
        if match is not None:
            return _EPOCH + timedelta(microseconds=int(match[1])), int(match[2])
    except (binascii.Error, ValueError, OverflowError):
        match = None
    raise InvalidRequest(
        "cursor: expected the next_cursor of an earlier page, got something else",
        (("cursor", "not a cursor of this API"),),
    )


def _snapshots(session: Session, incident_ids: Iterable[int]) -> dict[int, int]:
    # The newest picture that shows the hazard; that of an end shows the empty place.
    shows_it = case((EventRow.phase != Phase.END.value, EvidenceRow.id))
    newest = func.coalesce(func.max(shows_it), func.max(EvidenceRow.id))
    found = session.execute(
        select(EvidenceRow.incident_id, newest)
        .join(EventRow, EventRow.id == EvidenceRow.event_id)
        .where(EvidenceRow.incident_id.in_(list(incident_ids)), EvidenceRow.role == "snapshot")
        .group_by(EvidenceRow.incident_id)
    )
    return dict(found.all())


def _incident(row: IncidentRow, snapshot_id: int | None) -> Incident:
    return Incident(
        id=row.id,
        incident_key=row.incident_key,
        site=row.site,
        kind=row.kind,
        phase=row.phase,
        status=Status(row.status),
        severity=row.severity,
        camera_id=row.camera_id,
        zone_id=row.zone_id,
        camera_name=row.camera_name,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        raised_at=row.raised_at,
        ended_at=row.ended_at,
        confidence=row.confidence,
        measures=row.measures,
        model=row.model,
        rule_version=row.rule_version,
        last_sequence=row.last_sequence,
        created_at=row.created_at,
        updated_at=row.updated_at,
        snapshot_id=snapshot_id,
    )


def _audit(row: AuditRow) -> Audit:
    return Audit(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        from_status=None if row.from_status is None else Status(row.from_status),
        to_status=None if row.to_status is None else Status(row.to_status),
        note=row.note,
    )


def _evidence(row: EvidenceRow, sequence: int) -> Evidence:
    return Evidence(
        id=row.id,
        incident_id=row.incident_id,
        sequence=sequence,
        role=row.role,
        sha256=row.sha256,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
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
    conditions = (which or IncidentFilter()).conditions()
    page = select(IncidentRow).where(*conditions)
    if cursor is not None:
        raised_at, incident_id = _decode_cursor(cursor)
        page = page.where(
            or_(
                IncidentRow.raised_at < raised_at,
                and_(IncidentRow.raised_at == raised_at, IncidentRow.id < incident_id),
            )
        )
    page = page.order_by(IncidentRow.raised_at.desc(), IncidentRow.id.desc()).limit(limit + 1)
    with database.read() as session:
        total = session.scalar(select(func.count()).select_from(IncidentRow).where(*conditions))
        rows = list(session.scalars(page))
        snapshots = _snapshots(session, (row.id for row in rows[:limit]))
    return IncidentPage(
        items=tuple(_incident(row, snapshots.get(row.id)) for row in rows[:limit]),
        total=total or 0,
        next_cursor=_encode_cursor(rows[limit - 1]) if len(rows) > limit else None,
    )


def _find(session: Session, incident_id: int, site: str | None, **options: Any) -> IncidentRow:
    row = session.get(IncidentRow, incident_id, **options)
    # One answer for both, so that a key learns nothing about another site's incidents.
    if row is None or (site is not None and row.site != site):
        raise NotFound(f"no incident has the number {incident_id}")
    return row


def get_incident(
    database: Database, incident_id: int, *, site: str | None = None
) -> IncidentHistory:
    """One incident with its whole history.

    Args:
        database: Where it is.
        incident_id: Its number.
        site: Only when it is this site's; None looks into every site.

    Raises:
        NotFound: There is none, or it is another site's.
    """
    with database.read() as session:
        incident = _find(session, incident_id, site)
        events = list(
            session.scalars(
                select(EventRow)
                .where(EventRow.incident_id == incident_id)
                .order_by(EventRow.sequence)
            )
        )
        sequences = {event.id: event.sequence for event in events}
        evidence = session.scalars(
            select(EvidenceRow)
            .where(EvidenceRow.incident_id == incident_id)
            .order_by(EvidenceRow.id)
        )
        audit = session.scalars(
            select(AuditRow).where(AuditRow.incident_id == incident_id).order_by(AuditRow.id)
        )
        return IncidentHistory(
            incident=_incident(incident, _snapshots(session, [incident_id]).get(incident_id)),
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
            evidence=tuple(_evidence(row, sequences[row.event_id]) for row in evidence),
            audit=tuple(_audit(row) for row in audit),
        )


def get_evidence(
    database: Database, incident_id: int, evidence_id: int, *, site: str | None = None
) -> Evidence:
    """One picture of an incident.

    Raises:
        NotFound: The incident has no such picture, or is another site's.
    """
    with database.read() as session:
        _find(session, incident_id, site)
        row = session.get(EvidenceRow, evidence_id)
        if row is None or row.incident_id != incident_id:
            raise NotFound(f"incident {incident_id} has no picture with the number {evidence_id}")
        event = session.get_one(EventRow, row.event_id)
        return _evidence(row, event.sequence)


def record_action(
    database: Database,
    incident_id: int,
    *,
    action: Action,
    decide: Callable[[Status], Status],
    actor: str,
    note: str = "",
    site: str | None = None,
) -> Incident:
    """Change an incident's status and write down who did it, in one transaction.

    Args:
        database: Where it is.
        incident_id: Its number.
        action: What the person did, for the audit.
        decide: The workflow's word: the status now -> the status after, or an error.
        actor: Who did it.
        note: Why.
        site: Only when it is this site's.

    Raises:
        NotFound: There is none, or it is another site's.
        TransitionRefused: ``decide`` refused; nothing has changed.
    """

    def work(session: Session) -> Incident:
        # Locked: the second of two people who act at once is judged by the status that the
        # first has left.
        row = _find(session, incident_id, site, with_for_update=True)
        before = Status(row.status)
        after = decide(before)
        now = datetime.now(UTC)
        row.status = after.value
        row.updated_at = now
        session.add(
            AuditRow(
                at=now,
                actor=actor,
                action=action.value,
                incident_id=incident_id,
                from_status=before.value,
                to_status=after.value,
                note=note,
            )
        )
        session.flush()
        return _incident(row, _snapshots(session, [incident_id]).get(incident_id))

    incident = database.transact(work)
    database.changes.bump()
    return incident


def count_open(database: Database) -> dict[Status, int]:
    """How many incidents still want attention, by status."""
    wanted = sorted(status.value for status in OPEN_STATUSES)
    with database.read() as session:
        found = session.execute(
            select(IncidentRow.status, func.count())
            .where(IncidentRow.status.in_(wanted))
            .group_by(IncidentRow.status)
        )
        counts = {Status(status): count for status, count in found}
    return {Status(status): counts.get(Status(status), 0) for status in wanted}
