"""Master data over HTTP: the same five routes for each kind."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, create_model

from service.errors import InvalidRequest
from service.repository import (
    RESOURCES,
    Resource,
    create_master,
    delete_master,
    get_master,
    list_master,
    update_master,
)
from service.routes.auth import Caller, needs
from service.routes.etags import IfMatch, etag, read_etag
from service.routes.models import Day, Id, RowId, Words
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Permission

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["places"])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Phone = Annotated[str, Field(max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Word = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
_OptionalId = RowId | None

# Field -> (type, what it is when left out at creation; ... is: must be given).
_FIELDS: Mapping[str, dict[str, tuple[Any, Any]]] = {
    "towns": {"name": (_Name, ...)},
    "communities": {"town_id": (RowId, ...), "name": (_Name, ...)},
    "property-firms": {"name": (Words, ...), "manager": (Words, ""), "phone": (_Phone, "")},
    "compounds": {
        "site": (_Name, ...),
        "name": (Words, ...),
        "address": (Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")], ""),
        "community_id": (_OptionalId, None),
        "property_firm_id": (_OptionalId, None),
        "no_property": (bool, False),
    },
    "buildings": {
        "compound_id": (RowId, ...),
        "name": (_Name, ...),
        "height_m": (Annotated[FiniteFloat, Field(gt=0, le=1000)] | None, None),
        "floors": (Annotated[int, Field(ge=1, le=300)] | None, None),
    },
    "places": {
        "compound_id": (RowId, ...),
        "building_id": (_OptionalId, None),
        "kind": (_Word, ...),
        "name": (Words, ...),
        "connected_to": (Annotated[list[_Word], Field(max_length=20)], []),
    },
    "registered-cameras": {
        "site": (_Name, ...),
        "camera_id": (_Name, ...),
        "name": (Words, ""),
        "place_id": (_OptionalId, None),
    },
    "zones": {
        "camera_row_id": (RowId, ...),
        "zone_id": (_Name, ...),
        "kind": (Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_]*$")], ""),
        "name": (Words, ""),
    },
    "contacts": {
        "name": (_Name, ...),
        "kind": (
            Annotated[
                str,
                Field(
                    pattern=r"^(grid_staff|building_head|fire_safety_manager|property_manager|"
                    r"community|street|police|fire|other)$"
                ),
            ],
            ...,
        ),
        "phone": (_Phone, ""),
        "community_id": (_OptionalId, None),
        "compound_id": (_OptionalId, None),
        "building_id": (_OptionalId, None),
        "note": (Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")], ""),
    },
    "charging-places": {
        "compound_id": (RowId, ...),
        "building_id": (_OptionalId, None),
        "name": (Words, ...),
        "approved": (bool, False),
        "sprinkler": (bool, False),
        "sockets": (Annotated[int, Field(ge=0, le=100_000)] | None, None),
        "recheck_due": (Day | None, None),
    },
}
# What others know a row by: changed once, their records would name another.
_FIXED = {"compounds": {"site"}, "registered-cameras": {"site", "camera_id"}}


def _etag(values: Mapping[str, Any]) -> str:
    return etag((values["updated_at"] - _EPOCH) // timedelta(microseconds=1))


def _read_since(if_match: str | None) -> datetime | None:
    number = read_etag(if_match)
    return None if number is None else _EPOCH + timedelta(microseconds=number)


def _title(resource: Resource) -> str:
    return resource.one.title().replace(" ", "")


def _list_query(resource: Resource) -> type[BaseModel]:
    known: dict[str, Any] = {}
    for name in resource.filters:
        kind = _Name if name == "site" else RowId
        known[name] = (kind | None, None)
    known["limit"] = (int, Field(default=100, ge=1, le=500))
    known["after"] = (int, Field(default=0, ge=0, le=2**63 - 1, description="Ids above this one"))
    return create_model(f"{_title(resource)}Query", __config__=ConfigDict(extra="forbid"), **known)


def _add_routes(resource: Resource) -> None:
    fields = _FIELDS[resource.name]
    title = _title(resource)
    strict = ConfigDict(extra="forbid")
    new = create_model(f"{title}In", __config__=strict, **fields)  # type: ignore[call-overload]
    # What is left out stays; null is only for what may be empty.
    changes = create_model(  # type: ignore[call-overload]
        f"{title}Change",
        __config__=strict,
        **{
            name: (kind, None)
            for name, (kind, _) in fields.items()
            if name not in _FIXED.get(resource.name, ())
        },
    )
    stamps = {"id": (int, ...), "created_at": (datetime, ...), "updated_at": (datetime, ...)}
    out = create_model(  # type: ignore[call-overload]
        f"{title}Out", **stamps, **{name: (kind, ...) for name, (kind, _) in fields.items()}
    )
    page = create_model(
        f"{title}List",
        items=(list[out], ...),  # type: ignore[valid-type]
        next_after=(int | None, Field(description="`after` of the next page; null on the last")),
    )
    query_model = _list_query(resource)
    reader = Annotated[Caller, Depends(needs(Permission.PLACES_READ))]
    editor = Annotated[Caller, Depends(needs(Permission.PLACES_EDIT))]
    one, many = resource.one, resource.name.replace("-", " ")
    path = f"/{resource.name}"

    def get_all(request: Request, caller: reader, query: Annotated[Any, Depends()]) -> Any:
        narrowed = {
            name: getattr(query, name)
            for name in resource.filters
            if getattr(query, name) is not None
        }
        found = list_master(
            services_of(request).database,
            resource,
            scope=caller.scope,
            narrowed=narrowed,
            after=query.after,
            limit=query.limit,
        )
        return {"items": [dict(item) for item in found.items], "next_after": found.next_after}

    get_all.__annotations__["query"] = Annotated[query_model, Query()]

    def post_one(request: Request, response: Response, caller: editor, body: Any) -> Any:
        made = create_master(
            services_of(request).database,
            resource,
            body.model_dump(),
            scope=caller.scope,
            actor=caller.actor,
        )
        response.headers["ETag"] = _etag(made)
        return made

    post_one.__annotations__["body"] = new

    def get_one(request: Request, response: Response, caller: reader, number: Id) -> Any:
        found = get_master(
            services_of(request).database,
            resource,
            number,
            scope=caller.scope,
        )
        response.headers["ETag"] = _etag(found)
        return found

    def patch_one(
        request: Request,
        response: Response,
        caller: editor,
        number: Id,
        body: Any,
        if_match: IfMatch = None,
    ) -> Any:
        values = body.model_dump(exclude_unset=True)
        for name, value in values.items():
            if value is None and fields[name][1] is not None:
                raise InvalidRequest(
                    f"{name}: expected a value, got null; leave it out to keep what is there",
                    ((f"body.{name}", "must not be null"),),
                )
        made = update_master(
            services_of(request).database,
            resource,
            number,
            values,
            scope=caller.scope,
            actor=caller.actor,
            if_unchanged_since=_read_since(if_match),
        )
        response.headers["ETag"] = _etag(made)
        return made

    patch_one.__annotations__["body"] = changes

    def delete_one(request: Request, caller: editor, number: Id) -> Response:
        delete_master(
            services_of(request).database,
            resource,
            number,
            scope=caller.scope,
            actor=caller.actor,
        )
        return Response(status_code=204)

    usual = (401, 403, 422, 429, 503)
    for route, method, call, model, statuses, summary in (
        ("", "GET", get_all, page, usual, f"List {many}"),
        ("", "POST", post_one, out, (409, 413, *usual), f"Make a {one}"),
        ("/{number}", "GET", get_one, out, (404, *usual), f"One {one}"),
        ("/{number}", "PATCH", patch_one, out, (404, 409, 412, 413, *usual), f"Change a {one}"),
        ("/{number}", "DELETE", delete_one, None, (404, 409, *usual), f"Take a {one} away"),
    ):
        router.add_api_route(
            path + route,
            call,
            methods=[method],
            response_model=model,
            status_code={"POST": 201, "DELETE": 204}.get(method, 200),
            summary=summary,
            operation_id=f"{method.lower()}_{many.replace(' ', '_')}" + ("_one" if route else ""),
            responses=problem_responses(*statuses),
        )


for _resource in RESOURCES.values():
    _add_routes(_resource)
