"""A camera that goes black on a real stream: its incident becomes unknown, never ended."""

import json
import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml
from scripted_api import wait_until

from pipeline.config import load_site
from pipeline.demo.loopback import LoopbackRtsp
from pipeline.detectors import FakeBox, FakeDetector
from pipeline.health import CameraState
from pipeline.publish import SiteStore
from pipeline.runner import Watcher

pytestmark = [pytest.mark.faults, pytest.mark.rtsp]

CAR = FakeBox(class_name="car", xyxy=(100.0, 60.0, 220.0, 150.0))


def film(path: Path, *, seconds: int, black: bool) -> Path:
    """A textured place with sensor noise, or the same through a closed lens; 10 fps."""
    random = np.random.default_rng(2)
    place = np.kron(random.uniform(40, 210, (12, 20)), np.ones((20, 16)))
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 320, 240, "yuv420p", 10
        stream.options = {"preset": "ultrafast", "bf": "0", "crf": "23"}
        for _ in range(seconds * 10):
            levels = (np.zeros_like(place) if black else place) + random.normal(0, 2, place.shape)
            grey = np.clip(levels, 0, 255).astype(np.uint8)
            image = np.repeat(grey[:, :, None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path


def test_black_is_unknown_and_light_again_an_update(rtsp_installed: None, tmp_path: Path) -> None:
    light = film(tmp_path / "light.mp4", seconds=10, black=False)
    dark = film(tmp_path / "dark.mp4", seconds=10, black=True)
    zone = {"id": "lane", "kind": "fire_lane", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    with LoopbackRtsp({}, plan={"lane": [(light, 10.0), (dark, 10.0)]}) as server:
        camera = {
            "id": "lane-1",
            "source": server.url("lane"),
            "place": "fire_lane",
            "zones": [zone | {"raise_after_s": 2, "clear_after_s": 60}],
        }
        file = tmp_path / "site.yaml"
        file.write_text(yaml.safe_dump({"site": "blind", "cameras": [camera]}), "utf-8")
        detector = FakeDetector(lambda _, __: [CAR], classes=("person", "car"))
        states: list[CameraState] = []
        with SiteStore(tmp_path / "state") as store:
            watcher = Watcher(site=load_site(file), detector=detector, store=store)
            thread = threading.Thread(target=watcher.run)
            thread.start()

            def phases() -> list[tuple[str, str]]:
                states.append(watcher.cameras[0].state)
                events = [json.loads(entry.body) for entry in store.outbox.entries("pending")]
                return [(event["phase"], event["reason"]) for event in events]

            try:
                wait_until(lambda: ("unknown", "black") in phases(), timeout_s=60, what="unknown")
                wait_until(lambda: phases()[-1][0] == "update", timeout_s=60, what="an update")
            finally:
                watcher.stop()
                thread.join(30)
            told = phases()
    assert told[0][0] == "start"
    assert all(phase != "end" for phase, _ in told)
    assert CameraState.BLACK in states
    assert CameraState.ONLINE in states
