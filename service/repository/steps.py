"""Writing down what a person did to an incident, in one transaction."""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.errors import ChangedMeanwhile, InvalidRequest
from service.repository.alerting import begin_alerts, wake_alerts
from service.repository.auditing import audit
from service.repository.compounds import found_month
from service.repository.database import Database
from service.repository.incidents import find_incident, incident_view
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.repository.sequence import next_number, next_seq
from service.repository.step import Plan, Step
from service.repository.views import Incident
from service.tables import (
    HAZARDS,
    SEVERITIES,
    Action,
    BuildingRow,
    ContactRow,
    DissuasionRow,
    EventRow,
    EvidenceRow,
    HazardKind,
    IncidentRow,
    LookBackRow,
    OperatorRow,
    Phase,
    PlaceRow,
    Source,
    Status,
)

__all__ = ["CAMERA_RECHECK_DAYS", "Decide", "begin_rebound", "edit_incident", "record_step"]

#: The workflow's word on a step: (the case, pictures of afterwards, now) -> what to write.
Decide = Callable[[Incident, int, datetime], Plan]

#: A closed case of a camera is looked at again after so many days.
CAMERA_RECHECK_DAYS = (7, 30)

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_AFTER = ("after", "recheck")


def _after_pictures(session: Session, row: IncidentRow) -> int:
    """Pictures that show the place afterwards: a person's, or the camera's of the end."""
    return (
        session.scalar(
            select(func.count())
            .select_from(EvidenceRow)
            .outerjoin(EventRow, EventRow.id == EvidenceRow.event_id)
            .where(
                EvidenceRow.incident_id == row.id,
                EvidenceRow.removed_at.is_(None),
                or_(EvidenceRow.role.in_(_AFTER), EventRow.phase == Phase.END.value),
            )
        )
        or 0
    )


def _check_references(session: Session, row: IncidentRow, step: Step) -> None:
    for table, name in (
        (BuildingRow, "building_id"),
        (PlaceRow, "place_id"),
        (ContactRow, "responsible_contact_id"),
        (OperatorRow, "responsible_operator_id"),
    ):
        wanted = getattr(step, name)
        if wanted is None:
            continue
        found = session.get(table, wanted)
        owner = getattr(found, "compound_id", None)
        if found is None or (owner is not None and owner != row.compound_id):
            raise InvalidRequest(
                f"{name}: {wanted} is unknown, or belongs to another compound than the incident",
                ((name, "expected the id of one of this compound"),),
            )


def _take_number(session: Session, row: IncidentRow, now: datetime) -> None:
    if row.number is not None:
        return
    year = now.astimezone(_SHANGHAI).year
    row.number_year = year
    row.number_seq = next_number(session, compound_id=row.compound_id, series="ledger", year=year)
    row.number = f"{row.site}-{year}-{row.number_seq:04d}"


def begin_rebound(
    session: Session, old: IncidentRow, *, now: datetime, note: str, reported_by: str
) -> IncidentRow:
    """A new incident at the same place that names the old, closed one (反弹)."""
    old.rebounded_at = old.rebounded_at or now
    row = IncidentRow(
        incident_key=f"rebound-{old.id}-{uuid.uuid4().hex}",
        site=old.site,
        source=Source.INSPECTION.value,
        kind=old.kind,
        phase=None,
        status=Status.FOUND.value,
        severity=old.severity,
        compound_id=old.compound_id,
        building_id=old.building_id,
        place_id=old.place_id,
        location=old.location,
        content=note,
        reported_by=reported_by,
        private_property=old.private_property,
        camera_id=old.camera_id,
        zone_id=old.zone_id,
        camera_name=old.camera_name,
        first_seen=now,
        last_seen=now,
        raised_at=now,
        found_month=found_month(now),
        ended_at=None,
        confidence=None,
        measures={},
        model="",
        rule_version="",
        last_sequence=0,
        created_at=now,
        updated_at=now,
        rebound_of_id=old.id,
    )
    session.add(row)
    session.flush()
    return row


def _plan_rechecks(session: Session, row: IncidentRow, now: datetime) -> None:
    if not row.camera_id:
        return
    session.add_all(
        LookBackRow(incident_id=row.id, reason=f"camera_{days}d", due_at=now + timedelta(days=days))
        for days in CAMERA_RECHECK_DAYS
    )


def record_step(
    database: Database,
    incident_id: int,
    *,
    action: Action,
    step: Step,
    decide: Decide,
    actor: Actor,
    scope: Scope = EVERYWHERE,
    if_seq: int | None = None,
    now: datetime | None = None,
) -> Incident:
    """Do what the workflow decides, and write down who did it.

    Args:
        database: Where the incident is.
        incident_id: Its number for URLs.
        action: What the person does, for the audit.
        step: What the person says.
        decide: The workflow's word; it sees the incident under its lock.
        actor: Who does it.
        scope: What the actor may see.
        if_seq: Only when ``changed_seq`` is still this one.
        now: The time, aware; None takes the clock's.

    Returns:
        The incident after the step; after a rebound the new one.

    Raises:
        NotFound: There is none, or it is out of the scope.
        ChangedMeanwhile: It has changed since ``if_seq``.
        InvalidRequest: The step names a building or person of another compound.
        TransitionRefused: ``decide`` refused; nothing has changed.
    """
    moment = now or datetime.now(UTC)

    def work(session: Session) -> Incident:
        # Locked: the second of two people who act at once is judged by the status that the
        # first has left.
        row = find_incident(session, incident_id, scope, with_for_update=True)
        if if_seq is not None and row.changed_seq != if_seq:
            raise ChangedMeanwhile(
                f"incident {incident_id} has changed since it was read; read it again, then act"
            )
        before = Status(row.status)
        plan = decide(incident_view(row), _after_pictures(session, row), moment)
        _check_references(session, row, step)
        row.status = plan.status.value
        for name, value in plan.changes.items():
            setattr(row, name, value)
        row.updated_at = moment
        if plan.takes_number:
            _take_number(session, row, moment)
        if plan.dissuasion:
            row.dissuasions += 1
            session.add(
                DissuasionRow(
                    incident_id=row.id,
                    attempt=row.dissuasions,
                    at=moment,
                    method=step.method or "",
                    person=step.person or "",
                    result=step.result or step.note,
                    actor=actor.name,
                )
            )
        if plan.status is Status.CLOSED and before is not Status.CLOSED:
            _plan_rechecks(session, row, moment)
        new = None
        if plan.begins_rebound:
            new = begin_rebound(session, row, now=moment, note=step.note, reported_by=actor.name)
        audit(
            session,
            at=moment,
            actor=actor,
            action=action.value,
            incident_id=row.id,
            from_status=before,
            to_status=plan.status,
            note=step.note,
            detail=dict(plan.detail) | ({"rebound_id": new.id} if new is not None else {}),
        )
        session.flush()
        # The alert sees at once that somebody has taken notice, or dissuaded once more.
        wake_alerts(session, [row.id], moment)
        if new is not None:
            begin_alerts(session, [new.id], moment)
        row.changed_seq = next_seq(session)
        if new is not None:
            new.changed_seq = row.changed_seq
        session.flush()
        return incident_view(new if new is not None else row)

    incident = database.transact(work)
    database.changes.bump()
    return incident


def edit_incident(
    database: Database,
    incident_id: int,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    scope: Scope = EVERYWHERE,
    if_seq: int | None = None,
) -> Incident:
    """Mend what was written about an incident; its status stays.

    Args:
        database: Where it is.
        incident_id: Its number for URLs.
        changes: Column -> new value, of content, location, kind, building, place, property.
        actor: Who mends it.
        scope: What the actor may see.
        if_seq: Only when ``changed_seq`` is still this one.

    Raises:
        NotFound: There is none, or it is out of the scope.
        ChangedMeanwhile: It has changed since ``if_seq``.
        InvalidRequest: The building or place is another compound's.
    """

    def work(session: Session) -> Incident:
        row = find_incident(session, incident_id, scope, with_for_update=True)
        if if_seq is not None and row.changed_seq != if_seq:
            raise ChangedMeanwhile(
                f"incident {incident_id} has changed since it was read; read it again, then mend"
            )
        step = Step(building_id=changes.get("building_id"), place_id=changes.get("place_id"))
        _check_references(session, row, step)
        old = {}
        for name, value in changes.items():
            plain = value.value if isinstance(value, HazardKind) else value
            old[name] = getattr(row, name)
            setattr(row, name, plain)
        if "kind" in changes:
            kind = HazardKind(changes["kind"])
            row.severity = SEVERITIES[kind]
            if "private_property" not in changes:
                row.private_property = HAZARDS[kind].private_property
        now = datetime.now(UTC)
        row.updated_at = now
        audit(
            session,
            at=now,
            actor=actor,
            action="edited",
            incident_id=row.id,
            detail={"before": old, "after": {name: str(value) for name, value in changes.items()}},
        )
        session.flush()
        row.changed_seq = next_seq(session)
        session.flush()
        return incident_view(row)

    incident = database.transact(work)
    database.changes.bump()
    return incident
