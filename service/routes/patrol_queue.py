"""The queue of patrols' photos, as the review's worker meets it: claim, fetch, settle."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from service.errors import NotFound
from service.repository import claim_photos, find_claimed_photo, settle_photo
from service.routes.auth import Caller, needs
from service.routes.models import Id, Note
from service.routes.patrols import PhotoOut
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Permission, PhotoState

__all__ = [
    "ClaimIn",
    "ClaimList",
    "ClaimOut",
    "ResultIn",
    "get_original",
    "post_claim",
    "post_result",
    "router",
]

router = APIRouter(prefix=API_PREFIX, tags=["patrols"])

_NAME = r"^[A-Za-z0-9._-]{8,100}$"
_Worker = Annotated[Caller, Depends(needs(Permission.PHOTOS_REVIEW))]
_WorkerName = Annotated[str, Field(pattern=_NAME)]


class ClaimIn(BaseModel):
    """A worker asks for photos."""

    model_config = ConfigDict(extra="forbid")

    worker: _WorkerName
    limit: Annotated[int, Field(ge=1, le=100)] = 16


class ClaimOut(BaseModel):
    """A photo to review, and where it was taken."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    patrol_id: int
    site: str
    place: str
    note: str
    file: str
    sha256: str
    media_type: str
    created_at: datetime


class ClaimList(BaseModel):
    """Photos of one patrol; empty where nothing waits."""

    items: list[ClaimOut]


class ResultIn(BaseModel):
    """What the review says of one photo."""

    model_config = ConfigDict(extra="forbid")

    worker: _WorkerName
    outcome: Literal["done", "duplicate", "unreadable"]
    reason: Note = ""
    hazards: Annotated[int, Field(ge=0, le=1000)] = 0


@router.post(
    "/patrol-photos/claim",
    summary="A worker takes photos of one patrol to review",
    responses=problem_responses(401, 403, 411, 413, 422, 429, 503),
)
def post_claim(request: Request, caller: _Worker, body: ClaimIn) -> ClaimList:
    """What a worker holds already comes first, so a crash costs no waiting."""
    found = claim_photos(
        services_of(request).database,
        worker=body.worker,
        limit=body.limit,
        scope=caller.scope,
        now=datetime.now(UTC),
    )
    return ClaimList(items=[ClaimOut.model_validate(each) for each in found])


@router.get(
    "/patrol-photos/{photo_id}/original",
    summary="The original of a claimed photo",
    responses={
        200: {"content": {"image/*": {}}, "description": "The file as it came"},
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
    response_class=FileResponse,
)
def get_original(
    request: Request,
    caller: _Worker,
    photo_id: Id,
    worker: Annotated[str, Query(pattern=_NAME)],
) -> FileResponse:
    """For the worker that holds it, and only until it is settled."""
    services = services_of(request)
    sha256, media_type = find_claimed_photo(
        services.database, photo_id, worker=worker, scope=caller.scope
    )
    path = services.pictures.path(sha256, media_type)
    if not path.is_file():
        raise NotFound(f"the file of photo {photo_id} is gone from the evidence folder")
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "no-store"})


@router.post(
    "/patrol-photos/{photo_id}/result",
    summary="A worker says what became of a photo",
    responses=problem_responses(401, 403, 404, 411, 413, 422, 429, 503),
)
def post_result(request: Request, caller: _Worker, photo_id: Id, body: ResultIn) -> PhotoOut:
    """The first result counts; the same worker's repeat changes nothing."""
    photo = settle_photo(
        services_of(request).database,
        photo_id,
        worker=body.worker,
        state=PhotoState(body.outcome),
        reason=body.reason,
        hazards=body.hazards,
        scope=caller.scope,
    )
    return PhotoOut.model_validate(photo)
