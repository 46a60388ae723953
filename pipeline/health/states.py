"""The words for how a camera is doing."""

from enum import StrEnum

__all__ = ["CameraState", "PictureState"]


class PictureState(StrEnum):
    """What the pixels of a stream that arrives say about the camera."""

    SOUND = "sound"
    BLACK = "black"
    COVERED = "covered"
    BLURRED = "blurred"
    MOVED = "moved"
    FROZEN = "frozen"


class CameraState(StrEnum):
    """How a camera is doing, as metrics, events and the API say it.

    Only ``online`` and ``clock_drift`` let the pipeline judge what the picture shows: a clock
    that is wrong makes nobody blind.
    """

    CONNECTING = "connecting"
    ONLINE = "online"
    STALLED = "stalled"
    OFFLINE = "offline"
    BLACK = "black"
    COVERED = "covered"
    BLURRED = "blurred"
    MOVED = "moved"
    FROZEN = "frozen"
    CLOCK_DRIFT = "clock_drift"

    @property
    def sees(self) -> bool:
        """Whether the place can be judged in this state."""
        return self in (CameraState.CONNECTING, CameraState.ONLINE, CameraState.CLOCK_DRIFT)
