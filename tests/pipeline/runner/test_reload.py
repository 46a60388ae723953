"""A changed site file is taken over while the cameras run; the others are not touched."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scripted_api import wait_until

from pipeline.config import Camera, Site, load_site
from pipeline.detectors import FakeBox, FakeDetector
from pipeline.publish import SiteStore
from pipeline.runner import SiteFileWatch, Watcher, reload
from pipeline.sources import ScriptedSource
from pipeline.sources.scripted import ManualClock

PICTURE = np.full((180, 320, 3), 90, np.uint8)
CAR = FakeBox(class_name="car", xyxy=(100.0, 60.0, 220.0, 150.0))


def write_site(file: Path, **raise_after_s: float) -> Site:
    cameras = [
        {
            "id": name,
            "source": "rtsp://127.0.0.1:9/",
            "place": "fire_lane",
            "zones": [
                {
                    "id": "lane",
                    "kind": "fire_lane",
                    "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]],
                    "raise_after_s": seconds,
                }
            ],
        }
        for name, seconds in raise_after_s.items()
    ]
    file.write_text(yaml.safe_dump({"site": "scripted", "cameras": cameras}), "utf-8")
    return load_site(file)


class Opened:
    """Every source that was opened, in order."""

    def __init__(self) -> None:
        self.sources: list[tuple[str, ScriptedSource]] = []

    def __call__(self, camera: Camera) -> ScriptedSource:
        endless: Any = lambda _: PICTURE  # noqa: E731
        clock = ManualClock(datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
        source = ScriptedSource(camera_id=camera.id, script=endless, clock=clock)
        self.sources.append((camera.id, source))
        return source

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.sources]


def test_cameras_come_change_and_go_while_the_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reload, "_LOOK_EVERY_S", 0.05)
    file = tmp_path / "site.yaml"
    site = write_site(file, stays=60, changes=60, goes=60)
    opened = Opened()
    detector = FakeDetector(lambda _, __: [CAR], classes=("person", "car"))
    with SiteStore(tmp_path / "state") as store:
        watcher = Watcher(site=site, detector=detector, store=store, open_source=opened)
        site_file = SiteFileWatch(file, site, take_over=watcher.reload)
        thread = threading.Thread(target=watcher.run)
        thread.start()
        site_file.start()
        try:
            wait_until(lambda: watcher.open_incidents == 3, timeout_s=30, what="three incidents")
            file.write_text("site: scripted\ncameras: [{id: 7\n", "utf-8")
            wait_until(
                lambda: "site file not taken over" in capsys.readouterr().out,
                timeout_s=20,
                what="a loud word about the broken file",
            )
            assert len(watcher.cameras) == 3
            write_site(file, stays=60, changes=61, comes=60)
            wait_until(
                lambda: (
                    {watched.id for watched in watcher.cameras} == {"stays", "changes", "comes"}
                ),
                timeout_s=20,
                what="the new cameras",
            )
            wait_until(lambda: watcher.open_incidents == 3, timeout_s=30, what="three incidents")
        finally:
            site_file.stop()
            watcher.stop()
            thread.join(30)
        events = [entry.body for entry in store.outbox.entries("pending")]
    assert opened.names == ["stays", "changes", "goes", "changes", "comes"]
    starts = sorted(e for e in events if '"phase":"start"' in e)
    assert len(starts) == 4  # the changed camera goes on with the incident that it had
    removed = [e for e in events if '"reason":"camera_removed"' in e]
    assert len(removed) == 1
    assert '"camera_id":"goes"' in removed[0]
    assert '"phase":"unknown"' in removed[0]
