"""What differs between a frame and its clean reference, whatever the light does.

Three looks at every pixel, each blind to another nuisance:

* *structure*: contrast and correlation of a small window (the structure term of SSIM, Wang et
  al. 2004, with the gain taken out). Brightness, gain, gentle shadows do not touch it.
* *colour*: the balance of the channels, with white balance and coloured light taken out.
* *brightness*: what is left of the logarithmic ratio after the light surface. It alone proves
  nothing, since a hard shadow has it too; it only completes what the other two began.

Light that falls in patches with hard borders (a shadow, the sun through a window) multiplies what
was there and keeps its texture: it is the median of the logarithmic ratio, and is divided out
before the structure is compared; the sky's blue in it is no colour.

A connected piece in which the reference's own texture is still visible is light, not matter:
shadows and patches of sun fall through here.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter.light import LightSurface, enlarged
from pipeline.clutter.picture import Prepared
from pipeline.clutter.pieces import BRIGHTNESS, NOISE_VARIANCE, SAME, Correlation, find_pieces

__all__ = ["LEAST_LIKENESS", "Comparer", "Difference"]

_Number = TypeVar("_Number", np.float32, np.uint8)

_QUARTER: Final = (slice(None, None, 4), slice(None, None, 4))
_EVERY_SECOND: Final = (slice(None, None, 2), slice(None, None, 2))
_NO_GAIN: Final = np.zeros((12, 20), np.float32)
_WINDOW: Final = (7, 7)
_HALF_WINDOW: Final = (5, 5)
# Most shift between reference and frame that counts as the same view, in work pixels
# (at 640 px: twice as much).
_MOST_SHIFT_PX: Final = 6.0
_LEAST_RESPONSE: Final = 0.05
_DEAD_BAND_PX: Final = 0.12
_BETTER: Final = 0.9
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
# Patches of light, at half of the work size: window of the median, grey levels a unit of the
# logarithmic ratio, the least patch, and the least jump at its border.
_CAST_WINDOW: Final = 5
_CAST_STEPS: Final = 80.0
_CAST: Final = 0.08
_BORDER_JUMP: Final = 0.1
_BROAD: Final = np.ones((5, 5), np.uint8)
# Way of daylight's colour from sun to sky: logarithms of blue and of red against green.
_SKY: Final = (0.77, -0.64)
_SKY_SHARE: Final = 0.6
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
        self._log = np.asarray(np.log(reference.grey + 8.0), np.float32)
        self._half = _half(reference.grey)
        self._half_mean = np.asarray(cv2.blur(self._half, _HALF_WINDOW), np.float32)
        spread = cv2.blur(self._half * self._half, _HALF_WINDOW) - self._half_mean**2
        self._half_variance = np.asarray(np.maximum(spread, 0), np.float32)
        self._textured = (self._variance > 4 * NOISE_VARIANCE)[_QUARTER]
        self._light = LightSurface(shape_hw=self._textured.shape)
        # Half, so that the score of what just differs is 0.5.
        self._by_colour_limit = 0.5 / _colour_limit(reference.colour)
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
        log = np.asarray(cv2.log(grey + np.float32(8)), np.float32)
        gain, tints = self._smooth_light(log, frame, colour, usable)
        level = grey * enlarged(np.exp(-gain), self.shape_hw)
        residual = np.asarray(log - self._log - enlarged(gain, self.shape_hw), np.float32)
        patches = _patches(residual)
        unlit = enlarged(np.exp(-patches.light), self.shape_hw)
        even = level * unlit
        mean = cv2.blur(even, _WINDOW)
        variance = cv2.blur(even * even, _WINDOW) - mean * mean
        shared = cv2.blur(even * self.reference.grey, _WINDOW) - mean * self._mean
        # Brightening a dark frame brightens its noise.
        brighter = np.maximum(unlit * float(np.exp(-gain).mean()), 1.0)
        noise = NOISE_VARIANCE * (brighter * brighter)
        alike = (2 * shared + noise) / (variance + self._variance + noise)
        strength = np.asarray((1 - alike) * np.float32(1 / (2 * _STRUCTURE)), np.float32)
        tint = None if tints is None else self._tint(frame, tints, patches.light)
        if tint is not None:
            np.maximum(strength, tint, out=strength)
        np.clip(strength, 0, 1, out=strength)
        seen = ~blind
        seeds = (strength >= 0.5) & seen
        grown = (np.abs(residual) >= BRIGHTNESS) & seen
        correlation = Correlation(shared, variance, self._variance)
        changed = find_pieces(
            seeds,
            grown=grown,
            correlation=correlation,
            tint=tint,
            strength=strength,
            residual=residual,
            border=patches.border,
        )
        believed = self._textured & ~(hidden | blind)[_QUARTER]
        likeness = 1.0
        if int(believed.sum()) >= _FEWEST_BELIEVED:
            likeness = self._likeness(level, believed)
        return Difference(
            changed=changed,
            strength=strength,
            blind=blind,
            level=np.asarray(level, np.float32),
            shift_px=shift,
            likeness=likeness,
        )

    def _likeness(self, level: NDArray[np.float32], believed: NDArray[np.bool_]) -> float:
        """Share of the believed pixels that correlate, with all but the smooth light left in."""
        small = _half(level)
        mean = cv2.blur(small, _HALF_WINDOW)
        variance = cv2.blur(small * small, _HALF_WINDOW) - mean * mean
        shared = cv2.blur(small * self._half, _HALF_WINDOW) - mean * self._half_mean
        found = Correlation(shared, variance, self._half_variance).of(_EVERY_SECOND)
        rows, columns = believed.shape
        return float((found[:rows, :columns][believed] > SAME).mean())

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

    def _smooth_light(
        self,
        log: NDArray[np.float32],
        frame: Prepared,
        colour: NDArray[np.float32],
        usable: NDArray[np.bool_],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """The light surface of the brightness, and what is left of the colours without theirs.

        Returns:
            ``(12, 20)`` logarithms of the gain, see `enlarged`; and ``(h // 2, w // 2, 2)``
            distances of the colours from the reference's, None without colour.
        """
        ratio = log[_QUARTER] - self._log[_QUARTER]
        if frame.infrared or self.reference.infrared:
            fitted = self._light.fit(ratio[None], usable)
            return (_NO_GAIN if fitted is None else fitted[0]), None
        moved = colour - self._stretch(colour, usable) * self.reference.colour
        coarse = moved[: 2 * usable.shape[0] : 2, : 2 * usable.shape[1] : 2]
        fitted = self._light.fit(np.stack([ratio, coarse[..., 0], coarse[..., 1]]), usable)
        if fitted is None:
            return _NO_GAIN, None
        both = np.ascontiguousarray(fitted[1:].transpose(1, 2, 0))
        return fitted[0], moved - enlarged(both, (moved.shape[0], moved.shape[1]))

    def _tint(
        self, frame: Prepared, apart: NDArray[np.float32], light: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """How clearly the colour differs, 0.5 and more is different."""
        blue, red = cv2.split(apart)
        # A shadow is lit by the sky alone, so it is bluer; a patch of sun is yellower.
        most = np.maximum(np.abs(light) - np.float32(_CAST), 0) * np.float32(_SKY_SHARE)
        sky = blue * np.float32(_SKY[0]) + red * np.float32(_SKY[1])
        sky = np.where(light < 0, np.clip(sky, 0, most), np.clip(sky, -most, 0))
        blue = blue - np.float32(_SKY[0]) * sky
        red = red - np.float32(_SKY[1]) * sky
        # In the dark colour is noise: it needs a brightness of some 40 levels to be believed.
        bright = np.minimum(cv2.min(frame.total, self.reference.total) * np.float32(1 / 120), 1)
        distance = cv2.magnitude(blue, red) * bright * self._by_colour_limit
        score = np.minimum(cv2.blur(distance, (3, 3)), 1)
        return enlarged(np.asarray(score, np.float32), self.shape_hw)

    def _stretch(self, colour: NDArray[np.float32], usable: NDArray[np.bool_]) -> np.float32:
        """By how much the tone curve has stretched the colours since the reference."""
        rows, columns = (2 * side for side in usable.shape)
        told = usable[_EVERY_SECOND]
        was = self.reference.colour[:rows:4, :columns:4][told].T
        now = colour[:rows:4, :columns:4][told].T
        if was.shape[1] < _FEWEST_BELIEVED:
            return np.float32(1)
        was = was - was.mean(axis=1, keepdims=True)
        now = now - now.mean(axis=1, keepdims=True)
        stretch = 1.0
        for _ in range(2):
            apart = np.abs(now - np.float32(stretch) * was)
            fits = (np.maximum(apart[0], apart[1]) < 2 * _COLOUR).astype(np.float32)
            kept = was * fits
            square = float(np.vdot(kept, was))
            if square < _LEAST_COLOURFUL * max(float(fits.sum()), 1.0):
                return np.float32(1)
            stretch = float(np.vdot(kept, now)) / square
        return np.float32(min(max(stretch, _STRETCH[0]), _STRETCH[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Patches:
    """Light that falls in patches with hard borders.

    Attributes:
        light: ``(h // 2, w // 2)`` float32: its logarithm.
        border: ``(h, w)`` bool: where a patch begins or ends.
    """

    light: NDArray[np.float32]
    border: NDArray[np.bool_]


def _patches(residual: NDArray[np.float32]) -> _Patches:
    """The residual without its fine structure."""
    height, width = residual.shape
    steps = np.clip(_half(residual) * _CAST_STEPS + 128, 0, 255).astype(np.uint8)
    # Twice a small window is four times as fast as once a large one.
    smooth = cv2.medianBlur(cv2.medianBlur(steps, _CAST_WINDOW), _CAST_WINDOW)
    jump = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edge = (jump >= _BORDER_JUMP * _CAST_STEPS).astype(np.uint8)
    # A border of light is a thin line between two even parts; a thing is uneven throughout.
    edge -= np.asarray(cv2.morphologyEx(edge, cv2.MORPH_OPEN, _BROAD), np.uint8)
    light = (smooth.astype(np.float32) - 128) * np.float32(1 / _CAST_STEPS)
    border = cv2.resize(edge, (width, height), interpolation=cv2.INTER_NEAREST)
    return _Patches(light=light, border=border.astype(np.bool_))


def _half(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = plane.shape
    half = cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float32)


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
