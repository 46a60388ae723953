"""The events of one transaction: read together, judged one by one, written together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from service.errors import EventConflict, InvalidRequest, ServiceError
from service.repository.alerting import begin_alerts, wake_alerts
from service.repository.auditing import audit
from service.repository.compounds import CameraZone, WherePlaced, found_month, remember_cameras
from service.repository.keys import bind_key
from service.repository.recurrence import answer_due_lookbacks, closed_before
from service.repository.scope import Actor
from service.repository.sequence import next_seq
from service.repository.views import Taken
from service.tables import (
    HAZARDS,
    EventRow,
    EvidenceRow,
    HazardKind,
    IncidentRow,
    Phase,
    Source,
    Status,
    severity_of,
)

__all__ = ["EventBatch", "NewEvent", "NewPicture", "known_events", "repeat_of"]

# A clock may be a little ahead; more than this is wrong, and its hazard is real all the same.
_CLOCK_AHEAD = timedelta(minutes=5)
_TABLE = cast("Table", IncidentRow.__table__)
_EVENTS = cast("Table", EventRow.__table__)
# What an event changes of a known incident.
_MOVED = (
    "phase",
    "last_sequence",
    "last_seen",
    "confidence",
    "measures",
    "severity",
    "model",
    "rule_version",
    "camera_name",
    "ended_at",
    "updated_at",
    "changed_seq",
    "snapshot_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPicture:
    """A picture whose digest, size and kind have been checked.

    Attributes:
        role: ``snapshot`` or ``clean``; of a person's picture ``before``, ``after``, ….
        sha256: Hex digest of ``content``.
        media_type: One of ``tables.MEDIA_TYPES``.
        size_bytes: Length of ``content``.
        content: The bytes, seekable.
    """

    role: str
    sha256: str
    media_type: str
    size_bytes: int
    content: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event that has passed the checks of the wire format.

    Attributes:
        event_id: ``incident_key:sequence``.
        body: The whole event as JSON, kept for the history.
        content_sha256: Digest of its canonical JSON.
        pictures: One for each evidence entry.
    """

    event_id: str
    incident_key: str
    sequence: int
    site: str
    kind: HazardKind
    phase: Phase
    camera_id: str
    zone_id: str
    camera_name: str
    occurred_at: datetime
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    confidence: float
    measures: Mapping[str, float]
    model: str
    rule_version: str
    body: Mapping[str, Any]
    content_sha256: str
    pictures: Sequence[NewPicture] = ()


def known_events(
    session: Session, events: Sequence[NewEvent]
) -> dict[str, tuple[int, str, datetime]]:
    """Of these events those taken before: ``event_id`` -> incident, digest, when."""
    if not events:
        return {}
    found = session.execute(
        select(
            EventRow.event_id, EventRow.incident_id, EventRow.content_sha256, EventRow.received_at
        ).where(EventRow.event_id.in_([event.event_id for event in events]))
    )
    return {event_id: (number, digest, at) for event_id, number, digest, at in found}


def repeat_of(
    event: NewEvent, known: Mapping[str, tuple[int, str, datetime]]
) -> Taken | ServiceError | None:
    """The answer to an event that is known, None for a new one."""
    if event.event_id not in known:
        return None
    number, digest, at = known[event.event_id]
    if digest == event.content_sha256:
        return Taken(incident_id=number, duplicate=True)
    return EventConflict(
        f"event_id {event.event_id}: taken before with other content, at {at.isoformat()}; a"
        " changed event needs the next sequence number"
    )


class EventBatch:
    """The events of one transaction: read together, judged one by one, written together."""

    def __init__(self, session: Session, key_id: str) -> None:
        self._session = session
        self._key_id = key_id
        self._now = datetime.now(UTC)
        self._incidents: dict[str, dict[str, Any]] = {}
        self._places: dict[CameraZone, WherePlaced] = {}
        self._new: set[str] = set()
        self._moved: set[str] = set()
        self._ended: set[str] = set()
        self._events: list[dict[str, Any]] = []
        self._pictures: list[tuple[NewEvent, NewPicture]] = []
        self._ahead: list[NewEvent] = []

    def take(self, events: Sequence[NewEvent]) -> list[Taken | ServiceError]:
        """Take them all, in their order; an answer for each."""
        for site in sorted({event.site for event in events}):
            bind_key(self._session, self._key_id, site, now=self._now)
        keys = sorted({event.incident_key for event in events})
        # The locks make events of one incident wait for each other on PostgreSQL.
        rows = self._session.execute(
            select(_TABLE)
            .where(IncidentRow.incident_key.in_(keys))
            .order_by(IncidentRow.id)
            .with_for_update()
        )
        self._incidents = {row.incident_key: dict(row._mapping) for row in rows}  # noqa: SLF001
        self._place(events)
        # Of an incident that is not there no event can be.
        known = known_events(
            self._session, [event for event in events if event.incident_key in self._incidents]
        )
        answers: list[Taken | ServiceError | NewEvent] = []
        for event in events:
            verdict = repeat_of(event, known)
            if verdict is None:
                verdict = self._judge(event)
                if verdict is None:
                    known[event.event_id] = (0, event.content_sha256, self._now)
            # Without a number yet: new, or twice in one batch.
            is_new = isinstance(verdict, Taken) and not verdict.incident_id
            answers.append(event if verdict is None or is_new else verdict)
        fresh = {row["event_id"] for row in self._events}
        self._write()
        found: list[Taken | ServiceError] = []
        for answer in answers:
            if isinstance(answer, NewEvent):
                number = self._incidents[answer.incident_key]["id"]
                duplicate = answer.event_id not in fresh
                fresh.discard(answer.event_id)
                found.append(Taken(incident_id=number, duplicate=duplicate))
            else:
                found.append(answer)
        return found

    def _judge(self, event: NewEvent) -> ServiceError | None:
        incident = self._incidents.get(event.incident_key)
        if incident is None:
            self._incidents[event.incident_key] = self._begin(event)
            self._new.add(event.incident_key)
        else:
            for name in ("site", "kind", "camera_id", "zone_id"):
                if incident[name] != getattr(event, name):
                    return InvalidRequest(
                        f"incident_key {event.incident_key}: known with another {name} than"
                        f" {getattr(event, name)!r}; one key stands for one hazard in one place",
                        ((name, "differs from the incident's earlier events"),),
                    )
            if event.sequence > incident["last_sequence"]:
                self._move_on(incident, event)
            incident["updated_at"] = self._now
            self._moved.add(event.incident_key)
        self._events.append(
            {
                "event_id": event.event_id,
                "incident_key": event.incident_key,
                "sequence": event.sequence,
                "phase": event.phase.value,
                "occurred_at": self._sane(event.occurred_at),
                "body": dict(event.body),
                "content_sha256": event.content_sha256,
                "received_at": self._now,
            }
        )
        self._pictures += [(event, picture) for picture in event.pictures]
        if event.occurred_at > self._now + _CLOCK_AHEAD:
            self._ahead.append(event)
        return None

    def _sane(self, moment: datetime) -> datetime:
        """A time from a clock that is far ahead becomes now; the body keeps what was said."""
        return self._now if moment > self._now + _CLOCK_AHEAD else moment

    def _begin(self, event: NewEvent) -> dict[str, Any]:
        # Not only from a `start`: when that one was refused, the next event makes the incident.
        raised_at = self._sane(event.raised_at)
        where = self._places[event.site, event.camera_id, event.zone_id]
        row: dict[str, Any] = {
            "incident_key": event.incident_key,
            "site": event.site,
            "source": Source.CAMERA.value,
            "kind": event.kind.value,
            "status": Status.FOUND.value,
            "compound_id": where.compound_id,
            "building_id": where.building_id,
            "place_id": where.place_id,
            "location": "",
            "content": "",
            "reported_by": "",
            "private_property": HAZARDS[event.kind].private_property,
            "camera_id": event.camera_id,
            "zone_id": event.zone_id,
            "camera_name": event.camera_name,
            "first_seen": self._sane(event.first_seen),
            "raised_at": raised_at,
            "found_month": found_month(raised_at),
            "ended_at": None,
            "created_at": self._now,
            "updated_at": self._now,
            "snapshot_id": None,
            "dissuasions": 0,
            "failed_rechecks": 0,
            "rebound_of_id": None,
        }
        self._move_on(row, event)
        return row

    def _place(self, events: Sequence[NewEvent]) -> None:
        """Find out where the incidents that will begin are."""
        first: dict[str, NewEvent] = {}
        for event in events:
            if event.incident_key not in self._incidents:
                first.setdefault(event.incident_key, event)
        seen: dict[CameraZone, str] = {}
        for event in first.values():
            seen.setdefault((event.site, event.camera_id, event.zone_id), event.camera_name)
        if seen:
            self._places = remember_cameras(self._session, seen, now=self._now)

    def _move_on(self, incident: dict[str, Any], event: NewEvent) -> None:
        incident["phase"] = event.phase.value
        incident["last_sequence"] = event.sequence
        incident["last_seen"] = self._sane(event.last_seen)
        incident["confidence"] = event.confidence
        incident["measures"] = dict(event.measures)
        # A person may have called it another kind since; the way that is left counts for both.
        incident["severity"] = severity_of(HazardKind(incident["kind"]), event.measures)
        incident["model"] = event.model
        incident["rule_version"] = event.rule_version
        # Renamed on the camera side, or said by a later event only.
        incident["camera_name"] = event.camera_name or incident["camera_name"]
        if event.phase is Phase.END:
            incident["ended_at"] = self._sane(event.occurred_at)
            self._ended.add(event.incident_key)
        elif event.phase is not Phase.UNKNOWN:
            # Seen again after an end; an `unknown` says nothing about either.
            incident["ended_at"] = None

    def _write(self) -> None:
        if not self._events:
            return
        session = self._session
        new = [self._incidents[key] for key in self._new]
        closed_before(session, new, now=self._now)
        seq = next_seq(session)
        for key in self._new | self._moved:
            self._incidents[key]["changed_seq"] = seq
        if new:
            # Prepared once and sent in a pipeline; RETURNING would make it one text of a
            # thousand parameters, which the driver takes apart anew every time.
            session.execute(insert(_TABLE), new)
            made = select(_TABLE.c.id, _TABLE.c.incident_key)
            for number, key in session.execute(made.where(_TABLE.c.incident_key.in_(self._new))):
                self._incidents[key]["id"] = number
        for row in self._events:
            row["incident_id"] = self._incidents[row.pop("incident_key")]["id"]
        session.execute(insert(_EVENTS), self._events)
        begin_alerts(session, self._numbers(self._new), self._now)
        # A new one is looked at right away, whether or not it has ended meanwhile.
        wake_alerts(session, self._numbers(self._ended - self._new), self._now)
        self._write_pictures()
        answer_due_lookbacks(session, new, now=self._now)
        pictured = {event.incident_key for event, _ in self._pictures}
        # What is new was written with all that its events have moved, except for the picture.
        late = (self._moved - self._new) | (self._new & pictured)
        moved = [self._incidents[key] for key in sorted(late)]
        if moved:
            session.execute(
                update(_TABLE)
                .where(_TABLE.c.id == bindparam("row_id"))
                .values({name: bindparam(f"new_{name}") for name in _MOVED}),
                [
                    {"row_id": row["id"], **{f"new_{name}": row[name] for name in _MOVED}}
                    for row in moved
                ],
            )
        for event in self._ahead:
            audit(
                session,
                at=self._now,
                actor=Actor(name=f"key {self._key_id}"),
                action="clock_ahead",
                incident_id=self._incidents[event.incident_key]["id"],
                note=f"{event.event_id} says {event.occurred_at.isoformat()}, which is to come;"
                " the time of receipt stands in its place. Set the camera machine's clock",
            )

    def _numbers(self, keys: Collection[str]) -> list[int]:
        return [self._incidents[key]["id"] for key in keys]

    def _write_pictures(self) -> None:
        if not self._pictures:
            return
        session = self._session
        names = {event.event_id for event, _ in self._pictures}
        found = session.execute(
            select(EventRow.event_id, EventRow.id).where(EventRow.event_id.in_(names))
        )
        ids: dict[str, int] = {row[0]: row[1] for row in found}
        rows = [
            EvidenceRow(
                incident_id=self._incidents[event.incident_key]["id"],
                event_id=ids[event.event_id],
                role=picture.role,
                sha256=picture.sha256,
                media_type=picture.media_type,
                size_bytes=picture.size_bytes,
                created_at=self._now,
            )
            for event, picture in self._pictures
        ]
        session.add_all(rows)
        session.flush()
        for (event, picture), row in zip(self._pictures, rows, strict=True):
            incident = self._incidents[event.incident_key]
            # The newest picture that shows the hazard; that of an end shows the empty place.
            if picture.role == "snapshot" and (
                event.phase is not Phase.END or incident["snapshot_id"] is None
            ):
                incident["snapshot_id"] = row.id
