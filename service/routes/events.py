"""POST /api/v1/events: docs/wire.md, word for word."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.errors import InvalidRequest, ServiceError, TooLarge
from service.repository import NewEvent, NewPicture, Taken, take_event
from service.routes.auth import Caller, CameraKey
from service.routes.body import Posted, ReceivedPicture, read_post
from service.routes.problems import problem_responses
from service.routes.state import Services, services_of
from service.routes.wire import EventIn, EventTaken, EvidenceIn, parse_event
from service.settings import API_PREFIX, Settings

__all__ = ["listed_pictures", "post_event", "router"]

router = APIRouter(prefix=API_PREFIX, tags=["events"])

_REF = "#/components/schemas/EventIn"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["event"],
                    "properties": {
                        "event": {"$ref": _REF},
                        "evidence": {
                            "type": "array",
                            "maxItems": 8,
                            "items": {"type": "string", "format": "binary"},
                            "description": "One part a picture, file name `<sha256>.<ext>`",
                        },
                    },
                },
                "encoding": {"event": {"contentType": "application/json"}},
            },
            "application/json": {"schema": {"$ref": _REF}},
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "The `event_id`; when given it must be the event's",
        }
    ],
}


def _is_a(media_type: str, head: bytes) -> bool:
    if media_type == "image/jpeg":
        return head.startswith(b"\xff\xd8\xff")
    if media_type == "image/png":
        return head.startswith(b"\x89PNG\r\n\x1a\n")
    if media_type == "video/mp4":
        return head[4:8] == b"ftyp"
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _check_picture(entry: EvidenceIn, got: ReceivedPicture | None, settings: Settings) -> None:
    if entry.size_bytes > settings.max_picture_bytes:
        raise TooLarge(
            f"evidence {entry.sha256}: expected at most {settings.max_picture_bytes} bytes,"
            f" the event says {entry.size_bytes}"
        )
    if got is None:
        raise InvalidRequest(f"evidence {entry.sha256}: listed by the event, but no part came")
    if got.size_bytes != entry.size_bytes:
        raise InvalidRequest(
            f"evidence {entry.sha256}: expected {entry.size_bytes} bytes, got {got.size_bytes}"
        )
    if got.sha256 != entry.sha256:
        raise InvalidRequest(
            f"evidence {entry.sha256}: the bytes that came have another sha256, {got.sha256}"
        )
    if not _is_a(entry.media_type, got.head):
        raise InvalidRequest(f"evidence {entry.sha256}: the bytes are no {entry.media_type}")


def listed_pictures(
    evidence: Sequence[EvidenceIn], posted: Posted, settings: Settings
) -> list[NewPicture]:
    """The pictures that a post lists, each checked against the bytes that came.

    Raises:
        TooLarge: A limit of ``settings`` is passed.
        InvalidRequest: What is listed and what came do not agree.
    """
    if len({entry.sha256 for entry in evidence}) > settings.max_pictures:
        raise TooLarge(f"evidence: expected at most {settings.max_pictures} pictures")
    extra = posted.pictures.keys() - {entry.sha256 for entry in evidence}
    if extra:
        raise InvalidRequest(f"evidence {min(extra)}: a part came, but the event lists none such")
    for entry in evidence:
        _check_picture(entry, posted.pictures.get(entry.sha256), settings)
    return [
        NewPicture(
            role=entry.role,
            sha256=entry.sha256,
            media_type=entry.media_type,
            size_bytes=entry.size_bytes,
            content=posted.pictures[entry.sha256].content,
        )
        for entry in evidence
    ]


def _take(
    services: Services, caller: Caller, event: EventIn, body: dict[str, Any], posted: Posted
) -> Taken:
    pictures = listed_pictures(event.evidence, posted, services.settings)
    new = NewEvent(
        event_id=event.event_id,
        incident_key=event.incident_key,
        sequence=event.sequence,
        site=event.site,
        kind=event.kind,
        phase=event.phase,
        camera_id=event.camera_id,
        zone_id=event.zone_id,
        camera_name=event.camera_name,
        occurred_at=event.occurred_at,
        first_seen=event.first_seen,
        last_seen=event.last_seen,
        raised_at=event.raised_at,
        confidence=event.confidence,
        measures=event.measures,
        model=event.model,
        rule_version=event.rule_version,
        body=body,
        content_sha256=event.content_sha256(),
        pictures=pictures,
    )
    if caller.key_id is None:
        raise AssertionError("a camera key has an id")
    return take_event(services.database, services.pictures, new, key_id=caller.key_id)


@router.post(
    "/events",
    status_code=201,
    summary="Take one event of one hazard",
    responses={
        200: {"model": EventTaken, "description": "This very event was taken before"},
        201: {"description": "Taken; the incident was made or moved on"},
        **problem_responses(401, 403, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=_BODY,
)
async def post_event(request: Request, response: Response, caller: CameraKey) -> EventTaken:
    """Idempotent: the same event may be posted any number of times, also at once.

    The answer comes after the pictures and the rows are on the disk. A camera event moves
    the incident's `phase`; it never changes its `status`.
    """
    services = services_of(request)
    kind = phase = ""
    try:
        with await read_post(request, services.settings) as posted:
            event, body = parse_event(posted.event_json)
            kind, phase = event.kind.value, event.phase.value
            header = request.headers.get("idempotency-key", event.event_id)
            if header != event.event_id:
                raise InvalidRequest(
                    f"Idempotency-Key: expected the event_id {event.event_id}, got another value"
                )
            taken = await run_in_threadpool(_take, services, caller, event, body, posted)
    except ServiceError as error:
        services.metrics.events.labels(kind, phase, error.code).inc()
        raise
    result = "duplicate" if taken.duplicate else "taken"
    services.metrics.events.labels(kind, phase, result).inc()
    if taken.duplicate:
        response.status_code = 200
    return EventTaken(
        event_id=event.event_id,
        incident_id=taken.incident_id,
        incident_key=event.incident_key,
        sequence=event.sequence,
        duplicate=taken.duplicate,
    )
