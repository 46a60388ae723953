"""Timers that survive restarts; of many processes exactly one does what is due."""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from service.repository.database import Database
from service.tables import TimerRow

__all__ = ["Timer", "cancel", "claim_due", "finish", "schedule"]

# Names this process among those that share the database; for people who look.
_PROCESS = f"{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One claimed timer.

    Attributes:
        id: Its row.
        key: Its unique name.
        kind: Who takes care of it.
        due_at: When it was due, aware UTC.
        incident_id: What it is about, if anything.
        payload: What whoever set it wrote down.
        attempts: How often it has been claimed, this time included.
    """

    id: int
    key: str
    kind: str
    due_at: datetime
    incident_id: int | None
    payload: Mapping[str, Any]
    attempts: int


def schedule(
    session: Session,
    *,
    key: str,
    kind: str,
    due_at: datetime,
    incident_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Set a timer in the caller's transaction; one of the same ``key`` is moved."""
    row = session.scalar(select(TimerRow).where(TimerRow.key == key))
    if row is None:
        row = TimerRow(key=key, attempts=0)
        session.add(row)
    row.kind = kind
    row.due_at = due_at
    row.incident_id = incident_id
    row.payload = dict(payload or {})
    row.claimed_until = row.claimed_by = None
    session.flush()


def cancel(session: Session, *, key_prefix: str) -> int:
    """Take away every timer whose key begins so; returns how many there were."""
    found = list(
        session.scalars(
            select(TimerRow.id).where(TimerRow.key.startswith(key_prefix, autoescape=True))
        )
    )
    if found:
        session.execute(delete(TimerRow).where(TimerRow.id.in_(found)))
    return len(found)


def claim_due(
    database: Database,
    *,
    kinds: Sequence[str],
    now: datetime,
    lease_s: float = 60.0,
    limit: int = 100,
) -> list[Timer]:
    """Take what is due for this process alone, the longest overdue first.

    What is not finished within ``lease_s`` seconds, because the process died, is due again.
    """

    def work(session: Session) -> list[Timer]:
        rows = session.scalars(
            select(TimerRow)
            .where(
                TimerRow.kind.in_(kinds),
                TimerRow.due_at <= now,
                or_(TimerRow.claimed_until.is_(None), TimerRow.claimed_until < now),
            )
            .order_by(TimerRow.due_at, TimerRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = []
        for row in rows:
            row.claimed_until = now + timedelta(seconds=lease_s)
            row.claimed_by = _PROCESS
            row.attempts += 1
            claimed.append(
                Timer(
                    id=row.id,
                    key=row.key,
                    kind=row.kind,
                    due_at=row.due_at,
                    incident_id=row.incident_id,
                    payload=row.payload,
                    attempts=row.attempts,
                )
            )
        return claimed

    return database.transact(work)


def finish(database: Database, timer: Timer) -> None:
    """The timer is done; one that was moved since it was claimed stays."""
    database.transact(
        lambda session: session.execute(
            delete(TimerRow).where(TimerRow.id == timer.id, TimerRow.due_at == timer.due_at)
        )
    )
