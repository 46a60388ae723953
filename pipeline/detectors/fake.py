"""A detector that says what a script tells it: for tests of everything behind a detector."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.protocol import check_images
from pipeline.types import Detections

__all__ = ["FakeBox", "FakeDetector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeBox:
    """One scripted box.

    Attributes:
        class_name: One of the fake detector's classes.
        xyxy: Left, top, right, bottom in pixels of the picture.
        confidence: In [0, 1].
    """

    class_name: str
    xyxy: tuple[float, float, float, float]
    confidence: float = 0.9


class FakeDetector:
    """Implements ``Detector`` with the boxes of a script.

    Args:
        script: Called for each picture with its number, counted from 0 over the detector's
            whole life, and the picture itself; gives the boxes to report.
        classes: Names that the boxes may use.
        model_version: What to report as the weights.
    """

    def __init__(
        self,
        script: Callable[[int, NDArray[np.uint8]], Sequence[FakeBox]],
        *,
        classes: Sequence[str],
        model_version: str = "fake@0",
    ) -> None:
        self._script = script
        self._classes = tuple(classes)
        self._model_version = model_version
        self._seen = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """Names that ``Detections.class_id`` indexes."""
        return self._classes

    @property
    def model_version(self) -> str:
        """What was given as ``model_version``."""
        return self._model_version

    @property
    def images_seen(self) -> int:
        """How many pictures have been looked at."""
        return self._seen

    @property
    def batch_size(self) -> int:
        """One, as on a CPU."""
        return 1

    def resized(self, input_size: int) -> "FakeDetector":  # noqa: ARG002  (a script has no size)
        """Itself."""
        return self

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Ask the script for each picture; see ``Detector.detect``.

        Raises:
            ValueError: A picture is not ``(H, W, 3)`` uint8, or the script names a class that
                the detector does not have.
        """
        check_images(images)
        results = []
        for image in images:
            results.append(self._to_detections(self._script(self._seen, image)))
            self._seen += 1
        return results

    def _to_detections(self, boxes: Sequence[FakeBox]) -> Detections:
        unknown = sorted({box.class_name for box in boxes} - set(self._classes))
        if unknown:
            raise ValueError(f"script: class {unknown[0]!r} is not one of {list(self._classes)}")
        ranked = sorted(boxes, key=lambda box: -box.confidence)
        return Detections(
            xyxy=np.array([box.xyxy for box in ranked], np.float32).reshape(-1, 4),
            confidence=np.array([box.confidence for box in ranked], np.float32),
            class_id=np.array([self._classes.index(box.class_name) for box in ranked], np.int64),
        )
