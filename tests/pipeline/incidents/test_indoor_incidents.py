"""Lifts and corridors, told as scenes."""

import random

import pytest
from builders import Camera, Seen, Thing, make_monitor, make_tracks, make_zone, parked, phases

from pipeline.types import HazardKind, ZoneKind

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
BIKE = (0.30, 0.30, 0.60, 0.80)
COCO = ("person", "bicycle", "car", "motorcycle", "suitcase", "chair")


def lift(**zone: object) -> Camera:
    monitor = make_monitor(make_zone(ZoneKind.ELEVATOR, id="car", polygon_norm=WHOLE, **zone))
    return Camera(monitor=monitor, fps=5.0)


def corridor(**zone: object) -> Camera:
    monitor = make_monitor(make_zone(ZoneKind.CORRIDOR, id="hall", **zone))
    return Camera(monitor=monitor, fps=1.0)


def bike(confidence: float = 0.8, box: tuple[float, float, float, float] = BIKE) -> Seen:
    return Seen(class_name="ebike", box=box, confidence=confidence)


def test_an_ebike_in_a_lift_is_raised_at_the_third_hit() -> None:
    car = lift()
    car.watch([parked(BIKE, class_name="ebike", from_s=2.0, to_s=30.0)], until_s=40)
    assert phases(car.events) == ["start", "end"]
    assert car.raised_at_s == [2.4]
    assert car.ended_at_s == [pytest.approx(34.8)]
    start = car.events[0]
    assert start.kind is HazardKind.EBIKE_IN_ELEVATOR
    assert start.rule_version == "elevator@1"
    assert (start.raised_at - start.first_seen).total_seconds() == pytest.approx(0.4)


def test_two_of_five_are_not_enough_and_three_of_five_are() -> None:
    car = lift()
    for hit in (1, 0, 0, 1, 0) * 6:
        car.show([bike()] if hit else [])
    assert car.events == []
    for hit in (1, 0, 1, 0, 1):
        car.show([bike()] if hit else [])
    assert phases(car.events) == ["start"]


def test_the_bike_may_be_turned_about() -> None:
    dice = random.Random(3)  # noqa: S311  (a repeatable scene, no secret)

    def wandering(at_s: float) -> tuple[float, float, float, float]:
        left, top = 0.1 + 0.5 * dice.random(), 0.1 + 0.4 * dice.random()
        return (left, top, left + 0.3, top + 0.4)

    car = lift()
    car.watch([Thing(class_name="ebike", where=wandering)], until_s=25)
    assert phases(car.events) == ["start"]


@pytest.mark.parametrize("guard", ["bicycle", "wheelchair", "pram", "trolley", "luggage"])
def test_a_guard_class_that_is_surer_excuses(guard: str) -> None:
    car = lift()
    surer = parked(BIKE, class_name=guard, confidence=0.7)
    assert car.watch([parked(BIKE, class_name="ebike", confidence=0.6), surer], until_s=30) == []


def test_a_guard_class_that_is_less_sure_or_elsewhere_does_not() -> None:
    less = lift()
    less.watch(
        [
            parked(BIKE, class_name="ebike", confidence=0.8),
            parked(BIKE, class_name="bicycle", confidence=0.7),
        ],
        until_s=5,
    )
    elsewhere = lift()
    elsewhere.watch(
        [
            parked(BIKE, class_name="ebike", confidence=0.6),
            parked((0.7, 0.3, 0.9, 0.8), class_name="pram", confidence=0.9),
        ],
        until_s=5,
    )
    assert phases(less.events) == phases(elsewhere.events) == ["start"]


def test_a_guard_that_the_zone_itself_names_counts() -> None:
    car = lift(classes=("ebike", "bicycle"))
    car.watch([parked(BIKE, class_name="bicycle")], until_s=5)
    assert phases(car.events) == ["start"]


def test_people_and_bicycles_alone_raise_nothing_in_a_lift() -> None:
    car = lift()
    others = [parked(BIKE, class_name=name) for name in ("person", "bicycle", "car")]
    assert car.watch(others, until_s=30) == []


def test_a_bike_seen_through_the_open_door_is_not_in_the_lift() -> None:
    monitor = make_monitor(
        make_zone(ZoneKind.ELEVATOR, polygon_norm=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
    )
    car = Camera(monitor=monitor, fps=5.0)
    assert car.watch([parked((0.4, 0.05, 0.6, 0.5), class_name="ebike")], until_s=30) == []


def test_somebody_in_front_of_the_bike_does_not_double_it() -> None:
    car = lift()
    rider = parked((0.25, 0.25, 0.65, 0.95), class_name="person")
    car.watch([parked(BIKE, class_name="ebike", to_s=10), rider], until_s=18)
    car.watch([parked(BIKE, class_name="ebike"), rider], until_s=25)
    assert phases(car.events) == ["start"]


def test_people_who_stay_do_not_keep_it_open_for_long() -> None:
    car = lift()
    rider = parked((0.25, 0.25, 0.65, 0.95), class_name="person")
    car.watch([parked(BIKE, class_name="ebike", to_s=10), rider], until_s=60)
    assert phases(car.events) == ["start", "end"]
    assert 14.5 <= car.ended_at_s[0] <= 26


def test_a_lift_may_be_patient() -> None:
    car = lift(raise_after_s=5.0)
    car.watch([parked(BIKE, class_name="ebike", from_s=1.0)], until_s=20)
    assert car.raised_at_s == [6.0]


def test_hits_from_before_a_gap_do_not_count() -> None:
    car = lift()
    for _ in range(2):
        car.show([bike()])
    car.skip(car.now_s + 20)
    car.show([bike()])
    assert car.events == []


def test_an_ebike_parked_in_a_corridor() -> None:
    hall = corridor()
    hall.watch([parked(BIKE, class_name="ebike", to_s=100)], until_s=160)
    assert phases(hall.events) == ["start", "end"]
    assert hall.raised_at_s == [60.0]
    assert hall.ended_at_s == [129.0]
    assert {event.kind for event in hall.events} == {HazardKind.EBIKE_INDOORS}
    assert hall.events[0].rule_version == "parked_ebike@1"


def test_an_ebike_pushed_through_a_corridor_is_no_case() -> None:
    def pushed(at_s: float) -> tuple[float, float, float, float]:
        left = 0.1 + 0.006 * (at_s % 100)
        return (left, 0.3, left + 0.2, 0.8)

    def person(at_s: float) -> tuple[float, float, float, float]:
        left = 0.05 + 0.006 * (at_s % 100)
        return (left, 0.2, left + 0.12, 0.8)

    hall = corridor()
    walk = [Thing(class_name="ebike", where=pushed), Thing(class_name="person", where=person)]
    assert hall.watch(walk, until_s=400) == []


@pytest.mark.parametrize(
    "name", ["carton", "furniture", "bundle", "trolley", "luggage", "pram", "bicycle"]
)
def test_clutter_has_its_own_incident(name: str) -> None:
    hall = corridor()
    things = [parked(BIKE, class_name="ebike"), parked((0.62, 0.4, 0.85, 0.8), class_name=name)]
    hall.watch(things, until_s=70)
    assert phases(hall.events) == ["start", "start"]
    assert {event.kind for event in hall.events} == {
        HazardKind.EBIKE_INDOORS,
        HazardKind.CORRIDOR_CLUTTER,
    }
    assert len({event.incident_key for event in hall.events}) == 2


def test_people_and_occupied_wheelchairs_are_no_clutter() -> None:
    hall = corridor()
    things = [parked(BIKE, class_name="wheelchair"), parked(BIKE, class_name="person")]
    assert hall.watch(things, until_s=300) == []


def test_what_is_surely_an_ebike_is_not_counted_as_a_bicycle_too() -> None:
    hall = corridor()
    things = [
        parked(BIKE, class_name="ebike", confidence=0.8),
        parked(BIKE, class_name="bicycle", confidence=0.5),
    ]
    hall.watch(things, until_s=200)
    assert [event.kind for event in hall.events] == [HazardKind.EBIKE_INDOORS]


def test_a_zones_own_classes_go_to_the_rule_that_knows_them() -> None:
    hall = corridor(classes=("ebike", "carton", "wheelchair"))
    things = [
        parked((0.12, 0.4, 0.3, 0.8), class_name="ebike"),
        parked((0.35, 0.4, 0.5, 0.8), class_name="wheelchair"),
        parked((0.6, 0.4, 0.8, 0.8), class_name="furniture"),
    ]
    hall.watch(things, until_s=70)
    said = {event.kind: event.subjects[0].class_name for event in hall.events}
    assert said == {
        HazardKind.EBIKE_INDOORS: "ebike",
        HazardKind.CORRIDOR_CLUTTER: "wheelchair",
    }


def test_plain_coco_weights_see_ebikes_as_motorcycles() -> None:
    monitor = make_monitor(
        make_zone(ZoneKind.ELEVATOR, polygon_norm=WHOLE), classes=COCO, camera_id="lift-1"
    )
    car = Camera(monitor=monitor, fps=5.0)
    events = []
    for _ in range(5):
        events += monitor.observe(
            tracks=make_tracks([Seen(class_name="motorcycle", box=BIKE)], classes=COCO),
            frame_size_wh=(1280, 720),
            captured_at=car.at(),
            media_time_s=car.now_s,
        )
        car.skip(car.now_s + 0.2)
    assert phases(events) == ["start"]
    assert events[0].subjects[0].class_name == "motorcycle"
