"""Messages on their way: claimed by one process, tried again with backoff, dead after that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.errors import NotFound, TransitionRefused
from service.repository.alerting import ALERT_TIMER
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.scope import Actor
from service.tables import ChannelRow, DeliveryRow, TimerRow

__all__ = [
    "Claimed",
    "Delivery",
    "anything_due",
    "claim_deliveries",
    "list_deliveries",
    "retry_delivery",
    "settle_delivery",
]

_LEASE_S = 120.0
_ATTEMPTS_MOST = 10
_BACKOFF_S = 5.0
_BACKOFF_MOST_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message as the list shows it; no field is a secret."""

    id: int
    channel: str
    incident_id: int | None
    subject: str
    title: str
    body: str
    state: str
    due_at: datetime
    attempts: int
    last_reason: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Claimed:
    """A message for this process to send; ``url`` and ``secret`` are secrets."""

    id: int
    key: str
    kind: str
    url: str
    secret: str
    subject: str
    title: str
    body: str
    data: dict[str, Any]
    created_at: datetime


def anything_due(database: Database, *, now: datetime) -> bool:
    """Whether an alert or a message is due; a reading that holds up no writer."""
    with database.read() as session:
        timer = select(TimerRow.id).where(TimerRow.kind == ALERT_TIMER, TimerRow.due_at <= now)
        if session.scalar(timer.limit(1)) is not None:
            return True
        message = select(DeliveryRow.id).where(
            DeliveryRow.state == "pending", DeliveryRow.due_at <= now
        )
        return session.scalar(message.limit(1)) is not None


def claim_deliveries(database: Database, *, now: datetime, limit: int = 20) -> list[Claimed]:
    """Take what is due for this process alone; what it does not settle comes due again."""

    def work(session: Session) -> list[Claimed]:
        rows: Sequence[DeliveryRow] = session.scalars(
            select(DeliveryRow)
            .where(
                DeliveryRow.state == "pending",
                DeliveryRow.due_at <= now,
                or_(DeliveryRow.claimed_until.is_(None), DeliveryRow.claimed_until < now),
            )
            .order_by(DeliveryRow.due_at, DeliveryRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        channels = {
            row.name: row
            for row in session.scalars(
                select(ChannelRow).where(ChannelRow.name.in_({row.channel for row in rows}))
            )
        }
        claimed = []
        for row in rows:
            channel = channels.get(row.channel)
            if channel is None or not channel.enabled:
                row.state = "dead"
                row.last_reason = "the channel is gone or switched off"
                continue
            row.claimed_until = now + timedelta(seconds=_LEASE_S)
            claimed.append(
                Claimed(
                    id=row.id,
                    key=f"{row.channel}:{row.dedupe_key}",
                    kind=channel.kind,
                    url=channel.url,
                    secret=channel.secret,
                    subject=row.subject,
                    title=row.title,
                    body=row.body,
                    data=row.data,
                    created_at=row.created_at,
                )
            )
        return claimed

    return database.transact(work)


def settle_delivery(
    database: Database,
    delivery_id: int,
    *,
    now: datetime,
    failure: str = "",
    for_good: bool = False,
) -> None:
    """Note that it was taken, or why not; it then waits longer each time, or is dead."""

    def work(session: Session) -> None:
        row = session.get(DeliveryRow, delivery_id, with_for_update=True)
        if row is None or row.state != "pending":
            return
        row.attempts += 1
        row.claimed_until = None
        row.last_reason = failure
        if not failure:
            row.state, row.sent_at = "sent", now
        elif for_good or row.attempts >= _ATTEMPTS_MOST:
            row.state = "dead"
        else:
            wait_s = min(_BACKOFF_MOST_S, _BACKOFF_S * 2 ** (row.attempts - 1))
            row.due_at = now + timedelta(seconds=wait_s)

    database.transact(work)


def _view(row: DeliveryRow) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__dataclass_fields__})


def list_deliveries(
    database: Database,
    *,
    state: str | None = None,
    incident_id: int | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Messages, the newest first."""
    query = select(DeliveryRow)
    if state is not None:
        query = query.where(DeliveryRow.state == state)
    if incident_id is not None:
        query = query.where(DeliveryRow.incident_id == incident_id)
    with database.read() as session:
        return [
            _view(row)
            for row in session.scalars(query.order_by(DeliveryRow.id.desc()).limit(limit))
        ]


def retry_delivery(
    database: Database, delivery_id: int, *, actor: Actor, now: datetime
) -> Delivery:
    """Put a dead message back on its way.

    Raises:
        NotFound: There is none.
        TransitionRefused: It is not dead.
    """

    def work(session: Session) -> Delivery:
        row = session.get(DeliveryRow, delivery_id, with_for_update=True)
        if row is None:
            raise NotFound(f"no message has the number {delivery_id}")
        if row.state != "dead":
            raise TransitionRefused(
                zh="只有发送失败的消息可以重发", en="only a dead message can be sent again"
            )
        row.state, row.attempts, row.due_at, row.claimed_until = "pending", 0, now, None
        audit(session, at=now, actor=actor, action="retry_message", note=row.title)
        session.flush()
        return _view(row)

    return database.transact(work)
