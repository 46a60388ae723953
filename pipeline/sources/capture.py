"""The capture process: opens one stream, decodes it, and sends the wanted pictures.

It runs apart from the rest because a decoder can hang in native code or take the whole process
down with it; here it can be killed. The job comes as JSON on standard input (never on the command
line, where every user of the machine could read the password), messages leave through standard
output. When standard input closes, the parent has gone or wants an end, and the process ends.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import av
import av.error
import av.logging
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from pipeline.errors import SourceError, SourceUnreachable, SourceUnreadable
from pipeline.sources import link
from pipeline.sources.job import decode_job
from pipeline.sources.opening import explain, open_container
from pipeline.sources.redact import redact_text
from pipeline.sources.spec import SourceKind, SourceSpec
from pipeline.sources.timeline import Sampler, Timeline

__all__ = ["main"]

#: Formats whose timestamps are invented by FFmpeg: the arrival is the only clock there is.
_TIMELESS_FORMATS = frozenset({"mpjpeg", "mjpeg", "h264", "hevc", "jpeg_pipe"})
#: After damage, pictures are withheld until the next key frame, but no more than this many:
#: cameras with rolling intra refresh never send a second key frame.
_DISTRUSTED_PICTURES = 300
#: Live play lists hand out whole segments at once; playing them a little fast works the
#: backlog off without ever tearing a hole.
_CATCH_UP = 1.05
_ALIVE_EVERY_S = 1.0
_PR_SET_PDEATHSIG = 1

Send = Callable[..., None]


class _Capture:
    """One run over one source."""

    def __init__(
        self, spec: SourceSpec, skip_s: float | None, send: Send, stop: threading.Event
    ) -> None:
        self._spec = spec
        self._skip_s = skip_s
        self._send = send
        self._stop = stop
        self._sampler = Sampler(spec.sample_fps)
        self._timeline: Timeline | None = None
        self._is_timeless = False
        self._speed: float | None = None
        self._damaged = 0
        self._withhold = 0
        self._said_alive_s = 0.0
        self._played_from_s: float | None = None
        self._played_pictures = 0

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
                self._send("end", {"problem": message, "decode_errors": self._damaged})
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
        self._withhold = 0
        self._played_pictures = 0
        self._send("opened", {"format": container.format.name})
        return is_recording

    def _play(self, container: InputContainer, is_recording: bool) -> SourceError | None:
        """Send what is wanted; the reason where a recording ends before its time."""
        stream = container.streams.video[0]
        first_s = last_s = 0.0
        try:
            for picture in self._pictures(container):
                if self._stop.is_set():
                    return None
                assert self._timeline is not None  # noqa: S101  (set by _prepare)
                pts_s = None if self._is_timeless else picture.time
                media_time_s = self._timeline.advance(pts_s, arrival_s=time.monotonic())
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

    def _pictures(self, container: InputContainer) -> Iterator[VideoFrame]:
        """Sound pictures only; damaged ones, and what was built upon them, are counted."""
        for packet in container.demux(container.streams.video[0]):
            if packet.is_corrupt and packet.size:
                self._distrust()
                continue
            try:
                pictures = packet.decode()
            except av.error.FFmpegError:
                self._distrust()
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    self._distrust()
                elif picture.key_frame or not self._withhold:
                    self._withhold = 0
                    yield picture
                else:
                    self._withhold -= 1
                    self._damaged += 1

    def _distrust(self) -> None:
        """A damaged picture: the next ones are built upon it, and would show grey smears."""
        self._damaged += 1
        self._withhold = _DISTRUSTED_PICTURES
        self._say_alive(is_sound=False)

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
        image = _to_bgr(picture)
        self._send(
            "frame",
            {
                "media_time_s": media_time_s,
                "captured_at_s": time.time(),
                "height": image.shape[0],
                "width": image.shape[1],
                "decode_errors": self._damaged,
            },
            image.data,
        )
        self._said_alive_s = time.monotonic()

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
        self._send("alive" if is_sound else "damage", {"decode_errors": self._damaged})

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


def _to_bgr(picture: VideoFrame) -> NDArray[np.uint8]:
    """The picture upright, ``(H, W, 3)`` uint8 BGR, C-contiguous."""
    image = picture.to_ndarray(format="bgr24")
    quarter_turns = round(picture.rotation / 90) % 4
    if quarter_turns:
        image = np.rot90(image, quarter_turns)
    return np.ascontiguousarray(image, dtype=np.uint8)


def _die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the parent's thread dies; the pipe is the other way."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            import ctypes  # noqa: PLC0415  (only here, and only on Linux)

            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch_parent(stop: threading.Event) -> None:
    """Stop when standard input closes; leave by force where a native call does not return."""
    while os.read(0, 4096):
        pass
    stop.set()
    time.sleep(1.0)
    os._exit(0)


def main() -> None:
    """Run the job on standard input until it ends or standard input closes."""
    _die_with_parent()
    av.logging.set_level(None)  # its lines hold the address with the password
    out = os.dup(1)
    os.dup2(2, 1)  # stray prints of libraries must not mix with messages
    line = bytearray()
    while not line.endswith(b"\n"):
        chunk = os.read(0, 65536)
        if not chunk:
            return
        line += chunk
    spec, skip_s = decode_job(bytes(line))
    stop = threading.Event()
    threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()

    def send(kind: str, fields: dict[str, Any], payload: Any = b"") -> None:
        try:
            link.send(out, kind, fields, payload)
        except BrokenPipeError:
            stop.set()

    send("ready", {})
    capture = _Capture(spec, skip_s, send, stop)
    try:
        capture.run()
    except SourceError as error:
        send("failed", {"code": error.code, "message": str(error)})
    except Exception as error:  # noqa: BLE001  (reported to the parent, which restarts us)
        reason = redact_text(f"{type(error).__name__}: {error}", spec.url)
        send(
            "failed",
            {
                "code": SourceError.code,
                "message": f"camera {spec.camera_id}: reading {spec.redacted} failed: {reason}",
            },
        )
