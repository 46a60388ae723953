"""The cost of a frame, room by room: decode, detect, judge, document, store."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.config import Camera
from pipeline.detectors import Detector, open_detector
from pipeline.publish import SiteStore
from pipeline.runner import CameraPipeline
from pipeline.sources import CameraSource
from pipeline.types import Frame

__all__ = ["bench_streams"]


def _median_ms(work: Callable[[], object], *, times: int) -> float:
    work()
    took_s = []
    for _ in range(times):
        begun_s = time.perf_counter()
        work()
        took_s.append(time.perf_counter() - begun_s)
    return statistics.median(took_s) * 1000


def _bare_ms(frame_hw: tuple[int, int], *, times: int) -> float:
    """The base line: what scaling such a picture to floats costs numpy on this machine."""
    picture = np.zeros((*frame_hw, 3), np.uint8)
    return _median_ms(lambda: picture.astype(np.float32) / 255.0, times=times)


def _read(camera: Camera, *, most: int) -> tuple[list[Frame], float]:
    frames: list[Frame] = []
    begun_s = time.perf_counter()
    with CameraSource(camera.to_source_spec(pace="fast")) as source:
        while len(frames) < most and not source.ended:
            frame = source.get(0.5)
            if frame is not None:
                frames.append(frame)
    return frames, (time.perf_counter() - begun_s) * 1000 / max(len(frames), 1)


def bench_streams(
    cameras: Sequence[Camera],
    *,
    model: str = "default",
    input_size: int | None = None,
    threads: int | None = 1,
    frames: int = 60,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure one camera after the other; every figure is a median or mean of one run.

    Args:
        cameras: Whose recordings to play; their sources must be files.
        model: Name or path of the weights.
        input_size: Longest side of the model's input in pixels; None is the model's own.
        threads: Threads of the inference.
        frames: Sampled frames to take of each camera.
        progress: Told what is being measured.

    Returns:
        Per camera: milliseconds a sampled frame for each room, what they are in units of the
        base line, and how many cameras one such core would carry.

    Raises:
        SourceError: A recording cannot be read.
    """
    detector = open_detector(model, input_size=input_size, threads=threads)
    rows = []
    for camera in cameras:
        progress(camera.id)
        rows.append(_bench_camera(camera, detector, most=frames))
    return {
        "bench": "streams",
        "model": detector.model_version,
        "threads": threads,
        "cameras": rows,
    }


def _bench_camera(camera: Camera, detector: Detector, *, most: int) -> dict[str, Any]:
    frames, decode_ms = _read(camera, most=most)
    if not frames:
        return {"camera": camera.id, "frames": 0}
    times = min(len(frames), 20)
    bare_ms = _bare_ms((frames[0].size_wh[1], frames[0].size_wh[0]), times=times)
    found = [detector.detect([frame.image])[0] for frame in frames]
    images = iter([frame.image for frame in frames] * 2)
    detect_ms = _median_ms(lambda: detector.detect([next(images)]), times=times)
    judging = CameraPipeline(site="bench", camera=camera, detector=detector, with_evidence=False)
    pairs = iter(zip(frames, found, strict=True))
    judge_ms = _median_ms(lambda: judging.process(*next(pairs)), times=len(frames) - 1)
    with tempfile.TemporaryDirectory() as folder, SiteStore(Path(folder)) as store:
        state = judging.monitor.snapshot()
        store_ms = _median_ms(
            lambda: store.record(camera_id=camera.id, state=state, events=[], pictures={}),
            times=times,
        )
    rooms = {"decode": decode_ms, "detect": detect_ms, "judge": judge_ms}
    total_ms = sum(rooms.values())
    return {
        "camera": camera.id,
        "frames": len(frames),
        "size_wh": list(frames[0].size_wh),
        "sample_fps": camera.effective_sample_fps,
        "frame_ms": {name: round(value, 3) for name, value in rooms.items()},
        "store_ms": round(store_ms, 3),
        "base_line_ms": round(bare_ms, 3),
        "times_base_line": round(total_ms / bare_ms, 1),
        "cameras_a_core": int(1000 / (total_ms * camera.effective_sample_fps)),
    }
