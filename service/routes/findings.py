"""POST /api/v1/findings: what people and photos find; docs/wire.md, word for word."""

import hashlib
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from starlette.concurrency import run_in_threadpool

from service.errors import InvalidRequest
from service.repository import NewFinding, Taken, take_finding
from service.routes.auth import Caller, needs
from service.routes.body import Posted, read_post
from service.routes.events import listed_pictures
from service.routes.problems import problem_responses
from service.routes.state import Services, services_of
from service.routes.wire import EvidenceIn, MeasureName, Name, PlainText, Share, Time
from service.settings import API_PREFIX
from service.tables import HazardKind, Permission, Source

__all__ = ["FindingIn", "FindingTaken", "parse_finding", "post_finding", "router"]

router = APIRouter(prefix=API_PREFIX, tags=["findings"])

_REF = "#/components/schemas/FindingIn"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["finding"],
                    "properties": {
                        "finding": {"$ref": _REF},
                        "evidence": {
                            "type": "array",
                            "maxItems": 8,
                            "items": {"type": "string", "format": "binary"},
                            "description": "One part a picture, file name `<sha256>.<ext>`",
                        },
                    },
                },
                "encoding": {"finding": {"contentType": "application/json"}},
            },
            "application/json": {"schema": {"$ref": _REF}},
        },
    }
}
_Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class FindingIn(BaseModel):
    """One hazard that a person or a photo shows; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    schema_: Literal["lifelane.finding/1"] = Field(alias="schema")
    finding_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")] = Field(
        description="Names it for good: the same one may be posted any number of times"
    )
    source: Literal["photo", "person", "inspection"]
    site: Name
    kind: HazardKind
    found_at: Time
    building: PlainText = ""
    place_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    location: PlainText = Field(default="", description="楼栋/部位 in words")
    content: _Words = Field(default="", description="隐患内容")
    reported_by: PlainText = ""
    camera_id: PlainText = ""
    confidence: Share | None = None
    measures: Annotated[dict[MeasureName, FiniteFloat], Field(max_length=64)] = {}
    model: PlainText = ""
    rule_version: PlainText = ""
    evidence: Annotated[list[EvidenceIn], Field(max_length=8)] = []

    def content_sha256(self) -> str:
        """Digest of what the finding says, however its JSON was spaced or ordered."""
        said = self.model_dump(mode="json", by_alias=True)
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class FindingTaken(BaseModel):
    """The answer to a finding that was taken, now or before."""

    finding_key: str
    incident_id: int
    duplicate: bool = Field(description="True when this very finding had been taken before")


def parse_finding(text: bytes) -> FindingIn:
    """Check the finding's JSON.

    Raises:
        InvalidRequest: It is no finding; ``problems`` names every field that is wrong.
    """
    try:
        finding = FindingIn.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(
            (
                ".".join(("finding", *(str(part) for part in fault["loc"]))),
                fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise InvalidRequest(f"{problems[0][0]}: {problems[0][1]}", problems) from error
    named = [(entry.role, entry.sha256) for entry in finding.evidence]
    if len(set(named)) != len(named):
        raise InvalidRequest("finding.evidence: one picture is listed twice in the same role")
    return finding


def _take(services: Services, caller: Caller, finding: FindingIn, posted: Posted) -> Taken:
    new = NewFinding(
        finding_key=finding.finding_key,
        source=Source(finding.source),
        kind=finding.kind,
        found_at=finding.found_at,
        content_sha256=finding.content_sha256(),
        site=finding.site,
        building=finding.building or None,
        place_id=finding.place_id,
        location=finding.location,
        content=finding.content,
        reported_by=finding.reported_by,
        camera_id=finding.camera_id,
        confidence=finding.confidence,
        measures=finding.measures,
        model=finding.model,
        rule_version=finding.rule_version,
        pictures=listed_pictures(finding.evidence, posted, services.settings),
    )
    return take_finding(
        services.database, services.pictures, new, actor=caller.actor, scope=caller.scope
    )


@router.post(
    "/findings",
    status_code=201,
    summary="Take one finding of a person or a photo",
    responses={
        200: {"model": FindingTaken, "description": "This very finding was taken before"},
        201: {"description": "Taken; it is an incident now"},
        **problem_responses(401, 403, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=_BODY,
)
async def post_finding(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(needs(Permission.FINDINGS_POST))],
) -> FindingTaken:
    """Idempotent by `finding_key`; the incident begins as found and waits for a person."""
    services = services_of(request)
    with await read_post(request, services.settings, name="finding") as posted:
        finding = parse_finding(posted.event_json)
        taken = await run_in_threadpool(_take, services, caller, finding, posted)
    if taken.duplicate:
        response.status_code = 200
    return FindingTaken(
        finding_key=finding.finding_key, incident_id=taken.incident_id, duplicate=taken.duplicate
    )
