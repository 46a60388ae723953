"""The second opinion on label boxes: its rays, its boxes, its figures (no Blender needed here)."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SYNTH = Path(__file__).resolve().parents[2] / "datasets" / "synth"


@pytest.fixture
def synth(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The generator's scripts, which import each other by plain name."""
    monkeypatch.syspath_prepend(str(SYNTH))
    return importlib.import_module


def _view(synth: Any, **changes: Any) -> Any:
    cameras = synth("cameras")
    eye = np.array([0.3, -4.0, 2.5])
    settings = {"fov_deg": 80.0, "size_px": (480, 288)} | changes
    return cameras.View(eye=eye, rot=cameras.look_at(eye, (0, 1, 0.4), 0.1), **settings)


@pytest.mark.parametrize("lens", [{}, {"fisheye": True, "fov_deg": 170.0}])
def test_ray_of_a_pixel_meets_the_point_that_projects_there(synth: Any, lens: Any) -> None:
    view = _view(synth, **lens)
    points = np.random.default_rng(5).uniform((-1, 0, 0), (1, 3, 1.5), (200, 3))
    uv, ok = view.project(points)
    rays, real = synth("check_boxes").world_rays(view, uv)
    away = np.linalg.norm(points - view.eye, axis=1, keepdims=True)
    assert ok.all()
    assert real.all()
    assert view.eye + rays * away == pytest.approx(points, abs=1e-6)


def test_pixels_outside_the_image_circle_have_no_ray(synth: Any) -> None:
    view = _view(synth, fisheye=True, fov_deg=180.0)
    far = 240 + 2 * view.focal_px * np.sin(np.radians(view.limit_deg) / 4)
    _, real = synth("check_boxes").world_rays(view, np.array([[far + 1, 144.0], [far - 1, 144.0]]))
    assert real.tolist() == [False, True]


def test_extent_is_in_whole_pixels_and_leaves_strays_out(synth: Any) -> None:
    mask = np.zeros((200, 200), bool)
    mask[21:80, 10:121] = True
    mask[190, 190] = True
    assert synth("check_boxes").extent(mask) == [5.0, 10.5, 60.5, 40.0]
    assert synth("check_boxes").extent(np.zeros((20, 20), bool)) is None


def test_thing_behind_the_lens_bounds_nothing_and_one_beside_the_frame_is_nowhere(
    synth: Any,
) -> None:
    view, window = _view(synth), synth("check_boxes").window
    ahead = np.array([[0.0, 1.0, 0.4], [0.2, 1.0, 0.6]])
    x0, y0, x1, y1 = window(view, ahead)
    uv, _ = view.project(ahead)
    assert (uv > (x0, y0)).all()
    assert (uv < (x1, y1)).all()
    assert window(view, np.vstack([ahead, [[0.0, -9.0, 2.0]]])) == (0, 0, 480, 288)
    assert window(view, np.array([[0.0, -9.0, 2.0]])) is None
    assert window(view, np.array([[40.0, 1.0, 0.4], [41.0, 1.0, 0.6]])) is None


def test_report_counts_labels_that_the_rays_did_not_see(synth: Any) -> None:
    check = synth("check_boxes")
    assert check.iou([0, 0, 10, 10], [0, 0, 10, 10]) == 1.0
    assert check.iou([0, 0, 10, 10], [5, 0, 15, 10]) == pytest.approx(1 / 3)
    assert check.iou([0, 0, 10, 10], [20, 0, 30, 10]) == 0.0
    found = [
        {
            "seed": 1,
            "place": "lift",
            "view": "top",
            "camera": 0,
            "iou": 1.0,
            "rays_xyxy": [0, 0, 1, 1],
        },
        {
            "seed": 1,
            "place": "lift",
            "view": "top",
            "camera": 0,
            "iou": 0.98,
            "rays_xyxy": [0, 0, 1, 1],
        },
        {
            "seed": 2,
            "place": "corridor",
            "view": "corridor",
            "camera": 0,
            "iou": 0.0,
            "rays_xyxy": None,
        },
    ]
    figures = check.report(found, worst=1)
    assert figures["median_iou"] == 0.98
    assert figures["pictures"] == 2
    assert figures["unseen_by_rays"] == 1
    assert figures["worst"] == [found[2]]
