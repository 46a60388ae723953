"""From the cameras' words for site, camera and zone to the places, made when first heard."""

from collections.abc import Collection, Mapping
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
    "CameraZone",
    "WherePlaced",
    "compound_of_site",
    "compounds_of_sites",
    "found_month",
    "remember_cameras",
    "sites_seen",
]

_SHANGHAI = ZoneInfo("Asia/Shanghai")

#: The words of a site file for one zone of one camera: ``(site, camera_id, zone_id)``.
CameraZone = tuple[str, str, str]


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


def remember_cameras(
    session: Session, seen: Mapping[CameraZone, str], *, now: datetime
) -> dict[CameraZone, WherePlaced]:
    """Where the cameras of an event batch look: three readings, however many there are.

    An unknown camera or zone is written down, a renamed camera is renamed: nobody has to type
    in what the site file says already.

    Args:
        session: The transaction.
        seen: ``(site, camera_id, zone_id)`` with the camera's name, empty where unsaid.
        now: The time, aware.
    """
    # In one order, so that two batches with the same new cameras wait for each other.
    keys = sorted(seen)
    compounds = {site: compound_of_site(session, site) for site in sorted({key[0] for key in keys})}
    cameras = {
        (row.site, row.camera_id): row
        for row in session.scalars(
            select(CameraRow).where(
                CameraRow.site.in_(sorted(compounds)),
                CameraRow.camera_id.in_(sorted({key[1] for key in keys})),
            )
        )
    }
    for site, camera_id, zone_id in keys:
        name, camera = seen[site, camera_id, zone_id], cameras.get((site, camera_id))
        if camera is None:
            camera = cameras[site, camera_id] = CameraRow(
                site=site, camera_id=camera_id, name=name, created_at=now, updated_at=now
            )
            session.add(camera)
        elif name and camera.name != name:
            camera.name, camera.updated_at = name, now
    session.flush()
    rows = {key: cameras[key[:2]] for key in keys}
    known = {
        (camera_row_id, zone_id)
        for camera_row_id, zone_id in session.execute(
            select(ZoneRow.camera_row_id, ZoneRow.zone_id).where(
                ZoneRow.camera_row_id.in_(sorted({row.id for row in rows.values()}))
            )
        )
    }
    session.add_all(
        ZoneRow(camera_row_id=rows[key].id, zone_id=key[2], created_at=now, updated_at=now)
        for key in keys
        if (rows[key].id, key[2]) not in known
    )
    session.flush()
    wanted = {row.place_id for row in rows.values() if row.place_id is not None}
    buildings: dict[int | None, int | None] = {}
    if wanted:
        placed = select(PlaceRow.id, PlaceRow.building_id).where(PlaceRow.id.in_(sorted(wanted)))
        buildings = {row[0]: row[1] for row in session.execute(placed)}
    return {
        key: WherePlaced(
            compound_id=compounds[key[0]],
            building_id=buildings.get(row.place_id),
            place_id=row.place_id,
        )
        for key, row in rows.items()
    }


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
