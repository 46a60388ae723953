"""The alert of one incident: its state read, its next step written, in one transaction."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from service.repository.database import Database
from service.repository.timers import Timer
from service.tables import (
    HAZARDS,
    OPEN_STATUSES,
    AlertRow,
    BuildingRow,
    ChannelRow,
    CompoundRow,
    DeliveryRow,
    EscalationRow,
    HazardKind,
    IncidentRow,
    MuteRow,
    PolicyRow,
    Status,
    TimerRow,
)

__all__ = [
    "ALERT_TIMER",
    "AlertFacts",
    "AlertStep",
    "alert_key",
    "begin_alerts",
    "policy_fields",
    "queue_message",
    "step_alert",
    "wake_alerts",
]

#: Kind of the timers that drive alerts.
ALERT_TIMER = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """What a decision is made from, read under the incident's lock.

    Attributes:
        incident_id: Which.
        kind: Hazard kind.
        kind_zh: In the authorities' words.
        place: Compound, building and place in words.
        number: Of the ledger; empty before registration.
        policy: The kept policy's fields; None where the defaults hold.
        muted_until: End of a mute that covers it.
        group_open: Open incidents of the same place and kind.
        channels: Names of all enabled channels.
    """

    incident_id: int
    severity: str
    status: Status
    kind: str
    kind_zh: str
    place: str
    number: str
    raised_at: datetime
    ended_at: datetime | None
    dissuasions: int
    told: int
    first_told_at: datetime | None
    last_told_at: datetime | None
    unattended_at: datetime | None
    is_reported: bool
    policy: Mapping[str, Any] | None
    muted_until: datetime | None
    group_open: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """What the decision writes.

    Attributes:
        told: A message counts as told (sent or folded into another).
        unattended: Nobody took notice in time.
        report: Fields of an escalation row to draft; None for none.
        messages: ``(channel, dedupe key, subject, title, body, data)``.
        look_at: When to look again; None when the alert is over.
    """

    told: bool = False
    unattended: bool = False
    report: Mapping[str, Any] | None = None
    messages: tuple[tuple[str, str, str, str, str, Mapping[str, Any]], ...] = ()
    look_at: datetime | None = None


def alert_key(incident_id: int) -> str:
    """Key of the incident's timer."""
    return f"alert:{incident_id}"


def begin_alerts(session: Session, incident_ids: Collection[int], now: datetime) -> None:
    """New incidents: look at them at once. In the transaction that makes them."""
    if not incident_ids:
        return
    session.execute(
        insert(TimerRow.__table__),  # type: ignore[arg-type]
        [
            {
                "key": alert_key(incident_id),
                "kind": ALERT_TIMER,
                "due_at": now,
                "incident_id": incident_id,
                "payload": {},
                "attempts": 0,
            }
            for incident_id in sorted(incident_ids)
        ],
    )


def wake_alerts(session: Session, incident_ids: Collection[int], now: datetime) -> None:
    """Something has happened to them: look now instead of later. Over alerts stay over."""
    if not incident_ids:
        return
    session.execute(
        update(TimerRow)
        .where(TimerRow.key.in_([alert_key(each) for each in sorted(incident_ids)]))
        .values(due_at=now, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


def queue_message(
    session: Session,
    *,
    channel: str,
    dedupe_key: str,
    subject: str,
    title: str,
    body: str,
    data: Mapping[str, Any],
    now: datetime,
    incident_id: int | None = None,
) -> bool:
    """Put a message on its way, unless this very one has been; tells whether it was new."""
    known = session.scalar(
        select(DeliveryRow.id).where(
            DeliveryRow.channel == channel, DeliveryRow.dedupe_key == dedupe_key
        )
    )
    if known is not None:
        return False
    session.add(
        DeliveryRow(
            channel=channel,
            dedupe_key=dedupe_key,
            incident_id=incident_id,
            subject=subject,
            title=title[:300],
            body=body,
            data=dict(data),
            state="pending",
            due_at=now,
            attempts=0,
            last_reason="",
            created_at=now,
        )
    )
    # Two writers of one message: the unique key refuses one, which then runs anew and sees it.
    session.flush()
    return True


def step_alert(
    database: Database, timer: Timer, decide: Callable[[AlertFacts], AlertStep], now: datetime
) -> None:
    """Decide and write everything down; the timer moves in the same transaction."""

    def work(session: Session) -> None:
        row = session.get(TimerRow, timer.id, with_for_update=True)
        if row is None or row.due_at != timer.due_at:
            # Moved since it was claimed: somebody has acted, and it is due again anyway.
            return
        incident = session.get(IncidentRow, timer.incident_id)
        if incident is None:
            session.delete(row)
            return
        alert = session.get(AlertRow, incident.id)
        if alert is None:
            alert = AlertRow(incident_id=incident.id, group_key=_group_key(incident), told=0)
            session.add(alert)
            session.flush()
        step = decide(_facts(session, incident, alert, now))
        if step.told:
            alert.told += 1
            alert.first_told_at = alert.first_told_at or now
            alert.last_told_at = now
        if step.unattended:
            alert.unattended_at = now
        if step.report is not None:
            session.add(
                EscalationRow(
                    incident_id=incident.id,
                    drafted_at=now,
                    sent_by="",
                    received_by="",
                    receipt="",
                    **step.report,
                )
            )
        for channel, dedupe_key, subject, title, body, data in step.messages:
            queue_message(
                session,
                channel=channel,
                dedupe_key=dedupe_key,
                subject=subject,
                title=title,
                body=body,
                data=data,
                now=now,
                incident_id=incident.id,
            )
        if step.look_at is None:
            alert.ended_at = now
            session.delete(row)
        else:
            row.due_at = step.look_at
            row.claimed_until = row.claimed_by = None
            row.attempts = 0

    database.transact(work)


def _group_key(incident: IncidentRow) -> str:
    return f"{incident.compound_id}:{incident.kind}:{incident.camera_id}:{incident.zone_id}"


def _facts(session: Session, incident: IncidentRow, alert: AlertRow, now: datetime) -> AlertFacts:
    policies = {
        (row.compound_id, row.kind): row
        for row in session.scalars(
            select(PolicyRow).where(
                PolicyRow.compound_id.in_((0, incident.compound_id)),
                PolicyRow.kind.in_(("", incident.kind)),
            )
        )
    }
    # The place's word on this kind, then on any, then everybody's.
    order = (
        (incident.compound_id, incident.kind),
        (incident.compound_id, ""),
        (0, incident.kind),
        (0, ""),
    )
    policy = next((policies[key] for key in order if key in policies), None)
    muted_until = session.scalar(
        select(func.max(MuteRow.until)).where(
            MuteRow.compound_id == incident.compound_id,
            MuteRow.ended_at.is_(None),
            MuteRow.until > now,
            or_(MuteRow.kind == "", MuteRow.kind == incident.kind),
            or_(MuteRow.camera_id == "", MuteRow.camera_id == incident.camera_id),
            or_(MuteRow.zone_id == "", MuteRow.zone_id == incident.zone_id),
        )
    )
    last_of_group = session.scalar(
        select(func.max(AlertRow.last_told_at)).where(AlertRow.group_key == alert.group_key)
    )
    group_open = session.scalar(
        select(func.count())
        .select_from(AlertRow)
        .join(IncidentRow, IncidentRow.id == AlertRow.incident_id)
        .where(
            AlertRow.group_key == alert.group_key,
            IncidentRow.ended_at.is_(None),
            IncidentRow.status.in_([each.value for each in OPEN_STATUSES]),
        )
    )
    reported = session.scalar(
        select(EscalationRow.id).where(EscalationRow.incident_id == incident.id)
    )
    compound = session.get_one(CompoundRow, incident.compound_id)
    building = (
        session.get(BuildingRow, incident.building_id) if incident.building_id is not None else None
    )
    words = (
        compound.name,
        building.name if building is not None else "",
        incident.location or incident.camera_name or incident.camera_id,
    )
    return AlertFacts(
        incident_id=incident.id,
        severity=incident.severity,
        status=Status(incident.status),
        kind=incident.kind,
        kind_zh=HAZARDS[HazardKind(incident.kind)].zh,
        place=" ".join(word for word in words if word),
        number=incident.number or "",
        raised_at=incident.raised_at,
        ended_at=incident.ended_at,
        dissuasions=incident.dissuasions,
        told=alert.told,
        first_told_at=alert.first_told_at,
        last_told_at=alert.last_told_at or last_of_group,
        unattended_at=alert.unattended_at,
        is_reported=reported is not None,
        policy=None if policy is None else policy_fields(policy),
        muted_until=muted_until,
        group_open=group_open or 1,
        channels=tuple(
            session.scalars(
                select(ChannelRow.name).where(ChannelRow.enabled).order_by(ChannelRow.name)
            )
        ),
    )


def policy_fields(row: PolicyRow) -> dict[str, Any]:
    """The fields of a kept policy."""
    return {
        column.name: getattr(row, column.name)
        for column in PolicyRow.__table__.columns
        if column.name not in ("id", "compound_id", "kind")
    }
