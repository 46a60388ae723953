"""Pictures as bytes, named by their content, and tied to the event they belong to."""

import dataclasses
import hashlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.evidence.annotated import annotate
from pipeline.evidence.drawing import limit_size
from pipeline.types import EvidenceRef, Frame, HazardEvent

__all__ = ["JPEG_QUALITY", "build_evidence", "encode_jpeg"]

#: Small enough for a slow uplink, good enough to read a number plate.
JPEG_QUALITY = 88

# JPEG itself holds no more.
_MAX_SIDE_PX = 65_500


def encode_jpeg(image: NDArray[np.uint8], quality: int = JPEG_QUALITY) -> bytes:
    """Encode an ``(H, W, 3)`` uint8 BGR picture as JPEG.

    Args:
        image: The picture.
        quality: 1 to 100.

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
    return encoded.tobytes()


def build_evidence(
    frame: Frame, event: HazardEvent, polygon_norm: Sequence[tuple[float, float]]
) -> tuple[HazardEvent, dict[str, bytes]]:
    """Make the pictures of an event and put their references into it.

    Args:
        frame: The frame that decided the event.
        event: The event as decided; it is not changed.
        polygon_norm: Corners of the zone as shares of width and height, in [0, 1].

    Returns:
        A copy of the event whose ``evidence`` is the snapshot (zone and boxes drawn) and the
        clean picture, and the bytes of both by their SHA-256.
    """
    pictures: dict[str, bytes] = {}
    references = []
    for role, image in (
        ("snapshot", annotate(frame, event, polygon_norm)),
        ("clean", limit_size(frame.image)),
    ):
        content = encode_jpeg(image)
        digest = hashlib.sha256(content).hexdigest()
        pictures[digest] = content
        references.append(
            EvidenceRef(role=role, sha256=digest, media_type="image/jpeg", size_bytes=len(content))
        )
    return dataclasses.replace(event, evidence=tuple(references)), pictures
