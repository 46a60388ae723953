"""Letting a lift go from the desk, and the camera site that asks whether somebody has."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from service.repository import LiftRelease, find_lift_release, release_lift
from service.routes.auth import Caller, CameraKey, needs
from service.routes.models import Id, Note
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Permission

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["lifts"])


class LiftReleaseIn(BaseModel):
    """Why, if the person says so."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class LiftReleaseOut(BaseModel):
    """Whether somebody has let the lift go; times are UTC."""

    incident_id: int
    incident_key: str
    released: bool
    released_at: datetime | None
    released_by: str


def _out(found: LiftRelease) -> LiftReleaseOut:
    return LiftReleaseOut(
        incident_id=found.incident_id,
        incident_key=found.incident_key,
        released=found.released_at is not None,
        released_at=found.released_at,
        released_by=found.released_by,
    )


@router.post(
    "/incidents/{incident_id}/lift-release",
    summary="Let the lift of an incident go",
    responses=problem_responses(401, 403, 404, 413, 422, 429, 503),
)
def post_release(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.LIFTS_RELEASE))],
    incident_id: Id,
    body: LiftReleaseIn,
) -> LiftReleaseOut:
    """The door is not held again for this incident. Each post is a line of the audit.

    The camera site hears of it within about a second; where it can hear nothing, it lets go.
    """
    found = release_lift(
        services_of(request).database,
        incident_id,
        actor=caller.actor,
        scope=caller.sees(),
        note=body.note,
    )
    return _out(found)


@router.get(
    "/lift-release",
    summary="Whether somebody has let the lift of an incident go",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
def get_release(
    request: Request,
    caller: CameraKey,
    incident_key: Annotated[str, Query(pattern=r"^[^\x00-\x1f\x7f]{1,128}$")],
) -> LiftReleaseOut:
    """Asked by the camera site once a second while it holds a door, with the event's key."""
    found = find_lift_release(services_of(request).database, incident_key, scope=caller.sees())
    return _out(found)
