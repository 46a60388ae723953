"""One frame's boxes as the rules see them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import box_areas, normalise_boxes
from pipeline.rules.classes import class_ids
from pipeline.types import Tracks

__all__ = ["Scene"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All usable boxes of one frame, in normalised coordinates.

    Attributes:
        boxes: ``(N, 4)`` float64: left, top, right, bottom in [0, 1], all with an area.
        confidence: ``(N,)`` float64 in [0, 1].
        class_id: ``(N,)`` int64, each an index of ``vocabulary``.
        track_id: ``(N,)`` int64, -1 where unsure. A hint for rules that judge motion; never
            a key.
        vocabulary: The model's class names.
        frame_size_wh: Width and height of the frame in pixels.
    """

    boxes: NDArray[np.float64]
    confidence: NDArray[np.float64]
    class_id: NDArray[np.int64]
    track_id: NDArray[np.int64]
    vocabulary: tuple[str, ...]
    frame_size_wh: tuple[int, int]

    @classmethod
    def of(
        cls, tracks: Tracks, *, frame_size_wh: tuple[int, int], vocabulary: tuple[str, ...]
    ) -> Self:
        """Normalise a frame's tracks.

        Boxes that are not finite, lie outside the frame, or have a class id that the model
        does not name are left out: they can say nothing about a place.
        """
        found = tracks.detections
        boxes = normalise_boxes(found.xyxy, frame_size_wh)
        confidence = found.confidence.astype(np.float64)
        usable = (
            np.isfinite(boxes).all(axis=1)
            & np.isfinite(confidence)
            & (found.class_id >= 0)
            & (found.class_id < len(vocabulary))
        )
        usable[usable] = box_areas(boxes[usable]) > 0.0
        return cls(
            boxes=boxes[usable],
            confidence=np.clip(confidence[usable], 0.0, 1.0),
            class_id=found.class_id[usable],
            track_id=tracks.track_id[usable],
            vocabulary=vocabulary,
            frame_size_wh=frame_size_wh,
        )

    def rows_of(self, names: tuple[str, ...]) -> NDArray[np.int64]:
        """Rows ``(M,)`` of the boxes whose class goes by one of ``names``, ascending."""
        ids = class_ids(self.vocabulary, names)
        if not ids or not len(self.class_id):
            return np.zeros(0, np.int64)
        wanted = np.zeros(len(self.vocabulary), np.bool_)
        wanted[list(ids)] = True
        return np.flatnonzero(wanted[self.class_id])
