"""The desk in a real Chromium on a real service."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from processes import API_KEY, DESK_PASSWORD, Service

pytestmark = pytest.mark.browser

HEADERS = {"Authorization": f"Bearer {API_KEY}"}
_WAIT_MS = 20_000
expect.set_options(timeout=_WAIT_MS)


def _picture(text: str) -> bytes:
    image = np.full((360, 640, 3), 90, np.uint8)
    cv2.putText(image, text, (40, 190), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 3)
    return cv2.imencode(".jpg", image)[1].tobytes()


def post_event(served: Service, *, kind: str = "fire_lane_blocked", camera: str = "lane-1") -> int:
    """Post a start as a camera would; give back the incident's number."""
    picture = _picture(camera)
    now = datetime.now(UTC)
    key = uuid.uuid4().hex
    sha256 = hashlib.sha256(picture).hexdigest()
    stamp = now.isoformat().replace("+00:00", "Z")
    since = (now - timedelta(seconds=185)).isoformat().replace("+00:00", "Z")
    event = {
        "schema": "lifelane.event/1",
        "event_id": f"{key}:1",
        "incident_key": key,
        "sequence": 1,
        "site": "browser",
        "kind": kind,
        "phase": "start",
        "camera_id": camera,
        "zone_id": "zone",
        "occurred_at": stamp,
        "first_seen": since,
        "last_seen": stamp,
        "raised_at": stamp,
        "media_time_s": 185.0,
        "confidence": 0.91,
        "measures": {"dwell_s": 185.0, "zone_share": 0.4, "footprints": 1},
        "subjects": [],
        "model": "lifelane-n@0.1.0",
        "rule_version": "fire_lane@1",
        "reason": "",
        "evidence": [
            {
                "role": "snapshot",
                "sha256": sha256,
                "media_type": "image/jpeg",
                "size_bytes": len(picture),
            }
        ],
    }
    answer = httpx.post(
        f"{served.url}/api/v1/events",
        headers=HEADERS | {"Idempotency-Key": f"{key}:1"},
        data={"event": json.dumps(event)},
        files=[("evidence", (f"{sha256}.jpg", picture, "image/jpeg"))],
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["incident_id"])


def status_of(served: Service, incident_id: int) -> str:
    answer = httpx.get(f"{served.url}/api/v1/incidents/{incident_id}", headers=HEADERS)
    return str(answer.json()["status"])


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1360, "height": 820})
    context.set_default_timeout(_WAIT_MS)
    yield context
    context.close()


def _sign_in(page: Page, served: Service) -> None:
    page.goto(f"{served.url}/")
    expect(page).to_have_url(re.compile("/login$"))
    page.fill("input[name=password]", DESK_PASSWORD)
    page.click("button")
    expect(page.locator(".desk")).to_be_visible()


def test_nobody_sees_anything_without_signing_in(served: Service, context: BrowserContext) -> None:
    incident_id = post_event(served)
    page = context.new_page()
    page.goto(f"{served.url}/")
    expect(page).to_have_url(re.compile("/login$"))
    page.fill("input[name=password]", "wrong-password")
    page.click("button")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确")
    picture = context.request.get(f"{served.url}/api/v1/incidents/{incident_id}/evidence/1")
    assert picture.status == 401


def test_an_incident_appears_by_itself_and_is_acknowledged(
    served: Service, context: BrowserContext
) -> None:
    page = context.new_page()
    hosts: set[str] = set()

    def remember(request: Request) -> None:
        hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", request.url))

    page.on("request", remember)
    _sign_in(page, served)
    incident_id = post_event(served, kind="ebike_in_elevator", camera="lift-7")
    card = page.locator(".incident", has_text=f"#{incident_id} · lift-7")
    expect(card).to_be_visible()
    expect(card).to_contain_text("电动车进电梯")
    card.click()
    expect(page.get_by_text(f"#{incident_id} 电动车进电梯")).to_be_visible()
    expect(page.get_by_text("3 分钟", exact=True)).to_be_visible()
    big = page.locator("img.big")
    expect(big).to_be_visible()
    page.wait_for_function("document.querySelector('img.big').naturalWidth === 640")
    page.get_by_role("button", name="确认 (A)").click()
    expect(page.get_by_text(f"#{incident_id} 已确认")).to_be_visible()
    assert status_of(served, incident_id) == "acknowledged"
    # An air-gapped compound: the page asks nobody but its own service.
    assert {host for host in hosts if not host.startswith("data:")} == {served.url}


def test_a_false_alarm_can_be_taken_back_by_keyboard(
    served: Service, context: BrowserContext
) -> None:
    incident_id = post_event(served, camera="lane-9")
    page = context.new_page()
    _sign_in(page, served)
    page.locator(".incident", has_text=f"#{incident_id} ").click()
    expect(page.get_by_text(f"#{incident_id} 消防车道被占用")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_text("选一个原因即记为误报")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text(f"#{incident_id} 已标记为误报")).to_be_visible()
    assert status_of(served, incident_id) == "false_alarm"
    expect(page.get_by_role("button", name="撤销误报")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text(f"#{incident_id} 已恢复为待处理")).to_be_visible()
    assert status_of(served, incident_id) == "found"


def test_english_and_the_phone(served: Service, context: BrowserContext, browser: Browser) -> None:
    incident_id = post_event(served, camera="lane-3")
    page = context.new_page()
    _sign_in(page, served)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("Fire lane blocked").first).to_be_visible()
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, storage_state=context.storage_state()
    )
    small = phone.new_page()
    small.goto(f"{served.url}/")
    expect(small.locator(".incident", has_text=f"#{incident_id} ")).to_be_visible()
    width = small.evaluate("document.documentElement.scrollWidth")
    phone.close()
    assert width <= 390
