"""The main job end to end: a real stream, a real model, a real API, and things that go wrong."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from photo_video import make_photo_video
from processes import Service, Side
from scripted_api import wait_until

from pipeline.demo import LoopbackRtsp

pytestmark = [pytest.mark.faults]

RAISE_AFTER_S = 4.0
LANE = [[0.1, 0.3], [0.9, 0.3], [0.9, 0.95], [0.1, 0.95]]


def write_site(
    folder: Path, sources: dict[str, str], *, api_url: str | None = None, raise_after_s: float
) -> Path:
    site: dict[str, Any] = {
        "site": "main-job",
        "state_dir": str(folder / "watch"),
        "cameras": [
            {
                "id": name,
                "source": source,
                "place": "fire_lane",
                "zones": [
                    {
                        "id": "lane",
                        "kind": "fire_lane",
                        "polygon": LANE,
                        "raise_after_s": raise_after_s,
                        "clear_after_s": 10,
                    }
                ],
            }
            for name, source in sources.items()
        ],
    }
    if api_url is not None:
        site["incident_api"] = {"url": api_url, "key_env": "LIFELANE_API_KEY"}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site), "utf-8")
    return path


@pytest.fixture(scope="module")
def lane_video(wheel_photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lane")
    return make_photo_video(wheel_photos["bus"], folder / "lane.mp4", seconds=60, fps=2)


def test_a_recording_of_a_minute_raises_once(lane_video: Path, tmp_path: Path) -> None:
    site = write_site(tmp_path, {"lane-1": str(lane_video)}, raise_after_s=10)
    command = [sys.executable, "-m", "pipeline.cli.main", "replay", str(lane_video)]
    done = subprocess.run(
        [*command, "--camera", "lane-1", "--config", str(site), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    starts = [event for event in events if event["phase"] == "start"]
    assert len(starts) == 1
    assert 10.0 <= starts[0]["raised_at_s"] <= 11.0
    assert starts[0]["first_seen_s"] == 0.0
    assert set(starts[0]) == {
        *("kind", "camera", "zone", "phase", "first_seen_s", "last_seen_s", "raised_at_s"),
        *("confidence", "measures"),
    }
    # Nothing ends because a recording does; its last word is how things stood.
    assert [event["phase"] for event in events] == ["start", "update"]
    assert events[-1]["last_seen_s"] >= 58.0


@pytest.fixture
def stage(rtsp_installed: None, lane_video: Path, tmp_path: Path) -> Iterator[tuple[Service, Side]]:
    """The API, and a watcher of a lane over real RTSP and of a camera that is not there."""
    with ExitStack() as stack:
        server = stack.enter_context(LoopbackRtsp({"lane": lane_video}))
        service = Service(tmp_path, site="main-job")
        sources = {"lane-1": server.url("lane"), "nobody": "rtsp://127.0.0.1:9/nobody"}
        site = write_site(tmp_path, sources, api_url=service.url, raise_after_s=RAISE_AFTER_S)
        watch = [sys.executable, "-m", "pipeline.cli.main", "watch", str(site)]
        watcher = Side("watcher", watch, tmp_path / "watch.log")
        stack.callback(service.kill)
        stack.callback(watcher.kill)
        yield service, watcher


def _incidents(service: Service) -> list[dict[str, Any]]:
    return list(service.get("incidents")["items"])


def test_one_bus_is_one_incident_whatever_is_killed(stage: tuple[Service, Side]) -> None:
    service, watcher = stage
    # The API is away when the hazard begins: nothing is lost.
    watcher.start()
    watcher.wait_until_says(b"start")
    watcher.wait_until_says(b"fire_lane_blocked")
    time.sleep(1.0)
    service.start_and_wait()
    wait_until(lambda: _incidents(service), timeout_s=60, what=f"an incident\n{watcher.log}")
    # The camera that is not there is named, and has disturbed nobody.
    assert "nobody" in watcher.log
    # Killed in the middle and started again: still the same incident.
    watcher.kill()
    watcher.start()
    watcher.wait_until_says(b"camera online")
    time.sleep(RAISE_AFTER_S + 2.0)
    # The API killed while the watcher is told to stop: its last words wait on disk.
    service.kill()
    assert watcher.stop() == 0, watcher.log
    service.start_and_wait()
    watcher.start()
    watcher.wait_until_says(b"camera online")
    time.sleep(2.0)
    (incident,) = _incidents(service)
    assert incident["kind"] == "fire_lane_blocked"
    assert incident["camera_id"] == "lane-1"
    assert incident["phase"] in ("start", "update")
    history = service.get(f"incidents/{incident['id']}")
    sequences = [event["sequence"] for event in history["events"]]
    assert sequences == list(range(1, len(sequences) + 1))
    assert {picture["role"] for picture in history["evidence"]} == {"snapshot", "clean"}
    assert watcher.stop() == 0, watcher.log
