"""Many cameras in few processes: shared memory, clips, the gate in the capture process."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from sources_stage import make_video, number_of, numbered, spec, take, wait_until

from pipeline.gate import Pace
from pipeline.sources import CameraSource, CapturePool, SourceState, WatchPlan
from pipeline.sources.arena import SLOTS


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return make_video(tmp_path / "clip.mp4", frames=250, gop=25)


def test_cameras_share_a_process_and_its_death_costs_them_a_moment(video: Path) -> None:
    pool = CapturePool(cameras_a_process=2)
    names = ["a", "b", "c"]
    sources = [CameraSource(spec(video, camera_id=n, loop=True), pool=pool) for n in names]
    try:
        for source in sources:
            source.start()
            take(source, 2)
        pids = [source.child_pid for source in sources]
        assert pids[0] == pids[1] != pids[2]
        assert pids[0] is not None
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda: sources[0].child_pid not in (None, pids[0]), "another process")
        for source in sources:
            assert len(take(source, 8)) == 8
        wait_until(lambda: [s.status.reconnects for s in sources] == [1, 1, 0], "reconnects")
        assert sources[2].child_pid == pids[2]
    finally:
        for source in sources:
            source.close()
        pool.close()
    assert pool.pids == []


def test_who_was_there_at_every_crash_ends_up_alone(video: Path) -> None:
    pool = CapturePool(cameras_a_process=8)
    sources = [CameraSource(spec(video, camera_id=n, loop=True), pool=pool) for n in "abc"]
    try:
        for source in sources:
            source.start()
        for crash in range(1, 4):
            for source in sources:
                wait_until(lambda source=source: source.child_pid, "a process")
                take(source, 1)
            pid = sources[0].child_pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            before = crash
            wait_until(lambda n=before: sources[0].status.reconnects >= n, "frames again")
        # The others may share one still: they were not there every time.
        others = sources[1:]
        wait_until(
            lambda: (
                all(s.child_pid for s in sources)
                and sources[0].child_pid not in {s.child_pid for s in others}
            ),
            "a process of its own",
        )
    finally:
        for source in sources:
            source.close()
        pool.close()


def test_removing_a_camera_leaves_its_neighbours_alone(video: Path) -> None:
    pool = CapturePool(cameras_a_process=8)
    stays, goes = (CameraSource(spec(video, camera_id=n, loop=True), pool=pool) for n in "ab")
    try:
        for source in (stays, goes):
            source.start()
            take(source, 1)
        pid = stays.child_pid
        started_s = time.monotonic()
        goes.close()
        assert time.monotonic() - started_s < 3.0
        assert len(take(stays, 10)) == 10
        assert (stays.child_pid, stays.status.reconnects) == (pid, 0)
    finally:
        stays.close()
        pool.close()


def test_who_keeps_every_picture_gets_copies_and_slows_nobody(video: Path) -> None:
    with CameraSource(spec(video, pace="fast", start_at=datetime.now(UTC))) as source:
        frames = take(source, 10 * SLOTS, within_s=60.0)
        assert [number_of(frame.image) for frame in frames] == list(range(10 * SLOTS))
        assert not any(frame.image.flags.writeable for frame in frames[:2])


def test_a_picture_stays_valid_after_its_source_is_gone(video: Path) -> None:
    with CameraSource(spec(video, loop=True)) as source:
        frame = take(source, 1)[0]
        number = number_of(frame.image)
    assert number_of(frame.image) == number


def test_a_clip_is_cut_out_of_the_stream_as_it_came(video: Path, tmp_path: Path) -> None:
    answers: list[str] = []
    answered = threading.Event()

    def done(problem: str) -> None:
        answers.append(problem)
        answered.set()

    clip = tmp_path / "cut.mp4"
    with CameraSource(spec(video, loop=True, preroll_s=8.0)) as source:
        take(source, 75)
        now = datetime.now(UTC)
        source.cut_clip(
            clip,
            begin_at=now - timedelta(seconds=1),
            end_at=now + timedelta(seconds=1),
            on_done=done,
        )
        while not answered.is_set():
            source.get(0.05)
        early = now - timedelta(hours=1)
        source.cut_clip(tmp_path / "no.mp4", begin_at=early, end_at=early, on_done=done)
        wait_until(lambda: len(answers) == 2, "an answer")
    assert answers[0] == ""
    assert "no video of that time" in answers[1]
    assert not (tmp_path / "no.mp4").exists()
    with av.open(str(clip)) as container:
        numbers = [number_of(p.to_ndarray(format="bgr24")) for p in container.decode(video=0)]
    assert numbers[0] % 25 == 0  # a key frame of the original
    assert 45 <= len(numbers) <= 85
    assert all((b - a) % 250 == 1 for a, b in pairwise(numbers))


def still_then_moving(path: Path, *, still_s: int) -> Path:
    """A still, noisy picture with a key frame a second; then another picture for three seconds."""
    noise = np.random.default_rng(5)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 320, 240, "yuv420p", 10
        stream.options = {"preset": "ultrafast", "bf": "0", "crf": "20"}
        for index in range((still_s + 3) * 10):
            picture = numbered(5 if index < still_s * 10 else 250).astype(np.int16)
            picture += noise.normal(0, 2, (240, 320, 1)).astype(np.int16)
            frame = av.VideoFrame.from_ndarray(
                picture.clip(0, 255).astype(np.uint8), format="bgr24"
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_at_rest_only_key_frames_are_decoded_and_a_change_is_seen_at_once(tmp_path: Path) -> None:
    clip = still_then_moving(tmp_path / "still.mp4", still_s=14)
    plan = WatchPlan(every_s=30.0, hold_s=1.0, decode="auto")
    with CameraSource(spec(clip, sample_fps=2.0, watch=plan)) as source:
        first = take(source, 1)
        wait_until(lambda: source.status.keys_only, "rest", within_s=25)
        decoded = source.status.decoded
        while source.get(0.0) is not None:
            pass  # what was looked at until it came to rest
        change = take(source, 1, within_s=25)
        came_s = change[0].media_time_s
        status = source.status
    assert first[0].media_time_s == 0
    assert decoded < 14 * 10
    assert 14.0 <= came_s <= 15.1  # the next key frame at the latest
    assert status.looked < 45
    assert status.state is SourceState.ONLINE


def test_the_pace_that_is_asked_for_is_kept(tmp_path: Path) -> None:
    clip = still_then_moving(tmp_path / "still.mp4", still_s=8)
    plan = WatchPlan(every_s=30.0, hold_s=0.5, decode="all")
    with CameraSource(spec(clip, sample_fps=5.0, watch=plan)) as source:
        take(source, 1)
        source.set_pace(Pace(every_s=0.4, alert=True))
        frames = take(source, 8, within_s=20)
        steps = [b.media_time_s - a.media_time_s for a, b in pairwise(frames)]
    assert max(steps[1:]) <= 0.65
