"""A decoded picture's first plane as an array, without a copy."""

from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

__all__ = ["first_plane"]


def first_plane(picture: VideoFrame) -> NDArray[np.uint8]:
    """Rows of the first plane, ``(H, line_size)`` uint8, padding of the lines included.

    Only valid while ``picture`` lives.
    """
    plane: Any = picture.planes[0]  # PyAV's planes have the buffer protocol, its stubs do not
    rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows
