"""Taking what people and photos find: one incident a finding, idempotent by its key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import EventConflict, InvalidRequest, NotAllowed
from service.repository.alerting import begin_alerts
from service.repository.auditing import audit
from service.repository.compounds import compound_of_site, found_month
from service.repository.database import Database
from service.repository.events import NewPicture
from service.repository.incidents import find_incident, incident_view
from service.repository.pictures import PictureStore
from service.repository.scope import Actor, Scope
from service.repository.sequence import next_seq
from service.repository.views import Incident, Taken
from service.tables import (
    HAZARDS,
    SEVERITIES,
    BuildingRow,
    CompoundRow,
    EvidenceRow,
    HazardKind,
    IncidentRow,
    PlaceRow,
    Source,
    Status,
)

__all__ = ["NewFinding", "add_picture", "attach_pictures", "save_pictures", "take_finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFinding:
    """What somebody has found, checked by the wire format.

    Attributes:
        finding_key: Names it for good; the same key with the same content is the same finding.
        source: ``photo``, ``person`` or ``inspection``.
        site: The compound's word; None with ``compound_id``.
        compound_id: The compound; None with ``site``.
        found_at: When, aware.
        building: The building's name, made known when it is new; None without one.
        place_id: Which place, if known.
        content_sha256: Digest of the canonical JSON.
        pictures: One for each evidence entry.
    """

    finding_key: str
    source: Source
    kind: HazardKind
    found_at: datetime
    content_sha256: str
    site: str | None = None
    compound_id: int | None = None
    building: str | None = None
    place_id: int | None = None
    location: str = ""
    content: str = ""
    reported_by: str = ""
    camera_id: str = ""
    confidence: float | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    model: str = ""
    rule_version: str = ""
    pictures: Sequence[NewPicture] = ()


def take_finding(
    database: Database,
    pictures: PictureStore,
    finding: NewFinding,
    *,
    actor: Actor,
    scope: Scope,
) -> Taken:
    """Make the incident of a finding, once, however often it is posted.

    Raises:
        EventConflict: The key is known with other content.
        InvalidRequest: No such compound, or the place is another one's.
        NotAllowed: The compound is out of the scope.
        StorageUnavailable: The disk refuses.
    """
    with database.read() as session:
        known = _known(session, finding)
    if known is not None and not finding.pictures:
        return known
    save_pictures(pictures, finding.pictures)
    taken = database.transact(lambda session: _take(session, finding, actor, scope))
    if not taken.duplicate:
        database.changes.bump()
    return taken


def save_pictures(store: PictureStore, pictures: Sequence[NewPicture]) -> None:
    """Bring the files to the disk, before any row names them."""
    for picture in pictures:
        store.save(
            picture.content,
            sha256=picture.sha256,
            media_type=picture.media_type,
            size_bytes=picture.size_bytes,
        )


def _key(finding: NewFinding) -> str:
    # Apart from the cameras' keys, so that neither can take the other's.
    return f"finding:{finding.finding_key}"


def _known(session: Session, finding: NewFinding) -> Taken | None:
    row = session.scalar(select(IncidentRow).where(IncidentRow.incident_key == _key(finding)))
    if row is None:
        return None
    if row.finding_sha256 != finding.content_sha256:
        raise EventConflict(
            f"finding_key {finding.finding_key}: taken before with other content, as incident"
            f" {row.id}; what is another finding needs another key"
        )
    return Taken(incident_id=row.id, duplicate=True)


def _compound(session: Session, finding: NewFinding, scope: Scope) -> CompoundRow:
    if finding.compound_id is not None:
        row = session.get(CompoundRow, finding.compound_id)
        if row is None or (finding.site is not None and row.site != finding.site):
            raise InvalidRequest(
                f"compound_id: {finding.compound_id} is unknown, or is not site {finding.site!r}",
                (("compound_id", "expected the id of a compound"),),
            )
    elif finding.site is not None and scope.site == finding.site:
        # A site's own key may be the first to name it.
        row = session.get_one(CompoundRow, compound_of_site(session, finding.site))
    else:
        row = session.scalar(select(CompoundRow).where(CompoundRow.site == finding.site))
        if row is None:
            raise InvalidRequest(
                f"site: no compound has the site word {finding.site!r}; make it first, or give"
                " its compound_id",
                (("site", "expected a known one"),),
            )
    if not scope.sees(site=row.site, compound_id=row.id):
        raise NotAllowed(f"the compound {row.name} ({row.site}) is not within what you may see")
    return row


def _building(session: Session, compound: CompoundRow, name: str | None) -> int | None:
    if not name:
        return None
    row = session.scalar(
        select(BuildingRow).where(BuildingRow.compound_id == compound.id, BuildingRow.name == name)
    )
    if row is None:
        now = datetime.now(UTC)
        row = BuildingRow(compound_id=compound.id, name=name, created_at=now, updated_at=now)
        session.add(row)
        session.flush()
    return row.id


def _place(session: Session, compound: CompoundRow, place_id: int | None) -> int | None:
    if place_id is None:
        return None
    row = session.get(PlaceRow, place_id)
    if row is None or row.compound_id != compound.id:
        raise InvalidRequest(
            f"place_id: {place_id} is no place of {compound.name}",
            (("place_id", "expected a place of the compound"),),
        )
    return row.id


def _take(session: Session, finding: NewFinding, actor: Actor, scope: Scope) -> Taken:
    known = _known(session, finding)
    if known is not None:
        return known
    now = datetime.now(UTC)
    compound = _compound(session, finding, scope)
    row = IncidentRow(
        incident_key=_key(finding),
        site=compound.site,
        source=finding.source.value,
        kind=finding.kind.value,
        phase=None,
        status=Status.FOUND.value,
        severity=SEVERITIES[finding.kind],
        compound_id=compound.id,
        building_id=_building(session, compound, finding.building),
        place_id=_place(session, compound, finding.place_id),
        location=finding.location,
        content=finding.content,
        reported_by=finding.reported_by or actor.person or actor.name,
        finding_sha256=finding.content_sha256,
        private_property=HAZARDS[finding.kind].private_property,
        camera_id=finding.camera_id,
        zone_id="",
        camera_name="",
        first_seen=finding.found_at,
        last_seen=finding.found_at,
        raised_at=finding.found_at,
        found_month=found_month(finding.found_at),
        ended_at=None,
        confidence=finding.confidence,
        measures=dict(finding.measures),
        model=finding.model,
        rule_version=finding.rule_version,
        last_sequence=0,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    begin_alerts(session, [row.id], now)
    for picture in finding.pictures:
        add_picture(session, row, picture, taken_by=row.reported_by, now=now)
    audit(
        session,
        at=now,
        actor=actor,
        action="reported",
        incident_id=row.id,
        to_status=Status.FOUND,
        note=finding.content,
        detail={"source": finding.source.value, "finding_key": finding.finding_key},
    )
    session.flush()
    row.changed_seq = next_seq(session)
    return Taken(incident_id=row.id, duplicate=False)


def add_picture(
    session: Session,
    row: IncidentRow,
    picture: NewPicture,
    *,
    taken_by: str,
    now: datetime,
    note: str = "",
) -> EvidenceRow:
    """Write down a person's picture whose file is on the disk; returns its row."""
    evidence = EvidenceRow(
        incident_id=row.id,
        event_id=None,
        role=picture.role,
        sha256=picture.sha256,
        media_type=picture.media_type,
        size_bytes=picture.size_bytes,
        created_at=now,
        taken_by=taken_by,
        note=note,
    )
    session.add(evidence)
    session.flush()
    if row.snapshot_id is None or picture.role in ("snapshot", "before"):
        row.snapshot_id = evidence.id
    return evidence


def attach_pictures(
    database: Database,
    store: PictureStore,
    incident_id: int,
    pictures: Sequence[NewPicture],
    *,
    actor: Actor,
    scope: Scope,
    note: str = "",
) -> Incident:
    """Add a person's pictures to an incident; those that it has already are left alone.

    Raises:
        NotFound: There is no such incident, or it is out of the scope.
        StorageUnavailable: The disk refuses.
    """
    with database.read() as session:
        find_incident(session, incident_id, scope)
    save_pictures(store, pictures)

    def work(session: Session) -> Incident:
        row = find_incident(session, incident_id, scope, with_for_update=True)
        now = datetime.now(UTC)
        known = {
            (role, sha256)
            for role, sha256 in session.execute(
                select(EvidenceRow.role, EvidenceRow.sha256).where(
                    EvidenceRow.incident_id == incident_id, EvidenceRow.removed_at.is_(None)
                )
            )
        }
        fresh = [each for each in pictures if (each.role, each.sha256) not in known]
        for picture in fresh:
            add_picture(session, row, picture, taken_by=actor.name, now=now, note=note)
        if fresh:
            audit(
                session,
                at=now,
                actor=actor,
                action="picture_added",
                incident_id=row.id,
                note=note,
                detail={"pictures": [f"{each.role} {each.sha256}" for each in fresh]},
            )
            row.updated_at = now
            session.flush()
            row.changed_seq = next_seq(session)
        session.flush()
        return incident_view(row)

    incident = database.transact(work)
    database.changes.bump()
    return incident
