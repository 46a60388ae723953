"""Heads: layouts, thresholds, suppression; judged by torchvision and ultralytics."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.detectors.heads import decode_head, find_layout, suppress_doubles
from pipeline.detectors.ultralytics_detector import import_quietly
from pipeline.errors import ModelError

CLASSES = 5


def crowded_output(seed: int, *, anchors: int = 400) -> NDArray[np.float32]:
    """A raw head with many overlapping boxes: ``(4 + CLASSES, anchors)``."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 640, (8, 2))[rng.integers(0, 8, anchors)] + rng.normal(
        0, 12, (anchors, 2)
    )
    sides = rng.uniform(40, 160, (anchors, 2))
    scores = rng.uniform(0, 1, (anchors, CLASSES)) ** 4
    return np.concatenate([centres, sides, scores], axis=1).T.astype(np.float32)


@pytest.mark.parametrize("iou", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("seed", range(5))
def test_raw_head_equals_ultralytics(seed: int, iou: float) -> None:
    torch: Any = pytest.importorskip("torch", reason="needs the extra train")
    pytest.importorskip("torchvision")
    import_quietly()
    from ultralytics.utils.nms import non_max_suppression

    output = crowded_output(seed)
    expected = non_max_suppression(torch.from_numpy(output[None].copy()), 0.25, iou)[0].numpy()
    found = decode_head(output, layout="raw", class_count=CLASSES, confidence=0.25, iou=iou)
    assert len(found) == len(expected) > 10
    np.testing.assert_allclose(found.xyxy, expected[:, :4], atol=1e-3)
    np.testing.assert_allclose(found.confidence, expected[:, 4])
    np.testing.assert_array_equal(found.class_id, expected[:, 5])


def test_end_to_end_head_equals_ultralytics() -> None:
    torch: Any = pytest.importorskip("torch", reason="needs the extra train")
    import_quietly()
    from ultralytics.utils.nms import non_max_suppression

    rng = np.random.default_rng(7)
    rows = rng.uniform(0, 640, (350, 6)).astype(np.float32)
    rows[:, 4] = np.sort(rng.uniform(0, 1, 350))[::-1]  # such heads give the best first
    rows[:, 5] = rng.integers(0, CLASSES, 350)
    expected = non_max_suppression(torch.from_numpy(rows[None].copy()), 0.1, 0.5)[0].numpy()
    found = decode_head(rows, layout="end_to_end", class_count=CLASSES, confidence=0.1, iou=0.5)
    assert len(found) == len(expected) == 300
    np.testing.assert_array_equal(found.xyxy, expected[:, :4])
    np.testing.assert_array_equal(found.confidence, expected[:, 4])
    np.testing.assert_array_equal(found.class_id, expected[:, 5])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), iou=st.floats(0.05, 0.95))
def test_suppression_equals_torchvision(seed: int, iou: float) -> None:
    torch: Any = pytest.importorskip("torch", reason="needs the extra train")
    ops: Any = pytest.importorskip("torchvision.ops")
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 200, (60, 2))
    xyxy = np.concatenate([corner, corner + rng.uniform(5, 150, (60, 2))], 1).astype(np.float32)
    class_id = rng.integers(0, 3, 60)
    scores = np.linspace(1, 0.1, 60, dtype=np.float32)
    expected: list[int] = []
    for each in range(3):
        mine = np.flatnonzero(class_id == each)
        kept = ops.nms(torch.from_numpy(xyxy[mine]), torch.from_numpy(scores[mine]), iou)
        expected += mine[kept.numpy()].tolist()
    found = suppress_doubles(xyxy, class_id, iou=iou, limit=300)
    assert found.tolist() == sorted(expected)


def test_boxes_of_different_classes_do_not_suppress_each_other() -> None:
    xyxy = np.array([[0, 0, 10, 10]] * 3, np.float32)
    kept = suppress_doubles(xyxy, np.array([0, 1, 0]), iou=0.5, limit=300)
    assert kept.tolist() == [0, 1]


def test_boxes_without_area_are_no_doubles_and_no_warning() -> None:
    xyxy = np.zeros((3, 4), np.float32)
    assert suppress_doubles(xyxy, np.zeros(3, np.int64), iou=0.5, limit=300).tolist() == [0, 1, 2]


def test_end_to_end_rows_are_taken_as_they_are_and_sorted() -> None:
    rows = np.array(
        [[0, 0, 10, 10, 0.5, 1], [0, 0, 10, 10, 0.9, 1], [5, 5, 9, 9, 0.2, 0], [0, 0, 0, 0, 0, 0]],
        np.float32,
    )
    found = decode_head(rows, layout="end_to_end", class_count=2, confidence=0.25, iou=0.5)
    assert found.confidence.tolist() == pytest.approx([0.9, 0.5])
    assert found.class_id.tolist() == [1, 1]


def test_end_to_end_drops_classes_that_the_model_does_not_have() -> None:
    rows = np.array([[0, 0, 9, 9, 0.9, 7], [0, 0, 9, 9, 0.8, -1], [0, 0, 9, 9, 0.7, 1]], np.float32)
    found = decode_head(rows, layout="end_to_end", class_count=2, confidence=0.25, iou=0.5)
    assert found.class_id.tolist() == [1]


@pytest.mark.parametrize("layout", ["raw", "end_to_end"])
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_dropped(layout: Any, poison: float) -> None:
    good = np.array([50, 50, 20, 20, 0.9, 0.1], np.float32)
    if layout == "end_to_end":
        good = np.array([40, 40, 60, 60, 0.9, 0], np.float32)
    rows = np.tile(good, (7, 1))
    for column in range(6):
        rows[column, column] = poison
    output = rows if layout == "end_to_end" else rows.T
    found = decode_head(output, layout=layout, class_count=2, confidence=0.25, iou=0.5)
    assert np.isfinite(found.xyxy).all()
    assert np.isfinite(found.confidence).all()
    assert found.xyxy[0].tolist() == [40, 40, 60, 60]


@pytest.mark.parametrize(("layout", "shape"), [("raw", (9, 0)), ("end_to_end", (0, 6))])
def test_an_output_without_boxes_gives_none(layout: Any, shape: tuple[int, int]) -> None:
    empty = np.zeros(shape, np.float32)
    assert len(decode_head(empty, layout=layout, class_count=5, confidence=0.25, iou=0.5)) == 0


def test_at_most_300_boxes_are_kept() -> None:
    grid = np.arange(400, dtype=np.float32) * 100
    output = np.stack([grid, grid, grid * 0 + 10, grid * 0 + 10, np.linspace(0.9, 0.3, 400)])
    found = decode_head(
        output.astype(np.float32), layout="raw", class_count=1, confidence=0.25, iou=0.5
    )
    assert len(found) == 300
    assert found.confidence[0] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("shape", "count", "layout"),
    [
        ((1, 84, 8400), 80, "raw"),
        ((4, 300, 6), 80, "end_to_end"),
        ((1, 6, 8400), 2, "raw"),
        ((1, 300, 6), 2, "end_to_end"),
        ((1, 0, 6), 14, "end_to_end"),
    ],
)
def test_layout_is_told_by_shape(shape: tuple[int, ...], count: int, layout: str) -> None:
    assert find_layout(shape, class_count=count) == layout


@pytest.mark.parametrize(
    ("shape", "count", "end_to_end", "words"),
    [
        ((1, 84, 8400), 14, None, "expected [batch, 18, anchors] (4 coordinates + 14 classes)"),
        ((1, 116, 8400), 80, None, "no segmentation, no pose"),
        ((1, 1000), 14, None, "has the shape [1, 1000]"),
        ((1, 300, 6), 14, False, "described with end_to_end = false"),
        ((1, 18, 8400), 14, True, "described with end_to_end = true"),
    ],
)
def test_what_does_not_fit_is_refused(
    shape: tuple[int, ...], count: int, end_to_end: bool | None, words: str
) -> None:
    with pytest.raises(ModelError) as caught:
        find_layout(shape, class_count=count, end_to_end=end_to_end)
    assert words in str(caught.value)
