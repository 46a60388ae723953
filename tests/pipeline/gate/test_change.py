"""The change gate: what must wake the detector, and what must not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.gate import LUMA_WH, ChangeGate, zone_cells

WIDTH, HEIGHT = LUMA_WH


class Scene:
    """A place with texture, a sensor with noise, and a gate that looks at it."""

    def __init__(self, *, fps: float = 1.0, noise: float = 0.7, gate: ChangeGate | None = None):
        self.random = np.random.default_rng(7)
        self.place = self.random.uniform(40, 200, (HEIGHT, WIDTH))
        self.noise = noise
        self.interval_s = 1.0 / fps
        self.gate = gate or ChangeGate()
        self.now_s = 0.0

    def show(self, picture: NDArray[np.float64] | None = None) -> bool:
        """One picture; a detector looks whenever the gate says so."""
        levels = self.place if picture is None else picture
        levels = levels + self.random.normal(0, self.noise, levels.shape)
        self.now_s += self.interval_s
        changed = self.gate.observe(np.clip(levels, 0, 255).astype(np.uint8), self.now_s)
        if changed:
            self.gate.rebase()
        return changed

    def settle(self, pictures: int = 10) -> None:
        for _ in range(pictures):
            self.show()


def test_the_first_picture_is_a_change_and_stillness_is_none() -> None:
    scene = Scene()
    assert scene.show()
    assert [scene.show() for _ in range(60)] == [False] * 60


@pytest.mark.parametrize("contrast", [12.0, 40.0, -25.0])
def test_something_that_comes_is_seen_once_and_its_leaving_again(contrast: float) -> None:
    scene = Scene()
    scene.settle()
    with_thing = scene.place.copy()
    with_thing[20:26, 30:38] += contrast
    assert scene.show(with_thing)
    assert not any(scene.show(with_thing) for _ in range(30))
    assert scene.show()


def test_what_creeps_in_adds_up_until_it_is_seen() -> None:
    scene = Scene()
    scene.settle()
    seen = []
    for step in range(1, 30):
        slowly = scene.place.copy()
        slowly[10:20, 10:20] += 0.7 * step
        seen.append(scene.show(slowly))
    assert any(seen)


def test_exposure_and_gain_change_nothing() -> None:
    scene = Scene()
    scene.settle()
    assert not any(scene.show(np.clip(scene.place + shift, 0, 255)) for shift in (2, 5, 9, 14))


def test_a_switch_to_infrared_is_one_change() -> None:
    scene = Scene()
    scene.settle()
    night = 255 - scene.place * 0.7
    assert sum(scene.show(night) for _ in range(30)) == 1


@pytest.mark.parametrize("fps", [1.0, 5.0])
def test_a_burned_in_clock_is_learned_and_left_out(fps: float) -> None:
    scene = Scene(fps=fps)
    digits = np.random.default_rng(3).uniform(-60, 60, (10, 2, 3))

    def with_clock(picture: NDArray[np.float64]) -> NDArray[np.float64]:
        shown = picture.copy()
        shown[1:3, 50:53] += digits[int(scene.now_s) % 10]
        return shown

    for _ in range(int(30 * fps)):
        scene.show(with_clock(scene.place))
    changes = [scene.show(with_clock(scene.place)) for _ in range(int(60 * fps))]
    assert sum(changes) <= 3
    assert scene.gate.overlay is not None
    assert scene.gate.overlay.sum() <= 6
    person = with_clock(scene.place)
    person[12:24, 20:25] += 30
    assert scene.show(person)


def test_swaying_leaves_are_learned_but_a_car_among_them_is_seen() -> None:
    scene = Scene()
    leaves = np.zeros((HEIGHT, WIDTH), bool)
    leaves[0:8, 0:20] = True

    def windy() -> NDArray[np.float64]:
        shown = scene.place.copy()
        shown[leaves] += scene.random.normal(0, 3.0, int(leaves.sum()))
        return shown

    for _ in range(60):
        scene.show(windy())
    assert sum(scene.show(windy()) for _ in range(60)) <= 10
    car = windy()
    car[4:14, 5:20] += 80
    assert scene.show(car)


def test_only_the_zone_and_its_edge_matter() -> None:
    cells = zone_cells([((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0))], size_wh=LUMA_WH)
    assert cells is not None
    assert cells[HEIGHT - 1, WIDTH - 1]
    assert cells[HEIGHT // 2 - 2, WIDTH // 2]
    assert not cells[0, 0]
    scene = Scene(gate=ChangeGate(cells))
    scene.settle()
    elsewhere = scene.place.copy()
    elsewhere[0:10, 0:20] += 50
    assert not scene.show(elsewhere)
    elsewhere[28:34, 40:60] += 50
    assert scene.show(elsewhere)


def test_a_camera_that_changes_its_picture_size_starts_afresh() -> None:
    gate = ChangeGate()
    assert gate.observe(np.zeros((36, 64), np.uint8), 0.0)
    assert gate.observe(np.zeros((18, 32), np.uint8), 1.0)
    assert not gate.observe(np.zeros((18, 32), np.uint8), 2.0)
