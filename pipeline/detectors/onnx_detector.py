"""The detector of every installation: onnxruntime, no torch."""

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.heads import decode_head, find_layout
from pipeline.detectors.letterbox import Letterbox, fit_letterbox
from pipeline.detectors.onnx_model import OnnxModel
from pipeline.detectors.protocol import Padding, check_images
from pipeline.errors import ModelError
from pipeline.types import Detections

__all__ = ["OnnxDetector"]


class OnnxDetector:
    """Implements ``Detector`` with an ONNX model.

    Args:
        model: The opened file.
        classes: Names in the order of the model's output.
        model_version: Name and version of the weights.
        input_size: Side length of the model's input in pixels, a multiple of ``stride``.
        stride: The model's stride in pixels.
        confidence: Boxes at or below this are dropped, in [0, 1].
        iou: Overlap above which boxes of one class are doubles, in [0, 1].
        end_to_end: The head gives final boxes; None = tell from the output's shape.
        padding: How much padding a picture gets; a file that was exported for one fixed size
            always gets the full square.
        batch_size: Pictures of one size that run together; None = what the hardware likes.

    Raises:
        ModelError: Size, classes or layout do not fit the model.
    """

    def __init__(
        self,
        model: OnnxModel,
        *,
        classes: Sequence[str],
        model_version: str,
        input_size: int,
        stride: int,
        confidence: float,
        iou: float,
        end_to_end: bool | None = None,
        padding: Padding = "minimum",
        batch_size: int | None = None,
    ) -> None:
        self._model = model
        self._classes = tuple(classes)
        self._model_version = model_version
        self._input_size = input_size
        self._stride = stride
        self._confidence = confidence
        self._iou = iou
        self._padding: Padding = "square" if model.fixed_hw else padding
        self._batch_size = model.fixed_batch or batch_size or model.preferred_batch
        _check_size(model, input_size, stride)
        # One run on grey: a model that does not fit is refused now, not at the first hazard.
        output = model.run(self._grey(input_size, input_size))
        try:
            self._layout = find_layout(
                output.shape, class_count=len(self._classes), end_to_end=end_to_end
            )
        except ModelError as error:
            raise ModelError(f"{model.path}: {error}") from error
        if self._padding == "minimum" and not self._takes_strips():
            self._padding = "square"

    def _grey(self, height: int, width: int) -> NDArray[np.float32]:
        return np.full((self._model.fixed_batch or 1, 3, height, width), 0.5, np.float32)

    def _takes_strips(self) -> bool:
        """Whether the model runs on the thinnest input that minimum padding can give.

        An end-to-end head asks for its best 300 places, and a strip may have fewer.
        """
        try:
            self._model.run(self._grey(self._stride, self._input_size))
        except ModelError:
            return False
        return True

    @property
    def classes(self) -> tuple[str, ...]:
        """Names that ``Detections.class_id`` indexes."""
        return self._classes

    @property
    def model_version(self) -> str:
        """Name and version of the weights."""
        return self._model_version

    @property
    def batch_size(self) -> int:
        """How many pictures at once are fastest."""
        return self._batch_size

    def resized(self, input_size: int) -> "OnnxDetector":
        """The same weights looking at pictures of another size; nothing is loaded again.

        Raises:
            ModelError: The model does not take that size.
        """
        if input_size == self._input_size:
            return self
        _check_size(self._model, input_size, self._stride)
        twin = copy(self)
        twin._input_size = input_size  # noqa: SLF001  (a twin of our own)
        return twin

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Find the boxes of each picture; see ``Detector.detect``.

        Raises:
            ValueError: A picture is not ``(H, W, 3)`` uint8, or is empty.
            ModelError: The model fails on a picture.
        """
        check_images(images)
        groups: dict[tuple[int, int], list[tuple[int, Letterbox]]] = {}
        for index, image in enumerate(images):
            box = fit_letterbox(
                (image.shape[0], image.shape[1]),
                size_px=self._input_size,
                stride=self._stride,
                padding=self._padding,
            )
            groups.setdefault(box.input_hw, []).append((index, box))
        results = [Detections.empty()] * len(images)
        for group in groups.values():
            for start in range(0, len(group), self._batch_size):
                part = group[start : start + self._batch_size]
                for (index, _), found in zip(part, self._run(images, part), strict=True):
                    results[index] = found
        return results

    def _run(
        self, images: Sequence[NDArray[np.uint8]], part: list[tuple[int, Letterbox]]
    ) -> list[Detections]:
        height, width = part[0][1].input_hw
        # A file with a fixed batch size runs full batches; what is left over stays black.
        batch = np.zeros((self._model.fixed_batch or len(part), 3, height, width), np.float32)
        for slot, (index, box) in enumerate(part):
            rgb = box.apply(images[index])[:, :, ::-1].transpose(2, 0, 1)
            np.divide(rgb, np.float32(255), out=batch[slot])
        output = self._model.run(batch)
        results = []
        for slot, (_, box) in enumerate(part):
            found = decode_head(
                output[slot],
                layout=self._layout,
                class_count=len(self._classes),
                confidence=self._confidence,
                iou=self._iou,
            )
            results.append(_restore(found, box))
        return results


def _restore(found: Detections, box: Letterbox) -> Detections:
    xyxy = box.restore(found.xyxy)
    # What lay in the padding alone has no area left after clipping.
    visible = (xyxy[:, 2] > xyxy[:, 0]) & (xyxy[:, 3] > xyxy[:, 1])
    clipped = Detections(xyxy=xyxy, confidence=found.confidence, class_id=found.class_id)
    return clipped[visible]


def _check_size(model: OnnxModel, input_size: int, stride: int) -> None:
    if input_size < 2 * stride or input_size % stride:
        below = max(input_size // stride, 2) * stride
        raise ModelError(
            f"input_size: expected a multiple of the model's stride {stride}, at least"
            f" {2 * stride}, got {input_size}; the nearest are {below} and {below + stride}"
        )
    if model.fixed_hw is None:
        return
    height, width = model.fixed_hw
    if height != width:
        raise ModelError(
            f"{model.path}: was exported for pictures of {width}x{height}; expected a square"
            " or a dynamic size, export it again"
        )
    if width != input_size:
        raise ModelError(
            f"{model.path}: was exported for pictures of {width}x{height} only, input_size is"
            f" {input_size}; set input_size: {width}, or export the model with dynamic sizes"
        )
