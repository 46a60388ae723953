"""Capture processes for all cameras, in groups.

A process for every camera would cost each of them an interpreter and FFmpeg, 45 MB; one for all
would let one bad stream take everybody down. So cameras share a process in groups, and a camera
that was in several processes that died is moved to ever smaller groups, until it hurts itself
alone.
"""

import threading
import time

from pipeline.sources.group import CaptureGroup, Channel
from pipeline.sources.spec import SourceSpec

__all__ = ["CapturePool"]

_CRASH_MEMORY_S = 600.0
_END_S = 1.0


class CapturePool:
    """Capture processes for any number of sources. Safe from several threads.

    Args:
        cameras_a_process: Most sources in one process.
    """

    def __init__(self, *, cameras_a_process: int = 16) -> None:
        self._capacity = cameras_a_process
        self._groups: list[CaptureGroup] = []
        self._crashes: dict[str, list[float]] = {}
        self._opening = threading.Lock()
        self._is_closed = False
        self._spent_s = 0.0

    def open(self, spec: SourceSpec, *, skip_s: float | None = None) -> Channel:
        """Begin an attempt at a source in one of the processes.

        Raises:
            OSError: No process can be started.
        """
        with self._opening:
            stays = [group for group in self._groups if group.cameras or group.is_sound]
            self._spent_s += sum(group.cpu_s for group in self._groups if group not in stays)
            self._groups = stays
            capacity = self._capacity_for(spec.camera_id)
            for group in self._groups:
                has_room = len(group.cameras) < group.capacity
                if group.capacity == capacity and has_room and group.is_sound:
                    return group.join(spec, skip_s)
            if self._is_closed:
                raise OSError(0, "the pool is closed")
            group = CaptureGroup(capacity=capacity, on_crash=self._note_crash)
            self._groups.append(group)
            return group.join(spec, skip_s)

    def close(self) -> None:
        """End all processes, by force where they do not end within a second."""
        with self._opening:
            self._is_closed = True
            groups, self._groups = self._groups, []
        enders = [threading.Thread(target=group.end, args=(_END_S,)) for group in groups]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    @property
    def pids(self) -> list[int]:
        """Process ids of the capture processes at work."""
        return [group.pid for group in list(self._groups) if group.pid is not None]

    @property
    def cpu_s(self) -> float:
        """CPU time of all capture processes there have been, in seconds, as of the last pulses."""
        with self._opening:
            return self._spent_s + sum(group.cpu_s for group in self._groups)

    def _capacity_for(self, camera_id: str) -> int:
        """How many may share a process with this camera.

        One death may be anybody's fault, also that of a machine without memory.
        """
        since_s = time.monotonic() - _CRASH_MEMORY_S
        crashes = [at_s for at_s in self._crashes.get(camera_id, []) if at_s > since_s]
        if len(crashes) <= 1:
            return self._capacity
        return max(1, self._capacity // 4) if len(crashes) == 2 else 1

    def _note_crash(self, camera_ids: list[str]) -> None:
        now_s = time.monotonic()
        for camera_id in camera_ids:
            known = self._crashes.get(camera_id, [])
            recent = [at_s for at_s in known if now_s - at_s < _CRASH_MEMORY_S]
            self._crashes[camera_id] = [*recent, now_s]
