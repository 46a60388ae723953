"""The one way to write a line of the audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.repository.scope import Actor
from service.tables import AuditRow, Status

__all__ = ["COMMAND_LINE", "audit"]

#: Whoever has a shell on the machine.
COMMAND_LINE = Actor(name="command line")


def audit(
    session: Session,
    *,
    at: datetime,
    actor: Actor,
    action: str,
    incident_id: int | None = None,
    from_status: Status | None = None,
    to_status: Status | None = None,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down who did what, in the caller's transaction; nothing can change it later.

    Args:
        session: The transaction of the deed itself.
        at: When, aware.
        actor: Who.
        action: A stable word.
        incident_id: To which incident, if to one.
        from_status: Its status before.
        to_status: Its status after.
        note: Why, in the person's words.
        detail: What exactly, as JSON values; never a secret.
    """
    session.add(
        AuditRow(
            at=at,
            actor=actor.name,
            actor_role=actor.role.value if actor.role is not None else "",
            action=action,
            incident_id=incident_id,
            from_status=from_status.value if from_status is not None else None,
            to_status=to_status.value if to_status is not None else None,
            note=note,
            detail=dict(detail) if detail else None,
        )
    )
