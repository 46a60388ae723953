"""The copy of a picture that may leave the house in a form."""

import cv2
import numpy as np

__all__ = ["export_copy"]

_LONG_SIDE_PX = 1280


def export_copy(content: bytes) -> bytes:
    """A new JPEG, at most 1280 px long, without anything but the pixels.

    Coordinates, times and serial numbers that a phone wrote into the file stay behind. Faces
    and plates are the camera side's to blur, before a picture is evidence: this side runs no
    detector.

    Args:
        content: JPEG, PNG or WebP bytes.

    Returns:
        JPEG bytes; empty when ``content`` is no picture, so that nothing unseen goes out.
    """
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if image is None:
        return b""
    height, width = image.shape[:2]
    scale = _LONG_SIDE_PX / max(height, width)
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    done, out = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return out.tobytes() if done else b""
