"""Batches: each event answered as it would be alone, nothing lost, nothing doubled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as listening


def send(api: Any, *events: Any, key: str | None = None) -> Any:
    return api.http.post(
        "/api/v1/events/batch", json={"events": list(events)}, headers=api.headers(key)
    )


def statuses(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [result["status"] for result in answer.json()["results"]]


def test_a_batch_is_what_its_events_are_alone(api: Any, wire: Any) -> None:
    story = [
        wire.event("a"),
        wire.event("a", 2, phase="update"),
        wire.event("b"),
        wire.event("a", 3, phase="end"),
        wire.event("b", 2, phase="unknown"),
    ]
    assert statuses(send(api, *story)) == [201] * 5
    assert statuses(send(api, *story)) == [200] * 5
    assert api.post(story[1]).status_code == 200
    listed = {item["incident_key"]: item for item in api.get("/incidents").json()["items"]}
    assert set(listed) == {"a", "b"}
    assert (listed["a"]["phase"], listed["a"]["last_sequence"]) == ("end", 3)
    assert listed["a"]["ended_at"] is not None
    assert listed["a"]["proposes_clear"] is True
    assert listed["b"]["phase"] == "unknown"
    detail = api.get(f"/incidents/{listed['a']['id']}").json()
    assert [event["sequence"] for event in detail["events"]] == [1, 2, 3]


def test_one_bad_event_stops_no_other(api: Any, wire: Any) -> None:
    answer = send(
        api,
        wire.event("a"),
        wire.event("a", confidence=0.1),
        {"event_id": "x:1"},
        None,
        wire.event("c", site="elsewhere"),
        wire.event("a", 2, zone_id="another"),
        wire.event("p", kind="window_grille"),
        wire.with_pictures(wire.event("q"), wire.jpeg()),
        wire.event("d"),
        wire.event("d"),
    )
    assert statuses(answer) == [201, 409, 422, 422, 403, 422, 422, 422, 201, 200]
    results = answer.json()["results"]
    assert results[1]["code"] == "event_conflict"
    assert results[3]["event_id"] is None
    assert results[8]["incident_id"] == results[9]["incident_id"]
    assert results[9]["duplicate"] is True
    assert api.get("/incidents").json()["total"] == 2


@pytest.mark.parametrize(
    "body", [{}, [], {"events": []}, {"events": {}}, {"events": [1], "more": 1}, "x"]
)
def test_wrong_shapes(shared_api: Any, body: Any) -> None:
    url, headers = "/api/v1/events/batch", shared_api.headers()
    answer = shared_api.http.post(url, json=body, headers=headers)
    assert answer.status_code == 422, answer.text


def test_too_many_and_too_large(shared_api: Any, wire: Any) -> None:
    assert send(shared_api, *[wire.event()] * 101).status_code == 422
    big = wire.event("big", reason="")
    assert send(shared_api, *[big | {"x": "y" * 100_000}] * 60).status_code == 413


def test_many_at_once_with_the_same_events(api: Any, wire: Any) -> None:
    story = [wire.event(f"k{n // 4}", n % 4 + 1) for n in range(40)]
    answers = wire.at_once(4, lambda _: send(api, *story))
    made = [statuses(answer).count(201) for answer in answers]
    assert sum(made) == 40
    assert all(set(statuses(answer)) <= {200, 201} for answer in answers)
    assert api.get("/incidents").json()["total"] == 10


def test_a_clock_that_is_ahead_loses_nothing(api: Any, wire: Any) -> None:
    ahead = datetime.now(UTC) + timedelta(days=400)
    said = ahead.strftime("%Y-%m-%dT%H:%M:%SZ")
    times = dict.fromkeys(("occurred_at", "first_seen", "last_seen", "raised_at"), said)
    number = api.post(wire.event("future", **times)).json()["incident_id"]
    detail = api.get(f"/incidents/{number}").json()
    assert datetime.fromisoformat(detail["raised_at"]) < datetime.now(UTC) + timedelta(seconds=5)
    assert detail["events"][0]["body"]["occurred_at"] == said
    assert [deed["action"] for deed in detail["actions"]] == ["clock_ahead"]
    assert "clock" in detail["actions"][0]["note"]


def test_more_incidents_cost_no_more_statements(api: Any, wire: Any, database: Any) -> None:
    asked: list[str] = []
    listening.listen(
        database.engine,
        "before_cursor_execute",
        lambda _link, _cursor, statement, *_: asked.append(statement.split(" ", 2)[0]),
    )

    def story(name: str) -> list[Any]:
        where = {"camera_id": f"camera {name}", "zone_id": f"zone {name}"}
        return [wire.event(name, **where), wire.event(name, 2, phase="end", **where)]

    def cost(*names: str) -> int:
        asked.clear()
        events = [event for name in names for event in story(name)]
        assert statuses(send(api, *events)) == [201] * len(events)
        return len([word for word in asked if word in {"SELECT", "INSERT", "UPDATE"}])

    send(api, wire.event("first"))
    few = cost("a", "b")
    assert 0 < few <= 25
    # Rows of new cameras and zones are one statement each on SQLite, where no trip is made.
    assert cost(*(f"m{number}" for number in range(30))) <= few + 2 * 28
    same = [wire.event(f"again-{number}") for number in range(40)]
    asked.clear()
    assert statuses(send(api, *same)) == [201] * 40
    assert len(asked) <= few + 2
