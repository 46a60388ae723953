"""What every detector offers; the rest of LifeLane knows nothing else of it."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Detections

__all__ = ["MAX_DETECTIONS", "Backend", "Detector", "Padding", "check_images"]

#: Boxes kept for one picture at most, the most confident first.
MAX_DETECTIONS = 300

#: What runs the weights: ``onnx`` needs no torch, ``ultralytics`` needs the extra ``train``.
Backend = Literal["onnx", "ultralytics"]

#: How a picture is brought to the model's size: ``minimum`` pads each side only up to the next
#: multiple of the stride (a 16:9 picture costs 40 % less), ``square`` pads to the full square.
Padding = Literal["minimum", "square"]


class Detector(Protocol):
    """Finds boxes in pictures."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names that ``Detections.class_id`` indexes."""
        ...

    @property
    def model_version(self) -> str:
        """Name and version of the weights, such as ``lifelane-n@0.1.0``."""
        ...

    @property
    def batch_size(self) -> int:
        """How many pictures at once are fastest: one on a CPU, several on an accelerator."""
        ...

    def resized(self, input_size: int) -> "Detector":
        """The same weights, looking at pictures of ``input_size`` pixels on the longest side."""
        ...

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Find the boxes of each picture.

        Args:
            images: Any number of ``(H, W, 3)`` uint8 BGR pictures, sizes may differ.

        Returns:
            One ``Detections`` for each picture, in the same order: pixels of that picture,
            clipped to it, the most confident box first.

        Raises:
            ValueError: A picture is not ``(H, W, 3)`` uint8, or is empty.
        """
        ...


def check_images(images: Sequence[NDArray[np.uint8]]) -> None:
    """Refuse what no detector can look at.

    Raises:
        ValueError: A picture is not ``(H, W, 3)`` uint8 or has no pixels.
    """
    for index, image in enumerate(images):
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
            raise ValueError(
                f"images[{index}]: expected (H, W, 3) uint8 BGR with at least one pixel,"
                f" got {image.shape} {image.dtype}"
            )
