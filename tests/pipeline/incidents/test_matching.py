"""Which box stands on which footprint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes

from pipeline.incidents.matching import MIN_IOU, likeness, match_boxes, most_covered

A = (0.3, 0.4, 0.6, 0.8)


def score(anchor: tuple[float, ...], box: tuple[float, ...]) -> float:
    return float(likeness([anchor], [box])[0, 0])  # type: ignore[list-item]


def test_a_whole_box_scores_its_iou() -> None:
    assert score(A, A) == pytest.approx(1.0)
    # Shifted by a fifth of its width: IoU = 0.8 / 1.2.
    assert score(A, (0.36, 0.4, 0.66, 0.8)) == pytest.approx(2 / 3)
    assert score(A, (0.45, 0.4, 0.75, 0.8)) == 0.0


def test_a_part_on_the_same_line_scores_below_any_whole_box() -> None:
    part = (0.3, 0.4, 0.42, 0.8)
    assert 0 < score(A, part) < MIN_IOU
    assert 0 < score(part, A) < MIN_IOU


@pytest.mark.parametrize(
    "box",
    [(0.3, 0.4, 0.45, 0.6), (0.3, 0.7, 0.35, 0.8), (0.7, 0.4, 0.9, 0.8)],
    ids=["stands higher up", "is far smaller", "is elsewhere"],
)
def test_what_is_no_part_of_it(box: tuple[float, ...]) -> None:
    assert score(A, box) == 0.0


@given(st.lists(boxes(), max_size=5), st.lists(boxes(), max_size=5))
def test_each_side_is_matched_at_most_once(
    anchors: list[tuple[float, float, float, float]],
    found: list[tuple[float, float, float, float]],
) -> None:
    scores = likeness(anchors, found)
    assert scores.shape == (len(anchors), len(found))
    assert ((scores >= 0) & (scores <= 1 + 1e-9)).all()
    matched = match_boxes(scores)
    rows, columns = [pair[0] for pair in matched], [pair[1] for pair in matched]
    assert len(set(rows)) == len(rows)
    assert len(set(columns)) == len(columns)
    # Greedy: nothing that fits is left over on both sides.
    free = scores.copy()
    free[rows, :] = 0
    free[:, columns] = 0
    assert not free.any()


def test_the_best_pair_goes_first() -> None:
    assert match_boxes(np.array([[0.6, 0.9], [0.7, 0.8]])) == [(0, 1), (1, 0)]
    assert match_boxes(np.zeros((2, 2))) == []


def test_covering_needs_to_be_in_front() -> None:
    in_front = np.array([[0.3, 0.6, 0.6, 0.95]])
    assert most_covered([A], in_front) == pytest.approx(0.5)
    assert most_covered([A], np.array([[0.2, 0.1, 0.7, 0.7]])) == 0.0
    assert most_covered([A], np.zeros((0, 4))) == 0.0
    assert most_covered([A], np.array([[0.0, 0.0, 1.0, 1.0]])) == pytest.approx(1.0)
