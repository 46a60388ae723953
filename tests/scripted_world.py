"""Lanes in which cars come and go, shared by the test that directs and the process that looks.

A car stays, and a lane stays empty, until it was looked at often enough, however slow the
machine and however often the one who looks was killed: so the number of cars that came is
exactly the number of incidents there must be.
"""

import mmap
import struct
import threading
from pathlib import Path
from typing import Self

import numpy as np

from pipeline.types import Detections, Tracks

__all__ = ["FRAME_S", "FRAME_WH", "Director", "SharedWorld"]

FRAME_WH = (1280, 720)
FRAME_S = 0.2
#: More than raising or clearing needs at FRAME_S; see the zone of producer.py.
LOOKS = 10
_WORDS = struct.Struct("=I")


class SharedWorld:
    """A small file that both processes map; what is written stays when one is killed.

    Word 0 says whether the world is over; then two words a lane: blocked, and how often it
    was looked at. Each word has one writer.
    """

    def __init__(self, path: Path, *, lanes: int) -> None:
        self.cameras = [f"lane-{lane}" for lane in range(lanes)]
        size = _WORDS.size * (1 + 2 * lanes)
        if not path.exists():
            path.write_bytes(bytes(size))
        with path.open("r+b") as file:
            self._words = mmap.mmap(file.fileno(), size)

    @property
    def is_over(self) -> bool:
        return self._get(0) == 1

    def end(self) -> None:
        self._set(0, 1)

    def is_blocked(self, lane: int) -> bool:
        return self._get(1 + 2 * lane) == 1

    def block(self, lane: int, blocked: bool) -> None:
        self._set(1 + 2 * lane, int(blocked))

    def looks(self, lane: int) -> int:
        return self._get(2 + 2 * lane)

    def look(self, lane: int, at_s: float) -> Tracks:
        """What a tracker says at that moment, with ids that change all the time."""
        boxes = []
        if self.is_blocked(lane):
            shake_px = (at_s * 7919) % 4 - 2
            boxes = [[400 + shake_px, 300 + shake_px, 800 + shake_px, 640 + shake_px]]
        found = Detections(
            xyxy=np.array(boxes, np.float32).reshape(-1, 4),
            confidence=np.full(len(boxes), 0.9, np.float32),
            class_id=np.zeros(len(boxes), np.int64),
        )
        return Tracks(detections=found, track_id=np.full(len(boxes), int(at_s * 10), np.int64))

    def looked(self, lane: int) -> None:
        """What was seen of this lane is on disk."""
        self._set(2 + 2 * lane, self.looks(lane) + 1)

    def _get(self, word: int) -> int:
        return int(_WORDS.unpack_from(self._words, word * _WORDS.size)[0])

    def _set(self, word: int, value: int) -> None:
        _WORDS.pack_into(self._words, word * _WORDS.size, value)


class Director:
    """Lets cars come and go, from a thread of its own, and counts them.

    Use it as a context manager; `finish` when no more cars shall come.
    """

    def __init__(self, world: SharedWorld) -> None:
        self._world = world
        lanes = range(len(world.cameras))
        # Each lane begins with its first car at another moment.
        self._due = [LOOKS * lane // len(world.cameras) for lane in lanes]
        self.cars = [0 for _ in lanes]
        self._last_ones = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def finish(self) -> None:
        """No more cars; the world is over when the last one has left for long enough."""
        self._last_ones.set()

    def _run(self) -> None:
        world = self._world
        while not self._stop.wait(0.02):
            for lane, due in enumerate(self._due):
                if world.looks(lane) < due:
                    continue
                if world.is_blocked(lane):
                    world.block(lane, False)
                elif not self._last_ones.is_set():
                    world.block(lane, True)
                    self.cars[lane] += 1
                else:
                    continue
                # One more than enough: the look that is under way may still be of before.
                self._due[lane] = world.looks(lane) + LOOKS + 1
            is_quiet = all(
                world.looks(lane) >= due and not world.is_blocked(lane)
                for lane, due in enumerate(self._due)
            )
            if self._last_ones.is_set() and is_quiet:
                world.end()
                return
