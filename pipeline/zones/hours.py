"""Hours of the week in Beijing time: when a zone is watched, when unloading is allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

__all__ = ["BEIJING", "Hours", "Window"]

#: China has one time zone and no summer time; hours in a site file mean this one, whatever the
#: machine's own clock is set to.
BEIJING = timezone(timedelta(hours=8))

_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the day on some days of the week.

    Attributes:
        days: Days on which it begins, Monday is 0.
        start_min, end_min: Minutes after midnight, 0 to 1440; an end that is not after the
            start lies on the next day.
    """

    days: frozenset[int]
    start_min: int
    end_min: int

    def __post_init__(self) -> None:
        if not self.days or not self.days <= set(range(7)):
            raise ValueError(f"days: expected some of 0 to 6, found {sorted(self.days)}")
        if not (0 <= self.start_min < _DAY_MIN and 0 <= self.end_min <= _DAY_MIN):
            raise ValueError(f"expected minutes of a day, found {self.start_min} to {self.end_min}")
        if self.start_min == self.end_min:
            raise ValueError("start and end are the same minute: write 00:00-24:00 for all day")

    def covers(self, day: int, minute: float) -> bool:
        """Whether the minute of that day of the week lies in it."""
        if self.end_min > self.start_min:
            return day in self.days and self.start_min <= minute < self.end_min
        if minute >= self.start_min:
            return day in self.days
        return (day - 1) % 7 in self.days and minute < self.end_min


class Hours:
    """Some windows together.

    Args:
        windows: At least one.
    """

    __slots__ = ("windows",)

    def __init__(self, windows: Sequence[Window]) -> None:
        if not windows:
            raise ValueError("expected at least one window of hours")
        self.windows = tuple(windows)

    def __eq__(self, other: object) -> bool:
        return self.windows == other.windows if isinstance(other, Hours) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.windows)

    def covers(self, at: datetime) -> bool:
        """Whether an aware moment lies in one of the windows."""
        local = at.astimezone(BEIJING)
        minute = local.hour * 60 + local.minute + local.second / 60
        return any(window.covers(local.weekday(), minute) for window in self.windows)
