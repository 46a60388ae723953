"""What others cost on the same recordings and machine: the measure for our own figures."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from pipeline.bench.clips import BenchPlace
from pipeline.config.camera import profile_fps
from pipeline.demo.loopback import LoopbackRtsp
from pipeline.detectors import Detector
from pipeline.types import PlaceKind

__all__ = ["bare_bound", "opencv_loops", "ultralytics_streams"]

_TIMED_RUNS = 12
_WARM_UP_S = 6.0


def bare_bound(places: Sequence[BenchPlace], detector: Detector, *, busy: float) -> dict[str, Any]:
    """Decoding every picture and detecting on every sampled one, and nothing else.

    One thread, no network, no tracking, no rules. ``gated`` says what remains of it where a
    perfect gate lets the detector look only while something happens.

    Args:
        places: What the cameras show.
        detector: The one that is measured.
        busy: Share of the cameras that are busy at any time, in [0, 1].
    """
    rows = {}
    for place in places:
        begun_s = time.process_time()
        image = None
        with av.open(str(place.busy)) as container:
            container.streams.video[0].codec_context.thread_count = 1
            for picture in container.decode(video=0):
                image = picture
        decode_s = (time.process_time() - begun_s) / place.busy_s
        assert image is not None  # noqa: S101  (a recording has pictures)
        pixels = np.asarray(image.to_ndarray(format="bgr24"), np.uint8)
        detector.detect([pixels])
        begun_s = time.process_time()
        for _ in range(_TIMED_RUNS):
            detector.detect([pixels])
        detect_s = (time.process_time() - begun_s) / _TIMED_RUNS
        fps = profile_fps(PlaceKind(place.clip.place))
        rows[f"{place.clip.place}-{place.codec}"] = (decode_s, detect_s, fps)
    count = len(rows)
    decode = sum(row[0] for row in rows.values()) / count
    detect = sum(row[1] * row[2] for row in rows.values()) / count
    return {
        "cpu_s_per_camera_s": round(decode + detect, 5),
        "cpu_split": {"decode": round(decode, 5), "inference": round(detect, 5)},
        "detect_ms": round(1000 * sum(row[1] for row in rows.values()) / count, 2),
        "gated_cpu_s_per_camera_s": round(decode + busy * detect, 5),
        "cameras_on_this_machine": int(len(os.sched_getaffinity(0)) / (decode + detect)),
    }


def opencv_loops(
    places: Sequence[BenchPlace], detector: Detector, *, cameras: int, seconds: float
) -> dict[str, Any]:
    """One thread a camera that reads with OpenCV and detects at the place's rate.

    Args:
        places: What the cameras show.
        detector: Shared by the threads, one at a time.
        cameras: How many threads.
        seconds: How long it is measured.
    """
    plan = _busy_plan(places, cameras)
    kinds = {name: place.clip.place for name, place in plan}
    stop = threading.Event()
    judged = dict.fromkeys(kinds, 0)
    turn = threading.Lock()

    def loop(name: str, url: str) -> None:
        every_s = 1.0 / profile_fps(PlaceKind(kinds[name]))
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
        due_s = 0.0
        while not stop.is_set():
            there, image = capture.read()
            if not there:
                break
            now_s = time.monotonic()
            if now_s >= due_s:
                due_s = max(due_s + every_s, now_s - every_s)
                with turn:
                    detector.detect([np.asarray(image, np.uint8)])
                judged[name] += 1
        capture.release()

    with LoopbackRtsp({name: place.busy for name, place in plan}) as server:
        threads = [
            threading.Thread(target=loop, args=(name, server.url(name)), daemon=True)
            for name, _ in plan
        ]
        for thread in threads:
            thread.start()
        time.sleep(_WARM_UP_S)
        before, begun_cpu_s, begun_s = dict(judged), time.process_time(), time.monotonic()
        time.sleep(seconds)
        passed_s = time.monotonic() - begun_s
        cpu_s = time.process_time() - begun_cpu_s
        after = dict(judged)
        stop.set()
        for thread in threads:
            thread.join(10.0)
    kept = [
        (after[name] - before[name]) / passed_s / profile_fps(PlaceKind(kinds[name]))
        for name in kinds
    ]
    return _carried(cpu_s / passed_s / cameras, sum(kept) / len(kept), cameras, passed_s)


def ultralytics_streams(
    places: Sequence[BenchPlace], weights: Path, *, cameras: int, seconds: float
) -> dict[str, Any]:
    """Ultralytics' own multi-stream tracking with the same weights, in a process of its own.

    Every third picture (5 a second of 15): its loader has one stride for all streams.

    Args:
        places: What the cameras show.
        weights: The ``.pt`` checkpoint.
        cameras: How many streams.
        seconds: How long it is measured.

    Returns:
        Figures, or ``{"skipped": reason}`` where it is not installed or fails.
    """
    plan = _busy_plan(places, cameras)
    with (
        LoopbackRtsp({name: place.busy for name, place in plan}) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        streams = Path(folder) / "list.streams"
        streams.write_text("\n".join(server.url(name) for name, _ in plan) + "\n", "utf-8")
        command = [sys.executable, "-c", _ULTRALYTICS, str(weights), str(streams), str(seconds)]
        environment = os.environ | {"YOLO_OFFLINE": "true", "YOLO_CONFIG_DIR": folder}
        try:
            done = subprocess.run(  # noqa: S603  (our own interpreter and program)
                command,
                capture_output=True,
                text=True,
                timeout=seconds + 180,
                check=False,
                env=environment,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return {"skipped": "ultralytics did not end in time"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return {"skipped": said[:200]}
    row = json.loads(lines[-1])
    kept = row["pictures"] / row["passed_s"] / cameras / 5.0
    figures = _carried(row["cpu_s"] / row["passed_s"] / cameras, kept, cameras, row["passed_s"])
    return {"method": row["method"], **figures}


def _busy_plan(places: Sequence[BenchPlace], cameras: int) -> list[tuple[str, BenchPlace]]:
    return [(f"camera-{number}", places[number % len(places)]) for number in range(cameras)]


def _carried(cost: float, kept: float, cameras: int, passed_s: float) -> dict[str, Any]:
    """A row: what a camera costs, and how many would fit if the rate is to be kept."""
    whole = cost / kept if kept else None
    cores = len(os.sched_getaffinity(0))
    return {
        "cameras": cameras,
        "seconds": round(passed_s, 1),
        "cpu_s_per_camera_s": round(cost, 5),
        "rate_kept": round(kept, 3),
        "cpu_s_per_camera_s_at_full_rate": None if whole is None else round(whole, 5),
        "cameras_on_this_machine": None if whole is None else round(cores / whole, 1),
    }


_ULTRALYTICS = """
import json, sys, time, threading
from ultralytics import YOLO, settings
settings.update({"sync": False})
weights, streams, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
try:
    import lap
except ImportError:  # its tracker would fetch it from the network
    lap = None
model = YOLO(weights)
results = (model.predict if lap is None else model.track)(
    source=streams, stream=True, vid_stride=3, imgsz=640, verbose=False, device="cpu"
)
for _, _ in zip(range(24), results):
    pass
begun, cpu, pictures = time.monotonic(), time.process_time(), 0
for _ in results:
    pictures += 1
    if time.monotonic() - begun >= seconds:
        break
row = {
    "pictures": pictures,
    "passed_s": time.monotonic() - begun,
    "cpu_s": time.process_time() - cpu,
    "method": "track" if lap else "predict (without its tracker, which needs lap)",
}
print(json.dumps(row), flush=True)
import os
os._exit(0)
"""
