"""POST /api/v1/findings: what people and photos find; and pictures added to a case."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator
from starlette.concurrency import run_in_threadpool

from service.errors import InvalidRequest
from service.repository import NewFinding, Taken, attach_pictures, take_finding
from service.routes.auth import Caller, needs
from service.routes.body import Posted, read_post
from service.routes.events import check_pictures
from service.routes.models import Id, IncidentOut, Note, RowId, When, Words, incident_out
from service.routes.problems import problem_responses
from service.routes.state import Services, services_of
from service.routes.wire import EvidenceIn, MeasureName, Share
from service.settings import API_PREFIX
from service.tables import PICTURE_ROLES, HazardKind, Permission, Source

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["findings"])

_LINE = r"^[^\x00-\x1f\x7f]*$"
_AHEAD = timedelta(minutes=5)


Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    evidence: Annotated[list[EvidenceIn], Field(max_length=16)] = []

    @model_validator(mode="after")
    def _pictures_once(self) -> "_Strict":
        named = [entry.sha256 for entry in self.evidence]
        if len(set(named)) != len(named):
            raise ValueError("evidence: one picture is listed twice")
        known = {*PICTURE_ROLES, "snapshot", "clean"}
        for entry in self.evidence:
            if entry.role not in known:
                raise ValueError(f"evidence: role: expected one of {sorted(known)}")
        return self


class FindingIn(_Strict):
    """A hazard that a person or a photo review has found."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "schema": "lifelane.finding/1",
                    "finding_key": "patrol-2026-11-03-17",
                    "source": "person",
                    "site": "demo",
                    "kind": "window_grille",
                    "found_at": "2026-11-03T02:11:09Z",
                    "building": "3号楼",
                    "location": "2单元5楼",
                    "content": "防盗窗未开设逃生口",
                    "reported_by": "网格员",
                }
            ]
        },
    )

    schema_: Literal["lifelane.finding/1"] = Field(alias="schema")
    finding_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")] = Field(
        description="Names the finding for good; posting it again changes nothing"
    )
    source: Literal["photo", "person", "inspection"]
    kind: HazardKind
    found_at: When
    site: Annotated[str, Field(min_length=1, max_length=100, pattern=_LINE)] | None = None
    compound_id: RowId | None = None
    building: Annotated[str, Field(max_length=100, pattern=_LINE)] | None = None
    place_id: RowId | None = None
    location: Words = ""
    content: Note = ""
    reported_by: Words = ""
    camera_id: Annotated[str, Field(max_length=100, pattern=_LINE)] = ""
    confidence: Share | None = None
    measures: Annotated[dict[MeasureName, FiniteFloat], Field(max_length=64)] = {}
    model: Words = ""
    rule_version: Words = ""

    @model_validator(mode="after")
    def _somewhere_in_the_past(self) -> "FindingIn":
        if self.site is None and self.compound_id is None:
            raise ValueError("site or compound_id: one of them says where")
        if self.found_at > datetime.now(UTC) + _AHEAD:
            raise ValueError(f"found_at: {self.found_at.isoformat()} is still to come")
        return self

    def content_sha256(self) -> str:
        """Digest of what the finding says, however its JSON was spaced or ordered."""
        said = self.model_dump(mode="json", by_alias=True)
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class PicturesIn(_Strict):
    """Pictures for a case that there is."""

    note: Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = ""
    evidence: Annotated[list[EvidenceIn], Field(min_length=1, max_length=16)]


class FindingTaken(BaseModel):
    """The answer to a finding that was taken, now or before."""

    finding_key: str
    incident_id: int
    duplicate: bool


def _multipart(model: str, part: str) -> dict[str, Any]:
    ref = f"#/components/schemas/{model}"
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": [part],
                        "properties": {
                            part: {"$ref": ref},
                            "evidence": {
                                "type": "array",
                                "maxItems": 8,
                                "items": {"type": "string", "format": "binary"},
                                "description": "One part a picture, file name `<sha256>.<ext>`",
                            },
                        },
                    },
                    "encoding": {part: {"contentType": "application/json"}},
                },
                "application/json": {"schema": {"$ref": ref}},
            },
        }
    }


def _parse(kind: type[Model], text: bytes) -> Model:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(
            (
                ".".join(("body", *(str(part) for part in fault["loc"]))),
                fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise InvalidRequest(f"{problems[0][0]}: {problems[0][1]}", problems) from error


def _take(services: Services, caller: Caller, finding: FindingIn, posted: Posted) -> Taken:
    new = NewFinding(
        finding_key=finding.finding_key,
        source=Source(finding.source),
        kind=finding.kind,
        found_at=finding.found_at,
        content_sha256=finding.content_sha256(),
        site=finding.site,
        compound_id=finding.compound_id,
        building=finding.building,
        place_id=finding.place_id,
        location=finding.location,
        content=finding.content,
        reported_by=finding.reported_by,
        camera_id=finding.camera_id,
        confidence=finding.confidence,
        measures=finding.measures,
        model=finding.model,
        rule_version=finding.rule_version,
        pictures=check_pictures(finding.evidence, posted, services.settings),
    )
    return take_finding(
        services.database, services.pictures, new, actor=caller.actor, scope=caller.scope
    )


@router.post(
    "/findings",
    status_code=201,
    summary="Report a hazard: a person, a patrol photo, an inspection",
    responses={
        200: {"model": FindingTaken, "description": "This very finding was taken before"},
        201: {"description": "Taken; the incident was made"},
        **problem_responses(401, 403, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=_multipart("FindingIn", "finding"),
)
async def post_finding(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(needs(Permission.FINDINGS_POST))],
) -> FindingTaken:
    """Idempotent by `finding_key`: posting again answers 200 and changes nothing.

    The JSON travels in the part `finding`, or alone as application/json.
    """
    services = services_of(request)
    with await read_post(request, services.settings, part=b"finding") as posted:
        finding = _parse(FindingIn, posted.event_json)
        taken = await run_in_threadpool(_take, services, caller, finding, posted)
    if taken.duplicate:
        response.status_code = 200
    return FindingTaken(
        finding_key=finding.finding_key, incident_id=taken.incident_id, duplicate=taken.duplicate
    )


@router.post(
    "/incidents/{incident_id}/pictures",
    status_code=201,
    summary="Add a person's pictures: before, after, scene, recheck",
    responses=problem_responses(401, 403, 404, 413, 415, 422, 429, 503),
    openapi_extra=_multipart("PicturesIn", "body"),
)
async def post_pictures(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.FINDINGS_POST))],
    incident_id: Id,
) -> IncidentOut:
    """A picture that the case has already in the same role is left alone."""
    services = services_of(request)
    with await read_post(request, services.settings, part=b"body") as posted:
        body = _parse(PicturesIn, posted.event_json)
        pictures = check_pictures(body.evidence, posted, services.settings)
        incident = await run_in_threadpool(
            attach_pictures,
            services.database,
            services.pictures,
            incident_id,
            pictures,
            actor=caller.actor,
            scope=caller.scope,
            note=body.note,
        )
    return incident_out(incident, caller)
