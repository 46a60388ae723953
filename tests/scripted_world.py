"""A world whose lanes are blocked as a pure function of the wall clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from pipeline.types import Detections, Tracks

__all__ = ["ScriptedWorld"]

FRAME_WH = (1280, 720)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedWorld:
    """Lanes in which a car stands for ``on_s``, then none for ``off_s``, and so on.

    The cars of the lanes come one after the other. After the last cycle all lanes stay empty.

    Attributes:
        start_at_s: Unix time at which the first car arrives.
        lanes: How many lanes there are, each with a camera.
        cycles: How many cars stand in each lane, one after the other.
        on_s, off_s: How long each stands, and how long the lane is empty after it.
        frame_s: Time between two frames.
    """

    start_at_s: float
    lanes: int
    cycles: int
    on_s: float
    off_s: float
    frame_s: float = 0.2

    @property
    def cameras(self) -> list[str]:
        return [f"lane-{lane}" for lane in range(self.lanes)]

    @property
    def occupancies(self) -> int:
        """How many cars stand in the way over the whole time: so many incidents there are."""
        return self.lanes * self.cycles

    @property
    def end_at_s(self) -> float:
        """Unix time after which nothing happens any more."""
        return self.start_at_s + self._shift_s(self.lanes - 1) + self.cycles * self._period_s

    def is_blocked(self, camera_id: str, at_s: float) -> bool:
        since_s = at_s - self.start_at_s - self._shift_s(self.cameras.index(camera_id))
        return 0 <= since_s < self.cycles * self._period_s and since_s % self._period_s < self.on_s

    def moments(self, from_s: float) -> Iterator[float]:
        """Unix times of the frames from now on, for ever."""
        number = int(from_s / self.frame_s) + 1
        while True:
            yield number * self.frame_s
            number += 1

    def tracks(self, camera_id: str, at_s: float) -> Tracks:
        """What a tracker says at that moment, with ids that change all the time."""
        boxes = []
        if self.is_blocked(camera_id, at_s):
            shake_px = (at_s * 7919) % 4 - 2
            boxes = [[400 + shake_px, 300 + shake_px, 800 + shake_px, 640 + shake_px]]
        found = Detections(
            xyxy=np.array(boxes, np.float32).reshape(-1, 4),
            confidence=np.full(len(boxes), 0.9, np.float32),
            class_id=np.zeros(len(boxes), np.int64),
        )
        return Tracks(detections=found, track_id=np.full(len(boxes), int(at_s * 10), np.int64))

    @staticmethod
    def clock(at_s: float) -> datetime:
        return datetime.fromtimestamp(at_s, UTC)

    @property
    def _period_s(self) -> float:
        return self.on_s + self.off_s

    def _shift_s(self, lane: int) -> float:
        return lane * self._period_s / self.lanes
