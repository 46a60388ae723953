"""The small surface of a tracker."""

from typing import Protocol

from pipeline.types import Detections, Tracks

__all__ = ["Tracker"]


class Tracker(Protocol):
    """Follows boxes from frame to frame; one instance for each camera."""

    def update(self, detections: Detections, *, media_time_s: float) -> Tracks:
        """Give each detection of the next frame an id.

        Args:
            detections: Boxes of one frame, in pixels.
            media_time_s: Stream time of that frame in seconds.

        Returns:
            The very same detections in the same order, none dropped, with -1 for those the
            tracker is not sure of.
        """
        ...

    def reset(self) -> None:
        """Forget everything: another scene, another frame size, a long gap."""
        ...
