"""Reading the ledger and acting on it."""

from dataclasses import fields
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import FileResponse

from service.errors import NotFound, PreconditionMissing
from service.repository import Step, edit_incident, get_evidence, get_incident, list_incidents
from service.routes.auth import Caller, Reader, needs
from service.routes.etags import IfMatch, etag, read_etag
from service.routes.models import (
    ActionIn,
    Id,
    IncidentChange,
    IncidentDetail,
    IncidentList,
    IncidentOut,
    IncidentQuery,
    detail_out,
    incident_out,
)
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import MEDIA_TYPES, Permission
from service.workflow import act

__all__ = ["router"]

router = APIRouter(prefix=f"{API_PREFIX}/incidents", tags=["incidents"])


@router.get("", summary="List incidents", responses=problem_responses(401, 403, 422, 429, 503))
def get_list(
    request: Request, caller: Reader, query: Annotated[IncidentQuery, Query()]
) -> IncidentList:
    """Newest raised first. A key sees its own site, an account what it is given."""
    page = list_incidents(
        services_of(request).database,
        query.filter(caller),
        limit=query.limit,
        cursor=query.cursor,
    )
    return IncidentList(
        items=[incident_out(item, caller) for item in page.items],
        total=page.total,
        total_is_exact=page.total_is_exact,
        next_cursor=page.next_cursor,
    )


@router.get(
    "/{incident_id}",
    summary="One incident with its history",
    responses={
        304: {"description": "Not changed since the ETag in If-None-Match"},
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
    response_model=IncidentDetail,
)
def get_one(
    request: Request,
    response: Response,
    caller: Reader,
    incident_id: Id,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> IncidentDetail | Response:
    """Events, pictures and actions, each list oldest first; `ETag` guards edits."""
    history = get_incident(services_of(request).database, incident_id, scope=caller.sees())
    version = etag(history.incident.changed_seq)
    if if_none_match == version:
        return Response(status_code=304, headers={"ETag": version})
    response.headers["ETag"] = version
    return detail_out(history, caller)


@router.get(
    "/{incident_id}/evidence/{evidence_id}",
    summary="One picture",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The picture",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES
            },
        },
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
)
def get_picture(request: Request, caller: Reader, incident_id: Id, evidence_id: Id) -> FileResponse:
    """The bytes as they were posted. The path comes from the digest, never from the caller."""
    services = services_of(request)
    picture = get_evidence(services.database, incident_id, evidence_id, scope=caller.sees())
    path = services.pictures.path(picture.sha256, picture.media_type)
    if picture.removed_at is not None:
        raise NotFound(
            f"the picture {picture.sha256} was kept until {picture.removed_at:%F} and then"
            " removed, as the retention of this installation has it"
        )
    if not path.is_file():
        raise NotFound(
            f"the picture {picture.sha256} is missing from the evidence folder; restore it from"
            " a backup"
        )
    return FileResponse(
        path,
        media_type=picture.media_type,
        filename=f"incident-{incident_id}-{picture.role}-{evidence_id}{path.suffix}",
        content_disposition_type="inline",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            # Named by their content they never change; but only for who may see them.
            "Cache-Control": "private, max-age=86400, immutable",
        },
    )


@router.post(
    "/{incident_id}/actions",
    summary="Move an incident on: acknowledge, register, assign, submit, recheck, …",
    responses=problem_responses(401, 403, 404, 409, 412, 413, 422, 429, 503),
)
def post_action(
    request: Request,
    response: Response,
    caller: Reader,
    incident_id: Id,
    body: ActionIn,
    if_match: IfMatch = None,
) -> IncidentOut:
    """What the role may do is in the permission matrix; every deed goes to the audit.

    A step that the transition table refuses answers 409 and says why, in both languages.
    """
    said = {each.name: getattr(body, each.name) for each in fields(Step)}
    incident = act(
        services_of(request).database,
        incident_id,
        action=body.action,
        actor=caller.actor,
        step=Step(**said),
        scope=caller.sees(),
        if_seq=read_etag(if_match),
    )
    response.headers["ETag"] = etag(incident.changed_seq)
    return incident_out(incident, caller)


@router.patch(
    "/{incident_id}",
    summary="Mend what was written about an incident",
    responses=problem_responses(401, 403, 404, 412, 413, 422, 428, 429, 503),
)
def patch_one(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(needs(Permission.INCIDENTS_REGISTER))],
    incident_id: Id,
    body: IncidentChange,
    if_match: IfMatch = None,
) -> IncidentOut:
    """Content, place and kind; never the status, which only actions move. Needs `If-Match`."""
    version = read_etag(if_match)
    if if_match is None:
        raise PreconditionMissing(
            "If-Match: expected the ETag of the incident as it was read; GET it, then change it"
        )
    incident = edit_incident(
        services_of(request).database,
        incident_id,
        body.model_dump(exclude_unset=True, exclude_none=True),
        actor=caller.actor,
        scope=caller.sees(),
        if_seq=version,
    )
    response.headers["ETag"] = etag(incident.changed_seq)
    return incident_out(incident, caller)
