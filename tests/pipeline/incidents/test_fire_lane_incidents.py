"""What becomes of vehicles in a fire lane, told as scenes."""

import hashlib
import json
import random
from datetime import timedelta

import pytest
from builders import START, Camera, Seen, Thing, make_monitor, make_zone, parked, phases

from pipeline.types import HazardKind

A = (0.30, 0.40, 0.60, 0.80)
B = (0.62, 0.42, 0.88, 0.82)


def camera(fps: float = 1.0, **zone: object) -> Camera:
    limits = {"raise_after_s": 10.0, "clear_after_s": 10.0, "update_every_s": 300.0} | zone
    return Camera(monitor=make_monitor(make_zone(**limits)), fps=fps)


def passing(start_s: float, *, y: float = 0.8, seconds: float = 4.0, size: float = 0.25) -> Thing:
    def where(at_s: float) -> tuple[float, float, float, float] | None:
        share = (at_s - start_s) / seconds
        if not 0 <= share <= 1:
            return None
        left = share * (1 - size)
        return (left, y - size, left + size, y)

    return Thing(where=where)


def test_a_parked_vehicle_starts_once_updates_and_ends() -> None:
    lane = camera(update_every_s=20.0)
    lane.watch([parked(A, to_s=50)], until_s=90)
    assert phases(lane.events) == ["start", "update", "end"]
    start, update, end = lane.events
    assert lane.raised_at_s == [10.0]
    assert lane.ended_at_s == [59.0]
    assert start.first_seen == START
    assert start.raised_at == start.occurred_at == START + timedelta(seconds=10)
    assert start.kind is HazardKind.FIRE_LANE_BLOCKED
    assert start.measures["dwell_s"] == 10.0
    assert start.measures["footprints"] == 1
    assert 0 < start.measures["zone_share"] < 1
    assert start.subjects[0].class_name == "car"
    assert start.subjects[0].xyxy_norm == pytest.approx(A, abs=1e-3)
    assert start.rule_version == "fire_lane@2"
    assert start.model == "lifelane-n@0.1.0"
    assert update.measures["dwell_s"] == 30.0
    assert end.reason == "clear"
    assert end.last_seen == START + timedelta(seconds=49)
    assert end.measures["dwell_s"] == 49.0
    assert [event.sequence for event in lane.events] == [1, 2, 3]
    assert len({event.incident_key for event in lane.events}) == 1
    assert lane.monitor.open_incidents == 0


def test_the_key_is_made_of_the_place_and_the_first_sight() -> None:
    lane = camera()
    (start,) = lane.watch([parked(A)], until_s=20)
    text = "demo|lane-1|lane|fire_lane_blocked|2026-01-05T02:10:59.100000+00:00"
    assert start.incident_key == hashlib.sha256(text.encode()).hexdigest()[:32]


def test_the_bus_of_the_well_known_photo_stands_in_the_lane() -> None:
    lane = camera()
    bus = parked((0.02, 0.21, 0.99, 0.70), class_name="bus", confidence=0.87)
    (start,) = lane.watch([bus], until_s=60)
    assert lane.raised_at_s == [10.0]
    assert start.measures["footprint_share"] == pytest.approx(0.8 / 0.97, abs=0.01)


def test_a_roof_over_the_lane_is_not_a_vehicle_in_the_lane() -> None:
    lane = camera(polygon_norm=((0.1, 0.1), (0.9, 0.1), (0.9, 0.5), (0.1, 0.5)))
    assert lane.watch([parked((0.3, 0.2, 0.6, 0.9), class_name="truck")], until_s=60) == []


def test_people_and_parcels_do_not_block_a_fire_lane() -> None:
    lane = camera()
    assert (
        lane.watch([parked(A, class_name="person"), parked(B, class_name="carton")], until_s=60)
        == []
    )


def test_one_stray_detection_raises_nothing() -> None:
    lane = camera(raise_after_s=0.0)
    assert lane.watch([parked(A, from_s=5, to_s=6)], until_s=60) == []


def test_weak_detections_start_nothing_but_keep_up_what_is_there() -> None:
    lane = camera(min_confidence=0.5)
    assert lane.watch([parked(A, confidence=0.4)], until_s=60) == []
    lane.watch([parked(A, confidence=0.8)], until_s=80)
    lane.watch([parked(A, confidence=0.4)], until_s=200)
    assert phases(lane.events) == ["start"]


def test_new_track_ids_in_every_frame_change_nothing() -> None:
    lane = camera()
    for number in range(120):
        track_id = (-1, number, number % 3)[number % 3]
        lane.show([Seen(class_name="car", box=A, track_id=track_id)])
    assert phases(lane.events) == ["start"]


def test_a_vehicle_that_flickers_is_raised_once_and_stays() -> None:
    dice = random.Random(7)  # noqa: S311  (a repeatable scene, no secret)
    lane = camera(raise_after_s=60.0, clear_after_s=30.0)
    lane.spoil = lambda _, seen: [box for box in seen if dice.random() > 0.35]
    lane.watch([parked(A)], until_s=1200)
    assert phases(lane.events)[0] == "start"
    assert set(phases(lane.events)) == {"start", "update"}
    assert lane.raised_at_s[0] <= 70


def test_a_vehicle_seen_as_car_and_truck_is_one_footprint() -> None:
    lane = camera()
    both = [
        parked(A, class_name="car", confidence=0.6),
        parked(A, class_name="truck", confidence=0.5),
    ]
    (start,) = lane.watch(both, until_s=30)
    assert start.measures["footprints"] == 1
    assert start.subjects[0].class_name == "car"


def test_the_class_is_what_most_of_the_evidence_says() -> None:
    lane = camera()
    for number in range(30):
        lane.show([Seen(class_name="truck" if number % 4 else "car", box=A)])
    assert lane.events[0].subjects[0].class_name == "truck"


def test_two_vehicles_are_one_incident_with_two_footprints() -> None:
    lane = camera()
    lane.watch([parked(A, to_s=60), parked(B, from_s=20, to_s=100)], until_s=130)
    assert phases(lane.events) == ["start", "update", "update", "end"]
    assert [event.measures["footprints"] for event in lane.events] == [1, 2, 1, 1]
    assert lane.raised_at_s == [10.0]
    assert lane.ended_at_s == [109.0]
    assert lane.events[1].occurred_at == START + timedelta(seconds=30)
    assert lane.events[-1].measures["dwell_s"] == 99.0


def test_a_replacement_keeps_the_incident_open() -> None:
    lane = camera(raise_after_s=60.0, clear_after_s=10.0)
    lane.watch([parked(A, to_s=100), parked(B, from_s=98)], until_s=300)
    assert phases(lane.events) == ["start", "update"]
    assert lane.events[1].measures["footprints"] == 1
    assert lane.events[1].subjects[0].xyxy_norm == pytest.approx(B, abs=1e-3)


def test_a_vehicle_that_moves_up_by_a_length_is_still_the_same_incident() -> None:
    lane = camera(raise_after_s=60.0, clear_after_s=10.0)
    lane.watch([parked(A, to_s=100), parked(B, from_s=100)], until_s=300)
    assert phases(lane.events) == ["start", "update"]


def test_a_replacement_that_leaves_too_ends_it() -> None:
    lane = camera(raise_after_s=60.0, clear_after_s=10.0)
    lane.watch([parked(A, to_s=100), parked(B, from_s=98, to_s=125)], until_s=300)
    assert phases(lane.events) == ["start", "end"]
    assert 125 < lane.ended_at_s[0] < 145


def test_coming_back_after_the_end_is_a_new_incident() -> None:
    lane = camera()
    lane.watch([parked(A, to_s=50), parked(A, from_s=100)], until_s=150)
    assert phases(lane.events) == ["start", "end", "start"]
    assert lane.raised_at_s == [10.0, 110.0]
    first, _, second = lane.events
    assert first.incident_key != second.incident_key
    assert second.sequence == 1
    assert (first.previous_key, second.previous_key) == ("", first.incident_key)


def test_a_return_is_linked_after_a_restart_too_and_another_place_is_no_return() -> None:
    lane = camera()
    lane.watch([parked(A, to_s=50)], until_s=80)
    state = json.loads(json.dumps(lane.monitor.snapshot()))
    for box, class_name, from_s, linked in (
        (A, "car", 90, True),
        (B, "car", 90, False),
        (A, "truck", 90, False),
        (A, "car", 3700, False),
    ):
        again = camera()
        again.monitor.restore(state)
        again.now_s = 80.0
        again.watch([parked(box, from_s=from_s, class_name=class_name)], until_s=from_s + 20)
        previous = [event.previous_key for event in again.events]
        assert previous == [lane.events[0].incident_key if linked else ""], (
            box,
            class_name,
            from_s,
        )


def test_coming_back_before_the_end_is_the_same_incident() -> None:
    lane = camera(clear_after_s=30.0)
    lane.watch([parked(A, to_s=50), parked(A, from_s=70)], until_s=150)
    assert phases(lane.events) == ["start"]


@pytest.mark.parametrize("every_s", [2, 3, 5, 8])
@pytest.mark.parametrize("fps", [1.0, 5.0])
def test_a_stream_of_passing_traffic_raises_nothing(every_s: int, fps: float) -> None:
    lane = camera(fps, raise_after_s=30.0)
    cars = [passing(float(start), seconds=3.7) for start in range(0, 300, every_s)]
    assert lane.watch(cars, until_s=300) == []


def test_passing_traffic_does_not_keep_an_empty_lane_blocked() -> None:
    lane = camera(clear_after_s=30.0)
    cars = [passing(float(start), seconds=3.7) for start in range(100, 400, 6)]
    lane.watch([parked(A, to_s=100), *cars], until_s=400)
    assert phases(lane.events) == ["start", "end"]
    assert lane.ended_at_s[0] < 200


def test_a_creeping_vehicle_leaves_its_footprint() -> None:
    lane = camera(raise_after_s=60.0)

    def creeping(at_s: float) -> tuple[float, float, float, float]:
        left = min(0.05 + 0.004 * at_s, 0.75)
        return (left, 0.5, left + 0.15, 0.8)

    assert lane.watch([Thing(where=creeping)], until_s=150) == []


def test_a_passing_bus_in_front_does_not_end_it() -> None:
    lane = camera(clear_after_s=5.0)
    in_front = parked((0.2, 0.3, 0.8, 0.95), from_s=40, to_s=75, class_name="bus")

    def hidden(at_s: float) -> tuple[float, float, float, float] | None:
        return None if 40 <= at_s < 75 else A

    lane.watch([Thing(where=hidden), in_front], until_s=120)
    assert "end" not in phases(lane.events)
    assert sum(phase == "start" for phase in phases(lane.events)) == 1


def test_hiding_does_not_last_for_ever() -> None:
    lane = camera(clear_after_s=10.0)
    crowd = parked((0.2, 0.3, 0.7, 0.9), from_s=40, class_name="person")
    lane.watch([parked(A, to_s=40), crowd], until_s=200)
    assert phases(lane.events) == ["start", "end"]
    assert 100 <= lane.ended_at_s[0] <= 115


def test_what_stands_behind_hides_nothing() -> None:
    lane = camera(clear_after_s=10.0)
    behind = parked((0.2, 0.2, 0.7, 0.7), from_s=40, class_name="person")
    lane.watch([parked(A, to_s=40), behind], until_s=200)
    assert lane.ended_at_s == [49.0]


def test_a_partly_hidden_vehicle_is_still_the_same() -> None:
    lane = camera(clear_after_s=5.0)
    left_half = (A[0], A[1], (A[0] + A[2]) / 2 - 0.03, A[3])
    lane.watch([parked(A, to_s=40), parked(left_half, from_s=40)], until_s=120)
    assert phases(lane.events) == ["start"]


def test_already_there_when_the_camera_comes_up() -> None:
    lane = camera()
    lane.skip(86_400.0)
    lane.watch([parked(A)], until_s=86_420)
    assert phases(lane.events) == ["start"]


def test_updates_come_at_their_interval() -> None:
    lane = camera(update_every_s=30.0)
    lane.watch([parked(A)], until_s=131)
    assert phases(lane.events) == ["start", *["update"] * 4]
    assert [event.measures["dwell_s"] for event in lane.events] == [10, 40, 70, 100, 130]


def test_finish_gives_one_update_for_an_open_incident() -> None:
    lane = camera()
    lane.watch([parked(A)], until_s=40)
    (last,) = lane.monitor.finish(at=lane.at(), media_time_s=lane.now_s)
    assert (last.phase, last.sequence, last.measures["dwell_s"]) == ("update", 2, 39.0)
    assert camera().monitor.finish(at=START, media_time_s=0.0) == []


def test_garbage_boxes_are_left_out() -> None:
    nan = float("nan")
    lane = camera()
    for _ in range(40):
        lane.show(
            [
                Seen(class_name="car", box=(nan, 0.1, 0.5, 0.9)),
                Seen(class_name="car", box=(0.5, 0.5, 0.5, 0.5)),
                Seen(class_name="car", box=(0.6, 0.8, 0.3, 0.4)),
                Seen(class_name="car", box=(1.2, 1.2, 1.5, 1.5)),
                Seen(class_name="car", box=A, confidence=nan),
            ]
        )
    assert lane.events == []


def test_two_zones_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="zones: expected unique ids, found more than one lane"):
        make_monitor(make_zone(), make_zone())


@pytest.mark.parametrize("stays", [True, False])
def test_a_gap_does_not_end_what_only_a_replacement_keeps_open(stays: bool) -> None:
    lane = camera(raise_after_s=60.0, clear_after_s=10.0)
    newcomer = parked(B, from_s=98, to_s=float("inf") if stays else 130)
    lane.watch([parked(A, to_s=100), newcomer], until_s=120)
    lane.skip(400)
    lane.watch([newcomer], until_s=402)
    assert "end" not in phases(lane.events)
    lane.watch([newcomer], until_s=440)
    assert phases(lane.events) == (["start", "update"] if stays else ["start", "end"])


def test_a_mad_detector_does_not_fill_the_memory() -> None:
    dice = random.Random(1)  # noqa: S311  (a repeatable scene, no secret)
    lane = camera()
    for _ in range(20):
        corners = [(dice.uniform(0.1, 0.85), dice.uniform(0.3, 0.9)) for _ in range(40)]
        lane.show([Seen(class_name="car", box=(x, y, x + 0.03, y + 0.03)) for x, y in corners])
    (place,) = lane.monitor.snapshot()["places"]
    # Without a bound some 300 would be alive at once.
    assert 40 <= len(place["occupancies"]) <= 64
