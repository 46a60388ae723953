"""Lines, boxes and captions on a picture, as wide as the picture needs them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.evidence.fonts import CaptionFont, caption_font

__all__ = [
    "MAX_LONG_SIDE_PX",
    "LabelledBox",
    "caption_height_px",
    "draw_boxes",
    "draw_caption",
    "draw_zone",
    "limit_size",
]

#: Longest side of a stored picture.
MAX_LONG_SIDE_PX = 1920

# Colours in BGR.
_ZONE = (0, 170, 255)
_SUBJECT = (48, 48, 230)
_TEXT = (255, 255, 255)
_CAPTION = (36, 32, 28)

_ZONE_OPACITY = 0.18
_MIN_TEXT_PX = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBox:
    """A box to draw.

    Attributes:
        text: What stands at the box, such as ``car 0.91``.
        xyxy_norm: Left, top, right, bottom as shares of width and height, in [0, 1].
    """

    text: str
    xyxy_norm: tuple[float, float, float, float]


def limit_size(image: NDArray[np.uint8], long_side_px: int = MAX_LONG_SIDE_PX) -> NDArray[np.uint8]:
    """Return a copy of an ``(H, W, 3)`` picture, scaled down to ``long_side_px`` if longer."""
    height, width = image.shape[:2]
    scale = long_side_px / max(height, width)
    if scale >= 1:
        return np.array(image, order="C")
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    shrunk = cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA)
    return shrunk.astype(np.uint8, copy=False)


def draw_zone(image: NDArray[np.uint8], polygon_norm: Sequence[tuple[float, float]]) -> None:
    """Fill the zone faintly and outline it, in place; fewer than three corners draw nothing."""
    if len(polygon_norm) < 3:
        return
    height, width = image.shape[:2]
    share = np.array(polygon_norm, np.float64).clip(0, 1)
    corners = np.rint(share * [width - 1, height - 1]).astype(np.int32)
    filled = image.copy()
    cv2.fillPoly(filled, [corners], _ZONE)
    cv2.addWeighted(filled, _ZONE_OPACITY, image, 1 - _ZONE_OPACITY, 0, dst=image)
    cv2.polylines(image, [corners], True, _ZONE, _line_px(image), cv2.LINE_AA)


def draw_boxes(image: NDArray[np.uint8], boxes: Sequence[LabelledBox]) -> NDArray[np.uint8]:
    """Return the ``(H, W, 3)`` picture with each box outlined and named."""
    height, width = image.shape[:2]
    line = _line_px(image)
    font = _font_for(image)
    canvas = image.copy()
    corners = []
    for box in boxes:
        share = np.array(box.xyxy_norm, np.float64).clip(0, 1)
        left, top, right, bottom = np.rint(
            share * [width - 1, height - 1, width - 1, height - 1]
        ).astype(int)
        corners.append((int(left), int(top)))
        cv2.rectangle(canvas, (int(left), int(top)), (int(right), int(bottom)), _SUBJECT, line)
    picture = _to_pillow(canvas)
    draw = ImageDraw.Draw(picture)
    chip_height = round(font.size_px * 1.35)
    # The first box is the most confident: its name is drawn last, over the others.
    for box, (left, top) in reversed(list(zip(boxes, corners, strict=True))):
        text = font.fit(box.text, max(width - 8, 1))
        chip_width = font.width(text) + font.size_px // 2
        x = max(min(left, width - chip_width), 0)
        # Above the box where there is room, else inside it.
        y = top - chip_height if top >= chip_height else top
        draw.rectangle((x, y, x + chip_width, y + chip_height), fill=_rgb(_SUBJECT))
        draw.text(
            (x + font.size_px // 4, y + chip_height / 2),
            text,
            font=font.face,
            fill=_rgb(_TEXT),
            anchor="lm",
        )
    return _from_pillow(picture)


def draw_caption(image: NDArray[np.uint8], lines: Sequence[str]) -> NDArray[np.uint8]:
    """Return the picture with a bar of text below it; the picture itself stays uncovered."""
    height, width = image.shape[:2]
    font = _font_for(image)
    row_px = round(font.size_px * 1.5)
    margin = font.size_px // 2
    bar = np.full((row_px * len(lines) + margin, width, 3), _CAPTION, np.uint8)
    picture = _to_pillow(np.concatenate([image, bar]))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text(
            (margin, height + margin / 2 + row_px * (number + 0.5)),
            font.fit(line, width - 2 * margin),
            font=font.face,
            fill=_rgb(_TEXT),
            anchor="lm",
        )
    return _from_pillow(picture)


def caption_height_px(image_hw: tuple[int, int], line_count: int) -> int:
    """Height of the bar that ``draw_caption`` adds to a picture of that size, in pixels."""
    size = _text_px(*image_hw)
    return round(size * 1.5) * line_count + size // 2


def _line_px(image: NDArray[np.uint8]) -> int:
    return max(2, round(int(max(image.shape[:2])) / 400))


def _text_px(height: int, width: int) -> int:
    return max(_MIN_TEXT_PX, round(max(height, width) / 58))


def _font_for(image: NDArray[np.uint8]) -> CaptionFont:
    return caption_font(_text_px(*image.shape[:2]))


def _rgb(bgr: tuple[int, int, int]) -> tuple[int, int, int]:
    return bgr[2], bgr[1], bgr[0]


def _to_pillow(image: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


def _from_pillow(picture: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(picture, np.uint8)[:, :, ::-1])
