"""`CameraSource`: one camera, watched over for as long as it takes."""

import logging
import threading
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import (
    SourceAuthError,
    SourceError,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from pipeline.sources import link
from pipeline.sources.backoff import Backoff
from pipeline.sources.child import CaptureProcess
from pipeline.sources.job import encode_job
from pipeline.sources.spec import SourceKind, SourceSpec, SourceState, SourceStatus
from pipeline.types import Frame

__all__ = ["CameraSource"]

_log = logging.getLogger(__name__)

#: Frames between the capture process and the consumer; more would only be older.
_QUEUE_FRAMES = 4
#: A loaded machine may take its time to start a Python with FFmpeg.
_BOOT_TIMEOUT_S = 60.0
#: The capture process has limits of its own and words them better; we step in after them.
_GRACE_S = 2.0
_POLITE_END_S = 1.0
#: A recording that kills its decoder at the same picture again and again is given up.
_MAX_CRASHES_IN_PLACE = 3

_ERRORS: dict[str, type[SourceError]] = {
    kind.code: kind
    for kind in (SourceError, SourceAuthError, SourceStalled, SourceUnreachable, SourceUnreadable)
}


class _Picture(NamedTuple):
    captured_at: datetime
    media_time_s: float
    image: NDArray[np.uint8]


class _Ended(Exception):  # noqa: N818  (internal signal)
    """The recording has come to its end; the text says what was wrong with it, if anything."""


class _Crashed(SourceError):  # noqa: N818  (internal signal)
    """The capture process died without a word."""


class CameraSource:
    """Frames of one camera or recording, out of a process that can be killed.

    ``start`` returns at once and never raises for a camera that is not there: `status` tells.
    A live source is tried again for ever, with pauses; so is a missing or damaged file in live
    pace, since a share may come back. A recording in fast pace ends at its first failure.

    Use it as a context manager, or call `close`::

        with CameraSource(SourceSpec(camera_id="lane-1", url="rtsp://...", sample_fps=1)) as camera:
            while not camera.ended:
                frame = camera.get(timeout_s=1.0)

    Args:
        spec: What to watch and how.
    """

    def __init__(self, spec: SourceSpec) -> None:
        self._spec = spec
        self._changed = threading.Condition()
        self._queue: deque[_Picture] = deque()
        self._status = SourceStatus(
            state=SourceState.CONNECTING, since_monotonic_s=time.monotonic()
        )
        self._closing = threading.Event()
        self._child: CaptureProcess | None = None
        self._thread: threading.Thread | None = None
        self._backoff = Backoff(min_s=spec.backoff_min_s, max_s=spec.backoff_max_s)
        self._start_at = spec.start_at
        self._last_media_time_s: float | None = None
        self._last_frame_s = 0.0
        self._damaged_before = 0
        self._attempt_damaged = 0
        self._online_since_s: float | None = None
        self._crashes_in_place = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def spec(self) -> SourceSpec:
        """What this source was asked to do."""
        return self._spec

    @property
    def status(self) -> SourceStatus:
        """How it is doing now."""
        with self._changed:
            return self._status

    @property
    def ended(self) -> bool:
        """Whether no further frame will ever come; true only once all have been taken."""
        with self._changed:
            return self._status.state is SourceState.ENDED and not self._queue

    @property
    def child_pid(self) -> int | None:
        """Process id of the capture process, None while there is none."""
        with self._changed:
            return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Begin to watch; a second call, or one after `close`, does nothing."""
        with self._changed:
            if self._thread is not None or self._closing.is_set():
                return
            if self._start_at is None:
                self._start_at = datetime.now(UTC)
            self._thread = threading.Thread(
                target=self._supervise, name=f"source {self._spec.camera_id}", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """End the capture process (within two seconds, by force if need be) and forget frames."""
        with self._changed:
            self._closing.set()
            self._queue.clear()
            child, thread = self._child, self._thread
            self._changed.notify_all()
        if child is not None:
            child.end(_POLITE_END_S)
        if thread is not None:
            thread.join()
        self._set_state(SourceState.ENDED, self._status.error)

    def get(self, timeout_s: float) -> Frame | None:
        """The next frame, in order; None when none came in time or the source has ended.

        Args:
            timeout_s: How long to wait; 0 only looks.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._queue or self._status.state is SourceState.ENDED, timeout_s
            )
            if not self._queue:
                return None
            picture = self._queue.popleft()
            index = self._status.frames
            self._update(frames=index + 1)
            self._changed.notify_all()
        return Frame(
            camera_id=self._spec.camera_id,
            index=index,
            captured_at=picture.captured_at,
            media_time_s=picture.media_time_s,
            image=picture.image,
        )

    # --- the supervising thread -------------------------------------------------------------

    def _supervise(self) -> None:
        while not self._closing.is_set():
            self._online_since_s = None
            try:
                self._run_child()
            except _Ended as end:
                problem = str(end)
                error = SourceUnreadable(problem) if problem else None
                if error is not None:
                    _log.warning("%s", error)
                self._set_state(SourceState.ENDED, error)
                return
            except (SourceError, OSError) as failure:
                if self._closing.is_set() or not self._note_failure(failure):
                    return
            except Exception as bug:  # noqa: BLE001  (logged, shown in status, tried again)
                # A camera must not fall silent because of a mistake of ours.
                _log.exception("camera %s: a mistake in LifeLane itself", self._spec.camera_id)
                self._note_failure(
                    SourceError(
                        f"camera {self._spec.camera_id}: reading it failed inside LifeLane"
                        f" ({type(bug).__name__}); it is tried again; please report the log"
                    )
                )
            finally:
                self._damaged_before += self._attempt_damaged
                self._attempt_damaged = 0
            self._pause()

    def _note_failure(self, failure: SourceError | OSError) -> bool:
        """Record why frames stopped; false where trying again is pointless."""
        spec = self._spec
        if isinstance(failure, OSError):
            error: SourceError = SourceError(
                f"camera {spec.camera_id}: the capture process cannot be started:"
                f" {failure.strerror}; too many processes or open files?"
            )
        else:
            error = failure
        crashed = isinstance(error, _Crashed)
        self._crashes_in_place = self._crashes_in_place + 1 if crashed else 0
        if spec.pace == "fast" and (not crashed or self._crashes_in_place >= _MAX_CRASHES_IN_PLACE):
            _log.warning("%s", error)
            self._set_state(SourceState.ENDED, error)
            return False
        is_news = str(self._status.error) != str(error)
        _log.log(logging.WARNING if is_news else logging.DEBUG, "%s", error)
        stalled = isinstance(error, SourceStalled)
        self._set_state(SourceState.STALLED if stalled else SourceState.OFFLINE, error)
        return True

    def _pause(self) -> None:
        healthy_s = 0.0
        if self._online_since_s is not None:
            healthy_s = time.monotonic() - self._online_since_s
        pause_s = self._backoff.next_s(healthy_s=healthy_s)
        if isinstance(self._status.error, SourceAuthError):
            pause_s = self._spec.backoff_max_s
        with self._changed:
            self._changed.wait_for(self._closing.is_set, pause_s)

    def _run_child(self) -> None:
        """One capture process from start to end; always leaves by an exception or `close`."""
        skip_s = self._last_media_time_s if self._resumes else None
        with self._changed:
            if self._closing.is_set():
                return
            child = self._child = CaptureProcess(self._spec, encode_job(self._spec, skip_s=skip_s))
        try:
            self._listen(child)
        finally:
            child.end(_POLITE_END_S)
            with self._changed:
                self._child = None
            child.release()

    @property
    def _resumes(self) -> bool:
        """Recordings are taken up where they were lost; loops and cameras just go on."""
        return self._spec.kind is SourceKind.FILE and not self._spec.loop

    def _listen(self, child: CaptureProcess) -> None:
        spec = self._spec
        offset_s: float | None = None
        limit_s, waiting_for = _BOOT_TIMEOUT_S, "boot"
        sound_until_s = time.monotonic() + limit_s
        while not self._closing.is_set():
            try:
                message = child.receive(sound_until_s - time.monotonic())
            except link.LinkQuiet:
                raise self._too_late(waiting_for) from None
            except link.LinkClosed:
                if self._closing.is_set():
                    return
                child.end(_POLITE_END_S)
                raise _Crashed(
                    f"camera {spec.camera_id}: the process that reads {spec.redacted} died"
                    f" ({child.last_words()}); it is started again"
                ) from None
            fields = message.fields
            if "decode_errors" in fields:
                self._attempt_damaged = fields["decode_errors"]
                self._update(decode_errors=self._damaged_before + self._attempt_damaged)
            if message.kind == "ready":
                limit_s, waiting_for = spec.connect_timeout_s + _GRACE_S, "connect"
            elif message.kind == "opened":
                limit_s, waiting_for = spec.stall_timeout_s, "picture"
            elif message.kind == "frame":
                offset_s = self._take(message, offset_s)
                limit_s = spec.stall_timeout_s
            elif message.kind == "end":
                raise _Ended(fields["problem"])
            elif message.kind == "failed":
                raise _ERRORS[fields["code"]](fields["message"])
            if message.kind != "damage":  # damaged pictures do not prove a sound stream
                sound_until_s = time.monotonic() + limit_s

    def _too_late(self, waiting_for: str) -> SourceError:
        spec = self._spec
        who = f"camera {spec.camera_id}"
        if waiting_for == "boot":
            return _Crashed(
                f"{who}: the capture process did not start within {_BOOT_TIMEOUT_S:g} s;"
                " is the machine overloaded?"
            )
        if waiting_for == "connect":
            return SourceUnreachable(
                f"{who}: {spec.redacted} could not be opened within"
                f" {spec.connect_timeout_s:g} s; check address, name server and network"
            )
        if self._attempt_damaged:
            return SourceStalled(
                f"{who}: only damaged pictures from {spec.redacted} for"
                f" {spec.stall_timeout_s:g} s; check the network, or choose H.264 and a lower"
                " bit rate in the camera"
            )
        return SourceStalled(
            f"{who}: no picture from {spec.redacted} for {spec.stall_timeout_s:g} s although the"
            " connection stands; restart the camera if this lasts"
        )

    def _take(self, message: link.Message, offset_s: float | None) -> float:
        """Queue one frame; returns what is added to this attempt's stream times."""
        fields = message.fields
        now_s = time.monotonic()
        media_time_s: float = fields["media_time_s"]
        if offset_s is None:
            offset_s = self._first_offset_s(media_time_s, now_s)
            self._come_online(now_s)
        media_time_s += offset_s
        self._last_media_time_s, self._last_frame_s = media_time_s, now_s
        self._crashes_in_place = 0
        if self._spec.pace == "fast":
            assert self._start_at is not None  # noqa: S101  (start has set it)
            captured_at = self._start_at + timedelta(seconds=media_time_s)
        else:
            captured_at = datetime.fromtimestamp(fields["captured_at_s"], UTC)
        image = np.frombuffer(message.payload, np.uint8).reshape(
            fields["height"], fields["width"], 3
        )
        self._put(_Picture(captured_at, media_time_s, image))
        return offset_s

    def _first_offset_s(self, media_time_s: float, now_s: float) -> float:
        """Stream time goes on over an outage as the wall clock did."""
        if self._last_media_time_s is None or self._resumes:
            return 0.0
        passed_s = max(now_s - self._last_frame_s, 0.001)
        return self._last_media_time_s + passed_s - media_time_s

    def _come_online(self, now_s: float) -> None:
        self._online_since_s = now_s
        was = self._status.state
        if (
            was in (SourceState.STALLED, SourceState.OFFLINE)
            and self._last_media_time_s is not None
        ):
            self._update(reconnects=self._status.reconnects + 1)
        _log.info("camera %s: online (%s)", self._spec.camera_id, self._spec.redacted)
        self._set_state(SourceState.ONLINE, None)

    def _put(self, picture: _Picture) -> None:
        with self._changed:
            if self._spec.pace == "fast":
                self._changed.wait_for(
                    lambda: len(self._queue) < _QUEUE_FRAMES or self._closing.is_set()
                )
            elif len(self._queue) >= _QUEUE_FRAMES:
                self._queue.popleft()
                self._update(dropped=self._status.dropped + 1)
            if not self._closing.is_set():
                self._queue.append(picture)
                self._changed.notify_all()

    def _set_state(self, state: SourceState, error: SourceError | None) -> None:
        with self._changed:
            if state is self._status.state:
                self._update(error=error)
            else:
                self._update(state=state, error=error, since_monotonic_s=time.monotonic())
            self._changed.notify_all()

    def _update(self, **changes: Any) -> None:
        with self._changed:
            self._status = replace(self._status, **changes)
