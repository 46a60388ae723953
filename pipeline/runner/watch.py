"""All cameras of a site, for ever: one inference loop over many supervised sources."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from pipeline.config import Camera, Site
from pipeline.detectors import Detector
from pipeline.publish import SiteStore
from pipeline.runner.watched_camera import FrameSource, WatchedCamera
from pipeline.sources import CameraSource
from pipeline.types import Frame

__all__ = ["Watcher"]

_log = structlog.get_logger("lifelane.watch")

_IDLE_S = 0.02
_CARE_INTERVAL_S = 1.0
_REPORT_INTERVAL_S = 60.0
_FAILURES_SHOWN = 20


def _open_source(camera: Camera) -> FrameSource:
    return CameraSource(camera.to_source_spec())


class Watcher:
    """Watches the cameras of one site until told to stop.

    Events and the state of place reach the store in one transaction, so a process that is
    killed at any moment neither forgets an incident nor raises one twice.

    Args:
        site: The site file.
        detector: Shared by all cameras; frames of several cameras go in one batch.
        store: Where state and events are kept.
        open_source: Makes the source of a camera; tests hand in scripted ones.
        max_batch: Most frames in one inference.
    """

    def __init__(
        self,
        *,
        site: Site,
        detector: Detector,
        store: SiteStore,
        open_source: Callable[[Camera], FrameSource] = _open_source,
        max_batch: int = 8,
    ) -> None:
        self._detector = detector
        self._max_batch = max_batch
        self._failures = 0
        self._stop = threading.Event()
        self.cameras = [
            WatchedCamera(
                site=site.site,
                camera=camera,
                detector=detector,
                store=store,
                source=open_source(camera),
            )
            for camera in site.cameras
            if camera.enabled
        ]

    def stop(self) -> None:
        """Ask `run` to return; safe from a signal handler or another thread."""
        self._stop.set()

    def run(self) -> None:
        """Watch until `stop`; sources are closed and state is kept when it returns."""
        for watched in self.cameras:
            watched.start()
        next_care_s = next_report_s = time.monotonic()
        try:
            while not self._stop.is_set():
                busy = self._step()
                now_s = time.monotonic()
                if now_s >= next_care_s:
                    self._care()
                    next_care_s = now_s + _CARE_INTERVAL_S
                if now_s >= next_report_s:
                    self._report()
                    next_report_s = now_s + _REPORT_INTERVAL_S
                if not busy:
                    self._stop.wait(_IDLE_S)
        finally:
            for watched in self.cameras:
                watched.close()

    def _step(self) -> bool:
        """Take at most one frame of each camera, detect in one batch, judge each."""
        waiting: list[tuple[WatchedCamera, Frame]] = []
        # The list turns, so that with more cameras than a batch holds nobody starves.
        for _ in range(len(self.cameras)):
            watched = self.cameras.pop(0)
            self.cameras.append(watched)
            frame = watched.next_frame()
            if frame is not None:
                waiting.append((watched, frame))
                if len(waiting) == self._max_batch:
                    break
        if not waiting:
            return False
        found = self._detector.detect([frame.image for _, frame in waiting])
        for (watched, frame), detections in zip(waiting, found, strict=True):
            try:
                watched.judge(frame, detections)
            except Exception:  # noqa: BLE001  (said, counted, and only this frame is lost)
                # A defect of ours that one camera's picture brings out: said with its
                # traceback and counted, and the other cameras go on.
                self._failures += 1
                if self._failures <= _FAILURES_SHOWN:
                    _log.exception("frame not judged", camera=watched.id, failures=self._failures)
        return True

    def _care(self) -> None:
        """Once a second: lost sight, and events that could not be stored yet."""
        now = datetime.now(UTC)
        for watched in self.cameras:
            watched.care(now=now)

    def _report(self) -> None:
        states: dict[str, int] = {}
        for watched in self.cameras:
            state = watched.source.status.state.value
            states[state] = states.get(state, 0) + 1
        _log.info(
            "watching",
            cameras=len(self.cameras),
            **states,
            open=self.open_incidents,
            failures=self._failures,
        )

    @property
    def open_incidents(self) -> int:
        """Incidents that are raised and not ended, over all cameras."""
        return sum(watched.pipeline.monitor.open_incidents for watched in self.cameras)
