"""What each camera has shown lately: its newest picture, and its incidents of a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.repository.database import Database
from service.repository.scope import Scope
from service.tables import IncidentRow

__all__ = ["CameraSight", "camera_sights"]

_MOST_A_DAY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSight:
    """One camera's newest picture and its incidents since a time.

    Attributes:
        incident_id: The newest incident with a picture; None without one.
        evidence_id: That picture.
        seen_at: When it was taken.
        spans: ``(incident id, kind, begin, end)`` of each incident since then, oldest first.
    """

    incident_id: int | None
    evidence_id: int | None
    seen_at: datetime | None
    spans: tuple[tuple[int, str, datetime, datetime], ...]


def camera_sights(
    database: Database, cameras: Iterable[tuple[str, str]], *, scope: Scope, since: datetime
) -> dict[tuple[str, str], CameraSight]:
    """Of each ``(site, camera id)`` what it has shown.

    Args:
        database: The ledger.
        cameras: Which ones; each costs two look-ups in an index.
        scope: What the asker may see.
        since: Incidents from then on, aware.
    """
    found = {}
    with database.read() as session:
        for site, camera_id in cameras:
            own = (
                IncidentRow.site == site,
                IncidentRow.camera_id == camera_id,
                *scope.conditions(),
            )
            newest = session.execute(
                select(IncidentRow.id, IncidentRow.snapshot_id, IncidentRow.last_seen)
                .where(*own, IncidentRow.snapshot_id.is_not(None))
                .order_by(IncidentRow.raised_at.desc())
                .limit(1)
            ).first()
            spans = session.execute(
                select(
                    IncidentRow.id,
                    IncidentRow.kind,
                    IncidentRow.raised_at,
                    IncidentRow.last_seen,
                )
                .where(*own, IncidentRow.raised_at >= since)
                .order_by(IncidentRow.raised_at)
                .limit(_MOST_A_DAY)
            )
            found[site, camera_id] = CameraSight(
                incident_id=None if newest is None else newest[0],
                evidence_id=None if newest is None else newest[1],
                seen_at=None if newest is None else newest[2],
                spans=tuple((row[0], row[1], row[2], row[3]) for row in spans),
            )
    return found
