"""A clean reference: a picture of a place as it should be, and who says so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["CleanReference", "LightMode"]


class LightMode(StrEnum):
    """Which light a reference is for: a camera sees two different worlds by day and by night."""

    DAY = "day"
    INFRARED = "infrared"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CleanReference:
    """One picture of a clean place.

    Attributes:
        id: First 12 hex digits of ``sha256``.
        camera_id: Camera that it is of.
        mode: Light that it is for, told from the picture itself.
        size_wh: Width and height in pixels.
        sha256: Hex digest of the picture's file.
        taken_at: When it was taken, aware.
        origin: Where it came from, such as ``stream`` or a file's name; never an address.
        approved_by: Who looked at it and found the place clean; empty until then.
        approved_at: When, aware; None until then.
        image: ``(H, W, 3)`` uint8 BGR.
    """

    id: str
    camera_id: str
    mode: LightMode
    size_wh: tuple[int, int]
    sha256: str
    taken_at: datetime
    origin: str
    approved_by: str
    approved_at: datetime | None
    image: NDArray[np.uint8]

    @property
    def approved(self) -> bool:
        """Whether a person has said that the place is clean on it."""
        return bool(self.approved_by) and self.approved_at is not None
