"""Thousands of camera-hours of rules alone: true tracks, spoilt the way a detector spoils them."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pipeline.evaluate.claims import fold_claims
from pipeline.evaluate.report import EventReport, Judged
from pipeline.evaluate.truth import match_claims
from pipeline.evaluate.world import Actor, Day, make_day
from pipeline.incidents import CameraMonitor
from pipeline.incidents.matching import most_covered
from pipeline.rules import defaults_for
from pipeline.types import Detections, HazardEvent, Tracks, ZoneKind
from pipeline.zones import Zone

__all__ = ["Simulation", "simulate"]

_CLASSES = (
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
_SIZE_WH = (640, 360)
_START = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
_OUTLINE = ((0.05, 0.35), (0.95, 0.35), (0.98, 0.98), (0.02, 0.98))
_HIDDEN = 0.6
#: An empty picture is looked at again after so many seconds, as the change gate does.
_IDLE_S = 15.0
_LOOK_ALIKES = {"car": "truck", "truck": "car", "carton": "bundle", "bundle": "carton"}


class Simulation(BaseModel):
    """How much is simulated and how badly the detector sees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera_days: Annotated[int, Field(ge=1)] = 100
    seed: int = 1
    misses: Annotated[float, Field(ge=0, lt=1)] = 0.2
    id_switches_per_min: Annotated[float, Field(ge=0)] = 1.0
    jitter_norm: Annotated[float, Field(ge=0, lt=0.2)] = 0.025
    look_alikes: Annotated[float, Field(ge=0, le=1)] = 0.05
    ghosts_per_hour: Annotated[float, Field(ge=0)] = 4.0
    zones: tuple[ZoneKind, ...] = (
        ZoneKind.FIRE_LANE,
        ZoneKind.CLIMBING_SITE,
        ZoneKind.ELEVATOR,
        ZoneKind.CORRIDOR,
        ZoneKind.EXIT,
    )


def simulate(
    suite: str, settings: Simulation, *, progress: Callable[[str], None] = lambda _: None
) -> EventReport:
    """Run the rules over made-up days, kind of zone by kind of zone.

    The same settings always give the same report.
    """
    judged = []
    for number in range(settings.camera_days):
        kind = settings.zones[number % len(settings.zones)]
        progress(f"day {number + 1} of {settings.camera_days}: {kind}")
        dice = random.Random(f"{settings.seed}|{number}")  # noqa: S311  (repeatable, no secret)
        zone = _zone(kind)
        day = make_day(zone, dice)
        events = list(_watch(zone, day, settings, dice))
        judged.append(
            Judged(
                name=f"{kind}-{number}",
                conditions=(kind.value,),
                duration_s=86400.0,
                raise_after_s={zone.id: zone.raise_after_s},
                matching=match_claims(day.events, fold_claims(events, start_at=_START)),
            )
        )
    return EventReport(suite=suite, model="ground truth, spoilt", judged=tuple(judged))


def _zone(kind: ZoneKind) -> Zone:
    usual = defaults_for(kind)
    return Zone(
        id="zone",
        kind=kind,
        polygon_norm=_OUTLINE,
        raise_after_s=usual.raise_after_s,
        clear_after_s=usual.clear_after_s,
        update_every_s=usual.update_every_s,
        k_of_n=usual.k_of_n,
        min_confidence=usual.min_confidence,
        required_width_m=usual.required_width_m,
    )


@dataclass(slots=True)
class _Spoiler:
    """A detector's and a tracker's faults, a frame at a time."""

    settings: Simulation
    dice: random.Random
    frame_s: float
    next_id: int = 0

    def tracks(self, actors: list[Actor], at_s: float) -> Tracks:
        dice, settings = self.dice, self.settings
        boxes, names = [], []
        shown = [(actor, actor.where(at_s)) for actor in actors]
        inside = np.array([box for _, box in shown], np.float64).reshape(-1, 4)
        for index, (actor, box) in enumerate(shown):
            others = np.delete(inside, index, axis=0)
            people = actor.class_name != "person" and len(others)
            if dice.random() < settings.misses or (
                people and most_covered([box], others)[0] > _HIDDEN
            ):
                continue
            wide, high = box[2] - box[0], box[3] - box[1]
            shake = [dice.gauss(0, settings.jitter_norm) for _ in range(4)]
            boxes.append(
                (
                    box[0] + shake[0] * wide,
                    box[1] + shake[1] * high,
                    box[2] + shake[2] * wide,
                    box[3] + shake[3] * high,
                )
            )
            alike = _LOOK_ALIKES.get(actor.class_name)
            swap = alike is not None and dice.random() < settings.look_alikes
            names.append(alike if swap and alike is not None else actor.class_name)
        if dice.random() < settings.ghosts_per_hour * self.frame_s / 3600:
            left, top = dice.uniform(0, 0.7), dice.uniform(0.2, 0.6)
            boxes.append((left, top, left + dice.uniform(0.05, 0.3), top + dice.uniform(0.1, 0.4)))
            names.append(dice.choice(_CLASSES))
        if dice.random() < settings.id_switches_per_min * self.frame_s / 60:
            self.next_id += 10
        count = len(boxes)
        xyxy = np.array(boxes, np.float64).reshape(-1, 4) * [*_SIZE_WH, *_SIZE_WH]
        confidence = [min(max(dice.gauss(0.7, 0.13), 0.05), 0.99) for _ in range(count)]
        return Tracks(
            detections=Detections(
                xyxy=xyxy.astype(np.float32),
                confidence=np.array(confidence, np.float32),
                class_id=np.array([_CLASSES.index(name) for name in names], np.int64),
            ),
            track_id=np.arange(self.next_id, self.next_id + count, dtype=np.int64),
        )


def _watch(
    zone: Zone, day: Day, settings: Simulation, dice: random.Random
) -> Iterator[HazardEvent]:
    frame_s = 0.2 if zone.kind is ZoneKind.ELEVATOR else 1.0
    spoiler = _Spoiler(settings, dice, frame_s)
    monitor = _monitor(zone)
    waiting = sorted(day.actors, key=lambda actor: actor.from_s)
    present: list[Actor] = []
    at_s = 0.0
    blind = [(*span, "outage") for span in day.outages]
    blind += [(*span, "restart") for span in day.restarts]
    blind.sort()
    while at_s < 86400.0:
        if blind and at_s >= blind[0][0]:
            _, to_s, what = blind.pop(0)
            if what == "restart":
                state = json.loads(json.dumps(monitor.snapshot()))
                monitor = _monitor(zone)
                monitor.restore(state)
            else:
                at = _START + timedelta(seconds=at_s)
                yield from monitor.lose_sight(at=at, media_time_s=at_s, reason="camera_offline")
            at_s = to_s
        while waiting and waiting[0].from_s <= at_s:
            present.append(waiting.pop(0))
        present = [actor for actor in present if actor.to_s > at_s]
        yield from monitor.observe(
            tracks=spoiler.tracks(present, at_s),
            frame_size_wh=_SIZE_WH,
            captured_at=_START + timedelta(seconds=round(at_s, 6)),
            media_time_s=at_s,
        )
        quiet = not present and not monitor.occupied
        next_s = waiting[0].from_s if waiting else 86400.0
        at_s = max(at_s + frame_s, min(at_s + _IDLE_S, next_s)) if quiet else at_s + frame_s


def _monitor(zone: Zone) -> CameraMonitor:
    return CameraMonitor(
        site="simulated", camera_id="camera", zones=[zone], classes=_CLASSES, model="truth@1"
    )
