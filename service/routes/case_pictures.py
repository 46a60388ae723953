"""POST /api/v1/incidents/{id}/pictures: what people took of a case, before and after."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.concurrency import run_in_threadpool

from service.errors import InvalidRequest
from service.repository import attach_pictures
from service.routes.auth import Caller, needs
from service.routes.body import read_post
from service.routes.events import listed_pictures
from service.routes.models import Id, IncidentOut, incident_out
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.routes.wire import EvidenceIn
from service.settings import API_PREFIX
from service.tables import PICTURE_ROLES, Permission

__all__ = ["PicturesIn", "post_pictures", "router"]

router = APIRouter(prefix=API_PREFIX, tags=["incidents"])

_REF = "#/components/schemas/PicturesIn"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["body"],
                    "properties": {
                        "body": {"$ref": _REF},
                        "evidence": {
                            "type": "array",
                            "maxItems": 8,
                            "items": {"type": "string", "format": "binary"},
                            "description": "One part a picture, file name `<sha256>.<ext>`",
                        },
                    },
                },
                "encoding": {"body": {"contentType": "application/json"}},
            }
        },
    }
}


class PicturesIn(BaseModel):
    """Pictures for a case that there is."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = ""
    evidence: Annotated[list[EvidenceIn], Field(min_length=1, max_length=16)]

    @model_validator(mode="after")
    def _pictures_once(self) -> "PicturesIn":
        named = [entry.sha256 for entry in self.evidence]
        if len(set(named)) != len(named):
            raise ValueError("evidence: one picture is listed twice")
        known = {*PICTURE_ROLES, "snapshot", "clean"}
        for entry in self.evidence:
            if entry.role not in known:
                raise ValueError(f"evidence: role: expected one of {sorted(known)}")
        return self


def _parse(text: bytes) -> PicturesIn:
    try:
        return PicturesIn.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(
            (
                ".".join(("body", *(str(part) for part in fault["loc"]))),
                fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise InvalidRequest(f"{problems[0][0]}: {problems[0][1]}", problems) from error


@router.post(
    "/incidents/{incident_id}/pictures",
    status_code=201,
    summary="Add a person's pictures: before, after, scene, recheck",
    responses=problem_responses(401, 403, 404, 413, 415, 422, 429, 503),
    openapi_extra=_BODY,
)
async def post_pictures(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.FINDINGS_POST))],
    incident_id: Id,
) -> IncidentOut:
    """A picture that the case has already in the same role is left alone."""
    services = services_of(request)
    with await read_post(request, services.settings, name="body") as posted:
        body = _parse(posted.event_json)
        pictures = listed_pictures(body.evidence, posted, services.settings)
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
