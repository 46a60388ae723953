"""What a person does to an incident: the table decides, the repository writes it down."""

from functools import partial

from service.repository import Database, Incident, record_action
from service.tables import Action, Status
from service.workflow.transitions import next_status

__all__ = ["act"]


def _decide(action: Action, status: Status) -> Status:
    return next_status(status, action)


def act(
    database: Database,
    incident_id: int,
    *,
    action: Action,
    actor: str,
    note: str = "",
    site: str | None = None,
) -> Incident:
    """Do ``action`` to the incident in the name of ``actor``; give back the incident after it.

    Raises:
        NotFound: There is no such incident, or it is another site's.
        TransitionRefused: Its status does not allow the action; the message says why.
    """
    return record_action(
        database,
        incident_id,
        action=action,
        decide=partial(_decide, action),
        actor=actor,
        note=note,
        site=site,
    )
