"""Foreign matter, as a comparison with a clean reference would report it."""

from datetime import timedelta

import pytest
from builders import SIZE_WH, START, Seen, make_monitor, make_tracks, make_zone
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import boxes

from pipeline.incidents import CameraMonitor
from pipeline.rules import Scene, rules_for
from pipeline.types import Foreign, ForeignRegion, HazardEvent, HazardKind, ZoneKind

PILE = (0.3, 0.5, 0.5, 0.8)


def region(box: tuple[float, float, float, float] = PILE, **more: object) -> ForeignRegion:
    values = {"zone_id": "hall", "xyxy_norm": box, "confidence": 0.9, "area_norm": 0.04}
    return ForeignRegion(**(values | more))  # type: ignore[arg-type]


def judged(*regions: ForeignRegion) -> Foreign:
    return Foreign(regions=regions, judged=frozenset({"hall"}))


class Hall:
    """A hall with a clean reference, watched once a second."""

    def __init__(self, kind: ZoneKind = ZoneKind.HALL, **zone: object) -> None:
        self.monitor: CameraMonitor = make_monitor(make_zone(kind, id="hall", **zone))
        self.now_s = 0

    def watch(self, foreign: Foreign | None, *seen: Seen, frames: int = 1) -> list[HazardEvent]:
        events = []
        for _ in range(frames):
            events += self.monitor.observe(
                tracks=make_tracks(seen),
                frame_size_wh=SIZE_WH,
                captured_at=START + timedelta(seconds=self.now_s),
                media_time_s=self.now_s,
                foreign=foreign,
            )
            self.now_s += 1
        return events


def test_what_nobody_can_name_is_clutter_after_its_dwell() -> None:
    hall = Hall()
    (start,) = hall.watch(judged(region()), frames=70)
    assert start.kind is HazardKind.CORRIDOR_CLUTTER
    assert [subject.class_name for subject in start.subjects] == ["foreign"]
    assert (start.raised_at - start.first_seen).total_seconds() == 60
    (end,) = hall.watch(judged(), frames=40)
    assert (end.phase, end.reason) == ("end", "clear")


@pytest.mark.parametrize("kind", [ZoneKind.EXIT, ZoneKind.CLIMBING_SITE, ZoneKind.FIRE_LANE])
def test_it_blocks_exits_climbing_sites_and_lanes_too(kind: ZoneKind) -> None:
    assert len(Hall(kind).watch(judged(region()), frames=190)) == 1


def test_a_weak_box_and_the_matter_inside_it_speak_for_each_other() -> None:
    bins = Seen(class_name="trolley", box=(0.28, 0.48, 0.52, 0.82), confidence=0.24)
    weak = Hall(ZoneKind.CLIMBING_SITE)
    assert weak.watch(judged(), bins, frames=150) == [], "a guess alone starts nothing"
    site = Hall(ZoneKind.CLIMBING_SITE)
    for _ in range(40):  # the guess comes and goes, the matter stays
        assert site.watch(judged(region()), bins, frames=2) == []
        assert site.watch(judged(region())) == []
    (start,) = site.watch(judged(region()), bins, frames=5)
    assert [subject.class_name for subject in start.subjects] == ["trolley"]


def test_a_guess_hides_no_matter_and_an_ebike_is_not_told_twice() -> None:
    plant = Seen(class_name="person", box=PILE, confidence=0.27)
    (start,) = Hall().watch(judged(region()), plant, frames=70)
    assert start.kind is HazardKind.CORRIDOR_CLUTTER
    # The model wavers about an e-bike; the comparison sees matter all the time.
    hall, events = Hall(), []
    for frame in range(80):
        sure = 0.5 if frame % 3 else 0.28
        events += hall.watch(judged(region()), Seen(class_name="ebike", box=PILE, confidence=sure))
    assert [event.kind for event in events] == [HazardKind.EBIKE_INDOORS]


def test_matter_of_another_size_than_the_zone_asks_for_does_not_count() -> None:
    assert Hall(area_norm=(0.1, 1.0)).watch(judged(region()), frames=100) == []


def test_it_needs_a_zone_that_asks_for_it() -> None:
    assert Hall(classes=("carton",)).watch(judged(region()), frames=100) == []
    assert len(Hall(classes=("carton", "foreign")).watch(judged(region()), frames=100)) == 1


def test_a_parcel_that_is_fetched_before_the_dwell_is_no_case() -> None:
    hall = Hall()
    assert hall.watch(judged(region()), frames=50) == []
    assert hall.watch(judged(), frames=60) == []


def test_people_and_what_has_a_name_are_not_reported_twice() -> None:
    person = Seen(class_name="person", box=PILE)
    assert Hall().watch(judged(region()), person, frames=100) == []
    carton = Seen(class_name="carton", box=PILE)
    (start,) = Hall().watch(judged(region()), carton, frames=70)
    assert [subject.class_name for subject in start.subjects] == ["carton"]
    assert start.measures["footprints"] == 1


def test_a_parked_ebike_is_no_clutter_though_it_differs_from_the_reference() -> None:
    bike = Seen(class_name="ebike", box=PILE)
    events = Hall().watch(judged(region()), bike, frames=100)
    assert [event.kind for event in events] == [HazardKind.EBIKE_INDOORS]


def test_a_name_seen_once_in_a_while_is_the_name() -> None:
    hall = Hall()
    events = []
    for frame in range(80):
        named = [Seen(class_name="furniture", box=PILE)] if frame % 5 == 4 else []
        events += hall.watch(judged(region()), *named)
    assert [event.phase for event in events] == ["start"]
    assert [subject.class_name for subject in events[0].subjects] == ["furniture"]


@pytest.mark.parametrize("silence", [None, Foreign()])
def test_without_a_comparison_nothing_is_cleared(silence: Foreign | None) -> None:
    hall = Hall()
    assert len(hall.watch(judged(region()), frames=70)) == 1
    told = hall.watch(silence, frames=250)
    # Infrared without an infrared reference: told once that nobody knows.
    assert [(event.phase, event.reason) for event in told] == [("unknown", "no_reference")]
    assert [event.phase for event in hall.watch(judged(region()), frames=2)] == ["update"]
    assert [event.phase for event in hall.watch(judged(), frames=40)] == ["end"]


@settings(deadline=None)
@given(st.lists(boxes(), max_size=4), st.floats(0, 1))
def test_candidates_from_regions_are_sound(
    found: list[tuple[float, float, float, float]], confidence: float
) -> None:
    zone = make_zone(ZoneKind.HALL, id="hall")
    scene = Scene.of(
        make_tracks([]),
        frame_size_wh=SIZE_WH,
        vocabulary=("car",),
        foreign=judged(*(region(box, confidence=confidence) for box in found)),
    )
    _, clutter = rules_for(ZoneKind.HALL)
    for candidate in clutter.candidates(scene, zone):
        assert candidate.class_name == "foreign"
        assert 0 <= candidate.share <= 1
        assert 0 <= candidate.cover <= 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xyxy_norm": (0.5, 0.5, 0.5, 0.8)}, "xyxy_norm: expected 0 <= left < right <= 1"),
        ({"confidence": float("nan")}, "confidence: expected 0 to 1, found nan"),
        ({"area_norm": 1.5}, "area_norm: expected 0 to 1, found 1.5"),
    ],
)
def test_a_region_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        region(**changes)
