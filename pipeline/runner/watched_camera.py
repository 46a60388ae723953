"""A camera under watch: its source, its judgement, and its share of the store."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog

from pipeline.config import Camera
from pipeline.detectors import Detector
from pipeline.errors import StateError
from pipeline.publish import SiteStore
from pipeline.runner.camera import CameraPipeline
from pipeline.sources import SourceState, SourceStatus
from pipeline.types import Detections, Frame, HazardEvent

__all__ = ["FrameSource", "WatchedCamera"]

_log = structlog.get_logger("lifelane.watch")

#: Longer than this without a frame, and nobody may say what the place looks like.
_SIGHT_TIMEOUT_S = 10.0


class FrameSource(Protocol):
    """What the watcher needs of a source."""

    def start(self) -> None:
        """Begin to connect; returns at once."""

    def close(self) -> None:
        """Stop for good."""

    def get(self, timeout_s: float) -> Frame | None:
        """The next sampled frame, or None if there is none within the time."""

    @property
    def status(self) -> SourceStatus:
        """How the connection stands."""


class WatchedCamera:
    """One camera of a running site.

    What could not be stored (disk full, say) is kept in memory and tried again each
    second; the camera goes on meanwhile.
    """

    def __init__(
        self,
        *,
        site: str,
        camera: Camera,
        detector: Detector,
        store: SiteStore,
        source: FrameSource,
    ) -> None:
        self.id = camera.id
        self.source = source
        self.pipeline = CameraPipeline(site=site, camera=camera, detector=detector)
        self._store = store
        self._unstored_events: list[HazardEvent] = []
        self._unstored_pictures: dict[str, bytes] = {}
        self._sight_timeout_s = max(_SIGHT_TIMEOUT_S, 5 / camera.effective_sample_fps)
        self._last_frame_s = time.monotonic()
        self._has_sight = True
        self._last_state: tuple[SourceState, str] | None = None
        self._unsaved = False

    def start(self) -> None:
        """Take up the state of place where the last process left it, and open the source."""
        state = self._store.load_state(self.id)
        if state is not None:
            try:
                self.pipeline.restore(state)
            except StateError as error:
                _log.error("state of place set aside", camera=self.id, error=str(error))
        self.source.start()

    def next_frame(self) -> Frame | None:
        """The newest sampled frame, or None if there is none yet."""
        frame = self.source.get(0.0)
        if frame is not None:
            self._last_frame_s = time.monotonic()
            if not self._has_sight:
                self._has_sight = True
                _log.info("sight regained", camera=self.id)
        return frame

    def judge(self, frame: Frame, detections: Detections) -> None:
        """Judge a frame and store what it decides."""
        events, pictures = self.pipeline.process(frame, detections)
        for event in events:
            _log.info(
                event.phase.value,
                kind=event.kind.value,
                camera=self.id,
                zone=event.zone_id,
                incident=event.incident_key[:8],
                confidence=round(event.confidence, 2),
            )
        self._keep(events, pictures)

    def care(self, *, now: datetime) -> None:
        """Notice lost sight, and store what is still unstored."""
        self._log_state_change()
        status = self.source.status
        blind_s = time.monotonic() - self._last_frame_s
        gone = status.state in (SourceState.OFFLINE, SourceState.ENDED, SourceState.STALLED)
        if self._has_sight and (gone or blind_s > self._sight_timeout_s):
            self._has_sight = False
            reason = status.error.code if status.error is not None else status.state.value
            self._keep(self.pipeline.lose_sight(at=now, reason=reason), {})
        else:
            self._keep([], {})

    def close(self) -> None:
        """Close the source and keep the state of place."""
        self.source.close()
        self._keep([], {}, even_if_unchanged=True)

    def _keep(
        self,
        events: Sequence[HazardEvent],
        pictures: dict[str, bytes],
        *,
        even_if_unchanged: bool = False,
    ) -> None:
        """Store state and events in one transaction, if there is anything to store."""
        self._unstored_events += events
        self._unstored_pictures |= pictures
        monitor = self.pipeline.monitor
        self._unsaved |= monitor.changed or even_if_unchanged
        if not (self._unstored_events or self._unsaved):
            return
        try:
            self._store.record(
                camera_id=self.id,
                state=monitor.snapshot(),
                events=self._unstored_events,
                pictures=self._unstored_pictures,
            )
        except StateError as error:
            _log.error(
                "not stored yet, will try again",
                camera=self.id,
                events=len(self._unstored_events),
                error=str(error),
            )
            return
        self._unstored_events, self._unstored_pictures, self._unsaved = [], {}, False

    def _log_state_change(self) -> None:
        status = self.source.status
        now = (status.state, "" if status.error is None else str(status.error))
        if now == self._last_state:
            return
        self._last_state = now
        log = _log.info if status.error is None else _log.warning
        reason = {} if status.error is None else {"error": str(status.error)}
        log("camera " + status.state.value, camera=self.id, **reason)
