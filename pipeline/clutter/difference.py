"""What differs between a frame and its clean reference, whatever the light does.

Three looks at every pixel, each blind to another nuisance:

* *structure*: contrast and correlation of a small window (the structure term of SSIM, Wang et
  al. 2004, with the gain taken out). Brightness, gain, gentle shadows do not touch it.
* *colour*: the balance of the channels, with white balance and coloured light taken out.
* *brightness*: what is left of the logarithmic ratio after the light surface. It alone proves
  nothing, since a hard shadow has it too; it only completes what the other two began.

A connected piece in which the reference's own texture is still visible is light, not matter:
shadows and patches of sun fall through here.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter.light import LightSurface
from pipeline.clutter.picture import Prepared

__all__ = ["LEAST_LIKENESS", "Comparer", "Difference"]

_Number = TypeVar("_Number", np.float32, np.uint8)

_QUARTER: Final = (slice(None, None, 4), slice(None, None, 4))
_WINDOW: Final = (7, 7)
# Variance, in squared grey levels of the smoothed picture, below which contrast is noise and
# compression: a deviation of some 3.5 levels.
_NOISE_VARIANCE: Final = 12.0
# Most shift between reference and frame that counts as the same view, in work pixels
# (at 640 px: twice as much).
_MOST_SHIFT_PX: Final = 6.0
_LEAST_RESPONSE: Final = 0.05
_DEAD_BAND_PX: Final = 0.12
_BETTER: Final = 0.9
_LEAST_BOX_PX: Final = 20
_LEAST_STRENGTH: Final = 0.3
_COLOURED_SHARE: Final = 0.3
_EDGE_PX: Final = 11
_SOLID_SHARE: Final = 0.55
_FEWEST_BELIEVED: Final = 60
# Half-way points of the three looks.
_STRUCTURE: Final = 0.62
_COLOUR: Final = 0.13
# Exposure bends the tone curve, which moves a strong colour more than a weak one, and a fraction
# of a pixel of shake moves colour at borders: both are allowed for.
_COLOUR_STRONG: Final = 0.15
_COLOUR_BORDER: Final = 0.30
# A tone curve stretches all colours by one factor; further than this none goes.
_STRETCH: Final = (0.6, 1.6)
_LEAST_COLOURFUL: Final = 0.01
_BRIGHTNESS: Final = 0.16
# A textured pixel is the same surface from this correlation on.
_SAME: Final = 0.6
#: Below this share of textured pixels that are the same, the picture is of something else.
LEAST_LIKENESS: Final = 0.40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """One frame against one reference.

    Attributes:
        changed: ``(h, w)`` bool at work size: foreign matter in this frame.
        strength: ``(h, w)`` float32, 0 to 1: how clearly it differs.
        blind: ``(h, w)`` bool: nothing can be told (over- or underexposed in either).
        level: ``(h, w)`` float32: the frame's grey as it would be in the reference's light,
            for comparison from frame to frame.
        shift_px: How far the frame is moved against the reference, ``(x, y)`` in work pixels.
        likeness: Share, 0 to 1, of the textured pixels of the reference that are seen to be the
            same surface; see `LEAST_LIKENESS`.
    """

    changed: NDArray[np.bool_]
    strength: NDArray[np.float32]
    blind: NDArray[np.bool_]
    level: NDArray[np.float32]
    shift_px: tuple[float, float]
    likeness: float


class Comparer:
    """Compares frames with one reference picture; holds nothing but the reference.

    Args:
        reference: The clean picture, prepared.
    """

    def __init__(self, reference: Prepared) -> None:
        self.reference = reference
        height, width = reference.grey.shape
        self.shape_hw = (height, width)
        self._mean = cv2.blur(reference.grey, _WINDOW)
        spread = cv2.blur(reference.grey * reference.grey, _WINDOW) - self._mean * self._mean
        self._variance = np.asarray(np.maximum(spread, 0), np.float32)
        self._log_quarter = np.log(reference.grey[_QUARTER] + 8.0)
        self._log = np.log(reference.grey + 8.0)
        self._textured = (self._variance > 4 * _NOISE_VARIANCE)[_QUARTER]
        self._light = LightSurface(shape_hw=self._textured.shape)
        self._colour_limit = _colour_limit(reference.colour)
        self._hann = np.asarray(
            cv2.createHanningWindow((width // 2, height // 2), cv2.CV_32F), np.float32
        )
        self._outline = _outline(reference.grey)

    def compare(
        self, frame: Prepared, hidden: NDArray[np.bool_], known: NDArray[np.bool_] | None = None
    ) -> Difference:
        """Compare one frame.

        Args:
            frame: Prepared, of the reference's shape.
            hidden: ``(h, w)`` bool: covered by something that moves.
            known: ``(h, w)`` bool: already known as foreign; like what is hidden it is kept
                out of everything that is estimated.
        """
        covered = hidden if known is None else hidden | known
        shift = self._shift(frame, covered)
        grey, colour, cut_off = _moved(frame, shift)
        blind = cut_off | self.reference.cut_off
        usable = ~(covered | blind)[_QUARTER]
        gain = self._gain(grey, usable)
        level = grey / gain
        mean = cv2.blur(level, _WINDOW)
        variance = cv2.blur(level * level, _WINDOW) - mean * mean
        shared = cv2.blur(level * self.reference.grey, _WINDOW) - mean * self._mean
        # Brightening a dark frame brightens its noise.
        noise = _NOISE_VARIANCE * np.maximum(1.0 / (gain * gain), 1.0)
        alike = (2 * shared + noise) / (variance + self._variance + noise)
        strength = np.asarray((1 - alike) / (2 * _STRUCTURE), np.float32)
        tint = self._tint(frame, colour, usable)
        if tint is not None:
            strength = np.maximum(strength, tint)
        np.clip(strength, 0, 1, out=strength)
        seen = ~blind
        seeds = (strength >= 0.5) & seen
        residual = np.log(level + 8.0 / gain) - self._log
        grown = (np.abs(residual) >= _BRIGHTNESS) & seen
        correlation = _Correlation(shared, variance, self._variance)
        changed = self._pieces(
            seeds,
            grown=grown,
            correlation=correlation,
            tint=tint,
            strength=strength,
            residual=residual,
        )
        believed = self._textured & ~(hidden | blind)[_QUARTER]
        likeness = 1.0
        if int(believed.sum()) >= _FEWEST_BELIEVED:
            likeness = float((correlation.of(_QUARTER)[believed] > _SAME).mean())
        return Difference(
            changed=changed,
            strength=np.asarray(strength, np.float32),
            blind=blind,
            level=np.asarray(level, np.float32),
            shift_px=shift,
            likeness=likeness,
        )

    def _shift(self, frame: Prepared, hidden: NDArray[np.bool_]) -> tuple[float, float]:
        outline = _outline(frame.grey)
        outline[hidden[::2, ::2]] = 0
        found, response = cv2.phaseCorrelate(self._outline, outline, self._hann)
        x, y = 2 * found[0], 2 * found[1]
        far = max(abs(x), abs(y))
        if response < _LEAST_RESPONSE or not _DEAD_BAND_PX <= far <= _MOST_SHIFT_PX:
            return 0.0, 0.0
        # The peak leans towards whatever is new in the picture: a shift counts only if the
        # picture fits better with it.
        moved = _translate(outline, (found[0], found[1]))
        shown = slice(8, -8), slice(8, -8)
        before = float(np.abs(outline - self._outline)[shown].mean())
        after = float(np.abs(moved - self._outline)[shown].mean())
        return (x, y) if after < _BETTER * before else (0.0, 0.0)

    def _gain(self, grey: NDArray[np.float32], usable: NDArray[np.bool_]) -> NDArray[np.float32]:
        """How much brighter the frame is, pixel by pixel, as the light surface has it."""
        ratio = np.log(grey[_QUARTER] + 8.0) - self._log_quarter
        fitted = self._light.fit(ratio, usable)
        if fitted is None:
            return np.ones(self.shape_hw, np.float32)
        height, width = self.shape_hw
        full = cv2.resize(np.exp(fitted), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full, np.float32)

    def _tint(
        self, frame: Prepared, colour: NDArray[np.float32], usable: NDArray[np.bool_]
    ) -> NDArray[np.float32] | None:
        """How clearly the colour differs, 0.5 and more is different; None without colour."""
        if frame.infrared or self.reference.infrared:
            return None
        height, width = self.shape_hw
        moved = colour - self._stretch(colour, usable) * self.reference.colour
        coarse = moved[: 2 * usable.shape[0] : 2, : 2 * usable.shape[1] : 2]
        distance = np.zeros(moved.shape[:2], np.float32)
        for channel in range(2):
            light = self._light.fit(np.ascontiguousarray(coarse[..., channel]), usable)
            if light is None:
                return None
            apart = moved[..., channel] - cv2.resize(light, (moved.shape[1], moved.shape[0]))
            distance += apart * apart
        # In the dark colour is noise: it needs a brightness of some 40 levels to be believed.
        bright = np.minimum(cv2.min(frame.total, self.reference.total) * (1 / 120.0), 1.0)
        score = cv2.blur(np.sqrt(distance) * bright / self._colour_limit, (3, 3)) * 0.5
        full = cv2.resize(score, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.minimum(full, 1.0), np.float32)

    def _stretch(self, colour: NDArray[np.float32], usable: NDArray[np.bool_]) -> np.float32:
        """By how much the tone curve has stretched the colours since the reference."""
        rows, columns = (2 * side for side in usable.shape)
        was = self.reference.colour[:rows:2, :columns:2][usable]
        now = colour[:rows:2, :columns:2][usable]
        if len(was) < _FEWEST_BELIEVED:
            return np.float32(1)
        was, now = was - was.mean(axis=0), now - now.mean(axis=0)
        stretch = 1.0
        for _ in range(2):
            fits = np.abs(now - stretch * was).max(axis=1) < 2 * _COLOUR
            square = float((was[fits] ** 2).sum())
            if square < _LEAST_COLOURFUL * max(int(fits.sum()), 1):
                return np.float32(1)
            stretch = float((was[fits] * now[fits]).sum()) / square
        return np.float32(min(max(stretch, _STRETCH[0]), _STRETCH[1]))

    def _pieces(
        self,
        seeds: NDArray[np.bool_],
        *,
        grown: NDArray[np.bool_],
        correlation: "_Correlation",
        tint: NDArray[np.float32] | None,
        strength: NDArray[np.float32],
        residual: NDArray[np.float32],
    ) -> NDArray[np.bool_]:
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
            if _still_shows(piece, correlation.of(window), self._variance[window]):
                continue
            if tint is not None:
                piece = _without_shadow(piece, tint[window], residual[window])
            kept[window] |= piece
        return kept.astype(np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Correlation:
    """Correlation of frame and reference, worked out only where it is asked for."""

    shared: NDArray[np.float32]
    variance: NDArray[np.float32]
    expected: NDArray[np.float32]

    def of(self, window: tuple[slice, slice]) -> NDArray[np.float32]:
        product = np.maximum(self.variance[window], 0.5) * np.maximum(self.expected[window], 0.5)
        return np.asarray(np.clip(self.shared[window] / np.sqrt(product), -1, 1), np.float32)


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


def _still_shows(
    piece: NDArray[np.uint8], correlation: NDArray[np.float32], expected: NDArray[np.float32]
) -> bool:
    """Whether the reference's texture can still be seen inside a piece: then it is only light."""
    # The border is structure of the change itself, shadow or thing.
    inside = cv2.erode(piece, _disc(7), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inside_mask = inside.astype(np.bool_)
    if int(inside_mask.sum()) < 30:
        return False
    weight = np.minimum(expected[inside_mask] / _NOISE_VARIANCE, 8.0)
    total = float(weight.sum())
    if total < 0.5 * len(weight):
        return False  # a bare floor: there is no texture that could show
    return float((weight * correlation[inside_mask]).sum()) / total > _SAME


def _without_shadow(
    piece: NDArray[np.uint8], tint: NDArray[np.float32], residual: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """A piece without the shadow or reflection that a coloured thing throws on the floor."""
    thing = (piece & ((tint >= 0.5) | (residual >= _BRIGHTNESS))).astype(np.uint8)
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


def _colour_limit(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance of colours, pixel by pixel, from which they differ."""
    strong = np.sqrt((colour**2).sum(axis=2))
    square = np.ones((3, 3), np.uint8)
    border = (cv2.dilate(colour, square) - cv2.erode(colour, square)).max(axis=2)
    return np.asarray(_COLOUR + _COLOUR_STRONG * strong + _COLOUR_BORDER * border, np.float32)


def _outline(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Local contrast at half of the work size: what stays when the light changes."""
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height, width = grey.shape
    half = half[: height // 2, : width // 2]
    smooth = cv2.blur(half, (15, 15))
    rough = half - smooth
    spread = cv2.blur(np.abs(rough), (15, 15))
    return np.asarray(rough / (spread + 4.0), np.float32)


def _moved(
    frame: Prepared, shift: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    if shift == (0.0, 0.0):
        return frame.grey, frame.colour, frame.cut_off
    half = (shift[0] / 2, shift[1] / 2)
    cut_off = _translate(frame.cut_off.astype(np.uint8), shift)
    return _translate(frame.grey, shift), _translate(frame.colour, half), cut_off.astype(np.bool_)


def _translate(plane: NDArray[_Number], shift: tuple[float, float]) -> NDArray[_Number]:
    """What stands ``shift`` to the right and below comes to where it belongs."""
    height, width = plane.shape[:2]
    way = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        plane, way, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, plane.dtype)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
