"""What the change gate costs in recall: the same recordings with and without it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Camera
from pipeline.detectors import Detector
from pipeline.geometry import pairwise_iou
from pipeline.runner.attention import watch_spec
from pipeline.sources import CameraSource
from pipeline.sources.lookout import Lookout
from pipeline.types import Detections, Frame

__all__ = ["bench_gate"]

_SAME_IOU = 0.5
_LASTING_S = 1.0


def bench_gate(
    cameras: Sequence[Camera],
    detector: Detector,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Play each camera's recording once and ask what the gate would have kept from the detector.

    The detector looks at every sampled picture. What it saw in the last picture that the gate
    would have let through is what the gated pipeline would know; every box that is not among
    it is unknown. A box that stays unknown until it is gone, although it was there for a
    second or longer, was missed; one that is known in the end was delayed.

    Args:
        cameras: Their sources must be recordings.
        detector: The one that looks.
        progress: Told which camera is being played.

    Returns:
        By camera: share of the pictures that the detector would have looked at, boxes that
        came, those that were missed, and the delay of the others in seconds.
    """
    rows = []
    for camera in cameras:
        progress(camera.id)
        rows.append(_bench_camera(camera, detector))
    came = sum(row["came"] for row in rows)
    missed = sum(row["missed"] for row in rows)
    return {
        "bench": "gate",
        "model": detector.model_version,
        "came": came,
        "missed": missed,
        "recall_cost": round(missed / came, 4) if came else 0.0,
        "cameras": rows,
    }


def _bench_camera(camera: Camera, detector: Detector) -> dict[str, Any]:
    plan = watch_spec(camera).watch
    assert plan is not None  # noqa: S101  (a watched camera has one)
    gate = Lookout(plan, may_freeze=False)
    interval_s = 1.0 / camera.effective_sample_fps
    known = Detections.empty()
    before = Detections.empty()
    ages_s: list[float] = []
    came = missed = looked = pictures = 0
    delays_s: list[float] = []
    for frame in _frames(camera):
        pictures += 1
        found = detector.detect([frame.image])[0]
        picture = av.VideoFrame.from_ndarray(frame.image, format="bgr24")
        if gate.wants(picture, frame.media_time_s, keys=0):
            looked += 1
            known = found
        is_known = _among(found, known)
        was_there = _match(found, before)
        now_ages_s = [ages_s[old] + interval_s if old >= 0 else 0.0 for old in was_there.tolist()]
        came += int(np.count_nonzero(was_there < 0))
        for index, age_s in enumerate(now_ages_s):
            # Minus one marks what has become known: its delay counts once.
            if age_s >= 0 and is_known[index]:
                delays_s.append(age_s)
                now_ages_s[index] = -np.inf
        gone = set(range(len(before))) - set(was_there.tolist())
        missed += sum(ages_s[index] >= _LASTING_S for index in gone)
        before, ages_s = found, now_ages_s
    missed += sum(age_s >= _LASTING_S for age_s in ages_s)
    ordered = sorted(delays_s)
    return {
        "camera": camera.id,
        "pictures": pictures,
        "looked_share": round(looked / max(pictures, 1), 4),
        "came": came,
        "missed": missed,
        "delay_p95_s": round(ordered[int(0.95 * (len(ordered) - 1))], 2) if ordered else None,
    }


def _frames(camera: Camera) -> Any:
    spec = replace(camera.to_source_spec(pace="fast"), loop=False)
    with CameraSource(spec) as source:
        while not source.ended:
            frame: Frame | None = source.get(0.5)
            if frame is not None:
                yield frame


def _match(found: Detections, others: Detections) -> NDArray[np.int64]:
    """For each box the index of the same box among the others, -1 where there is none."""
    best = np.full(len(found), -1, np.int64)
    if not len(found) or not len(others):
        return best
    overlap = pairwise_iou(found.xyxy.astype(np.float64), others.xyxy.astype(np.float64))
    overlap[found.class_id[:, None] != others.class_id[None, :]] = 0.0
    taken: set[int] = set()
    for row in np.argsort(-overlap.max(axis=1)).tolist():
        column = int(np.argmax(overlap[row]))
        if overlap[row, column] >= _SAME_IOU and column not in taken:
            best[row] = column
            taken.add(column)
    return best


def _among(found: Detections, known: Detections) -> NDArray[np.bool_]:
    return _match(found, known) >= 0
