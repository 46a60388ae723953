"""Reading what has changed since, and the audit."""

from sqlalchemy import and_, or_, select

from service.repository.database import Database
from service.repository.incidents import audit_view, incident_view
from service.repository.scope import EVERYWHERE, Scope
from service.repository.views import Audit, Incident
from service.tables import AuditRow, FeedRow, IncidentRow

__all__ = ["changes_after", "list_audit", "newest_change"]


def newest_change(database: Database) -> int:
    """The ``changed_seq`` of the last change that was committed."""
    with database.read() as session:
        return session.scalar(select(FeedRow.last).where(FeedRow.id == 1)) or 0


def changes_after(
    database: Database, place: tuple[int, int], scope: Scope, limit: int
) -> list[Incident]:
    """Incidents changed after a place in the feed, in the order of their last change.

    Args:
        database: Where they are.
        place: ``(changed_seq, id)`` of the last one that was seen.
        scope: What the asker may see.
        limit: At most so many.
    """
    seq, number = place
    wanted = (
        select(IncidentRow)
        .where(
            IncidentRow.changed_seq >= seq,
            or_(
                IncidentRow.changed_seq > seq,
                and_(IncidentRow.changed_seq == seq, IncidentRow.id > number),
            ),
            *scope.conditions(),
        )
        .order_by(IncidentRow.changed_seq, IncidentRow.id)
        .limit(limit)
    )
    with database.read() as session:
        return [incident_view(row) for row in session.scalars(wanted)]


def list_audit(
    database: Database,
    *,
    scope: Scope = EVERYWHERE,
    incident_id: int | None = None,
    actor: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Audit]:
    """Lines of the audit, newest first.

    Lines about incidents out of the scope are left out; those about none are everybody's who
    may read the audit of everything.

    Args:
        database: Where they are.
        scope: What the asker may see.
        incident_id: Only about this incident.
        actor: Only by this one.
        action: Only this deed.
        before: Only ids below this one.
        limit: At most so many.
    """
    wanted = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    for column, value in (
        (AuditRow.incident_id, incident_id),
        (AuditRow.actor, actor),
        (AuditRow.action, action),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(AuditRow.id < before)
    narrowed = scope.conditions()
    if narrowed:
        wanted = wanted.join(IncidentRow, IncidentRow.id == AuditRow.incident_id).where(*narrowed)
    with database.read() as session:
        return [audit_view(row) for row in session.scalars(wanted)]
