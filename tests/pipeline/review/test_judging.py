"""What a single photo says: boxes and the kind of place, and never a dwell."""

import pytest
from builders import CLASSES, SIZE_WH, Seen, make_detections

from pipeline.review.judging import Proposal, judge_photo
from pipeline.types import HazardKind, PlaceKind

BOX = (0.3, 0.3, 0.6, 0.8)


def judge(*seen: Seen, place: PlaceKind | None) -> dict[HazardKind, Proposal]:
    found = judge_photo(make_detections(seen), vocabulary=CLASSES, size_wh=SIZE_WH, place=place)
    return {proposal.kind: proposal for proposal in found}


@pytest.mark.parametrize(
    ("class_name", "place", "kinds"),
    [
        ("ebike", PlaceKind.ELEVATOR, {HazardKind.EBIKE_IN_ELEVATOR}),
        ("ebike", PlaceKind.STAIRWELL, {HazardKind.EBIKE_INDOORS}),
        ("ebike", PlaceKind.OVERHEAD_FLOOR, {HazardKind.EBIKE_INDOORS}),
        ("ebike", PlaceKind.EXIT, {HazardKind.EXIT_BLOCKED}),
        ("carton", PlaceKind.CORRIDOR, {HazardKind.CORRIDOR_CLUTTER}),
        ("carton", PlaceKind.ELEVATOR, set()),
        ("car", PlaceKind.FIRE_LANE, {HazardKind.FIRE_LANE_BLOCKED}),
        ("car", PlaceKind.CLIMBING_SITE, {HazardKind.CLIMBING_SITE_BLOCKED}),
        ("car", PlaceKind.CORRIDOR, set()),
        ("person", PlaceKind.CORRIDOR, set()),
        ("bicycle", PlaceKind.ELEVATOR, set()),
        ("car", None, {HazardKind.FIRE_LANE_BLOCKED}),
        ("ebike", None, {HazardKind.EBIKE_INDOORS}),
        ("furniture", None, {HazardKind.CORRIDOR_CLUTTER}),
        ("person", None, set()),
    ],
)
def test_thing_and_place(class_name: str, place: PlaceKind | None, kinds: set[HazardKind]) -> None:
    found = judge(Seen(class_name=class_name, box=BOX), place=place)
    assert set(found) == kinds
    for proposal in found.values():
        assert proposal.place_known is (place is not None)
        assert proposal.subjects[0].xyxy_norm == pytest.approx(BOX, abs=1e-3)
        assert not hasattr(proposal, "measures")


def test_what_a_person_carries_is_no_clutter() -> None:
    person = Seen(class_name="person", box=(0.3, 0.2, 0.6, 0.9))
    bag = Seen(class_name="bundle", box=(0.35, 0.5, 0.5, 0.7))
    beside = Seen(class_name="bundle", box=(0.58, 0.5, 0.9, 0.9))
    assert not judge(person, bag, place=PlaceKind.CORRIDOR)
    found = judge(person, bag, beside, place=PlaceKind.CORRIDOR)
    assert len(found[HazardKind.CORRIDOR_CLUTTER].subjects) == 1


def test_one_thing_of_two_classes_is_one_subject() -> None:
    van = [
        Seen(class_name="car", box=BOX, confidence=0.6),
        Seen(class_name="truck", box=BOX, confidence=0.7),
    ]
    (subject,) = judge(*van, place=PlaceKind.FIRE_LANE)[HazardKind.FIRE_LANE_BLOCKED].subjects
    assert subject.class_name == "truck"


def test_in_a_lift_the_surer_wheelchair_wins() -> None:
    bike = Seen(class_name="ebike", box=BOX, confidence=0.5)
    chair = Seen(class_name="wheelchair", box=BOX, confidence=0.8)
    assert not judge(bike, chair, place=PlaceKind.ELEVATOR)
    unsure = Seen(class_name="wheelchair", box=BOX, confidence=0.4)
    assert judge(bike, unsure, place=PlaceKind.ELEVATOR)


def test_specks_far_away_are_left_out() -> None:
    far = Seen(class_name="car", box=(0.5, 0.5, 0.52, 0.52))
    assert not judge(far, place=PlaceKind.FIRE_LANE)
