"""What judging costs once the boxes are there: the rules of a frame, the clean reference."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter import CleanReference, ForeignWatcher, LightMode
from pipeline.demo import find_clips
from pipeline.incidents import CameraMonitor
from pipeline.rules import defaults_for
from pipeline.types import Detections, Frame, Tracks, ZoneKind
from pipeline.zones import Zone

__all__ = ["bench_rules"]

_SIZE_WH = (640, 360)
_START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
_CLASSES = ("person", "car", "ebike", "carton", "furniture", "truck", "bicycle", "trolley")
#: A zone of each kind side by side, as a wide camera in front of a house might have them.
_KINDS = (
    ZoneKind.FIRE_LANE,
    ZoneKind.CLIMBING_SITE,
    ZoneKind.HALL,
    ZoneKind.EXIT,
    ZoneKind.UNIT_DOOR,
    ZoneKind.ELEVATOR,
)
_JITTER_PX = 1.5
_SETTLE_FRAMES = 50


def bench_rules(
    *,
    tracks: int = 20,
    zones: int = 6,
    frames: int = 600,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """CPU milliseconds a frame, on one core, of the rules and of the clean reference.

    Half of the boxes stand and half pass, all of them tremble; at five frames a second, so that
    incidents begin and report meanwhile. The comparison runs at 640x360 over the demo's corridor,
    in which cartons are put down and people walk.

    Args:
        tracks: Boxes a frame.
        zones: Zones, at most one of each of six kinds and then again.
        frames: Frames that are judged.
        progress: Told what is being measured.
    """
    progress("the rules")
    rules_ms = _rules_ms(tracks, zones, frames)
    progress("the clean reference")
    reference_ms = _reference_ms()
    return {
        "bench": "rules",
        "tracks": tracks,
        "zones": zones,
        "frames": frames,
        "rules_ms_p50": _percentile(rules_ms, 50),
        "rules_ms_mean": round(float(np.mean(rules_ms)), 3),
        "rules_ms_p95": _percentile(rules_ms, 95),
        "reference_size_px": list(_SIZE_WH),
        "reference_ms_p50": _percentile(reference_ms, 50),
        "reference_ms_mean": round(float(np.mean(reference_ms)), 3),
        "reference_ms_p95": _percentile(reference_ms, 95),
    }


def _percentile(values: list[float], share: float) -> float:
    return round(float(np.percentile(values, share)), 3)


def _zones(count: int) -> list[Zone]:
    found = []
    for number in range(count):
        kind = _KINDS[number % len(_KINDS)]
        limits = defaults_for(kind)
        left, right = number / count, (number + 1) / count
        found.append(
            Zone(
                id=f"zone-{number}",
                kind=kind,
                polygon_norm=((left, 0.2), (right, 0.25), (right, 1.0), (left, 0.95)),
                raise_after_s=limits.raise_after_s,
                clear_after_s=limits.clear_after_s,
                update_every_s=limits.update_every_s,
                k_of_n=limits.k_of_n,
                min_confidence=limits.min_confidence,
                required_width_m=limits.required_width_m,
            )
        )
    return found


def _seen(tracks: int) -> Iterator[Tracks]:
    dice = np.random.default_rng(7)
    width, height = _SIZE_WH
    size = np.stack([dice.uniform(40, 90, tracks), dice.uniform(50, 120, tracks)], axis=1)
    corner = np.stack(
        [
            (np.arange(tracks) + 0.5) / tracks * width - size[:, 0] / 2,
            dice.uniform(100, height - 10, tracks) - size[:, 1],
        ],
        axis=1,
    )
    speed = np.where(np.arange(tracks) % 2, dice.uniform(-8, 8, tracks), 0.0)
    class_id = dice.integers(0, len(_CLASSES), tracks)
    while True:
        corner[:, 0] = (corner[:, 0] + speed + width) % width
        at = corner + dice.normal(0, _JITTER_PX, corner.shape)
        boxes = np.concatenate([at, at + size], axis=1).astype(np.float32)
        confidence = np.clip(dice.normal(0.6, 0.12, tracks), 0.2, 0.95).astype(np.float32)
        yield Tracks(
            detections=Detections(xyxy=boxes, confidence=confidence, class_id=class_id),
            track_id=np.arange(tracks, dtype=np.int64),
        )


def _rules_ms(tracks: int, zones: int, frames: int) -> list[float]:
    monitor = CameraMonitor(
        site="bench", camera_id="bench", zones=_zones(zones), classes=_CLASSES, model="bench@1"
    )
    spent = []
    seen = _seen(tracks)
    for number in range(frames + _SETTLE_FRAMES):
        shown = next(seen)
        begun_s = time.process_time()
        monitor.observe(
            tracks=shown,
            frame_size_wh=_SIZE_WH,
            captured_at=_START + timedelta(seconds=number / 5),
            media_time_s=number / 5,
        )
        spent.append(1000 * (time.process_time() - begun_s))
    return spent[_SETTLE_FRAMES:]


def _reference_ms() -> list[float]:
    clip = next(each for each in find_clips() if each.place == "corridor")
    pictures = list(_pictures(str(clip.file)))
    reference = CleanReference(
        id="0" * 12,
        camera_id="bench",
        mode=LightMode.DAY,
        size_wh=_SIZE_WH,
        sha256="0" * 64,
        taken_at=_START,
        origin="bench",
        approved_by="bench",
        approved_at=_START,
        image=pictures[0],
    )
    watcher = ForeignWatcher(
        camera_id="bench", zones={"floor": clip.polygon_norm}, references=[reference]
    )
    cv2.setNumThreads(1)
    spent = []
    for number, image in enumerate(pictures):
        frame = Frame(
            camera_id="bench",
            index=number,
            captured_at=_START,
            media_time_s=number / 3,
            image=image,
        )
        begun_s = time.process_time()
        watcher.observe(frame, Detections.empty(), _CLASSES)
        spent.append(1000 * (time.process_time() - begun_s))
    return spent[_SETTLE_FRAMES // 5 :]


def _pictures(file: str) -> Iterator[NDArray[np.uint8]]:
    with av.open(file) as container:
        for number, picture in enumerate(container.decode(video=0)):
            if number % 5 == 0:
                image = picture.to_ndarray(format="bgr24")
                yield np.asarray(cv2.resize(image, _SIZE_WH), np.uint8)
