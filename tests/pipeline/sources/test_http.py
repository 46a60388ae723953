"""MJPEG, HLS and files over HTTP, from real servers on loopback."""

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sources_stage import (
    drain,
    folder_handler,
    free_port,
    make_video,
    mjpeg_handler,
    number_of,
    numbered,
    serve,
    spec,
    take,
    wait_for_state,
)

from pipeline.errors import (
    SourceAuthError,
    SourceError,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from pipeline.sources import CameraSource, SourceState

SMALL, LARGE = (320, 240), (640, 368)


def test_mjpeg_with_a_changing_frame_size() -> None:
    def pictures(_connection: int) -> Iterator[NDArray[np.uint8] | None]:
        for number in range(1000):
            yield numbered(number % 256, LARGE if number // 5 % 2 else SMALL)

    # Not 25 a second, which is what FFmpeg would make up.
    handler = mjpeg_handler(pictures, interval_s=0.1)
    with serve(handler) as url, CameraSource(spec(f"{url}/mjpeg")) as source:
        frames = take(source, 20)
        status = source.status
    assert {frame.size_wh for frame in frames} == {SMALL, LARGE}
    for frame in frames:
        assert frame.size_wh == (LARGE if number_of(frame.image) // 5 % 2 else SMALL)
    times = [frame.media_time_s for frame in frames]
    assert all(later > earlier for earlier, later in pairwise(times))
    # MJPEG has no timestamps: stream time must be the time that has passed.
    passed_s = (frames[-1].captured_at - frames[0].captured_at).total_seconds()
    assert times[-1] - times[0] == pytest.approx(passed_s, abs=0.1)
    assert status.reconnects == 0


def test_mjpeg_is_sampled_by_time() -> None:
    def pictures(_connection: int) -> Iterator[NDArray[np.uint8] | None]:
        for number in range(1000):
            yield numbered(number % 256)

    with (
        serve(mjpeg_handler(pictures)) as url,
        CameraSource(spec(f"{url}/mjpeg", sample_fps=5.0)) as source,
    ):
        frames = take(source, 8)
    span_s = frames[-1].media_time_s - frames[0].media_time_s
    assert 1.2 <= span_s <= 3.0
    assert all(b.media_time_s - a.media_time_s > 0.1 for a, b in pairwise(frames))


def test_a_stream_that_falls_silent_stalls_and_comes_back() -> None:
    def pictures(connection: int) -> Iterator[NDArray[np.uint8] | None]:
        for number in range(10_000):
            if connection == 0 and number == 8:
                yield None
            yield numbered(number % 256, SMALL if connection == 0 else LARGE)

    with (
        serve(mjpeg_handler(pictures)) as url,
        CameraSource(spec(f"{url}/mjpeg", stall_timeout_s=1.0)) as source,
    ):
        before = take(source, 5)
        wait_for_state(source, SourceState.STALLED)
        error = source.status.error
        while (frame := source.get(10.0)) is not None and frame.size_wh == SMALL:
            before.append(frame)
        assert source.status.state is SourceState.ONLINE
        assert source.status.error is None
        assert source.status.reconnects == 1
    assert isinstance(error, SourceStalled)
    assert "no picture from" in str(error)
    assert frame is not None
    assert frame.index == before[-1].index + 1
    # Stream time passed during the outage as it did on the wall.
    gap_s = frame.media_time_s - before[-1].media_time_s
    wall_s = (frame.captured_at - before[-1].captured_at).total_seconds()
    assert gap_s == pytest.approx(wall_s, abs=0.3)
    assert gap_s > 1.0


def _segment(folder: Path, *, frames: int, live: bool) -> None:
    make_video(
        folder / "index.m3u8",
        frames=frames,
        gop=25,
        container_format="hls",
        options={
            "hls_time": "1",
            "hls_list_size": "0",
            "hls_segment_filename": str(folder / "part%03d.ts"),
        },
    )
    playlist = (folder / "index.m3u8").read_text()
    assert playlist.count("#EXTINF") == frames // 25
    if live:
        playlist = playlist.replace("#EXT-X-ENDLIST\n", "")
        (folder / "index.m3u8").write_text(playlist)


def test_a_recording_over_hls_plays_to_its_end(tmp_path: Path) -> None:
    _segment(tmp_path, frames=50, live=False)
    with (
        serve(folder_handler(tmp_path)) as url,
        CameraSource(spec(f"{url}/index.m3u8", sample_fps=5.0, pace="fast")) as source,
    ):
        frames = drain(source)
        status = source.status
    assert [number_of(frame.image) for frame in frames] == list(range(0, 50, 5))
    assert [f.media_time_s for f in frames] == pytest.approx([n / 5 for n in range(10)], abs=0.002)
    assert (status.state, status.error) == (SourceState.ENDED, None)


def test_live_hls_is_spread_over_time_and_not_torn(tmp_path: Path) -> None:
    """Segments arrive at once; a consumer that is quick enough must lose nothing."""
    _segment(tmp_path, frames=100, live=True)
    with (
        serve(folder_handler(tmp_path)) as url,
        CameraSource(spec(f"{url}/index.m3u8", sample_fps=12.5)) as source,
    ):
        frames = take(source, 25)
        dropped = source.status.dropped
    numbers = [number_of(frame.image) for frame in frames]
    assert numbers[0] == 25  # three segments before the live edge
    assert [b - a for a, b in pairwise(numbers)] == [2] * 24
    assert dropped == 0
    passed_s = (frames[-1].captured_at - frames[0].captured_at).total_seconds()
    assert passed_s > 24 * 0.08 / 1.05 * 0.9


def test_a_video_file_over_http_plays_at_its_own_speed(tmp_path: Path) -> None:
    make_video(tmp_path / "clip.mp4", frames=30)
    with (
        serve(folder_handler(tmp_path)) as url,
        CameraSource(spec(f"{url}/clip.mp4", sample_fps=5.0)) as source,
    ):
        frames = drain(source)
    assert [number_of(frame.image) for frame in frames] == list(range(0, 30, 5))
    assert (frames[-1].captured_at - frames[0].captured_at).total_seconds() > 0.8


def _answers(code: int, body: bytes = b"", kind: str = "text/html") -> Any:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    return Handler


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (_answers(401), SourceAuthError, "refused the user name or password"),
        (_answers(403), SourceAuthError, "refused the user name or password"),
        (_answers(404), SourceUnreadable, "has no stream at this path"),
        (_answers(503), SourceUnreachable, "not able to serve"),
        (_answers(200, b"<html>Log in here</html>" * 99), SourceUnreadable, "is no video"),
        (
            _answers(200, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "audio/mpegurl"),
            SourceError,
            "camera lane-1: ",
        ),
    ],
    ids=["401", "403", "404", "503", "page", "playlist of local files"],
)
def test_what_is_wrong_is_said(handler: Any, kind: type[SourceError], words: str) -> None:
    with serve(handler) as url:
        address = url.replace("http://", "http://admin:geheim77@")
        with CameraSource(spec(f"{address}/video")) as source:
            wait_for_state(source, SourceState.OFFLINE, SourceState.STALLED)
            error = source.status.error
    assert isinstance(error, kind)
    assert words in str(error)
    assert "geheim77" not in str(error)
    assert "http://***@127.0.0.1" in str(error)


def test_a_password_as_typed_reaches_the_camera() -> None:
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "")
            if sent:
                seen.append(base64.b64decode(sent.removeprefix("Basic ")).decode())
            self.send_response(401 if not sent else 404)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    with serve(Handler) as url:
        address = url.replace("http://", "http://admin:p@ss/1#%?@")
        with CameraSource(spec(f"{address}/video?channel=1&subtype=1")) as source:
            wait_for_state(source, SourceState.OFFLINE)
    assert seen
    assert set(seen) == {"admin:p@ss/1#%?"}


def test_a_refused_port_is_unreachable_and_tried_again() -> None:
    def pictures(_connection: int) -> Iterator[NDArray[np.uint8] | None]:
        for number in range(1000):
            yield numbered(number % 256)

    port = free_port()
    with CameraSource(spec(f"http://127.0.0.1:{port}/mjpeg")) as source:
        wait_for_state(source, SourceState.OFFLINE)
        error = source.status.error
        assert isinstance(error, SourceUnreachable)
        assert f"nothing answers at http://127.0.0.1:{port}/mjpeg" in str(error)
        assert source.get(0.0) is None


def test_a_refused_password_is_not_hammered() -> None:
    """Cameras lock an address out after a handful of wrong passwords."""
    asked = []

    class Handler(_answers(401)):  # type: ignore[misc]
        def send_response(self, code: int, message: str | None = None) -> None:
            asked.append(code)
            super().send_response(code, message)

    with serve(Handler) as url:
        settings = spec(f"{url}/video", backoff_min_s=0.05, backoff_max_s=30.0)
        with CameraSource(settings) as source:
            wait_for_state(source, SourceState.OFFLINE)
            first = len(asked)
            assert source.get(1.0) is None
    assert 1 <= first <= 2  # FFmpeg itself asks twice, to learn the method
    assert len(asked) == first
