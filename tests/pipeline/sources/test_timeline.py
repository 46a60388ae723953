"""Stream time and sampling, pure: whatever timestamps a camera sends."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources.timeline import Sampler, Timeline

RATE = 0.04


def _live(pts: list[float | None], arrivals: list[float], max_lead_s: float = 5.0) -> list[float]:
    timeline = Timeline(frame_interval_s=RATE, max_lead_s=max_lead_s)
    return [timeline.advance(p, arrival_s=a) for p, a in zip(pts, arrivals, strict=True)]


def _recorded(pts: list[float | None]) -> list[float]:
    timeline = Timeline(frame_interval_s=RATE, max_lead_s=None)
    return [timeline.advance(p, arrival_s=99.0) for p in pts]


ANY_PTS = st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False))
ARRIVALS = st.lists(st.floats(0.0, 30.0), min_size=1, max_size=60)


@settings(deadline=None)
@given(ARRIVALS, st.data())
def test_live_time_starts_at_zero_grows_and_stays_near_the_wall(
    gaps: list[float], data: st.DataObject
) -> None:
    arrivals = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    pts = data.draw(st.lists(ANY_PTS, min_size=len(gaps), max_size=len(gaps)))
    times = _live(pts, arrivals)
    assert times[0] == 0.0
    assert all(later > earlier for earlier, later in pairwise(times))
    for time_s, arrival_s in zip(times, arrivals, strict=True):
        passed_s = arrival_s - arrivals[0]
        # A millisecond a picture is the price of always growing.
        assert passed_s - 5.001 <= time_s <= passed_s + 5.001 + 0.001 * len(gaps)


@settings(deadline=None)
@given(st.lists(ANY_PTS, min_size=1, max_size=60))
def test_recorded_time_starts_at_zero_and_grows(pts: list[float | None]) -> None:
    times = _recorded(pts)
    assert times[0] == 0.0
    assert all(later > earlier for earlier, later in pairwise(times))


def test_sound_timestamps_are_taken_as_they_are() -> None:
    pts = [7.0, 7.04, 7.12, 9.0]
    assert _recorded(pts) == pytest.approx([0.0, 0.04, 0.12, 2.0])
    assert _live(pts, [0.0, 0.3, 0.3, 2.1]) == pytest.approx([0.0, 0.04, 0.12, 2.0])


def test_a_clock_set_back_or_ahead_costs_only_the_time_between_arrivals() -> None:
    arrivals = [0.0, 0.04, 0.08, 0.12, 0.16]
    times = _live([100.0, 100.04, 20.0, 3600.0, 3600.04], arrivals)
    assert times == pytest.approx([0.0, 0.04, 0.08, 0.12, 0.16])


def test_a_silent_network_followed_by_a_burst_does_not_count_twice() -> None:
    """Four seconds of silence, then all that was held back at once."""
    pts = [index * 0.04 for index in range(200)]
    arrivals = [min(p, 1.0) if p <= 1.0 else max(p, 5.0) for p in pts]
    assert _live(pts, arrivals)[-1] == pytest.approx(pts[-1], abs=0.01)


def test_a_looping_file_goes_on_by_one_picture() -> None:
    timeline = Timeline(frame_interval_s=RATE, max_lead_s=None)
    times = [timeline.advance(p, arrival_s=0.0) for p in (0.0, 0.04, 0.08)]
    timeline.restart()
    times += [timeline.advance(p, arrival_s=0.0) for p in (0.0, 0.04)]
    assert times == pytest.approx([0.0, 0.04, 0.08, 0.12, 0.16])


@settings(deadline=None)
@given(
    st.sampled_from([0.1, 0.5, 1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 12.5]),
    st.sampled_from([12.5, 15.0, 20.0, 25.0, 29.97, 30.0, 50.0, 60.0]),
)
def test_sampling_gives_the_asked_rate_for_any_rate_of_the_camera(
    sample_fps: float, camera_fps: float
) -> None:
    sampler = Sampler(sample_fps)
    length_s = 60.0
    taken = [
        index / camera_fps
        for index in range(int(length_s * camera_fps))
        if sampler.wants(index / camera_fps)
    ]
    assert len(taken) == pytest.approx(length_s * sample_fps, abs=1)
    for number, time_s in enumerate(taken):
        late_s = time_s - number / sample_fps
        assert -Sampler.TOLERANCE_S <= late_s <= 1 / camera_fps


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=200), st.floats(0.1, 30.0))
def test_sampling_never_exceeds_the_asked_rate(gaps: list[float], sample_fps: float) -> None:
    sampler = Sampler(sample_fps)
    time_s, taken = 0.0, []
    for gap_s in gaps:
        if sampler.wants(time_s):
            taken.append(time_s)
        time_s += gap_s
    assert taken[0] == 0.0
    span_s = taken[-1] - taken[0]
    assert len(taken) <= span_s * sample_fps + 2


def test_a_gap_is_not_made_up_for() -> None:
    sampler = Sampler(1.0)
    assert [t for t in (0.0, 0.5, 30.0, 30.04, 30.5, 31.0) if sampler.wants(t)] == [0.0, 30.0, 31.0]
