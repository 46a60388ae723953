"""Patrols over HTTP: photos come in, wait for the review's worker, and say their state."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.errors import InvalidRequest, TooLarge, UnsupportedContent
from service.repository import (
    create_patrol,
    list_patrol_photos,
    list_patrols,
    queue_photos,
    read_patrol,
)
from service.routes.auth import Caller, Reader, needs
from service.routes.models import Id, Note, Words
from service.routes.photo_files import keep_photos
from service.routes.problems import problem_responses
from service.routes.state import Services, services_of
from service.routes.wire import Name
from service.settings import API_PREFIX
from service.tables import Permission, PhotoState

__all__ = [
    "FileOut",
    "PageQuery",
    "PatrolIn",
    "PatrolList",
    "PatrolOut",
    "PhotoList",
    "PhotoOut",
    "UploadOut",
    "get_patrol",
    "get_patrols",
    "get_photos",
    "post_patrol",
    "post_photos",
    "router",
]

router = APIRouter(prefix=API_PREFIX, tags=["patrols"])

_Reporter = Annotated[Caller, Depends(needs(Permission.FINDINGS_POST))]
# Room for the boundaries and heads of the parts.
_OVERHEAD_BYTES = 1024 * 1024
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photos"],
                    "properties": {
                        "photos": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Photos, or zip archives of photos",
                        }
                    },
                }
            }
        },
    }
}


class PatrolIn(BaseModel):
    """A walk whose photos are about to come."""

    model_config = ConfigDict(extra="forbid")

    patrol_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")] = Field(
        description="Names it for good: the same one may be posted any number of times"
    )
    site: Name
    place: Words = Field(default="", description="compound/building/part, in words")
    note: Note = ""


class PatrolOut(BaseModel):
    """A patrol, and its photos counted by state."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    patrol_key: str
    site: str
    compound_id: int
    place: str
    note: str
    created_at: datetime
    created_by: str
    photos: dict[str, int]


class PatrolList(BaseModel):
    """Patrols, the newest first."""

    items: list[PatrolOut]


class PhotoOut(BaseModel):
    """A photo of a patrol and what has become of it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    file: str
    sha256: str
    media_type: str
    size_bytes: int
    state: PhotoState
    reason: str
    hazards: int = Field(description="How many hazards the review proposes")
    created_at: datetime
    reviewed_at: datetime | None


class PhotoList(BaseModel):
    """A page of photos by id."""

    items: list[PhotoOut]
    next_after: int | None


class FileOut(BaseModel):
    """One file of an upload."""

    file: str
    outcome: Literal["queued", "known", "refused"]
    photo_id: int | None
    reason: str


class UploadOut(BaseModel):
    """Every file of the upload, archives' members one by one."""

    queued: int
    known: int
    refused: int
    items: list[FileOut]


class PageQuery(BaseModel):
    """Which page of the photos."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=2**63 - 1)
    limit: int = Field(default=100, ge=1, le=500)


@router.post(
    "/patrols",
    status_code=201,
    summary="Make a patrol",
    responses=problem_responses(401, 403, 409, 411, 413, 422, 429, 503),
)
def post_patrol(request: Request, caller: _Reporter, body: PatrolIn) -> PatrolOut:
    """Idempotent by `patrol_key`."""
    patrol = create_patrol(
        services_of(request).database,
        patrol_key=body.patrol_key,
        site=body.site,
        place=body.place,
        note=body.note,
        actor=caller.actor,
        scope=caller.scope,
    )
    return PatrolOut.model_validate(patrol)


@router.get(
    "/patrols", summary="The newest patrols", responses=problem_responses(401, 403, 422, 429, 503)
)
def get_patrols(
    request: Request, caller: Reader, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> PatrolList:
    """Those of the caller's compounds."""
    found = list_patrols(services_of(request).database, scope=caller.scope, limit=limit)
    return PatrolList(items=[PatrolOut.model_validate(each) for each in found])


@router.get(
    "/patrols/{patrol_id}",
    summary="One patrol",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
def get_patrol(request: Request, caller: Reader, patrol_id: Id) -> PatrolOut:
    """Its photos are counted by state."""
    patrol = read_patrol(services_of(request).database, patrol_id, scope=caller.scope)
    return PatrolOut.model_validate(patrol)


@router.get(
    "/patrols/{patrol_id}/photos",
    summary="A patrol's photos and their states",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
def get_photos(
    request: Request, caller: Reader, patrol_id: Id, query: Annotated[PageQuery, Query()]
) -> PhotoList:
    """The originals themselves are never shown to people here."""
    found = list_patrol_photos(
        services_of(request).database,
        patrol_id,
        scope=caller.scope,
        after=query.after,
        limit=query.limit,
    )
    return PhotoList(
        items=[PhotoOut.model_validate(each) for each in found],
        next_after=found[-1].id if len(found) == query.limit else None,
    )


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > most:
            raise TooLarge(
                f"the upload: expected at most {most - _OVERHEAD_BYTES} bytes; send fewer photos"
                " at once"
            )
        yield chunk


async def _read_files(request: Request, services: Services) -> list[UploadFile]:
    settings = services.settings
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise UnsupportedContent("Content-Type: expected multipart/form-data with parts `photos`")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedContent("Content-Encoding: expected none, a compressed body came")
    most = settings.max_upload_bytes + _OVERHEAD_BYTES
    stream = _limited(request, most)
    parser = MultiPartParser(request.headers, stream, max_files=settings.max_photos, max_fields=0)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        said = getattr(error, "message", "the boundary is missing or broken")
        raise InvalidRequest(f"the body: {said}") from None
    files = [each for name, each in form.multi_items() if name == "photos"]
    uploads = [each for each in files if isinstance(each, UploadFile)]
    if not uploads or len(uploads) != len(form.multi_items()):
        await form.close()
        raise InvalidRequest("the body: expected one part `photos` or more, with file names")
    return uploads


def _take(services: Services, caller: Caller, patrol_id: int, files: list[UploadFile]) -> UploadOut:
    kept = keep_photos(
        [(each.filename or "", each.file) for each in files],
        settings=services.settings,
        store=services.pictures,
    )
    photos = [each.photo for each in kept if each.photo is not None]
    numbers = iter(
        queue_photos(services.database, patrol_id, photos, actor=caller.actor, scope=caller.scope)
    )
    items: list[FileOut] = []
    for each in kept:
        if each.photo is None:
            items.append(
                FileOut(file=each.file, outcome="refused", photo_id=None, reason=each.reason)
            )
            continue
        number, is_new = next(numbers)
        items.append(
            FileOut(
                file=each.file,
                outcome="queued" if is_new else "known",
                photo_id=number,
                reason="" if is_new else "the patrol has this very file already",
            )
        )
    outcomes = [each.outcome for each in items]
    return UploadOut(
        queued=outcomes.count("queued"),
        known=outcomes.count("known"),
        refused=outcomes.count("refused"),
        items=items,
    )


@router.post(
    "/patrols/{patrol_id}/photos",
    status_code=201,
    summary="Upload photos, or zip archives of photos",
    responses=problem_responses(401, 403, 404, 413, 415, 422, 429, 503),
    openapi_extra=_BODY,
)
async def post_photos(request: Request, caller: _Reporter, patrol_id: Id) -> UploadOut:
    """Every file gets an outcome; what is `queued` is on the disk before this answers."""
    services = services_of(request)
    await run_in_threadpool(read_patrol, services.database, patrol_id, scope=caller.scope)
    files = await _read_files(request, services)
    try:
        return await run_in_threadpool(_take, services, caller, patrol_id, files)
    finally:
        for each in files:
            await each.close()
