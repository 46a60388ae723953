"""What is wrong with a camera's picture, against a reference that it learns by itself.

Edges and not grey levels are compared: a lamp, a cloud or the switch to infrared changes nearly
every level and leaves most edges where they are.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.health.states import PictureState

__all__ = ["DETAIL_WH", "PictureHealth"]

#: Width and height in pixels of the luma picture that health is judged by, once a second.
DETAIL_WH = (160, 90)

_LEARN_AFTER_S = 3.0
_CONFIRM_S = {
    PictureState.BLACK: 3.0,
    PictureState.COVERED: 4.0,
    PictureState.BLURRED: 5.0,
    PictureState.MOVED: 5.0,
    PictureState.FROZEN: 0.0,
}
_FROZEN_S = 8.0
_FROZEN_KEYS = 2
_BLACK_MEAN = 28.0  # black is 16 in video levels
_FLAT_STD = 6.0
_EDGE = 10.0  # grey levels between neighbours that make an edge
_MIN_EDGES = 60
_COVERED_KEPT = 0.2
_COVERED_TEXTURE = 0.35
_BLURRED_SHARPNESS = 0.45
_MOVED_KEPT = 0.5
_MOVED_AGREES = 0.6
_MOVED_GAIN = 0.25
_TURNED_KEPT = 0.15
_MIN_SHIFT_PX = 3
_REFERENCE_TIME_S = 120.0
_RELEARN_S = 120.0


class PictureHealth:
    """Judges the pictures of one camera; pure, time comes in with the picture.

    The reference is learned from the first seconds in which nothing is wrong and follows
    slowly while nothing is. A view that has partly changed for two minutes without having
    been shifted (a lorry in front, a decorated lift) becomes the reference.

    Args:
        may_freeze: Whether a picture that never changes is suspicious; it is not in a
            recording.
    """

    def __init__(self, *, may_freeze: bool) -> None:
        self._may_freeze = may_freeze
        self._state = PictureState.SOUND
        self._suspect = PictureState.SOUND
        self._suspect_since_s = 0.0
        self._reference: NDArray[np.float32] | None = None
        self._sharpness = 0.0
        self._sound_since_s: float | None = None
        self._odd_since_s: float | None = None
        self._last_s = 0.0
        self._same: bytes | None = None
        self._same_since_s = 0.0
        self._same_keys = 0
        self._last_edges: NDArray[np.bool_] | None = None

    @property
    def state(self) -> PictureState:
        """The state that has been confirmed."""
        return self._state

    def observe(self, luma: NDArray[np.uint8], media_time_s: float, *, keys: int = 1) -> None:
        """Take in one picture, about once a second.

        Args:
            luma: ``(90, 160)`` uint8.
            media_time_s: Its stream time in seconds.
            keys: Key frames that have come since the picture before. A still scene repeats
                itself between two key frames, but never exactly over several.
        """
        seen = PictureState.FROZEN if self._is_frozen(luma, media_time_s, keys) else None
        edges = _gradient(luma)
        if seen is None:
            seen = self._judge(luma, edges, media_time_s)
        if seen is not self._suspect:
            self._suspect, self._suspect_since_s = seen, media_time_s
        since_s = media_time_s - self._suspect_since_s
        if seen is PictureState.SOUND or since_s >= _CONFIRM_S[seen]:
            self._state = seen
        if seen is PictureState.SOUND:
            self._learn(edges, media_time_s)
        else:
            self._sound_since_s = None
        self._last_s = media_time_s
        self._last_edges = edges > _EDGE

    def _is_frozen(self, luma: NDArray[np.uint8], media_time_s: float, keys: int) -> bool:
        picture = luma.tobytes()
        if picture != self._same:
            self._same, self._same_since_s, self._same_keys = picture, media_time_s, 0
            return False
        self._same_keys += keys
        lasted_s = media_time_s - self._same_since_s
        return self._may_freeze and lasted_s >= _FROZEN_S and self._same_keys >= _FROZEN_KEYS

    def _judge(
        self, luma: NDArray[np.uint8], edges: NDArray[np.float32], media_time_s: float
    ) -> PictureState:
        count = int(np.count_nonzero(edges > _EDGE))
        flat = float(luma.std()) < _FLAT_STD
        if flat and float(luma.mean()) < _BLACK_MEAN:
            return PictureState.BLACK
        if flat and count < _MIN_EDGES:
            return PictureState.COVERED
        reference = self._reference
        if reference is None:
            return PictureState.SOUND
        known = reference > _EDGE
        expected = int(np.count_nonzero(known))
        if expected < _MIN_EDGES:
            return PictureState.SOUND
        kept = _agreement(known, edges)
        if kept < _COVERED_KEPT and count < _COVERED_TEXTURE * expected:
            sharp = _sharpness(edges)
            is_soft = 0.15 * self._sharpness < sharp < _BLURRED_SHARPNESS * self._sharpness
            same_light = _agreement(known, _widened(edges) * 3) > _MOVED_AGREES
            return PictureState.BLURRED if is_soft and same_light else PictureState.COVERED
        if _sharpness(edges) < _BLURRED_SHARPNESS * self._sharpness:
            return PictureState.BLURRED
        if kept < _MOVED_KEPT and self._has_moved(known, edges, kept):
            return PictureState.MOVED
        self._note_odd(kept, media_time_s)
        return PictureState.SOUND

    def _has_moved(self, known: NDArray[np.bool_], edges: NDArray[np.float32], kept: float) -> bool:
        now = edges > _EDGE
        # While people walk about nobody can tell; a camera that was turned stands still again.
        if self._last_edges is None or _agreement(self._last_edges, edges) < _MOVED_AGREES:
            return self._state is PictureState.MOVED
        dy, dx = _shift(known, now)
        if max(abs(dy), abs(dx)) >= _MIN_SHIFT_PX:
            moved_back = np.roll(edges, (-dy, -dx), (0, 1))
            agrees = _agreement(known, moved_back)
            if agrees >= min(_MOVED_AGREES, kept + _MOVED_GAIN) and agrees >= kept + 0.15:
                return True
        return kept < _TURNED_KEPT

    def _note_odd(self, kept: float, media_time_s: float) -> None:
        """A view that has changed for good, without having been moved, is learned anew."""
        if kept >= _MOVED_KEPT:
            self._odd_since_s = None
        elif self._odd_since_s is None:
            self._odd_since_s = media_time_s
        elif media_time_s - self._odd_since_s > _RELEARN_S:
            self._reference = None
            self._sound_since_s = self._odd_since_s = None

    def _learn(self, edges: NDArray[np.float32], media_time_s: float) -> None:
        if self._sound_since_s is None:
            self._sound_since_s = media_time_s
        if self._reference is None:
            if media_time_s - self._sound_since_s >= _LEARN_AFTER_S:
                self._reference = edges.copy()
                self._sharpness = _sharpness(edges)
            return
        dt_s = min(max(media_time_s - self._last_s, 0.0), 5.0)
        share = np.float32(dt_s / _REFERENCE_TIME_S)
        self._reference += share * (edges - self._reference)
        self._sharpness += float(share) * (_sharpness(edges) - self._sharpness)


def _gradient(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Difference to the neighbours right and below, the larger one."""
    levels = luma.astype(np.float32)
    across = np.zeros_like(levels)
    down = np.zeros_like(levels)
    np.abs(levels[:, 1:] - levels[:, :-1], out=across[:, :-1])
    np.abs(levels[1:] - levels[:-1], out=down[:-1])
    return np.maximum(across, down)


def _sharpness(edges: NDArray[np.float32]) -> float:
    """How steep the steepest hundredth of the picture is."""
    flat = edges.ravel()
    place = flat.size - flat.size // 100
    return float(np.partition(flat, place)[place:].mean())


def _widened(edges: NDArray[np.float32]) -> NDArray[np.float32]:
    wide = edges.copy()
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        np.maximum(wide, np.roll(edges, (dy, dx), (0, 1)), out=wide)
    return wide


def _agreement(known: NDArray[np.bool_], edges: NDArray[np.float32]) -> float:
    """Share of the known edges that are still there, give or take a pixel, beyond chance.

    1 where all are, 0 where a picture of equally many edges elsewhere would do as well.
    """
    expected = int(np.count_nonzero(known))
    near = _widened(edges) > _EDGE / 2
    chance = float(np.count_nonzero(near)) / near.size
    if not expected or chance > 0.95:
        return 1.0
    kept = float(np.count_nonzero(near[known])) / expected
    return max(0.0, (kept - chance) / (1.0 - chance))


def _shift(known: NDArray[np.bool_], now: NDArray[np.bool_]) -> tuple[int, int]:
    """By how many rows and columns ``now`` is displaced against ``known``: phase correlation."""
    spectrum = np.conj(np.fft.rfft2(known)) * np.fft.rfft2(now)
    spectrum /= np.abs(spectrum) + 1e-9
    peaks = np.fft.irfft2(spectrum, s=known.shape)
    row, column = np.unravel_index(int(np.argmax(peaks)), peaks.shape)
    height, width = known.shape
    dy = int(row) if row <= height // 2 else int(row) - height
    dx = int(column) if column <= width // 2 else int(column) - width
    return dy, dx
