"""All routes of the API; `/metrics` stands outside the prefix, where Prometheus looks."""

from fastapi import FastAPI

from service.routes import (
    alerts,
    cameras,
    case_pictures,
    events,
    figures,
    findings,
    forms,
    health,
    incidents,
    lifts,
    lookbacks,
    master,
    monthly,
    papers,
    patrol_queue,
    patrols,
    people,
    session,
    stream,
)

__all__ = ["include_routes"]


def include_routes(app: FastAPI) -> None:
    """Put every route into the application."""
    # One by one: a router inside a router would hide the prefix from the timing's labels.
    for router in (
        events.router,
        findings.router,
        incidents.router,
        case_pictures.router,
        patrols.router,
        patrol_queue.router,
        lifts.router,
        lookbacks.router,
        stream.router,
        figures.router,
        master.router,
        people.router,
        session.router,
        cameras.router,
        alerts.router,
        forms.router,
        papers.router,
        monthly.router,
        monthly.tasks_router,
        health.router,
        health.metrics_router,
    ):
        app.include_router(router)
