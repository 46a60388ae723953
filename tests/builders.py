"""Small builders of the pipeline's types, and a scripted place to watch.

Boxes are given as shares of the frame (left, top, right, bottom), so that a test reads like a
drawing; the builders turn them into the pixels that the real types hold.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from pipeline.incidents import CameraMonitor
from pipeline.rules import defaults_for
from pipeline.types import Detections, Frame, HazardEvent, Phase, Tracks, ZoneKind
from pipeline.zones import Zone

__all__ = [
    "CLASSES",
    "SIZE_WH",
    "START",
    "Camera",
    "Seen",
    "Thing",
    "make_detections",
    "make_frame",
    "make_monitor",
    "make_tracks",
    "make_zone",
    "parked",
    "phases",
]

#: The taxonomy of lifelane-n, in the order of its class ids.
CLASSES = (
    "person",
    "bicycle",
    "ebike",
    "tricycle",
    "car",
    "truck",
    "bus",
    "wheelchair",
    "pram",
    "trolley",
    "luggage",
    "carton",
    "furniture",
    "bundle",
)
SIZE_WH = (1280, 720)
START = datetime(2026, 1, 5, 2, 10, 59, 100000, tzinfo=UTC)
LANE = ((0.1, 0.3), (0.9, 0.3), (0.9, 0.95), (0.1, 0.95))

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One box as the detector would give it."""

    class_name: str
    box: Box
    confidence: float = 0.8
    track_id: int = -1


def make_detections(
    seen: Iterable[Seen],
    *,
    size_wh: tuple[int, int] = SIZE_WH,
    classes: tuple[str, ...] = CLASSES,
) -> Detections:
    seen = list(seen)
    scale = np.array([*size_wh, *size_wh], np.float64)
    boxes = np.array([thing.box for thing in seen], np.float64).reshape(-1, 4)
    return Detections(
        xyxy=(boxes * scale).astype(np.float32),
        confidence=np.array([thing.confidence for thing in seen], np.float32),
        class_id=np.array([classes.index(thing.class_name) for thing in seen], np.int64),
    )


def make_tracks(
    seen: Iterable[Seen],
    *,
    size_wh: tuple[int, int] = SIZE_WH,
    classes: tuple[str, ...] = CLASSES,
) -> Tracks:
    seen = list(seen)
    return Tracks(
        detections=make_detections(seen, size_wh=size_wh, classes=classes),
        track_id=np.array([thing.track_id for thing in seen], np.int64),
    )


def make_frame(
    *,
    camera_id: str = "lane-1",
    index: int = 0,
    at_s: float = 0.0,
    size_wh: tuple[int, int] = SIZE_WH,
    grey: int = 96,
) -> Frame:
    return Frame(
        camera_id=camera_id,
        index=index,
        captured_at=START + timedelta(seconds=at_s),
        media_time_s=at_s,
        image=np.full((size_wh[1], size_wh[0], 3), grey, np.uint8),
    )


def make_zone(kind: ZoneKind = ZoneKind.FIRE_LANE, **changes: Any) -> Zone:
    limits = defaults_for(kind)
    values: dict[str, Any] = {
        "id": "lane",
        "kind": kind,
        "polygon_norm": LANE,
        "raise_after_s": limits.raise_after_s,
        "clear_after_s": limits.clear_after_s,
        "update_every_s": limits.update_every_s,
        "k_of_n": limits.k_of_n,
        "min_confidence": limits.min_confidence,
        "required_width_m": limits.required_width_m,
    }
    return Zone(**(values | changes))


def make_monitor(
    *zones: Zone, classes: tuple[str, ...] = CLASSES, camera_id: str = "lane-1"
) -> CameraMonitor:
    return CameraMonitor(
        site="demo",
        camera_id=camera_id,
        zones=zones or (make_zone(),),
        classes=classes,
        model="lifelane-n@0.1.0",
    )


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something in the scripted place: where it is at a given second, or that it is not."""

    class_name: str = "car"
    where: Callable[[float], Box | None]
    confidence: float = 0.8


def parked(
    box: Box = (0.3, 0.4, 0.6, 0.8),
    *,
    from_s: float = 0.0,
    to_s: float = float("inf"),
    class_name: str = "car",
    confidence: float = 0.8,
) -> Thing:
    """Stands at one spot from the first second on, until just before the last."""
    return Thing(
        class_name=class_name,
        where=lambda at_s: box if from_s <= at_s < to_s else None,
        confidence=confidence,
    )


@dataclass(kw_only=True)
class Camera:
    """Plays a scripted place to a monitor at a frame rate, and keeps what it says.

    ``spoil`` may change, drop or re-number the boxes of a frame; it is given the frame's index.
    """

    monitor: CameraMonitor
    fps: float = 1.0
    spoil: Callable[[int, list[Seen]], list[Seen]] | None = None
    step_of_clock_s: float = 0.0
    now_s: float = 0.0
    frames: int = 0
    events: list[HazardEvent] = field(default_factory=list)
    raised_at_s: list[float] = field(default_factory=list)
    ended_at_s: list[float] = field(default_factory=list)

    def at(self) -> datetime:
        return START + timedelta(seconds=round(self.now_s + self.step_of_clock_s, 6))

    def watch(self, things: Sequence[Thing], *, until_s: float) -> list[HazardEvent]:
        """Observe up to but without ``until_s``; gives the events of this stretch."""
        before = len(self.events)
        while self.now_s < until_s - 1e-9:
            seen = [
                Seen(class_name=thing.class_name, box=box, confidence=thing.confidence)
                for thing in things
                if (box := thing.where(self.now_s)) is not None
            ]
            self.show(seen)
        return self.events[before:]

    def show(self, seen: list[Seen]) -> list[HazardEvent]:
        """Observe one frame and move on by one interval."""
        if self.spoil is not None:
            seen = self.spoil(self.frames, seen)
        events = self.monitor.observe(
            tracks=make_tracks(seen),
            frame_size_wh=SIZE_WH,
            captured_at=self.at(),
            media_time_s=self.now_s,
        )
        for event in events:
            if event.phase is Phase.START:
                self.raised_at_s.append(self.now_s)
            elif event.phase is Phase.END:
                self.ended_at_s.append(self.now_s)
        self.events += events
        self.frames += 1
        self.now_s = round(self.now_s + 1.0 / self.fps, 6)
        return events

    def skip(self, to_s: float) -> None:
        """The camera shows nothing until then, and nobody says so."""
        self.now_s = to_s

    def lose_sight(self, reason: str = "camera_offline") -> list[HazardEvent]:
        events = self.monitor.lose_sight(at=self.at(), media_time_s=self.now_s, reason=reason)
        self.events += events
        return events


def phases(events: Iterable[HazardEvent]) -> list[str]:
    return [event.phase.value for event in events]
