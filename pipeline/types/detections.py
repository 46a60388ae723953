"""Boxes of one frame, untracked and tracked: two types, so that neither passes for the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Detections", "Tracks"]


def _check_boxes(
    xyxy: NDArray[np.float32], confidence: NDArray[np.float32], class_id: NDArray[np.int64]
) -> None:
    if xyxy.ndim != 2 or xyxy.shape[1] != 4 or xyxy.dtype != np.float32:
        raise ValueError(f"xyxy: expected (N, 4) float32, got {xyxy.shape} {xyxy.dtype}")
    count = len(xyxy)
    if confidence.shape != (count,) or confidence.dtype != np.float32:
        raise ValueError(
            f"confidence: expected ({count},) float32, got {confidence.shape} {confidence.dtype}"
        )
    if class_id.shape != (count,) or class_id.dtype != np.int64:
        raise ValueError(
            f"class_id: expected ({count},) int64, got {class_id.shape} {class_id.dtype}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """What the detector saw in one frame.

    Attributes:
        xyxy: ``(N, 4)`` float32, left-top-right-bottom in pixels of the original frame.
        confidence: ``(N,)`` float32 in [0, 1].
        class_id: ``(N,)`` int64, index into the model's classes.

    Raises:
        ValueError: Shapes or dtypes do not fit; the message gives expected and actual.
    """

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_id: NDArray[np.int64]

    def __post_init__(self) -> None:
        _check_boxes(self.xyxy, self.confidence, self.class_id)

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, index: NDArray[np.bool_] | NDArray[np.int64]) -> "Detections":
        """Select by boolean mask ``(N,)`` or by indices."""
        return Detections(
            xyxy=self.xyxy[index], confidence=self.confidence[index], class_id=self.class_id[index]
        )

    @classmethod
    def empty(cls) -> "Detections":
        """No boxes at all."""
        return cls(
            xyxy=np.zeros((0, 4), np.float32),
            confidence=np.zeros(0, np.float32),
            class_id=np.zeros(0, np.int64),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """Detections that a tracker has followed.

    Attributes:
        detections: The boxes, in the order of ``track_id``.
        track_id: ``(N,)`` int64; -1 while the tracker is not sure yet. An id may change or
            be handed to another object at any time: nothing downstream counts on it.

    Raises:
        ValueError: ``track_id`` does not fit the detections.
    """

    detections: Detections
    track_id: NDArray[np.int64]

    def __post_init__(self) -> None:
        count = len(self.detections)
        if self.track_id.shape != (count,) or self.track_id.dtype != np.int64:
            raise ValueError(
                f"track_id: expected ({count},) int64,"
                f" got {self.track_id.shape} {self.track_id.dtype}"
            )

    def __len__(self) -> int:
        return len(self.detections)
