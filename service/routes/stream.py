"""Changes of incidents as they happen: server-sent events that resume where they ended."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from service.errors import InvalidRequest
from service.repository import Database, Incident, changes_after, newest_change
from service.routes.auth import Caller, Reader
from service.routes.models import incident_out
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["incidents"])

_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
_LOOK_EVERY_S = 1.0
_KEEP_ALIVE_S = 15.0
# The browser comes back by itself, and then the sign-in is checked anew.
_LONGEST_S = 600.0
_AT_ONCE = 100


def _read_place(text: str) -> tuple[int, int]:
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        raise InvalidRequest(
            "Last-Event-ID: expected the id of an earlier event of this stream, such as 42.7",
            (("header.last-event-id", "not an id of this stream"),),
        )
    return int(match[1]), int(match[2])


def _event(incident: Incident, caller: Caller) -> bytes:
    data = incident_out(incident, caller).model_dump_json()
    return f"id: {incident.changed_seq}.{incident.id}\nevent: incident\ndata: {data}\n\n".encode()


async def _events(
    request: Request, database: Database, caller: Caller, place: tuple[int, int]
) -> AsyncIterator[bytes]:
    began_s = told_s = time.monotonic()
    # Proxies and browsers see at once that it lives; they retry after three seconds.
    yield b"retry: 3000\n\n"
    # Nobody tells a stream that its reader has gone: it asks.
    while time.monotonic() - began_s < _LONGEST_S and not await request.is_disconnected():
        version = database.changes.version
        found = await run_in_threadpool(changes_after, database, place, caller.scope, _AT_ONCE)
        for incident in found:
            place = (incident.changed_seq, incident.id)
            yield _event(incident, caller)
        if found:
            told_s = time.monotonic()
        if len(found) == _AT_ONCE:
            continue
        if await database.changes.wait(version, timeout_s=_LOOK_EVERY_S) != version:
            # A burst of changes becomes one reading.
            await asyncio.sleep(0.05)
        elif time.monotonic() - told_s > _KEEP_ALIVE_S:
            told_s = time.monotonic()
            yield b": still here\n\n"


@router.get(
    "/stream/incidents",
    summary="Changes as they happen (server-sent events)",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One event for each changed incident, as the list shows it. `id` is"
            " where to resume; of several changes in quick succession the last is told",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problem_responses(401, 403, 422, 429, 503),
    },
)
async def get_stream(
    request: Request,
    caller: Reader,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """Begins with the next change, or after `Last-Event-ID`; ends after ten minutes."""
    database = services_of(request).database
    if last_event_id is not None:
        place = _read_place(last_event_id)
    else:
        place = (await run_in_threadpool(newest_change, database), 2**63 - 1)
    return StreamingResponse(
        _events(request, database, caller, place),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
