"""Boxes against shapely, which counts areas in quite another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box as shapely_box
from strategies import boxes

from pipeline.geometry import (
    box_areas,
    footprints,
    intersection_areas,
    normalise_boxes,
    pairwise_iou,
)


@given(st.lists(boxes(), min_size=1, max_size=4), st.lists(boxes(), min_size=1, max_size=4))
def test_areas_and_iou_agree_with_shapely(
    first: list[tuple[float, ...]], second: list[tuple[float, ...]]
) -> None:
    one, other = np.array(first), np.array(second)
    common, iou = intersection_areas(one, other), pairwise_iou(one, other)
    for i, a in enumerate(first):
        shape_a = shapely_box(*a)
        assert box_areas(one)[i] == pytest.approx(shape_a.area, abs=1e-12)
        for j, b in enumerate(second):
            shape_b = shapely_box(*b)
            both = shape_a.intersection(shape_b).area
            assert common[i, j] == pytest.approx(both, abs=1e-12)
            assert iou[i, j] == pytest.approx(both / shape_a.union(shape_b).area, abs=1e-9)


def test_boxes_without_area_have_no_iou() -> None:
    point = np.array([[0.5, 0.5, 0.5, 0.5]])
    inside_out = np.array([[0.6, 0.6, 0.4, 0.4]])
    assert pairwise_iou(point, point)[0, 0] == 0.0
    assert box_areas(inside_out)[0] == 0.0
    assert pairwise_iou(inside_out, np.array([[0.0, 0.0, 1.0, 1.0]]))[0, 0] == 0.0


def test_nothing_against_nothing() -> None:
    none = np.zeros((0, 4))
    assert intersection_areas(none, none).shape == (0, 0)
    assert pairwise_iou(none, np.ones((3, 4))).shape == (0, 3)
    assert normalise_boxes(np.zeros((0, 4), np.float32), (640, 480)).shape == (0, 4)


def test_pixels_become_shares_cut_to_the_frame() -> None:
    pixels = np.array([[64, 48, 320, 240], [-10, -10, 700, 500]], np.float32)
    assert normalise_boxes(pixels, (640, 480)).tolist() == [
        pytest.approx([0.1, 0.1, 0.5, 0.5]),
        [0.0, 0.0, 1.0, 1.0],
    ]


def test_a_frame_without_area_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"frame_size_wh: expected both at least 1 px, got \(0, 5\)"
    ):
        normalise_boxes(np.zeros((0, 4), np.float32), (0, 5))


def test_a_footprint_is_the_lowest_part() -> None:
    box = np.array([[0.1, 0.2, 0.5, 1.0]])
    assert footprints(box, 0.25)[0].tolist() == pytest.approx([0.1, 0.8, 0.5, 1.0])
    assert footprints(box, 1.0)[0].tolist() == pytest.approx([0.1, 0.2, 0.5, 1.0])
    assert box[0, 1] == 0.2
