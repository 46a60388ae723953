"""Prometheus figures on a registry of the application's own, and the timing of requests."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.repository import Database, count_open

__all__ = ["Metrics", "RequestTimer"]


class _OpenIncidents(Collector):
    """Asks the database when it is read, so that no restart or second process falsifies it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("lifelane_incidents_open", "Open incidents", labels=["status"])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily(
            "lifelane_incidents_open", "Incidents that still want attention", labels=["status"]
        )
        try:
            counts = count_open(self._database)
        except SQLAlchemyError:
            # No figure is the honest answer; health says that the database is away.
            return
        for status, count in counts.items():
            gauge.add_metric([status.value], count)
        yield gauge


class Metrics:
    """The figures of one application.

    Attributes:
        events: Posts of events by ``kind``, ``phase`` and ``result`` (``taken``,
            ``duplicate``, or the error's code); kind and phase are empty when unreadable.
        durations: Seconds a request took, by method, route and status.
    """

    def __init__(self, database: Database) -> None:
        self._registry = CollectorRegistry()
        self.events = Counter(
            "lifelane_events",
            "Events posted, by what became of them",
            ["kind", "phase", "result"],
            registry=self._registry,
        )
        self.durations = Histogram(
            "lifelane_http_request_duration_seconds",
            "Time from a request's head to its answer's end",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._registry.register(_OpenIncidents(database))

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class RequestTimer:
    """ASGI middleware that times requests by route template, never by raw path."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and time it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            # Paths without a route share one label: a scanner must not make a million.
            route = getattr(scope.get("route"), "path", "") or "other"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.durations.labels(method, route, str(status)).observe(
                time.perf_counter() - began_s
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
