"""`CameraSource`: one camera, watched over for as long as it takes."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceAuthError, SourceError, SourceStalled, SourceUnreadable
from pipeline.gate import Pace
from pipeline.health import PictureState
from pipeline.sources import link
from pipeline.sources.attempt import CaptureCrashed, RecordingEnded, listen
from pipeline.sources.backoff import Backoff
from pipeline.sources.group import Channel
from pipeline.sources.pool import CapturePool
from pipeline.sources.spec import SourceKind, SourceSpec, SourceState, SourceStatus
from pipeline.types import Frame

__all__ = ["CameraSource"]

_log = logging.getLogger(__name__)

#: Frames between the capture process and the consumer; more would only be older.
_QUEUE_FRAMES = 4
#: A picture under watch that has waited longer goes, if a newer one waits behind it.
_STALE_S = 1.0
_POLITE_END_S = 1.0
#: A recording that kills its decoder at the same picture again and again is given up.
_MAX_CRASHES_IN_PLACE = 3


class _Picture(NamedTuple):
    captured_at: datetime
    media_time_s: float
    decoded_s: float
    is_heartbeat: bool
    image: NDArray[np.uint8]


class CameraSource:
    """Frames of one camera or recording, out of a process that can be killed.

    ``start`` returns at once and never raises for a camera that is not there: `status` tells.
    A live source is tried again for ever, with pauses; so is a missing or damaged file in live
    pace, since a share may come back. A recording in fast pace ends at its first failure.

    Use it as a context manager, or call `close`.

    Args:
        spec: What to watch and how.
        pool: Capture processes shared with other sources; None takes a process of its own.
    """

    def __init__(self, spec: SourceSpec, *, pool: CapturePool | None = None) -> None:
        self._spec = spec
        self._pool = pool or CapturePool(cameras_a_process=1)
        self._owns_pool = pool is None
        self._pace: Pace | None = None
        self._clips: dict[int, Callable[[str], None]] = {}
        self._next_ticket = 1
        self._dropped_in_child = 0
        self._changed = threading.Condition()
        self._queue: deque[_Picture] = deque()
        self._status = SourceStatus(
            state=SourceState.CONNECTING, since_monotonic_s=time.monotonic()
        )
        self._closing = threading.Event()
        self._channel: Channel | None = None
        self._before = self._status
        self._thread: threading.Thread | None = None
        self._backoff = Backoff(min_s=spec.backoff_min_s, max_s=spec.backoff_max_s)
        self._start_at = spec.start_at
        self._last_media_time_s: float | None = None
        self._last_frame_s = 0.0
        self._attempt_offset_s: float | None = None  # added to stream times of this attempt
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
            return None if self._channel is None else self._channel.pid

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
            channel, thread = self._channel, self._thread
            self._changed.notify_all()
        if channel is not None:
            channel.hear(None)  # whoever listens leaves at once
        if self._owns_pool:
            self._pool.close()
        if thread is not None:
            thread.join()
        self._set_state(SourceState.ENDED, self._status.error)

    def set_pace(self, pace: Pace) -> None:
        """How often a detector wants to look from now on; only with a watch plan."""
        with self._changed:
            if pace == self._pace:
                return
            self._pace = pace
            channel = self._channel
        if channel is not None:
            channel.set_pace(pace)

    def cut_clip(
        self, path: Path, *, begin_at: datetime, end_at: datetime, on_done: Callable[[str], None]
    ) -> None:
        """Have the stream between two moments written as an MP4, as the camera sent it.

        Only with ``preroll_s`` in the spec, and no further back than that; the clip begins with
        the key frame before ``begin_at``.

        Args:
            path: The file to write; it appears only when it is whole.
            begin_at: Aware.
            end_at: Aware; may lie a few seconds in the future.
            on_done: Called once from another thread: with an empty text when the file is
                there, else with the reason why it will not come.
        """
        with self._changed:
            channel = self._channel
            ticket = self._next_ticket
            self._next_ticket += 1
            if channel is not None:
                self._clips[ticket] = on_done
        if channel is None:
            on_done("the camera is not connected")
            return
        channel.cut_clip(ticket, path, begin_s=begin_at.timestamp(), end_s=end_at.timestamp())

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
            now_s = time.monotonic()
            while self._spec.watch and self._queue and now_s - picture.decoded_s > _STALE_S:
                picture = self._queue.popleft()
                self._update(dropped=self._status.dropped + 1)
            index = self._status.frames
            age_s = max(now_s - picture.decoded_s, 0.0)
            self._update(frames=index + 1, age_s=age_s, heartbeat=picture.is_heartbeat)
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
        who = f"camera {self._spec.camera_id}"
        while not self._closing.is_set():
            self._online_since_s = None
            try:
                self._attempt()
            except RecordingEnded as end:
                self._end(SourceUnreadable(str(end)) if str(end) else None)
                return
            except SourceError as failure:
                error = failure
            except OSError as failure:
                reason = f"{failure.strerror}; too many processes or open files?"
                error = SourceError(f"{who}: the capture process cannot be started: {reason}")
            except Exception as bug:  # noqa: BLE001  (logged, shown in status, tried again)
                _log.exception("%s: a mistake in LifeLane itself", who)
                error = SourceError(
                    f"{who}: reading it failed inside LifeLane ({type(bug).__name__}); it is"
                    " tried again; please report the log"
                )
            if self._closing.is_set():
                return
            if self._is_final(error):
                self._end(error)
                return
            self._go_offline(error)
            self._pause()

    def _is_final(self, error: SourceError) -> bool:
        """Whether trying again is pointless: only ever so for recordings in fast pace."""
        crashed = isinstance(error, CaptureCrashed)
        self._crashes_in_place = self._crashes_in_place + 1 if crashed else 0
        may_resume = crashed and (self._resumes or self._spec.loop)
        return self._spec.pace == "fast" and not (
            may_resume and self._crashes_in_place < _MAX_CRASHES_IN_PLACE
        )

    def _end(self, error: SourceError | None) -> None:
        if error is not None:
            _log.warning("%s", error)
        self._set_state(SourceState.ENDED, error)

    def _go_offline(self, error: SourceError) -> None:
        is_news = str(self._status.error) != str(error)
        _log.log(logging.WARNING if is_news else logging.DEBUG, "%s", error)
        stalled = isinstance(error, SourceStalled)
        if stalled and self._status.state is SourceState.ONLINE:
            self._update(stalls=self._status.stalls + 1)
        self._set_state(SourceState.STALLED if stalled else SourceState.OFFLINE, error)

    def _pause(self) -> None:
        healthy_s = 0.0
        if self._online_since_s is not None:
            healthy_s = time.monotonic() - self._online_since_s
        pause_s = self._backoff.next_s(healthy_s=healthy_s)
        if isinstance(self._status.error, SourceAuthError):
            pause_s = self._spec.backoff_max_s
        with self._changed:
            self._changed.wait_for(self._closing.is_set, pause_s)

    def _attempt(self) -> None:
        """One attempt from start to end; always leaves by an exception or `close`."""
        skip_s = self._last_media_time_s if self._resumes else None
        if self._closing.is_set():
            return
        channel = self._pool.open(self._spec, skip_s=skip_s)
        with self._changed:
            self._channel = channel
            pace, closing = self._pace, self._closing.is_set()
        self._attempt_offset_s = None
        self._before = self._status
        self._dropped_in_child = 0
        try:
            if pace is not None:
                channel.set_pace(pace)
            if not closing:
                listen(
                    channel,
                    self._spec,
                    on_frame=self._take,
                    on_figures=self._note_figures,
                    on_clip=self._note_clip,
                )
        finally:
            with self._changed:
                self._channel = None
                waiting, self._clips = self._clips, {}
            channel.end(_POLITE_END_S)
            for done in waiting.values():
                done("the stream was lost")

    @property
    def _resumes(self) -> bool:
        """Recordings are taken up where they were lost; loops and cameras just go on."""
        return self._spec.kind is SourceKind.FILE and not self._spec.loop

    def _note_figures(self, message: link.Message) -> None:
        fields, before = message.fields, self._before
        changes: dict[str, Any] = {
            name: getattr(before, name) + fields.get(name, 0)
            for name in ("decode_errors", "decoded", "looked", "changed", "gate_cpu_s")
        }
        dropped = fields["dropped"] - self._dropped_in_child
        self._dropped_in_child = fields["dropped"]
        self._update(
            **changes,
            dropped=self._status.dropped + max(dropped, 0),
            keys_only=fields["keys_only"],
            lag_s=fields["lag_s"],
            clock_drifts=fields["clock_drifts"],
            clock_offset_s=fields["clock_offset_s"],
            picture=PictureState(fields.get("picture", PictureState.SOUND)),
        )

    def _note_clip(self, message: link.Message) -> None:
        with self._changed:
            done = self._clips.pop(message.fields["ticket"], None)
        if done is not None:
            done(message.fields["problem"])

    def _take(self, message: link.Message) -> None:
        """Queue one frame."""
        fields = message.fields
        now_s = time.monotonic()
        media_time_s: float = fields["media_time_s"]
        if self._attempt_offset_s is None:
            self._attempt_offset_s = self._first_offset_s(media_time_s, now_s)
            self._come_online(now_s)
        media_time_s += self._attempt_offset_s
        self._last_media_time_s, self._last_frame_s = media_time_s, now_s
        self._crashes_in_place = 0
        if self._spec.pace == "fast":
            assert self._start_at is not None  # noqa: S101  (start has set it)
            captured_at = self._start_at + timedelta(seconds=media_time_s)
        else:
            captured_at = datetime.fromtimestamp(fields["captured_at_s"], UTC)
        assert self._channel is not None  # noqa: S101  (frames come through it)
        image = self._channel.region.picture(fields["slot"], (fields["height"], fields["width"], 3))
        self._put(
            _Picture(captured_at, media_time_s, fields["decoded_s"], fields["heartbeat"], image)
        )

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
