"""Pictures as bytes."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["JPEG_QUALITY", "encode_jpeg"]

#: Small enough for a slow uplink, good enough to read a number plate.
JPEG_QUALITY = 88

# JPEG itself holds no more.
_MAX_SIDE_PX = 65_500


def encode_jpeg(image: NDArray[np.uint8], quality: int = JPEG_QUALITY, *, note: str = "") -> bytes:
    """Encode an ``(H, W, 3)`` uint8 BGR picture as JPEG.

    Args:
        image: The picture.
        quality: 1 to 100.
        note: Put into the file as a JPEG comment, ASCII; empty for none.

    Raises:
        ValueError: The picture or the quality is out of range.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"image: expected (H, W, 3) uint8 BGR, got {image.shape} {image.dtype}")
    if max(image.shape) > _MAX_SIDE_PX:
        raise ValueError(f"image: expected at most {_MAX_SIDE_PX} px a side, got {image.shape}")
    if not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 to 100, got {quality}")
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, encoded = cv2.imencode(".jpg", np.ascontiguousarray(image), options)
    if not done:
        raise ValueError(f"image: could not be encoded as JPEG, shape {image.shape}")
    content = encoded.tobytes()
    if not note:
        return content
    said = note.encode("ascii")
    # After the start marker: FF FE, the length with itself, the text (ITU-T T.81, B.2.4.5).
    return content[:2] + b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said + content[2:]
