"""Recordings: pace, sampling, loops, and every way in which a file can be broken."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from sources_stage import (
    drain,
    make_video,
    number_of,
    spec,
    take,
    wait_for_state,
)

from pipeline.errors import SourceUnreadable
from pipeline.sources import CameraSource, SourceState

START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_fast_pace_is_lossless_with_exact_times(tmp_path: Path, b_frames: int) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=100, fps=25, b_frames=b_frames)
    source = CameraSource(spec(video, sample_fps=5.0, pace="fast", start_at=START))
    with source:
        # Nobody takes a frame until the first has long been there: nothing may be dropped.
        wait_for_state(source, SourceState.ONLINE)
        frames = drain(source)
        status = source.status

    assert [number_of(frame.image) for frame in frames] == list(range(0, 100, 5))
    assert [frame.media_time_s for frame in frames] == pytest.approx(
        [index / 5 for index in range(20)], abs=1e-6
    )
    assert [frame.index for frame in frames] == list(range(20))
    assert all(
        frame.captured_at == START + timedelta(seconds=frame.media_time_s) for frame in frames
    )
    assert status.state is SourceState.ENDED
    assert status.error is None
    assert (status.frames, status.dropped, status.reconnects) == (20, 0, 0)


def test_every_picture_comes_where_sampling_is_faster_than_the_video(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=30, fps=10)
    with CameraSource(spec(video, sample_fps=60.0, pace="fast")) as source:
        frames = drain(source)
    assert [number_of(frame.image) for frame in frames] == list(range(30))
    assert source.get(0.0) is None
    assert source.ended


def test_a_loop_keeps_stream_time_growing_by_whole_pictures(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=10, fps=25)
    with CameraSource(spec(video, pace="fast", loop=True)) as source:
        frames = take(source, 35)
        assert not source.ended
    assert [number_of(frame.image) for frame in frames] == [index % 10 for index in range(35)]
    assert [frame.media_time_s for frame in frames] == pytest.approx(
        [index / 25 for index in range(35)], abs=1e-6
    )


def test_live_pace_plays_a_file_at_its_own_speed(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=50, fps=25)
    with CameraSource(spec(video, sample_fps=5.0)) as source:
        frames = drain(source)
    assert [number_of(frame.image) for frame in frames] == list(range(0, 50, 5))
    passed_s = (frames[-1].captured_at - frames[0].captured_at).total_seconds()
    assert 1.6 <= passed_s < 4.0  # 1.8 s of film; more only where the machine is loaded
    assert abs((datetime.now(UTC) - frames[-1].captured_at).total_seconds()) < 10


def test_live_pace_keeps_the_newest_and_counts_the_dropped(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", frames=40, fps=25)
    with CameraSource(spec(video)) as source:
        wait_for_state(source, SourceState.ENDED)
        assert not source.ended  # four are still there to be taken
        frames = drain(source)
        status = source.status
    assert [number_of(frame.image) for frame in frames] == [36, 37, 38, 39]
    assert (status.frames, status.dropped) == (4, 36)
    assert source.ended


def _missing(folder: Path) -> Path:
    return folder / "missing.mp4"


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is a shopping list, not a film.\n" * 50)
    return folder / "text.mp4"


def _readme(folder: Path) -> Path:
    (folder / "readme.txt").write_text("FFmpeg plays text files as if they were films.\n" * 50)
    return folder / "readme.txt"


def _playlist(folder: Path) -> Path:
    (folder / "list.mp4").write_text("#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n")
    return folder / "list.mp4"


def _sound(folder: Path) -> Path:
    path = folder / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 8000), np.int16), format="s16", layout="mono"
        )
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    return path


def _without_index(folder: Path) -> Path:
    """As a recorder leaves it that lost power: the index at the end is missing."""
    whole = make_video(folder / "whole.mp4", frames=30).read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    return folder / "cut.mp4"


BROKEN = {
    _missing: "there is no file",
    _empty: "is empty (0 bytes)",
    _text: "is no video that can be read",
    _readme: "holds no video",
    _playlist: "is no video that can be read",
    _sound: "holds no video",
    _without_index: "is no video that can be read",
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__.strip("_"))
def test_a_broken_file_ends_fast_pace_with_its_reason(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    with CameraSource(spec(path, pace="fast")) as source:
        assert drain(source) == []
        error = source.status.error
        assert source.status.state is SourceState.ENDED
    assert isinstance(error, SourceUnreadable)
    assert BROKEN[make] in str(error)
    assert str(error).startswith("camera lane-1: ")
    assert path.name in str(error)


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with CameraSource(spec(tmp_path, pace="fast")) as source:
        assert drain(source) == []
        assert "is a folder" in str(source.status.error)


def test_a_missing_file_is_offline_in_live_pace_and_picked_up_when_it_appears(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "later.mp4"
    with CameraSource(spec(path)) as source:
        wait_for_state(source, SourceState.OFFLINE)
        assert isinstance(source.status.error, SourceUnreadable)
        assert not source.ended
        make_video(tmp_path / "ready.mp4", frames=20).rename(path)
        frames = take(source, 3)
        assert len(frames) == 3
        assert source.status.error is None
        assert source.status.reconnects == 0  # it had never been there before
    told = [record for record in caplog.records if "there is no file" in record.getMessage()]
    assert len([record for record in told if record.levelname == "WARNING"]) == 1


def test_a_file_that_never_comes_is_asked_for_with_growing_pauses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "pipeline.sources")
    settings = spec(tmp_path / "never.mp4", backoff_min_s=5.0, backoff_max_s=60.0)
    with CameraSource(settings) as source:
        wait_for_state(source, SourceState.OFFLINE)
        since_s = source.status.since_monotonic_s
        assert source.get(1.0) is None  # a storm would have shown itself by now
        assert source.status.since_monotonic_s == since_s
        assert source.child_pid is None
    assert len([r for r in caplog.records if "there is no file" in r.getMessage()]) == 1


@pytest.mark.parametrize("pace", ["fast", "live"])
def test_a_truncated_video_gives_what_is_left_and_says_so(tmp_path: Path, pace: str) -> None:
    whole = make_video(
        tmp_path / "whole.mp4", frames=60, gop=10, options={"movflags": "faststart"}
    ).read_bytes()
    path = tmp_path / "truncated.mp4"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    with CameraSource(spec(path, pace=pace)) as source:
        frames = drain(source)
        status = source.status
    numbers = [number_of(frame.image) for frame in frames]
    assert 20 <= len(numbers) < 60
    assert numbers == list(range(len(numbers)))
    assert status.state is SourceState.ENDED
    assert isinstance(status.error, SourceUnreadable)
    assert "is cut short: its header promises 2.4 s" in str(status.error)


def _wipe(data: bytearray, start: int, size: int) -> None:
    """The decoder refuses this one."""
    data[start + 5 : start + size] = bytes(size - 5)


def _lose(data: bytearray, start: int, _size: int) -> None:
    """The picture turns into padding: the decoder invents it from the ones before."""
    data[start + 4] = 12


def _wipe_tail(data: bytearray, start: int, size: int) -> None:
    """The decoder paints the lower part from what it has."""
    data[start + size * 3 // 4 : start + size] = bytes(size - size * 3 // 4)


@pytest.mark.parametrize(
    ("damage", "place", "whole_again"),
    [(_wipe, 30, 40), (_lose, 30, 40), (_wipe_tail, 40, 60)],
    ids=["refused", "lost", "painted over"],
)
def test_damage_inside_is_counted_and_never_shown(
    tmp_path: Path, damage: Callable[[bytearray, int, int], None], place: int, whole_again: int
) -> None:
    path = make_video(tmp_path / "clip.mp4", frames=100, gop=20)
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    damage(data, *packets[place])  # pictures come in groups of 20 that build upon each other
    path.write_bytes(data)
    with CameraSource(spec(path, pace="fast")) as source:
        frames = drain(source)
        status = source.status
    numbers = [number_of(frame.image) for frame in frames]  # fails on any grey or smeared field
    assert status.decode_errors >= 1
    assert place not in numbers
    assert set(range(place)) | set(range(whole_again, 100)) <= set(numbers)
    for frame, number in zip(frames, numbers, strict=True):
        assert frame.media_time_s == pytest.approx(number / 25, abs=0.001)


def test_a_phone_video_comes_upright(tmp_path: Path) -> None:
    path = make_video(tmp_path / "phone.mp4", frames=5, size_wh=(320, 240))
    data = bytearray(path.read_bytes())
    # The track header's matrix sits 48 bytes into the box; this one turns by 90 degrees.
    start = data.index(b"tkhd") + 4 + 40
    one, perspective = 0x10000, 0x40000000
    struct.pack_into(">9i", data, start, 0, one, 0, -one, 0, 0, 240 * one, 0, perspective)
    path.write_bytes(data)
    with CameraSource(spec(path, pace="fast")) as source:
        frames = drain(source)
    assert [frame.size_wh for frame in frames] == [(240, 320)] * 5
    upright = np.rot90(frames[3].image, 1)  # turned clockwise for viewing: undo it
    assert number_of(np.ascontiguousarray(upright)) == 3


def test_a_change_of_size_inside_a_recording_survives(tmp_path: Path) -> None:
    parts = [
        make_video(tmp_path / "a.ts", frames=20, size_wh=(320, 240)),
        make_video(tmp_path / "b.ts", frames=20, size_wh=(480, 272), first_number=20),
    ]
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with CameraSource(spec(path, pace="fast")) as source:
        frames = drain(source)
    sizes = {frame.size_wh for frame in frames}
    assert sizes == {(320, 240), (480, 272)}
    assert number_of(frames[-1].image) == 39
    times = [frame.media_time_s for frame in frames]
    assert all(later > earlier for earlier, later in pairwise(times))
    assert times[-1] < 3.0  # the second part starts its timestamps anew: no jump, no fall


def test_a_closed_source_gives_nothing_and_starts_no_more(tmp_path: Path) -> None:
    source = CameraSource(spec(make_video(tmp_path / "clip.mp4", frames=10)))
    source.close()
    source.start()
    assert source.get(0.0) is None
    assert source.ended
    assert source.child_pid is None


def test_a_webcam_that_is_not_there_says_so() -> None:
    with CameraSource(spec("webcam:97")) as source:
        wait_for_state(source, SourceState.OFFLINE)
        error = source.status.error
    assert isinstance(error, SourceUnreadable)
    assert "webcam:97 cannot be opened" in str(error)
