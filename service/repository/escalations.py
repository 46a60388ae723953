"""Reports to the sub-district and others: drafted by a timer, sent and taken by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import NotFound, TransitionRefused
from service.repository.alerting import queue_message
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.incidents import find_incident
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.tables import EscalationRow, IncidentRow

__all__ = [
    "Escalation",
    "draft_escalation",
    "list_escalations",
    "receive_escalation",
    "send_escalation",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A report to the sub-district and others: draft, sent, received."""

    id: int
    incident_id: int
    reason: str
    recipient: str
    text: str
    drafted_at: datetime
    sent_at: datetime | None
    sent_by: str
    received_at: datetime | None
    received_by: str
    receipt: str


def _escalation(row: EscalationRow) -> Escalation:
    return Escalation(**{name: getattr(row, name) for name in Escalation.__dataclass_fields__})


def list_escalations(
    database: Database,
    *,
    waiting: bool = False,
    incident_id: int | None = None,
    scope: Scope = EVERYWHERE,
    limit: int = 100,
) -> list[Escalation]:
    """Reports, the newest first.

    Args:
        database: Where they are.
        waiting: Only drafts that nobody has sent.
        incident_id: Only that of this incident.
        scope: What the asker may see.
        limit: At most so many.
    """
    query = select(EscalationRow).join(IncidentRow, IncidentRow.id == EscalationRow.incident_id)
    query = query.where(*scope.conditions())
    if waiting:
        query = query.where(EscalationRow.sent_at.is_(None))
    if incident_id is not None:
        query = query.where(EscalationRow.incident_id == incident_id)
    with database.read() as session:
        rows = session.scalars(query.order_by(EscalationRow.id.desc()).limit(limit))
        return [_escalation(row) for row in rows]


def draft_escalation(
    database: Database,
    incident_id: int,
    *,
    recipient: str,
    text: str,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> Escalation:
    """Draft the report by hand, before a timer would; a draft that there is gets these words.

    Raises:
        NotFound: There is no such incident, or it is out of the scope.
        TransitionRefused: The report has been sent.
    """

    def work(session: Session) -> Escalation:
        find_incident(session, incident_id, scope)
        row = session.scalar(
            select(EscalationRow).where(EscalationRow.incident_id == incident_id).with_for_update()
        )
        if row is None:
            row = EscalationRow(incident_id=incident_id, reason="person", drafted_at=now)
            session.add(row)
        elif row.sent_at is not None:
            raise TransitionRefused(zh=f"已由 {row.sent_by} 报送", en=f"{row.sent_by} has sent it")
        row.recipient, row.text = recipient, text
        audit(
            session,
            at=now,
            actor=actor,
            action="draft_escalation",
            incident_id=incident_id,
            note=recipient,
        )
        session.flush()
        return _escalation(row)

    escalation = database.transact(work)
    database.changes.bump()
    return escalation


def _escalation_row(session: Session, escalation_id: int, scope: Scope) -> EscalationRow:
    row = session.get(EscalationRow, escalation_id, with_for_update=True)
    if row is None:
        raise NotFound(f"no report has the number {escalation_id}")
    find_incident(session, row.incident_id, scope)
    return row


def send_escalation(
    database: Database,
    escalation_id: int,
    *,
    channels: Sequence[str],
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> Escalation:
    """Send the drafted report; a person does, never a timer.

    Raises:
        NotFound: There is none, or it is out of the scope.
        TransitionRefused: It has been sent.
    """

    def work(session: Session) -> Escalation:
        row = _escalation_row(session, escalation_id, scope)
        if row.sent_at is not None:
            raise TransitionRefused(zh=f"已由 {row.sent_by} 报送", en=f"{row.sent_by} has sent it")
        row.sent_at, row.sent_by = now, actor.person or actor.name
        for name in channels:
            queue_message(
                session,
                channel=name,
                dedupe_key=f"report-sent:{row.id}",
                subject="report",
                title="【劝阻无效报告】消防安全隐患",
                body=row.text,
                data={"incident_id": row.incident_id, "recipient": row.recipient},
                now=now,
                incident_id=row.incident_id,
            )
        audit(
            session,
            at=now,
            actor=actor,
            action="send_escalation",
            incident_id=row.incident_id,
            note=row.recipient,
        )
        session.flush()
        return _escalation(row)

    return database.transact(work)


def receive_escalation(
    database: Database,
    escalation_id: int,
    *,
    received_by: str,
    receipt: str,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> Escalation:
    """Note who took the report (回执).

    Raises:
        NotFound: There is none, or it is out of the scope.
        TransitionRefused: It has not been sent, or has been taken already.
    """

    def work(session: Session) -> Escalation:
        row = _escalation_row(session, escalation_id, scope)
        if row.sent_at is None or row.received_at is not None:
            raise TransitionRefused(
                zh="尚未报送，或已有回执", en="it is not sent yet, or has been taken already"
            )
        row.received_at, row.received_by, row.receipt = now, received_by, receipt
        audit(
            session,
            at=now,
            actor=actor,
            action="receive_escalation",
            incident_id=row.incident_id,
            note=received_by,
        )
        session.flush()
        return _escalation(row)

    return database.transact(work)
