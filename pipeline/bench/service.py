"""How many events the incident API takes, and that a replay of them changes nothing."""

import json
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from pipeline.publish.wire import event_to_json
from pipeline.types import HazardEvent, HazardKind, Phase

__all__ = ["bench_service"]

# What an incident says in its life: it begins, is seen again, ends.
_STORY = (Phase.START, Phase.UPDATE, Phase.UPDATE, Phase.UPDATE, Phase.END)
_LOOKED_INTO = 50


@dataclass
class _Pass:
    """What one pass over the events was answered."""

    took_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    events: int = 0
    seconds: float = 0.0


def _batches(run: str, size: int) -> Iterator[tuple[bytes, list[str]]]:
    """Batches of whole incidents, with the keys of the incidents in each, without end."""
    number = 0
    while True:
        events: list[dict[str, Any]] = []
        keys: list[str] = []
        for _ in range(size // len(_STORY)):
            key = f"{run}-{number}"
            number += 1
            keys.append(key)
            events += _story(key, number)
        yield json.dumps({"events": events}).encode(), keys


def _story(key: str, number: int) -> Iterator[dict[str, Any]]:
    begun = datetime.now(UTC) - timedelta(seconds=60)
    for sequence, phase in enumerate(_STORY, start=1):
        at = begun + timedelta(seconds=10 * sequence)
        yield event_to_json(
            HazardEvent(
                kind=HazardKind.FIRE_LANE_BLOCKED,
                phase=phase,
                site="bench",
                camera_id=f"camera-{number % 64}",
                zone_id="lane",
                incident_key=key,
                sequence=sequence,
                occurred_at=at,
                first_seen=begun,
                last_seen=at,
                raised_at=begun,
                media_time_s=10.0 * sequence,
                confidence=0.9,
                measures={"dwell_s": 10.0 * sequence, "zone_share": 0.4},
                model="bench@1",
                rule_version="fire_lane@1",
            )
        )


def _post_all(
    client: httpx.Client, bodies: Iterator[bytes] | Sequence[bytes], *, parallel: int
) -> _Pass:
    done, lock, waiting = _Pass(), threading.Lock(), iter(bodies)

    def work() -> None:
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            begun_s = time.perf_counter()
            answer = client.post(
                "/api/v1/events/batch", content=body, headers={"Content-Type": "application/json"}
            )
            took_ms = (time.perf_counter() - begun_s) * 1000
            answer.raise_for_status()
            found = Counter(result["status"] for result in answer.json()["results"])
            with lock:
                done.took_ms.append(took_ms)
                done.statuses += found
                done.events += sum(found.values())

    begun_s = time.perf_counter()
    with ThreadPoolExecutor(parallel) as pool:
        for running in [pool.submit(work) for _ in range(parallel)]:
            running.result()
    done.seconds = time.perf_counter() - begun_s
    return done


def _until(
    batches: Iterator[tuple[bytes, list[str]]], seconds: float, kept: list[tuple[bytes, list[str]]]
) -> Iterator[bytes]:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        batch = next(batches)
        kept.append(batch)
        yield batch[0]


def _wrong_histories(client: httpx.Client, keys: Collection[str]) -> int:
    """Of some incidents, how many events are missing or there twice."""
    listed = client.get("/api/v1/incidents", params={"limit": _LOOKED_INTO}).raise_for_status()
    wrong = 0
    for item in listed.json()["items"]:
        detail = client.get(f"/api/v1/incidents/{item['id']}").raise_for_status().json()
        sequences = [event["sequence"] for event in detail["events"]]
        wrong += abs(len(sequences) - len(_STORY)) + (len(sequences) - len(set(sequences)))
        wrong += item["incident_key"] not in keys
    return wrong


def bench_service(
    url: str,
    *,
    api_key: str,
    database: str,
    seconds: float = 20.0,
    parallel: int = 2,
    batch: int = 100,
    replays: int = 3,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Post batches of events to a running, empty API, then the same ones again and again.

    Args:
        url: Base address of the API.
        api_key: A camera key of it.
        database: What it keeps its ledger in, for the figures.
        seconds: How long new events are posted.
        parallel: Connections at once.
        batch: Events a post, in whole incidents of five; the API takes 5 to 100.
        replays: How often everything is posted again.
        progress: Told what is being measured.

    Returns:
        New events a second with the client's own work included, how long a batch waits for
        its answer, and what the replays have found: ``lost`` are events that a replay had to
        be taken for, ``doubled`` what is there more than once.

    Raises:
        httpx.HTTPError: The API does not answer, or refuses.
    """
    kept: list[tuple[bytes, list[str]]] = []
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        progress("new events")
        fresh = _post_all(
            client, _until(_batches(uuid.uuid4().hex[:12], batch), seconds, kept), parallel=parallel
        )
        again = []
        for number in range(1, replays + 1):
            progress(f"replay {number}")
            again.append(_post_all(client, [body for body, _ in kept], parallel=parallel))
        progress("counting")
        keys = {key for _, batch in kept for key in batch}
        total = client.get("/api/v1/incidents", params={"limit": 1}).raise_for_status().json()
        wrong = _wrong_histories(client, keys)
    took = sorted(fresh.took_ms)
    taken_again = sum(each.statuses[201] for each in again)
    replayed = sum(each.events for each in again)
    return {
        "bench": "service",
        "database": database,
        "events_per_s": round(fresh.events / fresh.seconds, 1),
        "accept_p99_ms": round(_share(took, 0.99), 1),
        "accept_median_ms": round(statistics.median(took), 1),
        "lost": taken_again
        + max(0, len(keys) - total["total"])
        + fresh.events
        - fresh.statuses[201],
        "doubled": max(0, total["total"] - len(keys)) + wrong,
        "events": fresh.events,
        "incidents": len(keys),
        "seconds": round(fresh.seconds, 1),
        "batch": batch // len(_STORY) * len(_STORY),
        "connections": parallel,
        "replays": replays,
        "replayed_per_s": round(replayed / sum(each.seconds for each in again), 1),
        "refused": sum(
            count
            for each in (fresh, *again)
            for status, count in each.statuses.items()
            if status not in (200, 201)
        ),
    }


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
