"""What is kept how long: pictures of ended incidents go, the ledger's words stay."""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.pictures import PictureStore
from service.repository.scope import Actor
from service.tables import EvidenceRow, IncidentRow, LookBackRow, PatrolPhotoRow, Status

__all__ = ["remove_old_pictures"]

_AT_ONCE = 500
_ENDED = (Status.CLOSED.value, Status.FALSE_ALARM.value)
_RETENTION = Actor(name="retention")


def remove_old_pictures(
    database: Database, store: PictureStore, *, keep_days: int, now: datetime
) -> int:
    """Take away the picture files of what ended more than ``keep_days`` days ago.

    Open cases keep theirs, and so does what a look-back still waits for. A file goes only when
    no kept picture has the same content. Rows stay and say when their file went.

    Args:
        database: The ledger.
        store: The evidence files.
        keep_days: Days after close-out (after the last change of a false alarm).
        now: The time, aware.

    Returns:
        How many pictures were taken away.
    """
    before = now - timedelta(days=keep_days)
    waits = exists().where(
        LookBackRow.incident_id == IncidentRow.id, LookBackRow.answered_at.is_(None)
    )
    wanted = (
        select(EvidenceRow)
        .join(IncidentRow, IncidentRow.id == EvidenceRow.incident_id)
        .where(
            EvidenceRow.removed_at.is_(None),
            IncidentRow.status.in_(_ENDED),
            func.coalesce(IncidentRow.closed_at, IncidentRow.updated_at) < before,
            or_(EvidenceRow.created_at < before),
            ~waits,
        )
        .order_by(EvidenceRow.id)
        .limit(_AT_ONCE)
    )

    def work(session: Session) -> list[tuple[str, str]]:
        rows = list(session.scalars(wanted))
        for row in rows:
            row.removed_at = now
        session.flush()
        if rows:
            note = f"{len(rows)} pictures of what ended before {before:%F}"
            audit(session, at=now, actor=_RETENTION, action="pictures_removed", note=note)
        return [(row.sha256, row.media_type) for row in rows]

    removed = 0
    while True:
        gone = database.transact(work)
        for sha256, media_type in sorted(set(gone)):
            _remove_unless_kept(database, store, sha256, media_type)
        removed += len(gone)
        if len(gone) < _AT_ONCE:
            return removed


def _remove_unless_kept(
    database: Database, store: PictureStore, sha256: str, media_type: str
) -> None:
    with database.read() as session:
        kept = session.scalar(
            select(EvidenceRow.id)
            .where(EvidenceRow.sha256 == sha256, EvidenceRow.removed_at.is_(None))
            .limit(1)
        )
        kept = kept or session.scalar(
            select(PatrolPhotoRow.id).where(PatrolPhotoRow.sha256 == sha256).limit(1)
        )
    if kept is None:
        # The rows say so already: a crash here leaves a file too many, never one too few.
        store.remove(sha256, media_type)
