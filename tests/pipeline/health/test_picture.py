"""What is wrong with a picture, told from the pictures of the demo's real clips."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.health import DETAIL_WH, PictureHealth, PictureState

CLIPS = Path(__file__).parents[3] / "datasets" / "clips"
Picture = NDArray[np.uint8]


def sampled(name: str) -> list[Picture]:
    """The clip's luma, one picture a second, 640x360."""
    with av.open(str(CLIPS / f"{name}.mp4")) as container:
        return [
            picture.to_ndarray(format="gray")
            for number, picture in enumerate(container.decode(video=0))
            if number % 15 == 0
        ]


@pytest.fixture(scope="module")
def clips() -> dict[str, list[Picture]]:
    return {name: sampled(name) for name in ("lane", "lift", "corridor")}


def watch(health: PictureHealth, pictures: list[Picture], *, at_s: float) -> list[PictureState]:
    states = []
    for number, picture in enumerate(pictures):
        small = cv2.resize(picture, DETAIL_WH, interpolation=cv2.INTER_AREA).astype(np.uint8)
        health.observe(small, at_s + number)
        states.append(health.state)
    return states


def noisy(picture: Picture, seed: int) -> Picture:
    grain = np.random.default_rng(seed).normal(0, 3, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def black(picture: Picture) -> Picture:
    return np.full_like(picture, 17)


def covered(picture: Picture) -> Picture:
    return np.full_like(picture, 120)


def blurred(picture: Picture) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), 12).astype(np.uint8)


def moved(picture: Picture) -> Picture:
    return np.roll(picture, (40, 110), (0, 1))


@pytest.mark.parametrize("name", ["lane", "lift", "corridor"])
def test_what_happens_in_a_place_is_no_ailment(clips: dict[str, list[Picture]], name: str) -> None:
    health = PictureHealth(may_freeze=True)
    states = watch(health, clips[name] + clips[name], at_s=0.0)
    assert set(states) == {PictureState.SOUND}


@pytest.mark.parametrize("name", ["lane", "lift", "corridor"])
@pytest.mark.parametrize("ail", [black, covered, blurred, moved], ids=lambda each: each.__name__)
def test_an_ailment_is_named_within_ten_seconds_and_heals(
    clips: dict[str, list[Picture]], name: str, ail: Callable[[Picture], Picture]
) -> None:
    quiet = clips[name][0]
    health = PictureHealth(may_freeze=True)
    watch(health, [noisy(quiet, n) for n in range(15)], at_s=0.0)
    states = watch(health, [noisy(ail(quiet), n) for n in range(30, 40)], at_s=15.0)
    assert states[-1] is PictureState(ail.__name__)
    healed = watch(health, [noisy(quiet, n) for n in range(50, 60)], at_s=25.0)
    assert healed[-1] is PictureState.SOUND


@pytest.mark.parametrize("name", ["lane", "lift", "corridor"])
def test_dusk_and_infrared_are_no_ailment(clips: dict[str, list[Picture]], name: str) -> None:
    quiet = clips[name][0]
    health = PictureHealth(may_freeze=True)
    watch(health, [noisy(quiet, n) for n in range(15)], at_s=0.0)
    dusk = [noisy((quiet * share).astype(np.uint8), n) for n, share in enumerate((0.9, 0.8, 0.7))]
    infrared = [noisy((255 - 0.6 * quiet).astype(np.uint8), n) for n in range(12)]
    states = watch(health, dusk + infrared, at_s=15.0)
    assert set(states) == {PictureState.SOUND}


def test_a_picture_that_stands_still_to_the_bit_is_frozen_in_a_stream_only(
    clips: dict[str, list[Picture]],
) -> None:
    same = [clips["lane"][0]] * 12
    live, recording = PictureHealth(may_freeze=True), PictureHealth(may_freeze=False)
    assert watch(live, same, at_s=0.0)[9] is PictureState.FROZEN
    assert watch(recording, same, at_s=0.0)[-1] is PictureState.SOUND
    assert watch(live, [noisy(same[0], n) for n in range(3)], at_s=12.0)[-1] is PictureState.SOUND


def test_between_two_key_frames_a_still_scene_is_not_frozen(
    clips: dict[str, list[Picture]],
) -> None:
    health = PictureHealth(may_freeze=True)
    small = cv2.resize(clips["lane"][0], DETAIL_WH, interpolation=cv2.INTER_AREA).astype(np.uint8)
    for second in range(20):
        health.observe(small, float(second), keys=0)
    assert health.state is PictureState.SOUND


def test_a_view_that_has_changed_for_good_is_learned(clips: dict[str, list[Picture]]) -> None:
    """A lorry parks in front: nobody calls that moved, and its outline becomes the reference."""
    quiet = clips["lane"][0]
    health = PictureHealth(may_freeze=True)
    watch(health, [noisy(quiet, n) for n in range(10)], at_s=0.0)
    lorry = quiet.copy()
    lorry[60:340, 120:420] = 70
    lorry[100:300:40, 130:400] = 190
    states = watch(health, [noisy(lorry, n) for n in range(200)], at_s=10.0)
    assert PictureState.MOVED not in states
