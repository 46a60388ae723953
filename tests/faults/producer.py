"""The camera half as a process that is quick to start: world, places, store, deliverer.

Run as ``producer.py STATE_DIR URL WORLD_JSON``; the API key is in LIFELANE_API_KEY. It says
``ready`` when it is at work, and ends by itself when the world has ended and everything is
delivered. It keeps its state after every frame, so that even a short life gets ahead.
"""

import hashlib
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from scripted_world import FRAME_WH, ScriptedWorld

from pipeline.incidents import CameraMonitor
from pipeline.publish import Deliverer, SiteStore
from pipeline.types import EvidenceRef, HazardEvent, ZoneKind
from pipeline.zones import Zone

ZONE = Zone(
    id="lane",
    kind=ZoneKind.FIRE_LANE,
    polygon_norm=((0.1, 0.1), (0.9, 0.1), (0.9, 0.95), (0.1, 0.95)),
    raise_after_s=1.0,
    clear_after_s=1.0,
    update_every_s=1.0,
    k_of_n=(1, 1),
    min_confidence=0.3,
)


def document(event: HazardEvent) -> tuple[HazardEvent, dict[str, bytes]]:
    """A picture of its own for every event; the API looks at the first bytes only."""
    content = b"\xff\xd8\xff" + f"{event.incident_key}:{event.sequence}".encode() * 60
    ref = EvidenceRef(
        role="snapshot",
        sha256=hashlib.sha256(content).hexdigest(),
        media_type="image/jpeg",
        size_bytes=len(content),
    )
    return replace(event, evidence=(ref,)), {ref.sha256: content}


def observe(
    monitor: CameraMonitor, world: ScriptedWorld, camera_id: str, at_s: float
) -> list[HazardEvent]:
    return monitor.observe(
        tracks=world.tracks(camera_id, at_s),
        frame_size_wh=FRAME_WH,
        captured_at=world.clock(at_s),
        media_time_s=at_s - world.start_at_s + 1000.0,
    )


def main() -> None:
    state_dir, url, world_json = sys.argv[1:]
    world = ScriptedWorld(**json.loads(world_json))
    store = SiteStore(Path(state_dir))
    deliverer = Deliverer(
        store,
        url=url,
        api_key=os.environ["LIFELANE_API_KEY"],
        timeout_s=5.0,
        backoff_min_s=0.1,
        backoff_max_s=0.5,
    )
    monitors = {}
    for camera_id in world.cameras:
        monitor = CameraMonitor(
            site="demo", camera_id=camera_id, zones=[ZONE], classes=("car",), model="scripted@1"
        )
        state = store.load_state(camera_id)
        if state is not None:
            monitor.restore(state)
        monitors[camera_id] = monitor
    deliverer.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for at_s in world.moments(time.time()):
        time.sleep(max(0.0, at_s - time.time()))
        for camera_id, monitor in monitors.items():
            documented = [document(event) for event in observe(monitor, world, camera_id, at_s)]
            store.record(
                camera_id=camera_id,
                state=monitor.snapshot(),
                events=[event for event, _ in documented],
                pictures={name: content for _, one in documented for name, content in one.items()},
            )
        is_over = at_s > world.end_at_s and not any(
            monitor.open_incidents for monitor in monitors.values()
        )
        if is_over and store.counts().pending == 0:
            break
    deliverer.stop()
    store.close()


if __name__ == "__main__":
    main()
