"""The change gate: a tiny luma picture against the one that the detector saw last.

Compared is not with the picture before but with the last one that a detector looked at: what
creeps in below every threshold adds up until it is seen, and what has come to stay is looked at
once. A camera with a fixed view needs no motion vectors for that, only patience with what changes
all the time for no reason.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LUMA_WH", "ChangeGate"]

#: Width and height in cells of the picture that is compared; averaging ten by ten pixels of a
#: sub-stream into one takes nine tenths of the sensor's noise away.
LUMA_WH = (64, 36)

_MIN_CHANGE = 6.0  # grey levels; coding alone moves a cell's mean by one to three
_NOISE_FACTOR = 5.0
_NOISE_CLIP = 8.0
_NOISE_TIME_S = 20.0
_MIN_CELLS = 3
# A clock ticks once a second in a few cells; a person fills dozens.
_OVERLAY_SHARE = 0.03
_OVERLAY_RATE_HZ = 0.3
_OVERLAY_TIME_S = 30.0
_OVERLAY_MIN_S = 5.0


class ChangeGate:
    """Says whether the zone looks different from when a detector last looked.

    Robust to gain control (the median difference is taken off), to sensor noise and swaying
    leaves (each cell learns how restless it is) and to burned-in clocks (cells that change
    again and again while nothing else does are left out). A switch from day to infrared is one
    change, and the picture after it is the new normal.

    Args:
        cells: ``(H, W)`` bool, the cells that matter; None means all.
    """

    def __init__(self, cells: NDArray[np.bool_] | None = None) -> None:
        self._cells = cells
        self._reference: NDArray[np.float32] | None = None
        self._last: NDArray[np.float32] | None = None
        self._last_s = 0.0
        self._first_s = 0.0
        self._noise: NDArray[np.float32] = np.zeros(0, np.float32)
        self._ticks: NDArray[np.float32] = np.zeros(0, np.float32)
        self._overlay: NDArray[np.bool_] | None = None

    @property
    def overlay(self) -> NDArray[np.bool_] | None:
        """``(H, W)`` bool: cells taken for a burned-in clock; None before the first picture."""
        return self._overlay

    def observe(self, luma: NDArray[np.uint8], media_time_s: float) -> bool:
        """Compare one picture.

        Args:
            luma: ``(H, W)`` uint8, the same size every time; another size starts afresh.
            media_time_s: Its stream time in seconds.

        Returns:
            Whether it differs from the picture at the last `rebase` in the cells that matter.
        """
        now = luma.astype(np.float32)
        if self._last is None or self._last.shape != now.shape:
            self._begin(now, media_time_s)
            return True
        assert self._reference is not None  # noqa: S101  (set together with _last)
        assert self._overlay is not None  # noqa: S101  (likewise)
        dt_s = min(max(media_time_s - self._last_s, 0.001), 5.0)
        step = np.abs(_without_gain(now - self._last))
        self._last, self._last_s = now, media_time_s
        threshold = np.maximum(_MIN_CHANGE, _NOISE_FACTOR * self._noise)
        self._learn(step, dt_s, media_time_s)
        changed = np.abs(_without_gain(now - self._reference)) > threshold
        changed &= ~self._overlay
        if self._cells is not None and self._cells.shape == changed.shape:
            changed &= self._cells
        return int(np.count_nonzero(changed)) >= _MIN_CELLS

    def rebase(self) -> None:
        """The picture last observed goes to a detector: compare with it from now on."""
        self._reference = self._last

    def _begin(self, now: NDArray[np.float32], media_time_s: float) -> None:
        self._reference = self._last = now
        self._last_s = self._first_s = media_time_s
        self._noise = np.zeros_like(now)
        self._ticks = np.zeros_like(now)
        self._overlay = np.zeros(now.shape, np.bool_)

    def _learn(self, step: NDArray[np.float32], dt_s: float, media_time_s: float) -> None:
        """Noise of each cell, and which cells belong to a clock."""
        share = dt_s / _NOISE_TIME_S
        self._noise += np.float32(share) * (np.minimum(step, _NOISE_CLIP) - self._noise)
        ticked = step > np.float32(_MIN_CHANGE)
        # In a frame where much moves, no cell proves that it belongs to a clock.
        if int(np.count_nonzero(ticked)) > _OVERLAY_SHARE * ticked.size:
            return
        watched_s = media_time_s - self._first_s
        memory_s = min(max(watched_s, dt_s), _OVERLAY_TIME_S)
        self._ticks += np.float32(min(dt_s / memory_s, 1.0)) * (
            ticked.astype(np.float32) / np.float32(dt_s) - self._ticks
        )
        if watched_s >= _OVERLAY_MIN_S:
            self._overlay = self._ticks >= _OVERLAY_RATE_HZ


def _without_gain(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """The difference without what all cells share: exposure, gain, a cloud."""
    flat = difference.ravel()[::3]
    middle = np.float32(np.partition(flat, flat.size // 2)[flat.size // 2])
    level: NDArray[np.float32] = difference - middle
    return level
