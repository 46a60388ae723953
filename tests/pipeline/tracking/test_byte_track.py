"""The adapter to the vendor's ByteTrack: nothing lost, nothing reordered, sane at 1 fps."""

import numpy as np
import pytest
from builders import Seen, make_detections
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import frames_of_boxes

from pipeline.tracking import Tracker
from pipeline.tracking.byte_track import ByteTracker
from pipeline.types import Detections

CAR = Seen(class_name="car", box=(0.3, 0.4, 0.6, 0.8))
BUS = Seen(class_name="bus", box=(0.62, 0.2, 0.95, 0.8))


def ids(tracker: Tracker, seen: list[Seen], at_s: float) -> list[int]:
    return tracker.update(make_detections(seen), media_time_s=at_s).track_id.tolist()


@settings(max_examples=30, deadline=None)
@given(
    frames_of_boxes(max_frames=20),
    st.lists(st.sampled_from([0.0, 0.2, 1.0, 1.3, 30.0, -5.0]), min_size=20, max_size=20),
    st.sampled_from([1.0, 5.0]),
)
def test_all_detections_come_back_as_they_were(
    frames: list[list[Seen]], steps: list[float], fps: float
) -> None:
    tracker = ByteTracker(sample_fps=fps)
    at_s = 0.0
    for seen, step_s in zip(frames, steps, strict=False):
        at_s += step_s
        given_in = make_detections(seen)
        tracks = tracker.update(given_in, media_time_s=at_s)
        assert tracks.detections is given_in
        assert len(tracks.track_id) == len(given_in)
        known = tracks.track_id[tracks.track_id >= 0]
        assert len(set(known.tolist())) == len(known)


@pytest.mark.parametrize("fps", [0.5, 1.0, 2.0, 5.0])
def test_what_stands_keeps_its_id_at_low_frame_rates(fps: float) -> None:
    tracker = ByteTracker(sample_fps=fps)
    given_ids = [ids(tracker, [BUS, CAR], frame / fps) for frame in range(20)]
    assert given_ids[0] == [-1, -1]
    settled = given_ids[4:]
    assert settled == [settled[0]] * len(settled)
    assert min(settled[0]) >= 0
    assert settled[0][0] != settled[0][1]


def test_ids_follow_the_box_and_not_its_row() -> None:
    tracker = ByteTracker(sample_fps=1.0)
    for frame in range(4):
        first = ids(tracker, [BUS, CAR], float(frame))
    assert ids(tracker, [CAR, BUS], 4.0) == first[::-1]


def test_a_miss_is_bridged_and_a_long_gap_is_not() -> None:
    tracker = ByteTracker(sample_fps=1.0)
    for frame in range(4):
        (before,) = ids(tracker, [CAR], float(frame))
    assert ids(tracker, [], 4.0) == []
    assert ids(tracker, [CAR], 5.0) == [before]
    assert ids(tracker, [CAR], 60.0) == [-1]
    (after,) = ids(tracker, [CAR], 61.0)
    assert after > before


def test_a_repeated_and_a_backward_time_do_not_warn() -> None:
    tracker = ByteTracker(sample_fps=1.0)
    for at_s in (0.0, 1.0, 2.0, 2.0, 2.0, 3.0, 1.0, 2.0):
        ids(tracker, [CAR], at_s)


def test_ids_are_never_handed_out_twice() -> None:
    tracker = ByteTracker(sample_fps=5.0)
    given_ids: set[int] = set()
    for round_ in range(3):
        for frame in range(5):
            now = ids(tracker, [CAR, BUS], 100.0 * round_ + frame / 5)
        assert not given_ids & set(now)
        given_ids |= set(now)
        tracker.reset()


def test_no_boxes_at_all() -> None:
    tracks = ByteTracker(sample_fps=1.0).update(Detections.empty(), media_time_s=0.0)
    assert tracks.track_id.dtype == np.int64
    assert len(tracks) == 0


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(fps: float) -> None:
    with pytest.raises(ValueError, match="sample_fps: expected a number above 0"):
        ByteTracker(sample_fps=fps)


def test_a_buffer_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="lost_after_s: expected a number above 0"):
        ByteTracker(sample_fps=1.0, lost_after_s=0.0)
