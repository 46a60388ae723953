"""Clocks that jump, cameras that go blind, gaps, and what each may and may not decide."""

from datetime import datetime, timedelta

import pytest
from builders import START, Camera, Seen, make_monitor, make_tracks, make_zone, parked, phases

from pipeline.incidents.clock import PlaceClock, reached

A = (0.30, 0.40, 0.60, 0.80)


def camera(fps: float = 1.0, **zone: object) -> Camera:
    limits = {"raise_after_s": 100.0, "clear_after_s": 20.0, "update_every_s": 3600.0} | zone
    return Camera(monitor=make_monitor(make_zone(**limits)), fps=fps)


def test_a_short_gap_is_bridged() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=60)
    lane.skip(110)
    lane.watch([parked(A)], until_s=130)
    # The first frame after the gap is past the limit already.
    assert lane.raised_at_s == [110.0]
    assert lane.events[0].first_seen == START


def test_a_long_gap_forgets_what_was_only_pending() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=60)
    lane.skip(125)
    lane.watch([parked(A)], until_s=300)
    assert lane.raised_at_s == [225.0]


def test_a_night_without_network_ends_nothing() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    lane.skip(30_000)
    lane.watch([parked(A)], until_s=30_100)
    assert phases(lane.events) == ["start", "update"]
    assert lane.events[1].measures["dwell_s"] == 30_000


def test_leaving_during_a_gap_is_believed_only_after_watching_it_empty() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    lane.skip(30_000)
    lane.watch([], until_s=30_100)
    assert phases(lane.events) == ["start", "end"]
    assert 30_017 <= lane.ended_at_s[0] <= 30_020
    assert lane.events[1].last_seen == START + timedelta(seconds=149)


def test_lost_sight_makes_an_open_incident_unknown_once() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    assert phases(lane.lose_sight("camera_offline")) == ["unknown"]
    assert lane.lose_sight("camera_offline") == []
    assert lane.events[-1].reason == "camera_offline"
    assert lane.events[-1].sequence == 2
    assert lane.monitor.open_incidents == 1


def test_lost_sight_with_nothing_open_says_nothing() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=50)
    assert lane.lose_sight() == []


def test_sight_returns_and_it_is_still_there() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    lane.lose_sight()
    lane.skip(500)
    lane.watch([parked(A)], until_s=600)
    assert phases(lane.events) == ["start", "unknown", "update"]
    assert lane.events[-1].occurred_at == START + timedelta(seconds=500)


def test_sight_returns_and_it_is_gone() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    lane.lose_sight()
    lane.skip(500)
    lane.watch([], until_s=600)
    assert phases(lane.events) == ["start", "unknown", "end"]
    # The first frame after blindness has watched nothing yet.
    assert lane.ended_at_s == [520.0]


def test_sight_that_flaps_never_ends_and_never_repeats_itself() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    for start in range(150, 1150, 10):
        lane.now_s = float(start)
        lane.lose_sight()
        lane.skip(start + 5)
        lane.watch([], until_s=start + 6)
    assert phases(lane.events) == ["start", "unknown"]


def test_finish_while_blind_adds_nothing_to_unknown() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    lane.lose_sight()
    assert lane.monitor.finish(at=lane.at(), media_time_s=lane.now_s) == []


@pytest.mark.parametrize("step_s", [-3600.0, -30.0, -4.0, -0.5])
def test_a_clock_set_back_neither_resets_nor_crashes(step_s: float) -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=50)
    lane.step_of_clock_s = step_s
    lane.watch([parked(A)], until_s=200)
    assert phases(lane.events) == ["start"]
    assert 100 <= lane.raised_at_s[0] <= 100 + min(-step_s, 5) + 1
    start = lane.events[0]
    assert start.measures["dwell_s"] >= 100
    assert start.first_seen <= start.last_seen
    assert start.first_seen <= start.raised_at


@pytest.mark.parametrize("step_s", [-3600.0, -30.0, -4.0])
def test_a_clock_set_back_does_not_end_early(step_s: float) -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=150)
    lane.step_of_clock_s = step_s
    lane.watch([parked(A)], until_s=160)
    lane.watch([], until_s=220)
    assert phases(lane.events) == ["start", "end"]
    assert 179 <= lane.ended_at_s[0] <= 185


def test_a_clock_set_forward_by_an_hour_raises_nothing_early() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=50)
    lane.step_of_clock_s = 3600.0
    lane.watch([parked(A)], until_s=149)
    assert lane.events == []
    lane.watch([parked(A)], until_s=160)
    assert phases(lane.events) == ["start"]


def test_the_same_frame_twice_adds_no_time() -> None:
    clock = PlaceClock()
    clock.advance(START, 0.0)
    first = clock.advance(START + timedelta(seconds=1), 1.0)
    again = clock.advance(START + timedelta(seconds=1), 1.0)
    assert (first.dt_s, again.dt_s, again.now_s) == (1.0, 0.0, 1.0)


def test_unwatched_time_is_credited_no_more_than_two_intervals() -> None:
    clock = PlaceClock()
    for second in range(20):
        clock.advance(START + timedelta(seconds=second), float(second))
    tick = clock.advance(START + timedelta(seconds=59), 59.0)
    assert tick.dt_s == 40.0
    assert tick.seen_s == pytest.approx(2.0)
    assert not tick.gap


def test_slow_cameras_still_clear() -> None:
    lane = camera(fps=0.1, clear_after_s=60.0)
    lane.watch([parked(A, to_s=300)], until_s=500)
    assert phases(lane.events) == ["start", "end"]
    assert 350 <= lane.ended_at_s[0] <= 370


def test_rounding_does_not_cost_a_frame() -> None:
    clock = PlaceClock()
    for frame in range(25 * 60 * 60):
        clock.advance(START + timedelta(seconds=round(frame / 25, 6)), frame / 25)
    assert clock.now_s == 3599.96
    assert reached(33.4 - 23.4, 10.0)


def test_a_naive_time_is_refused() -> None:
    monitor = make_monitor()
    with pytest.raises(ValueError, match="timezone-aware"):
        monitor.observe(
            tracks=make_tracks([]),
            frame_size_wh=(640, 480),
            captured_at=datetime(2026, 1, 5),  # noqa: DTZ001  (the very thing that is refused)
            media_time_s=0.0,
        )


def test_a_change_of_frame_size_changes_nothing() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=60)
    for second in range(60, 160):
        lane.events += lane.monitor.observe(
            tracks=make_tracks([Seen(class_name="car", box=A)], size_wh=(640, 480)),
            frame_size_wh=(640, 480),
            captured_at=START + timedelta(seconds=second),
            media_time_s=float(second),
        )
    assert phases(lane.events) == ["start"]
    assert lane.events[0].occurred_at == START + timedelta(seconds=100)
