"""The same weights through onnxruntime and through ultralytics give the same boxes."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.detectors import ModelEntry, open_detector
from pipeline.detectors.protocol import Padding
from pipeline.types import Detections

SETS = (
    "two_wheeler_riders/images",
    "street_bike_car/images",
    "wheelchair/images",
    "indoor_furniture/images",
    "lift_ebike/train/images",
)
PER_SET = 4


def iou_matrix(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float64]:
    """``(N, M)`` overlap of two sets of boxes, worked out apart from the code under test."""
    table = np.zeros((len(left), len(right)))
    for row, a in enumerate(left.tolist()):
        for column, b in enumerate(right.tolist()):
            width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
            height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
            shared = width * height
            both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
            table[row, column] = shared / (both - shared)
    return table


def assert_parity(found: Detections, expected: Detections, name: str) -> None:
    assert len(found) == len(expected), name
    overlap = iou_matrix(expected.xyxy, found.xyxy)
    overlap[expected.class_id[:, None] != found.class_id[None]] = 0
    partner = overlap.argmax(axis=1) if len(found) else np.zeros(0, np.int64)
    assert sorted(partner.tolist()) == list(range(len(found))), f"{name}: two share one box"
    assert (overlap[np.arange(len(found)), partner] >= 0.99).all(), name
    assert (np.abs(expected.confidence - found.confidence[partner]) <= 0.01).all(), name


def compare(entry: ModelEntry, photos: list[Path], padding: Padding) -> int:
    """Compare both backends on photos; returns how many boxes there were."""
    pytest.importorskip("ultralytics", reason="needs the extra train")
    if entry.weights_pt is None or not entry.weights_pt.is_file():
        pytest.skip("the released checkpoint is not in this checkout")
    images = [cv2.imread(str(path)) for path in photos]
    ours = open_detector(entry.name, padding=padding)
    theirs = open_detector(entry.name, backend="ultralytics", padding=padding)
    assert ours.classes == theirs.classes
    assert ours.model_version == theirs.model_version
    expected = theirs.detect(images)
    for path, found, reference in zip(photos, ours.detect(images), expected, strict=True):
        assert_parity(found, reference, path.name)
    return sum(map(len, expected))


@pytest.mark.parametrize("padding", ["minimum", "square"])
def test_parity_on_the_photos_of_the_wheel(
    released: ModelEntry, wheel_photos: dict[str, Path], padding: Padding
) -> None:
    assert compare(released, list(wheel_photos.values()), padding) >= 6


@pytest.mark.parametrize("padding", ["minimum", "square"])
def test_parity_on_collected_photos(
    released: ModelEntry, shared_data: Path, padding: Padding
) -> None:
    photos: list[Path] = []
    for name in SETS:
        found = sorted(path for path in (shared_data / name).glob("*") if path.is_file())
        photos += found[:: max(len(found) // PER_SET, 1)][:PER_SET]
    assert len(photos) == PER_SET * len(SETS)
    assert compare(released, photos, padding) >= 20
