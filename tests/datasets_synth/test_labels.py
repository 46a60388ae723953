"""Boxes of the scene generator come from visible pixels (no Blender needed here)."""

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
    eye = np.array([0.0, -4.0, 0.5])
    settings = {"fov_deg": 60.0, "size_px": (200, 200)} | changes
    return cameras.View(eye=eye, rot=cameras.look_at(eye, (0, 0, 0.5)), **settings)


def _cube(synth: Any) -> Any:
    mesh = synth("mesh")
    return mesh.Build().add(mesh.box((0, 0, 0.5), (1, 1, 1), 0.01), "paint")


def _silhouette(synth: Any, view: Any, build: Any) -> np.ndarray:
    """What an index pass would show of a convex thing: the hull of its corners."""
    import cv2

    uv, ok = view.project(build.verts())
    assert ok.all()
    index = np.zeros((view.size_px[1], view.size_px[0]), np.uint8)
    cv2.fillConvexPoly(index, np.round(cv2.convexHull(uv.astype(np.float32))).astype(np.int32), 1)
    return index


def test_camera_looks_where_it_is_aimed_and_up_is_up(synth: Any) -> None:
    view = _view(synth)
    uv, ok = view.project(np.array([[0, 0, 0.5], [0, 0, 1.0], [0.5, 0, 0.5], [0, -9, 0.5]]))
    assert uv[0] == pytest.approx([100, 100])
    assert uv[1][1] < 100
    assert uv[2][0] > 100
    assert ok.tolist() == [True, True, True, False]


def test_fisheye_reaches_the_corner_at_half_its_angle(synth: Any) -> None:
    view = _view(synth, fisheye=True, fov_deg=180.0)
    uv, _ = view.project(view.eye + np.array([[1.0, 1e-6, 0.0]]))
    assert uv[0][0] - 100 == pytest.approx(np.hypot(100, 100), abs=0.1)


def test_box_and_visible_share_of_a_whole_thing(synth: Any) -> None:
    labels, view, cube = synth("labels"), _view(synth), _cube(synth)
    index = _silhouette(synth, view, cube)
    instance = {"id": 1, "class": "carton", "verts": cube.verts(), "faces": cube.faces()}
    (row,) = labels.boxes(index, [instance], view)
    ys, xs = np.nonzero(index)
    assert row["xyxy"] == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    assert row["visible"] == pytest.approx(1.0, abs=0.05)
    assert row["in_frame"] == 1.0


def test_hidden_half_shrinks_the_box_and_the_share(synth: Any) -> None:
    labels, view, cube = synth("labels"), _view(synth), _cube(synth)
    index = _silhouette(synth, view, cube)
    index[:, :100] = 0  # a wall hides the left half
    instance = {"id": 1, "class": "carton", "verts": cube.verts(), "faces": cube.faces()}
    (row,) = labels.boxes(index, [instance], view)
    assert row["xyxy"][0] == 100
    assert row["visible"] == pytest.approx(0.5, abs=0.05)
    text = labels.yolo_rows([row], view.size_px)
    assert text.split()[0] == str(labels.CLASSES.index("carton"))
    assert float(text.split()[1]) == pytest.approx((100 + row["xyxy"][2]) / 2 / 200, abs=1e-6)


def test_thing_cut_by_the_frame_knows_its_share_inside(synth: Any) -> None:
    labels, view, cube = synth("labels"), _view(synth), _cube(synth)
    moved = cube.moved(0, (2.0, 0, 0))  # its middle lies near the right edge
    inside, whole = labels.amodal_area(moved.verts(), moved.faces(), view)
    assert 0.3 < inside / whole < 0.8


def test_speck_or_sliver_is_dropped(synth: Any) -> None:
    labels, view, cube = synth("labels"), _view(synth), _cube(synth)
    index = np.zeros((200, 200), np.uint8)
    index[50:53, 50:120] = 1
    instance = {"id": 1, "class": "carton", "verts": cube.verts(), "faces": cube.faces()}
    assert labels.boxes(index, [instance], view) == []


def test_classes_are_in_the_order_of_the_taxonomy(synth: Any) -> None:
    taxonomy = SYNTH.parent / "taxonomy.yaml"
    if not taxonomy.exists():
        pytest.skip("datasets/taxonomy.yaml is not there yet")
    import yaml

    text = taxonomy.read_text(encoding="utf-8")
    data = yaml.safe_load(text)["classes"]
    names = [
        row["name"] for row in (data if isinstance(data, list) else [{"name": n} for n in data])
    ]
    assert names == synth("labels").CLASSES
