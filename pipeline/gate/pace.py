"""How often a detector looks: at once when something changes, now and then when nothing does."""

import random
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Pace", "Pacer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the runner asks of one camera at present.

    Attributes:
        every_s: The detector looks at least so often although nothing changes, in seconds.
        floor_s: And at most so often although everything does, in seconds; 0 is every sampled
            picture. Raised for lanes and corridors first when the machine is short of time.
        alert: Something stands in a zone, or is about to be decided: every picture is decoded.
    """

    every_s: float
    floor_s: float = 0.0
    alert: bool = False


class Pacer:
    """Chooses the pictures that a detector gets; pure, time comes in with the picture.

    Args:
        pace: Where to begin.
        hold_s: How long after the last change every picture still goes, so that the detector
            sees how it ended, in seconds.
        uniform: Source of randomness, ``uniform(low, high)``: heartbeats come up to a quarter
            early, so that cameras which came up together do not all beat at once.
    """

    def __init__(
        self,
        pace: Pace,
        *,
        hold_s: float,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.pace = pace
        self._uniform = uniform
        self._share = 1.0
        self._hold_s = hold_s
        self._changed_s: float | None = None
        self._taken_s: float | None = None

    @property
    def changed_s(self) -> float | None:
        """Stream time of the last change, None before the first picture."""
        return self._changed_s

    def wants(self, *, changed: bool, media_time_s: float) -> bool:
        """Whether the detector should get this picture; asking does not take it.

        Args:
            changed: What the gate says of it.
            media_time_s: Its stream time in seconds.
        """
        if changed or self._changed_s is None:
            self._changed_s = media_time_s
        if self._taken_s is None or media_time_s < self._taken_s:
            return True
        waited_s = media_time_s - self._taken_s
        # A sampled picture is never exactly on time: half a millisecond decides nothing.
        if waited_s >= max(self._share * self.pace.every_s, self.pace.floor_s) - 5e-3:
            return True
        return self.is_lively(media_time_s) and waited_s >= self.pace.floor_s - 5e-3

    def is_lively(self, media_time_s: float) -> bool:
        """Whether something has changed just now; a picture taken without that is a heartbeat."""
        return self._changed_s is None or media_time_s - self._changed_s <= self._hold_s

    def take(self, media_time_s: float) -> None:
        """The detector gets the picture of this stream time."""
        self._taken_s = media_time_s
        self._share = self._uniform(0.75, 1.0)
