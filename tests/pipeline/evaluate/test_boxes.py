"""Counts over boxes against cases worked by hand, and our sums against supervision's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluate.boxes import (
    average_precisions,
    bootstrap_interval,
    calibration_error,
    confusion,
    match_class,
    resampled_precision,
)
from pipeline.types import Detections

Row = tuple[float, float, float, float, float, int]


def boxes(rows: list[Row]) -> Detections:
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(
        xyxy=table[:, :4].copy(),
        confidence=table[:, 4].copy(),
        class_id=table[:, 5].astype(np.int64),
    )


def test_matches_are_one_to_one_surest_first_and_per_class() -> None:
    truth = boxes([(0, 0, 10, 10, 1, 2), (40, 0, 50, 10, 1, 2)])
    seen = boxes(
        [
            (0, 0, 10, 9, 0.6, 2),
            (0, 0, 10, 10, 0.9, 2),  # the same thing twice: one of them is wrong
            (40, 0, 50, 10, 0.8, 0),  # another class
            (40, 6, 50, 16, 0.7, 2),  # overlaps by a quarter
        ]
    )
    match = match_class(truth, seen, 2)
    assert match.confidence.tolist() == pytest.approx([0.9, 0.7, 0.6])
    assert match.right.tolist() == [True, False, False]
    assert match.found_at.tolist() == pytest.approx([0.9, 0.0])


def test_average_precision_of_a_case_worked_by_hand() -> None:
    # Right, wrong, right of two things: precision 1 up to recall 0.5, then 2/3.
    truth = [boxes([(0, 0, 10, 10, 1, 0), (40, 0, 50, 10, 1, 0)])]
    seen = [boxes([(0, 0, 10, 10, 0.9, 0), (80, 0, 90, 10, 0.8, 0), (40, 0, 50, 10, 0.7, 0)])]
    expected = (51 * 1.0 + 50 * 2 / 3) / 101
    assert average_precisions(truth, seen, [0])[0][0] == pytest.approx(expected, abs=1e-6)
    match = [match_class(truth[0], seen[0], 0)]
    assert resampled_precision(match, np.array([0])) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_our_sum_for_the_bootstrap_is_supervisions(seed: int) -> None:
    draw = np.random.default_rng(seed)
    truth, seen = [], []
    for _ in range(6):
        corners = draw.integers(0, 8, (3, 2)) * 40.0
        truth.append(boxes([(x, y, x + 30, y + 30, 1, 0) for x, y in np.unique(corners, axis=0)]))
        found = [
            (x + draw.uniform(-12, 12), y, x + 30, y + 30, float(c), 0)
            for (x, y), c in zip(corners, draw.permutation(90)[:3] / 100 + 0.05, strict=True)
        ]
        seen.append(boxes(found))
    theirs = average_precisions(truth, seen, [0])[0][0]
    matches = [match_class(t, s, 0) for t, s in zip(truth, seen, strict=True)]
    assert resampled_precision(matches, np.arange(6)) == pytest.approx(theirs, abs=0.02)


def test_calibration_is_the_distance_from_being_right() -> None:
    sure = np.full(10, 0.95, np.float32)
    assert calibration_error(sure, np.ones(10, bool)) == pytest.approx(0.05)
    half = np.array([True, False] * 5)
    assert calibration_error(sure, half) == pytest.approx(0.45)
    assert calibration_error(np.zeros(0, np.float32), np.zeros(0, bool)) is None


def test_confusion_names_what_a_thing_was_taken_for() -> None:
    names = ("person", "bicycle", "ebike")
    truth = [boxes([(0, 0, 10, 10, 1, 1), (50, 0, 60, 10, 1, 2), (90, 0, 99, 9, 1, 2)])]
    seen = [boxes([(0, 0, 10, 10, 0.6, 2), (0, 0, 10, 10, 0.5, 1), (50, 0, 60, 10, 0.2, 2)])]
    table = confusion(truth, seen, [1, 2], names, confidence=0.35)
    assert table == {"bicycle": {"ebike": 1}, "ebike": {"nothing": 2}}


def test_the_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = np.array([0.0] * 30 + [1.0] * 70)
    first = bootstrap_interval(100, lambda picks: float(values[picks].mean()))
    assert first is not None
    assert first == bootstrap_interval(100, lambda picks: float(values[picks].mean()))
    assert 0.55 < first[0] < 0.7 < first[1] < 0.85
    assert bootstrap_interval(0, lambda _: 1.0) is None
