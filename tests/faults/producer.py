"""The camera half as a process that is quick to start: world, places, store, deliverer.

Run as ``producer.py STATE_DIR URL WORLD_FILE LANES``; the API key is in LIFELANE_API_KEY. It
imports, then makes a process for each line ``start`` on its standard input and says its pid;
a line ``end`` takes leave of the last one and says its exit code, or ``none`` while it lives.
So a new process costs no imports, and a test has time for many.

Each process says ``ready`` on standard error when it is at work, and ends by itself when the
world is over and everything is delivered. It keeps its state after every frame, so that even
a short life gets ahead.
"""

import hashlib
import os
import sys
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from scripted_world import FRAME_S, FRAME_WH, SharedWorld

from pipeline.incidents import CameraMonitor
from pipeline.publish import Deliverer, HttpSink, SiteStore
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


def produce() -> None:
    state_dir, url, world_file, lanes = sys.argv[1:]
    world = SharedWorld(Path(world_file), lanes=int(lanes))
    store = SiteStore(Path(state_dir))
    deliverer = Deliverer(
        store,
        HttpSink(url=url, api_key=os.environ["LIFELANE_API_KEY"], timeout_s=5.0),
        backoff_min_s=0.1,
        backoff_max_s=0.5,
    )
    monitors = []
    for camera_id in world.cameras:
        monitor = CameraMonitor(
            site="demo", camera_id=camera_id, zones=[ZONE], classes=("car",), model="scripted@1"
        )
        state = store.load_state(camera_id)
        if state is not None:
            monitor.restore(state)
        monitors.append(monitor)
    deliverer.start()
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    at_s = time.time()
    while not (world.is_over and store.counts().pending == 0):
        for lane, monitor in enumerate(monitors):
            events = monitor.observe(
                tracks=world.look(lane, at_s),
                frame_size_wh=FRAME_WH,
                captured_at=datetime.fromtimestamp(at_s, UTC),
                media_time_s=at_s,
            )
            documented = [document(event) for event in events]
            store.record(
                camera_id=world.cameras[lane],
                state=monitor.snapshot(),
                events=[event for event, _ in documented],
                pictures={name: content for _, one in documented for name, content in one.items()},
            )
            world.looked(lane)
        at_s = max(at_s + FRAME_S, time.time())
        time.sleep(max(0.0, at_s - time.time()))
    deliverer.stop()
    store.close()


def main() -> None:
    pid = 0
    for line in sys.stdin:
        if line == "start\n":
            pid = os.fork()
            if pid == 0:
                os.dup2(2, 1)  # standard output is for the answers; logs go to the log
                try:
                    produce()
                except BaseException:  # noqa: BLE001  (a forked process must never return)
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            answer = str(pid)
        else:
            ended, status = os.waitpid(pid, os.WNOHANG)
            answer = str(os.waitstatus_to_exitcode(status)) if ended else "none"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
