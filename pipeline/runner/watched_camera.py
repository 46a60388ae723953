"""A camera under watch: its source, its judgement, its health, and its share of the store."""

import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from pipeline.clutter import ReferenceLibrary
from pipeline.config import Camera, EvidenceConfig
from pipeline.detectors import Detector
from pipeline.errors import StateError
from pipeline.evidence import LockedFolder
from pipeline.gate import Pace
from pipeline.health import CameraState, PictureState
from pipeline.publish import CameraReport, SiteStore
from pipeline.runner.attention import attention_for
from pipeline.runner.camera import CameraPipeline
from pipeline.runner.clips import ClipDesk
from pipeline.runner.lifts import LiftWatch
from pipeline.sources import SourceState, SourceStatus
from pipeline.types import Detections, Frame, HazardEvent

__all__ = ["FrameSource", "WatchedCamera"]

_log = structlog.get_logger("lifelane.watch")

#: Longer than this without a picture, and nobody may say what the place looks like.
_SIGHT_TIMEOUT_S = 8.0
_AGES_KEPT = 256


class FrameSource(Protocol):
    """What the watcher needs of a source."""

    def start(self) -> None:
        """Begin to connect; returns at once."""

    def close(self) -> None:
        """Stop for good."""

    def get(self, timeout_s: float) -> Frame | None:
        """The next sampled frame, or None if there is none within the time."""

    def set_pace(self, pace: Pace) -> None:
        """How often a detector wants to look from now on."""

    @property
    def status(self) -> SourceStatus:
        """How the connection stands."""


class WatchedCamera:
    """One camera of a running site.

    What could not be stored (disk full, say) is kept in memory and tried again each
    second; the camera goes on meanwhile.

    Attributes:
        id: The camera's id.
        config: The camera as configured.
        attention: How closely its place is watched.
        state: How it is doing, as of the last `care`.
        since: When that began, aware UTC.
        inferences: Pictures that a detector has looked at.
        overtaken: Pictures that missed their time and were overtaken by a newer one.
        is_routine: The frame last taken is a heartbeat of a place where nothing stands.
        ages_s: How old the last pictures were when they had been judged, in seconds.
    """

    def __init__(
        self,
        *,
        site: str,
        camera: Camera,
        detector: Detector,
        store: SiteStore,
        source: FrameSource,
        references: ReferenceLibrary | None = None,
        locked: LockedFolder | None = None,
        evidence: EvidenceConfig | None = None,
        lift: LiftWatch | None = None,
    ) -> None:
        self.id = camera.id
        self.config = camera
        self.attention = attention_for(camera)
        self.source = source
        self.pipeline = CameraPipeline(
            site=site,
            camera=camera,
            detector=detector,
            references=references,
            blur=evidence.blur if evidence else True,
            keep_original=self._keep_original if locked else None,
        )
        self._lift = lift
        self._classes = tuple(detector.classes)
        self._locked = locked
        self._clips = ClipDesk(locked, send=bool(evidence and evidence.send_clips))
        self.state = CameraState.CONNECTING
        self.since = datetime.now(UTC)
        self.inferences = 0
        self.overtaken = 0
        self._taken_s = self._taken_age_s = 0.0
        self.is_routine = False
        self.ages_s: deque[float] = deque(maxlen=_AGES_KEPT)
        self._store = store
        self._unstored_events: list[HazardEvent] = []
        self._unstored_pictures: dict[str, bytes] = {}
        self._sight_timeout_s = max(_SIGHT_TIMEOUT_S, 5 / camera.effective_sample_fps)
        self._sign: tuple[int, int] = (0, 0)
        self._sign_s = time.monotonic()
        self._has_sight = True
        self._told: tuple[CameraState, str] | None = None
        self._unsaved = False
        self._pace: Pace | None = None

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
        """The next picture to judge, or None if there is none."""
        frame = self.source.get(0.0)
        if frame is not None:
            status = self.source.status
            self._taken_s, self._taken_age_s = time.monotonic(), status.age_s
            monitor = self.pipeline.monitor
            self.is_routine = status.heartbeat and not (
                monitor.is_pending or monitor.open_incidents
            )
        return frame

    @property
    def age_s(self) -> float:
        """How old the frame last taken is by now, in seconds."""
        return time.monotonic() - self._taken_s + self._taken_age_s

    def report(self) -> CameraReport:
        """How the camera is doing, in the words of the wire."""
        error = self.source.status.error
        return CameraReport(
            camera_id=self.id,
            camera_name=self.config.place_name,
            state=self.state.value,
            since=self.since,
            reason="" if error is None else str(error),
        )

    @property
    def deadline_s(self) -> float:
        """When the frame last taken should be judged, on the monotonic clock in seconds."""
        return self._taken_s - self._taken_age_s + self.budget_s

    @property
    def budget_s(self) -> float:
        """How soon after its capture the frame last taken should be judged, in seconds."""
        attention = self.attention
        return attention.routine_budget_s if self.is_routine else attention.budget_s

    def judge(self, frame: Frame, detections: Detections) -> None:
        """Judge a frame and store what it decides."""
        self.inferences += 1
        if PictureState(self.source.status.picture) is not PictureState.SOUND:
            return  # what a covered or turned camera shows is not this place
        if not self._has_sight:
            self._has_sight = True
            _log.info("sight regained", camera=self.id)
        events, pictures = self.pipeline.process(frame, detections)
        if self._lift is not None:
            events = self._lift.observe(events, detections, self._classes)
        events = self._clips.handle(events, pictures, self.source)
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
        self.ages_s.append(self.age_s)

    def _without_sight(self, *, at: datetime, reason: str) -> list[HazardEvent]:
        events = self.pipeline.lose_sight(at=at, reason=reason)
        if self._lift is not None:
            events = self._lift.observe(events, Detections.empty(), self._classes)
        return events

    def _keep_original(self, sha256: str, content: bytes) -> None:
        if self._locked is None:
            return
        try:
            self._locked.write(sha256, content)
        except StateError as error:
            # The event with its blurred picture must not wait for a copy.
            _log.error("original not kept", camera=self.id, error=str(error))

    def ask(self, shortage: int) -> None:
        """Tell the source how often to look, by what stands in the zones.

        Args:
            shortage: How short of time the machine is; see `pipeline.runner.load`.
        """
        monitor = self.pipeline.monitor
        pace = self.attention.pace(
            is_open=monitor.open_incidents > 0, is_pending=monitor.is_pending, shortage=shortage
        )
        if pace != self._pace:
            self._pace = pace
            self.source.set_pace(pace)

    def care(self, *, now: datetime) -> None:
        """Notice what ails the camera, and store what is still unstored."""
        state = self._present_state()
        if state is not self.state:
            self.state, self.since = state, now
        self._tell()
        if self._has_sight and not state.sees:
            self._has_sight = False
            error = self.source.status.error
            reason = error.code if error is not None else state.value
            self._keep(self._without_sight(at=now, reason=reason), {})
        else:
            self._keep([], {})

    def close(self, *, reason: str | None = None) -> None:
        """Close the source and keep the state of place.

        Args:
            reason: Given where nobody will look at this camera any more: its open incidents
                become unknown for this reason.
        """
        self.source.close()
        events = []
        if reason is not None:
            events = self._without_sight(at=datetime.now(UTC), reason=reason)
        if self._lift is not None:
            self._lift.close()
        self._keep(events, {}, even_if_unchanged=True)

    def _present_state(self) -> CameraState:
        status = self.source.status
        sign = (status.frames, status.looked)
        now_s = time.monotonic()
        if sign != self._sign:
            self._sign, self._sign_s = sign, now_s
        if status.state in (SourceState.OFFLINE, SourceState.ENDED):
            return CameraState.OFFLINE
        if status.state is SourceState.STALLED:
            return CameraState.STALLED
        if now_s - self._sign_s > self._sight_timeout_s:
            is_new = status.state is SourceState.CONNECTING
            return CameraState.OFFLINE if is_new else CameraState.STALLED
        if status.state is SourceState.CONNECTING:
            return CameraState.CONNECTING
        if status.picture is not PictureState.SOUND:
            return CameraState(status.picture.value)
        return CameraState.CLOCK_DRIFT if status.clock_drifts else CameraState.ONLINE

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

    def _tell(self) -> None:
        """Log the state once when it changes, with the reason where there is one."""
        status = self.source.status
        told = (self.state, "" if status.error is None else str(status.error))
        if told == self._told:
            return
        self._told = told
        is_well = status.error is None and self.state.sees
        log = _log.info if is_well else _log.warning
        reason = {} if status.error is None else {"error": str(status.error)}
        log("camera " + self.state.value, camera=self.id, **reason)
