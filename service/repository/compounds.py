"""From the cameras' word for a site to its compound, made when it is first heard."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.repository.database import Database
from service.repository.scope import Scope
from service.tables import CameraRow, CompoundRow

__all__ = ["compound_of_site", "found_month", "remember_camera", "sites_seen"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")


def found_month(moment: datetime) -> str:
    """The month of an aware time in Asia/Shanghai, ``2026-01``."""
    return f"{moment.astimezone(_SHANGHAI):%Y-%m}"


def compound_of_site(session: Session, site: str) -> int:
    """The id of the compound with this site word; an unknown one is made, named as its site."""
    found = session.scalar(select(CompoundRow.id).where(CompoundRow.site == site))
    if found is not None:
        return found
    now = datetime.now(UTC)
    row = CompoundRow(site=site, name=site, created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    return row.id


def remember_camera(session: Session, site: str, camera_id: str, name: str) -> CameraRow:
    """The camera of this site; an unknown one is written down, a renamed one is renamed."""
    row = session.scalar(
        select(CameraRow).where(CameraRow.site == site, CameraRow.camera_id == camera_id)
    )
    now = datetime.now(UTC)
    if row is None:
        row = CameraRow(site=site, camera_id=camera_id, name=name, created_at=now, updated_at=now)
        session.add(row)
        session.flush()
    elif name and row.name != name:
        row.name, row.updated_at = name, now
    return row


def sites_seen(database: Database, scope: Scope) -> frozenset[str] | None:
    """The site words within a scope; None is all there are and will be."""
    if scope.site is not None:
        return frozenset({scope.site})
    if scope.compounds is None:
        return None
    with database.read() as session:
        wanted = select(CompoundRow.site).where(CompoundRow.id.in_(sorted(scope.compounds)))
        return frozenset(session.scalars(wanted))
