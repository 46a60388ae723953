"""What has been different *and* still for a while, pixel by pixel.

People who pass, doors that swing, a flag in the draught differ from the reference but do not
stay as they are. Age grows only while a pixel is seen to differ and not to move; it waits while
something known covers the pixel, and falls once the reference is seen there again.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter.difference import Difference

__all__ = ["Stillness"]

# The picture of a moment ago is forgotten with this time constant.
_RECENT_S: Final = 2.0
_MOVES_LEVELS: Final = 9.0
# Frames that it takes at least, however rarely they come.
_FEWEST_FRAMES: Final = 3
# What is gone is forgotten faster than it was learnt.
_FALL: Final = 2.0


@dataclass(slots=True, kw_only=True)
class Stillness:
    """Ages of the pixels of one view.

    Attributes:
        settle_s: How long something must be seen to stay, in seconds.
    """

    settle_s: float
    _age_s: NDArray[np.float32] | None = field(init=False, default=None)
    _recent: NDArray[np.float32] | None = field(init=False, default=None)
    _settled: NDArray[np.bool_] | None = field(init=False, default=None)
    _last_s: float = field(init=False, default=0.0)

    @property
    def settled(self) -> NDArray[np.bool_] | None:
        """``(h, w)`` bool: what had settled after the last frame; None before the first."""
        return self._settled

    def update(
        self, found: Difference, hidden: NDArray[np.bool_], *, media_time_s: float
    ) -> NDArray[np.bool_]:
        """Take in one frame's difference.

        Args:
            found: The difference.
            hidden: ``(h, w)`` bool: covered by something that moves.
            media_time_s: Stream time of the frame in seconds; may jump.

        Returns:
            ``(h, w)`` bool: foreign and still for at least ``settle_s``.
        """
        age, recent = self._age_s, self._recent
        if age is None or recent is None or self._settled is None or age.shape != hidden.shape:
            age = np.zeros(hidden.shape, np.float32)
            recent = found.level.copy()
            self._settled = np.zeros(hidden.shape, np.bool_)
            self._last_s = media_time_s
        dt_s = max(media_time_s - self._last_s, 0.0)
        self._last_s = media_time_s
        credit_s = min(dt_s, self.settle_s / (_FEWEST_FRAMES - 1))
        apart = found.level - recent
        still = cv2.blur(np.abs(apart), (5, 5)) <= _MOVES_LEVELS
        told = ~(hidden | found.blind)
        np.add(age, np.float32(credit_s), out=age, where=found.changed & told & still)
        falls = ~found.changed & told
        np.subtract(age, np.float32(_FALL * credit_s), out=age, where=falls)
        np.clip(age, 0, 2 * self.settle_s, out=age)
        share = 1 - math.exp(-dt_s / _RECENT_S)
        recent += np.float32(share) * apart
        # What had settled stays so until its age has fallen by half.
        enough = age >= self.settle_s * 0.999
        self._settled = enough | (self._settled & (age >= self.settle_s / 2))
        self._age_s, self._recent = age, recent
        return self._settled
