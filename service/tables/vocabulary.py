"""Closed vocabularies of events. ``phase`` is what a camera sees, never what people do."""

from enum import StrEnum
from types import MappingProxyType

__all__ = ["MEDIA_TYPES", "PICTURE_ROLES", "Phase"]


class Phase(StrEnum):
    """What the camera saw last."""

    START = "start"
    UPDATE = "update"
    END = "end"
    UNKNOWN = "unknown"


#: Media type -> file extension of the pictures that may be evidence.
MEDIA_TYPES = MappingProxyType(
    {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4"}
)

#: What a person's picture may show: 整改前, 整改后, 现场, 复查.
PICTURE_ROLES = ("before", "after", "scene", "recheck")
