"""Opening a stream with FFmpeg, and turning its errors into ours.

Runs inside the capture process. No text of FFmpeg reaches a message unless it is a plain reason
without the address: its own wording repeats the URL with the password.
"""

import contextlib
import errno
import platform
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import av
import av.error
from av.codec.hwaccel import HWAccel
from av.container import InputContainer

from pipeline.errors import (
    SourceAuthError,
    SourceError,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from pipeline.sources.redact import connectable_url, redact_text
from pipeline.sources.spec import SourceKind, SourceSpec

__all__ = ["check_file", "explain", "open_container"]

#: Demuxers that make pictures of things that are none: a text file is "played" by tty.
_NO_VIDEO_FORMATS = frozenset({"tty", "bin", "xbin", "adf", "idf"})

_REFUSED_ERRNOS = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)


def check_file(spec: SourceSpec) -> None:
    """Refuse what is plainly no video, with the plainest reason.

    Raises:
        SourceUnreadable: Missing, a folder, empty, or not allowed to be read.
    """
    path = spec.path
    who = f"camera {spec.camera_id}"
    try:
        if path.is_dir():
            raise SourceUnreadable(f"{who}: {path} is a folder; name one video file")
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise SourceUnreadable(
            f"{who}: there is no file {path}; check the name, or whether the share is mounted"
        ) from error
    except OSError as error:
        raise SourceUnreadable(
            f"{who}: {path} cannot be read: {error.strerror}; check owner and rights"
        ) from error
    if empty:
        raise SourceUnreadable(f"{who}: {path} is empty (0 bytes); copy or record it again")


def _target(spec: SourceSpec) -> tuple[str, str | None, dict[str, str]]:
    """What FFmpeg opens, in which format, with which options."""
    micros = str(int(spec.stall_timeout_s * 1e6))
    if spec.kind is SourceKind.RTSP:
        options = {
            # UDP loses packets in every switch room; TCP or nothing.
            "rtsp_transport": "tcp",
            # Sound is never looked at, and half the cameras describe theirs wrongly.
            "allowed_media_types": "video",
            "timeout": micros,
            # Pictures that are read to guess the rate arrive late; the rate is not needed.
            "fpsprobesize": "0",
            "analyzeduration": "3000000",
            "user_agent": "LifeLane",
        }
        return connectable_url(spec.url), None, options
    if spec.kind is SourceKind.HTTP:
        options = {
            "rw_timeout": micros,
            "user_agent": "LifeLane",
            "analyzeduration": "2000000",
            # A play list must not be able to reach files of this machine.
            "protocol_whitelist": "http,https,httpproxy,tcp,tls,crypto,data",
        }
        return connectable_url(spec.url), None, options
    if spec.kind is SourceKind.WEBCAM:
        number = spec.url.removeprefix("webcam:")
        if platform.system() == "Linux":
            return f"/dev/video{number}", "v4l2", {}
        if platform.system() == "Darwin":
            return number, "avfoundation", {"framerate": "30"}
        raise SourceUnreadable(
            f"camera {spec.camera_id}: webcam:N works on Linux and macOS; on this system give"
            " the camera an RTSP or HTTP address"
        )
    # The prefix keeps a name such as "concat:..." from meaning anything but a file.
    return f"file:{spec.path.absolute()}", None, {"protocol_whitelist": "file,crypto,data"}


def _accelerator(spec: SourceSpec) -> HWAccel | None:
    """The hardware decoder that was asked for; None where this FFmpeg or machine has none."""
    if spec.hwaccel is None:
        return None
    try:
        return HWAccel(device_type=spec.hwaccel, allow_software_fallback=True)
    except (av.error.FFmpegError, ValueError, NotImplementedError):
        return None


def _opened(spec: SourceSpec, target: str, **how: Any) -> Any:
    accelerator = _accelerator(spec)
    if accelerator is not None:
        # A device that is not there, or not ours, shows only now; nothing was sent yet.
        with contextlib.suppress(PermissionError, NotImplementedError):
            return av.open(target, hwaccel=accelerator, **how)
    return av.open(target, **how)


def open_container(spec: SourceSpec) -> InputContainer:
    """Open the source and check that it holds video.

    Raises:
        SourceError: Typed reason, without secrets.
    """
    if spec.kind is SourceKind.FILE:
        check_file(spec)
    target, container_format, options = _target(spec)
    is_remote = spec.kind in (SourceKind.RTSP, SourceKind.HTTP)
    # The second limit is a safety net below the parent's own watch.
    timeout = (spec.connect_timeout_s, spec.stall_timeout_s + 5.0) if is_remote else None
    started_s = time.monotonic()
    try:
        container = _opened(spec, target, format=container_format, options=options, timeout=timeout)
    except (av.error.FFmpegError, OSError) as error:
        # RTSP reports a silent device as invalid data; only the time tells them apart.
        took_s = time.monotonic() - started_s
        timed_out = is_remote and took_s >= 0.95 * spec.connect_timeout_s
        raise explain(error, spec, opening=True, timed_out=timed_out) from None
    if not container.streams.video or container.format.name in _NO_VIDEO_FORMATS:
        container.close()
        raise SourceUnreadable(
            f"camera {spec.camera_id}: {spec.redacted} opens, but holds no video"
            f" (FFmpeg takes it for {container.format.name}); name the video stream"
        )
    if container.streams.video[0].codec_context is None:
        container.close()
        raise SourceUnreadable(
            f"camera {spec.camera_id}: {spec.redacted} sends video in a coding that cannot be"
            " decoded here; set the camera to H.264 or H.265, without manufacturer's extensions"
        )
    found: InputContainer = container
    return found


def _answers(spec: SourceSpec) -> tuple[bool, str]:
    """Whether the port can be connected to, and why not; only asked after a failure."""
    parts = urlsplit(connectable_url(spec.url))
    default_port = {"https": 443, "http": 80, "rtsps": 322}.get(parts.scheme, 554)
    address = (parts.hostname or "", parts.port or default_port)
    try:
        with socket.create_connection(address, timeout=min(3.0, spec.connect_timeout_s)):
            return True, ""
    except socket.gaierror:
        return False, "the host name is not known"
    except TimeoutError:
        return False, "no answer"
    except OSError as error:
        return False, (error.strerror or type(error).__name__).lower()


def explain(
    error: Exception, spec: SourceSpec, *, opening: bool, timed_out: bool = False
) -> SourceError:
    """Our error for one of FFmpeg's.

    Args:
        error: What PyAV raised.
        spec: The source it was raised for.
        opening: Whether the stream was still being opened.
        timed_out: Whether opening took all the time that it was given.
    """
    who = f"camera {spec.camera_id}"
    where = spec.redacted
    number = getattr(error, "errno", None)
    reason = redact_text(getattr(error, "strerror", None) or type(error).__name__, spec.url)
    if spec.kind is SourceKind.FILE:
        return SourceUnreadable(
            f"{who}: {spec.path} is no video that can be read ({reason}); expected MP4, MKV, AVI,"
            " MOV, FLV or TS with a picture track; a recording that was cut off before it was"
            " closed has to be repaired or recorded again"
        )
    if spec.kind is SourceKind.WEBCAM:
        return SourceUnreadable(
            f"{who}: {where} cannot be opened ({reason}); check that it is plugged in, that no"
            " other program holds it, and that this user may read it (group video)"
        )
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return SourceAuthError(
            f"{who}: the camera refused the user name or password ({where}); correct them in the"
            " site file, and wait half an hour if the camera has locked this address out"
        )
    if isinstance(error, av.error.HTTPNotFoundError | av.error.HTTPBadRequestError):
        return SourceUnreadable(
            f"{who}: the device answers, but has no stream at this path ({where}); check the"
            " channel number and the path for this make of camera"
        )
    if isinstance(error, av.error.HTTPOtherClientError):
        return SourceUnreadable(f"{who}: the device refused the request, {reason} ({where})")
    if isinstance(error, av.error.HTTPServerError):
        return SourceUnreachable(
            f"{who}: the device is there but not able to serve, {reason} ({where}); it may be"
            " restarting or have too many viewers"
        )
    if not opening:
        return SourceUnreachable(
            f"{who}: the connection was lost ({reason}; {where}); power, cable or recorder?"
        )
    timed_out = timed_out or isinstance(error, av.error.ExitError | TimeoutError)
    if not timed_out and isinstance(
        error, av.error.InvalidDataError | av.error.DemuxerNotFoundError
    ):
        return SourceUnreadable(
            f"{who}: something answers at {where}, but what comes is no video; check port and path"
        )
    if number in _REFUSED_ERRNOS:
        return SourceUnreachable(f"{who}: nothing answers at {where}: {reason}; {_CHECK_NETWORK}")
    answers, why_not = _answers(spec)
    if not answers:
        return SourceUnreachable(f"{who}: nothing answers at {where}: {why_not}; {_CHECK_NETWORK}")
    if timed_out or number == errno.ETIMEDOUT:
        return SourceStalled(
            f"{who}: {where} takes the connection but sends nothing within"
            f" {spec.connect_timeout_s:g} s; restart the camera, or check that the port is the"
            " right one"
        )
    return SourceUnreachable(
        f"{who}: {where} broke the connection off ({reason}); is it the right port?"
    )


_CHECK_NETWORK = "check address and port, power, cable and firewall"
