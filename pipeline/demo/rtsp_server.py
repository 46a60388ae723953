"""A small RTSP server on loopback that plays H.264 files as if each were a camera.

Run by the system's Python, because GObject introspection lives there and not in a virtual
environment; so this file imports nothing of ours. Start it through
`pipeline.demo.loopback.LoopbackRtsp`, or by hand::

    /usr/bin/python3 rtsp_server.py --port 8554 lane=lane.mp4 lift=lift.mp4

Every clip runs on the server's clock from the moment the server started, round and round: who
connects later sees the scene where it stands by then, like at a camera, beginning with the last
key frame. The timestamps keep growing over the seam of the loop. One line ``ready PORT`` on
standard output says that the server listens.
"""

import argparse
import importlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["main"]

# The parser repeats the parameter sets, not the payloader: that one puts them before every slice
# of a key frame, and FFmpeg then takes one picture of several slices for several broken ones.
_LAUNCH = (
    "( appsrc name=clip format=time block=true max-bytes=2000000"
    " ! {parser} config-interval=-1 ! {payloader} name=pay0 pt=96 )"
)
# Every key frame in memory carries the parameter sets: who joins in mid-scene begins with one,
# and would else wait for the start of the clip to hear them.
_READ = (
    "filesrc name=file ! qtdemux ! {parser} config-interval=-1"
    " ! {caps},stream-format=byte-stream,alignment=au"
    " ! appsink name=out sync=false max-buffers=64"
)
_CODINGS = {
    "H.264": {"parser": "h264parse", "payloader": "rtph264pay", "caps": "video/x-h264"},
    "H.265": {"parser": "h265parse", "payloader": "rtph265pay", "caps": "video/x-h265"},
}


class _Unit(NamedTuple):
    """One access unit: the compressed bytes of one picture."""

    data: bytes
    pts_ns: int
    dts_ns: int
    is_key: bool


class _Clip(NamedTuple):
    """A whole file in memory, in decoding order."""

    coding: str
    caps: Any
    units: list[_Unit]
    duration_ns: int


def _load(gst: Any, path: Path) -> _Clip:
    """Read an H.264 or H.265 MP4; SystemExit with the reason where that fails."""
    reasons = []
    for coding in _CODINGS:
        clip = _try_load(gst, path, coding)
        if isinstance(clip, _Clip):
            return clip
        reasons.append(clip)
    raise SystemExit(f"{path}: expected an H.264 video in an MP4 file: {reasons[0]}")


def _try_load(gst: Any, path: Path, coding: str) -> "_Clip | str":
    """Read it as this coding; the reason where that fails."""
    pipeline = gst.parse_launch(_READ.format(**_CODINGS[coding]))
    pipeline.get_by_name("file").set_property("location", str(path))
    out = pipeline.get_by_name("out")
    pipeline.set_state(gst.State.PLAYING)
    caps: Any = None
    units: list[_Unit] = []
    end_ns = 0
    failure: Any = None
    bus = pipeline.get_bus()
    # A demuxer that gives up posts an error but no end of stream: waiting for both, in turns.
    while not out.get_property("eos") and failure is None:
        sample = out.emit("try-pull-sample", 100_000_000)
        if sample is None:
            failure = bus.pop_filtered(gst.MessageType.ERROR)
            continue
        buffer = sample.get_buffer()
        caps = sample.get_caps()
        pts_ns = buffer.pts
        dts_ns = buffer.dts if buffer.dts != gst.CLOCK_TIME_NONE else pts_ns
        is_key = not buffer.has_flags(gst.BufferFlags.DELTA_UNIT)
        units.append(_Unit(buffer.extract_dup(0, buffer.get_size()), pts_ns, dts_ns, is_key))
        length_ns = buffer.duration if buffer.duration != gst.CLOCK_TIME_NONE else 40_000_000
        end_ns = max(end_ns, pts_ns + length_ns)
    pipeline.set_state(gst.State.NULL)
    if failure is not None or not units:
        return failure.parse_error()[0].message if failure is not None else "no pictures in it"
    return _Clip(coding, caps, units, end_ns - min(unit.pts_ns for unit in units))


def _joined(parts: list[tuple[_Clip, float]]) -> _Clip:
    """One clip out of several, each repeated for about so many seconds; the bytes are shared."""
    units: list[_Unit] = []
    at_ns = 0
    for clip, seconds in parts:
        first_ns = min(unit.pts_ns for unit in clip.units)
        for _ in range(round(seconds * 1e9 / clip.duration_ns)):
            shift_ns = at_ns - first_ns
            units += [
                unit._replace(pts_ns=unit.pts_ns + shift_ns, dts_ns=unit.dts_ns + shift_ns)
                for unit in clip.units
            ]
            at_ns += clip.duration_ns
    return _Clip(parts[0][0].coding, parts[0][0].caps, units, at_ns)


class _Player:
    """Feeds one client's pipeline with a clip, from where the clip stands now."""

    def __init__(self, gst: Any, clip: _Clip, elapsed_ns: int) -> None:
        self._gst = gst
        self._clip = clip
        position_ns = elapsed_ns % clip.duration_ns + clip.units[0].dts_ns
        keys = [i for i, u in enumerate(clip.units) if u.is_key and u.dts_ns <= position_ns]
        self._next = keys[-1] if keys else 0
        self._origin_ns = clip.units[self._next].dts_ns
        self._rounds = 0
        # Seconds of the clip's time line at which this client joins in.
        self.joins_s = (self._origin_ns - clip.units[0].dts_ns) / 1e9

    def feed(self, appsrc: Any, _length: int) -> None:
        """Push one access unit; GStreamer calls this whenever its queue has room."""
        gst, clip = self._gst, self._clip
        unit = clip.units[self._next]
        shift_ns = self._rounds * clip.duration_ns - self._origin_ns
        buffer = gst.Buffer.new_wrapped(unit.data)
        buffer.pts = unit.pts_ns + shift_ns
        buffer.dts = unit.dts_ns + shift_ns
        if not unit.is_key:
            buffer.set_flags(gst.BufferFlags.DELTA_UNIT)
        self._next += 1
        if self._next == len(clip.units):
            self._next, self._rounds = 0, self._rounds + 1
        appsrc.emit("push-buffer", buffer)


def _announce(name: str, joins_s: float) -> None:
    """Say at which moment of the monotonic clock this client would have seen the beginning."""
    print(f"play {name} {time.monotonic() - joins_s:.3f}", flush=True)  # noqa: T201  (for reading)


def _serve(
    clips: dict[str, list[tuple[Path, float]]], port: int, user: str | None, password: str | None
) -> int:
    gi = importlib.import_module("gi")
    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    gst = importlib.import_module("gi.repository.Gst")
    glib = importlib.import_module("gi.repository.GLib")
    rtsp = importlib.import_module("gi.repository.GstRtspServer")
    gst.init(None)

    server = rtsp.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    if user is not None:
        auth = rtsp.RTSPAuth.new()
        token = rtsp.RTSPToken.new()
        token.set_string(rtsp.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
        gst_rtsp = importlib.import_module("gi.repository.GstRtsp")
        auth.set_supported_methods(gst_rtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password or "", token)
        server.set_auth(auth)

    started_ns = time.monotonic_ns()
    loaded: dict[Path, _Clip] = {}
    for name, parts in clips.items():
        for path, _ in parts:
            if path not in loaded:
                loaded[path] = _load(gst, path)
        known = [(loaded[path], seconds) for path, seconds in parts]
        clip = known[0][0] if len(known) == 1 else _joined(known)
        factory = rtsp.RTSPMediaFactory.new()
        factory.set_launch(_LAUNCH.format(**_CODINGS[clip.coding]))
        factory.set_shared(False)
        if user is not None:
            permissions = rtsp.RTSPPermissions.new()
            permissions.add_permission_for_role("viewer", rtsp.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
            permissions.add_permission_for_role(
                "viewer", rtsp.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True
            )
            factory.set_permissions(permissions)

        def configure(_factory: Any, media: Any, clip: _Clip = clip, name: str = name) -> None:
            source = media.get_element().get_by_name("clip")
            source.set_property("caps", clip.caps)
            player = _Player(gst, clip, time.monotonic_ns() - started_ns)
            source.connect("need-data", player.feed)
            joined: list[int] = []

            def on_state(_media: Any, state: int) -> None:
                if state == int(gst.State.PLAYING) and not joined:
                    joined.append(1)
                    _announce(name, player.joins_s)

            media.connect("new-state", on_state)

        factory.connect("media-configure", configure)
        server.get_mount_points().add_factory(f"/{name}", factory)

    if server.attach(None) == 0:
        raise SystemExit(f"port {port}: expected a free port on 127.0.0.1, found it taken")
    glib.timeout_add_seconds(10, lambda: server.get_session_pool().cleanup() >= 0)
    print(f"ready {server.get_bound_port()}", flush=True)  # noqa: T201  (the promised line)
    glib.MainLoop().run()
    return 0


def _leave_with_parent() -> None:
    """End when standard input closes: the process that started us has gone."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and serve until killed.

    Args:
        argv: Arguments without the program's name; None takes those of the process.

    Returns:
        The exit code; the function only returns when the main loop has been left.
    """
    parser = argparse.ArgumentParser(description="Play H.264 files as RTSP cameras on loopback.")
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--user", help="ask for this user name")
    parser.add_argument("--password", help="and this password")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    parser.add_argument("--plan", type=Path, help="JSON: name to [[file, seconds], ...]")
    parser.add_argument("clips", nargs="*", metavar="NAME=FILE")
    options = parser.parse_args(argv)
    clips: dict[str, list[tuple[Path, float]]] = {}
    if options.plan is not None:
        plan = json.loads(options.plan.read_text("utf-8"))
        clips = {
            name: [(Path(file), float(s)) for file, s in parts] for name, parts in plan.items()
        }
    for item in options.clips:
        name, equals, path = item.partition("=")
        if not equals or not name.strip("/"):
            parser.error(f"{item!r}: expected NAME=FILE, such as lane=clips/lane.mp4")
        if not Path(path).is_file():
            parser.error(f"{path}: no such file")
        clips[name.strip("/")] = [(Path(path), 0.0)]
    if options.with_parent:
        _leave_with_parent()
    return _serve(clips, options.port, options.user, options.password)


if __name__ == "__main__":
    raise SystemExit(main())
