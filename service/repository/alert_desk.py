"""What people keep about alerts: channels, policies, mutes, responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.repository.alerting import policy_fields, queue_message, wake_alerts
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.incidents import find_incident
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.tables import (
    ChannelRow,
    CompoundRow,
    IncidentRow,
    MuteRow,
    PolicyRow,
    ResponseRow,
)

__all__ = [
    "Channel",
    "Mute",
    "add_channel",
    "add_mute",
    "add_response",
    "drop_channel",
    "end_mute",
    "list_channels",
    "list_mutes",
    "list_policies",
    "put_policy",
    "queue_office_messages",
    "queue_test_message",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as it may be shown: only the URL's scheme."""

    id: int
    name: str
    kind: str
    scheme: str
    has_secret: bool
    enabled: bool
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Silence for a place and kind until a time."""

    id: int
    compound_id: int
    kind: str
    camera_id: str
    zone_id: str
    reason: str
    until: datetime
    created_at: datetime
    created_by: str
    ended_at: datetime | None


def _channel(row: ChannelRow) -> Channel:
    return Channel(
        id=row.id,
        name=row.name,
        kind=row.kind,
        scheme=row.url.partition("://")[0],
        has_secret=bool(row.secret),
        enabled=row.enabled,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def add_channel(
    database: Database,
    *,
    name: str,
    kind: str,
    url: str,
    secret: str,
    actor: Actor,
    now: datetime,
) -> Channel:
    """Keep a channel; InvalidRequest when its name is taken."""

    def work(session: Session) -> Channel:
        if session.scalar(select(ChannelRow.id).where(ChannelRow.name == name)) is not None:
            raise InvalidRequest(f"name: there is a channel {name!r} already", (("name", "taken"),))
        row = ChannelRow(
            name=name,
            kind=kind,
            url=url,
            secret=secret,
            enabled=True,
            created_at=now,
            created_by=actor.name,
        )
        session.add(row)
        audit(session, at=now, actor=actor, action="add_channel", note=f"{name} ({kind})")
        session.flush()
        return _channel(row)

    return database.transact(work)


def list_channels(database: Database) -> list[Channel]:
    """All channels, by name."""
    with database.read() as session:
        return [
            _channel(row) for row in session.scalars(select(ChannelRow).order_by(ChannelRow.name))
        ]


def drop_channel(database: Database, channel_id: int, *, actor: Actor, now: datetime) -> None:
    """Forget a channel and its secrets; what waits for it becomes dead.

    Raises:
        NotFound: There is none.
    """

    def work(session: Session) -> None:
        row = _channel_row(session, channel_id)
        audit(session, at=now, actor=actor, action="drop_channel", note=row.name)
        session.delete(row)

    database.transact(work)


def _channel_row(session: Session, channel_id: int) -> ChannelRow:
    row = session.get(ChannelRow, channel_id)
    if row is None:
        raise NotFound(f"no channel has the number {channel_id}")
    return row


def queue_test_message(database: Database, channel_id: int, *, actor: Actor, now: datetime) -> None:
    """Send a message that says it is a test.

    Raises:
        NotFound: There is no such channel.
    """

    def work(session: Session) -> None:
        row = _channel_row(session, channel_id)
        queue_message(
            session,
            channel=row.name,
            dedupe_key=f"test:{now.isoformat()}",
            subject="test",
            title="【测试】LifeLane 生命通道",
            body=f"这是一条测试消息，由 {actor.name} 发出。 This is a test.",
            data={},
            now=now,
        )

    database.transact(work)


def queue_office_messages(
    database: Database, messages: Sequence[tuple[str, str, str]], *, now: datetime
) -> None:
    """Tell every channel of the everywhere-policy (else every enabled one) these, each once.

    Args:
        database: Where channels are.
        messages: ``(dedupe key, title, body)``.
        now: Aware.
    """

    def work(session: Session) -> None:
        policy = session.scalar(
            select(PolicyRow).where(PolicyRow.compound_id == 0, PolicyRow.kind == "")
        )
        names = list(policy.report_channels) if policy is not None else []
        if not names:
            names = list(session.scalars(select(ChannelRow.name).where(ChannelRow.enabled)))
        for key, title, body in messages:
            for name in names:
                queue_message(
                    session,
                    channel=name,
                    dedupe_key=key,
                    subject="reminder",
                    title=title,
                    body=body,
                    data={},
                    now=now,
                )

    database.transact(work)


def put_policy(
    database: Database,
    *,
    compound_id: int,
    kind: str,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the policy of a compound (0 for all) and kind (empty for all).

    Raises:
        NotFound: There is no such compound.
    """

    def work(session: Session) -> None:
        if compound_id and session.get(CompoundRow, compound_id) is None:
            raise NotFound(f"no compound has the number {compound_id}")
        row = session.scalar(
            select(PolicyRow).where(PolicyRow.compound_id == compound_id, PolicyRow.kind == kind)
        )
        if row is None:
            row = PolicyRow(compound_id=compound_id, kind=kind)
            session.add(row)
        for name, value in fields.items():
            setattr(row, name, value)
        audit(
            session,
            at=now,
            actor=actor,
            action="put_policy",
            note=f"{compound_id}/{kind}",
            detail=dict(fields),
        )

    database.transact(work)


def list_policies(database: Database) -> list[dict[str, Any]]:
    """All kept policies, the general ones first."""
    with database.read() as session:
        rows = session.scalars(select(PolicyRow).order_by(PolicyRow.compound_id, PolicyRow.kind))
        return [
            {"compound_id": row.compound_id, "kind": row.kind, **policy_fields(row)} for row in rows
        ]


def _mute(row: MuteRow) -> Mute:
    return Mute(**{name: getattr(row, name) for name in Mute.__dataclass_fields__})


def _compound_in_scope(session: Session, compound_id: int, scope: Scope) -> CompoundRow:
    row = session.get(CompoundRow, compound_id)
    if row is None or not scope.sees(site=row.site, compound_id=row.id):
        raise NotFound(f"no compound has the number {compound_id}")
    return row


def add_mute(
    database: Database,
    *,
    compound_id: int,
    kind: str,
    camera_id: str,
    zone_id: str,
    reason: str,
    until: datetime,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> Mute:
    """Silence a place and kind until a time.

    Raises:
        NotFound: The compound is not there, or out of the scope.
        InvalidRequest: The time is over already.
    """
    if until <= now:
        raise InvalidRequest("until: expected a time to come", (("until", "is over"),))

    def work(session: Session) -> Mute:
        _compound_in_scope(session, compound_id, scope)
        row = MuteRow(
            compound_id=compound_id,
            kind=kind,
            camera_id=camera_id,
            zone_id=zone_id,
            reason=reason,
            until=until,
            created_at=now,
            created_by=actor.name,
        )
        session.add(row)
        session.flush()
        audit(
            session,
            at=now,
            actor=actor,
            action="mute",
            note=reason,
            detail={"mute_id": row.id, "until": until.isoformat()},
        )
        return _mute(row)

    return database.transact(work)


def end_mute(
    database: Database, mute_id: int, *, actor: Actor, now: datetime, scope: Scope = EVERYWHERE
) -> Mute:
    """End the silence before its time; what it held back is told now.

    Raises:
        NotFound: There is none, or it is out of the scope.
    """

    def work(session: Session) -> Mute:
        row = session.get(MuteRow, mute_id)
        if row is None:
            raise NotFound(f"no mute has the number {mute_id}")
        _compound_in_scope(session, row.compound_id, scope)
        row.ended_at = row.ended_at or now
        audit(session, at=now, actor=actor, action="unmute", detail={"mute_id": row.id})
        held = select(IncidentRow.id).where(
            IncidentRow.compound_id == row.compound_id, IncidentRow.status == "found"
        )
        for incident_id in session.scalars(held):
            wake_alerts(session, [incident_id], now)
        session.flush()
        return _mute(row)

    return database.transact(work)


def list_mutes(database: Database, *, now: datetime, scope: Scope = EVERYWHERE) -> list[Mute]:
    """Mutes that hold now."""
    query = (
        select(MuteRow)
        .join(CompoundRow, CompoundRow.id == MuteRow.compound_id)
        .where(
            MuteRow.ended_at.is_(None),
            MuteRow.until > now,
            *scope.conditions(CompoundRow.site, MuteRow.compound_id),
        )
        .order_by(MuteRow.id)
    )
    with database.read() as session:
        return [_mute(row) for row in session.scalars(query)]


def add_response(
    database: Database,
    incident_id: int,
    *,
    step: str,
    method: str,
    person: str,
    note: str,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> None:
    """Write down that somebody warned, was sent, or arrived.

    Raises:
        NotFound: There is no such incident, or it is out of the scope.
    """

    def work(session: Session) -> None:
        find_incident(session, incident_id, scope)
        session.add(
            ResponseRow(
                incident_id=incident_id,
                step=step,
                at=now,
                actor=actor.name,
                method=method,
                person=person,
                note=note,
            )
        )
        audit(
            session,
            at=now,
            actor=actor,
            action=step,
            incident_id=incident_id,
            note=note,
            detail={"method": method, "person": person},
        )

    database.transact(work)
    database.changes.bump()
