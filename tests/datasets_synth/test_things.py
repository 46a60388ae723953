"""Things of the scene generator have the size and stand as their originals (no Blender needed)."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

SYNTH = Path(__file__).resolve().parents[2] / "datasets" / "synth"


class Swatches:
    """Materials as the makers ask for them, without Blender: a name and a colour."""

    def _make(self, color: Any) -> Any:
        return SimpleNamespace(diffuse_color=(*[float(c) for c in color], 1.0))

    def plain(self, color: Any, *_: Any, **__: Any) -> Any:
        return self._make(color)

    def mottled(self, color: Any, *_: Any, **__: Any) -> Any:
        return self._make(color)


@pytest.fixture
def synth(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The generator's scripts, which import each other by plain name."""
    monkeypatch.syspath_prepend(str(SYNTH))
    return importlib.import_module


@pytest.mark.parametrize("family", ["moped", "delivery", "commuter", "light", "folding"])
def test_ebikes_have_the_size_of_ebikes_and_stand_on_the_ground(synth: Any, family: str) -> None:
    for seed in range(6):
        bike = synth("things_two_wheelers").ebike(
            Swatches(), np.random.default_rng(seed), family, dressed=False
        )
        low, high = bike.verts().min(0), bike.verts().max(0)
        assert -0.02 < low[2] < 0.02
        assert 1.1 < high[0] - low[0] < 2.1
        assert 0.9 < high[2] < 1.75  # a windshield reaches higher than the mirrors
        assert bike.marks["grip_l"][1] > 0.2 > -0.2 > bike.marks["grip_r"][1]
        assert bike.marks["seat"][0] < bike.marks["bars"][0]


@pytest.mark.parametrize("family", ["moped", "commuter", "light"])
def test_wind_quilt_shields_the_legs_and_muffs_the_grips(synth: Any, family: str) -> None:
    rng = np.random.default_rng(3)
    bare = synth("things_two_wheelers").ebike(Swatches(), rng, family, dressed=False)
    parts = len(bare.parts)
    synth("two_wheeler_dress").quilt(bare, Swatches(), rng)
    cloth = np.vstack([v for v, _, _ in bare.parts[parts:]])
    assert np.ptp(cloth[:, 1]) > 0.6
    assert cloth[:, 2].min() < 0.45
    for grip in ("grip_l", "grip_r"):
        assert np.linalg.norm(cloth - bare.marks[grip], axis=1).min() < 0.15


def test_a_dressed_bike_is_never_smaller_than_the_bare_one(synth: Any) -> None:
    for seed in range(12):
        bikes = [
            synth("things_two_wheelers").ebike(
                Swatches(), np.random.default_rng(seed), "commuter", dressed=dressed
            )
            for dressed in (False, True)
        ]
        bare, dressed = (b.verts() for b in bikes)
        assert (dressed.min(0) <= bare.min(0) + 1e-9).all()
        assert (dressed.max(0) >= bare.max(0) - 1e-9).all()


def test_a_sheet_covers_the_bike_from_above(synth: Any) -> None:
    rng = np.random.default_rng(4)
    bike = synth("things_two_wheelers").ebike(Swatches(), rng, "moped", dressed=False)
    covered = synth("covers").cover(bike, Swatches(), rng)
    sheet = covered.parts[-1][0]
    body = bike.verts()
    assert (sheet[:, :2].min(0) < body[:, :2].min(0) + 0.12).all()
    assert (sheet[:, :2].max(0) > body[:, :2].max(0) - 0.12).all()
    assert sheet[:, 2].max() > body[:, 2].max() - 0.1


@pytest.mark.parametrize(
    ("maker", "least", "most"),
    [("planter", 0.3, 1.9), ("bin_", 0.8, 1.9), ("stall", 0.7, 2.8)],
)
def test_yard_things_stand_on_the_ground(synth: Any, maker: str, least: float, most: float) -> None:
    for seed in range(6):
        thing = getattr(synth("things_yard"), maker)(Swatches(), np.random.default_rng(seed))
        verts = thing.verts()
        assert -0.05 < verts[:, 2].min() < 0.05
        assert least < verts[:, 2].max() < most


def test_battery_and_folded_umbrella_hang_from_the_hand(synth: Any) -> None:
    carried = synth("things_carried")
    battery = carried.battery(Swatches(), np.random.default_rng(1)).verts()
    assert battery[:, 2].max() < 0.05
    assert np.ptp(battery[:, 0]) < 0.45
    folded = carried.umbrella(Swatches(), np.random.default_rng(1), False).verts()
    assert folded[:, 2].min() < -0.6
    roof = carried.umbrella(Swatches(), np.random.default_rng(1), True).verts()
    assert np.ptp(roof[:, 0]) > 0.8


def test_sign_shows_a_bike_inside_its_ring(synth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("sys").modules, "materials", SimpleNamespace(glyphs=lambda *_: None)
    )
    rng = np.random.default_rng(2)
    bike = synth("things_two_wheelers").ebike(Swatches(), rng, "moped", dressed=False)
    image = synth("things_carried").bike_poster(bike, rng, 150, 200, sign=True)
    assert image.shape == (200, 150, 3)
    black = (image.max(2) < 40).mean()
    red = ((image[..., 2] > 150) & (image[..., 1] < 80)).mean()
    assert 0.02 < black < 0.3
    assert red > 0.03


@pytest.mark.parametrize(("span", "size"), [("width", (400, 240)), ("height", (400, 240))])
def test_image_circle_spans_what_it_says_and_is_black_beyond(
    synth: Any, span: str, size: tuple[int, int]
) -> None:
    cameras, check = synth("cameras"), synth("check_boxes")
    view = cameras.View(
        eye=np.zeros(3),
        rot=cameras.look_at((0, 0, 2.0), (0, 0.01, 0)),
        fov_deg=160.0,
        size_px=size,
        fisheye=True,
        span=span,
    )
    half = (size[0] if span == "width" else size[1]) / 2
    at = np.array([[size[0] / 2 + half - 1, size[1] / 2], [size[0] / 2 + half + 1, size[1] / 2]])
    _, real = check.world_rays(view, at)
    assert real.tolist() == [True, False]
    assert view.limit_deg == 160.0


def test_stored_picture_is_even_and_stretched(synth: Any) -> None:
    cameras = synth("cameras")
    view = cameras.View(
        eye=np.zeros(3), rot=np.eye(3), fov_deg=90.0, size_px=(312, 234), stretch=(1.5, 1.23)
    )
    assert view.stored_px == (468, 288)
