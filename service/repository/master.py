"""Master data: one set of functions for towns, compounds, buildings, cameras and the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.errors import ChangedMeanwhile, InUse, InvalidRequest, NotAllowed, NotFound
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.scope import Actor, Scope
from service.tables import (
    BuildingRow,
    CameraRow,
    ChargingPlaceRow,
    CommunityRow,
    CompoundRow,
    ContactRow,
    PlaceRow,
    PropertyFirmRow,
    TownRow,
    ZoneRow,
)

__all__ = [
    "RESOURCES",
    "MasterPage",
    "Resource",
    "create_master",
    "delete_master",
    "get_master",
    "list_master",
    "update_master",
]

Within = Callable[[Scope], list[ColumnElement[bool]]]


def _own_compounds(scope: Scope) -> Any:
    return select(CompoundRow.id).where(*scope.conditions(CompoundRow.site, CompoundRow.id))


def _own_sites(scope: Scope) -> Any:
    return select(CompoundRow.site).where(*scope.conditions(CompoundRow.site, CompoundRow.id))


def _is_everywhere(scope: Scope) -> bool:
    return scope.site is None and scope.compounds is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of master data.

    Attributes:
        name: Its word in URLs, plural.
        one: Its word in messages, singular.
        row: Its table.
        within: The scope as conditions on the table.
        filters: Columns that a list may be narrowed by.
        everywhere_only: Only who sees everything may change it.
    """

    name: str
    one: str
    row: type[Any]
    within: Within
    filters: tuple[str, ...] = ()
    everywhere_only: bool = False


def _all(_scope: Scope) -> list[ColumnElement[bool]]:
    return []


def _by_compound(row: Any, *, or_none: bool = False) -> Within:
    def within(scope: Scope) -> list[ColumnElement[bool]]:
        if _is_everywhere(scope):
            return []
        own: ColumnElement[bool] = row.compound_id.in_(_own_compounds(scope))
        return [or_(own, row.compound_id.is_(None))] if or_none else [own]

    return within


def _cameras(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if _is_everywhere(scope) else [CameraRow.site.in_(_own_sites(scope))]


def _zones(scope: Scope) -> list[ColumnElement[bool]]:
    if _is_everywhere(scope):
        return []
    own = select(CameraRow.id).where(CameraRow.site.in_(_own_sites(scope)))
    return [ZoneRow.camera_row_id.in_(own)]


def _compounds(scope: Scope) -> list[ColumnElement[bool]]:
    return scope.conditions(CompoundRow.site, CompoundRow.id)


_ALL = (
    Resource(name="towns", one="town", row=TownRow, within=_all, everywhere_only=True),
    Resource(
        name="communities",
        one="community",
        row=CommunityRow,
        within=_all,
        filters=("town_id",),
        everywhere_only=True,
    ),
    Resource(
        name="property-firms",
        one="property firm",
        row=PropertyFirmRow,
        within=_all,
        everywhere_only=True,
    ),
    Resource(
        name="compounds",
        one="compound",
        row=CompoundRow,
        within=_compounds,
        filters=("community_id", "property_firm_id", "site"),
    ),
    Resource(
        name="buildings",
        one="building",
        row=BuildingRow,
        within=_by_compound(BuildingRow),
        filters=("compound_id",),
    ),
    Resource(
        name="places",
        one="place",
        row=PlaceRow,
        within=_by_compound(PlaceRow),
        filters=("compound_id", "building_id"),
    ),
    Resource(
        name="registered-cameras",
        one="registered camera",
        row=CameraRow,
        within=_cameras,
        filters=("site", "place_id"),
    ),
    Resource(name="zones", one="zone", row=ZoneRow, within=_zones, filters=("camera_row_id",)),
    Resource(
        name="contacts",
        one="contact",
        row=ContactRow,
        within=_by_compound(ContactRow, or_none=True),
        filters=("compound_id", "community_id", "building_id"),
    ),
    Resource(
        name="charging-places",
        one="charging place",
        row=ChargingPlaceRow,
        within=_by_compound(ChargingPlaceRow),
        filters=("compound_id", "building_id"),
    ),
)
#: Word in URLs -> the kind of master data.
RESOURCES: Mapping[str, Resource] = MappingProxyType({each.name: each for each in _ALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPage:
    """A page of rows by id.

    Attributes:
        items: Column -> value of each row.
        next_after: The ``after`` of the next page, None on the last one.
    """

    items: tuple[Mapping[str, Any], ...]
    next_after: int | None


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs}


def list_master(
    database: Database,
    resource: Resource,
    *,
    scope: Scope,
    narrowed: Mapping[str, Any],
    after: int = 0,
    limit: int = 100,
) -> MasterPage:
    """A page of rows within the scope, by id.

    Args:
        database: Where they are.
        resource: Which kind.
        scope: What the asker may see.
        narrowed: Column -> the value that it must have.
        after: Ids above this one.
        limit: Rows a page.
    """
    row = resource.row
    wanted = (
        select(row)
        .where(row.id > after, *resource.within(scope))
        .where(*(getattr(row, name) == value for name, value in narrowed.items()))
        .order_by(row.id)
        .limit(limit + 1)
    )
    with database.read() as session:
        rows = list(session.scalars(wanted))
    return MasterPage(
        items=tuple(_values(each) for each in rows[:limit]),
        next_after=rows[limit - 1].id if len(rows) > limit else None,
    )


def _find(session: Session, resource: Resource, number: int, scope: Scope) -> Any:
    row = resource.row
    found = session.scalar(select(row).where(row.id == number, *resource.within(scope)))
    if found is None:
        raise NotFound(f"no {resource.one} has the number {number}")
    return found


def get_master(
    database: Database, resource: Resource, number: int, *, scope: Scope
) -> Mapping[str, Any]:
    """One row.

    Raises:
        NotFound: There is none, or it is out of the scope.
    """
    with database.read() as session:
        return _values(_find(session, resource, number, scope))


def _may_change(resource: Resource, scope: Scope) -> None:
    if resource.everywhere_only and not _is_everywhere(scope):
        raise NotAllowed(
            f"a {resource.one} is everybody's: only an account that sees everything changes it"
        )


def _flush_within(session: Session, resource: Resource, row: Any, scope: Scope) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise InUse(
            f"the {resource.one}: another one of this name exists already, or it names a"
            " compound, building, community or place that there is not"
        ) from error
    try:
        _find(session, resource, row.id, scope)
    except NotFound:
        raise NotAllowed(
            f"the {resource.one} would lie outside of what you may see; nothing was changed"
        ) from None


def _agree(session: Session, row: Any) -> None:
    """What names a compound and a building or place of it must mean one compound."""
    compound_id = getattr(row, "compound_id", None)
    building_id = getattr(row, "building_id", None)
    if compound_id is not None and building_id is not None:
        building = session.get(BuildingRow, building_id)
        if building is None or building.compound_id != compound_id:
            raise InvalidRequest(
                f"building_id: {building_id} is no building of compound {compound_id}",
                (("building_id", "expected a building of the compound"),),
            )


def create_master(
    database: Database,
    resource: Resource,
    values: Mapping[str, Any],
    *,
    scope: Scope,
    actor: Actor,
) -> Mapping[str, Any]:
    """Make a row.

    Raises:
        InUse: Its name is taken, or it names what there is not.
        NotAllowed: It would lie out of the scope.
    """
    _may_change(resource, scope)

    def work(session: Session) -> Mapping[str, Any]:
        now = datetime.now(UTC)
        row = resource.row(**values, created_at=now, updated_at=now)
        _agree(session, row)
        session.add(row)
        _flush_within(session, resource, row, scope)
        note = f"{resource.one} {row.id}"
        audit(session, at=now, actor=actor, action="place_created", note=note)
        return _values(row)

    return database.transact(work)


def update_master(
    database: Database,
    resource: Resource,
    number: int,
    values: Mapping[str, Any],
    *,
    scope: Scope,
    actor: Actor,
    if_unchanged_since: datetime | None = None,
) -> Mapping[str, Any]:
    """Change a row; what ``values`` does not name stays.

    Raises:
        NotFound: There is none, or it is out of the scope.
        ChangedMeanwhile: It was changed after ``if_unchanged_since``.
        InUse: Its name is taken, or it names what there is not.
        NotAllowed: It would lie out of the scope.
    """
    _may_change(resource, scope)

    def work(session: Session) -> Mapping[str, Any]:
        now = datetime.now(UTC)
        row = _find(session, resource, number, scope)
        if if_unchanged_since is not None and row.updated_at != if_unchanged_since:
            raise ChangedMeanwhile(
                f"the {resource.one} {number} has changed since it was read; read it again"
            )
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = now
        _agree(session, row)
        _flush_within(session, resource, row, scope)
        note = f"{resource.one} {number}: {', '.join(sorted(values)) or 'nothing'}"
        audit(session, at=now, actor=actor, action="place_changed", note=note)
        return _values(row)

    return database.transact(work)


def delete_master(
    database: Database, resource: Resource, number: int, *, scope: Scope, actor: Actor
) -> None:
    """Take a row away that nothing names.

    Raises:
        NotFound: There is none, or it is out of the scope.
        InUse: Something names it.
    """
    _may_change(resource, scope)

    def work(session: Session) -> None:
        row = _find(session, resource, number, scope)
        session.delete(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise InUse(
                f"the {resource.one} {number} is named by others (cases, buildings, cameras);"
                " take those away first, or keep it"
            ) from error
        now = datetime.now(UTC)
        note = f"{resource.one} {number}"
        audit(session, at=now, actor=actor, action="place_deleted", note=note)

    database.transact(work)
