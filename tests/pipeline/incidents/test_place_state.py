"""The state on disk: what survives a changed site file, and what garbage is answered with."""

import copy
import itertools
import json
from typing import Any

import pytest
from builders import START, Camera, make_monitor, make_zone, parked, phases

from pipeline.errors import StateError
from pipeline.types import ZoneKind

A = (0.30, 0.40, 0.60, 0.80)
LIMITS = {"raise_after_s": 10.0, "clear_after_s": 10.0}


def camera_with_an_open_incident() -> Camera:
    lane = Camera(monitor=make_monitor(make_zone(**LIMITS)))
    lane.watch([parked(A)], until_s=20)
    assert lane.monitor.open_incidents == 1
    return lane


def restart(camera: Camera, *zones: Any) -> Camera:
    state = json.loads(json.dumps(camera.monitor.snapshot()))
    monitor = make_monitor(*zones)
    monitor.restore(state)
    return Camera(monitor=monitor, now_s=camera.now_s)


def test_a_restart_keeps_the_incident_and_goes_on_counting() -> None:
    before = camera_with_an_open_incident()
    after = restart(before, make_zone(**LIMITS))
    after.skip(500)
    after.watch([parked(A, to_s=600)], until_s=650)
    assert [(event.phase, event.sequence) for event in after.events] == [
        ("update", 2),
        ("end", 3),
    ]
    assert {event.incident_key for event in before.events + after.events} == {
        before.events[0].incident_key
    }


def test_a_quick_restart_does_not_cost_the_dwell_so_far() -> None:
    before = Camera(monitor=make_monitor(make_zone(raise_after_s=100.0)))
    before.watch([parked(A)], until_s=60)
    after = restart(before, make_zone(raise_after_s=100.0))
    after.skip(80)
    after.watch([parked(A)], until_s=120)
    assert after.raised_at_s == [100.0]


@pytest.mark.parametrize(
    "zones",
    [
        (make_zone(id="other", **LIMITS),),
        (make_zone(ZoneKind.CORRIDOR, **LIMITS),),
    ],
    ids=["gone", "of another kind"],
)
def test_an_open_incident_of_a_removed_zone_is_ended(zones: tuple[Any, ...]) -> None:
    before = camera_with_an_open_incident()
    after = restart(before, *zones)
    assert after.monitor.changed is False
    again = restart(after, *zones)
    events = again.show([])
    assert phases(events) == ["end"]
    assert events[0].reason == "zone_removed"
    assert events[0].incident_key == before.events[0].incident_key
    assert events[0].sequence == 2
    assert events[0].kind == before.events[0].kind
    assert again.monitor.changed
    assert again.show([]) == []


def test_a_removed_zone_is_ended_even_when_the_camera_is_blind() -> None:
    after = restart(camera_with_an_open_incident(), make_zone(id="other"))
    assert phases(after.lose_sight()) == ["end"]
    finished = restart(camera_with_an_open_incident(), make_zone(id="other"))
    events = finished.monitor.finish(at=START, media_time_s=0.0)
    assert phases(events) == ["end"]


def test_a_retuned_or_moved_zone_keeps_its_footprints() -> None:
    before = camera_with_an_open_incident()
    moved = ((0.2, 0.3), (0.9, 0.3), (0.9, 0.95), (0.2, 0.95))
    after = restart(before, make_zone(raise_after_s=99.0, clear_after_s=5.0, polygon_norm=moved))
    after.watch([parked(A, to_s=40)], until_s=60)
    assert phases(after.events) == ["end"]
    assert after.ended_at_s == [44.0]


def test_a_new_zone_starts_empty_beside_the_old_one() -> None:
    after = restart(
        camera_with_an_open_incident(), make_zone(**LIMITS), make_zone(id="second", **LIMITS)
    )
    after.watch([parked(A)], until_s=40)
    assert [(event.zone_id, event.phase) for event in after.events] == [("second", "start")]


def test_changed_is_said_when_it_matters_and_not_otherwise() -> None:
    lane = Camera(monitor=make_monitor(make_zone(raise_after_s=60.0)))
    lane.watch([], until_s=100)
    assert not lane.monitor.changed
    saved = []
    while lane.now_s < 170:
        lane.watch([parked(A, from_s=101)], until_s=lane.now_s + 1)
        if lane.monitor.changed:
            lane.monitor.snapshot()
            saved.append(lane.now_s - 1)
    assert saved[0] == 103.0
    assert 161.0 in saved
    assert all(1 <= after - before <= 5 for before, after in itertools.pairwise(saved))
    assert len(saved) <= 16


def _without(path: str) -> Any:
    def spoil(state: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        node: Any = state
        for name in parents:
            node = node[int(name) if name.isdigit() else name]
        del node[last]

    return spoil


def _with(path: str, value: object) -> Any:
    def spoil(state: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        node: Any = state
        for name in parents:
            node = node[int(name) if name.isdigit() else name]
        node[int(last) if last.isdigit() else last] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without("schema"), "schema is missing"),
        (
            _with("schema", "lifelane.place-state/9"),
            "expected schema lifelane.place-state/1, found",
        ),
        (
            _with("camera_id", "lane-2"),
            "expected the state of camera 'lane-1', found that of 'lane-2'",
        ),
        (_without("clock"), "clock is missing"),
        (_with("clock", []), "clock: expected a mapping"),
        (_with("clock/now_s", float("nan")), "clock.now_s: expected a finite number"),
        (_with("clock/at", "2026-01-05"), "clock.at: expected a time with its zone"),
        (_with("clock/at", "yesterday"), "clock.at: expected a time with its zone"),
        (_with("clock/blind", 1), "clock.blind: expected true or false"),
        (_with("places", {}), "places: expected a list"),
        (_with("places/0", 7), r"places\[0\]: expected a mapping, found 7"),
        (_without("places/0/zone_id"), r"places\[0\].zone_id is missing"),
        (_with("places/0/next_serial", True), r"places\[0\].next_serial: expected a whole number"),
        (_with("places/0/window", [[1]]), r"places\[0\].window\[0\]: expected a time and a number"),
        (
            _with("places/0/occupancies/0/anchor", [0, 1, 2]),
            r"places\[0\].occupancies\[0\].anchor: expected four numbers",
        ),
        (
            _with("places/0/occupancies/0/votes", {}),
            r"places\[0\].occupancies\[0\].votes: expected at least one class",
        ),
        (_with("places/0/occupancies/0/hits", -1), r"occupancies\[0\].hits: expected 0 or more"),
        (_with("places/0/incident", 1), r"places\[0\].incident: expected a mapping"),
        (_with("places/0/incident/key", None), r"incident.key: expected a text"),
        (
            _with("orphans", [{"zone_id": "x", "kind": "fire"}]),
            r"orphans\[0\].kind: expected one of",
        ),
    ],
)
def test_garbage_gets_its_message_and_changes_nothing(spoil: Any, message: str) -> None:
    good = camera_with_an_open_incident().monitor.snapshot()
    bad = copy.deepcopy(good)
    spoil(bad)
    monitor = make_monitor(make_zone(**LIMITS))
    monitor.restore(good)
    with pytest.raises(StateError, match=message):
        monitor.restore(bad)
    assert monitor.snapshot() == good


@pytest.mark.parametrize("state", [None, [], "x", 3, {}])
def test_what_is_no_state_at_all_is_refused(state: object) -> None:
    with pytest.raises(StateError, match="place state"):
        make_monitor().restore(state)


def test_what_was_only_pending_in_a_removed_zone_is_forgotten() -> None:
    before = Camera(monitor=make_monitor(make_zone(**LIMITS)))
    before.watch([parked(A)], until_s=5)
    after = restart(before, make_zone(id="other", **LIMITS))
    assert after.show([]) == []
