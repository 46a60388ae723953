"""How many events the incident API takes, beside what the disk itself can commit."""

import sqlite3
import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from pipeline.publish.wire import event_to_json
from pipeline.types import HazardEvent, HazardKind, Phase

__all__ = ["bench_service"]


def _commits_a_second(folder: Path, *, times: int) -> float:
    """The base line: one small row and one commit that has reached the disk."""
    with sqlite3.connect(folder / "base-line.sqlite3", isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE row (body TEXT)")
        begun_s = time.perf_counter()
        for _ in range(times):
            database.execute("INSERT INTO row VALUES ('event')")
        return times / (time.perf_counter() - begun_s)


def _event() -> dict[str, Any]:
    now = datetime.now(UTC)
    return event_to_json(
        HazardEvent(
            kind=HazardKind.FIRE_LANE_BLOCKED,
            phase=Phase.START,
            site="bench",
            camera_id="bench",
            zone_id="bench",
            incident_key=uuid.uuid4().hex,
            sequence=1,
            occurred_at=now,
            first_seen=now,
            last_seen=now,
            raised_at=now,
            media_time_s=0.0,
            confidence=0.9,
        )
    )


def bench_service(
    url: str,
    *,
    api_key: str,
    folder: Path,
    events: int = 400,
    parallel: int = 4,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Post new incidents to a running API.

    Args:
        url: Base address of the API.
        api_key: A camera key of it.
        folder: Where to measure the base line; on the disk that the API writes to.
        events: How many to post.
        parallel: Connections at once.
        progress: Told what is being measured.

    Returns:
        Events a second, the time of an answer (median, 95th percentile), and the rate as a
        share of the base line.

    Raises:
        httpx.HTTPError: The API does not answer, or refuses.
    """
    progress("base line")
    base_line = _commits_a_second(folder, times=events)
    bodies = [_event() for _ in range(events)]
    took_ms: list[float] = []

    def post(body: dict[str, Any]) -> None:
        begun_s = time.perf_counter()
        headers = {"Idempotency-Key": body["event_id"]}
        client.post("/api/v1/events", json=body, headers=headers).raise_for_status()
        took_ms.append((time.perf_counter() - begun_s) * 1000)

    progress("events")
    authorization = {"Authorization": f"Bearer {api_key}"}
    with (
        httpx.Client(base_url=url, headers=authorization, trust_env=False, timeout=30) as client,
        ThreadPoolExecutor(parallel) as pool,
    ):
        begun_s = time.perf_counter()
        list(pool.map(post, bodies))
        rate = events / (time.perf_counter() - begun_s)
    ordered = sorted(took_ms)
    return {
        "bench": "service",
        "events": events,
        "parallel": parallel,
        "events_a_second": round(rate, 1),
        "answer_ms": {
            "median": round(statistics.median(ordered), 2),
            "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        },
        "base_line_commits_a_second": round(base_line, 1),
        "share_of_base_line": round(rate / base_line, 3),
    }
