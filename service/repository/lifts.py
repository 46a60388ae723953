"""Letting a lift go from the desk: the audit line is the order, and the camera site reads it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.incidents import find_incident
from service.repository.scope import Actor, Scope
from service.repository.sequence import next_seq
from service.tables import AuditRow, HazardKind, IncidentRow

__all__ = ["LiftRelease", "find_lift_release", "release_lift"]

_ACTION = "lift_released"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftRelease:
    """Whether somebody has let the lift of an incident go.

    Attributes:
        incident_id: The incident.
        incident_key: As the camera site calls it.
        released_at: When first, aware; None while nobody has.
        released_by: Who first; empty while nobody has.
    """

    incident_id: int
    incident_key: str
    released_at: datetime | None = None
    released_by: str = ""


def release_lift(
    database: Database, incident_id: int, *, actor: Actor, scope: Scope, note: str = ""
) -> LiftRelease:
    """Let the lift of an incident go, for that incident for good.

    It is taken whatever the incident's phase or status: a release too many harms nobody, and
    each one is a line of the audit.

    Raises:
        NotFound: There is no such incident, or it is out of the scope.
        InvalidRequest: It is about no lift.
    """

    def work(session: Session) -> None:
        row = find_incident(session, incident_id, scope, with_for_update=True)
        if row.kind != HazardKind.EBIKE_IN_ELEVATOR:
            raise InvalidRequest(
                f"incident {incident_id}: expected one of the kind"
                f" {HazardKind.EBIKE_IN_ELEVATOR}, found {row.kind}: there is no lift to let go"
            )
        now = datetime.now(UTC)
        audit(session, at=now, actor=actor, action=_ACTION, incident_id=row.id, note=note)
        row.updated_at = now
        session.flush()
        row.changed_seq = next_seq(session)

    database.transact(work)
    database.changes.bump()
    with database.read() as session:
        key = find_incident(session, incident_id, scope).incident_key
    return find_lift_release(database, key, scope=scope)


def find_lift_release(database: Database, incident_key: str, *, scope: Scope) -> LiftRelease:
    """Whether somebody has let the lift of this incident go.

    Raises:
        NotFound: No incident within the scope has this key.
    """
    with database.read() as session:
        row = session.scalar(select(IncidentRow).where(IncidentRow.incident_key == incident_key))
        if row is None or not scope.sees(site=row.site, compound_id=row.compound_id):
            raise NotFound(f"no incident has the key {incident_key!r}")
        line = session.scalar(
            select(AuditRow)
            .where(AuditRow.incident_id == row.id, AuditRow.action == _ACTION)
            .order_by(AuditRow.id)
            .limit(1)
        )
        return LiftRelease(
            incident_id=row.id,
            incident_key=incident_key,
            released_at=None if line is None else line.at,
            released_by="" if line is None else line.actor,
        )
