"""Bad streams from a real server: each costs its own camera a moment, and nobody else anything."""

import os
import random
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from sources_stage import make_video, number_of, numbered, spec, take, wait_for_state, wait_until

from pipeline.demo.loopback import LoopbackRtsp
from pipeline.sources import CameraSource, CapturePool, SourceState, WatchPlan

pytestmark = [pytest.mark.faults, pytest.mark.rtsp]

Meddle = Callable[[bytes], bytes]


class Proxy:
    """A TCP proxy before an RTSP server that may drop, damage or withhold what passes."""

    def __init__(self, port: int, packet: Meddle) -> None:
        self._target = port
        self._packet = packet
        self.swallows = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open += [client, server]
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        rest = b""
        while True:
            try:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if self.swallows.is_set():
                        continue  # taken and never passed on, the connections stay open
                    if ready is client:
                        server.sendall(data)
                        continue
                    rest += data
                    out, rest = self._meddled(rest)
                    client.sendall(out)
            except (OSError, ValueError):
                return

    def _meddled(self, data: bytes) -> tuple[bytes, bytes]:
        """Whole interleaved packets, each through the meddler; answers of RTSP as they are."""
        out = b""
        while data:
            if data[:1] != b"$":
                begin = data.find(b"$")
                end = len(data) if begin < 0 else begin
                out, data = out + data[:end], data[end:]
                continue
            if len(data) < 4 or len(data) < 4 + int.from_bytes(data[2:4], "big"):
                break
            size = 4 + int.from_bytes(data[2:4], "big")
            packet, data = data[:size], data[size:]
            out += packet if packet[1] % 2 else self._packet(packet)
        return out, data

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()


@contextmanager
def proxied(port: int, packet: Meddle) -> Iterator[Proxy]:
    proxy = Proxy(port, packet)
    threading.Thread(target=proxy._serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()


def untouched(packet: bytes) -> bytes:
    return packet


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("clips") / "a.mp4", frames=100, gop=10)


def test_a_frozen_server_is_a_stall_and_comes_back(rtsp_installed: None, video: Path) -> None:
    """Connections stand, nothing comes: the camera's own software hangs."""
    with (
        LoopbackRtsp({"lane": video}) as server,
        CameraSource(spec(server.url("lane"), sample_fps=5.0, stall_timeout_s=2.0)) as source,
    ):
        take(source, 3)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            wait_for_state(source, SourceState.STALLED, within_s=10.0)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        wait_for_state(source, SourceState.ONLINE)
        assert source.status.stalls == 1


def test_a_half_open_connection_is_a_stall(rtsp_installed: None, video: Path) -> None:
    """What a router does that has forgotten the connection: it swallows both directions."""
    with LoopbackRtsp({"lane": video}) as server, proxied(server.port, untouched) as proxy:
        url = f"rtsp://127.0.0.1:{proxy.port}/lane"
        with CameraSource(spec(url, sample_fps=5.0, stall_timeout_s=2.0)) as source:
            take(source, 3)
            proxy.swallows.set()
            wait_for_state(source, SourceState.STALLED, within_s=10.0)
            proxy.swallows.clear()
            wait_for_state(source, SourceState.ONLINE)
            assert source.status.reconnects == 1


@pytest.mark.parametrize("harm", ["lost", "corrupt"])
def test_lost_and_corrupt_packets_never_become_pictures(
    rtsp_installed: None, video: Path, harm: str
) -> None:
    """Whatever comes through carries its number legibly: no grey garbage reaches a detector."""
    dice = random.Random(4)  # noqa: S311  (damage, not secrets)

    def meddle(packet: bytes) -> bytes:
        if len(packet) < 60 or dice.random() > 0.03:
            return packet
        if harm == "lost":
            return b""
        spoilt = bytearray(packet)
        for place in range(40, len(spoilt), 9):
            spoilt[place] ^= dice.randrange(1, 256)
        return bytes(spoilt)

    with LoopbackRtsp({"lane": video}) as server, proxied(server.port, meddle) as proxy:
        url = f"rtsp://127.0.0.1:{proxy.port}/lane"
        with CameraSource(spec(url, sample_fps=25.0, stall_timeout_s=10.0)) as source:
            frames = take(source, 150, within_s=60.0)
            damaged = source.status.decode_errors
    assert damaged > 0
    for frame in frames:
        number_of(frame.image)


def sized(path: Path, size_wh: tuple[int, int], codec: str = "libx264", fps: int = 10) -> Path:
    """Two seconds of numbered pictures in this size and coding."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = *size_wh, "yuv420p", fps
        quiet = {"x265-params": "bframes=0:log-level=none"} if codec == "libx265" else {"bf": "0"}
        stream.options = {"preset": "ultrafast", "crf": "20"} | quiet
        if codec == "libx265":
            stream.codec_tag = "hvc1"
        for index in range(2 * fps):
            image = numbered(index, size_wh)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path


def test_size_and_parameter_sets_change_in_mid_stream(rtsp_installed: None, tmp_path: Path) -> None:
    small = sized(tmp_path / "small.mp4", (320, 240))
    large = sized(tmp_path / "large.mp4", (640, 360))
    plan = {"lane": [(small, 2.0), (large, 2.0)]}
    with (
        LoopbackRtsp({}, plan=plan) as server,
        CameraSource(spec(server.url("lane"), sample_fps=10.0)) as source,
    ):
        frames = take(source, 60)
        assert source.status.reconnects == 0
    sizes = [frame.size_wh for frame in frames]
    assert {(320, 240), (640, 360)} <= set(sizes)
    assert sum(a != b for a, b in pairwise(sizes)) >= 2
    for frame in frames:
        number_of(frame.image)


def test_a_camera_is_switched_to_another_coding(rtsp_installed: None, tmp_path: Path) -> None:
    h264 = sized(tmp_path / "a.mp4", (320, 240))
    h265 = sized(tmp_path / "b.mp4", (640, 360), codec="libx265")
    server = LoopbackRtsp({"lane": h264})
    server.start()
    try:
        with CameraSource(spec(server.url("lane"), sample_fps=10.0)) as source:
            assert take(source, 5)[-1].size_wh == (320, 240)
            server.kill()
            wait_for_state(source, SourceState.OFFLINE)
            while source.get(0.0) is not None:
                pass
            server = LoopbackRtsp({"lane": h265}, port=server.port)
            server.start()
            frames = take(source, 5)
    finally:
        server.stop()
    assert {frame.size_wh for frame in frames} == {(640, 360)}
    for frame in frames:
        number_of(frame.image)


def test_sixty_frames_a_second_cost_no_more_looks(rtsp_installed: None, tmp_path: Path) -> None:
    fast = sized(tmp_path / "fast.mp4", (320, 240), fps=60)
    plan = WatchPlan(every_s=1.0, hold_s=1.0, decode="all")
    with (
        LoopbackRtsp({"lift": fast}) as server,
        CameraSource(spec(server.url("lift"), sample_fps=5.0, watch=plan)) as source,
    ):
        take(source, 2)
        before, begun_s = source.status, time.monotonic()
        wait_until(lambda: source.status.decoded >= before.decoded + 200, "pictures")
        after, passed_s = source.status, time.monotonic() - begun_s
    assert (after.looked - before.looked) / passed_s < 7.5


def test_many_cameras_that_come_back_at_once(rtsp_installed: None, tmp_path: Path) -> None:
    clip = sized(tmp_path / "a.mp4", (160, 120))
    pool = CapturePool(cameras_a_process=16)
    names = [f"c{number}" for number in range(32)]
    server = LoopbackRtsp(dict.fromkeys(names, clip))
    server.start()
    sources = [
        CameraSource(
            spec(server.url(name), camera_id=name, sample_fps=2.0, backoff_max_s=2.0), pool=pool
        )
        for name in names
    ]
    try:
        for source in sources:
            source.start()
        wait_until(
            lambda: all(s.status.state is SourceState.ONLINE for s in sources), "all", within_s=120
        )
        pids = list(pool.pids)
        server.kill()
        wait_until(lambda: all(s.status.state is not SourceState.ONLINE for s in sources), "none")
        server.start()
        wait_until(
            lambda: all(s.status.state is SourceState.ONLINE for s in sources), "all", within_s=120
        )
        assert pool.pids == pids  # no process died of it
        assert len(pids) == 2
    finally:
        for source in sources:
            source.close()
        pool.close()
        server.stop()
