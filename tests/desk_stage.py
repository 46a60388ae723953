"""What the browser tests share: hazards posted as a camera would, people, sign-ins."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
from playwright.sync_api import BrowserContext, Page, Request, expect
from processes import API_KEY, DESK_PASSWORD, Service

from service.app import open_database
from service.repository import AccountScope, create_operator
from service.settings import Settings
from service.tables import Role

__all__ = [
    "HEADERS",
    "PASSWORD",
    "PEOPLE",
    "incident",
    "make_people",
    "picture",
    "post_event",
    "sign_in",
    "sign_in_by_form",
    "watch_hosts",
]

HEADERS = {"Authorization": f"Bearer {API_KEY}"}
PASSWORD = "a-password-of-a-test"
#: Account -> name of the person and role.
PEOPLE: Mapping[str, tuple[str, Role]] = {
    "chen": ("陈静", Role.ADMIN),
    "li": ("李娜", Role.STREET),
    "wang": ("王强", Role.PROPERTY),
    "night": ("赵敏", Role.DUTY),
}


def make_people(service: Service, folder: Path) -> None:
    """Make the accounts in the running service's database."""
    database = open_database(Settings(data_dir=folder / "service"))
    for name, (person, role) in PEOPLE.items():
        create_operator(
            database,
            name=name,
            display_name=person,
            role=role,
            scope=AccountScope(everything=True),
            password=PASSWORD,
            must_change_password=name == "night",
        )
    database.close()


def picture(text: str) -> bytes:
    """A small picture that says something."""
    image = np.full((360, 640, 3), 90, np.uint8)
    cv2.putText(image, text, (40, 190), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 3)
    return cv2.imencode(".jpg", image)[1].tobytes()


def post_event(
    served: Service,
    *,
    kind: str = "fire_lane_blocked",
    camera: str = "lane-1",
    roles: tuple[str, ...] = ("snapshot",),
    clip: Path | None = None,
    measures: Mapping[str, float] | None = None,
) -> int:
    """Post a start as a camera would; give back the incident's number."""
    now = datetime.now(UTC)
    key = uuid.uuid4().hex
    files = {role: ("image/jpeg", "jpg", picture(f"{camera} {role}")) for role in roles}
    if clip is not None:
        files["clip"] = ("video/mp4", "mp4", clip.read_bytes())
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
        "measures": {"dwell_s": 185.0, "zone_share": 0.4, "footprints": 1} | dict(measures or {}),
        "subjects": [],
        "model": "lifelane-n@0.1.0",
        "rule_version": "fire_lane@1",
        "reason": "",
        "evidence": [
            {
                "role": role,
                "sha256": hashlib.sha256(content).hexdigest(),
                "media_type": media_type,
                "size_bytes": len(content),
            }
            for role, (media_type, _, content) in files.items()
        ],
    }
    parts = [
        ("evidence", (f"{hashlib.sha256(content).hexdigest()}.{ending}", content, media_type))
        for media_type, ending, content in files.values()
    ]
    answer = httpx.post(
        f"{served.url}/api/v1/events",
        headers=HEADERS | {"Idempotency-Key": f"{key}:1"},
        data={"event": json.dumps(event)},
        files=parts,
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["incident_id"])


def incident(served: Service, incident_id: int) -> dict[str, object]:
    """The incident as the API tells it."""
    found: dict[str, object] = served.get(f"incidents/{incident_id}")
    return found


def sign_in_by_form(page: Page, served: Service) -> None:
    """As the duty officer, as people do."""
    page.goto(f"{served.url}/")
    expect(page).to_have_url(re.compile("/login$"))
    page.fill("input[name=password]", DESK_PASSWORD)
    page.click("button")
    expect(page.locator(".desk")).to_be_visible()


def sign_in(context: BrowserContext, served: Service, name: str) -> None:
    """As one of `PEOPLE`, without the form."""
    answer = context.request.post(
        f"{served.url}/api/v1/session", data={"name": name, "password": PASSWORD}
    )
    assert answer.status == 204, answer.text()


def watch_hosts(page: Page) -> set[str]:
    """Every scheme and host that the page asks, also from now on."""
    hosts: set[str] = set()

    def remember(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", request.url))

    page.on("request", remember)
    return hosts
