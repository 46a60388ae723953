"""RTSP against a real server, and against one that is none."""

import logging
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from sources_stage import (
    free_port,
    make_video,
    number_of,
    silent_server,
    spec,
    take,
    wait_for_state,
    wait_until,
)

from pipeline.demo.loopback import (
    LoopbackError,
    LoopbackRtsp,
    find_rtsp_server,
    rtsp_server_missing,
)
from pipeline.errors import (
    SourceAuthError,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from pipeline.sources import CameraSource, SourceSpec, SourceState

pytestmark = pytest.mark.rtsp

PASSWORD = "p@ss:w/ö#1%"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {
        "lane": make_video(folder / "lane.mp4", frames=60, gop=10),
        "lift": make_video(folder / "lift.mp4", frames=50, gop=10, b_frames=2, size_wh=(480, 272)),
    }


@pytest.fixture(scope="module")
def server(rtsp_installed: None, clips: dict[str, Path]):
    with LoopbackRtsp(clips, user="admin", password=PASSWORD) as running:
        yield running


@pytest.mark.parametrize("name", ["lane", "lift"])
def test_frames_come_at_the_sampled_rate_and_go_on_over_the_seam(
    server: LoopbackRtsp, name: str
) -> None:
    with CameraSource(spec(server.url(name), sample_fps=12.5)) as source:
        frames = take(source, 35)  # 2.8 s: more than once round for both clips
        status = source.status
    length = {"lane": 60, "lift": 50}[name]
    steps = [(number_of(b.image) - number_of(a.image)) % length for a, b in pairwise(frames)]
    times = [frame.media_time_s for frame in frames]
    assert all(b > a for a, b in pairwise(times))
    if status.dropped == 0:
        assert sum(step == 2 for step in steps) >= 30, steps
        assert times[-1] == pytest.approx(34 * 0.08, abs=0.3)
    assert [frame.index for frame in frames] == list(range(35))
    assert abs((datetime.now(UTC) - frames[-1].captured_at).total_seconds()) < 10
    assert (status.state, status.error, status.reconnects) == (SourceState.ONLINE, None, 0)
    assert status.decode_errors == 0


def test_the_address_may_be_typed_as_people_type_it(server: LoopbackRtsp) -> None:
    url = f"rtsp://admin:{PASSWORD}@127.0.0.1:{server.port}/lift?channel=1&subtype=1"
    with CameraSource(spec(url)) as source:
        assert take(source, 1)[0].size_wh == (480, 272)


@pytest.mark.parametrize(
    "user_part", ["admin:geheim%2377@", "geheim77@", ""], ids=["encoded", "user only", "none"]
)
def test_a_wrong_password_is_named_and_shown_nowhere(
    server: LoopbackRtsp,
    user_part: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"rtsp://{user_part}127.0.0.1:{server.port}/lane?channel=1&subtype=1"
    with CameraSource(spec(url)) as source:
        wait_until(lambda: source.child_pid, "a capture process")
        child = psutil.Process(source.child_pid)
        seen = " ".join(child.cmdline()) + " ".join(child.environ().values())
        wait_for_state(source, SourceState.OFFLINE)
        error = source.status.error
    assert isinstance(error, SourceAuthError)
    assert "camera lane-1: the camera refused the user name or password" in str(error)
    shown = "***@" if user_part else ""
    assert f"(rtsp://{shown}127.0.0.1:{server.port}/lane?channel=1&subtype=1)" in str(error)
    said = capfd.readouterr()
    for place in (seen, str(error), repr(error), caplog.text, said.out, said.err):
        assert "geheim" not in place


def test_a_wrong_path_is_named(server: LoopbackRtsp) -> None:
    with CameraSource(spec(server.url("lane") + "/nothing")) as source:
        wait_for_state(source, SourceState.OFFLINE)
        error = source.status.error
    assert isinstance(error, SourceUnreadable)
    assert "has no stream at this path" in str(error)


def test_nothing_listens() -> None:
    url = f"rtsp://admin:geheim77@127.0.0.1:{free_port()}/lane"
    with CameraSource(spec(url)) as source:
        wait_for_state(source, SourceState.OFFLINE)
        error = source.status.error
    assert isinstance(error, SourceUnreachable)
    assert "nothing answers at rtsp://***@127.0.0.1:" in str(error)
    assert "refused" in str(error)


def test_an_unknown_host_name() -> None:
    with CameraSource(spec("rtsp://no-such-camera.invalid/lane")) as source:
        wait_for_state(source, SourceState.OFFLINE)
        error = source.status.error
    assert isinstance(error, SourceUnreachable)
    assert "the host name is not known" in str(error)


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_takes_the_call_and_says_nothing(scheme: str) -> None:
    with silent_server() as port:
        url = f"{scheme}://admin:geheim77@127.0.0.1:{port}/lane"
        with CameraSource(spec(url, connect_timeout_s=1.0)) as source:
            wait_for_state(source, SourceState.STALLED, within_s=10.0)
            error = source.status.error
    assert isinstance(error, SourceStalled)
    assert "takes the connection but sends nothing within 1 s" in str(error)
    assert "geheim77" not in str(error)


def test_close_during_a_hanging_connect_is_quick() -> None:
    with silent_server() as port:
        source = CameraSource(spec(f"rtsp://127.0.0.1:{port}/lane", connect_timeout_s=60.0))
        source.start()
        wait_until(lambda: source.child_pid, "a capture process")
        pid = source.child_pid
        assert source.get(1.5) is None
        assert source.status.state is SourceState.CONNECTING
        started_s = time.monotonic()
        source.close()
        assert time.monotonic() - started_s < 3.0
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert source.ended


def test_the_launcher_says_what_is_wrong(
    rtsp_installed: None, tmp_path: Path, clips: dict[str, Path], server: LoopbackRtsp
) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(LoopbackError, match=r"expected an H\.264 video in an MP4"):
        LoopbackRtsp({"text": tmp_path / "text.mp4"}).start()
    with pytest.raises(LoopbackError, match="no such file"):
        LoopbackRtsp({"missing": tmp_path / "missing.mp4"}).start()
    with pytest.raises(LoopbackError, match="expected a free port"):
        LoopbackRtsp(clips, port=server.port).start()
    with pytest.raises(KeyError, match="no stream 'roof'"):
        server.url("roof")


def test_a_system_without_the_server_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = tmp_path / "python3"
    bare.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'gi'\" >&2\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr("pipeline.demo.loopback._system_python", lambda: str(bare))
    rtsp_server_missing.cache_clear()
    try:
        reason = rtsp_server_missing()
        assert not find_rtsp_server()
        with pytest.raises(LoopbackError, match="is not available"):
            LoopbackRtsp({"lane": tmp_path / "lane.mp4"}).start()
    finally:
        rtsp_server_missing.cache_clear()
    assert reason is not None
    assert "No module named 'gi'" in reason
    assert "apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi" in reason


@pytest.mark.rtsp
def test_who_joins_in_mid_scene_sees_it_at_once(rtsp_installed: None, tmp_path: Path) -> None:
    """The first key frame that a late client gets can be decoded by itself."""
    long = make_video(tmp_path / "long.mp4", frames=60 * 5, fps=5, gop=5)
    with LoopbackRtsp({"long": long}) as running:
        time.sleep(1.5)  # into the scene, a minute before its seam
        with CameraSource(
            SourceSpec(camera_id="late", url=running.url("long"), sample_fps=5)
        ) as it:
            assert it.get(30.0) is not None, it.status
