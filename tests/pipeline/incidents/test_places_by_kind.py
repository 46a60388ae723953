"""Each kind of zone judges what belongs to it: the same things, another place, another verdict."""

import pytest
from builders import Camera, Thing, make_monitor, make_zone, parked

from pipeline.types import Connection, HazardKind, ZoneKind
from pipeline.zones import Zone

BIKE = (0.30, 0.40, 0.45, 0.80)
LEFT = ((0.1, 0.3), (0.5, 0.3), (0.5, 0.95), (0.1, 0.95))


def kinds(*zones: Zone, things: tuple[Thing, ...], until_s: float = 400) -> list[HazardKind]:
    camera = Camera(monitor=make_monitor(*zones))
    camera.watch(things, until_s=until_s)
    return [event.kind for event in camera.events if event.phase == "start"]


@pytest.mark.parametrize(
    "kind", [ZoneKind.CORRIDOR, ZoneKind.STAIRWELL, ZoneKind.HALL, ZoneKind.UNIT_DOOR]
)
def test_indoors_a_parked_ebike_and_clutter_are_two_hazards(kind: ZoneKind) -> None:
    carton = parked((0.6, 0.5, 0.75, 0.8), class_name="carton")
    found = kinds(make_zone(kind), things=(parked(BIKE, class_name="ebike"), carton))
    assert found == [HazardKind.EBIKE_INDOORS, HazardKind.CORRIDOR_CLUTTER]


@pytest.mark.parametrize(
    ("connected_to", "raised"),
    [((), []), ((Connection.COURTYARD,), [HazardKind.EBIKE_INDOORS])],
)
def test_an_overhead_floor_counts_by_what_it_is_open_to(
    connected_to: tuple[Connection, ...], raised: list[HazardKind]
) -> None:
    zone = make_zone(ZoneKind.OVERHEAD_FLOOR, connected_to=connected_to)
    assert kinds(zone, things=(parked(BIKE, class_name="ebike"),)) == raised


def test_goods_on_an_overhead_floor_are_no_case() -> None:
    zone = make_zone(ZoneKind.OVERHEAD_FLOOR, connected_to=(Connection.HALL,))
    assert kinds(zone, things=(parked(BIKE, class_name="carton"),)) == []


def test_an_approved_charging_place_excuses_the_bikes_that_stand_in_it_and_no_others() -> None:
    floor = make_zone(ZoneKind.OVERHEAD_FLOOR, id="floor", connected_to=(Connection.HALL,))
    place = make_zone(ZoneKind.CHARGING_PLACE, id="sockets", polygon_norm=LEFT)
    charging = parked(BIKE, class_name="ebike")
    astray = parked((0.6, 0.4, 0.75, 0.8), class_name="ebike")
    assert kinds(floor, place, things=(charging,)) == []
    assert kinds(floor, place, things=(charging, astray)) == [HazardKind.EBIKE_INDOORS]


def test_a_charging_place_excuses_no_clutter() -> None:
    hall = make_zone(ZoneKind.HALL, id="hall")
    place = make_zone(ZoneKind.CHARGING_PLACE, id="sockets", polygon_norm=LEFT)
    found = kinds(hall, place, things=(parked(BIKE, class_name="furniture"),))
    assert found == [HazardKind.CORRIDOR_CLUTTER]


@pytest.mark.parametrize("thing", ["furniture", "ebike", "wheelchair", "car", "bundle"])
def test_anything_blocks_an_exit(thing: str) -> None:
    exit_zone = make_zone(ZoneKind.EXIT)
    assert kinds(exit_zone, things=(parked(BIKE, class_name=thing),)) == [HazardKind.EXIT_BLOCKED]


def test_people_in_a_door_are_no_case() -> None:
    assert kinds(make_zone(ZoneKind.EXIT), things=(parked(BIKE, class_name="person"),)) == []


@pytest.mark.parametrize("thing", ["car", "bundle", "furniture", "ebike"])
def test_a_climbing_site_must_be_free_of_vehicles_and_things_alike(thing: str) -> None:
    site = make_zone(ZoneKind.CLIMBING_SITE)
    camera = Camera(monitor=make_monitor(site))
    camera.watch((parked(BIKE, class_name=thing),), until_s=400)
    assert [event.kind for event in camera.events][:1] == [HazardKind.CLIMBING_SITE_BLOCKED]
    assert camera.raised_at_s == [120.0]
