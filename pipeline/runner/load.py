"""Whether the machine keeps up, and who slows down first when it does not."""

__all__ = ["WORST", "Load"]

_WINDOW_S = 2.0
_BUSY = 0.9
_EASY = 0.6
_LATE_S = 0.7
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
        self._ages_s: list[float] = []
        self._easy_windows = 0

    def worked(self, seconds_s: float, *, ages_s: list[float]) -> None:
        """A batch has been judged.

        Args:
            seconds_s: How long it took.
            ages_s: How old its pictures were when they were judged, in seconds.
        """
        self._busy_s += seconds_s
        self._ages_s += ages_s

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
        late = sorted(self._ages_s)[int(0.9 * len(self._ages_s))] if self._ages_s else 0.0
        self._begun_s, self._busy_s, self._ages_s = now_s, 0.0, []
        before = self.shortage
        if busy > _BUSY and late > _LATE_S:
            self.shortage = min(self.shortage + 1, WORST)
            self._easy_windows = 0
        elif busy < _EASY:
            # Two easy windows before a step back, so that it does not swing.
            self._easy_windows += 1
            if self._easy_windows >= 2:
                self.shortage, self._easy_windows = max(self.shortage - 1, 0), 0
        return self.shortage != before
