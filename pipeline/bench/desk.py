"""How soon the desk shows what is stored, and how soon its pages can be used, in real browsers."""

import hashlib
import json
import shutil
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cv2
import httpx
import numpy as np

from pipeline.errors import ConfigError
from pipeline.publish.wire import event_to_json
from pipeline.types import HazardEvent, HazardKind, Phase

__all__ = ["bench_desk"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: Page -> what is there once it can be used: it is drawn over the open connection.
_PAGES = {"/": ".incident", "/ledger": ".row-link", "/figures": "canvas", "/cameras": ".wall *"}
_LOADS = 5
# Notes when each incident was first in the tab's queue, by the machine's clock.
_WATCH = """
window.seenAt = {};
new MutationObserver(() => {
  for (const card of document.querySelectorAll('.incident:not([data-noted])')) {
    card.dataset.noted = '1';
    const number = (card.textContent.match(/#(\\d+)/) || [])[1];
    if (number && !(number in window.seenAt))
      window.seenAt[number] = (performance.timeOrigin + performance.now()) / 1000;
  }
}).observe(document, {childList: true, subtree: true});
"""


@dataclass
class _Posted:
    """When each incident was answered with 201, in seconds since 1970."""

    stored_at_s: dict[int, float] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)


def _event(number: int, sha256: str, size_bytes: int) -> dict[str, Any]:
    now = datetime.now(UTC)
    key = f"desk-{uuid.uuid4().hex}"
    event = event_to_json(
        HazardEvent(
            kind=HazardKind.FIRE_LANE_BLOCKED,
            phase=Phase.START,
            site="bench",
            camera_id=f"camera-{number % 16}",
            zone_id="lane",
            incident_key=key,
            sequence=1,
            occurred_at=now,
            first_seen=now,
            last_seen=now,
            raised_at=now,
            media_time_s=60.0,
            confidence=0.9,
            measures={"dwell_s": 60.0, "zone_share": 0.4},
            model="bench@1",
            rule_version="fire_lane@1",
        )
    )
    picture = {"role": "snapshot", "sha256": sha256, "media_type": "image/jpeg"}
    return event | {"evidence": [picture | {"size_bytes": size_bytes}]}


def _post(client: httpx.Client, *, count: int, rate: float, posted: _Posted) -> None:
    """Post incidents with a picture each, evenly; one that is late is not made up for."""
    image = np.random.default_rng(0).integers(0, 255, (36, 64, 3), np.uint8)
    image = cv2.resize(image, (640, 360), interpolation=cv2.INTER_CUBIC)
    content = cv2.imencode(".jpg", image)[1].tobytes()
    sha256 = hashlib.sha256(content).hexdigest()
    begun_s = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, begun_s + number / rate - time.monotonic()))
        event = _event(number, sha256, len(content))
        asked_s = time.perf_counter()
        answer = client.post(
            "/api/v1/events",
            headers={"Idempotency-Key": event["event_id"]},
            data={"event": json.dumps(event)},
            files=[("evidence", (f"{sha256}.jpg", content, "image/jpeg"))],
        )
        answer.raise_for_status()
        posted.stored_at_s[int(answer.json()["incident_id"])] = time.time()
        posted.took_ms.append((time.perf_counter() - asked_s) * 1000)


@contextmanager
def _browser(url: str, password: str) -> Iterator[Any]:
    """A context of a real Chromium that is signed in."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only this bench)
    except ImportError as error:
        raise ConfigError(
            "bench desk drives a real browser: pip install playwright (make setup-test does)"
        ) from error
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        raise ConfigError("bench desk: no Chromium on this machine: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    # Twenty tabs stand for twenty machines: none of them is in the background.
    arguments += ["--disable-renderer-backgrounding", "--disable-background-timer-throttling"]
    arguments += ["--disable-backgrounding-occluded-windows"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        context = browser.new_context(viewport={"width": 1360, "height": 820})
        signed_in = context.request.post(
            f"{url}/api/v1/session", data={"name": "desk", "password": password}
        )
        if signed_in.status != 204:
            raise ConfigError(f"bench desk: the sign-in was refused: {signed_in.text()}")
        context.add_init_script(_WATCH)
        yield context
        browser.close()


def _load_ms(context: Any, url: str, wanted: str) -> float:
    """From the request to the page drawn over its open connection, in milliseconds."""
    page = context.new_page()
    begun_s = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(wanted)
    took_ms = (time.perf_counter() - begun_s) * 1000
    page.close()
    return took_ms


def _lags_s(
    context: Any, client: httpx.Client, url: str, *, desks: int, rate: float, count: int
) -> tuple[list[float], int, _Posted]:
    """Seconds from stored to shown, for each incident in each tab; and how many never came."""
    tabs = [context.new_page() for _ in range(desks)]
    for tab in tabs:
        tab.goto(url, wait_until="commit")
        tab.wait_for_selector(".incident")
    posted = _Posted()
    poster = threading.Thread(
        target=_post, args=(client,), kwargs={"count": count, "rate": rate, "posted": posted}
    )
    poster.start()
    while poster.is_alive():
        # Playwright's loop must turn, or nobody answers the browser.
        tabs[0].wait_for_timeout(100)
    poster.join()
    tabs[0].wait_for_timeout(3000)
    lags, missing = [], 0
    for tab in tabs:
        seen = tab.evaluate("window.seenAt")
        for number, stored_at_s in posted.stored_at_s.items():
            if str(number) in seen:
                lags.append(max(0.0, seen[str(number)] - stored_at_s))
            else:
                missing += 1
        tab.close()
    return sorted(lags), missing, posted


def bench_desk(
    url: str,
    *,
    api_key: str,
    password: str,
    desks: int = 20,
    rate: float = 10.0,
    seconds: float = 15.0,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Open the desk of a running service in real browsers and watch it.

    Args:
        url: Base address of the service, with its desk.
        api_key: A camera key of it.
        password: Of its account ``desk``.
        desks: Tabs that are open at once, each a desk of its own.
        rate: Incidents a second for them.
        seconds: How long they come.
        progress: Told what is being measured.

    Returns:
        Milliseconds until each page can be used, with one tab open; seconds from an incident
        stored (answered with 201) to shown, for one desk at one a second and for many at
        ``rate``; and how many were never shown.

    Raises:
        ConfigError: Playwright is not installed, there is no Chromium, or the sign-in is
            refused.
        httpx.HTTPError: The service refuses an event.
    """
    headers = {"Authorization": f"Bearer {api_key}"}
    with (
        httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client,
        _browser(url, password) as context,
    ):
        progress("filling the ledger")
        _post(client, count=60, rate=200.0, posted=_Posted())
        pages = {}
        for path, wanted in _PAGES.items():
            progress(f"page {path}")
            # The first one fills the browser's cache, as the first of a shift does.
            took = [_load_ms(context, url + path, wanted) for _ in range(_LOADS + 1)]
            pages[path] = {"first": round(took[0]), "median": round(statistics.median(took[1:]))}
        progress("one desk")
        one, one_missing, _ = _lags_s(context, client, url, desks=1, rate=1.0, count=10)
        progress(f"{desks} desks")
        many, many_missing, posted = _lags_s(
            context, client, url, desks=desks, rate=rate, count=int(seconds * rate)
        )
    return {
        "bench": "desk",
        "interactive_ms": pages,
        "one_desk_lag_s": _spread(one) | {"never_shown": one_missing},
        "many_desks_lag_s": _spread(many) | {"never_shown": many_missing},
        "desks": desks,
        "incidents_per_s": rate,
        "incidents": len(posted.stored_at_s),
        "post_median_ms": round(statistics.median(posted.took_ms), 1),
    }


def _spread(lags: list[float]) -> dict[str, float]:
    if not lags:
        return {}
    at = {"median": 0.5, "p95": 0.95, "max": 1.0}
    return {
        name: round(lags[min(len(lags) - 1, int(share * len(lags)))], 3)
        for name, share in at.items()
    }
