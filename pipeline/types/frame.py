"""One decoded picture with the two clocks that matter."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture of one camera.

    Attributes:
        camera_id: The camera's id in the site file.
        index: Count of frames that this source has delivered, from 0; it never restarts
            while the process lives, reconnects included.
        captured_at: Wall clock of the moment the picture shows, timezone-aware.
        media_time_s: Monotonic stream time in seconds, from 0 at the first frame; it keeps
            growing across reconnects.
        image: ``(H, W, 3)`` uint8, BGR, top-left origin. Treat as read-only.

    Raises:
        ValueError: The image is not ``(H, W, 3)`` uint8, or ``captured_at`` has no timezone.
    """

    camera_id: str
    index: int
    captured_at: datetime
    media_time_s: float
    image: NDArray[np.uint8]

    def __post_init__(self) -> None:
        image = self.image
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"image: expected (H, W, 3) uint8 BGR, got {image.shape} {image.dtype}"
            )
        if self.captured_at.tzinfo is None:
            raise ValueError("captured_at: expected a timezone-aware time, got a naive one")

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.image.shape[1]), int(self.image.shape[0])
