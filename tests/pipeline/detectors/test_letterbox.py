"""Letterbox geometry against ultralytics' own, and its way back."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.letterbox import fit_letterbox
from pipeline.detectors.ultralytics_detector import import_quietly

SIDES = st.integers(1, 2000)


@pytest.fixture(scope="module")
def reference() -> Any:
    pytest.importorskip("ultralytics", reason="needs the extra train")
    import_quietly()
    from ultralytics.data.augment import LetterBox
    from ultralytics.utils.ops import scale_boxes

    return LetterBox, scale_boxes


@pytest.mark.parametrize("padding", ["minimum", "square"])
@pytest.mark.parametrize(
    "size_wh",
    [
        (810, 1080),
        (1280, 720),
        (720, 1280),
        (640, 640),
        (333, 777),
        (1919, 1079),
        (64, 48),
        (3, 900),
    ],
)
def test_pixels_equal_ultralytics(
    reference: Any, padding: str, size_wh: tuple[int, int], wheel_photos: dict[str, Path]
) -> None:
    letterbox, _ = reference
    image = cv2.resize(cv2.imread(str(wheel_photos["bus"])), size_wh)
    ours = fit_letterbox(image.shape[:2], size_px=640, stride=32, padding=padding)
    theirs = letterbox((640, 640), auto=padding == "minimum", stride=32)(image=image)
    np.testing.assert_array_equal(ours.apply(image), theirs)


@settings(max_examples=300, deadline=None)
@given(height=SIDES, width=SIDES, size=st.sampled_from([320, 416, 640]), minimum=st.booleans())
def test_geometry_equals_ultralytics(
    reference: Any, height: int, width: int, size: int, minimum: bool
) -> None:
    letterbox, scale_boxes = reference
    ours = fit_letterbox(
        (height, width), size_px=size, stride=32, padding="minimum" if minimum else "square"
    )
    image = np.zeros((height, width, 3), np.uint8)
    params = letterbox((size, size), auto=minimum, stride=32).get_params({"img": image})
    assert ours.resized_hw == params["new_unpad"][::-1]
    assert (ours.top, ours.left) == (params["top"], params["left"])
    assert ours.input_hw[0] % 32 == 0
    assert ours.input_hw[1] % 32 == 0
    boxes = np.array([[0, 0, size, size], [10.5, 20.25, 90, 95], [-5, 3, 700, 8]], np.float32)
    # The gain is given: left alone, scale_boxes guesses it from the padded shape and is off where
    # rounding ate the padding (48x473 becomes 32x320, not 32x315).
    new_w, new_h = params["new_unpad"]
    expected = scale_boxes(
        ours.input_hw,
        boxes.copy(),
        (height, width),
        ratio_pad=((new_h / height, new_w / width), (params["left"], params["top"])),
    )
    np.testing.assert_allclose(ours.restore(boxes), expected, rtol=1e-5, atol=1e-3)


@settings(max_examples=100, deadline=None)
@given(height=SIDES, width=SIDES, minimum=st.booleans())
def test_restoring_the_whole_picture_gives_its_size(height: int, width: int, minimum: bool) -> None:
    box = fit_letterbox(
        (height, width), size_px=640, stride=32, padding="minimum" if minimum else "square"
    )
    resized_h, resized_w = box.resized_hw
    whole = np.array([[box.left, box.top, box.left + resized_w, box.top + resized_h]], np.float32)
    np.testing.assert_allclose(box.restore(whole), [[0, 0, width, height]], rtol=1e-5, atol=1e-3)


def test_a_mirrored_view_of_an_array_is_taken() -> None:
    image = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)
    box = fit_letterbox((40, 30), size_px=64, stride=32, padding="square")
    mirrored = image[:, ::-1]
    np.testing.assert_array_equal(box.apply(mirrored), box.apply(mirrored.copy()))
