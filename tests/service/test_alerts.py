"""Alerts from the event to a real receiver, on both databases."""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scripted_api import Reply, ScriptedApi
from sqlalchemy import select

from service.alerting import AlertWorker, remind_offices, tick
from service.repository import Database, claim_due, create_key
from service.tables import AlertRow, CompoundRow, DeliveryRow, EscalationRow, Role, TimerRow

SECRET = "webhook-signing-key"


@pytest.fixture
def hook() -> Iterator[ScriptedApi]:
    """A receiver that answers 204 to everything."""
    with ScriptedApi(lambda _: Reply(status=204, body="")) as running:
        yield running


@pytest.fixture
def settings(settings: Any) -> Any:
    """The worker is the test's own: it decides what time it is."""
    return replace(settings, alerts=False)


@pytest.fixture
def admin(api: Any) -> str:
    return create_key(api.database, site="demo", role=Role.ADMIN)


def _request(api: Any, method: str, key: str, path: str, body: Any = None) -> Any:
    answer = api.http.request(method, f"/api/v1{path}", json=body, headers=api.headers(key))
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def _channel(api: Any, key: str, hook: ScriptedApi, name: str = "hook") -> None:
    body = {
        "name": name,
        "kind": "webhook",
        "url": f"{hook.url}/robot?key=robot-secret-key",
        "secret": SECRET,
    }
    shown = _request(api, "POST", key, "/alert-channels", body)
    assert "robot-secret-key" not in json.dumps(shown)
    assert SECRET not in json.dumps(shown)


def _event(key: str = "k1", sequence: int = 1, **changes: Any) -> dict[str, Any]:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    times = dict.fromkeys(("occurred_at", "first_seen", "last_seen", "raised_at"), moment)
    body: dict[str, Any] = {
        "schema": "lifelane.event/1",
        "event_id": f"{key}:{sequence}",
        "incident_key": key,
        "sequence": sequence,
        "site": "demo",
        "kind": "fire_lane_blocked",
        "phase": "start",
        "camera_id": "lane-1",
        "camera_name": "东门 消防车道",
        "zone_id": "lane",
        "media_time_s": 1.0,
        "confidence": 0.9,
        "measures": {},
        "subjects": [],
        "model": "m@1",
        "rule_version": "fire_lane@1",
        "reason": "",
        "evidence": [],
    }
    return body | times | changes


def _subjects(hook: ScriptedApi) -> list[str]:
    return [post.event["type"].removeprefix("lifelane.alert.") for post in hook.posts]


def _later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_hazard_reaches_the_receiver_signed_and_in_chinese(
    api: Any, admin: str, hook: ScriptedApi
) -> None:
    _channel(api, admin, hook)
    api.post(_event())
    tick(api.database, _later(1))
    assert _subjects(hook) == ["raised"]
    post = hook.posts[0]
    assert post.event["data"]["title"] == "【发现隐患】消防车道被占用"
    assert "东门 消防车道" in post.event["data"]["body"]
    head = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(SECRET.encode(), head + post.text.encode(), hashlib.sha256).digest()
    assert post.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    listed = _request(api, "GET", admin, "/deliveries?state=sent")
    assert len(listed) == 1


def test_it_goes_up_repeats_and_stops_when_somebody_takes_notice(
    api: Any, admin: str, hook: ScriptedApi
) -> None:
    _channel(api, admin, hook)
    incident_id = api.post(_event()).json()["incident_id"]
    for seconds in (1, 100, 182, 300, 783):
        tick(api.database, _later(seconds))
    assert _subjects(hook) == ["raised", "escalated", "repeat"]
    with api.database.read() as session:
        assert session.get_one(AlertRow, incident_id).unattended_at is not None
    assert api.act(incident_id, "acknowledge").status_code == 200
    tick(api.database, _later(3000))
    assert _subjects(hook) == ["raised", "escalated", "repeat"]


def test_fifty_incidents_of_one_lane_are_one_message(
    api: Any, admin: str, hook: ScriptedApi
) -> None:
    _channel(api, admin, hook)
    for index in range(12):
        api.post(_event(f"k{index}"))
    while tick(api.database, _later(1)):
        pass
    assert _subjects(hook) == ["raised"]


def test_a_mute_holds_back_and_ends(api: Any, admin: str, hook: ScriptedApi) -> None:
    _channel(api, admin, hook)
    api.post(_event())
    with api.database.read() as session:
        compound = session.scalars(select(CompoundRow)).one()
    until = _later(900).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {
        "compound_id": compound.id,
        "kind": "fire_lane_blocked",
        "reason": "施工",
        "until": until,
    }
    mute = _request(api, "POST", admin, "/mutes", body)
    tick(api.database, _later(1))
    assert _subjects(hook) == []
    assert len(_request(api, "GET", admin, "/mutes")) == 1
    _request(api, "DELETE", admin, f"/mutes/{mute['id']}")
    tick(api.database, _later(2))
    assert _subjects(hook) == ["raised"]
    body["until"] = "2020-01-01T00:00:00Z"
    refused = api.http.post("/api/v1/mutes", json=body, headers=api.headers(admin))
    assert refused.status_code == 422


def test_three_dissuasions_draft_a_report_that_a_person_sends(
    api: Any, admin: str, hook: ScriptedApi
) -> None:
    _channel(api, admin, hook)
    incident_id = api.post(_event()).json()["incident_id"]
    path = f"/incidents/{incident_id}"
    for step in ("warn", "dispatch", "arrive"):
        _request(api, "POST", admin, f"{path}/responses", {"step": step, "method": "广播"})
    _request(api, "POST", admin, f"{path}/actions", {"action": "register", "content": "小车占道"})
    for _ in range(3):
        _request(
            api,
            "POST",
            admin,
            f"{path}/actions",
            {"action": "dissuade", "method": "当面", "person": "车主", "result": "拒不驶离"},
        )
    tick(api.database, _later(1))
    report = _request(api, "GET", admin, "/escalations?waiting=true")[0]
    assert report["reason"] == "attempts"
    assert "经3次劝阻仍未改正" in report["text"]
    assert report["sent_at"] is None
    early = api.http.post(
        f"/api/v1/escalations/{report['id']}/receipt",
        json={"received_by": "派出所"},
        headers=api.headers(admin),
    )
    assert early.status_code == 409
    sent = _request(api, "POST", admin, f"/escalations/{report['id']}/send", {"channels": ["hook"]})
    assert sent["sent_at"] is not None
    tick(api.database, _later(2))
    assert hook.posts[-1].event["data"]["body"] == report["text"]
    taken = _request(
        api, "POST", admin, f"/escalations/{report['id']}/receipt", {"received_by": "派出所"}
    )
    assert taken["received_by"] == "派出所"
    # Times of immediate action stand in the ledger.
    ledger = api.get("/forms/ledger.csv", admin).text.splitlines()
    row = dict(zip(ledger[0].removeprefix("\ufeff").split(","), ledger[1].split(","), strict=True))
    assert row["警示时间"]
    assert row["派员时间"]
    assert row["报告时间"]
    assert row["劝阻次数"] == "3"


def test_a_kept_policy_rules_its_place(api: Any, admin: str, hook: ScriptedApi) -> None:
    _channel(api, admin, hook)
    _channel(api, admin, hook, name="other")
    api.post(_event())
    with api.database.read() as session:
        compound = session.scalars(select(CompoundRow)).one()
    general = {"compound_id": None, "kind": None, "channels": ["other", "hook"]}
    _request(api, "PUT", admin, "/alert-policies", general)
    own = {"compound_id": compound.id, "kind": "fire_lane_blocked", "channels": ["hook"]}
    _request(api, "PUT", admin, "/alert-policies", own)
    tick(api.database, _later(1))
    assert len(hook.posts) == 1
    kept = _request(api, "GET", admin, "/alert-policies")
    assert [each["channels"] for each in kept] == [["other", "hook"], ["hook"]]


def test_what_is_not_taken_is_tried_again_then_dead_then_sent_by_hand(
    api: Any, admin: str, hook: ScriptedApi, caplog: pytest.LogCaptureFixture
) -> None:
    hook.script = lambda _: Reply(status=503, body="robot-secret-key is busy")
    _channel(api, admin, hook)
    api.post(_event())
    moment = _later(1)
    with caplog.at_level(logging.DEBUG):
        for _ in range(40):
            with api.database.read() as session:
                row = session.scalars(
                    select(DeliveryRow).where(DeliveryRow.subject == "raised")
                ).first()
            if row is not None:
                if row.state == "dead":
                    break
                moment = row.due_at
            tick(api.database, moment + timedelta(milliseconds=1))
    assert "robot-secret-key" not in caplog.text
    dead = _request(api, "GET", admin, "/deliveries?state=dead")
    raised = next(each for each in dead if each["subject"] == "raised")
    assert raised["attempts"] == 10
    assert "503" in raised["last_reason"]
    assert "robot-secret-key" not in json.dumps(dead)
    hook.script = lambda _: Reply(status=204, body="")
    _request(api, "POST", admin, f"/deliveries/{raised['id']}/retry")
    before = len(hook.posts)
    tick(api.database, _later(1))
    assert len(hook.posts) > before
    ids = {post.headers["webhook-id"] for post in hook.posts if "raised" in post.event["type"]}
    assert len(ids) == 1


def test_several_workers_never_tell_twice(
    api: Any, admin: str, hook: ScriptedApi, settings: Any
) -> None:
    _channel(api, admin, hook)
    for index in range(8):
        api.post(_event(f"k{index}", camera_id=f"lane-{index}"))
    # Databases of their own, as processes have them.
    others = [Database(settings.database_url) for _ in range(4)]
    now = _later(1)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(3):
                list(pool.map(lambda each: tick(each, now), others))
    finally:
        for each in others:
            each.close()
    ids = [post.headers["webhook-id"] for post in hook.posts]
    assert len(ids) == len(set(ids)) == 8


def test_a_timer_survives_the_death_of_its_process(api: Any, admin: str, hook: ScriptedApi) -> None:
    _channel(api, admin, hook)
    api.post(_event())
    now = _later(1)
    assert len(claim_due(api.database, kinds=("alert",), now=now)) == 1
    tick(api.database, now + timedelta(seconds=30))
    assert hook.posts == []
    tick(api.database, now + timedelta(seconds=61))
    assert _subjects(hook) == ["raised"]


def test_the_worker_of_a_running_service_does_it_by_itself(
    api: Any, admin: str, hook: ScriptedApi
) -> None:
    worker = AlertWorker(api.database, every_s=0.05)
    worker.start()
    try:
        _channel(api, admin, hook)
        incident_id = api.post(_event()).json()["incident_id"]
        until = time.monotonic() + 10
        while not hook.posts and time.monotonic() < until:
            time.sleep(0.02)
        assert _subjects(hook) == ["raised"]
        api.post(_event(sequence=2, phase="end"))
        while len(hook.posts) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        assert _subjects(hook) == ["raised", "cleared"]
        with api.database.read() as session:
            assert session.get_one(AlertRow, incident_id).ended_at is not None
            assert session.scalars(select(TimerRow).where(TimerRow.kind == "alert")).all() == []
            assert session.scalars(select(EscalationRow)).all() == []
    finally:
        worker.stop()


def test_the_monthly_report_is_reminded_of_once_a_day(
    api: Any, admin: str, hook: ScriptedApi
) -> None:
    _channel(api, admin, hook)
    for moment in (
        datetime(2026, 3, 19, 15, tzinfo=UTC),  # the 19th, 23:00
        datetime(2026, 3, 20, 1, tzinfo=UTC),
        datetime(2026, 3, 20, 9, tzinfo=UTC),
        datetime(2026, 3, 22, 1, tzinfo=UTC),
    ):
        remind_offices(api.database, moment)
    with api.database.read() as session:
        texts = list(session.scalars(select(DeliveryRow.body).order_by(DeliveryRow.id)))
    assert texts == [
        "3月工作进度月报请于21日24时前报送",
        "3月工作进度月报已逾期，请立即报送",
    ]
