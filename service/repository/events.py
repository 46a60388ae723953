"""Taking an event: idempotent, in one transaction, pictures first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import EventConflict, InvalidRequest
from service.repository.alerting import begin_alert, wake_alert
from service.repository.compounds import compound_of_site, found_month, remember_camera
from service.repository.database import Database
from service.repository.keys import bind_key, check_key_site
from service.repository.pictures import PictureStore
from service.repository.sequence import next_seq
from service.repository.views import Taken
from service.tables import (
    HAZARDS,
    SEVERITIES,
    EventRow,
    EvidenceRow,
    HazardKind,
    IncidentRow,
    Phase,
    Source,
    Status,
)

__all__ = ["NewEvent", "NewPicture", "take_event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPicture:
    """A picture whose digest, size and kind have been checked.

    Attributes:
        role: ``snapshot`` or ``clean``.
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


def take_event(
    database: Database, pictures: PictureStore, event: NewEvent, *, key_id: str
) -> Taken:
    """Take an event: make its incident, or move the known one on.

    When this returns, pictures and rows are on the disk. It may be called any number of
    times with the same event, also at the same moment. An event never touches the status.

    Args:
        database: Where the rows go.
        pictures: Where the pictures go.
        event: What was posted.
        key_id: The API key that posted it; one without a site becomes that of the event's.

    Raises:
        EventConflict: The ``event_id`` is known with other content.
        InvalidRequest: The ``incident_key`` belongs to another place or kind.
        NotAllowed: The key belongs to another site.
        StorageUnavailable: The disk refuses.
    """
    with database.read() as session:
        # Of what will be refused nothing is written, not even its pictures.
        check_key_site(session, key_id, event.site)
        _known(session, event)
    # Before the commit, so that no row ever names a picture that is not there. Known
    # pictures are looked for too: a repeated post mends a lost file.
    for picture in event.pictures:
        pictures.save(
            picture.content,
            sha256=picture.sha256,
            media_type=picture.media_type,
            size_bytes=picture.size_bytes,
        )
    taken = database.transact(lambda session: _take(session, event, key_id))
    if not taken.duplicate:
        database.changes.bump()
    return taken


def _known(session: Session, event: NewEvent) -> Taken | None:
    row = session.scalar(select(EventRow).where(EventRow.event_id == event.event_id))
    if row is None:
        return None
    if row.content_sha256 != event.content_sha256:
        raise EventConflict(
            f"event_id {event.event_id}: taken before with other content, at"
            f" {row.received_at.isoformat()}; a changed event needs the next sequence number"
        )
    return Taken(incident_id=row.incident_id, duplicate=True)


def _take(session: Session, event: NewEvent, key_id: str) -> Taken:
    now = datetime.now(UTC)
    bind_key(session, key_id, event.site, now=now)
    # The lock makes events of one incident wait for each other on PostgreSQL.
    incident = session.scalar(
        select(IncidentRow).where(IncidentRow.incident_key == event.incident_key).with_for_update()
    )
    if incident is None:
        incident = _new_incident(event, now, compound_of_site(session, event.site))
        remember_camera(session, event.site, event.camera_id, event.camera_name)
        session.add(incident)
        session.flush()
        begin_alert(session, incident.id, now)
    else:
        known = _known(session, event)
        if known is not None:
            return known
        _check_same_place(incident, event)
        if event.sequence > incident.last_sequence:
            _move_on(incident, event)
            if event.phase is Phase.END:
                wake_alert(session, incident.id, now)
        incident.updated_at = now
    row = EventRow(
        event_id=event.event_id,
        incident_id=incident.id,
        sequence=event.sequence,
        phase=event.phase.value,
        occurred_at=event.occurred_at,
        body=dict(event.body),
        content_sha256=event.content_sha256,
        received_at=now,
    )
    session.add(row)
    session.flush()
    pictures = [
        EvidenceRow(
            incident_id=incident.id,
            event_id=row.id,
            role=picture.role,
            sha256=picture.sha256,
            media_type=picture.media_type,
            size_bytes=picture.size_bytes,
            created_at=now,
        )
        for picture in event.pictures
    ]
    session.add_all(pictures)
    session.flush()
    for picture in pictures:
        # The newest picture that shows the hazard; that of an end shows the empty place.
        if picture.role == "snapshot" and (
            event.phase is not Phase.END or incident.snapshot_id is None
        ):
            incident.snapshot_id = picture.id
    incident.changed_seq = next_seq(session)
    return Taken(incident_id=incident.id, duplicate=False)


def _new_incident(event: NewEvent, now: datetime, compound_id: int) -> IncidentRow:
    # Not only from a `start`: when that one was refused, the next event makes the incident.
    incident = IncidentRow(
        incident_key=event.incident_key,
        site=event.site,
        source=Source.CAMERA.value,
        kind=event.kind.value,
        compound_id=compound_id,
        private_property=HAZARDS[event.kind].private_property,
        found_month=found_month(event.raised_at),
        status=Status.FOUND.value,
        severity=SEVERITIES[event.kind],
        camera_id=event.camera_id,
        zone_id=event.zone_id,
        camera_name=event.camera_name,
        first_seen=event.first_seen,
        raised_at=event.raised_at,
        ended_at=None,
        created_at=now,
        updated_at=now,
    )
    _move_on(incident, event)
    return incident


def _move_on(incident: IncidentRow, event: NewEvent) -> None:
    incident.phase = event.phase.value
    incident.last_sequence = event.sequence
    incident.last_seen = event.last_seen
    incident.confidence = event.confidence
    incident.measures = dict(event.measures)
    incident.model = event.model
    incident.rule_version = event.rule_version
    # Renamed on the camera side, or said by a later event only.
    incident.camera_name = event.camera_name or incident.camera_name
    if event.phase is Phase.END:
        incident.ended_at = event.occurred_at
    elif event.phase is not Phase.UNKNOWN:
        # Seen again after an end; an `unknown` says nothing about either.
        incident.ended_at = None


def _check_same_place(incident: IncidentRow, event: NewEvent) -> None:
    for name in ("site", "kind", "camera_id", "zone_id"):
        if getattr(incident, name) != getattr(event, name):
            raise InvalidRequest(
                f"incident_key {event.incident_key}: known with another {name} than"
                f" {getattr(event, name)!r}; one key stands for one hazard in one place",
                ((name, "differs from the incident's earlier events"),),
            )
