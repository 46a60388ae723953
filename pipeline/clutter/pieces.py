"""Which connected pieces of a difference are matter, and which are only light."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BRIGHTNESS", "NOISE_VARIANCE", "SAME", "Correlation", "find_pieces"]

#: Variance, in squared grey levels of the smoothed picture, below which contrast is noise and
#: compression: a deviation of some 3.5 levels.
NOISE_VARIANCE: Final = 12.0
#: Logarithmic ratio of brightness from which a pixel may complete a piece.
BRIGHTNESS: Final = 0.16
#: A textured pixel is the same surface from this correlation on.
SAME: Final = 0.6
_LEAST_BOX_PX: Final = 20
_LEAST_STRENGTH: Final = 0.3
_COLOURED_SHARE: Final = 0.3
_EDGE_PX: Final = 11
_SOLID_SHARE: Final = 0.55
_BORDER_SHARE: Final = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Correlation:
    """Correlation of frame and reference, worked out only where it is asked for."""

    shared: NDArray[np.float32]
    variance: NDArray[np.float32]
    expected: NDArray[np.float32]

    def of(self, window: tuple[slice, slice]) -> NDArray[np.float32]:
        """``(h, w)`` float32 in [-1, 1] inside the window."""
        product = np.maximum(self.variance[window], 0.5) * np.maximum(self.expected[window], 0.5)
        return np.asarray(np.clip(self.shared[window] / np.sqrt(product), -1, 1), np.float32)


def find_pieces(
    seeds: NDArray[np.bool_],
    *,
    grown: NDArray[np.bool_],
    correlation: Correlation,
    tint: NDArray[np.float32] | None,
    strength: NDArray[np.float32],
    residual: NDArray[np.float32],
    border: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Join what differs to pieces, and keep those that are matter.

    Args:
        seeds: ``(h, w)`` bool: differs beyond doubt in structure or colour.
        grown: ``(h, w)`` bool: differs in brightness, which only completes a piece.
        correlation: Of frame and reference.
        tint: ``(h, w)`` float32: how clearly the colour differs; None without colour.
        strength: ``(h, w)`` float32, 0 to 1: how clearly anything differs.
        residual: ``(h, w)`` float32: logarithm of the brightness over the light surface.
        border: ``(h, w)`` bool: borders of patches of light.

    Returns:
        ``(h, w)`` bool.
    """
    near = cv2.dilate(seeds.astype(np.uint8), _disc(9))
    raw = (seeds | (grown & near.astype(np.bool_))).astype(np.uint8)
    closed = cv2.morphologyEx(raw, cv2.MORPH_CLOSE, _disc(7))
    mask = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(3))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    kept = np.zeros(mask.shape, np.uint8)
    for outline in outlines:
        left, top, width, height = cv2.boundingRect(outline)
        if width * height < _LEAST_BOX_PX:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        piece = np.zeros((height, width), np.uint8)
        cv2.drawContours(piece, [outline], -1, 1, cv2.FILLED, offset=(-left, -top))
        if _is_weak(piece, strength[window], None if tint is None else tint[window]):
            continue
        if _is_border(piece, border[window], None if tint is None else tint[window]):
            continue
        if _still_shows(piece, correlation.of(window), correlation.expected[window]):
            continue
        if tint is not None:
            piece = _without_shadow(piece, tint[window], residual[window])
        kept[window] |= piece
    return kept.astype(np.bool_)


def _is_weak(
    piece: NDArray[np.uint8], strength: NDArray[np.float32], tint: NDArray[np.float32] | None
) -> bool:
    """Whether a piece is nothing but a faint patch or the thin border of a shadow."""
    mask = piece.astype(np.bool_)
    if float(strength[mask].mean()) < _LEAST_STRENGTH:
        return True
    if tint is not None and float((tint[mask] >= 0.5).mean()) >= _COLOURED_SHARE:
        return False
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull_px = cv2.contourArea(cv2.convexHull(np.concatenate(list(outlines))))
    if float(mask.sum()) < _SOLID_SHARE * hull_px:
        return True  # an arc: a part of the border of a patch of light
    # An edge of light is as wide as the window that sees it; within it nothing has changed.
    core = cv2.erode(piece, _disc(_EDGE_PX), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inside = core.astype(np.bool_)
    if not inside.any():
        return True
    # Without colour there is no sun either: an infrared camera brings its own light, and a
    # thing with a bare face is believed by its border.
    return tint is not None and float(strength[inside].mean()) < _LEAST_STRENGTH


def _is_border(
    piece: NDArray[np.uint8], border: NDArray[np.bool_], tint: NDArray[np.float32] | None
) -> bool:
    """Whether a piece is nothing but the border of a shadow or of a patch of sun."""
    mask = piece.astype(np.bool_)
    if float(border[mask].mean()) < _BORDER_SHARE:
        return False
    return tint is not None and float((tint[mask] >= 0.5).mean()) < _COLOURED_SHARE


def _still_shows(
    piece: NDArray[np.uint8], correlation: NDArray[np.float32], expected: NDArray[np.float32]
) -> bool:
    """Whether the reference's texture can still be seen inside a piece: then it is only light."""
    # The border is structure of the change itself, shadow or thing.
    inside = cv2.erode(piece, _disc(7), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inside_mask = inside.astype(np.bool_)
    if int(inside_mask.sum()) < 30:
        return False
    weight = np.minimum(expected[inside_mask] / NOISE_VARIANCE, 8.0)
    total = float(weight.sum())
    if total < 0.5 * len(weight):
        return False  # a bare floor: there is no texture that could show
    return float((weight * correlation[inside_mask]).sum()) / total > SAME


def _without_shadow(
    piece: NDArray[np.uint8], tint: NDArray[np.float32], residual: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """A piece without the shadow or reflection that a coloured thing throws on the floor."""
    thing = (piece & ((tint >= 0.5) | (residual >= BRIGHTNESS))).astype(np.uint8)
    area = int(piece.sum())
    # A thing without colour of its own keeps its whole piece.
    if int(thing.sum()) < 0.4 * area:
        return piece
    opened = cv2.morphologyEx(thing, cv2.MORPH_OPEN, _disc(3))
    outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return piece
    hull = cv2.convexHull(np.concatenate([each for each in outlines if len(each) > 8] or outlines))
    within = np.zeros(piece.shape, np.uint8)
    cv2.fillConvexPoly(within, hull, 1)
    return np.asarray(piece & within, np.uint8)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
