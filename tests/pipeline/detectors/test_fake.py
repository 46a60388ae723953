"""The scripted detector keeps the promises of a real one."""

import numpy as np
import pytest

from pipeline.detectors import Detector, FakeBox, FakeDetector

IMAGE = np.zeros((60, 80, 3), np.uint8)


def test_boxes_come_from_the_script_by_number_over_its_whole_life() -> None:
    fake: Detector = FakeDetector(
        lambda index, image: [
            FakeBox(class_name="car", xyxy=(index, 0, 10, image.shape[0]), confidence=0.5),
            FakeBox(class_name="ebike", xyxy=(0, 0, 5, 5), confidence=0.8),
        ],
        classes=("car", "ebike"),
    )
    first, second = fake.detect([IMAGE, IMAGE])
    (third,) = fake.detect([IMAGE])
    assert [found.xyxy[1, 0] for found in (first, second, third)] == [0, 1, 2]
    assert first.class_id.tolist() == [1, 0]
    assert first.xyxy[1, 3] == 60
    assert fake.model_version == "fake@0"


def test_no_boxes_is_an_answer() -> None:
    fake = FakeDetector(lambda *_: [], classes=("car",))
    assert [len(found) for found in fake.detect([IMAGE, IMAGE])] == [0, 0]
    assert fake.images_seen == 2
    assert fake.detect([]) == []


def test_a_class_that_it_does_not_have_is_refused() -> None:
    fake = FakeDetector(
        lambda *_: [FakeBox(class_name="ship", xyxy=(0, 0, 1, 1))], classes=("car",)
    )
    with pytest.raises(ValueError, match="class 'ship' is not one of"):
        fake.detect([IMAGE])


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    fake = FakeDetector(lambda *_: [], classes=("car",))
    with pytest.raises(ValueError, match=r"images\[1\]"):
        fake.detect([IMAGE, image])
