"""What must not be seen by those who need not see it: privacy masks, faces, number plates.

Faces and plates are not searched for: a detector of faces misses most of them on small, steep,
backlit surveillance pictures, and one that is missed leaves the house. Instead the part of every
*person's* box where a head can be, and the part of every *vehicle's* box where a plate can be, is
made unreadable (coarse mosaic, smoothed). That covers too much rather than too little. What no
box covers is not blurred: somebody whom the detector has not seen may be recognised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.types import Detections

__all__ = ["Privacy"]

_Image = NDArray[np.uint8]

_PEOPLE: Final = frozenset({"person"})
# With the share of the box, from its bottom, where a plate can be; and mosaic stones across.
_VEHICLES: Final = {
    "car": (0.65, 18),
    "truck": (0.6, 18),
    "bus": (0.6, 18),
    "tricycle": (0.65, 18),
    # A plate is a fifth of the width: four stones for six characters.
    "ebike": (0.65, 20),
    # A model that was trained on COCO says so.
    "motorcycle": (0.65, 20),
}
_STONES_A_HEAD: Final = 4
_STANDING_ASPECT: Final = 1.3
_SMALLEST_STONE_PX: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What is hidden in the pictures of one camera.

    Attributes:
        masks: Outlines that are blacked out always, in shares of width and height.
        blur: Whether heads and plates are made unreadable in what leaves the system.
    """

    masks: tuple[tuple[tuple[float, float], ...], ...] = ()
    blur: bool = True

    def blacked_out(self, image: _Image) -> _Image:
        """A copy of an ``(H, W, 3)`` picture with the masks black."""
        hidden = np.array(image, order="C")
        height, width = hidden.shape[:2]
        for outline in self.masks:
            corners = np.rint(np.array(outline) * [width, height]).astype(np.int32)
            cv2.fillPoly(hidden, [corners], (0, 0, 0))
        return hidden

    def hidden(self, image: _Image, detections: Detections, classes: Sequence[str]) -> _Image:
        """A copy of the picture that may leave the system.

        Args:
            image: ``(H, W, 3)`` uint8 BGR.
            detections: All boxes of this very picture, weak ones too, in its pixels.
            classes: Names that ``class_id`` indexes.
        """
        hidden = self.blacked_out(image)
        if self.blur:
            for window, stones in _unreadable(image.shape[:2], detections, classes):
                _mosaic(hidden, window, stones)
        return hidden


_Window = tuple[int, int, int, int]


def _unreadable(
    size_hw: tuple[int, ...], detections: Detections, classes: Sequence[str]
) -> Iterator[tuple[_Window, int]]:
    height, width = size_hw
    boxes = detections.xyxy.astype(np.float64).tolist()
    for box, class_id in zip(boxes, detections.class_id.tolist(), strict=True):
        if not 0 <= class_id < len(classes) or not np.isfinite(box).all():
            continue
        left, top, right, bottom = box
        wide, tall = right - left, bottom - top
        if classes[class_id] in _PEOPLE:
            # Seen from above, seated or cut off by the frame, the head may be further down.
            share = 0.36 if tall > _STANDING_ASPECT * wide else 0.6
            bottom = top + share * tall
            top -= 0.1 * tall
            left, right = left - 0.1 * wide, right + 0.1 * wide
            stones = _STONES_A_HEAD
        elif classes[class_id] in _VEHICLES:
            share, stones = _VEHICLES[classes[class_id]]
            top = bottom - share * tall
            bottom += 0.03 * tall
        else:
            continue
        window = (
            max(int(left), 0),
            max(int(top), 0),
            min(int(np.ceil(right)), width),
            min(int(np.ceil(bottom)), height),
        )
        if window[2] > window[0] and window[3] > window[1]:
            yield window, stones


def _mosaic(image: _Image, window: _Window, stones: int) -> None:
    left, top, right, bottom = window
    part = image[top:bottom, left:right]
    height, width = part.shape[:2]
    # No stone so small that the picture could be read from them again.
    stone_px = max(width / stones, _SMALLEST_STONE_PX)
    size = (max(round(width / stone_px), 1), max(round(height / stone_px), 1))
    coarse = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    image[top:bottom, left:right] = cv2.resize(
        coarse, (width, height), interpolation=cv2.INTER_LINEAR
    )
