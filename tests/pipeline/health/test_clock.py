"""Lag of a stream, and a camera clock that is off."""

import pytest

from pipeline.health import StreamClock


def play(clock: StreamClock, pts_s: float, arrival_s: float, camera_wall_s: float | None = None):
    clock.advance(pts_s, arrival_s=arrival_s, wall_s=1e9 + arrival_s, camera_wall_s=camera_wall_s)


def test_lag_is_what_has_piled_up() -> None:
    clock = StreamClock()
    for number in range(50):
        play(clock, number * 0.1, 100.0 + number * 0.1)
    assert clock.lag_s == pytest.approx(0.0, abs=1e-9)
    play(clock, 5.0, 106.2)
    assert clock.lag_s == pytest.approx(1.2)
    assert not clock.drifts(106.2)


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_a_stream_clock_that_is_set_is_told_for_a_minute(jump_s: float) -> None:
    clock = StreamClock()
    play(clock, 10.0, 100.0)
    play(clock, 10.1 + jump_s, 100.1)
    assert clock.drifts(100.1)
    for number in range(1, 700):
        play(clock, 10.1 + jump_s + number * 0.1, 100.1 + number * 0.1)
    assert clock.lag_s == pytest.approx(0.0, abs=1e-6)
    assert not clock.drifts(170.0)


def test_a_wall_clock_that_is_off_is_told() -> None:
    clock = StreamClock()
    play(clock, 0.0, 100.0, camera_wall_s=1e9 + 100.0 + 2.0)
    assert not clock.drifts(100.0)
    play(clock, 0.1, 100.1, camera_wall_s=1e9 + 100.1 + 300.0)
    assert clock.offset_s == pytest.approx(300.0)
    assert clock.drifts(100.1)


def test_an_outage_of_packets_is_no_jump() -> None:
    clock = StreamClock()
    play(clock, 0.0, 100.0)
    play(clock, 0.1, 112.0)
    assert not clock.drifts(112.0)
