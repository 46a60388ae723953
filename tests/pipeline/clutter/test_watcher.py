"""A camera against its references: regions, what is not judged and why."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from corridor_scenes import CLIP, NOW, Image, frames_of, infrared, make_reference, noisy_jpeg, relit

from pipeline.clutter import CleanReference, ForeignWatcher, LightMode
from pipeline.types import Detections, Foreign, Frame

CLEAN, WITH_CARTONS = frames_of(CLIP, 2, 400)
FLOOR = ((0.35, 0.15), (0.5, 0.15), (0.95, 1.0), (0.33, 1.0))
CLASSES = ("person", "carton")


def watcher(*references: CleanReference, **more: object) -> ForeignWatcher:
    return ForeignWatcher(
        camera_id="cam",
        zones={"floor": FLOOR},
        references=references or (make_reference(CLEAN),),
        **more,  # type: ignore[arg-type]
    )


def frame(image: Image, second: float) -> Frame:
    return Frame(
        camera_id="cam", index=int(second), captured_at=NOW, media_time_s=second, image=image
    )


def person_at(*box: float) -> Detections:
    return Detections(
        xyxy=np.array([box], np.float32),
        confidence=np.ones(1, np.float32),
        class_id=np.zeros(1, np.int64),
    )


def play(
    watched: ForeignWatcher,
    images: Sequence[Image],
    *,
    start_s: float = 0.0,
    seen: Detections | None = None,
) -> list[Foreign]:
    return [
        watched.observe(frame(image, start_s + second), seen or Detections.empty(), CLASSES)
        for second, image in enumerate(images)
    ]


def test_cartons_become_a_region_where_they_stand() -> None:
    answers = play(watcher(), [CLEAN] * 5 + [WITH_CARTONS] * 8)
    assert all(not answer.judged for answer in answers[:3])  # it has not looked long enough
    assert answers[4].judged == {"floor"}
    assert not answers[4].regions
    (region,) = answers[-1].regions
    left, top, right, bottom = region.xyxy_norm
    assert (left, top) == pytest.approx((0.455, 0.42), abs=0.03)
    assert (right, bottom) == pytest.approx((0.645, 0.72), abs=0.03)
    assert region.confidence > 0.7
    assert region.zone_id == "floor"
    assert 0.02 < region.area_norm < 0.05


def test_clutter_is_not_learnt_however_long_it_stays_and_the_light_may_drift() -> None:
    watched = watcher()
    hours = [relit(WITH_CARTONS, gain=1 - 0.004 * number) for number in range(120)]
    answers = play(watched, hours)
    assert len(answers[-1].regions) == 1
    assert answers[-1].regions[0].area_norm > 0.02


def test_people_are_hidden_and_what_they_stand_before_is_kept() -> None:
    (passing,) = frames_of(CLIP, 200)
    in_front = person_at(290, 130, 420, 355)
    watched = watcher()
    assert play(watched, [CLEAN] * 5)[-1].judged
    assert not any(
        answer.regions
        for answer in play(watched, [passing] * 8, start_s=5, seen=person_at(225, 90, 640, 360))
    )
    play(watched, [WITH_CARTONS] * 8, start_s=13)
    assert play(watched, [CLEAN] * 6, start_s=21, seen=in_front)[-1].regions
    assert not play(watched, [CLEAN] * 6, start_s=27)[-1].regions


def test_a_thing_that_stays_a_moment_only_is_not_told() -> None:
    answers = play(watcher(), [CLEAN] * 5 + [WITH_CARTONS] * 2 + [CLEAN] * 5)
    assert not any(answer.regions for answer in answers)


def test_where_a_change_is_allowed_nothing_is_told() -> None:
    watched = watcher(may_change=(((0.4, 0.35), (0.75, 0.35), (0.75, 0.85), (0.4, 0.85)),))
    answers = play(watched, [CLEAN] * 5 + [WITH_CARTONS] * 8)
    assert not answers[-1].regions
    assert answers[-1].judged == {"floor"}


def test_night_needs_a_reference_of_its_own() -> None:
    watched = watcher()
    play(watched, [CLEAN] * 5)
    answers = play(watched, [infrared(CLEAN)] * 5, start_s=5)
    assert not answers[-1].judged
    assert watched.trouble == (
        "no clean reference for infrared pictures, only for day: take and approve one"
    )
    both = watcher(make_reference(CLEAN), make_reference(infrared(CLEAN), mode=LightMode.INFRARED))
    play(both, [CLEAN] * 5)
    answers = play(both, [infrared(WITH_CARTONS)] * 10, start_s=5)
    assert answers[-1].regions
    assert not both.trouble


def test_of_two_exposures_the_one_that_fits_is_taken() -> None:
    lamps = CLEAN.copy()
    cv2.circle(lamps, (330, 300), 40, (235, 240, 240), -1)  # a lamp's reflection on the floor
    watched = watcher(make_reference(CLEAN), make_reference(lamps))
    assert not play(watched, [noisy_jpeg(lamps, seed=1)] * 8)[-1].regions
    watched = watcher(make_reference(CLEAN), make_reference(lamps))
    assert not play(watched, [noisy_jpeg(CLEAN, seed=1)] * 8)[-1].regions


def test_a_moved_camera_says_nothing_about_the_floor() -> None:
    watched = watcher()
    play(watched, [CLEAN] * 5)
    turned = np.asarray(cv2.flip(CLEAN, 1), np.uint8)
    assert not play(watched, [turned] * 5, start_s=5)[-1].judged
    assert "does not look like the clean reference" in watched.trouble
    assert play(watched, [CLEAN] * 5, start_s=10)[-1].judged
    assert not watched.trouble


def test_a_picture_of_another_size_is_not_compared() -> None:
    watched = watcher()
    small = np.asarray(cv2.resize(CLEAN, (352, 288)), np.uint8)
    assert not play(watched, [small] * 3)[-1].judged
    assert watched.trouble == (
        "no clean reference of this picture size: expected 352x288, found 640x360: take and"
        " approve one from this stream"
    )
    # The camera goes back to its size after a reconnect.
    assert play(watched, [CLEAN] * 5, start_s=3)[-1].judged


def test_references_of_others_and_unapproved_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one of camera cam, found one of camera other"):
        watcher(make_reference(CLEAN, camera_id="other"))
    with pytest.raises(ValueError, match="nobody has approved it"):
        watcher(make_reference(CLEAN, approved=False))
    with pytest.raises(ValueError, match="expected at least one"):
        ForeignWatcher(camera_id="cam", zones={}, references=())


def test_real_people_come_and_go_and_leave_no_clutter(shared_data: Path) -> None:
    """A real room, people at a table for minutes: without the detector's help, on the floor."""
    clip = shared_data / "videos" / "indoor_persons_intel.mp4"
    video = cv2.VideoCapture(str(clip))
    fps = video.get(cv2.CAP_PROP_FPS)
    first = frames_of(clip, 2)[0]
    # The floor of the room left of the table, where people only pass.
    floor = ((0.0, 0.6), (0.48, 0.6), (0.48, 1.0), (0.0, 1.0))
    watched = ForeignWatcher(
        camera_id="cam", zones={"floor": floor}, references=(make_reference(first),)
    )
    told = judged = number = 0
    while video.grab():
        if number % round(fps) == 0:
            _, image = video.retrieve()
            answer = watched.observe(
                frame(np.asarray(image, np.uint8), number / fps), Detections.empty(), CLASSES
            )
            judged += bool(answer.judged)
            told += bool(answer.regions)
        number += 1
    assert judged > 100
    assert told == 0
