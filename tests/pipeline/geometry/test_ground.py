"""Metres from pictures, against a pinhole camera of the tests' own and against shapely."""

import itertools
import math
import random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pinhole import ASPECT, LookAt, block, rectangle, shaped
from strategies import star_polygons

from pipeline.geometry import Ground, clear_way, fit_footprint, overlap_area
from pipeline.rules.solids import solid_of

CAMERA = LookAt()
CORNERS = ((0.0, 0.0), (6.0, 0.0), (6.0, 16.0), (0.0, 16.0))
LANE = np.array([(0.0, -2.0), (6.0, -2.0), (6.0, 24.0), (0.0, 24.0)])
REAL = (True,) * 4


def ground(camera: LookAt = CAMERA) -> Ground:
    return Ground.of_rectangle(camera.marks(*CORNERS), width_m=6.0, length_m=16.0)


def test_points_on_the_ground_come_back_in_metres() -> None:
    points = np.array([(1.0, 2.0), (5.5, 9.0), (-2.0, 30.0)])
    seen = CAMERA.see(np.column_stack([points, np.zeros(3)]))
    np.testing.assert_allclose(ground().on_ground(seen), points, atol=1e-9)
    assert np.isnan(ground().on_ground(np.array([0.5, 0.0]))).all()


@settings(deadline=None, max_examples=60)
@given(
    st.floats(2.5, 9.0),
    st.floats(-4.0, 10.0),
    st.floats(0.6, 2.5),
    st.booleans(),
)
def test_the_camera_is_found_from_the_four_points(
    height_m: float, across_m: float, focal: float, mirrored: bool
) -> None:
    camera = LookAt(stands=(across_m, -8.0, height_m), looks_at=(3.0, 10.0, 0.0), focal=focal)
    corners = [(6 - x, y) for x, y in CORNERS] if mirrored else CORNERS
    found = Ground.of_rectangle(camera.marks(*corners), width_m=6.0, length_m=16.0).pinhole(ASPECT)
    assert found.height_m == pytest.approx(height_m, rel=1e-3)
    points = np.array([(2.0, 5.0, 0.0), (2.0, 5.0, 1.5), (4.0, 12.0, 3.0)])
    own = points * [-1, 1, 1] + [6, 0, 0] if mirrored else points
    np.testing.assert_allclose(found.project(own), camera.see(points), atol=1e-4)


def test_a_tape_does_as_well_as_a_rectangle() -> None:
    corners = ((0.0, 0.0), (5.0, 0.5), (5.5, 12.0), (-0.5, 11.0))
    sides = [math.dist(corners[i], corners[(i + 1) % 4]) for i in range(4)]
    diagonal = math.dist(corners[0], corners[2])
    taped = Ground.of_lengths(CAMERA.marks(*corners), sides_m=sides, diagonal_m=diagonal)
    a, b = np.array([(1.0, 3.0), (4.0, 9.0)])
    seen = CAMERA.see([(*a, 0.0), (*b, 0.0)])
    first, second = taped.on_ground(seen)
    # Turned so that the lane runs along y, lengths stay.
    assert np.linalg.norm(second - first) == pytest.approx(np.linalg.norm(b - a), abs=1e-6)
    assert abs(second[1] - first[1]) > abs(second[0] - first[0])


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (((0.1, 0.9), (0.5, 0.9), (0.9, 0.9), (0.3, 0.4)), "points 1, 2 and 3 lie on one line"),
        (((0.1, 0.9), (0.6, 0.4), (0.8, 0.9), (0.3, 0.4)), "do not go around in the picture"),
        (((0.1, 0.9), (0.8, 0.9), (0.6, 0.4)), "expected four points, found 3"),
    ],
)
def test_degenerate_calibrations_are_refused(
    points: tuple[tuple[float, float], ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Ground.of_rectangle(points, width_m=6.0, length_m=18.0)


@pytest.mark.parametrize(
    ("length_m", "message"),
    [(float("nan"), "expected 0.1 to 200 m, found nan"), (0.0, "found 0.0"), (1e6, "found 100")],
)
def test_lengths_that_cannot_be_are_refused(length_m: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"length_m: .*{message}"):
        Ground.of_rectangle(CAMERA.marks(*CORNERS), width_m=6.0, length_m=length_m)
    with pytest.raises(ValueError, match="form no triangle"):
        Ground.of_lengths(CAMERA.marks(*CORNERS), sides_m=(6, 16, 6, 16), diagonal_m=30)


@given(star_polygons(), st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(0, 3))
def test_overlaps_agree_with_shapely(
    polygon: tuple[tuple[float, float], ...], x: float, y: float, turn: float
) -> None:
    thing = rectangle(x, y, 0.4, 0.2, turn)
    expected = shapely.Polygon(polygon).intersection(shapely.Polygon(thing)).area
    for one in (thing, thing[::-1]):
        assert overlap_area(np.array(polygon), one) == pytest.approx(expected, abs=1e-9)


def test_clear_width_is_the_widest_gap_at_the_narrowest_place() -> None:
    left = rectangle(1.0, 5.0, 4.0, 2.0)  # 0 to 2 m across, 3 to 7 m along
    right = rectangle(5.5, 6.0, 4.0, 1.0)  # 5 to 6 m, 4 to 8 m
    alone = clear_way(LANE, REAL, [left])
    assert alone.clear_width_m == pytest.approx(4.0)
    assert alone.lane_width_m == pytest.approx(6.0)
    assert alone.occupied_m2 == pytest.approx(8.0)
    assert alone.clear_share == pytest.approx(1 - 8 / 156)
    assert clear_way(LANE, REAL, [left, right]).clear_width_m == pytest.approx(3.0)
    middle = rectangle(3.0, 15.0, 4.0, 2.0)
    assert clear_way(LANE, REAL, [left, middle]).clear_width_m == pytest.approx(2.0)
    across = rectangle(3.0, 10.0, 8.0, 2.0, 0.0)
    assert clear_way(LANE, REAL, [across]).clear_width_m == 0.0


def test_the_edge_of_the_picture_is_not_the_edge_of_the_lane() -> None:
    # The picture cuts the lane's right half off up to 6 m along.
    cut = np.array([(0.0, 0.0), (3.0, 0.0), (3.0, 6.0), (6.0, 6.0), (6.0, 20.0), (0.0, 20.0)])
    real = (False, False, True, True, False, True)
    car = rectangle(1.0, 3.0, 4.0, 2.0)
    assert clear_way(cut, real, [car]).clear_width_m == pytest.approx(4.0)
    assert clear_way(cut, (True,) * 6, [car]).clear_width_m == pytest.approx(1.0)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(0.5, 5.5), st.floats(0, 20)), min_size=1, max_size=4))
def test_more_things_never_leave_more_room(places: list[tuple[float, float]]) -> None:
    things = [rectangle(x, y, 4.5, 1.8) for x, y in places]
    widths = [
        clear_way(LANE, REAL, things[:count]).clear_width_m for count in range(1, 1 + len(things))
    ]
    assert all(0 <= width <= 6 for width in widths)
    assert all(later <= before + 1e-6 for before, later in itertools.pairwise(widths))


@pytest.mark.parametrize(
    ("class_name", "p95_m"),
    # A small turn of what is ten metres long moves its end by half a metre.
    [("car", 0.25), ("truck", 0.3), ("bus", 0.6), ("tricycle", 0.2)],
)
def test_clear_width_beside_a_block_of_any_usual_size(class_name: str, p95_m: float) -> None:
    """The block is as the class usually is, five percent smaller or larger, a little turned."""
    dice = random.Random(7)  # noqa: S311  (repeatable scenes, no secret)
    solid = solid_of(class_name)
    errors = []
    for _ in range(40):
        length, width, height = (
            usual * math.exp(dice.gauss(0, 0.05))
            for usual in (solid.length_m, solid.width_m, solid.height_m)
        )
        x, y = dice.uniform(1.2, 4.8), dice.uniform(4, 13)
        turn = math.pi / 2 + dice.gauss(0, 0.04)
        true = rectangle(x, y, length, width, turn)
        body = shaped(solid.corners, (length, width, height), x=x, y=y, turn=turn)
        found = fit_footprint(CAMERA.box(body), solid, ground(), aspect=ASPECT)
        assert found is not None
        expected = clear_way(LANE, REAL, [true]).clear_width_m
        errors.append(abs(clear_way(LANE, REAL, [found.corners]).clear_width_m - expected))
    assert np.median(errors) <= 0.1
    assert np.percentile(errors, 95) <= p95_m


def test_a_box_on_the_horizon_stands_nowhere() -> None:
    assert fit_footprint((0.4, 0.0, 0.6, 0.02), solid_of("car"), ground(), aspect=ASPECT) is None


def test_a_thing_without_a_known_size_is_measured_by_its_box() -> None:
    camera = LookAt(stands=(1.0, -2.0, 2.6), looks_at=(1.0, 5.0, 0.0), focal=0.9)
    corridor = Ground.of_rectangle(
        camera.marks((0, 1), (2, 1), (2, 9), (0, 9)), width_m=2.0, length_m=8.0
    )
    strip = np.array([(0.0, 0.0), (2.0, 0.0), (2.0, 10.0), (0.0, 10.0)])
    pile = rectangle(0.4, 3.0, 1.0, 0.8)  # in the corridor's own metres; 4 m before the camera
    box = camera.box(block(pile + np.array([0.0, 1.0]), 0.9))
    found = fit_footprint(box, solid_of("foreign"), corridor, aspect=ASPECT)
    assert found is not None
    assert clear_way(strip, REAL, [found.corners]).clear_width_m == pytest.approx(1.2, abs=0.2)
