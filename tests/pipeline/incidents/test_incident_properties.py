"""What holds whatever happens: the promises of the state of place."""

import itertools
import json
import random
from collections import defaultdict
from datetime import timedelta

from builders import (
    SIZE_WH,
    START,
    Box,
    Camera,
    Seen,
    Thing,
    make_monitor,
    make_tracks,
    make_zone,
    parked,
    phases,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import frames_of_boxes, misses, steps_of_time

from pipeline.incidents import CameraMonitor
from pipeline.types import HazardEvent, Phase, ZoneKind

A: Box = (0.30, 0.40, 0.60, 0.80)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
QUICK = settings(max_examples=40, deadline=None)
# Where dice stand for the world a promise holds almost surely, not surely: the same dice each time.
SAME_DICE = settings(max_examples=25, deadline=None, derandomize=True)


def lane_monitor(raise_after_s: float = 20.0, clear_after_s: float = 10.0) -> CameraMonitor:
    return make_monitor(
        make_zone(raise_after_s=raise_after_s, clear_after_s=clear_after_s, update_every_s=3600.0)
    )


def busy_monitor() -> CameraMonitor:
    """One zone of each kind over the whole picture, quick to raise and to clear."""
    limits = {"polygon_norm": WHOLE, "clear_after_s": 4.0, "update_every_s": 7.0}
    return make_monitor(
        make_zone(ZoneKind.FIRE_LANE, id="lane", raise_after_s=6.0, **limits),
        make_zone(ZoneKind.ELEVATOR, id="lift", raise_after_s=0.0, **limits),
        make_zone(ZoneKind.CORRIDOR, id="hall", raise_after_s=3.0, **limits),
    )


def show(
    monitor: CameraMonitor, seen: list[Seen], wall_s: float, media_s: float
) -> list[HazardEvent]:
    return monitor.observe(
        tracks=make_tracks(seen),
        frame_size_wh=SIZE_WH,
        captured_at=START + timedelta(seconds=wall_s),
        media_time_s=media_s,
    )


@QUICK
@given(frames=frames_of_boxes(), steps=steps_of_time(), blind=st.sets(st.integers(0, 59)))
def test_each_incident_starts_once_ends_at_most_once_and_counts_without_holes(
    frames: list[list[Seen]], steps: list[float], blind: set[int]
) -> None:
    monitor = busy_monitor()
    said: dict[str, list[HazardEvent]] = defaultdict(list)
    wall_s = media_s = 0.0
    for index, (seen, step_s) in enumerate(zip(frames, steps, strict=False)):
        wall_s, media_s = wall_s + step_s, media_s + max(step_s, 0.2)
        if index in blind:
            events = monitor.lose_sight(
                at=START + timedelta(seconds=wall_s), media_time_s=media_s, reason="camera_dark"
            )
            assert all(event.phase is Phase.UNKNOWN for event in events)
        else:
            events = show(monitor, seen, wall_s, media_s)
        for event in events:
            said[event.incident_key].append(event)
    still_open = 0
    for events in said.values():
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        told = phases(events)
        assert told[0] == "start"
        assert "start" not in told[1:]
        assert "end" not in told[:-1]
        still_open += told[-1] != "end"
        for before, after in itertools.pairwise(told):
            assert (before, after) != ("unknown", "unknown")
        dwells = [event.measures["dwell_s"] for event in events]
        assert dwells == sorted(dwells)
        assert all(event.first_seen <= event.last_seen for event in events)
        assert all(event.first_seen == events[0].first_seen for event in events)
        assert all(event.subjects for event in events)
    assert monitor.open_incidents == still_open


@QUICK
@given(
    frames=frames_of_boxes(),
    steps=steps_of_time(),
    restarts=st.sets(st.integers(0, 59), max_size=20),
)
def test_a_restart_at_any_moment_changes_nothing_in_what_is_said(
    frames: list[list[Seen]], steps: list[float], restarts: set[int]
) -> None:
    steady, restarted = busy_monitor(), busy_monitor()
    wall_s = media_s = 0.0
    for index, (seen, step_s) in enumerate(zip(frames, steps, strict=False)):
        wall_s, media_s = wall_s + step_s, media_s + max(step_s, 0.2)
        if index in restarts:
            on_disk = json.dumps(restarted.snapshot(), allow_nan=False)
            restarted = busy_monitor()
            restarted.restore(json.loads(on_disk))
            assert json.dumps(restarted.snapshot()) == on_disk
        assert show(restarted, seen, wall_s, media_s) == show(steady, seen, wall_s, media_s)


@QUICK
@given(frames=frames_of_boxes(), steps=steps_of_time())
def test_what_is_worth_saving_is_reported_as_changed(
    frames: list[list[Seen]], steps: list[float]
) -> None:
    monitor = busy_monitor()
    wall_s = media_s = 0.0
    monitor.snapshot()
    for seen, step_s in zip(frames, steps, strict=False):
        wall_s, media_s = wall_s + step_s, media_s + max(step_s, 0.2)
        if show(monitor, seen, wall_s, media_s):
            assert monitor.changed
        monitor.snapshot()
        assert not monitor.changed


@settings(max_examples=15, deadline=None)
@given(st.floats(2.0, 20.0), st.floats(0.0, 5.0))
def test_the_frame_rate_moves_a_start_by_no_more_than_one_interval(
    raise_after_s: float, arrives_s: float
) -> None:
    raised = {}
    for fps in (1.0, 5.0, 25.0):
        lane = Camera(monitor=lane_monitor(raise_after_s), fps=fps)
        lane.watch([parked(A, from_s=arrives_s)], until_s=raise_after_s + 8)
        (raised[fps],) = lane.raised_at_s
        assert raise_after_s - 1e-6 <= raised[fps] - arrives_s <= raise_after_s + 2 / fps + 1e-6
    assert abs(raised[5.0] - raised[25.0]) <= 2 / 5 + 1e-6
    assert abs(raised[1.0] - raised[25.0]) <= 2 / 1 + 1e-6


@SAME_DICE
@given(
    missed=misses(frames=1200, share=0.3),
    seed=st.integers(0, 2**32),
    fps=st.sampled_from([1.0, 1.0, 1.0, 5.0]),
)
def test_misses_jitter_and_id_switches_neither_double_nor_lose_an_incident(
    missed: frozenset[int], seed: int, fps: float
) -> None:
    dice = random.Random(seed)  # noqa: S311  (a repeatable scene, no secret)

    def spoil(index: int, seen: list[Seen]) -> list[Seen]:
        if index in missed:
            return []
        return [
            Seen(
                class_name=dice.choice(["car", "car", "truck"]),
                box=_shaken(thing.box, dice),
                confidence=dice.uniform(0.4, 0.9),
                track_id=dice.randint(-1, 3),
            )
            for thing in seen
        ]

    lane = Camera(monitor=lane_monitor(60.0, 30.0), fps=fps, spoil=spoil)
    lane.watch([parked(A, to_s=180)], until_s=240)
    told = [phase for phase in phases(lane.events) if phase != "update"]
    assert told == ["start", "end"]
    assert 60 <= lane.raised_at_s[0] <= 60 + 25
    # The last frames before it left may have been misses too.
    assert 180 + 30 - 15 <= lane.ended_at_s[0] <= 180 + 30 + 1
    assert all(event.measures["footprints"] == 1 for event in lane.events)


def _shaken(box: Box, dice: random.Random) -> Box:
    width, height = box[2] - box[0], box[3] - box[1]
    left, top, right, bottom = (
        side + dice.gauss(0, 0.025) * size
        for side, size in zip(box, (width, height, width, height), strict=True)
    )
    return (left, top, right, bottom)


@SAME_DICE
@given(
    seed=st.integers(0, 2**32),
    mean_gap_s=st.floats(2.0, 20.0),
    fps=st.sampled_from([1.0, 2.0, 5.0]),
)
def test_passing_traffic_never_raises(seed: int, mean_gap_s: float, fps: float) -> None:
    dice = random.Random(seed)  # noqa: S311
    cars: list[tuple[float, float, float]] = []
    start_s = 0.0
    until_s = 240.0 if fps < 5 else 120.0
    while start_s < until_s:
        cars.append((start_s, dice.uniform(2.0, 6.0), dice.uniform(0.15, 0.3)))
        start_s += 0.8 + dice.expovariate(1 / mean_gap_s)
    lane = Camera(monitor=lane_monitor(60.0, 10.0), fps=fps)
    while lane.now_s < until_s:
        seen = []
        for begins_s, seconds, size in cars:
            share = (lane.now_s - begins_s) / seconds
            if 0 <= share <= 1:
                left = share * (1 - size)
                seen.append(Seen(class_name="car", box=(left, 0.8 - size, left + size, 0.8)))
        lane.show(seen)
    assert lane.events == []


@QUICK
@given(
    st.lists(st.tuples(st.floats(0.5, 4000.0), st.booleans()), min_size=1, max_size=12),
    st.sampled_from([ZoneKind.FIRE_LANE, ZoneKind.CORRIDOR, ZoneKind.ELEVATOR]),
)
def test_lost_sight_never_ends_anything(outages: list[tuple[float, bool]], kind: ZoneKind) -> None:
    name = "car" if kind is ZoneKind.FIRE_LANE else "ebike"
    camera = Camera(
        monitor=make_monitor(make_zone(kind, raise_after_s=5.0, clear_after_s=3.0)), fps=1.0
    )
    camera.watch([parked(A, class_name=name)], until_s=20)
    assert camera.monitor.open_incidents == 1
    for seconds, said in outages:
        if said:
            camera.lose_sight()
            camera.skip(camera.now_s + seconds)
            # The first look after blindness proves nothing about the time before it.
            camera.watch([], until_s=camera.now_s + 0.5)
        else:
            camera.lose_sight()
    assert "end" not in phases(camera.events)
    assert phases(camera.events).count("unknown") == 1
    assert camera.monitor.open_incidents == 1


@QUICK
@given(st.lists(st.floats(0.02, 30.0), min_size=5, max_size=60))
def test_dwell_never_shrinks_while_inside(intervals: list[float]) -> None:
    monitor = make_monitor(make_zone(raise_after_s=1.0, update_every_s=1.0))
    wall_s, dwells = 0.0, []
    for step_s in intervals:
        wall_s += step_s
        seen = [Seen(class_name="car", box=A)]
        dwells += [event.measures["dwell_s"] for event in show(monitor, seen, wall_s, wall_s)]
    assert dwells == sorted(dwells)
    assert not dwells or abs(dwells[-1] - (wall_s - intervals[0])) <= 30.0


@SAME_DICE
@given(
    st.floats(0.02, 0.6),
    st.floats(0.5, 6.0),
    st.sampled_from([1.0, 1.0, 2.0, 5.0]),
    st.integers(0, 2**32),
)
def test_a_vehicle_that_rolls_to_a_halt_is_raised_soon_after(
    way: float, brakes_s: float, fps: float, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311  (a repeatable scene, no secret)

    def where(at_s: float) -> Box:
        left_to_go = max(0.0, 1 - at_s / brakes_s) ** 2
        left = 0.65 - way * left_to_go
        return _shaken((left, 0.5, left + 0.2, 0.8), dice)

    lane = Camera(monitor=lane_monitor(30.0, 10.0), fps=fps)
    lane.watch([Thing(where=where)], until_s=60)
    assert phases(lane.events) == ["start"]
    assert 30 <= lane.raised_at_s[0] <= brakes_s + 30 + 6
