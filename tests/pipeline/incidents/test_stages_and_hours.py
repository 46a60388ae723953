"""Warning before raising, hours of the week, sizes, allowed classes, and the closer look."""

from datetime import datetime
from typing import Any

import pytest
from builders import SIZE_WH, START, Camera, make_monitor, make_zone, parked, phases
from pinhole import LookAt, shaped

from pipeline.geometry import Ground
from pipeline.rules.solids import solid_of
from pipeline.zones import BEIJING, Hours, Window

BOX = (0.3, 0.4, 0.6, 0.8)
LOCAL: datetime = START.astimezone(BEIJING)  # a Monday, 10:10:59


def lane(**zone: Any) -> Camera:
    return Camera(monitor=make_monitor(make_zone(clear_after_s=10.0, **zone)))


def hours(start_min: int, end_min: int) -> Hours:
    return Hours([Window(days=frozenset(range(7)), start_min=start_min, end_min=end_min)])


MINUTE = LOCAL.hour * 60 + LOCAL.minute


def test_it_is_announced_first_and_raised_then() -> None:
    camera = lane(warn_after_s=20.0, raise_after_s=60.0)
    camera.watch([parked(BOX)], until_s=100)
    assert [(e.phase.value, e.measures["stage"], e.measures["dwell_s"]) for e in camera.events] == [
        ("start", 1, 20.0),
        ("update", 2, 60.0),
    ]
    assert len({event.incident_key for event in camera.events}) == 1


def test_what_leaves_after_the_warning_ends_without_having_been_raised() -> None:
    camera = lane(warn_after_s=20.0, raise_after_s=60.0)
    camera.watch([parked(BOX, to_s=40)], until_s=80)
    assert [(e.phase.value, e.measures["stage"]) for e in camera.events] == [
        ("start", 1),
        ("end", 1),
    ]


def test_the_stage_survives_a_restart() -> None:
    camera = lane(warn_after_s=20.0, raise_after_s=60.0)
    camera.watch([parked(BOX)], until_s=30)
    state = camera.monitor.snapshot()
    again = lane(warn_after_s=20.0, raise_after_s=60.0)
    again.monitor.restore(state)
    again.now_s = 30
    again.watch([parked(BOX)], until_s=100)
    assert [(e.phase.value, e.measures["stage"]) for e in again.events] == [("update", 2)]


def test_nothing_is_raised_outside_of_the_hours_and_dwell_counts_within_them() -> None:
    camera = lane(raise_after_s=60.0, active=hours(MINUTE + 2, MINUTE + 30))
    # The hours begin at 10:12:00, 61 seconds after the camera's start (10:10:59.1).
    camera.watch([parked(BOX)], until_s=200)
    assert phases(camera.events) == ["start"]
    assert camera.raised_at_s == [pytest.approx(61 + 60)]
    assert camera.events[0].measures["dwell_s"] == 121.0


def test_what_was_raised_goes_on_and_ends_outside_of_the_hours() -> None:
    camera = lane(raise_after_s=20.0, active=hours(MINUTE, MINUTE + 2))
    camera.watch([parked(BOX, to_s=100)], until_s=150)
    assert phases(camera.events) == ["start", "end"]


def test_unloading_has_its_grace() -> None:
    camera = lane(raise_after_s=30.0, grace=hours(MINUTE, MINUTE + 60), grace_raise_after_s=120.0)
    camera.watch([parked(BOX)], until_s=200)
    assert camera.raised_at_s == [120.0]


def test_allowed_classes_and_sizes_do_not_count() -> None:
    bus = parked(BOX, class_name="bus")
    camera = lane(raise_after_s=20.0, allow_classes=("bus",))
    camera.watch([bus, parked(BOX, class_name="car", confidence=0.5)], until_s=60)
    assert camera.events == []  # the weaker word for the same thing does not count either
    camera = lane(raise_after_s=20.0, area_norm=(0.0, 0.1))
    camera.watch([parked(BOX)], until_s=60)
    assert camera.events == []


EYE = LookAt(stands=(-3.0, -6.0, 4.0), looks_at=(3.0, 11.0, 0.0), focal=0.9)
LANE_M = ((0.0, 2.0), (6.0, 2.0), (6.0, 20.0), (0.0, 20.0))


def calibrated(**zone: Any) -> Camera:
    corners = EYE.marks(*LANE_M)
    ground = Ground.of_rectangle(corners, width_m=6.0, length_m=18.0)
    monitor = make_monitor(
        make_zone(raise_after_s=20.0, polygon_norm=tuple(corners), ground=ground, **zone)
    )
    return Camera(monitor=monitor)


def car_at(x: float, y: float) -> tuple[float, float, float, float]:
    return EYE.box(shaped(solid_of("car").corners, (4.4, 1.75, 1.45), x=x, y=y))


def test_on_calibrated_ground_an_event_says_how_much_way_is_left() -> None:
    assert SIZE_WH[0] / SIZE_WH[1] == pytest.approx(16 / 9)
    camera = calibrated()
    camera.watch([parked(car_at(1.0, 10.0))], until_s=30)
    measures = camera.events[0].measures
    assert measures["calibrated"] == 1
    assert measures["clear_width_m"] == pytest.approx(6 - 1.875, abs=0.25)
    assert measures["lane_width_m"] == pytest.approx(6.0, abs=0.05)
    assert measures["required_width_m"] == 4.0
    assert measures["occupied_m2"] == pytest.approx(4.4 * 1.75, rel=0.25)


def test_without_calibration_it_says_so() -> None:
    camera = lane(raise_after_s=20.0)
    camera.watch([parked(BOX)], until_s=30)
    assert camera.events[0].measures["calibrated"] == 0
    assert "clear_width_m" not in camera.events[0].measures


def test_a_car_that_is_parked_beside_the_lane_is_no_case_on_calibrated_ground() -> None:
    """Its box covers the lane behind it; its wheels do not stand there."""
    beside = car_at(6.9, 5.0)
    flat = Camera(
        monitor=make_monitor(make_zone(raise_after_s=20.0, polygon_norm=tuple(EYE.marks(*LANE_M))))
    )
    flat.watch([parked(beside)], until_s=60)
    camera = calibrated()
    camera.watch([parked(beside)], until_s=60)
    assert camera.events == []
    # The picture alone could not tell.
    assert phases(flat.events) == ["start"]
