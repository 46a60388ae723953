"""A camera under watch: sight lost and regained, a disk that is full for a while, a defect."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from scripted_api import wait_until

from pipeline.config import Camera, Site, load_site
from pipeline.detectors import FakeBox, FakeDetector
from pipeline.errors import SourceUnreachable, StateError
from pipeline.publish import SiteStore
from pipeline.runner import Watcher
from pipeline.runner.watched_camera import WatchedCamera
from pipeline.sources import ScriptedSource
from pipeline.sources.scripted import ManualClock
from pipeline.types import HazardEvent

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
PICTURE = np.full((180, 320, 3), 90, np.uint8)
CAR = FakeBox(class_name="car", xyxy=(100.0, 60.0, 220.0, 150.0))


def make_site(folder: Path, *cameras: str) -> Site:
    zone = {
        "id": "lane",
        "kind": "fire_lane",
        "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]],
        "raise_after_s": 5,
        "clear_after_s": 5,
    }
    file = folder / "site.yaml"
    listed = [
        {"id": name, "source": "rtsp://127.0.0.1:9/", "place": "fire_lane", "zones": [zone]}
        for name in cameras
    ]
    file.write_text(yaml.safe_dump({"site": "scripted", "cameras": listed}), "utf-8")
    return load_site(file)


def car_in(image: NDArray[np.uint8]) -> bool:
    return bool(image[0, 0, 0] == 90)


def make_detector() -> FakeDetector:
    return FakeDetector(lambda _, image: [CAR] if car_in(image) else [], classes=("person", "car"))


def events(store: SiteStore) -> list[dict[str, Any]]:
    return [json.loads(entry.body) for entry in store.outbox.entries("pending")]


def phases(store: SiteStore) -> list[str]:
    return [event["phase"] for event in events(store)]


class Stage:
    """One camera with a script, driven by hand."""

    def __init__(self, site: Site, store: SiteStore, steps: Sequence[Any]) -> None:
        self.clock = ManualClock(START)
        source = ScriptedSource(camera_id="lane-1", script=steps, clock=self.clock)
        self.detector = make_detector()
        self.watched = WatchedCamera(
            site=site.site,
            camera=site.camera("lane-1"),
            detector=self.detector,
            store=store,
            source=source,
        )
        self.watched.start()

    def play(self, steps: int) -> None:
        for _ in range(steps):
            frame = self.watched.next_frame()
            if frame is not None:
                self.watched.judge(frame, self.detector.detect([frame.image])[0])
            self.watched.care(now=self.clock.now)


def test_lost_sight_is_unknown_and_regained_sight_an_update(tmp_path: Path) -> None:
    lost = SourceUnreachable("camera lane-1: nothing answers")
    steps = [PICTURE] * 10 + [lost, None, None] + [PICTURE] * 9
    with SiteStore(tmp_path / "state") as store:
        stage = Stage(make_site(tmp_path, "lane-1"), store, steps)
        stage.play(10)
        assert phases(store) == ["start"]
        stage.play(3)
        assert phases(store) == ["start", "unknown"]
        unknown = events(store)[-1]
        assert unknown["reason"] == "unreachable"
        assert unknown["evidence"] == []
        stage.play(5)
        assert phases(store) == ["start", "unknown", "update"]


class FullDisk(SiteStore):
    """A store on a disk that is full now and then: a fake, for a disk cannot be filled here."""

    full = False

    def record(
        self,
        *,
        camera_id: str,
        state: Mapping[str, Any] | None,
        events: Sequence[HazardEvent],
        pictures: Mapping[str, bytes],
    ) -> None:
        if self.full:
            raise StateError("no space left on the disk")
        super().record(camera_id=camera_id, state=state, events=events, pictures=pictures)


def test_what_a_full_disk_refused_is_stored_once_there_is_room(tmp_path: Path) -> None:
    with FullDisk(tmp_path / "state") as store:
        stage = Stage(make_site(tmp_path, "lane-1"), store, [PICTURE] * 20)
        store.full = True
        stage.play(10)
        assert phases(store) == []
        store.full = False
        stage.play(2)
        assert phases(store) == ["start"]
        (event,) = events(store)
        assert len(event["evidence"]) == 2


def test_a_restart_goes_on_with_the_same_incident(tmp_path: Path) -> None:
    site = make_site(tmp_path, "lane-1")
    with SiteStore(tmp_path / "state") as store:
        stage = Stage(site, store, [PICTURE] * 20)
        stage.play(10)
        stage.watched.close()
    with SiteStore(tmp_path / "state") as store:
        stage = Stage(site, store, [PICTURE] * 20)
        stage.clock.advance(3600)
        stage.play(10)
        assert phases(store).count("start") == 1
        assert len({event["incident_key"] for event in events(store)}) == 1


@pytest.mark.parametrize("broken", ["source", "judgement"])
def test_one_bad_camera_never_stops_the_others(
    tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(tmp_path, "bad", "good")
    clocks = {name: ManualClock(START) for name in ("bad", "good")}
    gone = SourceUnreachable("camera bad: nothing answers")

    def open_source(camera: Camera) -> ScriptedSource:
        endless: Callable[[int], Any] = lambda _: (  # noqa: E731
            gone if camera.id == "bad" and broken == "source" else PICTURE
        )
        return ScriptedSource(camera_id=camera.id, script=endless, clock=clocks[camera.id])

    with SiteStore(tmp_path / "state") as store:
        watcher = Watcher(site=site, detector=make_detector(), store=store, open_source=open_source)
        if broken == "judgement":

            def defect(*_: object, **__: object) -> None:
                raise ZeroDivisionError("a defect of ours")

            (bad,) = [each for each in watcher.cameras if each.id == "bad"]
            monkeypatch.setattr(bad.pipeline, "process", defect)
        thread = threading.Thread(target=watcher.run)
        thread.start()
        try:
            wait_until(lambda: "start" in phases(store), timeout_s=30, what="a start")
        finally:
            watcher.stop()
            thread.join(30)
        assert not thread.is_alive()
        assert {event["camera_id"] for event in events(store)} == {"good"}
    assert clocks["good"].passed_s > timedelta(seconds=5).total_seconds()
