"""From the cameras' words for site, camera and zone to the places, made when first heard."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import SettingsError
from service.repository.database import Database
from service.repository.scope import Scope
from service.tables import CameraRow, CompoundRow, PlaceRow, ZoneRow

__all__ = [
    "WherePlaced",
    "compound_of_site",
    "compounds_of_sites",
    "found_month",
    "remember_camera",
    "sites_seen",
]

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class WherePlaced:
    """Where a camera looks, as far as somebody has said.

    Attributes:
        compound_id: The compound of its site.
        building_id: The building of its place, None where unknown.
        place_id: Its place, None where unknown.
    """

    compound_id: int
    building_id: int | None
    place_id: int | None


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


def remember_camera(
    session: Session, *, site: str, camera_id: str, zone_id: str, name: str
) -> WherePlaced:
    """Where this camera of this site looks.

    An unknown camera or zone is written down, a renamed camera is renamed: nobody has to type
    in what the site file says already.
    """
    now = datetime.now(UTC)
    compound_id = compound_of_site(session, site)
    camera = session.scalar(
        select(CameraRow).where(CameraRow.site == site, CameraRow.camera_id == camera_id)
    )
    if camera is None:
        camera = CameraRow(
            site=site, camera_id=camera_id, name=name, created_at=now, updated_at=now
        )
        session.add(camera)
        session.flush()
    elif name and camera.name != name:
        camera.name, camera.updated_at = name, now
    known = session.scalar(
        select(ZoneRow.id).where(ZoneRow.camera_row_id == camera.id, ZoneRow.zone_id == zone_id)
    )
    if known is None:
        session.add(
            ZoneRow(camera_row_id=camera.id, zone_id=zone_id, created_at=now, updated_at=now)
        )
        session.flush()
    place = None if camera.place_id is None else session.get(PlaceRow, camera.place_id)
    return WherePlaced(
        compound_id=compound_id,
        building_id=None if place is None else place.building_id,
        place_id=camera.place_id,
    )


def sites_seen(database: Database, scope: Scope) -> frozenset[str] | None:
    """The site words within a scope; None is all there are and will be."""
    if scope.site is not None:
        return frozenset({scope.site})
    if scope.compounds is None:
        return None
    with database.read() as session:
        wanted = select(CompoundRow.site).where(CompoundRow.id.in_(sorted(scope.compounds)))
        return frozenset(session.scalars(wanted))


def compounds_of_sites(database: Database, sites: Collection[str]) -> list[int]:
    """The ids of the compounds with these site words.

    Raises:
        SettingsError: One of them is unknown.
    """
    with database.read() as session:
        wanted = select(CompoundRow.site, CompoundRow.id).where(CompoundRow.site.in_(list(sites)))
        found = {row[0]: row[1] for row in session.execute(wanted)}
    unknown = sorted(set(sites) - set(found))
    if unknown:
        raise SettingsError(
            f"--site {unknown[0]}: no camera of that site has posted and no compound has that word"
        )
    return sorted(found.values())
