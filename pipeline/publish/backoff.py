"""When what may be tried again: one incident that fails waits, the others go on."""

import random
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Schedule", "full_jitter_s"]

# A stranger's Retry-After must not silence a camera for a day.
_RETRY_AFTER_CEILING_S = 300.0
# So many different incidents in a row without one success: the whole API is in trouble.
_STREAK_LIMIT = 8
# A jitter of almost nothing would be a busy loop.
_SHORTEST_WAIT_S = 0.02


def full_jitter_s(
    failures: int, *, min_s: float, max_s: float, random_share: Callable[[], float]
) -> float:
    """Give a wait between nothing and ``min_s * 2 ** (failures - 1)``, at most ``max_s``.

    Args:
        failures: How often it has failed in a row, from 1.
        min_s: Upper bound after the first failure, in seconds.
        max_s: Upper bound for ever, in seconds.
        random_share: Gives numbers in [0, 1).
    """
    ceiling_s = min(max_s, min_s * 2.0 ** min(failures - 1, 30))
    return max(_SHORTEST_WAIT_S, random_share() * ceiling_s)


@dataclass(slots=True)
class _Wait:
    failures: int
    due_s: float


class Schedule:
    """Decides which incident may be sent now. Not for several threads.

    Two kinds of trouble: an incident that is not taken waits by itself; when nobody is there,
    or so many different incidents in a row are not taken, everything waits, and after the
    wait one single try goes first.

    Args:
        parallel: Most incidents on their way at once.
        min_s: Upper bound of the first wait, in seconds.
        max_s: Upper bound of every wait, in seconds.
        clock: Monotonic seconds.
        random_share: Numbers in [0, 1), for the jitter.
    """

    def __init__(
        self,
        *,
        parallel: int,
        min_s: float,
        max_s: float,
        clock: Callable[[], float],
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self._parallel = parallel
        self._min_s = min_s
        self._max_s = max_s
        self._clock = clock
        self._random_share = random_share
        self._in_flight: set[str] = set()
        self._waits: dict[str, _Wait] = {}
        self._gate = _Wait(failures=0, due_s=0.0)
        self._streak: set[str] = set()

    @property
    def in_flight(self) -> int:
        """How many incidents are on their way."""
        return len(self._in_flight)

    @property
    def is_closed(self) -> bool:
        """Whether the API as a whole gave no answer when last asked."""
        return self._gate.failures > 0

    @property
    def has_room(self) -> bool:
        """Whether one more may be sent now."""
        if self._gate.failures == 0:
            return len(self._in_flight) < self._parallel
        return not self._in_flight and self._clock() >= self._gate.due_s

    def choose(self, incident_keys: list[str]) -> list[str]:
        """Those that may go now, in the order given, but the troubled ones last."""
        now_s = self._clock()
        free = [key for key in incident_keys if key not in self._in_flight]
        fresh = [key for key in free if key not in self._waits]
        troubled = [key for key in free if key in self._waits and self._waits[key].due_s <= now_s]
        return fresh + sorted(troubled, key=lambda key: self._waits[key].due_s)

    def keep_only(self, incident_keys: list[str]) -> None:
        """Forget the waits of incidents that have nothing to send any more."""
        if self._waits:
            kept = set(incident_keys) | self._in_flight
            self._waits = {key: wait for key, wait in self._waits.items() if key in kept}

    def sent(self, incident_key: str) -> None:
        """The incident is on its way."""
        self._in_flight.add(incident_key)

    def settled(self, incident_key: str) -> None:
        """The API has taken or refused it: it works."""
        self._in_flight.discard(incident_key)
        self._waits.pop(incident_key, None)
        self._streak.clear()
        self._gate.failures = 0

    def unanswered(self, incident_key: str) -> None:
        """Nobody is there: everything waits."""
        self._in_flight.discard(incident_key)
        self._close_gate(None)

    def postponed(self, incident_key: str, *, retry_after_s: float | None = None) -> None:
        """The API did not take this one now: its incident waits."""
        self._in_flight.discard(incident_key)
        wait = self._waits.setdefault(incident_key, _Wait(failures=0, due_s=0.0))
        wait.failures += 1
        wait.due_s = self._clock() + self._delay_s(wait.failures, retry_after_s)
        self._streak.add(incident_key)
        if len(self._streak) >= _STREAK_LIMIT:
            self._close_gate(retry_after_s)
        else:
            self._gate.failures = 0

    def next_due_s(self, *, after_s: float) -> float | None:
        """The moment of the clock when the next wait ends; None when none does.

        Args:
            after_s: Only waits that end later than this; the moment of the last `choose`, so
                that none falls between two looks.
        """
        if self._gate.failures and self._gate.due_s > after_s:
            return self._gate.due_s
        later = [wait.due_s for wait in self._waits.values() if wait.due_s > after_s]
        return min(later, default=None)

    def _close_gate(self, retry_after_s: float | None) -> None:
        now_s = self._clock()
        # Several that were on their way together are one failure.
        if self._gate.failures == 0 or now_s >= self._gate.due_s:
            self._gate.failures += 1
            self._gate.due_s = now_s + self._delay_s(self._gate.failures, retry_after_s)

    def _delay_s(self, failures: int, retry_after_s: float | None) -> float:
        jitter_s = full_jitter_s(
            failures, min_s=self._min_s, max_s=self._max_s, random_share=self._random_share
        )
        if retry_after_s is None:
            return jitter_s
        asked_s = min(max(retry_after_s, 0.0), _RETRY_AFTER_CEILING_S)
        return asked_s + min(jitter_s, self._min_s)
