"""What a source is asked to do, and what it says about itself."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, SourceError
from pipeline.health import PictureState
from pipeline.sources.redact import connectable_url, redact_url

__all__ = ["SourceKind", "SourceSpec", "SourceState", "SourceStatus", "WatchPlan"]

Decode = Literal["auto", "all", "keys"]


class SourceKind(StrEnum):
    """How frames are reached; it chooses the clock, the pace and what an end means."""

    FILE = "file"
    RTSP = "rtsp"
    HTTP = "http"
    WEBCAM = "webcam"


class SourceState(StrEnum):
    """What a source is doing.

    ``connecting`` holds only until the first answer, good or bad. ``stalled`` and ``offline``
    hold through all further attempts, until a frame arrives: a place that cannot be seen must
    not flicker between two words. ``ended`` is final.
    """

    CONNECTING = "connecting"
    ONLINE = "online"
    STALLED = "stalled"
    OFFLINE = "offline"
    ENDED = "ended"


_SCHEMES = {
    "rtsp": SourceKind.RTSP,
    "rtsps": SourceKind.RTSP,
    "http": SourceKind.HTTP,
    "https": SourceKind.HTTP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPlan:
    """How a live camera is watched at little cost: what the capture process decides by itself.

    Attributes:
        every_s: A picture is handed over at least so often although nothing changes, in
            seconds; `CameraSource.set_pace` changes it while the camera runs.
        hold_s: How long after the last change every sampled picture is handed over, in seconds.
        zones_norm: Polygons where change counts, corners as shares of width and height; empty
            means everywhere.
        decode: ``auto`` decodes key frames only while nothing changes, where the stream's key
            frames are close enough; ``all`` never rests, ``keys`` never does more.
    """

    every_s: float
    hold_s: float
    zones_norm: tuple[tuple[tuple[float, float], ...], ...] = ()
    decode: Decode = "auto"

    def __post_init__(self) -> None:
        for name in ("every_s", "hold_s"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise ConfigError(f"watch plan: {name}: expected a number above 0, got {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """One camera or recording, and how to watch it.

    Attributes:
        camera_id: The camera's id in the site file.
        url: A path, ``rtsp://``, ``rtsps://``, ``http://`` or ``https://`` (MJPEG, HLS, FLV,
            MP4), or ``webcam:N``. It may hold credentials: never print it, print `redacted`.
        sample_fps: Frames a second of stream time that reach the parent; above the stream's
            own rate every frame comes.
        loop: Begin again at the end of a file; ``media_time_s`` keeps growing.
        pace: ``live`` plays files at their own speed and drops the oldest frame when the
            consumer is slow; ``fast`` hands over every sampled frame as quickly as it is
            taken, and is for recordings only.
        start_at: Wall clock of media time 0 in fast pace, aware; None means the moment of
            `CameraSource.start`.
        connect_timeout_s: Limit from the attempt to the opened stream.
        stall_timeout_s: Limit without a sound picture, after which the stream is given up.
        backoff_min_s: Shortest pause between two attempts.
        backoff_max_s: Longest pause; also the pause after a refused password, since cameras
            lock an address out after a handful of wrong ones.
        watch: Live pace only: hand over what a detector should look at, not every sampled
            picture. None hands over every sampled picture.
        preroll_s: Compressed video that is kept for `CameraSource.cut_clip`, in seconds.
        hwaccel: Decoder of the machine that is tried first, such as ``vaapi``, ``qsv`` or
            ``cuda``; software where it is not there. None means software.

    Raises:
        ConfigError: A field is out of range or the address is of no known kind.
    """

    camera_id: str
    url: str = field(repr=False)
    sample_fps: float
    loop: bool = False
    pace: Literal["live", "fast"] = "live"
    start_at: datetime | None = None
    connect_timeout_s: float = 10.0
    stall_timeout_s: float = 20.0
    backoff_min_s: float = 1.0
    backoff_max_s: float = 60.0
    watch: WatchPlan | None = None
    preroll_s: float = 0.0
    hwaccel: str | None = None

    def __post_init__(self) -> None:
        who = f"camera {self.camera_id}"
        kind = self.kind  # raises for an unknown scheme
        for name in ("sample_fps", "connect_timeout_s", "stall_timeout_s", "backoff_min_s"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise ConfigError(f"{who}: {name}: expected a number above 0, got {value}")
        if not self.backoff_min_s <= self.backoff_max_s < float("inf"):
            raise ConfigError(
                f"{who}: backoff_max_s: expected at least backoff_min_s"
                f" ({self.backoff_min_s:g}), got {self.backoff_max_s}"
            )
        if not 0 <= self.preroll_s <= 60:
            raise ConfigError(f"{who}: preroll_s: expected 0 to 60 seconds, got {self.preroll_s}")
        if self.pace not in ("live", "fast"):
            raise ConfigError(f"{who}: pace: expected 'live' or 'fast', got {self.pace!r}")
        if self.pace == "fast" and kind in (SourceKind.RTSP, SourceKind.WEBCAM):
            raise ConfigError(
                f"{who}: pace: 'fast' is for recordings; {self.redacted} is live, use 'live'"
            )
        if self.pace == "fast" and self.watch is not None:
            raise ConfigError(
                f"{who}: watch: a recording in fast pace is judged picture by picture"
            )
        if self.start_at is not None and self.start_at.tzinfo is None:
            raise ConfigError(
                f"{who}: start_at: expected a time with a timezone, such as"
                f" 2026-05-01T08:00:00+08:00, got {self.start_at.isoformat()}"
            )

    @property
    def redacted(self) -> str:
        """The address without user name, password or token; fit for people and logs."""
        return redact_url(self.url)

    @property
    def kind(self) -> SourceKind:
        """What the address points to; ConfigError where that cannot be told."""
        scheme, found, _ = self.url.partition("://")
        if found:
            kind = _SCHEMES.get(scheme.lower())
            if kind is None:
                raise ConfigError(
                    f"camera {self.camera_id}: source: expected a path, rtsp://, http:// or"
                    f" webcam:N, got {redact_url(self.url)}"
                )
            self._check_host(kind)
            return kind
        if self.url.startswith("webcam:"):
            number = self.url.removeprefix("webcam:")
            if not (number.isascii() and number.isdigit()):
                raise ConfigError(
                    f"camera {self.camera_id}: source: expected webcam:N with a number,"
                    f" such as webcam:0, got {self.url}"
                )
            return SourceKind.WEBCAM
        if not self.url:
            raise ConfigError(f"camera {self.camera_id}: source: expected an address, got none")
        return SourceKind.FILE

    def _check_host(self, kind: SourceKind) -> None:
        parts = None
        try:
            parts = urlsplit(connectable_url(self.url))
            port_ok = parts.port is None or parts.port > 0
        except ValueError:  # a port that is no number, or a broken IPv6 address
            port_ok = False
        if parts is None or not parts.hostname or not port_ok:
            raise ConfigError(
                f"camera {self.camera_id}: source: expected {kind}://host[:port]/path with a"
                f" port of 1 to 65535, got {self.redacted}"
            )

    @property
    def path(self) -> Path:
        """The file, for sources that are one."""
        return Path(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source is doing at one moment.

    Attributes:
        state: See `SourceState`.
        error: Why there are no frames, or why a recording ended early; None while all is well.
        since_monotonic_s: `time.monotonic` of the last change of ``state``.
        reconnects: How often frames came again after they had been lost.
        stalls: How often pictures failed to come although the connection stood.
        frames: Frames handed out by ``get``.
        dropped: Frames replaced by newer ones before anybody took them.
        decode_errors: Pictures that were damaged and therefore withheld.
        looked: Pictures that the change gate has looked at; 0 without a watch plan.
        changed: Of those, the ones in which something had changed.
        decoded: Pictures decoded.
        gate_cpu_s: CPU time that gate and health have taken, in seconds.
        keys_only: Whether only key frames are decoded at present.
        picture: What the pixels say about the camera.
        clock_drifts: Whether the camera's clock is off or has lately been stepped.
        clock_offset_s: Camera's wall clock less ours, in seconds; None where it tells none.
        age_s: How old the last frame was when it was handed out, in seconds.
        heartbeat: Whether that frame was handed out although nothing had changed.
        lag_s: How much later pictures come than they could, in seconds.
    """

    state: SourceState
    error: SourceError | None = None
    since_monotonic_s: float = 0.0
    reconnects: int = 0
    stalls: int = 0
    frames: int = 0
    dropped: int = 0
    decode_errors: int = 0
    looked: int = 0
    changed: int = 0
    decoded: int = 0
    gate_cpu_s: float = 0.0
    keys_only: bool = False
    picture: PictureState = PictureState.SOUND
    clock_drifts: bool = False
    clock_offset_s: float | None = None
    age_s: float = 0.0
    heartbeat: bool = False
    lag_s: float = 0.0
