"""A frame as the comparison sees it: small, grey, with its colour and its noise."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["WORK_WIDTH_PX", "Prepared", "looks_infrared", "prepare"]

#: Width at which pictures are compared: a carton 5 m away is still 15 px wide, and four
#: times fewer pixels than a sub-stream keep the cost within its limit.
WORK_WIDTH_PX: Final = 320

# Mean distance of the channels below which a picture has no colour: an infrared camera's
# three channels differ by the codec's rounding only (below 2), the greyest corridor of the
# real pictures at hand by 5.
_MONOCHROME = 3.0

# Values at or beyond these were cut off by the sensor and say nothing any more.
_BLOWN = 246.0
_BLACK = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A picture ready for comparison, ``h`` x ``w`` with ``w`` = `WORK_WIDTH_PX`.

    Attributes:
        grey: ``(h, w)`` float32, 0 to 255, lightly smoothed.
        colour: ``(h // 2, w // 2, 2)`` float32: logarithms of blue and of red against green;
            free of brightness, 0 where neutral.
        total: ``(h // 2, w // 2)`` float32: sum of the channels, 0 to 765.
        cut_off: ``(h, w)`` bool: over- or underexposed, so that nothing can be told.
        infrared: Whether the picture has no colour.
    """

    grey: NDArray[np.float32]
    colour: NDArray[np.float32]
    total: NDArray[np.float32]
    cut_off: NDArray[np.bool_]
    infrared: bool


def prepare(image: NDArray[np.uint8]) -> Prepared:
    """Make a picture ready for comparison.

    Args:
        image: ``(H, W, 3)`` uint8 BGR of any size.
    """
    height, width = image.shape[:2]
    # Even, so that the colour planes are exactly half.
    work_height = max(2 * round(WORK_WIDTH_PX * height / width / 2), 16)
    small = cv2.resize(image, (WORK_WIDTH_PX, work_height), interpolation=cv2.INTER_AREA)
    grey8 = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    grey = cv2.GaussianBlur(grey8.astype(np.float32), (3, 3), 0)
    half = cv2.resize(
        small, (WORK_WIDTH_PX // 2, work_height // 2), interpolation=cv2.INTER_AREA
    ).astype(np.float32)
    blue, green, red = cv2.split(half)
    total = np.asarray(blue + green + red, np.float32)
    # The constant keeps dark pixels, whose colour is noise, near neutral.
    logs = [cv2.log(plane + np.float32(8.0)) for plane in (blue, green, red)]
    colour = cv2.merge([logs[0] - logs[1], logs[2] - logs[1]])
    spread = float(cv2.mean(np.abs(red - green))[0] + cv2.mean(np.abs(green - blue))[0])
    cut_off = cv2.dilate(
        ((grey8 >= _BLOWN) | (grey8 <= _BLACK)).astype(np.uint8), np.ones((5, 5), np.uint8)
    ).astype(np.bool_)
    return Prepared(
        grey=np.asarray(grey, np.float32),
        colour=np.asarray(colour, np.float32),
        total=total,
        cut_off=cut_off,
        infrared=spread < _MONOCHROME,
    )


def looks_infrared(image: NDArray[np.uint8]) -> bool:
    """Whether a picture has no colour, as a camera's at night under its own infrared lamps."""
    return prepare(image).infrared
