"""Open to all: whether the service lives, and its figures. Neither says what was seen."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from service.routes.state import services_of
from service.settings import API_PREFIX

__all__ = ["metrics_router", "router"]

router = APIRouter(prefix=API_PREFIX, tags=["health"])
metrics_router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Whether the service can take events now."""

    status: Literal["ok", "failing"]
    database: Literal["ok", "failing"]
    version: str
    time: datetime = Field(description="The service's clock, UTC")


@router.get(
    "/health",
    summary="Whether the service can take events",
    responses={503: {"model": Health, "description": "The database does not answer"}},
)
def get_health(request: Request, response: Response) -> Health:
    """200 when the database answers, 503 when it does not."""
    services = services_of(request)
    state: Literal["ok", "failing"] = "ok" if services.database.ping() else "failing"
    if state == "failing":
        response.status_code = 503
    response.headers["Cache-Control"] = "no-store"
    return Health(status=state, database=state, version=services.version, time=datetime.now(UTC))


@metrics_router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
def get_metrics(request: Request) -> Response:
    """Events by what became of them, open incidents, request durations."""
    return Response(services_of(request).metrics.render(), media_type=CONTENT_TYPE_LATEST)
