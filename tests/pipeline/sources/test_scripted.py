"""The shipped fake behaves like the real source, on a clock of its own."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pipeline.errors import SourceStalled, SourceUnreachable
from pipeline.sources import CameraSource, ScriptedSource, SourceState
from pipeline.sources.scripted import ManualClock

START = datetime(2026, 5, 1, tzinfo=UTC)
IMAGE = np.zeros((4, 6, 3), np.uint8)


def test_it_has_the_surface_of_the_real_one() -> None:
    public = {name for name in dir(CameraSource) if not name.startswith("_")}
    assert public - set(dir(ScriptedSource)) == {"spec", "child_pid", "cut_clip"}


def test_frames_follow_the_manual_clock() -> None:
    clock = ManualClock(START)
    clock.advance(100.0)
    with ScriptedSource(
        camera_id="lift-1", script=[IMAGE, None, IMAGE, IMAGE], clock=clock, sample_fps=5.0
    ) as source:
        first, nothing, second = source.get(1.0), source.get(1.0), source.get(1.0)
        assert not source.ended
        third = source.get(1.0)
        assert source.ended
        assert source.get(1.0) is None
    assert first is not None
    assert second is not None
    assert third is not None
    assert nothing is None
    assert [f.media_time_s for f in (first, second, third)] == pytest.approx([0.0, 1.2, 1.4])
    assert first.captured_at == START + timedelta(seconds=100)
    assert [f.index for f in (first, second, third)] == [0, 1, 2]
    assert source.status.state is SourceState.ENDED


def test_failures_show_in_the_status_until_a_frame_comes() -> None:
    stalled, away = SourceStalled("no picture"), SourceUnreachable("no answer")
    clock = ManualClock(START)
    source = ScriptedSource(
        camera_id="lift-1", script=[IMAGE, stalled, away, IMAGE, IMAGE], clock=clock
    )
    seen = []
    for _ in range(4):
        source.get(2.0)
        seen.append((source.status.state, source.status.error, source.status.reconnects))
    assert seen == [
        (SourceState.ONLINE, None, 0),
        (SourceState.STALLED, stalled, 0),
        (SourceState.OFFLINE, away, 0),
        (SourceState.ONLINE, None, 1),
    ]


def test_a_callable_ends_by_stop_iteration() -> None:
    def script(number: int) -> np.ndarray:
        if number == 3:
            raise StopIteration
        return np.full((4, 6, 3), number, np.uint8)

    source = ScriptedSource(camera_id="lift-1", script=script, clock=ManualClock(START))
    values = []
    while not source.ended:
        frame = source.get(1.0)
        assert frame is not None
        values.append(int(frame.image[0, 0, 0]))
    assert values == [0, 1, 2]


def test_the_clock_never_runs_backwards() -> None:
    with pytest.raises(ValueError, match="expected 0 or more"):
        ManualClock(START).advance(-1.0)
    with pytest.raises(ValueError, match="timezone-aware"):
        ManualClock(datetime(2026, 5, 1))  # noqa: DTZ001
