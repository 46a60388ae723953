"""Which boxes each rule takes for candidates, and what it measures about them."""

import numpy as np
import pytest
from builders import CLASSES, SIZE_WH, Seen, make_tracks, make_zone
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import seen, star_polygons

from pipeline.rules import (
    Candidate,
    Presence,
    Scene,
    class_ids,
    defaults_for,
    missing_classes,
    missing_names,
    rules_for,
)
from pipeline.types import (
    REVIEW_ONLY_KINDS,
    Connection,
    Detections,
    HazardKind,
    Tracks,
    ZoneKind,
)

COCO = ("person", "bicycle", "car", "motorcycle", "bus", "truck", "suitcase", "chair", "couch")
(FIRE_LANE,) = rules_for(ZoneKind.FIRE_LANE)
(ELEVATOR,) = rules_for(ZoneKind.ELEVATOR)
PARKED_EBIKE, CLUTTER = rules_for(ZoneKind.CORRIDOR)
(CLIMBING_SITE,) = rules_for(ZoneKind.CLIMBING_SITE)
(EXIT,) = rules_for(ZoneKind.EXIT)


def scene(*boxes: Seen) -> Scene:
    return Scene.of(make_tracks(boxes), frame_size_wh=SIZE_WH, vocabulary=CLASSES)


def car(box: tuple[float, float, float, float], confidence: float = 0.8) -> Seen:
    return Seen(class_name="car", box=box, confidence=confidence)


def found(*boxes: Seen, **zone: object) -> list[Candidate]:
    return FIRE_LANE.candidates(scene(*boxes), make_zone(**zone))


def test_share_and_cover_are_those_of_the_footprint() -> None:
    # Lower 35 % of the box: 0.66 to 0.8; half of it, from x = 0.3 on, is in the zone.
    zone = ((0.3, 0.5), (0.9, 0.5), (0.9, 0.9), (0.3, 0.9))
    (candidate,) = found(car((0.2, 0.4, 0.4, 0.8)), polygon_norm=zone)
    assert candidate.share == pytest.approx(0.5, abs=1e-3)
    assert candidate.cover == pytest.approx(0.1 * 0.14 / 0.24, abs=1e-3)
    assert candidate.firm
    assert candidate.class_name == "car"


@pytest.mark.parametrize(
    ("inside", "firm", "kept"), [(0.35, True, True), (0.25, False, True), (0.15, False, False)]
)
def test_it_takes_thirty_percent_to_start_and_less_to_stay(
    inside: float, firm: bool, kept: bool
) -> None:
    right = 0.3 + 0.2 * inside
    candidates = found(car((right - 0.2, 0.4, right, 0.8)), polygon_norm=_from_x(0.3))
    assert [candidate.firm for candidate in candidates] == ([firm] if kept else [])


def _from_x(left: float) -> tuple[tuple[float, float], ...]:
    return ((left, 0.1), (0.9, 0.1), (0.9, 0.95), (left, 0.95))


def test_a_box_much_larger_than_the_zone_counts_by_what_it_covers() -> None:
    small = ((0.5, 0.7), (0.6, 0.7), (0.6, 0.8), (0.5, 0.8))
    (candidate,) = found(car((0.05, 0.05, 0.95, 0.95)), polygon_norm=small)
    assert candidate.share < 0.1
    assert candidate.cover == pytest.approx(1.0)
    assert candidate.firm


def test_one_thing_with_two_classes_is_one_candidate() -> None:
    box = (0.3, 0.4, 0.6, 0.8)
    truck = Seen(class_name="truck", box=(0.31, 0.4, 0.6, 0.8), confidence=0.9)
    (candidate,) = found(car(box), truck)
    assert candidate.class_name == "truck"


def test_firm_candidates_come_first() -> None:
    weak, strong = car((0.1, 0.4, 0.3, 0.8), 0.3), car((0.5, 0.4, 0.8, 0.8), 0.5)
    assert [candidate.firm for candidate in found(weak, strong)] == [True, False]


def test_measures() -> None:
    zone = make_zone()
    candidates = FIRE_LANE.candidates(
        scene(car((0.1, 0.4, 0.3, 0.8)), car((0.5, 0.4, 0.8, 0.8))), zone
    )
    measures = FIRE_LANE.measures(zone, candidates, aspect=16 / 9)
    assert measures["zone_share"] == pytest.approx(0.5 * 0.14 / 0.52, abs=1e-3)
    assert measures["footprint_share"] == 1.0


@settings(deadline=None)
@given(
    st.lists(seen(), max_size=8),
    star_polygons(),
    st.sampled_from([FIRE_LANE, ELEVATOR, PARKED_EBIKE, CLUTTER, CLIMBING_SITE, EXIT]),
)
def test_candidates_are_always_sound(
    boxes: list[Seen], polygon: tuple[tuple[float, float], ...], rule: object
) -> None:
    zone = make_zone(polygon_norm=polygon)
    candidates = rule.candidates(scene(*boxes), zone)  # type: ignore[attr-defined]
    for candidate in candidates:
        assert candidate.class_name in rule.classes  # type: ignore[attr-defined]
        assert 0 <= candidate.share <= 1
        assert 0 <= candidate.cover <= 1
        assert all(0 <= side <= 1 for side in candidate.box)
    if candidates:
        measures = rule.measures(zone, candidates, aspect=16 / 9)  # type: ignore[attr-defined]
        assert all(0 <= value <= 1 for value in measures.values())


def test_a_scene_leaves_out_what_says_nothing() -> None:
    tracks = Tracks(
        detections=Detections(
            xyxy=np.array(
                [[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9], [5, 5, 5, 9], [np.inf, 0, 9, np.nan]],
                np.float32,
            ),
            confidence=np.array([0.5, 0.5, np.nan, 0.5, 0.5], np.float32),
            class_id=np.array([0, 99, 0, 0, 0], np.int64),
        ),
        track_id=np.arange(5, dtype=np.int64),
    )
    kept = Scene.of(tracks, frame_size_wh=(10, 10), vocabulary=CLASSES)
    assert kept.track_id.tolist() == [0]


def test_names_against_a_models_vocabulary() -> None:
    assert class_ids(CLASSES, ("car", "bus", "spaceship")) == (4, 6)
    assert class_ids(COCO, ("ebike",)) == (3,)
    assert class_ids(COCO, ("furniture",)) == (7, 8)
    assert class_ids((*COCO, "ebike"), ("ebike",)) == (9,)
    assert missing_names(COCO, ("ebike", "tricycle", "luggage")) == ("tricycle",)


def test_what_a_model_lacks_is_told_by_rule() -> None:
    for kind in ZoneKind:
        assert missing_classes(kind, CLASSES) == {}
    assert missing_classes(ZoneKind.FIRE_LANE, COCO) == {"fire_lane": ("tricycle",)}
    assert missing_classes(ZoneKind.ELEVATOR, COCO) == {}
    assert missing_classes(ZoneKind.CORRIDOR, COCO) == {
        "clutter": ("carton", "bundle", "trolley", "pram")
    }
    assert missing_classes(ZoneKind.ELEVATOR, ("cat",)) == {"elevator": ("ebike",)}


def test_every_kind_of_zone_has_rules_and_limits() -> None:
    names = []
    for kind in ZoneKind:
        limits = defaults_for(kind)
        assert limits.k_of_n == (3, 5)
        for rule in rules_for(kind):
            assert rule.version == f"{rule.name}@{2 if rule.takes_foreign else 1}"
            assert rule.kind in HazardKind
            assert set(rule.classes) <= set(CLASSES)
            names.append(rule.name)
        assert len({rule.kind for rule in rules_for(kind)}) == len(rules_for(kind))
    assert set(names) == {
        "fire_lane",
        "climbing_site",
        "elevator",
        "parked_ebike",
        "clutter",
        "exit",
    }
    assert ELEVATOR.presence is Presence.ZONE
    assert (
        defaults_for(ZoneKind.FIRE_LANE).raise_after_s,
        defaults_for(ZoneKind.FIRE_LANE).clear_after_s,
    ) == (180.0, 30.0)
    assert (
        defaults_for(ZoneKind.ELEVATOR).raise_after_s,
        defaults_for(ZoneKind.ELEVATOR).clear_after_s,
    ) == (0.0, 5.0)
    assert defaults_for(ZoneKind.CORRIDOR).raise_after_s == 60.0


def test_an_overhead_floor_is_a_hazard_only_where_it_is_open_to_something() -> None:
    assert rules_for(ZoneKind.OVERHEAD_FLOOR, ()) == ()
    assert rules_for(ZoneKind.OVERHEAD_FLOOR, (Connection.HALL,)) == (PARKED_EBIKE,)
    assert rules_for(ZoneKind.CORRIDOR, ()) == (PARKED_EBIKE, CLUTTER)
    assert rules_for(ZoneKind.CHARGING_PLACE) == ()


def test_no_rule_accuses_by_itself_of_what_only_people_can_judge() -> None:
    raised = {rule.kind for kind in ZoneKind for rule in rules_for(kind)}
    assert raised == set(HazardKind) - REVIEW_ONLY_KINDS
