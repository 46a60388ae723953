"""Light is not matter; matter is found whatever the light."""

import cv2
import numpy as np
import pytest
from corridor_scenes import CLIP, Image, frames_of, hard_light, infrared, noisy_jpeg, relit, shaken

from pipeline.clutter.difference import LEAST_LIKENESS, Comparer, Difference
from pipeline.clutter.picture import WORK_WIDTH_PX, looks_infrared, prepare

CLEAN, WITH_CARTONS = frames_of(CLIP, 2, 400)
# Where the cartons stand in frame 400, as shares of the picture (read off the picture).
CARTONS = (0.455, 0.42, 0.645, 0.71)

LIGHTS = {
    "as it was": {},
    "darker": {"gain": 0.5},
    "brighter": {"gain": 1.35},
    "tone curve up": {"gamma": 0.7},
    "tone curve down": {"gamma": 1.4},
    "from the left": {"slope": (0.8, 0.0)},
    "from the far end": {"slope": (0.0, -0.8)},
    "warm lamps": {"balance": (0.75, 0.95, 1.1)},
    "cold daylight": {"gain": 0.8, "balance": (1.2, 1.0, 0.85)},
}


def compare(reference: Image, image: Image) -> Difference:
    comparer = Comparer(prepare(reference))
    return comparer.compare(prepare(image), np.zeros(comparer.shape_hw, np.bool_))


def covered(found: Difference, box: tuple[float, float, float, float]) -> float:
    height, width = found.changed.shape
    left, top, right, bottom = (
        round(part * side) for part, side in zip(box, (width, height) * 2, strict=True)
    )
    return float(found.changed[top:bottom, left:right].mean())


def stray(found: Difference, box: tuple[float, float, float, float]) -> float:
    height, width = found.changed.shape
    outside = found.changed.copy()
    left, top, right, bottom = (
        round(part * side) for part, side in zip(box, (width, height) * 2, strict=True)
    )
    outside[max(top - 6, 0) : bottom + 6, max(left - 6, 0) : right + 6] = False
    return float(outside.mean())


@pytest.mark.parametrize("light", LIGHTS, ids=str)
def test_light_alone_is_nothing(light: str) -> None:
    image = noisy_jpeg(shaken(relit(CLEAN, **LIGHTS[light]), 1.6, -1.1), seed=1)
    found = compare(CLEAN, image)
    assert not found.changed.any()
    assert found.likeness > 0.8


@pytest.mark.parametrize("light", LIGHTS, ids=str)
def test_cartons_are_found_in_any_light(light: str) -> None:
    image = noisy_jpeg(shaken(relit(WITH_CARTONS, **LIGHTS[light]), -1.4, 0.9), seed=2)
    found = compare(CLEAN, image)
    assert covered(found, CARTONS) > 0.6
    assert stray(found, CARTONS) < 0.002


def test_infrared_has_no_colour_and_finds_them_all_the_same() -> None:
    reference, image = infrared(CLEAN), noisy_jpeg(infrared(WITH_CARTONS), seed=3)
    assert looks_infrared(reference)
    assert not looks_infrared(CLEAN)
    found = compare(reference, relit(image, gain=0.8))
    assert covered(found, CARTONS) > 0.55
    # Without colour the cartons' shadow on the floor cannot be told from them.
    assert stray(found, CARTONS) < 0.008


def test_a_soft_shadow_is_light() -> None:
    mask = np.zeros(CLEAN.shape[:2], np.float32)
    cv2.ellipse(mask, (270, 250), (80, 60), 0, 0, 360, 1.0, -1)
    shade = 1 - 0.35 * cv2.GaussianBlur(mask, (0, 0), 22)[..., None]
    image = np.clip(CLEAN * shade, 0, 255).astype(np.uint8)
    assert not compare(CLEAN, noisy_jpeg(image, seed=4)).changed.any()


def test_hard_shadows_and_patches_of_sun_are_light() -> None:
    largest = []
    for seed in range(24):
        changed = compare(CLEAN, noisy_jpeg(hard_light(CLEAN, seed), seed=seed)).changed
        pieces = cv2.connectedComponentsWithStats(changed.astype(np.uint8))[2][1:, 4]
        largest.append(max(pieces.tolist(), default=0))
    # A watcher tells nothing below 40 px; before the light was taken out, 19 of 24 were more.
    assert sum(area >= 40 for area in largest) <= 3, largest


def test_cartons_are_found_under_a_hard_shadow() -> None:
    shares = [
        covered(compare(CLEAN, noisy_jpeg(hard_light(WITH_CARTONS, seed), seed=seed)), CARTONS)
        for seed in range(24)
    ]
    assert np.median(shares) > 0.6
    assert sum(share < 0.3 for share in shares) <= 2, shares


def test_a_shake_is_measured_and_a_new_thing_is_no_shake() -> None:
    found = compare(CLEAN, shaken(CLEAN, 4.0, -3.0))
    scale = WORK_WIDTH_PX / CLEAN.shape[1]
    assert np.allclose(found.shift_px, (4.0 * scale, -3.0 * scale), atol=0.5)
    assert compare(CLEAN, WITH_CARTONS).shift_px == (0.0, 0.0)


def test_what_was_cut_off_by_the_sensor_says_nothing() -> None:
    reference, image = CLEAN.copy(), CLEAN.copy()
    reference[200:280, 240:340] = 255
    image[200:280, 240:340] = (20, 90, 160)
    found = compare(reference, image)
    inside = (slice(104, 136), slice(124, 166))
    assert found.blind[inside].all()


def test_another_view_is_not_taken_for_this_one() -> None:
    other = cv2.rotate(CLEAN, cv2.ROTATE_180)
    assert compare(CLEAN, np.asarray(other, np.uint8)).likeness < LEAST_LIKENESS


@pytest.mark.parametrize("size", [(352, 288), (640, 480), (704, 576), (1280, 720)])
def test_any_size_of_picture(size: tuple[int, int]) -> None:
    clean = np.asarray(cv2.resize(CLEAN, size), np.uint8)
    full = np.asarray(cv2.resize(WITH_CARTONS, size), np.uint8)
    assert covered(compare(clean, full), CARTONS) > 0.6
    assert not compare(clean, noisy_jpeg(clean, seed=5)).changed.any()
