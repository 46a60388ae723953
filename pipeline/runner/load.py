"""Whether the machine keeps up, and who slows down first when it does not."""

__all__ = ["WORST", "Load"]

_WINDOW_S = 2.0
_BUSY = 0.95
_EASY = 0.75
_LATE_S = 0.5
_WINDOWS = 2
WORST = 4


class Load:
    """Raises the level of shortage while detection falls behind, and lowers it slowly again.

    At level 1 and 2 only lanes, corridors and the like are looked at less often; lifts follow
    at level 3. See `Attention.floor_s`.
    """

    def __init__(self) -> None:
        self.shortage = 0
        self._begun_s: float | None = None
        self._busy_s = 0.0
        self._late_s: list[float] = []
        self._hard_windows = self._easy_windows = 0

    def worked(self, seconds_s: float, *, late_s: list[float]) -> None:
        """A batch has been judged.

        Args:
            seconds_s: How long it took.
            late_s: By how much its pictures missed the time in which their places want them
                judged, in seconds; negative where they were in time.
        """
        self._busy_s += seconds_s
        self._late_s += late_s

    def tick(self, now_s: float) -> bool:
        """Weigh up the last two seconds, if they are over; whether the level has changed.

        Args:
            now_s: Monotonic clock in seconds.
        """
        if self._begun_s is None:
            self._begun_s = now_s
        passed_s = now_s - self._begun_s
        if passed_s < _WINDOW_S:
            return False
        busy = self._busy_s / passed_s
        late_s = sorted(self._late_s)[int(0.9 * len(self._late_s))] if self._late_s else 0.0
        self._begun_s, self._busy_s, self._late_s = now_s, 0.0, []
        is_hard, is_easy = busy > _BUSY and late_s > _LATE_S, busy < _EASY
        # Two windows before a step either way: a burst is no shortage, nor a lull its end.
        self._hard_windows = self._hard_windows + 1 if is_hard else 0
        self._easy_windows = self._easy_windows + 1 if is_easy else 0
        before = self.shortage
        if self._hard_windows >= _WINDOWS:
            self.shortage, self._hard_windows = min(self.shortage + 1, WORST), 0
        elif self._easy_windows >= _WINDOWS:
            self.shortage, self._easy_windows = max(self.shortage - 1, 0), 0
        return self.shortage != before
