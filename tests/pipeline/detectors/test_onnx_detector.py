"""OnnxDetector: batches, fixed and free shapes, refusals."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from pipeline.detectors import Detector, ModelEntry, open_detector
from pipeline.errors import ModelError
from pipeline.types import Detections

NAMES = "{0: 'car', 1: 'ebike'}"
# One car and one e-bike, raw head: centre, sides, two scores; the rest is silence.
RAW = np.zeros((6, 84), np.float32)
RAW[:, 0] = [32, 32, 20, 40, 0.9, 0.1]
RAW[:, 1] = [10, 10, 10, 10, 0.1, 0.6]
END_TO_END = np.array([[22, 12, 42, 52, 0.9, 0], [5, 5, 15, 15, 0.6, 1], [0] * 6], np.float32)
SQUARE = np.zeros((64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def photos(wheel_photos: dict[str, Path]) -> list[NDArray[np.uint8]]:
    bus, zidane = (cv2.imread(str(path)) for path in wheel_photos.values())
    return [bus, zidane, cv2.resize(bus, (405, 540)), zidane[:, :640], bus]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return open_detector(threads=1)


def assert_same(found: Detections, expected: Detections, *, atol: float = 0.05) -> None:
    np.testing.assert_array_equal(found.class_id, expected.class_id)
    np.testing.assert_allclose(found.confidence, expected.confidence, atol=1e-4)
    np.testing.assert_allclose(found.xyxy, expected.xyxy, atol=atol)


def test_the_bus_photo(detector: Detector, photos: list[NDArray[np.uint8]]) -> None:
    (found,) = detector.detect(photos[:1])
    named = [detector.classes[each] for each in found.class_id[found.confidence > 0.5]]
    assert named.count("bus") == 1
    assert named.count("person") >= 3
    assert (np.diff(found.confidence) <= 0).all()
    assert (found.xyxy[:, :2] >= 0).all()
    assert (found.xyxy[:, 2] <= 810).all()
    assert (found.xyxy[:, 3] <= 1080).all()
    bus = found.xyxy[found.class_id == detector.classes.index("bus")][0]
    # Read off the photo by eye, 25 px of tolerance.
    np.testing.assert_allclose(bus, [20, 230, 806, 735], atol=25)


def test_a_mixed_batch_equals_one_by_one_in_order(
    detector: Detector, photos: list[NDArray[np.uint8]]
) -> None:
    together = detector.detect(photos)
    alone = [detector.detect([photo])[0] for photo in photos]
    assert sum(map(len, alone)) > 10
    for found, expected in zip(together, alone, strict=True):
        assert_same(found, expected)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_file_of_fixed_shape_gives_the_same_boxes(
    released: ModelEntry,
    photos: list[NDArray[np.uint8]],
    fix_input: Callable[[Path, Sequence[int]], Path],
    batch: int,
) -> None:
    fixed = open_detector(fix_input(released.file, (batch, 3, 320, 320)), threads=1)
    free = open_detector(released.file, input_size=320, padding="square", threads=1)
    for found, expected in zip(fixed.detect(photos), free.detect(photos), strict=True):
        assert_same(found, expected)


def test_odd_pictures_do_no_harm(detector: Detector) -> None:
    odd = [np.zeros((1, 1, 3), np.uint8), np.full((3, 1500, 3), 255, np.uint8), SQUARE]
    assert [len(found) for found in detector.detect(odd)] == [0, 0, 0]
    assert detector.detect([]) == []


@pytest.mark.parametrize("output", [RAW, END_TO_END])
@pytest.mark.parametrize("half", [False, True])
def test_both_heads_and_half_precision(
    build_onnx: Callable[..., Path], output: np.ndarray, half: bool
) -> None:
    path = build_onnx(output, half=half, metadata={"names": NAMES, "stride": "32"})
    opened = open_detector(path, input_size=64)
    first, second = opened.detect([SQUARE, np.zeros((128, 128, 3), np.uint8)])
    assert opened.classes == ("car", "ebike")
    assert first.class_id.tolist() == [0, 1]
    np.testing.assert_allclose(first.xyxy, [[22, 12, 42, 52], [5, 5, 15, 15]])
    np.testing.assert_allclose(second.xyxy, first.xyxy * 2)
    np.testing.assert_allclose(first.confidence, [0.9, 0.6], atol=1e-3)


def test_boxes_are_clipped_and_what_lies_in_the_padding_is_dropped(
    build_onnx: Callable[..., Path],
) -> None:
    rows = np.array([[-9, 10, 70, 60, 0.9, 0], [0, 0, 64, 10, 0.8, 0]], np.float32)
    path = build_onnx(rows, metadata={"names": NAMES})
    # 64x32 is padded by 16 rows above and below where the full square is asked for.
    (found,) = open_detector(path, input_size=64, padding="square").detect(
        [np.zeros((32, 64, 3), np.uint8)]
    )
    np.testing.assert_allclose(found.xyxy, [[0, 0, 64, 32]])


def test_a_model_that_takes_no_strips_gets_squares(
    build_onnx: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    wide = np.zeros((32, 128, 3), np.uint8)
    for least_height, expected in ((1, [22, 12, 42, 32]), (64, [22, 0, 42, 4])):
        path = build_onnx(END_TO_END, least_height=least_height, metadata={"names": NAMES})
        (found,) = open_detector(path, input_size=128).detect([wide])
        # The model speaks of input pixels: in the square, the picture starts 48 rows lower.
        np.testing.assert_allclose(found.xyxy[0], expected)
    assert capfd.readouterr().err == "", "the first try that failed is nobody's business"


def test_an_output_that_is_all_nan_gives_no_boxes(build_onnx: Callable[..., Path]) -> None:
    path = build_onnx(np.full_like(RAW, np.nan), metadata={"names": NAMES})
    assert len(open_detector(path, input_size=64).detect([SQUARE])[0]) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"input_size": 630}, "multiple of the model's stride 32, at least 64, got 630"),
        ({"input_size": 32}, "at least 64, got 32"),
        ({"confidence": 1.5}, "confidence: expected a number from 0 to 1, got 1.5"),
        ({"iou": -0.1}, "iou: expected a number from 0 to 1, got -0.1"),
        ({"threads": 0}, "threads: expected 1 or more"),
        ({"providers": ()}, "providers: expected at least one of"),
        ({"providers": ("NoSuchProvider",)}, "NoSuchProvider is not available"),
        ({"backend": "tflite"}, "backend: expected 'onnx' or 'ultralytics', got 'tflite'"),
        ({"model": "nemo"}, "model 'nemo' is not in"),
        ({"model": "nowhere/best.onnx"}, "there is no such model file; nothing is ever downloaded"),
        ({"model": "best.pt"}, "needs the backend 'ultralytics'"),
        ({"model": Path("best.tflite")}, "the backend 'onnx' opens .onnx files"),
    ],
)
def test_refusals_say_what_to_do(options: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_detector(**options)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_a_missing_provider_is_passed_over_and_named(caplog: pytest.LogCaptureFixture) -> None:
    detector = open_detector(
        providers=("CUDAExecutionProvider", "CPUExecutionProvider"), threads=1, input_size=320
    )
    assert len(detector.detect([SQUARE])) == 1
    assert detector.batch_size == 1
    (said,) = [record.getMessage() for record in caplog.records]
    assert "CUDAExecutionProvider is not available" in said
    assert "CPUExecutionProvider takes over" in said
    assert "CPUExecutionProvider" in onnxruntime.get_available_providers()


def test_a_provider_that_does_not_start_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a machine with the CUDA package and without its driver."""
    real, asked = onnxruntime.InferenceSession, []

    def session(path: str, **how: Any) -> Any:
        asked.append(how["providers"])
        # This is what onnxruntime does then: it opens the file on the CPU and says nothing.
        return real(path, sess_options=how["sess_options"], providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    has = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: has)
    open_detector(providers=has, threads=1, input_size=320)
    assert asked == [["CUDAExecutionProvider"], ["CPUExecutionProvider"]]
    assert "CUDAExecutionProvider does not start: driver or libraries missing" in caplog.text
    with pytest.raises(ModelError, match="add CPUExecutionProvider to the list"):
        open_detector(providers=has[:1])


@pytest.mark.parametrize("content", [b"", b"this is a text", b"\x08\x08" + bytes(50)])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "best.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"best\.onnx"):
        open_detector(path)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, "carries no class names. Export it with ultralytics"),
        ({"names": "{0: open('x')}"}, "'names' cannot be read"),
        ({"names": "{}"}, "'names' cannot be read"),
        ({"names": NAMES, "task": "segment"}, "is a model for 'segment'; expected one for"),
        ({"names": "{0: 'car'}"}, "expected [batch, 5, anchors]"),
        ({"names": NAMES, "end2end": "True"}, "described with end_to_end = true"),
    ],
)
def test_a_users_own_file_that_does_not_fit(
    build_onnx: Callable[..., Path], metadata: dict[str, str], words: str
) -> None:
    with pytest.raises(ModelError) as caught:
        open_detector(build_onnx(RAW, metadata=metadata), input_size=64)
    assert words in str(caught.value)
    assert "tiny.onnx" in str(caught.value)


def test_names_may_be_a_list_or_have_text_keys(build_onnx: Callable[..., Path]) -> None:
    for names in ("['car', 'ebike']", '{"0": "car", "1": "ebike"}', "{1: 'ebike', 0: 'car'}"):
        path = build_onnx(RAW, metadata={"names": names})
        assert open_detector(path, input_size=64).classes == ("car", "ebike")


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        ((1, 3, 64, 64), {"input_size": 96}, "exported for pictures of 64x64 only"),
        ((1, 3, 64, 96), {}, "expected a square"),
    ],
)
def test_a_fixed_size_must_be_kept(
    build_onnx: Callable[..., Path],
    shape: tuple[int, ...],
    options: dict[str, int],
    words: str,
) -> None:
    path = build_onnx(RAW, input_shape=shape, metadata={"names": NAMES})
    with pytest.raises(ModelError, match=words):
        open_detector(path, **options)  # type: ignore[arg-type]


def test_a_fixed_size_is_taken_where_none_is_asked_for(build_onnx: Callable[..., Path]) -> None:
    path = build_onnx(RAW, input_shape=(1, 3, 64, 64), metadata={"names": NAMES})
    (found,) = open_detector(path).detect([SQUARE])
    assert len(found) == 2


@pytest.mark.parametrize(
    "image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 3))]
)
def test_what_is_no_picture_is_refused(detector: Detector, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"images\[0\]: expected \(H, W, 3\) uint8"):
        detector.detect([image])
