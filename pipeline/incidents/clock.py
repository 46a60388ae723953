"""Time as a place knows it: it never runs backwards and never counts what nobody saw."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["BRIDGE_S", "PlaceClock", "Tick", "reached"]

#: A gap without any observation longer than this forgets whatever was not yet raised.
BRIDGE_S = 60.0

_CLOCK_STEP_S = 5.0
_FIRST_INTERVAL_S = 1.0


def reached(elapsed_s: float, limit_s: float) -> bool:
    """Whether a limit has been reached, a microsecond's rounding forgiven."""
    return elapsed_s >= limit_s - 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The moment of one observation.

    Attributes:
        now_s: Place time in seconds: grows with the wall clock, never backwards.
        at: Wall clock of the frame.
        media_time_s: Stream time of the frame.
        dt_s: Place time since the observation before, 0 for the first.
        seen_s: The part of ``dt_s`` that was really watched; only this may count as absence.
        gap: The camera was away longer than :data:`BRIDGE_S`.
    """

    now_s: float
    at: datetime
    media_time_s: float
    dt_s: float
    seen_s: float
    gap: bool


@dataclass(slots=True, kw_only=True)
class PlaceClock:
    """Turns the two clocks of a frame into place time.

    The wall clock leads, because dwell must outlive the process and the stream. A wall clock
    that jumps back (time server, reconnect) is not believed: a hair's breadth counts as no
    time, a real step as the stream's own time.
    """

    now_s: float = 0.0
    at: datetime | None = None
    media_time_s: float = 0.0
    interval_s: float = _FIRST_INTERVAL_S
    blind: bool = False

    def advance(self, at: datetime, media_time_s: float) -> Tick:
        """Move on to the next observation."""
        dt_s = 0.0
        if self.at is None:
            self.at = at
        else:
            dt_s = (at - self.at).total_seconds()
            if dt_s < -_CLOCK_STEP_S:
                dt_s = min(max(media_time_s - self.media_time_s, 0.0), _CLOCK_STEP_S)
                self.at = at
            elif dt_s < 0:
                dt_s = 0.0
            else:
                self.at = at
        # Rounded to microseconds, so that no error adds up over a night of frames.
        dt_s = round(dt_s, 6)
        self.now_s = round(self.now_s + dt_s, 6)
        self.media_time_s = media_time_s
        usual_s = 2 * self.interval_s
        seen_s = 0.0 if self.blind else min(dt_s, usual_s)
        self.blind = False
        if dt_s > 0:
            self.interval_s += 0.2 * (min(dt_s, 2 * usual_s) - self.interval_s)
        return Tick(
            now_s=self.now_s,
            at=at,
            media_time_s=media_time_s,
            dt_s=dt_s,
            seen_s=seen_s,
            gap=dt_s > BRIDGE_S,
        )
