"""Brings a picture to the model's size without bending it, and its boxes back.

The geometry is the one the weights were trained and measured with (ultralytics' LetterBox and
scale_boxes, rounding included): a pixel more or less of padding moves every box.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.protocol import Padding

__all__ = ["PAD_VALUE", "Letterbox", "fit_letterbox"]

#: Grey of the padding, the same that training used.
PAD_VALUE = 114


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """How one picture lies inside the model's input; all figures in pixels.

    Attributes:
        source_hw: Height and width of the original picture.
        resized_hw: Height and width after scaling, before padding.
        input_hw: Height and width of the model's input.
        top: Rows of padding above the picture.
        left: Columns of padding to its left.
    """

    source_hw: tuple[int, int]
    resized_hw: tuple[int, int]
    input_hw: tuple[int, int]
    top: int
    left: int

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Scale and pad ``image`` (``source_hw`` + 3 channels) to ``input_hw``, BGR uint8."""
        height, width = self.resized_hw
        inner = np.ascontiguousarray(image)
        if self.source_hw != self.resized_hw:
            inner = cv2.resize(inner, (width, height), interpolation=cv2.INTER_LINEAR).astype(
                np.uint8, copy=False
            )
        padded = np.full((*self.input_hw, 3), PAD_VALUE, np.uint8)
        padded[self.top : self.top + height, self.left : self.left + width] = inner
        return padded

    def restore(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Carry boxes ``(N, 4)`` from input pixels to pixels of the original, clipped to it."""
        gain_y = self.resized_hw[0] / self.source_hw[0]
        gain_x = self.resized_hw[1] / self.source_hw[1]
        offset = np.array([self.left, self.top, self.left, self.top], np.float32)
        gain = np.array([gain_x, gain_y, gain_x, gain_y], np.float32)
        boxes = ((xyxy - offset) / gain).astype(np.float32)
        boxes[:, 0::2] = boxes[:, 0::2].clip(0, self.source_hw[1])
        boxes[:, 1::2] = boxes[:, 1::2].clip(0, self.source_hw[0])
        return boxes


def fit_letterbox(
    source_hw: tuple[int, int], *, size_px: int, stride: int, padding: Padding
) -> Letterbox:
    """Work out how a picture of ``source_hw`` lies in a square of ``size_px``.

    With ``padding="minimum"`` the padding of each side shrinks to what is left over after
    whole strides, so the input may be a rectangle; ``"square"`` keeps the full square.
    """
    ratio = min(size_px / source_hw[0], size_px / source_hw[1])
    # A very thin picture keeps at least one pixel.
    height = max(round(source_hw[0] * ratio), 1)
    width = max(round(source_hw[1] * ratio), 1)
    pad_y, pad_x = size_px - height, size_px - width
    if padding == "minimum":
        pad_y, pad_x = pad_y % stride, pad_x % stride
    # The tenth decides where the odd pixel of padding goes: below and to the right.
    top, bottom = round(pad_y / 2 - 0.1), round(pad_y / 2 + 0.1)
    left, right = round(pad_x / 2 - 0.1), round(pad_x / 2 + 0.1)
    return Letterbox(
        source_hw=source_hw,
        resized_hw=(height, width),
        input_hw=(top + height + bottom, left + width + right),
        top=top,
        left=left,
    )
