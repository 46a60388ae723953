"""POST /api/v1/events: docs/wire.md, word for word."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.errors import InvalidRequest, ServiceError, TooLarge, UnsupportedContent
from service.repository import NewEvent, NewPicture, Taken, take_event, take_events
from service.routes.auth import Caller, CameraKey
from service.routes.body import Posted, ReceivedPicture, read_post
from service.routes.problems import problem_responses
from service.routes.state import Services, services_of
from service.routes.wire import EventIn, EventTaken, EvidenceIn, parse_event
from service.settings import API_PREFIX, Settings

__all__ = [
    "BatchTaken",
    "EventAnswer",
    "listed_pictures",
    "post_batch",
    "post_event",
    "router",
]

router = APIRouter(prefix=API_PREFIX, tags=["events"])

_MAX_BATCH = 100
_MAX_BATCH_BYTES = 4 * 1024 * 1024
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


def _new_event(
    event: EventIn, body: dict[str, Any], pictures: Sequence[NewPicture] = ()
) -> NewEvent:
    return NewEvent(
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


def _key_id(caller: Caller) -> str:
    if caller.key_id is None:
        raise AssertionError("a camera key has an id")
    return caller.key_id


def _take(
    services: Services, caller: Caller, event: EventIn, body: dict[str, Any], posted: Posted
) -> Taken:
    new = _new_event(event, body, listed_pictures(event.evidence, posted, services.settings))
    return take_event(services.database, services.pictures, new, key_id=_key_id(caller))


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


class EventAnswer(BaseModel):
    """What became of one event of a batch."""

    event_id: str | None = Field(description="Null when the event was too broken to have one")
    status: int = Field(description="The status that posting it alone would have got")
    incident_id: int | None = None
    duplicate: bool = False
    code: str | None = Field(default=None, description="A stable word, when refused")
    detail: str | None = Field(default=None, description="Why, when refused")


class BatchTaken(BaseModel):
    """One answer for each event, in their order."""

    results: list[EventAnswer]


def _take_batch(services: Services, caller: Caller, text: bytes) -> list[EventAnswer]:
    items = _read_batch(text)
    answers: list[EventAnswer | None] = [None] * len(items)
    parsed: list[tuple[int, NewEvent]] = []
    for at, item in enumerate(items):
        try:
            event, body = parse_event(json.dumps(item, ensure_ascii=False).encode(), item)
            if event.evidence:
                raise InvalidRequest(  # noqa: TRY301
                    "evidence: a batch carries none; post an event with pictures alone"
                )
            parsed.append((at, _new_event(event, body)))
        except (InvalidRequest, UnicodeEncodeError, RecursionError) as error:
            fault = error if isinstance(error, ServiceError) else InvalidRequest("not an event")
            name = item.get("event_id") if isinstance(item, dict) else None
            answers[at] = _refused(name if isinstance(name, str) else None, fault)
    taken = take_events(
        services.database,
        services.pictures,
        [new for _, new in parsed],
        key_id=_key_id(caller),
    )
    for (at, new), answer in zip(parsed, taken, strict=True):
        labels = (new.kind.value, new.phase.value)
        if isinstance(answer, ServiceError):
            services.metrics.events.labels(*labels, answer.code).inc()
            answers[at] = _refused(new.event_id, answer)
            continue
        result = "duplicate" if answer.duplicate else "taken"
        services.metrics.events.labels(*labels, result).inc()
        answers[at] = EventAnswer(
            event_id=new.event_id,
            status=200 if answer.duplicate else 201,
            incident_id=answer.incident_id,
            duplicate=answer.duplicate,
        )
    return [answer for answer in answers if answer is not None]


def _read_batch(text: bytes) -> list[Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("the body: expected JSON, got something else") from error
    items = body.get("events") if isinstance(body, dict) and set(body) == {"events"} else None
    if not isinstance(items, list) or not 1 <= len(items) <= _MAX_BATCH:
        raise InvalidRequest(
            f'the body: expected {{"events": [1 to {_MAX_BATCH} events]}}, got another shape',
            (("body.events", f"expected 1 to {_MAX_BATCH} events"),),
        )
    return items


def _refused(event_id: str | None, error: ServiceError) -> EventAnswer:
    name = None if event_id is None else event_id.encode("utf-8", "backslashreplace").decode()
    detail = str(error).encode("utf-8", "backslashreplace").decode()
    return EventAnswer(event_id=name, status=error.status, code=error.code, detail=detail)


@router.post(
    "/events/batch",
    summary="Take up to 100 events without pictures in one transaction",
    responses=problem_responses(401, 403, 413, 415, 422, 429, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["events"],
                        "additionalProperties": False,
                        "properties": {
                            "events": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 100,
                                "items": {"$ref": _REF},
                            }
                        },
                    }
                }
            },
        }
    },
)
async def post_batch(request: Request, caller: CameraKey) -> BatchTaken:
    """Each event gets the answer that it would have got alone; one bad one stops no other.

    Idempotent as the single post is. The answer comes after all rows are on the disk.
    """
    services = services_of(request)
    limits = replace(services.settings, max_event_bytes=_MAX_BATCH_BYTES)
    with await read_post(request, limits) as posted:
        if posted.pictures:
            raise UnsupportedContent("Content-Type: a batch is application/json, without pictures")
        answers = await run_in_threadpool(_take_batch, services, caller, posted.event_json)
    return BatchTaken(results=answers)
