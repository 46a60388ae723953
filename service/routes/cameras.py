"""How the cameras are doing: posted by their site, read by the desk."""

from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from service.repository import CameraReport, claim_site, sites_seen
from service.routes.auth import CameraKey, Reader
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.routes.wire import Name, PlainText, Time
from service.settings import API_PREFIX

__all__ = ["router"]

router = APIRouter(prefix=f"{API_PREFIX}/cameras", tags=["cameras"])

CameraState = Literal[
    "connecting",
    "online",
    "stalled",
    "offline",
    "black",
    "covered",
    "blurred",
    "moved",
    "frozen",
    "clock_drift",
]


class CameraStateIn(BaseModel):
    """One camera."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera_id: Name
    camera_name: PlainText = Field(default="", description="Where it looks, in people's words")
    state: CameraState
    since: Time
    reason: PlainText = Field(default="", description="Why, in words for people")


class CameraStatesIn(BaseModel):
    """Every camera of a site, or those that have changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["lifelane.camera-state/1"] = Field(alias="schema")
    site: Name
    complete: bool = Field(description="These are all cameras of the site")
    cameras: Annotated[list[CameraStateIn], Field(max_length=1024)]


class CameraStatesTaken(BaseModel):
    """The answer to a post that was taken."""

    taken: int


class CameraOut(BaseModel):
    """One camera as its site said last; times are UTC."""

    site: str
    camera_id: str
    camera_name: str
    state: CameraState | Literal["silent"] = Field(
        description="`silent`: its site has said nothing for three minutes"
    )
    since: datetime
    reason: str
    reported_at: datetime


class CameraList(BaseModel):
    """All cameras that have been reported since the service started."""

    items: list[CameraOut]


@router.post(
    "/state",
    summary="Take how the cameras of a site are doing",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def post_states(body: CameraStatesIn, request: Request, caller: CameraKey) -> CameraStatesTaken:
    """Posted at every change, and whole every minute; the newest word replaces the one before."""
    services = services_of(request)
    if caller.key_id is None:
        raise AssertionError("a camera key has an id")
    claim_site(services.database, caller.key_id, body.site)
    now = datetime.now(UTC)
    reports = [
        CameraReport(
            site=body.site,
            camera_id=camera.camera_id,
            camera_name=camera.camera_name,
            state=camera.state,
            since=camera.since,
            reason=camera.reason,
            reported_at=now,
        )
        for camera in body.cameras
    ]
    services.cameras.note(body.site, reports, is_complete=body.complete)
    return CameraStatesTaken(taken=len(reports))


@router.get(
    "",
    summary="How the cameras are doing",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def get_cameras(
    request: Request,
    caller: Reader,
    site: Annotated[str | None, Query(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")] = None,
) -> CameraList:
    """A key reads its own site's, the desk reads all."""
    services = services_of(request)
    seen = sites_seen(services.database, caller.sees(site))
    reports = [each for each in services.cameras.read(site) if seen is None or each.site in seen]
    return CameraList(
        items=[
            CameraOut(
                site=each.site,
                camera_id=each.camera_id,
                camera_name=each.camera_name,
                state=cast("CameraState", each.state),  # checked when it came
                since=each.since,
                reason=each.reason,
                reported_at=each.reported_at,
            )
            for each in reports
        ]
    )
