"""Patrols and the queue of their photos: taken once, claimed for a while, settled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from service.errors import EventConflict, NotAllowed, NotFound
from service.repository.auditing import audit
from service.repository.compounds import compound_of_site
from service.repository.database import Database
from service.repository.scope import Actor, Scope
from service.tables import CompoundRow, PatrolPhotoRow, PatrolRow, PhotoState

__all__ = [
    "ClaimedPhoto",
    "NewPhoto",
    "Patrol",
    "PatrolPhoto",
    "claim_photos",
    "create_patrol",
    "find_claimed_photo",
    "list_patrol_photos",
    "list_patrols",
    "queue_photos",
    "read_patrol",
    "settle_photo",
]

#: A worker that says nothing for so long has lost its photos to the next one.
_LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrol:
    """One walk, with its photos counted by state."""

    id: int
    patrol_key: str
    site: str
    compound_id: int
    place: str
    note: str
    created_at: datetime
    created_by: str
    photos: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhoto:
    """A checked photo whose file is on the disk."""

    file: str
    sha256: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolPhoto:
    """One photo and what has become of it."""

    id: int
    file: str
    sha256: str
    media_type: str
    size_bytes: int
    state: PhotoState
    reason: str
    hazards: int
    created_at: datetime
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedPhoto:
    """A photo that a worker is to review, and where it was taken."""

    id: int
    patrol_id: int
    site: str
    place: str
    note: str
    file: str
    sha256: str
    media_type: str
    created_at: datetime


def create_patrol(
    database: Database,
    *,
    patrol_key: str,
    site: str,
    place: str,
    note: str,
    actor: Actor,
    scope: Scope,
) -> Patrol:
    """Make a patrol, or give the one that has this key already.

    Raises:
        EventConflict: The key is known for another compound, place or note.
        NotAllowed: The compound is unknown or out of the scope.
    """

    def work(session: Session) -> Patrol:
        compound = session.scalar(select(CompoundRow).where(CompoundRow.site == site))
        if compound is None and scope.site == site:
            compound = session.get_one(CompoundRow, compound_of_site(session, site))
        # One answer for both: who may not see a compound need not learn that it exists.
        if compound is None or not scope.sees(site=site, compound_id=compound.id):
            raise NotAllowed(f"site: {site!r} is no compound that you may report for")
        row = session.scalar(select(PatrolRow).where(PatrolRow.patrol_key == patrol_key))
        if row is not None:
            if (row.site, row.place, row.note) != (site, place, note):
                raise EventConflict(
                    "patrol_key: it names another patrol already; another patrol needs another key"
                )
            return _view(session, row)
        row = PatrolRow(
            patrol_key=patrol_key,
            compound_id=compound.id,
            site=site,
            place=place,
            note=note,
            created_at=datetime.now(UTC),
            created_by=actor.person or actor.name,
        )
        session.add(row)
        session.flush()
        audit(
            session,
            at=row.created_at,
            actor=actor,
            action="patrol_created",
            note=note,
            detail={"patrol_id": row.id, "site": site, "place": place},
        )
        return _view(session, row)

    return database.transact(work)


def _view(session: Session, row: PatrolRow) -> Patrol:
    found = session.execute(
        select(PatrolPhotoRow.state, func.count())
        .where(PatrolPhotoRow.patrol_id == row.id)
        .group_by(PatrolPhotoRow.state)
    )
    counts = {state: count for state, count in found.all()}  # noqa: C416  (rows are no pairs)
    return Patrol(
        id=row.id,
        patrol_key=row.patrol_key,
        site=row.site,
        compound_id=row.compound_id,
        place=row.place,
        note=row.note,
        created_at=row.created_at,
        created_by=row.created_by,
        photos={state.value: 0 for state in PhotoState} | counts,
    )


def _photo(row: PatrolPhotoRow) -> PatrolPhoto:
    return PatrolPhoto(
        id=row.id,
        file=row.file,
        sha256=row.sha256,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        state=PhotoState(row.state),
        reason=row.reason,
        hazards=row.hazards,
        created_at=row.created_at,
        reviewed_at=row.reviewed_at,
    )


def _find(session: Session, patrol_id: int, scope: Scope) -> PatrolRow:
    row = session.get(PatrolRow, patrol_id)
    if row is None or not scope.sees(site=row.site, compound_id=row.compound_id):
        raise NotFound(f"no patrol has the number {patrol_id}")
    return row


def list_patrols(database: Database, *, scope: Scope, limit: int) -> list[Patrol]:
    """Patrols within the scope, the newest first."""
    conditions = scope.conditions(PatrolRow.site, PatrolRow.compound_id)
    wanted = select(PatrolRow).where(*conditions).order_by(PatrolRow.id.desc()).limit(limit)
    with database.read() as session:
        return [_view(session, row) for row in session.scalars(wanted)]


def read_patrol(database: Database, patrol_id: int, *, scope: Scope) -> Patrol:
    """One patrol.

    Raises:
        NotFound: There is none, or it is out of the scope.
    """
    with database.read() as session:
        return _view(session, _find(session, patrol_id, scope))


def list_patrol_photos(
    database: Database, patrol_id: int, *, scope: Scope, after: int, limit: int
) -> list[PatrolPhoto]:
    """The photos of a patrol by id, behind ``after``.

    Raises:
        NotFound: There is no such patrol, or it is out of the scope.
    """
    with database.read() as session:
        _find(session, patrol_id, scope)
        rows = session.scalars(
            select(PatrolPhotoRow)
            .where(PatrolPhotoRow.patrol_id == patrol_id, PatrolPhotoRow.id > after)
            .order_by(PatrolPhotoRow.id)
            .limit(limit)
        )
        return [_photo(row) for row in rows]


def queue_photos(
    database: Database,
    patrol_id: int,
    photos: Sequence[NewPhoto],
    *,
    actor: Actor,
    scope: Scope,
) -> list[tuple[int, bool]]:
    """Queue photos whose files are on the disk; one that the patrol has is left as it is.

    Returns:
        Id, and whether it is new, of each photo in order.

    Raises:
        NotFound: There is no such patrol, or it is out of the scope.
    """

    def work(session: Session) -> list[tuple[int, bool]]:
        _find(session, patrol_id, scope)
        now = datetime.now(UTC)
        found: list[tuple[int, bool]] = []
        for photo in photos:
            known = session.scalar(
                select(PatrolPhotoRow.id).where(
                    PatrolPhotoRow.patrol_id == patrol_id, PatrolPhotoRow.sha256 == photo.sha256
                )
            )
            if known is not None:
                found.append((known, False))
                continue
            row = PatrolPhotoRow(
                patrol_id=patrol_id,
                file=photo.file,
                sha256=photo.sha256,
                media_type=photo.media_type,
                size_bytes=photo.size_bytes,
                state=PhotoState.QUEUED.value,
                reason="",
                hazards=0,
                created_at=now,
                claimed_by="",
            )
            session.add(row)
            session.flush()
            found.append((row.id, True))
        fresh = sum(is_new for _, is_new in found)
        if fresh:
            detail = {"patrol_id": patrol_id, "photos": fresh}
            audit(session, at=now, actor=actor, action="photos_uploaded", detail=detail)
        return found

    return database.transact(work)


def claim_photos(
    database: Database, *, worker: str, limit: int, scope: Scope, now: datetime
) -> list[ClaimedPhoto]:
    """Photos of one patrol for a worker: those that it holds already, else the oldest that wait.

    Args:
        database: The ledger.
        worker: Names the worker for good; after a crash it gets its own photos back at once.
        limit: At most so many.
        scope: What its key may see.
        now: Aware; claims that have lapsed by then are free again.
    """
    waits = PatrolPhotoRow.state == PhotoState.QUEUED.value
    held = PatrolPhotoRow.state == PhotoState.CLAIMED.value
    own = and_(held, PatrolPhotoRow.claimed_by == worker)
    lapsed = and_(held, PatrolPhotoRow.claimed_until < now)
    seen = scope.conditions(PatrolRow.site, PatrolRow.compound_id)

    def work(session: Session) -> list[ClaimedPhoto]:
        free = (
            select(PatrolPhotoRow, PatrolRow)
            .join(PatrolRow, PatrolRow.id == PatrolPhotoRow.patrol_id)
            .where(*seen)
            .order_by(PatrolPhotoRow.id)
            .with_for_update(of=PatrolPhotoRow, skip_locked=True)
        )
        for condition in (own, or_(waits, lapsed)):
            first = session.execute(free.where(condition).limit(1)).first()
            if first is None:
                continue
            patrol: PatrolRow = first[1]
            rows = session.execute(
                free.where(condition, PatrolPhotoRow.patrol_id == patrol.id).limit(limit)
            ).all()
            for photo, _ in rows:
                photo.state, photo.claimed_by = PhotoState.CLAIMED.value, worker
                photo.claimed_until = now + _LEASE
            return [_claimed(photo, patrol) for photo, _ in rows]
        return []

    return database.transact(work)


def _claimed(photo: PatrolPhotoRow, patrol: PatrolRow) -> ClaimedPhoto:
    return ClaimedPhoto(
        id=photo.id,
        patrol_id=patrol.id,
        site=patrol.site,
        place=patrol.place,
        note=patrol.note,
        file=photo.file,
        sha256=photo.sha256,
        media_type=photo.media_type,
        created_at=photo.created_at,
    )


def _held(session: Session, photo_id: int, worker: str, scope: Scope) -> PatrolPhotoRow:
    row = session.get(PatrolPhotoRow, photo_id, with_for_update=True)
    if row is not None:
        _find(session, row.patrol_id, scope)
    if row is None or row.claimed_by != worker:
        raise NotFound(f"photo {photo_id} is not claimed by the worker {worker}; claim it first")
    return row


def find_claimed_photo(
    database: Database, photo_id: int, *, worker: str, scope: Scope
) -> tuple[str, str]:
    """Digest and media type of a photo that this worker holds.

    Raises:
        NotFound: There is none, another worker holds it, or it is settled.
    """

    def work(session: Session) -> tuple[str, str]:
        row = _held(session, photo_id, worker, scope)
        if row.state != PhotoState.CLAIMED.value:
            raise NotFound(f"photo {photo_id} is settled; its original is locked")
        return row.sha256, row.media_type

    return database.transact(work)


def settle_photo(
    database: Database,
    photo_id: int,
    *,
    worker: str,
    state: PhotoState,
    reason: str,
    hazards: int,
    scope: Scope,
) -> PatrolPhoto:
    """Write down what became of a photo; a repeat of the same changes nothing.

    Raises:
        NotFound: There is none, or another worker holds it.
    """

    def work(session: Session) -> PatrolPhoto:
        row = _held(session, photo_id, worker, scope)
        if row.state == PhotoState.CLAIMED.value:
            row.state, row.reason, row.hazards = state.value, reason, hazards
            row.reviewed_at, row.claimed_until = datetime.now(UTC), None
            session.flush()
        return _photo(row)

    return database.transact(work)
