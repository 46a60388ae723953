"""Open to all: health and figures."""

import re
from datetime import UTC, datetime
from typing import Any

from service.app import create_app, open_database


def figure(api: Any, name: str) -> float:
    text = api.http.get("/metrics").text
    match = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert match is not None, f"{name} is not in\n{text}"
    return float(match[1])


def test_health(api: Any) -> None:
    answer = api.http.get("/api/v1/health")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["database"]) == ("ok", "ok")
    assert body["version"]
    assert abs((datetime.now(UTC) - datetime.fromisoformat(body["time"])).total_seconds()) < 60


def test_health_says_when_the_database_is_away(api: Any, wire: Any, monkeypatch: Any) -> None:
    # An engine whose server is gone: every connection is refused.
    away = type(api.database)("postgresql://postgres@127.0.0.1:1/none?connect_timeout=2")
    monkeypatch.setattr(api.database, "_engine", away.engine)
    monkeypatch.setattr(api.database, "_write_engine", away.engine)
    answer = api.http.get("/api/v1/health")
    assert answer.status_code == 503
    assert answer.json()["database"] == "failing"
    posted = api.post(wire.event())
    assert posted.status_code == 503
    assert posted.json()["code"] == "storage_unavailable"
    assert "127.0.0.1:1" not in posted.text
    assert "lifelane_incidents_open{" not in api.http.get("/metrics").text
    away.close()


def test_figures(api: Any, wire: Any) -> None:
    number = api.post(wire.event()).json()["incident_id"]
    api.post(wire.event())
    api.post(wire.event(confidence=0.1))
    api.post(wire.event(confidence=7))
    labels = 'kind="fire_lane_blocked",phase="start"'
    assert figure(api, f'lifelane_events_total{{{labels},result="taken"}}') == 1
    assert figure(api, f'lifelane_events_total{{{labels},result="duplicate"}}') == 1
    assert figure(api, f'lifelane_events_total{{{labels},result="event_conflict"}}') == 1
    unread = 'lifelane_events_total{kind="",phase="",result="invalid_request"}'
    assert figure(api, unread) == 1
    assert figure(api, 'lifelane_incidents_open{status="found"}') == 1
    api.act(number, "acknowledge")
    assert figure(api, 'lifelane_incidents_open{status="found"}') == 0
    assert figure(api, 'lifelane_incidents_open{status="acknowledged"}') == 1
    name = "lifelane_http_request_duration_seconds_count"
    route = 'method="POST",route="/api/v1/events"'
    assert figure(api, f'{name}{{{route},status="201"}}') == 1
    for path in ("/x/1", "/x/2", "/wp-login.php"):
        api.http.get(path)
    assert figure(api, f'{name}{{method="GET",route="other",status="404"}}') == 3


def test_two_applications_share_no_figures(api: Any, wire: Any, settings: Any) -> None:
    api.post(wire.event())
    other = create_app(settings, database=open_database(settings))
    assert b'result="taken"' not in other.state.services.metrics.render()
    other.state.services.database.close()
