"""What people do: the table, the audit, two people at once."""

from typing import Any

import pytest


def test_each_action_and_its_audit(api: Any, wire: Any) -> None:
    number = api.post(wire.event()).json()["incident_id"]
    steps = [
        ("acknowledge", "guard sent", "found", "acknowledged"),
        ("false_alarm", "a delivery van, 已离开", "acknowledged", "false_alarm"),
        ("reopen", "", "false_alarm", "found"),
        ("false_alarm", "line one\nline two", "found", "false_alarm"),
    ]
    for action, note, _, after in steps:
        answer = api.act(number, action, note)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == after
    history = api.get(f"/incidents/{number}").json()["actions"]
    assert [
        (deed["action"], deed["note"], deed["from_status"], deed["to_status"]) for deed in history
    ] == steps
    assert all(deed["actor"].startswith("key ") for deed in history)


def test_a_refused_action_says_why_and_changes_nothing(api: Any, wire: Any) -> None:
    number = api.post(wire.event()).json()["incident_id"]
    answer = api.act(number, "reopen")
    assert answer.status_code == 409
    assert answer.json()["code"] == "transition_refused"
    assert "only an incident that was marked as a false alarm" in answer.json()["detail"]
    detail = api.get(f"/incidents/{number}").json()
    assert (detail["status"], detail["actions"]) == ("found", [])


def test_two_people_at_once(api: Any, wire: Any) -> None:
    for round_number in range(5):
        number = api.post(wire.event(key=f"r{round_number}")).json()["incident_id"]
        answers = wire.at_once(4, lambda _, number=number: api.act(number, "acknowledge"))
        assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
        assert len(api.get(f"/incidents/{number}").json()["actions"]) == 1


def test_a_camera_key_may_not_act(api: Any, wire: Any) -> None:
    number = api.post(wire.event()).json()["incident_id"]
    url = f"/api/v1/incidents/{number}/actions"
    answer = api.http.post(url, json={"action": "acknowledge"}, headers=api.headers())
    assert answer.status_code == 403
    assert "--role duty" in answer.json()["detail"]
    assert api.http.post(url, json={"action": "acknowledge"}).status_code == 401
    assert api.get(f"/incidents/{number}").json()["status"] == "found"


def test_an_operator_key_may_not_post_events(api: Any, wire: Any) -> None:
    assert api.post(wire.event(), key=api.operator_key).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"action": "close"},
        {},
        [],
        {"action": "acknowledge", "note": "x" * 2001},
        {"action": "acknowledge", "note": "a\x00b"},
        {"action": "acknowledge", "by": "me"},
    ],
)
def test_wrong_bodies(shared_api: Any, body: Any) -> None:
    answer = shared_api.http.post(
        "/api/v1/incidents/1/actions",
        json=body,
        headers=shared_api.headers(shared_api.operator_key),
    )
    assert answer.status_code == 422
    assert answer.json()["problems"]


@pytest.mark.parametrize(
    "text", [b'{"\\ud800": 1}', b'{"action": "\\ud800"}', b"{", b"[" * 60_000, b"1" * 5_000]
)
def test_broken_json(shared_api: Any, text: bytes) -> None:
    headers = shared_api.headers(shared_api.operator_key) | {"Content-Type": "application/json"}
    url = "/api/v1/incidents/1/actions"
    assert shared_api.http.post(url, content=text, headers=headers).status_code in (400, 422)


def test_a_body_without_end_is_refused(shared_api: Any) -> None:
    headers = shared_api.headers(shared_api.operator_key)
    url = "/api/v1/incidents/1/actions"
    answer = shared_api.http.post(url, content=b"x" * 100_000, headers=headers)
    assert answer.status_code == 413
    answer = shared_api.http.post(url, content=iter([b"x"]), headers=headers)
    assert answer.status_code == 411


def test_an_unknown_incident(shared_api: Any) -> None:
    assert shared_api.act(10**12, "acknowledge").status_code == 404
