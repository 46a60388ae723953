"""One run over one source: opens it, decodes what is needed, and hands over the wanted pictures.

Runs in a thread of a capture process (`pipeline.sources.process`), never in the parent: a decoder
can hang in native code or take the whole process down with it.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipeline.errors import SourceError, SourceUnreachable, SourceUnreadable
from pipeline.gate import Pace
from pipeline.health import StreamClock
from pipeline.sources.lookout import Lookout
from pipeline.sources.opening import explain, open_container
from pipeline.sources.planes import first_plane
from pipeline.sources.reading import PacketReader
from pipeline.sources.ring import PacketRing
from pipeline.sources.spec import SourceKind, SourceSpec
from pipeline.sources.timeline import Sampler, Timeline

__all__ = ["Capture", "Outlet"]

#: Formats whose timestamps are invented by FFmpeg: the arrival is the only clock there is.
_TIMELESS_FORMATS = frozenset({"mpjpeg", "mjpeg", "h264", "hevc", "jpeg_pipe"})
#: Live play lists hand out whole segments at once; playing them a little fast works the
#: backlog off without ever tearing a hole.
_CATCH_UP = 1.05
_ALIVE_EVERY_S = 1.0


class Outlet(Protocol):
    """Where a capture's words and pictures go."""

    def say(self, kind: str, fields: dict[str, Any]) -> None:
        """Send a message."""

    def show(
        self, shape: tuple[int, int, int], draw: Callable[[NDArray[np.uint8]], None]
    ) -> int | None:
        """Have a picture of ``(H, W, 3)`` drawn into shared memory; its slot, None if full."""


class Capture:
    """One run over one source.

    Args:
        spec: What to play.
        skip_s: Recordings that are taken up again: leave out all up to this stream time.
        outlet: Where messages and pictures go.
        stop: Ends the run when set.
    """

    def __init__(
        self, spec: SourceSpec, skip_s: float | None, outlet: Outlet, stop: threading.Event
    ) -> None:
        self._spec = spec
        self._skip_s = skip_s
        self._outlet = outlet
        self._stop = stop
        self._sampler = Sampler(spec.sample_fps)
        self._timeline: Timeline | None = None
        self._clock = StreamClock()
        self._is_timeless = False
        self._speed: float | None = None
        self._said_alive_s = 0.0
        self._played_from_s: float | None = None
        self._played_pictures = 0
        self._dropped = 0
        self._bgr_scaler = VideoReformatter()
        self._camera_epoch_s: float | None = None
        self.ring = PacketRing(spec.preroll_s) if spec.preroll_s > 0 else None
        self._lookout: Lookout | None = None
        decode: Any = "all"
        if spec.watch is not None:
            is_live = spec.kind is not SourceKind.FILE
            self._lookout = Lookout(spec.watch, may_freeze=is_live)
            decode = spec.watch.decode
        self._reader = PacketReader(
            decode=decode,
            at_rest=lambda: self._lookout is not None and self._lookout.is_at_rest(),
            on_damage=lambda: self._say_alive(is_sound=False),
            ring=self.ring,
        )

    def set_pace(self, pace: Pace) -> None:
        """What the runner asks of the camera from now on; safe from another thread."""
        if self._lookout is not None:
            self._lookout.set_pace(pace)

    def run(self) -> None:
        """Play until stopped or ended; SourceError says why a stream was lost."""
        while not self._stop.is_set():
            container = open_container(self._spec)
            with container:
                is_recording = self._prepare(container)
                problem = self._play(container, is_recording)
            if self._stop.is_set():
                return
            is_lost = problem is not None and self._spec.kind is SourceKind.HTTP
            if not is_recording or (is_lost and self._spec.pace == "live"):
                raise SourceUnreachable(
                    f"camera {self._spec.camera_id}: the device ended the stream"
                    f" ({self._spec.redacted}); it may be restarting"
                )
            if problem is not None and self._played_pictures == 0:
                raise problem
            if not self._spec.loop:
                message = "" if problem is None else str(problem)
                self._outlet.say("end", {"problem": message, **self._figures()})
                return

    def _prepare(self, container: InputContainer) -> bool:
        """Choose clock and pace for what has been opened; true where it has an end."""
        stream = container.streams.video[0]
        kind = self._spec.kind
        is_recording = kind is SourceKind.FILE or (
            kind is SourceKind.HTTP and container.duration is not None
        )
        self._is_timeless = container.format.name in _TIMELESS_FORMATS and not is_recording
        if self._timeline is None:
            rate = stream.average_rate or stream.guessed_rate
            max_lead_s = None if is_recording else 5.0 if kind is SourceKind.RTSP else 60.0
            self._timeline = Timeline(
                frame_interval_s=float(1 / rate) if rate else 0.04, max_lead_s=max_lead_s
            )
        else:
            self._timeline.restart()
        if self._spec.pace == "fast" or self._skip_s is not None:
            stream.thread_type = "AUTO"
        else:
            # One core a camera: the machine's other cores have cameras of their own.
            stream.codec_context.thread_count = 1
        if self._spec.pace == "live" and is_recording:
            self._speed = 1.0
        elif kind is SourceKind.HTTP and self._spec.pace == "live" and not self._is_timeless:
            self._speed = _CATCH_UP
        self._reader.restart(container)
        self._played_pictures = 0
        start_us = container.start_time_realtime if kind is SourceKind.RTSP else None
        self._camera_epoch_s = start_us / 1e6 if start_us and start_us > 0 else None
        self._outlet.say("opened", {"format": container.format.name})
        return is_recording

    def _play(self, container: InputContainer, is_recording: bool) -> SourceError | None:
        """Send what is wanted; the reason where a recording ends before its time."""
        stream = container.streams.video[0]
        first_s = last_s = 0.0
        try:
            for picture in self._reader.pictures(container):
                if self._stop.is_set():
                    return None
                assert self._timeline is not None  # noqa: S101  (set by _prepare)
                pts_s = None if self._is_timeless else picture.time
                arrival_s = time.monotonic()
                media_time_s = self._timeline.advance(pts_s, arrival_s=arrival_s)
                if not is_recording:
                    self._tell_time(container, pts_s, arrival_s)
                self._played_pictures += 1
                if pts_s is not None:
                    first_s = pts_s if self._played_pictures == 1 else first_s
                    last_s = pts_s
                self._offer(picture, media_time_s)
        except (av.error.FFmpegError, OSError) as error:
            if not is_recording:
                raise explain(error, self._spec, opening=False) from None
            return self._cut_short(last_s - first_s, stream)
        return self._cut_short(last_s - first_s, stream) if is_recording else None

    def _tell_time(self, container: InputContainer, pts_s: float | None, arrival_s: float) -> None:
        camera_s = None
        if self._camera_epoch_s is None and self._spec.kind is SourceKind.RTSP:
            # The first sender report comes a moment after the first picture.
            start_us = container.start_time_realtime
            self._camera_epoch_s = start_us / 1e6 if start_us and start_us > 0 else None
        if self._camera_epoch_s is not None and pts_s is not None:
            camera_s = self._camera_epoch_s + pts_s
        self._clock.advance(pts_s, arrival_s=arrival_s, wall_s=time.time(), camera_wall_s=camera_s)

    def _figures(self) -> dict[str, Any]:
        """What is worth telling with every message."""
        figures: dict[str, Any] = {
            "decode_errors": self._reader.damaged,
            "decoded": self._reader.decoded,
            "keys_only": self._reader.keys_only,
            "dropped": self._dropped,
            "lag_s": round(self._clock.lag_s, 3),
            "clock_drifts": self._clock.drifts(time.monotonic()),
            "clock_offset_s": self._clock.offset_s,
        }
        if self._lookout is not None:
            figures["looked"] = self._lookout.looked
            figures["changed"] = self._lookout.changed
            figures["gate_cpu_s"] = round(self._lookout.cpu_s, 4)
            figures["picture"] = self._lookout.picture.value
        return figures

    def _offer(self, picture: VideoFrame, media_time_s: float) -> None:
        wanted = self._sampler.wants(media_time_s)
        if self._skip_s is not None and media_time_s <= self._skip_s + 1e-6:
            self._say_alive()
            return
        if self._speed is not None:
            self._wait_for(media_time_s)
        if not wanted or self._stop.is_set():
            self._say_alive()
            return
        if self._lookout is not None and not self._lookout.wants(
            picture, media_time_s, keys=self._reader.keys
        ):
            self._say_alive()
            return
        lag_s = self._clock.lag_s
        captured_at_s, decoded_s = time.time() - lag_s, time.monotonic() - lag_s
        quarter_turns = round(picture.rotation / 90) % 4
        height, width = picture.height, picture.width
        if quarter_turns % 2:
            height, width = width, height
        slot = self._outlet.show(
            (height, width, 3), lambda target: self._draw(picture, quarter_turns, target)
        )
        if slot is None:
            self._dropped += 1
            self._say_alive()
            return
        self._outlet.say(
            "frame",
            {
                "slot": slot,
                "media_time_s": media_time_s,
                "captured_at_s": captured_at_s,
                "decoded_s": decoded_s,
                "heartbeat": self._lookout is not None and self._lookout.is_heartbeat,
                "height": height,
                "width": width,
                **self._figures(),
            },
        )
        self._said_alive_s = time.monotonic()

    def _draw(self, picture: VideoFrame, quarter_turns: int, target: NDArray[np.uint8]) -> None:
        """Write the picture upright as BGR into ``target``."""
        bgr = self._bgr_scaler.reformat(picture, format="bgr24")
        rows = first_plane(bgr)
        image = rows[: picture.height, : 3 * picture.width].reshape(
            picture.height, picture.width, 3
        )
        target[...] = np.rot90(image, quarter_turns) if quarter_turns else image

    def _wait_for(self, media_time_s: float) -> None:
        """Sleep until the picture's time has come, at the chosen speed."""
        assert self._speed is not None  # noqa: S101  (the caller has asked)
        if self._played_from_s is None:
            self._played_from_s = time.monotonic() - media_time_s / self._speed
        while not self._stop.is_set():
            left_s = self._played_from_s + media_time_s / self._speed - time.monotonic()
            if left_s <= 0:
                # A live stream that fell behind starts a new count, or it would rush for ever.
                if self._speed != 1.0:
                    self._played_from_s -= left_s
                return
            self._stop.wait(min(left_s, _ALIVE_EVERY_S / 2))
            self._say_alive()

    def _say_alive(self, *, is_sound: bool = True) -> None:
        """Tell the parent, now and then, that pictures come although none is wanted yet."""
        now_s = time.monotonic()
        if now_s - self._said_alive_s < _ALIVE_EVERY_S:
            return
        self._said_alive_s = now_s
        self._outlet.say("alive" if is_sound else "damage", self._figures())

    def _cut_short(self, span_s: float, stream: Any) -> SourceUnreadable | None:
        """The reason, where a recording gave clearly less than its header promises."""
        if stream.duration is None or self._is_timeless:
            return None
        promised_s = float(stream.duration * stream.time_base)
        rate = stream.average_rate
        slack_s = 0.5 + (2.0 / float(rate) if rate else 0.0)
        if span_s + slack_s >= promised_s:
            return None
        return SourceUnreadable(
            f"camera {self._spec.camera_id}: {self._spec.redacted} is cut short: its header"
            f" promises {promised_s:.1f} s, {span_s:.1f} s could be read; copy or record it again"
        )
