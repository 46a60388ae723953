"""Sources under violence: killed, frozen and orphaned processes, servers that die."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from sources_stage import (
    drain,
    make_video,
    number_of,
    spec,
    take,
    wait_for_state,
    wait_until,
)

from pipeline.demo.loopback import LoopbackRtsp
from pipeline.errors import SourceStalled, SourceUnreachable
from pipeline.sources import CameraSource, SourceState, link
from pipeline.sources.arena import make_arena
from pipeline.sources.job import encode_command, encode_job

pytestmark = pytest.mark.faults

START = datetime(2026, 5, 1, tzinfo=UTC)


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _pid(source: CameraSource) -> int:
    wait_until(lambda: source.child_pid, "a capture process")
    pid = source.child_pid
    assert pid is not None
    return pid


def test_a_killed_decoder_loses_and_doubles_no_picture_of_a_recording(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=250, gop=25)
    with CameraSource(spec(video, sample_fps=12.5, pace="fast", start_at=START)) as source:
        frames = take(source, 20)
        os.kill(_pid(source), signal.SIGKILL)
        frames += take(source, 40)
        os.kill(_pid(source), signal.SIGKILL)
        frames += drain(source)
        status = source.status
    assert [number_of(frame.image) for frame in frames] == list(range(0, 250, 2))
    assert [frame.index for frame in frames] == list(range(125))
    assert all(
        frame.media_time_s == pytest.approx(index * 0.08, abs=1e-6)
        and frame.captured_at == START + timedelta(seconds=frame.media_time_s)
        for index, frame in enumerate(frames)
    )
    assert (status.state, status.error, status.reconnects) == (SourceState.ENDED, None, 2)


def test_a_killed_decoder_of_a_looping_camera_recovers(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=25)
    with CameraSource(spec(video, loop=True)) as source:
        before = take(source, 5)
        pid = _pid(source)
        os.kill(pid, signal.SIGKILL)
        wait_for_state(source, SourceState.OFFLINE)
        assert "died (killed by signal 9)" in str(source.status.error)
        wait_for_state(source, SourceState.ONLINE)
        after = take(source, 10)
        assert source.status.reconnects == 1
        assert _pid(source) != pid
    times = [frame.media_time_s for frame in before + after]
    assert all(later > earlier for earlier, later in pairwise(times))
    assert [frame.index for frame in before + after] == list(range(15))


def test_a_frozen_decoder_is_killed_and_replaced(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=25)
    with CameraSource(spec(video, loop=True, stall_timeout_s=1.0)) as source:
        take(source, 3)
        pid = _pid(source)
        os.kill(pid, signal.SIGSTOP)
        wait_for_state(source, SourceState.STALLED)
        error = source.status.error
        wait_for_state(source, SourceState.ONLINE)
        assert len(take(source, 3)) == 3
        assert source.status.reconnects == 1
        assert _gone(pid)
    assert isinstance(error, SourceStalled)
    assert "no picture from" in str(error)
    assert "for 1 s" in str(error)


def test_close_kills_a_frozen_decoder_in_time(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=25)
    source = CameraSource(spec(video, loop=True))
    source.start()
    take(source, 1)
    pid = _pid(source)
    os.kill(pid, signal.SIGSTOP)
    started_s = time.monotonic()
    source.close()
    assert time.monotonic() - started_s < 3.0
    assert _gone(pid)


@pytest.mark.parametrize("pace", ["fast", "live"])
def test_no_capture_process_outlives_its_killed_parent(tmp_path: Path, pace: str) -> None:
    """Fast pace leaves the child blocked in a full pipe, live pace asleep: both must go."""
    video = make_video(tmp_path / "clip.mp4", frames=250)
    # No main guard on purpose: people write scripts like this one.
    program = textwrap.dedent(
        f"""
        import time
        from pipeline.sources import CameraSource, SourceSpec
        source = CameraSource(
            SourceSpec(
                camera_id="lane-1", url={str(video)!r}, sample_fps=25, loop=True, pace={pace!r}
            )
        )
        source.start()
        while source.get(0.1) is None:
            pass
        print(source.child_pid, flush=True)
        time.sleep(600)
        """
    )
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root, text=True
    )
    try:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not _gone(child)
        parent.kill()
        parent.wait()
        wait_until(lambda: _gone(child), "the capture process to end", within_s=5.0)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


def test_the_pipe_alone_ends_an_orphan(tmp_path: Path) -> None:
    """Without the kernel's help (not on Linux, or another thread): standard input closes."""
    asked = spec(make_video(tmp_path / "clip.mp4", frames=250), loop=True)
    program = "import sys; from pipeline.sources.process import main; main(int(sys.argv[1]))"
    arena = make_arena()
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(arena)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(arena,),
        cwd=Path(__file__).parents[2],
    )
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(encode_command("open", 1, job=encode_job(asked, skip_s=None)))
        child.stdin.flush()
        while link.receive(child.stdout.fileno(), 20.0).kind != "frame":
            pass
        child.stdin.close()  # and nobody reads any more: the process may hang in a full pipe
        child.wait(5.0)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        os.close(arena)


@pytest.mark.rtsp
def test_the_demo_server_does_not_outlive_its_killed_parent(
    rtsp_installed: None, tmp_path: Path
) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=25)
    program = textwrap.dedent(
        f"""
        import pathlib, time
        from pipeline.demo.loopback import LoopbackRtsp
        with LoopbackRtsp({{"lane": pathlib.Path({str(video)!r})}}) as server:
            print(server._process.pid, flush=True)
            time.sleep(600)
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    try:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert not _gone(server)
        parent.kill()
        parent.wait()
        wait_until(lambda: _gone(server), "the RTSP server to end", within_s=5.0)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


@pytest.mark.rtsp
def test_an_rtsp_server_that_dies_and_returns(tmp_path: Path) -> None:
    first = make_video(tmp_path / "a.mp4", frames=100, gop=10)
    second = make_video(tmp_path / "b.mp4", frames=100, gop=10, size_wh=(480, 272))
    lane_server = LoopbackRtsp({"lane": first})
    lane_server.start()
    try:
        with (
            LoopbackRtsp({"lift": second}) as lift_server,
            CameraSource(spec(lane_server.url("lane"), sample_fps=5.0)) as lane,
            CameraSource(spec(lift_server.url("lift"), camera_id="lift-1", sample_fps=5.0)) as lift,
        ):
            before = take(lane, 5)
            take(lift, 1)
            killed_at_s = time.monotonic()
            lane_server.kill()
            wait_for_state(lane, SourceState.OFFLINE)
            assert lane.status.since_monotonic_s >= killed_at_s
            assert isinstance(lane.status.error, SourceUnreachable)
            wait_until(lambda: "nothing answers" in str(lane.status.error), "a refused connection")
            assert lift.status.state is SourceState.ONLINE
            while lane.get(0.0) is not None:
                pass
            # The camera comes back with another picture size, as after a change of its settings.
            lane_server = LoopbackRtsp({"lane": second}, port=lane_server.port)
            lane_server.start()
            after = take(lane, 5)
            assert len(take(lift, 5)) == 5
            assert (lane.status.state, lane.status.error) == (SourceState.ONLINE, None)
            assert lane.status.reconnects == 1
            assert (lift.status.reconnects, lift.status.error) == (0, None)
    finally:
        lane_server.stop()
    assert {frame.size_wh for frame in before} == {(320, 240)}
    assert {frame.size_wh for frame in after} == {(480, 272)}
    gap_s = after[0].media_time_s - before[-1].media_time_s
    wall_s = (after[0].captured_at - before[-1].captured_at).total_seconds()
    assert gap_s == pytest.approx(wall_s, abs=1.5)
    assert after[0].index > before[-1].index


def test_many_sources_close_at_once_and_leave_nothing(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=50)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    files_before = psutil.Process().num_fds()
    threads_before = threading.active_count()
    sources = [CameraSource(spec(video, camera_id=f"c{n}", loop=True)) for n in range(4)]
    for source in sources:
        source.start()
    for source in sources[:2]:  # the others are closed while they start
        take(source, 1)
    for source in sources:
        source.close()
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    assert children <= before
    assert psutil.Process().num_fds() <= files_before
    assert threading.active_count() == threads_before
