"""Reading incidents and acting on them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from service.errors import NotFound
from service.repository import (
    Incident,
    IncidentFilter,
    IncidentHistory,
    get_evidence,
    get_incident,
    list_incidents,
)
from service.routes.auth import Operator, Reader
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Action, HazardKind, Phase, Status
from service.workflow import act, allowed_actions

__all__ = ["router"]

router = APIRouter(prefix=f"{API_PREFIX}/incidents", tags=["incidents"])

_NAME = r"^[^\x00-\x1f\x7f]{1,100}$"
_NOTE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


def _within_calendar(value: datetime) -> datetime:
    # Near the calendar's ends another zone has no such time, and databases differ.
    if not 1970 <= value.year < 3000:
        raise ValueError("expected a year from 1970 to 2999")
    return value.astimezone(UTC)


When = Annotated[AwareDatetime, AfterValidator(_within_calendar)]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class IncidentQuery(BaseModel):
    """Narrows the list; repeat `status`, `phase` and `kind` for several."""

    model_config = ConfigDict(extra="forbid")

    status: list[Status] = Field(default=[], max_length=20)
    phase: list[Phase] = Field(default=[], max_length=20)
    kind: list[HazardKind] = Field(default=[], max_length=20)
    site: str | None = Field(default=None, pattern=_NAME)
    camera_id: str | None = Field(default=None, pattern=_NAME)
    since: When | None = Field(default=None, description="Raised at this time or later")
    until: When | None = Field(default=None, description="Raised before this time")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(
        default=None, max_length=100, description="`next_cursor` of the page before"
    )


class IncidentOut(BaseModel):
    """One incident; times are UTC."""

    id: int
    incident_key: str
    site: str
    kind: HazardKind
    phase: Phase = Field(description="What the camera saw last")
    status: Status = Field(description="What people have done")
    severity: str
    camera_id: str
    zone_id: str
    camera_name: str
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    ended_at: datetime | None
    confidence: float
    measures: dict[str, float]
    model: str
    rule_version: str
    last_sequence: int
    created_at: datetime
    updated_at: datetime
    allowed_actions: list[Action]
    snapshot_url: str | None = Field(description="Newest annotated picture")


class IncidentList(BaseModel):
    """A page of incidents, the newest raised first."""

    items: list[IncidentOut]
    total: int = Field(description="How many fit the filter on all pages")
    next_cursor: str | None = Field(description="Where the next page begins; null on the last")


class EventOut(BaseModel):
    """One event of the history; `body` is what the camera side posted."""

    event_id: str
    sequence: int
    phase: Phase
    occurred_at: datetime
    received_at: datetime
    body: dict[str, Any]


class EvidenceOut(BaseModel):
    """One picture."""

    id: int
    sequence: int = Field(description="Of the event it belongs to")
    role: str
    sha256: str
    media_type: str
    size_bytes: int
    url: str


class AuditOut(BaseModel):
    """One deed of a person."""

    at: datetime
    actor: str
    action: str
    from_status: Status | None
    to_status: Status | None
    note: str


class IncidentDetail(IncidentOut):
    """An incident with all that happened, each list oldest first."""

    events: list[EventOut]
    evidence: list[EvidenceOut]
    actions: list[AuditOut]


class ActionIn(BaseModel):
    """What to do, and why."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    note: str = Field(default="", max_length=2000, pattern=_NOTE)


def _evidence_url(incident_id: int, evidence_id: int) -> str:
    return f"{API_PREFIX}/incidents/{incident_id}/evidence/{evidence_id}"


def _fields(incident: Incident) -> dict[str, Any]:
    names = (name for name in IncidentOut.model_fields if hasattr(incident, name))
    url = None
    if incident.snapshot_id is not None:
        url = _evidence_url(incident.id, incident.snapshot_id)
    return {
        **{name: getattr(incident, name) for name in names},
        "allowed_actions": allowed_actions(incident.status),
        "snapshot_url": url,
    }


def _detail(history: IncidentHistory) -> IncidentDetail:
    return IncidentDetail.model_validate(
        {
            **_fields(history.incident),
            "events": history.events,
            "evidence": [
                EvidenceOut(
                    id=picture.id,
                    sequence=picture.sequence,
                    role=picture.role,
                    sha256=picture.sha256,
                    media_type=picture.media_type,
                    size_bytes=picture.size_bytes,
                    url=_evidence_url(picture.incident_id, picture.id),
                )
                for picture in history.evidence
            ],
            "actions": history.audit,
        },
        from_attributes=True,
    )


@router.get("", summary="List incidents", responses=problem_responses(401, 403, 422, 429, 503))
def get_list(
    request: Request, caller: Reader, query: Annotated[IncidentQuery, Query()]
) -> IncidentList:
    """Newest raised first. A key sees its own site, the desk sees all."""
    page = list_incidents(
        services_of(request).database,
        IncidentFilter(
            site=caller.reads_site(query.site),
            camera_id=query.camera_id,
            status=tuple(query.status),
            phase=tuple(query.phase),
            kind=tuple(query.kind),
            since=query.since,
            until=query.until,
        ),
        limit=query.limit,
        cursor=query.cursor,
    )
    return IncidentList(
        items=[IncidentOut.model_validate(_fields(item)) for item in page.items],
        total=page.total,
        next_cursor=page.next_cursor,
    )


@router.get(
    "/{incident_id}",
    summary="One incident with its history",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
def get_one(request: Request, caller: Reader, incident_id: Id) -> IncidentDetail:
    """Events, pictures and actions, each list oldest first."""
    database = services_of(request).database
    return _detail(get_incident(database, incident_id, site=caller.reads_site()))


@router.get(
    "/{incident_id}/evidence/{evidence_id}",
    summary="One picture",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The picture",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("image/jpeg", "image/png", "image/webp")
            },
        },
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
)
def get_picture(request: Request, caller: Reader, incident_id: Id, evidence_id: Id) -> FileResponse:
    """The bytes as they were posted. The path comes from the digest, never from the caller."""
    services = services_of(request)
    picture = get_evidence(services.database, incident_id, evidence_id, site=caller.reads_site())
    path = services.pictures.path(picture.sha256, picture.media_type)
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
    summary="Acknowledge, mark as false alarm, reopen",
    responses=problem_responses(401, 403, 404, 409, 413, 422, 429, 503),
)
def post_action(request: Request, caller: Operator, incident_id: Id, body: ActionIn) -> IncidentOut:
    """Needs a desk sign-in or a key with the operator role; every deed goes to the audit."""
    incident = act(
        services_of(request).database,
        incident_id,
        action=body.action,
        actor=caller.name,
        note=body.note,
        site=caller.reads_site(),
    )
    return IncidentOut.model_validate(_fields(incident))
