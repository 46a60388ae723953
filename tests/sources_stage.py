"""Stage machinery for the tests of the sources: videos and servers, made on the spot."""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.sources import CameraSource, SourceSpec, SourceState
from pipeline.types import Frame

BITS = 8


def numbered(number: int, size_wh: tuple[int, int] = (320, 240)) -> NDArray[np.uint8]:
    """A coloured picture that carries its number as eight black or white fields."""
    width, height = size_wh
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :] = (30, 160, 90)
    field = width // BITS
    for bit in range(BITS):
        image[: height // 3, bit * field : (bit + 1) * field] = 255 if number >> bit & 1 else 0
    return image


def number_of(image: NDArray[np.uint8]) -> int:
    """The number that `numbered` wrote; fails where the picture is none of ours."""
    height, width = image.shape[:2]
    field = width // BITS
    number = 0
    for bit in range(BITS):
        middle = image[height // 6, bit * field + field // 2].astype(int).mean()
        assert middle < 60 or middle > 195, f"grey field {bit}: {middle}"
        number |= int(middle > 128) << bit
    blue, green, red = image[height * 5 // 6, width // 2].astype(int)
    assert abs(blue - 30) < 25, (blue, green, red)
    assert abs(green - 160) < 25, (blue, green, red)
    assert abs(red - 90) < 25, (blue, green, red)
    return number


def make_video(
    path: Path,
    *,
    frames: int = 50,
    fps: int = 25,
    size_wh: tuple[int, int] = (320, 240),
    gop: int = 25,
    b_frames: int = 0,
    container_format: str | None = None,
    options: dict[str, str] | None = None,
    first_number: int = 0,
) -> Path:
    """A small H.264 video of numbered pictures."""
    with av.open(str(path), "w", format=container_format, options=options or {}) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuv420p"
        stream.gop_size = gop
        stream.options = {"preset": "ultrafast", "bf": str(b_frames), "crf": "20"}
        for index in range(frames):
            picture = numbered((first_number + index) % 256, size_wh)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


def spec(url: str | Path, **changes: Any) -> SourceSpec:
    """A spec with short pauses, so that tests do not wait."""
    values: dict[str, Any] = {
        "camera_id": "lane-1",
        "sample_fps": 25.0,
        "backoff_min_s": 0.1,
        "backoff_max_s": 0.3,
    }
    return SourceSpec(url=str(url), **(values | changes))


def take(source: CameraSource, count: int, *, within_s: float = 20.0) -> list[Frame]:
    """So many frames, or all until the end; fails where they do not come in time."""
    until_s = time.monotonic() + within_s
    frames: list[Frame] = []
    while len(frames) < count and not source.ended:
        assert time.monotonic() < until_s, f"{len(frames)} of {count} frames; {source.status}"
        frame = source.get(0.2)
        if frame is not None:
            frames.append(frame)
    return frames


def drain(source: CameraSource, *, within_s: float = 30.0) -> list[Frame]:
    """All frames until the end."""
    return take(source, 1_000_000, within_s=within_s)


def wait_until(condition: Callable[[], object], what: str, *, within_s: float = 20.0) -> None:
    """Wait for a condition that another thread or process brings about."""
    until_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until_s, f"waited {within_s:g} s in vain: {what}"
        time.sleep(0.02)


def wait_for_state(source: CameraSource, *states: SourceState, within_s: float = 20.0) -> None:
    """Wait until the source is in one of these states, without taking frames."""
    until_s = time.monotonic() + within_s
    while source.status.state not in states:
        assert time.monotonic() < until_s, f"waited for {states}, found {source.status}"
        time.sleep(0.02)


def free_port() -> int:
    """A TCP port of loopback at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes every connection and never says a word."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """An HTTP server on loopback; yields its address."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Clients are killed on purpose here; their broken pipes are no news."""

    with Quiet(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def folder_handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    """Serves the files of a folder, with the media types that players expect."""

    class Handler(SimpleHTTPRequestHandler):
        extensions_map: ClassVar[dict[str, str]] = {
            ".m3u8": "application/vnd.apple.mpegurl",
            ".ts": "video/mp2t",
            ".mp4": "video/mp4",
            "": "application/octet-stream",
        }

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    return Handler


def mjpeg_handler(
    pictures: Callable[[int], Iterator[NDArray[np.uint8] | None]],
    *,
    interval_s: float = 0.04,
) -> type[BaseHTTPRequestHandler]:
    """An MJPEG camera.

    Args:
        pictures: From the count of connections so far to the pictures of this one; None in it
            means to fall silent for good with the connection open.
        interval_s: Between two pictures: the camera's own pace.
    """
    connections = [0]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = connections[0]
            connections[0] += 1
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for picture in pictures(number):
                if picture is None:
                    self.rfile.read(1)  # until the client has gone
                    return
                jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
                part = io.BytesIO()
                part.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
                part.write(b"Content-Length: %d\r\n\r\n" % len(jpeg))
                part.write(jpeg + b"\r\n")
                self.wfile.write(part.getvalue())
                time.sleep(interval_s)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    return Handler
