"""All cameras of a site, for ever: one inference loop over many supervised sources."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from prometheus_client import Histogram

from pipeline.clutter import ReferenceLibrary
from pipeline.config import Camera, Site
from pipeline.detectors import Detector
from pipeline.evidence import LockedFolder
from pipeline.lift import DeskReleases
from pipeline.publish import CameraReport, SiteStore
from pipeline.runner.attention import watch_spec
from pipeline.runner.lifts import LiftWatch, open_lift
from pipeline.runner.load import Load
from pipeline.runner.watched_camera import FrameSource, WatchedCamera
from pipeline.sources import CameraSource, CapturePool
from pipeline.types import Frame

__all__ = ["Watcher"]

_log = structlog.get_logger("lifelane.watch")

_IDLE_S = 0.01
_CARE_INTERVAL_S = 1.0
_REPORT_INTERVAL_S = 60.0
_FAILURES_SHOWN = 20
_AGE_BUCKETS_S = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


class Watcher:
    """Watches the cameras of one site until told to stop.

    Events and the state of place reach the store in one transaction, so a process that is
    killed at any moment neither forgets an incident nor raises one twice.

    Args:
        site: The site file.
        detector: Shared by all cameras; frames of several cameras go in one batch.
        store: Where state and events are kept.
        open_source: Makes the source of a camera; tests hand in scripted ones.
        cameras_a_process: Most cameras in one capture process.
        open_desk: Makes the ear for what the desk lets go; None where no desk is told.
        may_act: False leaves every lift alone, whatever the site file says (a dry run).
    """

    def __init__(
        self,
        *,
        site: Site,
        detector: Detector,
        store: SiteStore,
        open_source: Callable[[Camera], FrameSource] | None = None,
        cameras_a_process: int = 16,
        open_desk: Callable[[], DeskReleases] | None = None,
        may_act: bool = True,
    ) -> None:
        self._site = site
        self._open_desk = open_desk
        self._may_act = may_act
        self._detector = detector
        self._detectors = _by_size(site, detector)
        self._store = store
        self._locked = LockedFolder(
            store.path / "locked", keep_days=site.evidence.keep_originals_days
        )
        self._locked.clean_up()
        self.pool = CapturePool(cameras_a_process=cameras_a_process)
        self._open_source = open_source or self._open_camera
        self._failures = 0
        self._stop = threading.Event()
        self._waiting: dict[str, Frame] = {}
        self._wanted: Site | None = None
        self._changing = threading.Lock()
        self.load = Load()
        self._routine_size = site.model.effective_routine_size
        self.detect_cpu_s = 0.0
        self.loop_s = dict.fromkeys(("detect", "judge", "care"), 0.0)
        self.frame_age = Histogram(
            "lifelane_frame_age_seconds",
            "Seconds from a picture's arrival to its judgement",
            ["place"],
            buckets=_AGE_BUCKETS_S,
            registry=None,
        )
        self.cameras = [self._take_on(camera) for camera in site.cameras if camera.enabled]

    def stop(self) -> None:
        """Ask `run` to return; safe from a signal handler or another thread."""
        self._stop.set()

    def reload(self, site: Site, detector: Detector | None = None) -> None:
        """Watch the cameras of another version of the site file from the next step on.

        Cameras that are the same in both are not touched. Safe from another thread.

        Args:
            site: The new version; only its cameras count.
            detector: Takes the place of the present one where thresholds have changed.
        """
        with self._changing:
            self._wanted = site
            self._routine_size = site.model.effective_routine_size
            self._detector = detector or self._detector
            self._detectors = _by_size(site, self._detector)

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
                    self._take_over()
                    self._care()
                    next_care_s = now_s + _CARE_INTERVAL_S
                if self.load.tick(now_s):
                    self._report_shortage()
                if now_s >= next_report_s:
                    self._report()
                    next_report_s = now_s + _REPORT_INTERVAL_S
                if not busy:
                    self._stop.wait(_IDLE_S)
        finally:
            self._waiting.clear()
            closers = [threading.Thread(target=watched.close) for watched in self.cameras]
            for closer in closers:
                closer.start()
            for closer in closers:
                closer.join()
            self.pool.close()

    def _open_camera(self, camera: Camera) -> FrameSource:
        return CameraSource(watch_spec(camera), pool=self.pool)

    def _take_on(self, camera: Camera) -> WatchedCamera:
        return WatchedCamera(
            site=self._site.site,
            camera=camera,
            detector=self._detector,
            store=self._store,
            source=self._open_source(camera),
            references=ReferenceLibrary(self._site.state_path),
            locked=self._locked,
            evidence=self._site.evidence,
            lift=self._open_lift(camera) if self._may_act else None,
        )

    def _open_lift(self, camera: Camera) -> LiftWatch | None:
        return open_lift(camera, state_dir=self._store.path, open_desk=self._open_desk)

    def _step(self) -> bool:
        """Judge one batch of the pictures that wait, the most urgent first."""
        for watched in self.cameras:
            waits = watched.id in self._waiting
            # Two that wait are one too many once the first has missed its time.
            if waits and time.monotonic() < watched.deadline_s:
                continue
            frame = watched.next_frame()
            if frame is not None:
                watched.overtaken += waits
                self._waiting[watched.id] = frame
        if not self._waiting:
            return False
        due = sorted(
            (watched for watched in self.cameras if watched.id in self._waiting),
            key=lambda watched: watched.deadline_s,
        )
        size = self._size_for(due[0])
        batch = [watched for watched in due if self._size_for(watched) == size]
        batch = batch[: self._detector.batch_size]
        self._judge(batch, [self._waiting.pop(watched.id) for watched in batch], size)
        return True

    def _size_for(self, watched: WatchedCamera) -> int | None:
        """Input size of the model for the frame that was taken last; None is the model's own.

        Where nothing has changed and nothing stands, a smaller picture is enough to notice
        what the gate overlooked; whatever it shows is then looked at in full.
        """
        return self._routine_size if watched.is_routine else watched.config.input_size

    def _judge(self, batch: list[WatchedCamera], frames: list[Frame], size: int | None) -> None:
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        found = self._detectors[size].detect([frame.image for frame in frames])
        self.detect_cpu_s += time.process_time() - begun_cpu_s
        detected_s = time.perf_counter()
        for watched, frame, detections in zip(batch, frames, found, strict=True):
            try:
                watched.judge(frame, detections)
                watched.ask(self.load.shortage)
            except Exception:  # noqa: BLE001  (said, counted, and only this frame is lost)
                # A defect of ours that one camera's picture brings out: said with its
                # traceback and counted, and the other cameras go on.
                self._failures += 1
                if self._failures <= _FAILURES_SHOWN:
                    _log.exception("frame not judged", camera=watched.id, failures=self._failures)
        judged_s = time.perf_counter()
        self.loop_s["detect"] += detected_s - begun_s
        self.loop_s["judge"] += judged_s - detected_s
        ages_s = [watched.age_s for watched in batch]
        for watched, age_s in zip(batch, ages_s, strict=True):
            self.frame_age.labels(watched.config.place.value).observe(age_s)
        late_s = [age_s - watched.budget_s for watched, age_s in zip(batch, ages_s, strict=True)]
        self.load.worked(judged_s - begun_s, late_s=late_s)

    def _take_over(self) -> None:
        """Watch what a new version of the site file wants watched."""
        with self._changing:
            wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        by_id = {camera.id: camera for camera in wanted.cameras if camera.enabled}
        kept = [watched for watched in self.cameras if by_id.get(watched.id) == watched.config]
        gone = [watched for watched in self.cameras if watched not in kept]
        for watched in gone:
            self._waiting.pop(watched.id, None)
            watched.close(reason=None if watched.id in by_id else "camera_removed")
        known = {watched.id for watched in kept}
        fresh = [self._take_on(camera) for camera in by_id.values() if camera.id not in known]
        for watched in fresh:
            watched.start()
        self.cameras = [*kept, *fresh]
        if gone or fresh:
            _log.info(
                "site file taken over",
                kept=len(kept),
                added=[each.id for each in fresh],
                removed=[each.id for each in gone if each.id not in by_id],
            )

    def _care(self) -> None:
        """Once a second: health, pace, and events that could not be stored yet."""
        begun_s = time.perf_counter()
        now = datetime.now(UTC)
        for watched in self.cameras:
            watched.care(now=now)
            watched.ask(self.load.shortage)
        self.loop_s["care"] += time.perf_counter() - begun_s

    def _report_shortage(self) -> None:
        log = _log.warning if self.load.shortage else _log.info
        log("short of time: slower where it can wait", level=self.load.shortage)

    def _report(self) -> None:
        self._locked.clean_up()
        states: dict[str, int] = {}
        for watched in self.cameras:
            states[watched.state.value] = states.get(watched.state.value, 0) + 1
        _log.info(
            "watching",
            cameras=len(self.cameras),
            **states,
            open=self.open_incidents,
            failures=self._failures,
        )

    def camera_reports(self) -> list[CameraReport]:
        """How the cameras are, in the words of the wire."""
        return [watched.report() for watched in list(self.cameras)]

    @property
    def open_incidents(self) -> int:
        """Incidents that are raised and not ended, over all cameras."""
        return sum(watched.pipeline.monitor.open_incidents for watched in self.cameras)


def _by_size(site: Site, detector: Detector) -> dict[int | None, Detector]:
    """The detector at every input size that the site asks for, so that errors show at once.

    Raises:
        ModelError: The model does not take one of the sizes.
    """
    sizes = {camera.input_size for camera in site.cameras} | {site.model.effective_routine_size}
    return {size: detector if size is None else detector.resized(size) for size in {*sizes, None}}
