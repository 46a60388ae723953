"""Overlap of polygons with boxes, exact; the reference is shapely."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon as ShapelyPolygon
from shapely.geometry import box as shapely_box
from strategies import boxes, star_polygons

from pipeline.geometry import Polygon

SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))


@settings(max_examples=300, deadline=None)
@given(star_polygons(), st.lists(boxes(min_side=0.001), min_size=1, max_size=6))
@example(((0.1, 0.1), (0.9, 0.1 + 1e-8), (0.9, 0.9), (0.1, 0.9)), [(0.0, 0.0, 1.0, 0.5)])
@example(((0.1, 0.1), (0.9, 0.1 + 3e-7), (0.9, 0.9), (0.1, 0.9)), [(0.0, 0.1, 1.0, 0.1 + 1e-3)])
@example(((0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.9, 0.9), (0.1, 0.9)), [(0.4, 0.3, 0.9, 0.7)])
@example(((0.5, 0.0), (0.5 + 1e-9, 1.0), (0.2, 0.5)), [(0.1, 0.2, 0.9, 0.3)])
def test_overlap_agrees_with_shapely(
    points: tuple[tuple[float, float], ...], rectangles: list[tuple[float, ...]]
) -> None:
    polygon, reference = Polygon(points), ShapelyPolygon(points)
    assert polygon.area == pytest.approx(reference.area, abs=1e-12)
    overlaps = polygon.overlap_areas(np.array(rectangles))
    for overlap, rectangle in zip(overlaps, rectangles, strict=True):
        expected = reference.intersection(shapely_box(*rectangle)).area
        assert overlap == pytest.approx(expected, abs=1e-8)


def test_simple_cases_by_hand() -> None:
    rectangles = np.array(
        [
            [0.0, 0.0, 1.0, 1.0],
            [0.3, 0.3, 0.4, 0.5],
            [0.0, 0.0, 0.5, 0.5],
            [0.0, 0.0, 0.1, 0.1],
            [0.8, 0.2, 1.0, 0.8],
            [0.6, 0.6, 0.4, 0.4],
        ]
    )
    assert Polygon(SQUARE).overlap_areas(rectangles).tolist() == pytest.approx(
        [0.36, 0.02, 0.09, 0.0, 0.0, 0.0]
    )
    assert Polygon(SQUARE[::-1]).overlap_areas(rectangles[:3]).tolist() == pytest.approx(
        [0.36, 0.02, 0.09]
    )
    assert Polygon(SQUARE).overlap_areas(np.zeros((0, 4))).shape == (0,)


def test_repeated_and_closing_points_are_dropped() -> None:
    drawn = (SQUARE[0], SQUARE[0], *SQUARE[1:], SQUARE[0])
    assert Polygon(drawn).points == SQUARE


def test_a_rounding_error_beyond_the_edge_is_cut_off() -> None:
    polygon = Polygon(((-1e-7, 0.0), (1.0000001, 0.0), (1.0, 1.0), (0.0, 1.0)))
    assert polygon.points == ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert polygon.area == 1.0


def test_a_point_in_the_middle_of_a_side_is_fine() -> None:
    assert Polygon((SQUARE[0], (0.5, 0.2), *SQUARE[1:])).area == pytest.approx(0.36)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((), "expected at least 3 different points, found 0"),
        (SQUARE[:2], "expected at least 3 different points, found 2"),
        ((SQUARE[0], SQUARE[1], SQUARE[0]), "expected at least 3 different points, found 2"),
        (
            ((0.1, 0.1), (0.5, float("nan")), (0.9, 0.9)),
            r"point 2 is \(0.5, nan\), expected two finite numbers",
        ),
        (
            ((0.1, 0.1), (640, 0.1), (0.9, 0.9)),
            r"point 2 is \(640, 0.1\), expected both from 0 to 1: shares of the picture's width",
        ),
        (
            ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)),
            "the side from point 1 to 2 crosses the side from point 3 to 4; list the corners",
        ),
        (
            ((0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.5, 0.1)),
            "the side from point 1 to 2 crosses the side from point 3 to 4",
        ),
        (
            ((0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9)),
            "the outline turns back on itself at point 2",
        ),
        (
            ((0.1, 0.1), (0.11, 0.1), (0.11, 0.11)),
            "the area is 0.000050 of the picture, expected at least 0.0001; draw the zone larger",
        ),
    ],
)
def test_bad_polygons_are_refused_in_words(
    points: tuple[tuple[float, float], ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Polygon(points)
